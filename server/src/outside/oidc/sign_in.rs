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

    /// Where a browser goes to end its session at the provider, too.
    pub async fn leave(&self, app: &App) -> Option<String> {
        self.end(&app.people_url(), app.now()).await
    }
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
) -> Result<Result<SignedIn, Refusal>, ActionError> {
    let state = answer.state.as_deref().unwrap_or_default();
    let came = match (secret, &answer.code) {
        (None, _) => Err(logged(&Failed::State)),
        (Some(secret), None) => Err(not_let_in(secret, answer, state)),
        (Some(secret), Some(code)) => {
            let brought = Brought { code, state, issuer: answer.iss.as_deref() };
            match provider.finish(secret, brought, &app.people_url(), app.now()).await {
                Ok(told) => enter(app, told, visit).await?,
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
