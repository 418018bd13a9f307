//! The server that runs on a data folder, and how it is spoken to: its own CA is trusted and no other.

use crate::output::WrongUse;
use anyhow::{Context as _, anyhow, bail};
use muster_proto::problem::Problem;
use reqwest::blocking::{Client, RequestBuilder, Response};
use reqwest::{Method, StatusCode};
use rustls_pki_types::{CertificateDer, pem::PemObject as _};
use serde_json::Value;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// A server, and who we are to it.
pub struct Server {
    base: String,
    token: String,
    client: Client,
}

/// What the server said to a request that it did not carry out.
#[derive(Debug)]
pub struct Refusal {
    status: StatusCode,
    attempt: String,
    /// Stable code.
    pub code: String,
    /// In words.
    pub detail: String,
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}: {}", self.attempt, self.code, self.detail)
    }
}

impl std::error::Error for Refusal {}

/// Time for an answer that isn't waited for on purpose.
const PATIENCE: Duration = Duration::from_secs(60);

impl Server {
    /// Finds the server of a data folder: files `address`, `ca.pem` and `local-admin.token`.
    pub fn of(data: &Path) -> anyhow::Result<Self> {
        let read = |name: &str| {
            let path = data.join(name);
            std::fs::read_to_string(&path).with_context(|| {
                format!("read {} (has muster-server been started on this folder?)", path.display())
            })
        };
        let (base, token, ca) = (read("address")?, read("local-admin.token")?, read("ca.pem")?);
        let client = Client::builder()
            .tls_backend_preconfigured(
                trust(&ca).with_context(|| format!("read {}", data.join("ca.pem").display()))?,
            )
            .no_proxy()
            .timeout(PATIENCE)
            .user_agent(concat!("muster/", env!("CARGO_PKG_VERSION")))
            .build()
            .context("set up TLS")?;
        Ok(Self {
            base: base.trim().trim_end_matches('/').to_owned(),
            token: token.trim().to_owned(),
            client,
        })
    }

    /// `GET` of a JSON document. `attempt` says what for ("list devices").
    pub fn read(&self, attempt: &str, path: &str, query: &[(&str, &str)]) -> anyhow::Result<Value> {
        json(attempt, self.send(attempt, self.request(Method::GET, path, query))?)
    }

    /// `GET` of a JSON document that the server may hold back for `wait`.
    pub fn wait(&self, attempt: &str, path: &str, wait: Duration) -> anyhow::Result<Value> {
        let secs = wait.as_secs().to_string();
        let request = self.request(Method::GET, path, &[("wait", &secs)]).timeout(wait + PATIENCE);
        json(attempt, self.send(attempt, request)?)
    }

    /// `GET` of bytes.
    pub fn bytes(&self, attempt: &str, path: &str, query: &[(&str, &str)]) -> anyhow::Result<Vec<u8>> {
        let response = self.send(attempt, self.request(Method::GET, path, query))?;
        Ok(response.bytes().with_context(|| format!("{attempt}: the answer broke off"))?.to_vec())
    }

    /// `GET` with a wish for JSON where the address also has another form.
    pub fn rendering(&self, attempt: &str, path: &str, query: &[(&str, &str)]) -> anyhow::Result<Value> {
        let request = self.request(Method::GET, path, query).header("accept", "application/json");
        json(attempt, self.send(attempt, request)?)
    }

    /// `POST` of a JSON document.
    pub fn post(&self, attempt: &str, path: &str, body: &Value) -> anyhow::Result<Value> {
        self.post_with(attempt, path, body, &[])
    }

    /// `POST` of a JSON document to an address with a query.
    pub fn post_with(
        &self,
        attempt: &str,
        path: &str,
        body: &Value,
        query: &[(&str, &str)],
    ) -> anyhow::Result<Value> {
        let request = self.request(Method::POST, path, query).header("content-type", "application/json");
        let request = request.body(serde_json::to_vec(body)?);
        json(attempt, self.send(attempt, request)?)
    }

    /// `DELETE` of what stands at an address.
    pub fn delete(&self, attempt: &str, path: &str) -> anyhow::Result<Value> {
        json(attempt, self.send(attempt, self.request(Method::DELETE, path, &[]))?)
    }

    /// `POST` of a file. What the server finds wrong in it is no wrong use of the command line, but a [`Refusal`].
    pub fn post_file(
        &self,
        attempt: &str,
        path: &str,
        media_type: &str,
        body: Vec<u8>,
        query: &[(&str, &str)],
    ) -> anyhow::Result<Value> {
        self.post_file_within(PATIENCE, attempt, path, media_type, body, query)
    }

    /// The same for a file that takes the server longer.
    pub fn post_file_within(
        &self,
        patience: Duration,
        attempt: &str,
        path: &str,
        media_type: &str,
        body: Vec<u8>,
        query: &[(&str, &str)],
    ) -> anyhow::Result<Value> {
        let request = self.request(Method::POST, path, query).header("content-type", media_type).body(body);
        let request = request.timeout(patience);
        let response = self.answer(attempt, request)?;
        json(attempt, response?)
    }

    fn request(&self, method: Method, path: &str, query: &[(&str, &str)]) -> RequestBuilder {
        let mut url = format!("{}/api/v1/{path}", self.base);
        for (at, (name, value)) in query.iter().enumerate() {
            url += &format!("{}{name}={}", if at == 0 { '?' } else { '&' }, escaped(value));
        }
        self.client.request(method, url).bearer_auth(&self.token)
    }

    /// Sends what the command line alone says: if the server calls that malformed, the command line was.
    fn send(&self, attempt: &str, request: RequestBuilder) -> anyhow::Result<Response> {
        self.answer(attempt, request)?.map_err(|refusal| match refusal.status {
            StatusCode::BAD_REQUEST | StatusCode::UNPROCESSABLE_ENTITY => {
                WrongUse(refusal.to_string()).into()
            }
            _ => refusal.into(),
        })
    }

    fn answer(&self, attempt: &str, request: RequestBuilder) -> anyhow::Result<Result<Response, Refusal>> {
        let response = request.send().map_err(|error| self.unreachable(attempt, &error))?;
        let status = response.status();
        if status.is_success() {
            return Ok(Ok(response));
        }
        let body = response.bytes().unwrap_or_default();
        match serde_json::from_slice::<Problem>(&body) {
            Ok(problem) => {
                let detail = problem.detail.unwrap_or(problem.title);
                Ok(Err(Refusal { status, attempt: attempt.to_owned(), code: problem.code, detail }))
            }
            Err(_) => bail!("{attempt}: the server answered {status}"),
        }
    }

    fn unreachable(&self, attempt: &str, error: &reqwest::Error) -> anyhow::Error {
        let mut cause: &dyn std::error::Error = error;
        while let Some(next) = cause.source() {
            cause = next;
        }
        let what = if error.is_connect() { "cannot be reached" } else { "did not answer" };
        anyhow!("{attempt}: the server at {} {what}: {cause}", self.base)
    }
}

/// Escapes one segment of a path or one value of a query.
pub fn escaped(text: &str) -> String {
    text.bytes().fold(String::new(), |mut out, byte| {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~') {
            out.push(char::from(byte));
        } else {
            out += &format!("%{byte:02X}");
        }
        out
    })
}

fn json(attempt: &str, response: Response) -> anyhow::Result<Value> {
    let body = response.bytes().with_context(|| format!("{attempt}: the answer broke off"))?;
    if body.is_empty() {
        return Ok(Value::Null);
    }
    serde_json::from_slice(&body).with_context(|| format!("{attempt}: the answer is not JSON"))
}

fn trust(pem: &str) -> anyhow::Result<rustls::ClientConfig> {
    let mut roots = rustls::RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(pem.as_bytes()) {
        roots.add(certificate?)?;
    }
    if roots.is_empty() {
        bail!("no certificate in it");
    }
    Ok(rustls::ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_write_does_not_change_the_address() {
        assert_eq!(escaped("a/b?c&d=Ж"), "a%2Fb%3Fc%26d%3D%D0%96");
    }

    #[test]
    fn a_file_without_a_certificate_is_no_ca() {
        assert!(trust("").is_err());
        assert!(trust("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n").is_err());
    }
}
