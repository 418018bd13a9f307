//! Signing in with a name, a password and a code, all on one form: whoever is refused is not told which of them was wrong.

use std::sync::Arc;

use super::proof::{self, Second};
use crate::app::App;
use crate::audit::{self, Refused};
use crate::auth::{How, Secret, SignedIn, Visit, session};
use crate::error::ActionError;

/// What somebody types.
#[derive(Clone)]
pub struct Typed {
    /// The name of the account.
    pub name: String,
    /// The password.
    pub password: String,
    /// A one-time code, or a code for whoever has lost what makes those.
    pub code: String,
}

/// Begins a session. `None` where name, password or code are wrong, the account waits or is shut: the same answer after the same time.
///
/// # Errors
/// Too many are at it; the store's.
pub async fn sign_in(app: &App, typed: Typed, visit: &Visit) -> Result<Option<SignedIn>, ActionError> {
    let now = app.now();
    let name = typed.name.trim().to_owned();
    let stored = stored(app, &name).await?;
    let right = app.hasher.is(typed.password, stored.clone()).await?;
    let (secret, from, keys) = (Secret::draw(&app.random)?, visit.clone(), Arc::clone(&app.keys));
    let kept = secret.clone();
    let actor = app
        .store
        .write(move |tx| {
            let second = Second::Code(&typed.code);
            let proof = (right, stored.as_deref());
            let account = proof::settle(tx, &name, proof, &second, (&from, &keys.accounts), now)?;
            let begin = |account: proof::Account| {
                session::begin(tx, (&account.id, &account.name), &secret, (How::Password, &from), now)
            };
            Ok::<_, ActionError>(account.map(begin).transpose()?)
        })
        .await?;
    if actor.is_none() {
        app.metrics.sign_in_failures.with_label_values(&["password"]).inc();
        app.sign_ins.failed(visit.address, now);
        audit::refuse(app, Refused::Password, visit.address).await;
    }
    Ok(actor.map(|actor| SignedIn { secret: kept, actor }))
}

/// Whether somebody of this name has a password here.
///
/// # Errors
/// The store's.
pub async fn has_password(app: &App, name: &str) -> Result<bool, ActionError> {
    Ok(stored(app, name.trim()).await?.is_some())
}

/// The hash of an account's password.
async fn stored(app: &App, name: &str) -> Result<Option<String>, ActionError> {
    let name = name.to_owned();
    let account = app.store.read(move |tx| Ok::<_, ActionError>(proof::account(tx, &name)?)).await?;
    Ok(account.and_then(|account| account.password))
}
