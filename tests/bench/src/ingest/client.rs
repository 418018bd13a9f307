//! A connection to the server that costs the client little: HTTP/1.1 by hand over one kept-alive TLS connection, so that client and
//! server can share a small machine without the client being what is measured.

use anyhow::{Context as _, anyhow, bail};
use rustls_pki_types::{CertificateDer, ServerName, pem::PemObject as _};
use std::path::Path;
use std::sync::Arc;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::{TlsConnector, client::TlsStream};

/// Where the server is, and what is trusted there.
#[derive(Clone)]
pub struct Target {
    authority: String,
    name: ServerName<'static>,
    connector: TlsConnector,
}

/// An answer.
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Body.
    pub body: Vec<u8>,
}

/// An open connection.
pub struct Connection {
    stream: TlsStream<TcpStream>,
    host: String,
    buffer: Vec<u8>,
}

impl Target {
    /// `authority` is `HOST:PORT`; the CA in `pem` is trusted and no other.
    pub fn new(authority: &str, pem: &Path) -> anyhow::Result<Self> {
        let mut roots = rustls::RootCertStore::empty();
        roots.add(CertificateDer::from_pem_file(pem).with_context(|| format!("read {}", pem.display()))?)?;
        let config =
            rustls::ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
                .with_safe_default_protocol_versions()?
                .with_root_certificates(roots)
                .with_no_client_auth();
        let host = authority.rsplit_once(':').map_or(authority, |(host, _)| host).to_owned();
        let name = ServerName::try_from(host)?;
        Ok(Self { authority: authority.to_owned(), name, connector: Arc::new(config).into() })
    }

    /// Opens a connection.
    pub async fn connect(&self) -> anyhow::Result<Connection> {
        let tcp = TcpStream::connect(&self.authority)
            .await
            .with_context(|| format!("connect to {}", self.authority))?;
        tcp.set_nodelay(true)?;
        let stream = self.connector.connect(self.name.clone(), tcp).await.context("open TLS")?;
        Ok(Connection { stream, host: self.authority.clone(), buffer: Vec::with_capacity(64 * 1024) })
    }
}

impl Connection {
    /// Sends a request and reads the answer; `headers` are whole lines.
    pub async fn send(
        &mut self,
        method: &str,
        path: &str,
        headers: &str,
        body: &[u8],
    ) -> anyhow::Result<Answer> {
        let head = format!(
            "{method} {path} HTTP/1.1\r\nhost: {}\r\ncontent-length: {}\r\n{headers}\r\n",
            self.host,
            body.len()
        );
        let mut request = head.into_bytes();
        request.extend_from_slice(body);
        self.stream.write_all(&request).await.context("send a request")?;
        self.stream.flush().await?;
        self.answer().await.with_context(|| format!("read the answer to {method} {path}"))
    }

    async fn answer(&mut self) -> anyhow::Result<Answer> {
        self.buffer.clear();
        let head = loop {
            if let Some(at) = self.buffer.windows(4).position(|four| four == b"\r\n\r\n") {
                break at + 4;
            }
            self.more().await?;
        };
        let text = std::str::from_utf8(&self.buffer[..head])?.to_ascii_lowercase();
        let status = text
            .split(' ')
            .nth(1)
            .and_then(|status| status.parse().ok())
            .ok_or_else(|| anyhow!("no status"))?;
        let length = text
            .lines()
            .find_map(|line| line.strip_prefix("content-length:"))
            .map(|value| value.trim().parse::<usize>());
        let length = match length {
            Some(length) => length?,
            None if status == 204 => 0,
            None => bail!("an answer without content-length"),
        };
        while self.buffer.len() < head + length {
            self.more().await?;
        }
        Ok(Answer { status, body: self.buffer[head..head + length].to_vec() })
    }

    async fn more(&mut self) -> anyhow::Result<()> {
        if self.stream.read_buf(&mut self.buffer).await? == 0 {
            bail!("the server closed the connection");
        }
        Ok(())
    }
}
