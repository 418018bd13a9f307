//! Somebody whom the server tells something over HTTP: keeps all that comes, and answers as a test wants.

use anyhow::{Context as _, bail};
use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// A request that came.
#[derive(Debug, Clone)]
pub struct Told {
    /// Its headers, names in lower case.
    pub headers: BTreeMap<String, String>,
    /// Its body.
    pub body: Vec<u8>,
}

/// What is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reply {
    /// This status.
    Status(u16),
    /// Nothing: the connection ends.
    Break,
    /// Nothing, for as long as the receiver lives.
    Hang,
}

/// The receiver. It ends when it is dropped.
pub struct Receiver {
    at: SocketAddr,
    kept: Arc<Kept>,
}

struct Kept {
    told: Mutex<Vec<Told>>,
    hung: Mutex<Vec<TcpStream>>,
    ends: AtomicBool,
    reply: Box<dyn Fn(&Told) -> Reply + Send + Sync>,
}

/// Longest body that is taken.
const MOST: usize = 1 << 20;

impl Receiver {
    /// For tests: listens on this machine.
    ///
    /// # Panics
    /// There is no free port.
    #[must_use]
    pub fn start(reply: impl Fn(&Told) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let at = listener.local_addr().expect("an address");
        let kept = Arc::new(Kept {
            told: Mutex::default(),
            hung: Mutex::default(),
            ends: AtomicBool::new(false),
            reply: Box::new(reply),
        });
        let shared = Arc::clone(&kept);
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                if shared.ends.load(Ordering::SeqCst) {
                    return;
                }
                let shared = Arc::clone(&shared);
                std::thread::spawn(move || shared.serve(stream));
            }
        });
        Self { at, kept }
    }

    /// Where it is: `http://…`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}/", self.at)
    }

    /// All that came until now.
    #[must_use]
    pub fn told(&self) -> Vec<Told> {
        lock(&self.kept.told).clone()
    }

    /// How many those are.
    #[must_use]
    pub fn count(&self) -> usize {
        lock(&self.kept.told).len()
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.kept.ends.store(true, Ordering::SeqCst);
        lock(&self.kept.hung).clear();
        // wakes the one who listens
        TcpStream::connect(self.at).ok();
    }
}

impl Kept {
    fn serve(&self, mut stream: TcpStream) {
        let Ok(told) = read(&stream) else { return };
        // kept before it is answered: a server that hears no answer has told it all the same
        let reply = (self.reply)(&told);
        lock(&self.told).push(told);
        match reply {
            Reply::Status(status) => {
                let head = format!("HTTP/1.1 {status} so\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
                // who has gone needs no answer
                stream.write_all(head.as_bytes()).ok();
            }
            Reply::Break => {}
            Reply::Hang => lock(&self.hung).push(stream),
        }
    }
}

fn read(stream: &TcpStream) -> anyhow::Result<Told> {
    let mut reader = BufReader::new(stream);
    let mut headers = BTreeMap::new();
    let mut line = String::new();
    reader.read_line(&mut line)?;
    if !line.starts_with("POST ") {
        bail!("no POST: {line:?}");
    }
    loop {
        line.clear();
        if reader.read_line(&mut line)? == 0 {
            bail!("the head broke off");
        }
        match line.trim_end().split_once(':') {
            Some((name, value)) => headers.insert(name.to_ascii_lowercase(), value.trim().to_owned()),
            None => break,
        };
    }
    let length: usize = headers.get("content-length").context("no length")?.parse()?;
    anyhow::ensure!(length <= MOST, "a body of {length} bytes");
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    Ok(Told { headers, body })
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
