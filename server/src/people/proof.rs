//! How a person proves who it is: what is tried is counted, and an account at which too much went wrong waits. All of it is decided in one
//! transaction, so that a hundred tries at once are a hundred tries in a row.

use muster_proto::time::{Span, Timestamp};
use ring::hkdf::Salt;

use super::generator::{Generator, recovery_digest};
use super::subject;
use crate::audit::{self, Act};
use crate::auth::{Actor, Visit};
use crate::store::{Row, StoreError, Tx, values};

/// What the store has of an account that a proof is held against.
pub(crate) struct Account {
    pub id: String,
    pub name: String,
    pub password: Option<String>,
    totp: Option<Vec<u8>>,
    step: Option<u64>,
    failures: u64,
    /// Until when it waits.
    pub(super) locked: Option<Timestamp>,
    disabled: Option<Timestamp>,
}

/// What somebody shows beside the password.
pub(crate) enum Second<'a> {
    /// A code of the generator, or one of the codes for whoever has lost it.
    Code(&'a str),
    /// Nothing: there is a session already.
    Session,
}

/// Wrong tries in a row after which an account waits.
pub(super) const FORGIVEN: u64 = 5;
/// The first wait; each further one is twice as long.
const FIRST_WAIT: Span = Span::from_secs(60);
/// The longest wait.
const LONGEST_WAIT: Span = Span::from_hours(1);

impl Account {
    /// Whether what makes one-time codes is set up.
    pub fn has_codes(&self) -> bool {
        self.totp.is_some()
    }

    /// Whether it waits after wrong tries.
    pub fn waits(&self, now: Timestamp) -> bool {
        self.locked.is_some_and(|until| until > now)
    }
}

/// The account of this name.
pub(crate) fn account(tx: &mut dyn Tx, name: &str) -> Result<Option<Account>, StoreError> {
    let sql =
        "SELECT id, name, password, totp, totp_step, failures, locked, disabled FROM users WHERE name = $1";
    tx.query_one(sql, &values![name])?.map(read).transpose()
}

fn read(mut row: Row) -> Result<Account, StoreError> {
    Ok(Account {
        id: row.take()?,
        name: row.take()?,
        password: row.take()?,
        totp: row.take()?,
        step: row.take()?,
        failures: row.take()?,
        locked: row.take()?,
        disabled: row.take()?,
    })
}

/// Whether the proof holds; `right` says that of the password, which was held against `stored`. The account where it does.
pub(crate) fn settle(
    tx: &mut dyn Tx,
    name: &str,
    (right, stored): (bool, Option<&str>),
    second: &Second<'_>,
    (visit, server): (&Visit, &Salt),
    now: Timestamp,
) -> Result<Option<Account>, StoreError> {
    // two tries at once would both read the same number of failures
    audit::take_turn(tx)?;
    let Some(account) = account(tx, name)? else {
        // as much work for the store as where the name is known
        let sql = "INSERT INTO settings (name, value) VALUES ('unknown-name-tried', $1) \
                   ON CONFLICT (name) DO UPDATE SET value = excluded.value";
        tx.execute(sql, &values![now.millis().to_string()])?;
        return Ok(None);
    };
    let open = account.disabled.is_none() && !account.waits(now);
    // whoever has changed the password meanwhile did not mean this one
    let right = right && account.password.as_deref() == stored;
    if open && right && shown(tx, &account, second, server, now)? {
        let sql = "UPDATE users SET failures = 0, locked = NULL WHERE id = $1";
        tx.execute(sql, &values![&account.id])?;
        return Ok(Some(account));
    }
    let counted = if open { 1 } else { 0 };
    failed(tx, &account, counted, visit, now)?;
    Ok(None)
}

/// Whether the second factor holds; then it is used up.
fn shown(
    tx: &mut dyn Tx,
    account: &Account,
    second: &Second<'_>,
    server: &Salt,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let Second::Code(code) = second else { return Ok(true) };
    let generator = account.totp.as_ref().and_then(|sealed| Generator::open(sealed, &account.id, server));
    if let Some(step) = generator.and_then(|generator| generator.step(code, now, account.step)) {
        tx.execute("UPDATE users SET totp_step = $2 WHERE id = $1", &values![&account.id, step])?;
        return Ok(true);
    }
    let digest = recovery_digest(code, &account.id, server);
    let sql = "DELETE FROM recovery_codes WHERE user_id = $1 AND hash = $2";
    Ok(tx.execute(sql, &values![&account.id, digest])? == 1)
}

fn failed(
    tx: &mut dyn Tx,
    account: &Account,
    counted: u64,
    visit: &Visit,
    now: Timestamp,
) -> Result<(), StoreError> {
    let failures = account.failures.saturating_add(counted);
    let wait = wait_after(failures).filter(|_| counted > 0);
    let locked = wait.map(|wait| now + wait).or(account.locked);
    tx.execute(
        "UPDATE users SET failures = $2, locked = $3 WHERE id = $1",
        &values![&account.id, failures, locked],
    )?;
    if let Some(wait) = wait {
        let minutes = wait.secs() / 60;
        let act = Act::new("person.lock", subject(&account.name))
            .detail(format!("{failures} wrong tries in a row; waits {minutes} minutes"));
        audit::append(tx, now, &Actor::system("sign-in").at(visit.address), act)?;
    }
    Ok(())
}

/// How long an account waits after so many failures in a row.
fn wait_after(failures: u64) -> Option<Span> {
    let doubled = u32::try_from(failures.checked_sub(FORGIVEN)?).unwrap_or(u32::MAX).min(6);
    Some(Span::from_secs(FIRST_WAIT.secs() << doubled).min(LONGEST_WAIT))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_an_hour() {
        let minutes = |failures| wait_after(failures).map(|wait| wait.secs() / 60);
        let all: Vec<_> = (4..13).map(minutes).collect();
        let waits = [None, Some(1), Some(2), Some(4), Some(8), Some(16), Some(32), Some(60), Some(60)];
        assert_eq!(all, waits);
        assert_eq!(minutes(u64::MAX), Some(60));
    }
}
