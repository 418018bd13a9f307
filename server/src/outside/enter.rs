//! From what is said of somebody elsewhere to a session here. Who it is decides what is said there for ever (issuer and subject, or the
//! directory's own mark), never a name or a mail address: those go from one person to another.

use muster_proto::id::hex;
use muster_proto::time::Timestamp;
use serde_json::json;

use crate::app::App;
use crate::audit::{self, Act};
use crate::auth::{Actor, Grant, How, Secret, SignedIn, Visit, names, roles, session};
use crate::error::ActionError;
use crate::orgs;
use crate::outside::map;
use crate::people::{self, Person};
use crate::problems::Code;
use crate::store::{StoreError, Tx, values};

/// What is said of somebody elsewhere, and has been proved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Told {
    /// Who says it.
    pub how: How,
    /// Who that is there, for ever.
    pub subject: String,
    /// What the person is called there: the account's name here.
    pub name: String,
    /// The whole name, where it is said.
    pub title: String,
    /// The mail address, where it can be relied on.
    pub address: Option<String>,
    /// What the groups there give here.
    pub grants: Vec<Grant>,
}

/// Why somebody did not come in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// The provider or the directory can't be spoken with, or says nothing that makes sense.
    Away,
    /// The answer does not belong to a sign-in of this browser, or the token is not one for us.
    Answer,
    /// No group of the person may anything here.
    NoGroup,
    /// The person's name there can be no name here.
    BadName,
    /// Somebody else has the name here.
    NameTaken,
    /// The person is shut out.
    Disabled,
    /// The provider let nobody in.
    Denied,
}

impl Refusal {
    /// Every one.
    pub const ALL: [Self; 7] = [
        Self::Away,
        Self::Answer,
        Self::NoGroup,
        Self::BadName,
        Self::NameTaken,
        Self::Disabled,
        Self::Denied,
    ];

    /// The word for it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Away => "away",
            Self::Answer => "bad-answer",
            Self::NoGroup => "no-group",
            Self::BadName => "bad-name",
            Self::NameTaken => "name-taken",
            Self::Disabled => "disabled",
            Self::Denied => "denied",
        }
    }

    /// The one with this word.
    #[must_use]
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|refusal| refusal.word() == word)
    }
}

/// The account's id and name.
pub(crate) struct Known {
    pub id: String,
    pub name: String,
}

/// Begins a session for somebody who has been proved to be who is told of.
///
/// # Errors
/// The store's.
pub(crate) async fn enter(
    app: &App,
    told: Told,
    visit: &Visit,
) -> Result<Result<SignedIn, Refusal>, ActionError> {
    let (now, secret, id) = (app.now(), Secret::draw(&app.random)?, hex(&app.draw()?[..8]));
    let (kept, visit) = (secret.clone(), visit.clone());
    let came = app.store.write(move |tx| {
        let actor = Actor::system(told.how.word()).at(visit.address);
        let known = match admit(tx, &actor, id, &told, now)? {
            Ok(known) => known,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let actor = session::begin(tx, (&known.id, &known.name), &secret, (told.how, &visit), now)?;
        Ok::<_, ActionError>(Ok(actor))
    });
    Ok(came.await?.map(|actor| SignedIn { secret: kept, actor }))
}

/// The account of somebody who has been proved to be who is told of, with what the groups give now; made where there was none.
///
/// # Errors
/// The store's.
pub(crate) fn admit(
    tx: &mut dyn Tx,
    actor: &Actor,
    id: String,
    told: &Told,
    now: Timestamp,
) -> Result<Result<Known, Refusal>, ActionError> {
    let known = match known(tx, told.how, &told.subject)? {
        Some(known) => known,
        None => match make(tx, actor, id, told, now)? {
            Ok(known) => known,
            Err(refusal) => return Ok(Err(refusal)),
        },
    };
    // what the groups no longer give is gone even where the person is not let in
    if let Some(refusal) = take_groups(tx, actor, &known, told, now)? {
        return Ok(Err(refusal));
    }
    let sql = "UPDATE identities SET seen = $3 WHERE provider = $1 AND subject = $2";
    tx.execute(sql, &values![told.how.word(), &told.subject, now])?;
    Ok(Ok(known))
}

/// The name here of somebody who was here before.
///
/// # Errors
/// The store's.
pub(crate) fn name_of(tx: &mut dyn Tx, how: How, subject: &str) -> Result<Option<String>, StoreError> {
    Ok(known(tx, how, subject)?.map(|known| known.name))
}

/// Takes from everybody what they had by groups and what the configuration gives no group any more; called when the server starts.
///
/// # Errors
/// The store's.
pub async fn settle(app: &App) -> Result<(), ActionError> {
    let oidc = app.provider.as_ref().map(|provider| provider.settings().map.as_slice());
    settle_map(app, How::Oidc, map::grants(oidc.unwrap_or_default(), |_| true)).await?;
    let ldap = app.directory.as_ref().map(|directory| directory.settings().map.as_slice());
    settle_map(app, How::Ldap, map::grants(ldap.unwrap_or_default(), |_| true)).await
}

async fn settle_map(app: &App, how: How, given: Vec<Grant>) -> Result<(), ActionError> {
    let now = app.now();
    app.store
        .write(move |tx| {
            let sql = "SELECT DISTINCT users.id, users.name FROM grants JOIN users ON users.id = grants.user_id \
                       WHERE grants.source = $1 ORDER BY users.name";
            let people = tx.query(sql, &values![how.word()])?.into_iter();
            let people = people.map(|mut row| Ok(Known { id: row.take()?, name: row.take()? }));
            for known in people.collect::<Result<Vec<_>, StoreError>>()? {
                let mut kept = roles::of_source(tx, &known.id, how.word())?;
                kept.retain(|grant| given.contains(grant));
                give(tx, &Actor::system(how.word()), &known, (how, &kept), now)?;
            }
            Ok(())
        })
        .await
}

/// The account, where the person was here before.
fn known(tx: &mut dyn Tx, how: How, subject: &str) -> Result<Option<Known>, StoreError> {
    let sql = "SELECT users.id, users.name FROM identities JOIN users ON users.id = identities.user_id \
               WHERE identities.provider = $1 AND identities.subject = $2";
    let row = tx.query_one(sql, &values![how.word(), subject])?;
    row.map(|mut row| Ok(Known { id: row.take()?, name: row.take()? })).transpose()
}

/// Makes whoever comes for the first time known. Nobody takes over an account that is there by having its name elsewhere.
fn make(
    tx: &mut dyn Tx,
    actor: &Actor,
    id: String,
    told: &Told,
    now: Timestamp,
) -> Result<Result<Known, Refusal>, ActionError> {
    if there(tx, &told.grants)?.is_empty() {
        return Ok(Err(Refusal::NoGroup));
    }
    let Ok(name) = names::parse(&told.name) else { return Ok(Err(Refusal::BadName)) };
    if people::is_like(tx, &name)? {
        return Ok(Err(Refusal::NameTaken));
    }
    let title = people::title(&told.title).unwrap_or_default();
    let address = told.address.as_deref().and_then(|address| people::address(address).ok());
    let person = Person { title, address, ..Person::new(&name, Vec::new(), now) };
    match people::write_new(tx, actor, &id, &person, now) {
        // a program has the name
        Err(ActionError::Conflict { code: Code::PersonExists, .. }) => return Ok(Err(Refusal::NameTaken)),
        other => other?,
    }
    let sql = "INSERT INTO identities (provider, subject, user_id, seen) VALUES ($1, $2, $3, $4)";
    tx.execute(sql, &values![told.how.word(), &told.subject, &id, now])?;
    Ok(Ok(Known { id, name }))
}

/// Gives what the groups say now, and takes what they no longer say. Whoever may nothing at all is not let in, and sessions from before end.
fn take_groups(
    tx: &mut dyn Tx,
    actor: &Actor,
    known: &Known,
    told: &Told,
    now: Timestamp,
) -> Result<Option<Refusal>, ActionError> {
    let given = there(tx, &told.grants)?;
    let person = give(tx, actor, known, (told.how, &given), now)?;
    if person.disabled.is_some() {
        return Ok(Some(Refusal::Disabled));
    }
    if given.is_empty() && person.grants.is_empty() {
        tx.execute(
            "DELETE FROM sessions WHERE user_id = $1 AND how = $2",
            &values![&known.id, told.how.word()],
        )?;
        return Ok(Some(Refusal::NoGroup));
    }
    Ok(None)
}

/// Gives these by groups and nothing else, and writes down what that changed.
fn give(
    tx: &mut dyn Tx,
    actor: &Actor,
    known: &Known,
    (how, grants): (How, &[Grant]),
    now: Timestamp,
) -> Result<Person, ActionError> {
    let before = people::find(tx, &known.name)?.person;
    roles::give_user(tx, &known.id, how.word(), grants)?;
    let after = people::find(tx, &known.name)?.person;
    if before.from_groups != after.from_groups {
        let (old, new) = (people::told(&before.from_groups), people::told(&after.from_groups));
        let act = Act::new("person.edit", people::subject(&known.name))
            .detail(format!("by groups: {old} -> {new}"))
            .before(json!({ "from_groups": before.from_groups }))
            .after(json!({ "from_groups": after.from_groups }));
        audit::append(tx, now, actor, act)?;
    }
    Ok(after)
}

/// Those whose organisation is there.
fn there(tx: &mut dyn Tx, grants: &[Grant]) -> Result<Vec<Grant>, ActionError> {
    let mut there = Vec::new();
    for grant in grants {
        match grant.org.as_deref().map(|org| orgs::find(tx, org)) {
            None | Some(Ok(_)) => there.push(grant.clone()),
            // the configuration has its name, and logs have none of organisations
            Some(Err(ActionError::Missing { .. })) => {
                tracing::warn!("oidc-map or ldap-map gives something in an organisation that is not there");
            }
            Some(Err(error)) => return Err(error),
        }
    }
    Ok(there)
}
