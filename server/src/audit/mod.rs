//! Who did what, and when: append-only, each entry chained to the one before it by its hash, as `muster_proto::audit` lays it out. The entry is
//! written in the transaction of the action, so neither exists without the other.

mod life;
mod read;
mod reads;
mod refused;

pub use life::{started, stopping};
pub use read::{Asked, Entries, Order, following, head, list};
pub use reads::{Reads, note_read};
pub use refused::{Refusals, Refused, note_refusals, refuse};

use muster_proto::audit::{Entry, FORM_2, Image, NOTHING_BEFORE};
use muster_proto::time::Timestamp;
use serde_json::Value as Json;

use crate::auth::Actor;
use crate::store::{Lock, StoreError, Tx, values};

/// Every action that is written down: each has its words in both languages, and can be looked for in the console.
pub const ACTIONS: &[&str] = &[
    "api-token.make",
    "api-token.revoke",
    "asset.add",
    "asset.edit",
    "asset.forget",
    "asset.import",
    "asset.link",
    "asset.reassign",
    "asset.remove",
    "asset.unlink",
    "carrier.import",
    "device.acknowledge",
    "device.approve",
    "device.away",
    "device.back",
    "device.end",
    "device.enrol",
    "device.enrol-again",
    "device.erase",
    "device.export",
    "device.label",
    "device.read",
    "device.refuse",
    "device.rekey",
    "device.replace",
    "dispute.answer",
    "dispute.open",
    "exemption.add",
    "exemption.edit",
    "group.add",
    "group.edit",
    "group.remove",
    "hook.add",
    "hook.edit",
    "hook.remove",
    "hook.replay",
    "hook.rotate",
    "hook.test",
    "inventory.forget",
    "inventory.import",
    "key.use",
    "log.raise",
    "log.reset",
    "mail.add",
    "mail.edit",
    "mail.remove",
    "mail.replay",
    "mail.test",
    "order.cancel",
    "order.request",
    "org.add",
    "org.calendar",
    "org.calendar-remove",
    "org.edit",
    "package.add",
    "package.halt",
    "package.remove",
    "package.ring",
    "page.open",
    "person.add",
    "person.disable",
    "person.edit",
    "person.enable",
    "person.generator",
    "person.lock",
    "person.password",
    "person.recovery-codes",
    "person.remove",
    "person.set-up-link",
    "policy.apply",
    "policy.rollback",
    "reports.import",
    "retention.keep",
    "scan.cancel",
    "scan.request",
    "schedule.add",
    "schedule.edit",
    "schedule.end",
    "schedule.stop",
    "server.restore",
    "server.start",
    "server.stop",
    "session.begin",
    "session.end",
    "sign-in.fail",
    "sign-in-link.make",
    "token.make",
    "token.revoke",
];

/// What was done, to what.
#[derive(Debug, Clone)]
pub struct Act {
    action: &'static str,
    subject: String,
    detail: String,
    before: Option<Json>,
    after: Option<Json>,
}

impl Act {
    /// `action` is one of [`ACTIONS`], `subject` is `KIND:ID`.
    pub fn new(action: &'static str, subject: impl Into<String>) -> Self {
        debug_assert!(ACTIONS.contains(&action), "{action} is not in the list of actions");
        Self { action, subject: subject.into(), detail: String::new(), before: None, after: None }
    }

    /// About this: `KIND:ID`.
    #[must_use]
    pub fn subject(mut self, subject: impl Into<String>) -> Self {
        self.subject = subject.into();
        self
    }

    /// With more about it, for people.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = detail.into();
        self
    }

    /// With what was there before, as far as it is changed; `null` is nothing. Never a secret.
    #[must_use]
    pub fn before(mut self, before: Json) -> Self {
        self.before = said(before);
        self
    }

    /// With what is there from now on; `null` is nothing. Never a secret.
    #[must_use]
    pub fn after(mut self, after: Json) -> Self {
        self.after = said(after);
        self
    }
}

/// A `null` is nothing: whoever reads an entry in JSON sees no difference, and has to come to the same hash.
fn said(value: Json) -> Option<Json> {
    Some(value).filter(|value| !value.is_null())
}

/// Appends an entry, in the transaction of the action that it tells of.
///
/// # Errors
/// The store's.
pub fn append(tx: &mut dyn Tx, now: Timestamp, actor: &Actor, act: Act) -> Result<(), StoreError> {
    take_turn(tx)?;
    let last = tx.query_one("SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1", &[])?;
    let (seq, previous) = match last {
        Some(mut row) => (row.take::<u64>()? + 1, row.take()?),
        None => (1, NOTHING_BEFORE),
    };
    let mut entry = Entry {
        form: FORM_2,
        seq,
        at: now,
        actor: actor.name().to_owned(),
        address: actor.address().map(|address| address.to_string()),
        action: act.action.to_owned(),
        subject: act.subject,
        detail: act.detail,
        before: image(act.before)?,
        after: image(act.after)?,
        previous,
        hash: previous,
    };
    entry.hash = entry.digest().ok_or(StoreError::Column("an entry's form"))?;
    debug_assert!(reads_as_written(&entry), "whoever reads this has another entry: {entry:?}");
    insert(tx, &entry)
}

/// Whether whoever reads the entry in JSON has what was hashed.
fn reads_as_written(entry: &Entry) -> bool {
    let read = serde_json::to_string(entry).and_then(|text| serde_json::from_str::<Entry>(&text));
    read.is_ok_and(|read| read == *entry)
}

/// Whoever else appends, or takes a turn, waits here until this transaction has ended.
pub(crate) fn take_turn(tx: &mut dyn Tx) -> Result<(), StoreError> {
    tx.query_each("SELECT turn FROM audit_turn WHERE turn = $1", &[TURN], Lock::Yes).map(drop)
}

const TURN: &[u8] = &[1];

fn image(value: Option<Json>) -> Result<Option<Image>, StoreError> {
    value
        .map(|value| Image::of(&value))
        .transpose()
        .map_err(|_| StoreError::Column("an image of whole numbers"))
}

fn insert(tx: &mut dyn Tx, entry: &Entry) -> Result<(), StoreError> {
    let sql = "INSERT INTO audit (seq, at, actor, action, subject, detail, previous, hash, form, address, before_json, after_json) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
    let row = values![
        entry.seq,
        entry.at,
        &entry.actor,
        &entry.action,
        &entry.subject,
        &entry.detail,
        entry.previous,
        entry.hash,
        entry.form,
        entry.address.as_deref(),
        entry.before.as_ref().map(Image::text),
        entry.after.as_ref().map(Image::text),
    ];
    tx.execute(sql, &row).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    /// Actions that are written as they are in the sources: whatever else is passed to `Act::new` it checks where tests run it.
    fn written(folder: &Path, found: &mut Vec<String>) {
        for entry in std::fs::read_dir(folder).expect("the sources") {
            let path = entry.expect("a file").path();
            if path.is_dir() {
                written(&path, found);
            } else if path.extension().is_some_and(|end| end == "rs") {
                let text = std::fs::read_to_string(&path).expect("text");
                // in two parts, so that this line is none
                let acts = text
                    .split(concat!("Act::", "new("))
                    .skip(1)
                    .filter_map(|rest| rest.trim_start().strip_prefix('"'));
                found.extend(
                    acts.filter_map(|rest| rest.split_once('"')).map(|(action, _)| action.to_owned()),
                );
            }
        }
    }

    #[tokio::test]
    async fn a_null_is_no_image() {
        let world = crate::http::testing::world().await;
        let act = || Act::new("org.calendar", "org:state").before(Json::Null).after(Json::Null);
        let write = move |tx: &mut dyn Tx| append(tx, Timestamp::from_secs(1), &Actor::system("test"), act());
        world.app.store.write(write).await.unwrap();
        let asked = Asked { action: Some("org.calendar".to_owned()), ..Asked::default() };
        let last = list(&world.app, &Actor::system("test"), asked).await.unwrap().entries.pop().unwrap();
        assert_eq!((last.before.as_ref(), last.after.as_ref()), (None, None));
        assert!(reads_as_written(&last) && last.digest() == Some(last.hash));
    }

    #[test]
    fn every_action_is_in_the_list() {
        let mut found = Vec::new();
        written(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src")), &mut found);
        assert!(found.iter().any(|action| action == "server.restore"), "{found:?}");
        for action in found {
            assert!(ACTIONS.contains(&action.as_str()), "{action} is not in the list of actions");
        }
    }
}
