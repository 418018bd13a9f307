//! Who begins something and does not go on, or so slowly that it never ends.

use crate::told::Told;
use muster_fleet::http::Target;
use muster_proto::answer::REPORT_TYPE;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::task::{JoinHandle, JoinSet};

/// So many do it at once.
const LINES: usize = 100;
/// The server gives everybody ten seconds.
const PATIENCE: Duration = Duration::from_secs(45);

trait Line: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Line for T {}

/// What somebody begins with.
#[derive(Clone, Copy)]
pub enum Begun {
    /// Nothing: the connection alone.
    Nothing,
    /// The first bytes of a handshake.
    Handshake,
    /// A request's head, a line at a time.
    Head,
    /// A whole head, and its body a byte at a time.
    Body,
}

/// Begins, on all lines; what comes of it is known when the server has had enough.
pub async fn begin(target: &Target, begun: Begun) -> JoinHandle<Told> {
    let mut lines = JoinSet::new();
    for _ in 0..LINES {
        let line = open(target, begun).await;
        lines.spawn(async move {
            tokio::time::timeout(PATIENCE, drip(line, begun)).await.expect("the server waits without end")
        });
    }
    tokio::spawn(async move {
        let mut told = Told::default();
        while let Some(word) = lines.join_next().await {
            told.word(word.expect("a line"));
        }
        told
    })
}

/// A record of TLS 1.2's form with a ClientHello of 512 bytes in it, of which six are here.
const HELLO: &[u8] = &[0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xfc, 0x03, 0x03];

async fn open(target: &Target, begun: Begun) -> Box<dyn Line> {
    let first = match begun {
        Begun::Nothing => Vec::new(),
        Begun::Handshake => HELLO.to_vec(),
        Begun::Head => b"POST /v1/reports HTTP/1.1\r\nhost: x\r\n".to_vec(),
        Begun::Body => {
            format!("POST /v1/reports HTTP/1.1\r\nhost: x\r\ncontent-type: {REPORT_TYPE}\r\ncontent-length: 4000\r\n\r\n").into_bytes()
        }
    };
    let mut line: Box<dyn Line> = match begun {
        Begun::Nothing | Begun::Handshake => Box::new(target.reach().await.expect("a connection")),
        Begun::Head | Begun::Body => Box::new(target.connect().await.expect("a connection").into_stream()),
    };
    line.write_all(&first).await.expect("the beginning is sent");
    line.flush().await.expect("the beginning is sent");
    line
}

/// Goes on slowly until the server says something or hangs up.
async fn drip(mut line: Box<dyn Line>, begun: Begun) -> String {
    let drop: &[u8] = match begun {
        Begun::Nothing => b"",
        Begun::Handshake | Begun::Body => b"\0",
        Begun::Head => b"x: y\r\n",
    };
    let (mut ticks, mut buffer, mut said) =
        (tokio::time::interval(Duration::from_secs(1)), [0; 1024], Vec::new());
    loop {
        tokio::select! {
            read = line.read(&mut buffer) => match read {
                Ok(0) | Err(_) => break,
                Ok(read) => said.extend_from_slice(&buffer[..read]),
            },
            _ = ticks.tick() => if line.write_all(drop).await.is_err() || line.flush().await.is_err() {
                break;
            },
        }
    }
    let said = String::from_utf8_lossy(&said);
    said.strip_prefix("HTTP/1.1 ").and_then(|rest| rest.get(..3)).unwrap_or("closed").to_owned()
}

/// Somebody who asks and never reads an answer.
pub struct Readers {
    _lines: Vec<Box<dyn Line>>,
    /// Bytes of requests that the server took from all of them.
    pub taken: usize,
}

/// So much of one that doesn't read is more than enough: it is far beyond what sockets hold.
const MOST: usize = 16 << 20;

/// Asks without end and reads nothing, on a few lines, until the server doesn't take more.
pub async fn never_read(target: &Target) -> Readers {
    let requests = b"GET /v1/ca HTTP/1.1\r\nhost: x\r\n\r\n".repeat(200);
    let mut asking = JoinSet::new();
    for _ in 0..10 {
        let mut line = target.connect().await.expect("a connection").into_stream();
        let requests = requests.clone();
        asking.spawn(async move {
            let mut taken = 0;
            while let Ok(Ok(sent)) = tokio::time::timeout(Duration::from_secs(1), line.write(&requests)).await
            {
                taken += sent;
                assert!(taken < MOST, "the server answers without end whoever does not read");
            }
            (line, taken)
        });
    }
    let mut readers = Readers { _lines: Vec::new(), taken: 0 };
    while let Some(asked) = asking.join_next().await {
        let (line, taken) = asked.expect("a reader");
        readers.taken += taken;
        readers._lines.push(Box::new(line));
    }
    readers
}
