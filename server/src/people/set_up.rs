//! A link with which a person chooses a password and sets up what makes one-time codes. Until the person has shown a code, nothing changes.

use muster_proto::id::Digest;
use muster_proto::time::{Span, Timestamp};
use serde_json::json;

use super::edit::end_links;
use super::generator::{Generator, draw_recovery, recovery_digest};
use super::password::NewPassword;
use super::rows::{Known, find};
use super::subject;
use crate::app::App;
use crate::audit::{self, Act};
use crate::auth::{Actor, How, LinkView, Secret, SignedIn, Visit, session};
use crate::certificates::fingerprint;
use crate::error::ActionError;
use crate::problems::Code;
use crate::store::{StoreError, Tx, values};

/// For how long a link works.
const LIFE: Span = Span::from_hours(24);

/// What the page of a link that holds shows.
#[derive(Debug, Clone)]
pub struct SetUp {
    /// For whom it is.
    pub name: String,
    /// What the application reads.
    pub address: String,
    /// Its secret, for whoever types it.
    pub secret: String,
    /// Whether the password is one of elsewhere, and none is chosen here.
    pub codes_alone: bool,
    /// How the session begins that follows.
    how: How,
    id: String,
    generator: Generator,
}

/// What was set up.
#[derive(Debug, Clone)]
pub struct Done {
    /// The session that begins.
    pub signed_in: SignedIn,
    /// Codes for whoever loses the generator. They are shown once.
    pub codes: Vec<String>,
}

/// Makes a link for a person. One that was made before works no more. Whoever signs in with the directory's password chooses none here:
/// with a password of here what groups give would hold no more.
///
/// # Errors
/// There is no such person, or the person is shut out; the store's.
pub async fn make_set_up_link(app: &App, actor: &Actor, name: &str) -> Result<LinkView, ActionError> {
    let (actor, now, secret) = (actor.clone(), app.now(), Secret::draw(&app.random)?);
    let (expires, name) = (now + LIFE, name.to_owned());
    let directory = app.directory.as_ref().is_some_and(|directory| directory.lets_in());
    let view = LinkView {
        link: format!("{}/set-up?link={}", app.people_url(), secret.text()),
        expires,
        certificate_sha256: app.reached.shown.unknown_to_browsers().map(fingerprint),
    };
    app.store
        .write(move |tx| {
            let Known { id, person } = find(tx, &name)?;
            if person.disabled.is_some() {
                let detail = format!("{name:?} is shut out: muster person enable");
                return Err(ActionError::conflict(Code::PersonDisabled, detail));
            }
            let sql = "DELETE FROM set_up_links WHERE user_id = $1 OR expires <= $2";
            tx.execute(sql, &values![&id, now])?;
            let there = directory && is_of_directory(tx, &id)?;
            let digest = if there { codes_by_hand(&secret) } else { secret.digest() };
            let sql = "INSERT INTO set_up_links (hash, user_id, expires) VALUES ($1, $2, $3)";
            tx.execute(sql, &values![digest, &id, expires])?;
            let alone = if there { ", for codes alone" } else { "" };
            let act =
                Act::new("person.set-up-link", subject(&name)).detail(format!("until {expires}{alone}"));
            Ok(audit::append(tx, now, &actor, act)?)
        })
        .await?;
    Ok(view)
}

/// For how long whoever has just shown the directory's password sets up one-time codes.
const CODES_LIFE: Span = Span::from_secs(15 * 60);

/// Lets whoever has this link set up one-time codes, once, and begin a session: the person has shown the directory's password.
///
/// # Errors
/// The store's.
pub(crate) fn offer_codes(
    tx: &mut dyn Tx,
    id: &str,
    link: &Secret,
    now: Timestamp,
) -> Result<(), StoreError> {
    tx.execute("DELETE FROM set_up_links WHERE expires <= $1", &values![now])?;
    let sql = "INSERT INTO set_up_links (hash, user_id, expires) VALUES ($1, $2, $3)";
    tx.execute(sql, &values![codes_alone(link), id, now + CODES_LIFE]).map(drop)
}

/// What the store has of a link for codes alone: it is no link for a password.
fn codes_alone(link: &Secret) -> Digest {
    Digest::of(link.derived("codes alone").as_bytes())
}

/// The same for a link that somebody makes and hands over: whoever has it has not shown the directory's password.
fn codes_by_hand(link: &Secret) -> Digest {
    Digest::of(link.derived("codes by hand").as_bytes())
}

/// Whether the person signs in with the directory's password, and has none here.
fn is_of_directory(tx: &mut dyn Tx, id: &str) -> Result<bool, StoreError> {
    let sql = "SELECT 1 FROM identities JOIN users ON users.id = identities.user_id \
               WHERE identities.user_id = $1 AND identities.provider = $2 AND users.password IS NULL";
    Ok(tx.query_one(sql, &values![id, How::Ldap.word()])?.is_some())
}

/// What the page of this link shows; `None` where the link does not hold.
///
/// # Errors
/// The store's.
pub async fn look(app: &App, link: &Secret) -> Result<Option<SetUp>, ActionError> {
    let kinds =
        [(link.digest(), How::Password), (codes_alone(link), How::Ldap), (codes_by_hand(link), How::Link)];
    let now = app.now();
    let found = app.store.read(move |tx| {
        for (digest, how) in kinds {
            if let Some(found) = holder(tx, digest, now)? {
                return Ok(Some((found, how)));
            }
        }
        Ok::<_, ActionError>(None)
    });
    Ok(found.await?.map(|((id, name), how)| {
        let codes_alone = how != How::Password;
        let generator = Generator::of(link, &id, &app.keys.accounts);
        let (address, secret) = (generator.address(&name, &app.reached.people), generator.text());
        SetUp { name, address, secret, codes_alone, how, id, generator }
    }))
}

/// Takes what the person chose, ends all that the person had open, and begins a session.
///
/// # Errors
/// The password is refused, the code is not the generator's, or the link was used meanwhile; the store's.
pub async fn finish(
    app: &App,
    link: &Secret,
    set_up: SetUp,
    (password, code): (&str, &str),
    visit: &Visit,
) -> Result<Done, ActionError> {
    let now = app.now();
    let digest = match set_up.how {
        How::Ldap => codes_alone(link),
        How::Link => codes_by_hand(link),
        _ => link.digest(),
    };
    let password = if set_up.codes_alone { None } else { Some(NewPassword::read(password, &set_up.name)?) };
    let step = set_up.generator.step(code, now, None).ok_or_else(wrong_code)?;
    let hash = match password {
        Some(password) => Some(app.hasher.hash(password, app.draw()?).await?),
        None => None,
    };
    let sealed = set_up.generator.seal(&set_up.id, &app.keys.accounts, &app.random)?;
    let codes = draw_recovery(&app.random)?;
    let digests = codes.iter().map(|code| recovery_digest(code, &set_up.id, &app.keys.accounts)).collect();
    let (secret, visit) = (Secret::draw(&app.random)?, visit.clone());
    let kept = secret.clone();
    let actor = app
        .store
        .write(move |tx| {
            let held = holder(tx, digest, now)?;
            tx.execute("DELETE FROM set_up_links WHERE hash = $1", &values![digest])?;
            end_links(tx, &set_up.id, &set_up.name)?;
            if held.is_none_or(|(id, _)| id != set_up.id) {
                return Err(ActionError::conflict(Code::LinkUsed, "the link was used meanwhile"));
            }
            let how = set_up.how;
            let act = match how {
                How::Ldap => Act::new("person.generator", "").detail("after the directory's password"),
                How::Link => Act::new("person.generator", "").detail("by a link"),
                _ => Act::new("person.password", "").detail("by a link, with what makes one-time codes"),
            };
            tx.execute(
                "UPDATE users SET password = COALESCE($2, password), totp = $3, totp_step = $4, failures = 0, locked = NULL WHERE id = $1",
                &values![&set_up.id, hash.as_deref(), &sealed, step],
            )?;
            write_codes(tx, &set_up.id, digests)?;
            let ended = tx.execute("DELETE FROM sessions WHERE user_id = $1", &values![&set_up.id])?;
            let by = Actor::session(&set_up.name).at(visit.address);
            let act = act.subject(subject(&set_up.name)).after(json!({ "sessions_ended": ended }));
            audit::append(tx, now, &by, act)?;
            let who = (set_up.id.as_str(), set_up.name.as_str());
            Ok(session::begin(tx, who, &secret, (how, &visit), now)?)
        })
        .await?;
    Ok(Done { signed_in: SignedIn { secret: kept, actor }, codes })
}

/// Replaces the recovery codes of a person.
pub(super) fn write_codes(tx: &mut dyn Tx, id: &str, digests: Vec<Digest>) -> Result<(), StoreError> {
    tx.execute("DELETE FROM recovery_codes WHERE user_id = $1", &values![id])?;
    for digest in digests {
        let sql = "INSERT INTO recovery_codes (user_id, hash) VALUES ($1, $2)";
        tx.execute(sql, &values![id, digest])?;
    }
    Ok(())
}

pub(super) fn wrong_code() -> ActionError {
    ActionError::invalid(Code::WrongCode, "the code is not the one that the application shows now")
}

/// For whom a link is, where it holds: the account's id and name.
fn holder(tx: &mut dyn Tx, link: Digest, now: Timestamp) -> Result<Option<(String, String)>, StoreError> {
    let sql = "SELECT users.id, users.name FROM set_up_links JOIN users ON users.id = set_up_links.user_id \
               WHERE set_up_links.hash = $1 AND set_up_links.expires > $2 AND users.disabled IS NULL";
    let row = tx.query_one(sql, &values![link, now])?;
    row.map(|mut row| Ok((row.take()?, row.take()?))).transpose()
}
