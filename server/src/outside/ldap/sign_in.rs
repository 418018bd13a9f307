//! Signing in with the directory's password and a one-time code of here. Wrong tries are counted as for those with a password here, so that
//! nobody guesses at the directory through us, or locks its accounts.

use muster_proto::id::hex;
use std::sync::Arc;

use super::Directory;
use super::directory::{Entry, Failed};
use super::settings::plain;
use crate::app::App;
use crate::audit::{self, Refused};
use crate::auth::{Actor, How, Secret, SignedIn, Visit, session};
use crate::error::ActionError;
use crate::outside::{Refusal, Told, admit, map, name_of};
use crate::people::{self, Second, Typed, proof};

/// What came of it.
#[derive(Debug)]
pub enum Came {
    /// A session has begun.
    In(SignedIn),
    /// The password is right, and there are no one-time codes yet: with this link the person sets them up.
    SetUp(Secret),
    /// Name, password or code are wrong, or the account waits.
    Wrong,
    /// The directory knows the person, who is not let in here; or it is away.
    Refused(Refusal),
}

/// Signs somebody in with the directory's password.
///
/// # Errors
/// The store's.
pub async fn sign_in(
    app: &App,
    directory: &Directory,
    typed: Typed,
    visit: &Visit,
) -> Result<Came, ActionError> {
    let came = try_it(app, directory, typed, visit).await?;
    if !matches!(came, Came::In(_) | Came::SetUp(_)) {
        app.metrics.sign_in_failures.with_label_values(&["ldap"]).inc();
        if matches!(came, Came::Wrong) {
            app.sign_ins.failed(visit.address, app.now());
        }
        audit::refuse(app, Refused::Directory, visit.address).await;
    }
    Ok(came)
}

async fn try_it(app: &App, directory: &Directory, typed: Typed, visit: &Visit) -> Result<Came, ActionError> {
    let name = typed.name.trim();
    if name.is_empty() || typed.password.is_empty() {
        return Ok(Came::Wrong);
    }
    let found = match directory.find(name).await {
        Ok(found) => found,
        Err(failed) => return Ok(away(&failed)),
    };
    let (entry, groups) = found.unzip();
    // one try at a time: what was wrong is counted before the next is made
    let _trial = match entry.as_ref().map(|entry| directory.trial(&entry.id)).transpose() {
        Ok(trial) => trial,
        Err(failed) => return Ok(away(&failed)),
    };
    let account = match &entry {
        Some(entry) => waiting(app, &entry.id).await?,
        None => Account::Unknown,
    };
    if matches!(account, Account::Waits) {
        // as long as for anybody
        return Ok(match directory.holds(None, &typed.password).await {
            Ok(_) => Came::Wrong,
            Err(failed) => away(&failed),
        });
    }
    let right = match directory.holds(entry.as_ref(), &typed.password).await {
        Ok(right) => right,
        Err(failed) => return Ok(away(&failed)),
    };
    match (entry, account) {
        (Some(entry), _) if right => {
            let told = told(directory, entry, &groups.unwrap_or_default());
            enter(app, told, typed.code, visit).await
        }
        (_, Account::Named(name)) => {
            count(app, name, visit).await?;
            Ok(Came::Wrong)
        }
        _ => Ok(Came::Wrong),
    }
}

/// The account here of somebody in the directory.
enum Account {
    /// The person was never here.
    Unknown,
    /// It waits after wrong tries: the directory is not asked about it.
    Waits,
    /// It has this name.
    Named(String),
}

async fn waiting(app: &App, id: &str) -> Result<Account, ActionError> {
    let (now, id) = (app.now(), id.to_owned());
    app.store
        .read(move |tx| {
            let Some(name) = name_of(tx, How::Ldap, &id)? else { return Ok(Account::Unknown) };
            let waits = proof::account(tx, &name)?.is_some_and(|account| account.waits(now));
            Ok(if waits { Account::Waits } else { Account::Named(name) })
        })
        .await
}

/// Counts a wrong password.
async fn count(app: &App, name: String, visit: &Visit) -> Result<(), ActionError> {
    let (now, visit, keys) = (app.now(), visit.clone(), Arc::clone(&app.keys));
    app.store
        .write(move |tx| {
            let proof = (false, None);
            proof::settle(tx, &name, proof, &Second::Session, (&visit, &keys.accounts), now)?;
            Ok(())
        })
        .await
}

async fn enter(app: &App, told: Told, code: String, visit: &Visit) -> Result<Came, ActionError> {
    let (now, secret, id) = (app.now(), Secret::draw(&app.random)?, hex(&app.draw()?[..8]));
    let (kept, visit, keys) = (secret.clone(), visit.clone(), Arc::clone(&app.keys));
    let came = app.store.write(move |tx| {
        let actor = Actor::system(told.how.word()).at(visit.address);
        let known = match admit(tx, &actor, id, &told, now)? {
            Ok(known) => known,
            Err(refusal) => return Ok(Inside::Refused(refusal)),
        };
        let Some(account) = proof::account(tx, &known.name)? else { return Ok(Inside::Wrong) };
        if !account.has_codes() {
            people::offer_codes(tx, &known.id, &secret, now)?;
            return Ok(Inside::SetUp);
        }
        // whoever has a password here is asked for that one, however the name is spelled
        let proof = (account.password.is_none(), account.password.as_deref());
        let second = Second::Code(&code);
        let proved = proof::settle(tx, &known.name, proof, &second, (&visit, &keys.accounts), now)?;
        let Some(account) = proved else { return Ok(Inside::Wrong) };
        let actor = session::begin(tx, (&account.id, &account.name), &secret, (How::Ldap, &visit), now)?;
        Ok::<_, ActionError>(Inside::In(actor))
    });
    Ok(match came.await? {
        Inside::In(actor) => Came::In(SignedIn { secret: kept, actor }),
        Inside::SetUp => Came::SetUp(kept),
        Inside::Wrong => Came::Wrong,
        Inside::Refused(refusal) => Came::Refused(refusal),
    })
}

/// What came of it in the transaction.
enum Inside {
    In(Actor),
    SetUp,
    Wrong,
    Refused(Refusal),
}

fn told(directory: &Directory, entry: Entry, groups: &[String]) -> Told {
    Told {
        how: How::Ldap,
        subject: entry.id,
        name: entry.name,
        title: entry.title,
        address: entry.address,
        grants: map::grants(&directory.settings().map, |group| groups.contains(&plain(group))),
    }
}

fn away(failed: &Failed) -> Came {
    tracing::warn!(error = failed as &dyn std::error::Error, "a sign-in through the directory failed");
    Came::Refused(Refusal::Away)
}
