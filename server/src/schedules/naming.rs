//! Which schedules name a group: while they go on it can't be taken away, for they would ask nobody from then on.

use super::{COLUMNS, ScheduleView, is_seen, view};
use crate::auth::{Actor, Right};
use crate::devices::Query;
use crate::devices::query::Key;
use crate::error::ActionError;
use crate::problems::Code;
use crate::store::{StoreError, Tx};

/// Schedules that a refusal names.
const NAMED: usize = 5;

/// Refuses where schedules that go on name this group. Those that the actor does not see are counted, and not named.
///
/// # Errors
/// They do; the store's.
pub(crate) fn check_nobody_names(tx: &mut dyn Tx, actor: &Actor, group: &str) -> Result<(), ActionError> {
    let sql = format!("SELECT {COLUMNS} FROM scan_schedules AS s WHERE s.ended IS NULL ORDER BY s.id");
    let all = tx.query(&sql, &[])?.into_iter().map(view).collect::<Result<Vec<_>, StoreError>>()?;
    let names = |one: &ScheduleView| {
        // what this program can't read asks nobody anyway
        one.schedule.query.parse::<Query>().is_ok_and(|query| query.names(Key::Group, group))
    };
    let within = actor.within(Right::Read);
    let (seen, unseen): (Vec<_>, Vec<_>) =
        all.into_iter().filter(names).partition(|one| is_seen(&one.schedule, &within));
    if seen.is_empty() && unseen.is_empty() {
        return Ok(());
    }
    let mut said: Vec<String> = seen
        .iter()
        .take(NAMED)
        .map(|one| format!("schedule {} ({})", one.schedule.id, one.schedule.reason))
        .collect();
    let more = seen.len().saturating_sub(NAMED);
    said.extend((more > 0).then(|| format!("{more} more")));
    said.extend((!unseen.is_empty()).then(|| format!("{} that the caller does not see", unseen.len())));
    let said = said.join(", and ");
    Err(ActionError::conflict(Code::GroupInUse, format!("group:{group} is named by {said}")))
}
