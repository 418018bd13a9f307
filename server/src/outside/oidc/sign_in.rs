//! The two halves of a sign-in, and its end.

use serde::Deserialize;

use super::Provider;
use super::provider::{Begun, Brought};
use super::wire::Failed;
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
        (Some(_), None) => Err(Refusal::Denied),
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
        if refusal == Refusal::Answer {
            app.sign_ins.failed(visit.address, app.now());
        }
        audit::refuse(app, Refused::Provider, visit.address).await;
    }
    Ok(came)
}

fn logged(failed: &Failed) -> Refusal {
    tracing::warn!(error = failed as &dyn std::error::Error, "a sign-in through the provider failed");
    match failed {
        Failed::Spoken(..) => Refusal::Away,
        Failed::State | Failed::Code(_) | Failed::Token(_) | Failed::Somebody => Refusal::Answer,
    }
}
