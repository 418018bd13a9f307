//! A receiver for tests, on this machine: it keeps what it got, and answers as it is told.

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use serde_json::Value;
use std::collections::HashMap;
use std::sync::{Arc, Mutex};

/// The receiver. It ends with the test's runtime.
pub struct Receiver {
    pub url: String,
    kept: Arc<Kept>,
}

#[derive(Default)]
struct Kept {
    got: Mutex<Vec<Got>>,
    /// What to answer; 204 where nothing is said.
    status: Mutex<Option<u16>>,
    /// What to answer to messages with this rule.
    by_rule: Mutex<HashMap<String, u16>>,
}

/// A message that came.
#[derive(Debug, Clone)]
pub struct Got {
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Got {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).unwrap_or_else(|| panic!("no {name}")).to_str().unwrap()
    }

    pub fn id(&self) -> String {
        self.header("webhook-id").to_owned()
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

impl Receiver {
    pub async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/told?by=muster", listener.local_addr().unwrap());
        let kept = Arc::<Kept>::default();
        let router = Router::new().fallback(receive).with_state(Arc::clone(&kept));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, kept }
    }

    /// What came since the last time.
    pub fn take(&self) -> Vec<Got> {
        std::mem::take(&mut *self.kept.got.lock().unwrap())
    }

    pub fn answer(&self, status: u16) {
        *self.kept.status.lock().unwrap() = Some(status);
    }

    pub fn answer_rule(&self, rule: &str, status: u16) {
        self.kept.by_rule.lock().unwrap().insert(rule.to_owned(), status);
    }
}

async fn receive(State(kept): State<Arc<Kept>>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let got = Got { headers, body };
    let rule = got.json()["data"]["rule"].as_str().unwrap_or_default().to_owned();
    kept.got.lock().unwrap().push(got);
    let by_rule = kept.by_rule.lock().unwrap().get(&rule).copied();
    let status = by_rule.or(*kept.status.lock().unwrap()).unwrap_or(204);
    StatusCode::from_u16(status).unwrap()
}

/// The bytes of a secret.
pub fn raw(secret: &str) -> Vec<u8> {
    use base64::prelude::{BASE64_STANDARD, Engine as _};
    BASE64_STANDARD.decode(secret.strip_prefix("whsec_").unwrap()).unwrap()
}
