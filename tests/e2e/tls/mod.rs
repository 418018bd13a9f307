//! A CA of a test's own, and connections that say which name they want and what they were shown.

use muster_proto::id::Digest;
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::sync::Arc;

/// A CA.
pub struct Authority {
    params: CertificateParams,
    key: KeyPair,
    der: CertificateDer<'static>,
    pem: String,
}

impl Authority {
    pub fn new(name: &str) -> Self {
        let key = KeyPair::generate().expect("a key");
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let made = params.self_signed(&key).expect("a certificate");
        Self { der: made.der().clone(), pem: made.pem(), params, key }
    }

    pub fn pem(&self) -> &str {
        &self.pem
    }

    pub fn der(&self) -> CertificateDer<'static> {
        self.der.clone()
    }

    /// Writes a certificate for `host` and its key.
    pub fn issue(&self, host: &str, pem: &Path, key_file: &Path) {
        let key = KeyPair::generate().expect("a key");
        let params = CertificateParams::new(vec![host.to_owned()]).expect("a name");
        let made =
            params.signed_by(&key, &Issuer::new(self.params.clone(), &self.key)).expect("a certificate");
        std::fs::write(pem, made.pem()).expect("write");
        std::fs::write(key_file, key.serialize_pem()).expect("write");
    }
}

/// The first certificate of a file.
pub fn pem(path: &Path) -> CertificateDer<'static> {
    CertificateDer::from_pem_file(path).expect("a certificate")
}

/// As browsers show it.
pub fn fingerprint(der: &CertificateDer<'_>) -> String {
    let digest = Digest::of(der);
    digest.0.iter().map(|byte| format!("{byte:02X}")).collect::<Vec<_>>().join(":")
}

/// A connection that stays open.
pub struct Line {
    stream: StreamOwned<ClientConnection, TcpStream>,
    host: String,
}

impl Line {
    /// Connects and shakes hands: `name` is asked for, and `ca` trusted alone.
    pub fn open(authority: &str, name: &str, ca: &CertificateDer<'static>) -> Self {
        let mut roots = RootCertStore::empty();
        roots.add(ca.clone()).expect("a CA");
        let config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_root_certificates(roots)
            .with_no_client_auth();
        let name = ServerName::try_from(name.to_owned()).expect("a name");
        let mut client = ClientConnection::new(Arc::new(config), name).expect("a client");
        let mut stream = TcpStream::connect(authority).expect("a connection");
        while client.is_handshaking() {
            client
                .complete_io(&mut stream)
                .unwrap_or_else(|error| panic!("shake hands with {authority}: {error}"));
        }
        Self { stream: StreamOwned::new(client, stream), host: authority.to_owned() }
    }

    /// What was shown.
    pub fn certificate(&self) -> CertificateDer<'static> {
        self.stream
            .conn
            .peer_certificates()
            .and_then(|chain| chain.first())
            .expect("a certificate")
            .clone()
            .into_owned()
    }

    /// Asks for a page: its status and body.
    pub fn get(&mut self, path: &str, headers: &str) -> (u16, String) {
        write!(self.stream, "GET {path} HTTP/1.1\r\nhost: {}\r\n{headers}\r\n", self.host).expect("sent");
        answer(&mut self.stream)
    }
}

/// Asks without TLS, from an address of this machine: the answer's status.
pub fn plainly(authority: &str, from: &str, path: &str, headers: &str) -> u16 {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let stream = runtime.block_on(async {
        let socket = tokio::net::TcpSocket::new_v4().expect("a socket");
        socket.bind(format!("{from}:0").parse().expect("an address")).expect("bound");
        let to: SocketAddr = authority.parse().expect("an address");
        socket.connect(to).await.expect("a connection").into_std().expect("a stream")
    });
    stream.set_nonblocking(false).expect("blocking");
    let mut stream = stream;
    write!(stream, "GET {path} HTTP/1.1\r\nhost: {authority}\r\n{headers}\r\n").expect("sent");
    answer(&mut stream).0
}

fn answer(stream: &mut impl Read) -> (u16, String) {
    let (mut head, mut byte) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte).expect("a head");
        head.push(byte[0]);
    }
    let head = String::from_utf8_lossy(&head).to_ascii_lowercase();
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    let mut body = vec![0; length.map_or(0, |length| length.trim().parse().expect("a length"))];
    stream.read_exact(&mut body).expect("a body");
    (status, String::from_utf8_lossy(&body).into_owned())
}
