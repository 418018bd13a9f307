//! The test server behind real TLS and HTTP/1.1, so that the real program can talk to it.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine as _};
use muster_proto::cbor::encode;
use muster_proto::id::Digest;
use muster_proto::key::Signer as _;
use muster_proto::link::EnrolLink;
use muster_proto::problem::Problem;
use muster_proto::time::Timestamp;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};

use super::server::{Refusal, Server};

/// A server that listens.
pub struct Site {
    pub address: SocketAddr,
    pub ca: Authority,
    shared: Arc<Shared>,
}

struct Shared {
    server: Mutex<Server>,
    tls: Mutex<Arc<ServerConfig>>,
    ca: String,
    loses_answers: AtomicBool,
    closed: AtomicBool,
    stirred: Mutex<Vec<Sender<()>>>,
}

/// A CA.
pub struct Authority {
    params: CertificateParams,
    key: KeyPair,
    pem: String,
    pub digest: Digest,
}

/// From when to when a certificate is valid: years.
pub type Life = (i32, i32);

impl Authority {
    pub fn new() -> Self {
        let key = KeyPair::generate().expect("a key");
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        let certificate = params.self_signed(&key).expect("a certificate");
        Self { digest: Digest::of(certificate.der()), pem: certificate.pem(), params, key }
    }

    fn tls(&self, life: Life) -> Arc<ServerConfig> {
        let key = KeyPair::generate().expect("a key");
        let mut params =
            CertificateParams::new(vec!["localhost".to_owned(), "127.0.0.1".to_owned()]).expect("names");
        params.not_before = rcgen::date_time_ymd(life.0, 1, 1);
        params.not_after = rcgen::date_time_ymd(life.1, 1, 1);
        let certificate =
            params.signed_by(&key, &Issuer::from_params(&self.params, &self.key)).expect("a certificate");
        let chain = vec![CertificateDer::from(certificate.der().to_vec())];
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("versions");
        Arc::new(
            config.with_no_client_auth().with_single_cert(chain, key).expect("a certificate with its key"),
        )
    }
}

impl Site {
    pub fn open() -> Self {
        let ca = Authority::new();
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("its address");
        let shared = Arc::new(Shared {
            server: Mutex::new(Server::new()),
            tls: Mutex::new(ca.tls((2020, 2100))),
            ca: ca.pem.clone(),
            loses_answers: AtomicBool::new(false),
            closed: AtomicBool::new(false),
            stirred: Mutex::default(),
        });
        let site = Self { address, ca, shared: Arc::clone(&shared) };
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let shared = Arc::clone(&shared);
                std::thread::spawn(move || shared.serve(stream));
            }
        });
        site
    }

    pub fn server(&self) -> MutexGuard<'_, Server> {
        self.shared.server.lock().expect("no thread has broken off")
    }

    pub fn link(&self, token: &str) -> EnrolLink {
        EnrolLink {
            authority: self.address.to_string(),
            ca: self.ca.digest,
            key: self.server().order_key.public_key().digest(),
            token: token.to_owned(),
        }
    }

    /// Shows a certificate with this life, of its own CA or another.
    pub fn certify(&self, ca: &Authority, life: Life) {
        *self.shared.tls.lock().expect("no thread has broken off") = ca.tls(life);
    }

    /// Does what is asked and closes the connection instead of answering.
    pub fn lose_answers(&self, lose: bool) {
        self.shared.loses_answers.store(lose, Ordering::Relaxed);
    }

    /// Lets nobody in any more, or again.
    pub fn close(&self, closed: bool) {
        self.shared.closed.store(closed, Ordering::Relaxed);
    }

    /// Open channels look for orders now.
    pub fn stir(&self) {
        self.shared
            .stirred
            .lock()
            .expect("no thread has broken off")
            .retain(|channel| channel.send(()).is_ok());
    }
}

type Stream = BufReader<StreamOwned<ServerConnection, TcpStream>>;

struct Request {
    method: String,
    path: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Request {
    fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }
}

impl Shared {
    fn serve(&self, stream: TcpStream) {
        if self.closed.load(Ordering::Relaxed) {
            return;
        }
        let tls = Arc::clone(&self.tls.lock().expect("no thread has broken off"));
        let Ok(connection) = ServerConnection::new(tls) else { return };
        let mut stream = BufReader::new(StreamOwned::new(connection, stream));
        while let Some(request) = read(&mut stream) {
            if request.path == "/v1/channel" {
                self.channel(&mut stream, &request);
                return;
            }
            let (status, kind, body) = self.answer(&request);
            if self.loses_answers.load(Ordering::Relaxed) && request.method == "POST" {
                return;
            }
            let head = format!(
                "HTTP/1.1 {status} -\r\ncontent-type: {kind}\r\ncontent-length: {}\r\n\r\n",
                body.len()
            );
            let out = stream.get_mut();
            if out.write_all(&[head.as_bytes(), &body].concat()).and_then(|()| out.flush()).is_err() {
                return;
            }
        }
    }

    fn answer(&self, request: &Request) -> (u16, &'static str, Vec<u8>) {
        let now = now();
        let mut server = self.server.lock().expect("no thread has broken off");
        let answer = match (request.method.as_str(), request.path.as_str()) {
            ("GET", "/v1/ca") => return (200, "application/x-pem-file", self.ca.clone().into_bytes()),
            ("GET", "/v1/challenge") => Ok(encode(&server.challenge(now))),
            ("POST", "/v1/enrol") => {
                server.enrol(request.header("muster-token"), &request.body, now).map(|answer| encode(&answer))
            }
            ("POST", "/v1/reports") => {
                server.reports(&split(&request.body), now).map(|answer| encode(&answer))
            }
            ("POST", "/v1/key") => server.rekey(&request.body).map(|answer| encode(&answer)),
            ("POST", path) if path.starts_with("/v1/orders/") => {
                server.acknowledge(&request.body).map(|()| Vec::new())
            }
            _ => Err((404, "not-found")),
        };
        match answer {
            Ok(body) if body.is_empty() => (204, "application/cbor", body),
            Ok(body) => (200, "application/cbor", body),
            Err(refusal) => problem(refusal),
        }
    }

    fn channel(&self, stream: &mut Stream, request: &Request) {
        let hello = request.header("authorization").strip_prefix("Muster ").unwrap_or_default();
        let hello = BASE64_URL_SAFE_NO_PAD.decode(hello).unwrap_or_default();
        let (sender, stirred): (Sender<()>, Receiver<()>) = channel();
        let opened = self.server.lock().expect("no thread has broken off").hello(
            &hello,
            request.header("host"),
            now(),
        );
        let Ok(device) = opened else {
            let (_, _, body) = problem((401, "refused"));
            let head = format!(
                "HTTP/1.1 401 -\r\ncontent-type: application/problem+json\r\ncontent-length: {}\r\n\r\n",
                body.len()
            );
            let _ = stream.get_mut().write_all(&[head.as_bytes(), &body].concat());
            return;
        };
        self.stirred.lock().expect("no thread has broken off").push(sender);
        let out = stream.get_mut();
        let mut text = "HTTP/1.1 200 -\r\ncontent-type: text/event-stream\r\n\r\n: open\n\n".to_owned();
        loop {
            for order in self.server.lock().expect("no thread has broken off").waiting(device, now()) {
                text.push_str(&format!("event: order\ndata: {}\n\n", BASE64_URL_SAFE_NO_PAD.encode(order.0)));
            }
            if out.write_all(text.as_bytes()).and_then(|()| out.flush()).is_err() {
                return;
            }
            text.clear();
            if stirred.recv_timeout(Duration::from_secs(60)).is_err() {
                return;
            }
        }
    }
}

fn read(stream: &mut Stream) -> Option<Request> {
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).ok().filter(|read| *read > 0)?;
        match line.trim_end() {
            "" => break,
            line => lines.push(line.to_owned()),
        }
    }
    let mut words = lines.first()?.split(' ').map(str::to_owned);
    let (method, path) = (words.next()?, words.next()?);
    let headers = lines[1..].iter().filter_map(|line| line.split_once(':'));
    let headers: Vec<_> =
        headers.map(|(name, value)| (name.to_lowercase(), value.trim().to_owned())).collect();
    let mut request = Request { method, path, headers, body: Vec::new() };
    let length = request.header("content-length").parse().unwrap_or(0);
    stream.take(length).read_to_end(&mut request.body).ok()?;
    Some(request)
}

/// A CBOR sequence of envelopes, taken apart.
pub fn split(bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut d = minicbor::Decoder::new(bytes);
    let mut items = Vec::new();
    while d.position() < bytes.len() {
        let from = d.position();
        d.skip().expect("whole items");
        items.push(bytes[from..d.position()].to_vec());
    }
    items
}

fn problem((status, code): Refusal) -> (u16, &'static str, Vec<u8>) {
    let problem = Problem::new(status, code, "refused");
    (status, "application/problem+json", serde_json::to_vec(&problem).expect("a problem is JSON"))
}

#[expect(clippy::disallowed_methods, reason = "a real server has a real clock")]
pub fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970");
    Timestamp::from_millis(i64::try_from(since.as_millis()).expect("before 9999"))
}
