//! Who carries the phones of the register, held against the directory: it knows each of them by an id that stays, so names follow, and a phone
//! whose carrier has left, or was shut out, can be asked back. Nobody else of the directory is kept, and nothing is guessed.

mod plan;
mod run;
mod work;

#[cfg(test)]
mod tests;

pub use plan::{Change, Imported};
pub(crate) use run::last;
pub use run::{Outcome, Run, View, view};
pub use work::keep_comparing;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;
use std::sync::Arc;
use tokio::sync::Mutex;

use self::plan::Plan;
use super::link::Parents;
use super::list::HELD;
use super::row::{COLUMNS, asset, write};
use crate::app::App;
use crate::audit::{self, Act};
use crate::auth::{Actor, Right, Within};
use crate::check::in_full;
use crate::error::ActionError;
use crate::judge;
use crate::orgs;
use crate::outside::ldap::{Directory, Failed, Found, People};
use crate::problems::Code;
use crate::store::{StoreError, Tx};

/// How it is compared.
#[derive(Debug, Clone, Copy, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "CarriersAsked")]
pub struct Asked {
    /// Write nothing, and answer what would be written.
    pub dry_run: bool,
    /// Write it also where more than a quarter of those whom the directory knew would be gone or called otherwise.
    pub accept_many: bool,
}

/// Whose turn it is: one comparison at a time.
pub type Turn = Mutex<()>;

/// Phones that are still open to be compared, with whom the directory has.
struct Compared {
    within: Within,
    of: People,
    found: Found,
}

/// Holds the register against the directory where the caller keeps the register: all of it is written, or nothing.
///
/// # Errors
/// No directory is configured for it, or it did not give everybody; too many would be gone, and that was not accepted; the store's.
pub async fn import(app: &Arc<App>, actor: &Actor, asked: Asked) -> Result<Imported, ActionError> {
    let within = actor.within(Right::Register);
    if !within.is_somewhere() {
        return Err(ActionError::forbidden(Right::Register));
    }
    let of = people(app).ok_or_else(|| {
        ActionError::conflict(Code::NoDirectory, "the configuration has no ldap-carrier-base")
    })?;
    let Ok(_turn) = app.carriers.try_lock() else {
        return Err(failed("another comparison is under way"));
    };
    let compared = read(app).await.map(|found| Compared { within: within.clone(), of: of.clone(), found });
    let answer = match compared {
        Ok(compared) => settle(app, actor, compared, asked).await,
        Err(error) => Err(error),
    };
    if !asked.dry_run && within.is_everywhere() {
        run::close(app, actor, &answer).await?;
    }
    answer
}

/// What the configuration says of those who may carry phones.
fn people(app: &App) -> Option<&People> {
    app.directory.as_ref().and_then(|directory| directory.settings().people.as_ref())
}

/// Everybody whom the directory has. What makes no sense to the library ends this task alone.
async fn read(app: &Arc<App>) -> Result<Found, ActionError> {
    let asking = Arc::clone(app);
    let reading = tokio::spawn(async move {
        let directory: Option<&Directory> = asking.directory.as_ref();
        let Some((directory, of)) = directory.zip(people(&asking)) else { return Err(Failed::Nobody) };
        directory.people(of).await
    });
    let read = reading.await.unwrap_or(Err(Failed::Unread("it is no LDAP")));
    read.map_err(|error| failed(&in_full(&error)))
}

fn failed(why: &str) -> ActionError {
    ActionError::conflict(Code::DirectoryFailed, format!("{why}; nothing was changed"))
}

/// Writes what the directory says, in one transaction.
async fn settle(app: &App, actor: &Actor, compared: Compared, asked: Asked) -> Result<Imported, ActionError> {
    let (actor, now) = (actor.clone(), app.now());
    if asked.dry_run {
        return app.store.read(move |tx| Ok(planned(tx, &compared, now)?.answer(true))).await;
    }
    let imported = app
        .store
        .write(move |tx| {
            let plan = planned(tx, &compared, now)?;
            if let Some(why) = plan.too_many().filter(|_| !asked.accept_many) {
                return Err(ActionError::conflict(Code::CarriersGone, why));
            }
            write(tx, &plan.writes, &actor, now)?;
            let imported = plan.answer(false);
            audit::append(tx, now, &actor, told(&imported))?;
            if compared.within.is_everywhere() {
                run::note_done(tx, &actor, &imported, now)?;
            }
            Ok::<_, ActionError>(imported)
        })
        .await?;
    judge::at_once(app).await;
    Ok(imported)
}

/// What it would come to: of phones that somebody has, where the caller keeps the register.
fn planned(
    tx: &mut dyn Tx,
    compared: &Compared,
    now: muster_proto::time::Timestamp,
) -> Result<Plan, ActionError> {
    let all = orgs::all(tx)?;
    if let Some(part) = compared.of.map.iter().find(|part| all.iter().all(|org| org.id != part.org)) {
        return Err(failed(&format!("ldap-carrier-map: there is no organisation {:?}", part.org)));
    }
    let mut params = Vec::new();
    let inside = compared.within.condition("a.org", &mut params);
    let sql = format!(
        "SELECT {COLUMNS} FROM assets AS a WHERE {HELD} AND (a.carrier IS NOT NULL OR a.carrier_id IS NOT NULL){inside} ORDER BY a.id"
    );
    let rows = tx.query(&sql, &params)?;
    let assets = rows.into_iter().map(|mut row| asset(&mut row)).collect::<Result<Vec<_>, StoreError>>()?;
    Ok(Plan::of(assets, &compared.found, &Parents::read(tx)?, now))
}

/// One entry, with how many of each kind and without a name. Which phones those are, their histories and the list say.
fn told(imported: &Imported) -> Act {
    let Imported { people, phones, linked, renamed, changed, moved, disabled, left, .. } = imported;
    Act::new("carrier.import", "register")
        .detail(format!(
            "{people} people, {phones} phones: {changed} changed ({linked} linked, {renamed} renamed); {left} left, {disabled} disabled, {moved} moved"
        ))
        .after(json!({
            "people": people, "phones": phones, "changed": changed, "linked": linked, "renamed": renamed,
            "left": left, "disabled": disabled, "moved": moved,
        }))
}
