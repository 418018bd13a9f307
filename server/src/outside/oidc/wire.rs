//! Requests to a provider: over TLS alone, never sent on elsewhere, answers bounded.

use base64::prelude::{BASE64_STANDARD, Engine as _};
use reqwest::{Request, StatusCode, Url, header};
use serde::Deserialize;
use std::path::Path;
use std::time::Duration;
use tokio::sync::Semaphore;

use super::settings::is_safe;
use super::token::Flaw;
use crate::outside::secrets::{FileError, tls};

/// Asks a provider.
pub(super) struct Wire {
    client: reqwest::Client,
    turns: Semaphore,
}

/// Why a sign-in did not come off.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failed {
    /// The provider can't be spoken with, or says nothing that makes sense.
    #[error("{0}: {1}")]
    Spoken(&'static str, String),
    /// The provider does not take the code.
    #[error("the provider does not take the code: {0}")]
    Code(String),
    /// What came from the browser does not belong to a sign-in that it began.
    #[error("the answer does not belong to a sign-in that this browser began")]
    State,
    /// The ID token is not one for us.
    #[error("the ID token is refused: {0}")]
    Token(#[from] Flaw),
    /// Who it is that the provider's two places say differs.
    #[error("the userinfo address speaks of somebody else")]
    Somebody,
}

/// What the provider says of itself (OpenID Connect Discovery 1.0 §3).
#[derive(Debug, Deserialize)]
pub(super) struct Metadata {
    pub issuer: String,
    pub authorization_endpoint: String,
    pub token_endpoint: String,
    pub jwks_uri: String,
    pub userinfo_endpoint: Option<String>,
    pub end_session_endpoint: Option<String>,
    #[serde(default)]
    pub token_endpoint_auth_methods_supported: Vec<String>,
    #[serde(default)]
    pub authorization_response_iss_parameter_supported: bool,
}

/// What the provider gives for a code.
#[derive(Deserialize)]
pub(super) struct Tokens {
    pub id_token: String,
    pub access_token: Option<String>,
}

#[derive(Deserialize)]
struct Refusal {
    error: String,
}

/// Who we are to the provider.
#[derive(Clone, Copy)]
pub(super) struct Client<'a> {
    pub id: &'a str,
    pub secret: &'a str,
}

/// For a request to the provider.
const PATIENCE: Duration = Duration::from_secs(10);
/// Longest answer of a provider.
const LONGEST: usize = 1024 * 1024;
/// Requests at once: whoever is not signed in makes the server ask.
const AT_ONCE: usize = 16;

impl Wire {
    pub(super) fn new(ca: Option<&Path>) -> Result<Self, FileError> {
        let client = reqwest::Client::builder()
            .tls_backend_preconfigured(tls(ca)?)
            // whoever answers with another address would be sent the secret
            .redirect(reqwest::redirect::Policy::none())
            .timeout(PATIENCE)
            .user_agent(concat!("muster-server/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| FileError::Tls(in_words(&error)))?;
        Ok(Self { client, turns: Semaphore::new(AT_ONCE) })
    }

    /// What the provider says of itself.
    pub(super) async fn metadata(&self, issuer: &str) -> Result<Metadata, Failed> {
        let what = "ask the provider what it is";
        let place = format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'));
        let read = self.get(what, &place, None).await?;
        let metadata: Metadata = parsed(what, &read)?;
        if metadata.issuer != issuer {
            let said = format!("it calls itself {:?}, not {issuer:?}: oidc-issuer", metadata.issuer);
            return Err(Failed::Spoken(what, said));
        }
        Ok(metadata)
    }

    /// Asks with GET, for a holder of this token.
    pub(super) async fn get(
        &self,
        what: &'static str,
        place: &str,
        bearer: Option<&str>,
    ) -> Result<Vec<u8>, Failed> {
        let mut asked = self.client.get(safe(what, place)?).header(header::ACCEPT, "application/json");
        if let Some(token) = bearer {
            asked = asked.bearer_auth(token);
        }
        let (status, read) = self.send(what, asked.build()).await?;
        if status.is_success() { Ok(read) } else { Err(Failed::Spoken(what, status.to_string())) }
    }

    /// Changes a code into tokens (RFC 6749 §4.1.3).
    pub(super) async fn tokens(
        &self,
        metadata: &Metadata,
        client: Client<'_>,
        fields: &[(&str, &str)],
    ) -> Result<Tokens, Failed> {
        let what = "change the code into tokens";
        let place = safe(what, &metadata.token_endpoint)?;
        let ways = &metadata.token_endpoint_auth_methods_supported;
        let has = |way: &str| ways.iter().any(|one| one == way);
        let in_form = has("client_secret_post") && !has("client_secret_basic");
        let mut asked = self.client.post(place).header(header::ACCEPT, "application/json");
        if !in_form {
            asked = asked.header(header::AUTHORIZATION, basic(client));
        }
        let body = form(fields, Some(client).filter(|_| in_form));
        let asked = asked.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded").body(body);
        let (status, read) = self.send(what, asked.build()).await?;
        if status.is_success() {
            return parsed(what, &read);
        }
        match serde_json::from_slice::<Refusal>(&read) {
            Ok(refusal) if refusal.error == "invalid_grant" => Err(Failed::Code(refusal.error)),
            Ok(refusal) => Err(Failed::Spoken(what, clean(&refusal.error))),
            Err(_) => Err(Failed::Spoken(what, status.to_string())),
        }
    }

    async fn send(
        &self,
        what: &'static str,
        request: reqwest::Result<Request>,
    ) -> Result<(StatusCode, Vec<u8>), Failed> {
        let failed = |error: reqwest::Error| Failed::Spoken(what, in_words(&error.without_url()));
        let busy = |_| Failed::Spoken(what, "too many requests at once".to_owned());
        let _turn = self.turns.try_acquire().map_err(busy)?;
        let mut answer = self.client.execute(request.map_err(failed)?).await.map_err(failed)?;
        let mut read = Vec::new();
        while let Some(piece) = answer.chunk().await.map_err(failed)? {
            if read.len() + piece.len() > LONGEST {
                return Err(Failed::Spoken(what, "the answer is longer than a mebibyte".to_owned()));
            }
            read.extend_from_slice(&piece);
        }
        Ok((answer.status(), read))
    }
}

pub(super) fn parsed<T: serde::de::DeserializeOwned>(what: &'static str, read: &[u8]) -> Result<T, Failed> {
    serde_json::from_slice(read).map_err(|error| Failed::Spoken(what, clean(&error.to_string())))
}

/// An address that the provider names; nothing goes to one that others on the way can read.
pub(super) fn safe(what: &'static str, place: &str) -> Result<Url, Failed> {
    let unsafe_place = || Failed::Spoken(what, format!("{place:?} is not https://HOST[:PORT][/PATH]"));
    Url::parse(place).ok().filter(is_safe).ok_or_else(unsafe_place)
}

fn form(fields: &[(&str, &str)], client: Option<Client<'_>>) -> String {
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.append_pair("grant_type", "authorization_code").extend_pairs(fields);
    if let Some(client) = client {
        form.append_pair("client_id", client.id).append_pair("client_secret", client.secret);
    }
    form.finish()
}

/// Name and secret, each as a form has it (RFC 6749 §2.3.1).
fn basic(client: Client<'_>) -> String {
    let encoded = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    let pair = format!("{}:{}", encoded(client.id), encoded(client.secret));
    format!("Basic {}", BASE64_STANDARD.encode(pair))
}

/// An error with its causes, for the log.
fn in_words(error: &dyn std::error::Error) -> String {
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(next) = cause {
        words += &format!(": {next}");
        cause = next.source();
    }
    clean(&words)
}

/// What others wrote, for the log: no second line, and no end of it.
pub(super) fn clean(words: &str) -> String {
    words.chars().filter(|char| !crate::reason::misleads(*char)).take(400).collect()
}
