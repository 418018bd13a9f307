//! A server, and how it is spoken to: its own CA is trusted and no other.

use crate::output::WrongUse;
use crate::{progress, repeat, trust};
use anyhow::{Context as _, anyhow, bail};
use muster_proto::problem::Problem;
use reqwest::blocking::{Body, Client, RequestBuilder, Response};
use reqwest::{Method, StatusCode};
use ring::rand::SystemRandom;
use serde_json::Value;
use std::path::Path;
use std::time::Duration;

/// A server, and who we are to it.
#[derive(Clone)]
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

/// How far a file is that is this long is shown.
const SHOWN: u64 = 1024 * 1024;
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
        Self::new(&base, &token, &ca).with_context(|| format!("use the server of {}", data.display()))
    }

    /// The server at `base`, which shows a certificate of `ca`, for the holder of `token`.
    pub fn new(base: &str, token: &str, ca: &str) -> anyhow::Result<Self> {
        Ok(Self {
            base: base.trim().trim_end_matches('/').to_owned(),
            token: token.trim().to_owned(),
            client: client(trust::only(ca).context("read the CA")?)?,
        })
    }

    /// Where it is.
    pub fn base(&self) -> &str {
        &self.base
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

    /// `GET` of lines that come as things happen, for an hour at most.
    pub fn stream(&self, attempt: &str, path: &str, query: &[(&str, &str)]) -> anyhow::Result<Response> {
        let request = self.request(Method::GET, path, query).header("accept", "text/event-stream");
        self.send(attempt, request.timeout(Duration::from_secs(3600)))
    }

    /// `GET` of what may be longer than memory.
    pub fn download(&self, attempt: &str, path: &str) -> anyhow::Result<Response> {
        let request = self.request(Method::GET, path, &[]);
        self.send(attempt, request.timeout(Duration::from_secs(3600)))
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
        misused(self.posted(attempt, path, request)?)
    }

    /// `PATCH` of what stands at an address, if nobody changes it after it was read here: what was there, and what is now.
    pub fn edit(&self, attempt: &str, path: &str, change: &Value) -> anyhow::Result<(Value, Value)> {
        self.edit_from(attempt, path, |_| change.clone())
    }

    /// The same where the change is made of what was there.
    pub fn edit_from(
        &self,
        attempt: &str,
        path: &str,
        change: impl FnOnce(&Value) -> Value,
    ) -> anyhow::Result<(Value, Value)> {
        let before = self.send(attempt, self.request(Method::GET, path, &[]))?;
        let version = before.headers().get("etag").cloned();
        let version = version.with_context(|| format!("{attempt}: the answer has no version"))?;
        let before = json(attempt, before)?;
        let change = change(&before);
        let request = self.request(Method::PATCH, path, &[]).header("content-type", "application/json");
        let request = request.header("if-match", version).body(serde_json::to_vec(&change)?);
        match self.answer(attempt, request)? {
            Ok(after) => Ok((before, json(attempt, after)?)),
            Err(refusal) if refusal.status == StatusCode::PRECONDITION_FAILED => {
                bail!("{attempt}: {MEANWHILE}")
            }
            Err(refusal) => misused(Err(refusal)),
        }
    }

    /// `PUT` of a JSON document.
    pub fn put(&self, attempt: &str, path: &str, body: &Value) -> anyhow::Result<Value> {
        let request = self.request(Method::PUT, path, &[]).header("content-type", "application/json");
        json(attempt, self.send(attempt, request.body(serde_json::to_vec(body)?))?)
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
        let len = body.len() as u64;
        let body =
            if len < SHOWN { Body::from(body) } else { Body::sized(progress::reading(attempt, body), len) };
        let request = self.request(Method::POST, path, query).header("content-type", media_type).body(body);
        let request = request.timeout(patience);
        Ok(self.posted(attempt, path, request)??)
    }

    /// What makes something is sent once more where its answer was lost.
    #[expect(clippy::disallowed_methods, reason = "the one place of this program that needs random numbers")]
    fn posted(
        &self,
        attempt: &str,
        path: &str,
        request: RequestBuilder,
    ) -> anyhow::Result<Result<Value, Refusal>> {
        let answer = if repeat::makes(path) {
            repeat::send(request.header("idempotency-key", repeat::key(&SystemRandom::new())?))
        } else {
            repeat::whole(request)
        };
        let (status, body) = answer.map_err(|error| unreachable(&self.base, attempt, &error))?;
        if status.is_success() {
            read_json(attempt, &body).map(Ok)
        } else {
            refused(attempt, status, &body).map(Err)
        }
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
        misused(self.answer(attempt, request)?)
    }

    fn answer(&self, attempt: &str, request: RequestBuilder) -> anyhow::Result<Result<Response, Refusal>> {
        let response = request.send().map_err(|error| unreachable(&self.base, attempt, &error))?;
        let status = response.status();
        if status.is_success() {
            return Ok(Ok(response));
        }
        refused(attempt, status, &response.bytes().unwrap_or_default()).map(Err)
    }
}

const MEANWHILE: &str =
    "somebody has changed it meanwhile, and nothing was changed now: look at it, then say the command again";

/// What the server calls malformed was said by the command line.
fn misused<T>(answer: Result<T, Refusal>) -> anyhow::Result<T> {
    answer.map_err(|refusal| match refusal.status {
        StatusCode::BAD_REQUEST | StatusCode::UNPROCESSABLE_ENTITY => WrongUse(refusal.to_string()).into(),
        _ => refusal.into(),
    })
}

fn refused(attempt: &str, status: StatusCode, body: &[u8]) -> anyhow::Result<Refusal> {
    let Ok(problem) = serde_json::from_slice::<Problem>(body) else {
        bail!("{attempt}: the server answered {status}");
    };
    let detail = problem.detail.unwrap_or(problem.title);
    Ok(Refusal { status, attempt: attempt.to_owned(), code: problem.code, detail })
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
    read_json(attempt, &body)
}

fn read_json(attempt: &str, body: &[u8]) -> anyhow::Result<Value> {
    if body.is_empty() {
        return Ok(Value::Null);
    }
    serde_json::from_slice(body).with_context(|| format!("{attempt}: the answer is not JSON"))
}

/// Longest CA that is looked at.
const MAX_CA: u64 = 64 * 1024;

/// The CA of the server at `base` in PEM, fetched without trust: it is worth as much as the comparison of its fingerprint.
pub fn fetch_ca(base: &str) -> anyhow::Result<String> {
    use std::io::Read as _;
    let attempt = "fetch the CA";
    let response = client(muster_trust::believing_anybody()?)?.get(format!("{base}/api/v1/ca")).send();
    let response = response.map_err(|error| unreachable(base, attempt, &error))?;
    let status = response.status();
    if !status.is_success() {
        let mut said = Vec::new();
        response
            .take(MAX_CA)
            .read_to_end(&mut said)
            .with_context(|| format!("{attempt}: the answer broke off"))?;
        return Err(refused(attempt, status, &said)?.into());
    }
    let mut pem = String::new();
    response
        .take(MAX_CA)
        .read_to_string(&mut pem)
        .with_context(|| format!("{attempt}: the answer is not text"))?;
    Ok(pem)
}

/// Reads the address of a server: `https://HOST` or `https://HOST:PORT`.
pub fn address(text: &str) -> Result<String, String> {
    let wrong = || format!("{text:?} is not https://HOST or https://HOST:PORT");
    let url = reqwest::Url::parse(text.trim()).map_err(|_| wrong())?;
    let bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
    if url.scheme() != "https" || !bare || !url.username().is_empty() || url.password().is_some() {
        return Err(wrong());
    }
    Ok(url.as_str().trim_end_matches('/').to_owned())
}

fn client(tls: rustls::ClientConfig) -> anyhow::Result<Client> {
    let client = Client::builder()
        .tls_backend_preconfigured(tls)
        .no_proxy()
        .timeout(PATIENCE)
        .user_agent(concat!("muster/", env!("CARGO_PKG_VERSION")));
    client.build().context("set up TLS")
}

fn unreachable(base: &str, attempt: &str, error: &reqwest::Error) -> anyhow::Error {
    let mut cause: &dyn std::error::Error = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    let what = if error.is_connect() { "cannot be reached" } else { "did not answer" };
    anyhow!("{attempt}: the server at {base} {what}: {cause}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_write_does_not_change_the_address() {
        assert_eq!(escaped("a/b?c&d=Ж"), "a%2Fb%3Fc%26d%3D%D0%96");
    }

    #[test]
    fn an_address_is_a_host_and_a_port() {
        for (text, read) in [
            ("https://muster.example", "https://muster.example"),
            ("https://muster.example:8443/", "https://muster.example:8443"),
            ("https://[::1]:1", "https://[::1]:1"),
        ] {
            assert_eq!(address(text).as_deref(), Ok(read));
        }
        for wrong in [
            "",
            "muster.example",
            "http://a",
            "https://",
            "https://a/b",
            "https://u:p@a",
            "https://a?x",
            "ftp://a",
        ] {
            assert!(address(wrong).is_err(), "{wrong}");
        }
    }
}
