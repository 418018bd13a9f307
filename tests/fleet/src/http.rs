//! HTTP/1.1 by hand over TLS: a connection costs the simulator little, so that phones and server can share a small machine without
//! the phones being what is measured. It speaks to Muster's server and to nothing else.

use anyhow::{Context as _, anyhow, bail};
use rustls_pki_types::{CertificateDer, ServerName, pem::PemObject as _};
use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};
use tokio_rustls::{TlsConnector, client::TlsStream};

/// Where the server is, and what is trusted there.
#[derive(Clone)]
pub struct Target {
    authority: String,
    name: ServerName<'static>,
    connector: TlsConnector,
    source: Option<IpAddr>,
}

/// An answer.
#[derive(Debug)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Status line and headers, their names in lower case.
    head: String,
    /// Body; empty while a stream is read.
    pub body: Vec<u8>,
}

/// An open connection.
pub struct Connection {
    stream: TlsStream<TcpStream>,
    host: String,
    buffer: Vec<u8>,
}

async fn reach_from(source: IpAddr, authority: &str) -> std::io::Result<TcpStream> {
    let to = authority.parse::<SocketAddr>().map_err(std::io::Error::other)?;
    let socket = if to.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    socket.bind(SocketAddr::new(source, 0))?;
    socket.connect(to).await
}

/// Longest head or body that is read.
const MAX: usize = 4 * 1024 * 1024;

impl Target {
    /// `authority` is `HOST:PORT`; this CA (in DER) is trusted and no other.
    ///
    /// # Errors
    /// No host, or no certificate.
    pub fn new(authority: &str, ca: &[u8]) -> anyhow::Result<Self> {
        let mut roots = rustls::RootCertStore::empty();
        roots.add(CertificateDer::from(ca.to_vec())).context("read the CA")?;
        let config =
            rustls::ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
                .with_safe_default_protocol_versions()?
                .with_root_certificates(roots)
                .with_no_client_auth();
        Self::trusting(authority, config)
    }

    pub(crate) fn trusting(authority: &str, config: rustls::ClientConfig) -> anyhow::Result<Self> {
        let host = authority.rsplit_once(':').map_or(authority, |(host, _)| host);
        let name = ServerName::try_from(host.trim_matches(['[', ']']).to_owned())?;
        Ok(Self { authority: authority.to_owned(), name, connector: Arc::new(config).into(), source: None })
    }

    /// As [`Target::new`], with the CA in a PEM file.
    ///
    /// # Errors
    /// No such file, no certificate in it.
    pub fn with_pem(authority: &str, ca: &Path) -> anyhow::Result<Self> {
        let der = CertificateDer::from_pem_file(ca).with_context(|| format!("read {}", ca.display()))?;
        Self::new(authority, &der)
    }

    /// `HOST:PORT`.
    #[must_use]
    pub fn authority(&self) -> &str {
        &self.authority
    }

    /// The same server, seen from an address of this machine.
    #[must_use]
    pub fn from(&self, source: IpAddr) -> Self {
        Self { source: Some(source), ..self.clone() }
    }

    /// The same server, with which only this protocol (its ALPN name) is spoken.
    #[must_use]
    pub fn speaking(&self, protocol: &str) -> Self {
        let mut config = rustls::ClientConfig::clone(self.connector.config());
        config.alpn_protocols = vec![protocol.as_bytes().to_vec()];
        Self { connector: Arc::new(config).into(), ..self.clone() }
    }

    /// Opens a connection without TLS.
    ///
    /// # Errors
    /// Nobody answers.
    pub async fn reach(&self) -> anyhow::Result<TcpStream> {
        let tcp = match self.source {
            None => TcpStream::connect(&self.authority).await,
            Some(source) => reach_from(source, &self.authority).await,
        };
        let tcp = tcp.with_context(|| format!("connect to {}", self.authority))?;
        tcp.set_nodelay(true)?;
        Ok(tcp)
    }

    /// Opens a connection.
    ///
    /// # Errors
    /// Nobody answers, or somebody whom the CA doesn't know.
    pub async fn connect(&self) -> anyhow::Result<Connection> {
        let tcp = self.reach().await?;
        let stream = self.connector.connect(self.name.clone(), tcp).await.context("open TLS")?;
        Ok(Connection { stream, host: self.authority.clone(), buffer: Vec::new() })
    }
}

impl Answer {
    /// The value of a header.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let value = |line: &'_ str| {
            let (key, _) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name).then_some(key.len() + 1)
        };
        self.head.lines().find_map(|line| value(line).and_then(|at| line.get(at..))).map(str::trim)
    }
}

impl Connection {
    /// The bare stream, for who wants to say what is no request.
    #[must_use]
    pub fn into_stream(self) -> TlsStream<TcpStream> {
        self.stream
    }

    /// Sends a request and reads the answer; `headers` are whole lines.
    ///
    /// # Errors
    /// The connection broke, or the answer is not HTTP.
    pub async fn send(
        &mut self,
        method: &str,
        path: &str,
        headers: &str,
        body: &[u8],
    ) -> anyhow::Result<Answer> {
        let mut answer = self.ask(method, path, headers, body).await?;
        let read = self.body(&answer).await.with_context(|| format!("read the answer to {method} {path}"))?;
        answer.body = read;
        Ok(answer)
    }

    /// Sends a request and reads the head of the answer; what follows is read with [`Connection::piece`].
    ///
    /// # Errors
    /// As [`Connection::send`].
    pub async fn ask(
        &mut self,
        method: &str,
        path: &str,
        headers: &str,
        body: &[u8],
    ) -> anyhow::Result<Answer> {
        let length = body.len();
        let head = format!(
            "{method} {path} HTTP/1.1\r\nhost: {}\r\ncontent-length: {length}\r\n{headers}\r\n",
            self.host
        );
        let mut request = head.into_bytes();
        request.extend_from_slice(body);
        self.stream.write_all(&request).await.context("send a request")?;
        self.stream.flush().await.context("send a request")?;
        let head =
            self.until(b"\r\n\r\n").await.with_context(|| format!("read the answer to {method} {path}"))?;
        let head = String::from_utf8_lossy(&head).into_owned();
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
        Ok(Answer {
            status: status.ok_or_else(|| anyhow!("an answer without a status"))?,
            head,
            body: Vec::new(),
        })
    }

    /// The next piece of a stream of pieces ("chunks"); `None` at its end.
    ///
    /// # Errors
    /// The connection broke.
    pub async fn piece(&mut self) -> anyhow::Result<Option<Vec<u8>>> {
        let size = self.until(b"\r\n").await?;
        let size = std::str::from_utf8(&size)?.trim().split(';').next().unwrap_or_default();
        let size = usize::from_str_radix(size, 16).context("read the size of a piece")?;
        let mut piece = self.exactly(size + 2).await?;
        piece.truncate(size);
        Ok((size > 0).then_some(piece))
    }

    async fn body(&mut self, answer: &Answer) -> anyhow::Result<Vec<u8>> {
        if let Some(length) = answer.header("content-length") {
            return self.exactly(length.parse()?).await;
        }
        let mut body = Vec::new();
        if answer.header("transfer-encoding") == Some("chunked") {
            while let Some(piece) = self.piece().await? {
                body.extend(piece);
                if body.len() > MAX {
                    bail!("an answer longer than {MAX} bytes");
                }
            }
        }
        Ok(body)
    }

    /// Bytes up to and with `end`.
    async fn until(&mut self, end: &[u8]) -> anyhow::Result<Vec<u8>> {
        let mut seen: usize = 0;
        loop {
            let from = seen.saturating_sub(end.len());
            if let Some(at) = self.buffer[from..].windows(end.len()).position(|window| window == end) {
                return self.exactly(from + at + end.len()).await;
            }
            seen = self.buffer.len();
            self.more().await?;
        }
    }

    pub(crate) async fn exactly(&mut self, count: usize) -> anyhow::Result<Vec<u8>> {
        if count > MAX {
            bail!("an answer longer than {MAX} bytes");
        }
        while self.buffer.len() < count {
            self.more().await?;
        }
        let rest = self.buffer.split_off(count);
        Ok(std::mem::replace(&mut self.buffer, rest))
    }

    async fn more(&mut self) -> anyhow::Result<()> {
        if self.buffer.len() > MAX {
            bail!("an answer longer than {MAX} bytes");
        }
        if self.stream.read_buf(&mut self.buffer).await? == 0 {
            bail!("the server closed the connection");
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_found_by_name() {
        let head = "HTTP/1.1 429 Too Many\r\nRetry-After: 30\r\ncontent-length:5\r\nset-cookie: a=Bc\r\n\r\n"
            .to_owned();
        let answer = Answer { status: 429, head, body: Vec::new() };
        assert_eq!(answer.header("retry-after"), Some("30"));
        assert_eq!(answer.header("content-length"), Some("5"));
        assert_eq!(answer.header("set-cookie"), Some("a=Bc"), "values as they came");
        assert_eq!(answer.header("after"), None);
    }
}
