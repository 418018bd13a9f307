//! The two halves of a sign-in, and its end.

use serde::Deserialize;

use super::Provider;
use super::provider::{Begun, Brought};
use super::wire::{Failed, clean};
use crate::app::App;
use crate::audit::{self, Refused};
use crate::auth::{Secret, SignedIn, Visit};
use crate::error::ActionError;
use crate::outside::{Refusal, enter};

/// What a browser brings back from the provider.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Answer {
    code: Option<String>,
    state: Option<String>,
    iss: Option<String>,
    error: Option<String>,
    error_description: Option<String>,
}

impl Provider {
    /// Begins a sign-in.
    ///
    /// # Errors
    /// There is no randomness.
    pub async fn ask(&self, app: &App) -> Result<Result<Begun, Refusal>, ActionError> {
        let secret = Secret::draw(&app.random)?;
        Ok(self.begin(secret, &app.people_url(), app.now()).await.map_err(|failed| logged(&failed)))
    }

    /// Where a browser goes to end its session at the provider, too; `hint` is what it brings of its sign-in.
    pub async fn leave(&self, app: &App, hint: Option<&str>) -> Option<String> {
        self.end(&app.people_url(), hint.filter(|hint| is_hint(hint)), app.now()).await
    }
}

/// Longest ID token that is held for the end of the session. A browser keeps 4,096 bytes of a cookie, and a proxy takes as many of an answer's whole
/// header where nobody tells it otherwise (nginx: `proxy_buffer_size`), of which the rest of the answer to a sign-in has about 900.
pub const LONGEST_HINT: usize = 2800;

/// Whoever came in, and the ID token that says so, where it is short enough to be held.
#[derive(Debug)]
pub struct Came {
    /// The session.
    pub signed_in: SignedIn,
    /// The token.
    pub hint: Option<String>,
}

/// Whether it has the form of an ID token (RFC 7515 §7.1), and no more than is held of one.
fn is_hint(text: &str) -> bool {
    let letter = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    (1..=LONGEST_HINT).contains(&text.len()) && text.bytes().all(letter)
}

/// Takes what a browser brings back from the provider, and begins a session. `secret` is what the browser has held meanwhile.
///
/// # Errors
/// The store's.
pub async fn sign_in(
    app: &App,
    provider: &Provider,
    secret: Option<&Secret>,
    answer: &Answer,
    visit: &Visit,
) -> Result<Result<Came, Refusal>, ActionError> {
    let state = answer.state.as_deref().unwrap_or_default();
    let came = match (secret, &answer.code) {
        (None, _) => Err(logged(&Failed::State)),
        (Some(secret), None) => Err(not_let_in(secret, answer, state)),
        (Some(secret), Some(code)) => {
            let brought = Brought { code, state, issuer: answer.iss.as_deref() };
            match provider.finish(secret, brought, &app.people_url(), app.now()).await {
                Ok((told, token)) => {
                    let hint = Some(token).filter(|token| is_hint(token));
                    enter(app, told, visit).await?.map(|signed_in| Came { signed_in, hint })
                }
                Err(failed) => Err(logged(&failed)),
            }
        }
    };
    if let Err(refusal) = came {
        app.metrics.sign_in_failures.with_label_values(&["oidc"]).inc();
        // whoever is at the other end has proved nothing; all others are known to the provider, or it is away
        // but a browser that has begun no sign-in was sent here by any page: whoever shares its address has tried nothing
        if refusal == Refusal::Answer && secret.is_some() {
            app.sign_ins.failed(visit.address, app.now());
        }
        audit::refuse(app, Refused::Provider, visit.address).await;
    }
    Ok(came)
}

/// Why the provider sent somebody back without a code (OpenID Connect Core 1.0 §3.1.2.6): the person did not want to, or something is
/// wrong that whoever runs the server has to know.
fn not_let_in(secret: &Secret, answer: &Answer, state: &str) -> Refusal {
    if !Provider::is_state_of(secret, state) {
        return logged(&Failed::State);
    }
    let error = clean(answer.error.as_deref().unwrap_or("no code and no error"));
    let description = clean(answer.error_description.as_deref().unwrap_or_default());
    if error == "access_denied" {
        tracing::info!(description, "the provider let nobody in");
        return Refusal::Denied;
    }
    tracing::warn!(error, description, "a sign-in through the provider failed: it sends people back");
    Refusal::Away
}

fn logged(failed: &Failed) -> Refusal {
    tracing::warn!(error = failed as &dyn std::error::Error, "a sign-in through the provider failed");
    match failed {
        Failed::Spoken(..) => Refusal::Away,
        Failed::State | Failed::Code(_) | Failed::Token(_) | Failed::Somebody => Refusal::Answer,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_held_of_a_sign_in_is_a_token_and_not_too_long() {
        assert!(is_hint("eyJhbGciOiJSUzI1NiJ9.e30.c2lnbmF0dXJl-_") && is_hint(&"a".repeat(LONGEST_HINT)));
        for wrong in ["", "a;b", "a b", "a\r\nx: y", "é", "a&b=c", &"a".repeat(LONGEST_HINT + 1)] {
            assert!(!is_hint(wrong), "{wrong}");
        }
    }
}
