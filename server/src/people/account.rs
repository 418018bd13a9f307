//! What a person changes about the own account: the password, what makes one-time codes, the codes for whoever has lost it.

use muster_proto::id::Digest;
use muster_proto::time::Timestamp;
use serde_json::json;
use std::sync::Arc;

use super::edit::end_links;
use super::generator::{Generator, draw_recovery, recovery_digest};
use super::password::NewPassword;
use super::proof::{self, Second};
use super::set_up::{write_codes, wrong_code};
use super::subject;
use crate::app::App;
use crate::audit::{self, Act};
use crate::auth::{Actor, Secret, Visit};
use crate::error::ActionError;
use crate::problems::Code;
use crate::store::{Tx, values};

/// The person who changes something: who, from where, and the session, which goes on.
pub struct Own<'a> {
    /// Who.
    pub actor: &'a Actor,
    /// From where.
    pub visit: &'a Visit,
    /// The session.
    pub session: &'a Secret,
}

/// With what a person proves, in a session, who it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    /// The password of here.
    Password,
    /// A one-time code or a recovery code: the password is the directory's.
    Code,
    /// There is neither.
    Nothing,
}

/// With what the person of this name does.
///
/// # Errors
/// The store's.
pub async fn proof_of(app: &App, name: &str) -> Result<Proof, ActionError> {
    Ok(proof_held(app, name).await?.0)
}

/// The same, with the hash of the password.
async fn proof_held(app: &App, name: &str) -> Result<(Proof, Option<String>), ActionError> {
    let name = name.to_owned();
    let account = app.store.read(move |tx| Ok::<_, ActionError>(proof::account(tx, &name)?)).await?;
    let Some(account) = account else { return Ok((Proof::Nothing, None)) };
    let codes = account.has_codes();
    Ok(match account.password {
        Some(hash) => (Proof::Password, Some(hash)),
        None if codes => (Proof::Code, None),
        None => (Proof::Nothing, None),
    })
}

/// Changes the password. Other sessions of the person end.
///
/// # Errors
/// The old password is wrong or the account waits; the new one is refused; the store's.
pub async fn change_password(app: &App, own: &Own<'_>, old: &str, new: &str) -> Result<(), ActionError> {
    if proof_of(app, own.actor.name()).await? != Proof::Password {
        return Err(wrong_password());
    }
    let password = NewPassword::read(new, own.actor.name())?;
    let hash = app.hasher.hash(password, app.draw()?).await?;
    proven(app, own, old, move |tx, id, _| {
        tx.execute("UPDATE users SET password = $2 WHERE id = $1", &values![id, &hash])?;
        Ok(Act::new("person.password", "").detail("by the person"))
    })
    .await
}

/// The generator of a page on which it is set up: what the application reads, and its secret.
///
/// # Errors
/// The person has no account here; the store's.
pub async fn offer_generator(app: &App, name: &str, page: &Secret) -> Result<(String, String), ActionError> {
    let generator = generator(app, name, page).await?;
    Ok((generator.address(name, &app.reached.people), generator.text()))
}

/// Takes another generator. Other sessions of the person end, and the codes for whoever has lost it are new: they are shown once. `password`
/// is what [`proof_of`] names.
///
/// # Errors
/// The password is wrong or the account waits; the code is not the new generator's; the store's.
pub async fn change_generator(
    app: &App,
    own: &Own<'_>,
    page: &Secret,
    (password, code): (&str, &str),
) -> Result<Vec<String>, ActionError> {
    let generator = generator(app, own.actor.name(), page).await?;
    let step = generator.step(code, app.now(), None).ok_or_else(wrong_code)?;
    let codes = draw_recovery(&app.random)?;
    let (kept, keys) = (codes.clone(), Arc::clone(&app.keys));
    let id = account_id(app, own.actor.name()).await?;
    let sealed = generator.seal(&id, &keys.accounts, &app.random)?;
    proven(app, own, password, move |tx, id, _| {
        let sql = "UPDATE users SET totp = $2, totp_step = $3 WHERE id = $1";
        tx.execute(sql, &values![id, &sealed, step])?;
        write_codes(tx, id, digests(&codes, id, &keys.accounts))?;
        Ok(Act::new("person.generator", ""))
    })
    .await?;
    Ok(kept)
}

/// Replaces the codes for whoever has lost the generator. They are shown once.
///
/// # Errors
/// The password is wrong or the account waits; the store's.
pub async fn new_codes(app: &App, own: &Own<'_>, password: &str) -> Result<Vec<String>, ActionError> {
    let codes = draw_recovery(&app.random)?;
    let (kept, keys) = (codes.clone(), Arc::clone(&app.keys));
    proven(app, own, password, move |tx, id, _| {
        write_codes(tx, id, digests(&codes, id, &keys.accounts))?;
        Ok(Act::new("person.recovery-codes", ""))
    })
    .await?;
    Ok(kept)
}

/// How many codes are left for whoever has lost the generator.
///
/// # Errors
/// The store's.
pub async fn codes_left(app: &App, name: &str) -> Result<u64, ActionError> {
    let name = name.to_owned();
    app.store
        .read(move |tx| {
            let sql = "SELECT COUNT(*) FROM recovery_codes JOIN users ON users.id = recovery_codes.user_id \
                       WHERE users.name = $1";
            let row = tx.query_one(sql, &values![&name])?;
            Ok::<_, ActionError>(row.map(|mut row| row.take()).transpose()?.unwrap_or(0))
        })
        .await
}

fn digests(codes: &[String], id: &str, server: &ring::hkdf::Salt) -> Vec<Digest> {
    codes.iter().map(|code| recovery_digest(code, id, server)).collect()
}

/// Does `work` if the password is right, or the code of whoever has none here, ends the person's other sessions, and writes the entry that `work` begins.
async fn proven(
    app: &App,
    own: &Own<'_>,
    password: &str,
    work: impl FnOnce(&mut dyn Tx, &str, Timestamp) -> Result<Act, ActionError> + Send + 'static,
) -> Result<(), ActionError> {
    let (now, name) = (app.now(), own.actor.name().to_owned());
    let (by, stored) = proof_held(app, &name).await?;
    let right = app.hasher.is(password.to_owned(), stored.clone()).await?;
    let typed = password.to_owned();
    let (actor, session) = (own.actor.clone(), own.session.digest());
    let (visit, keys) = (own.visit.clone(), Arc::clone(&app.keys));
    let done = app
        .store
        .write(move |tx| {
            let (right, second) = match by {
                Proof::Code => (true, Second::Code(&typed)),
                Proof::Password | Proof::Nothing => (right, Second::Session),
            };
            let proof = (right, stored.as_deref());
            let account = proof::settle(tx, &name, proof, &second, (&visit, &keys.accounts), now)?;
            // what was counted has to stay: this is no error of the transaction
            let Some(account) = account else { return Ok(false) };
            let act = work(tx, &account.id, now)?;
            let sql = "DELETE FROM sessions WHERE user_id = $1 AND hash <> $2";
            let ended = tx.execute(sql, &values![&account.id, session])?;
            end_links(tx, &account.id, &name)?;
            let act = act.subject(subject(&name)).after(json!({ "sessions_ended": ended }));
            audit::append(tx, now, &actor, act)?;
            Ok::<_, ActionError>(true)
        })
        .await?;
    if done {
        return Ok(());
    }
    app.sign_ins.failed(own.visit.address, now);
    Err(wrong_password())
}

fn wrong_password() -> ActionError {
    ActionError::invalid(Code::WrongPassword, "the password is wrong, or the account waits")
}

async fn generator(app: &App, name: &str, page: &Secret) -> Result<Generator, ActionError> {
    Ok(Generator::of(page, &account_id(app, name).await?, &app.keys.accounts))
}

async fn account_id(app: &App, name: &str) -> Result<String, ActionError> {
    let name = name.to_owned();
    app.store.read(move |tx| Ok(super::rows::find(tx, &name)?.id)).await
}
