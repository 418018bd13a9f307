//! Whether a version makes phones fall silent. A version that does not even start can't say so: what counts is whether the phones that it
//! was offered to report less than the others.

use muster_proto::id::DeviceId;
use muster_proto::time::{Span, Timestamp};
use std::sync::Arc;
use std::time::Duration;

use super::rings::halt;
use super::{Package, Ring, in_ring, reload};
use crate::app::App;
use crate::error::ActionError;
use crate::store::{Row, StoreError, Tx};

/// A phone that was not heard of for so long is silent; a ring is judged when it has been open for so long.
const SILENT: Span = Span::from_hours(24);
/// Fewer phones say nothing.
const FEWEST: u64 = 10;
/// So many of them have to be silent.
const SILENT_FEWEST: u64 = 3;
/// The share of silent ones has to be larger than the others' by so many of a hundred.
const MARGIN: u64 = 10;
/// How often it is looked.
const PAUSE: Duration = Duration::from_secs(10 * 60);

/// Phones, and how many of them are silent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Group {
    phones: u64,
    silent: u64,
}

struct Heard {
    id: DeviceId,
    agent: Option<String>,
    last: Timestamp,
}

/// Looks now and then, until the server stops.
pub async fn keep_watch(app: Arc<App>) {
    loop {
        tokio::time::sleep(PAUSE).await;
        if let Err(error) = look(&app).await {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "look whether a version makes phones silent"
            );
        }
    }
}

/// Halts every version that makes phones silent.
///
/// # Errors
/// The store's.
pub async fn look(app: &App) -> Result<(), ActionError> {
    reload(app).await?;
    let now = app.now();
    let open = |package: &Package| package.ring != Ring::Halt && package.ring_since <= now - SILENT;
    let known = app.packages.all();
    // the one that everybody has had for long is what the others are compared with
    let watched: Vec<&Package> =
        known.iter().map(|(package, _)| package).take(2).filter(|one| open(one)).collect();
    if watched.is_empty() {
        return Ok(());
    }
    let phones = app.store.read(|tx| Ok::<_, ActionError>(heard(tx)?)).await?;
    for package in watched {
        let (with, without) = groups(package, &phones, now);
        if falls_silent(with, without) {
            let why = format!(
                "{} of {} phones that it was offered to fell silent, and {} of {} others",
                with.silent, with.phones, without.silent, without.phones
            );
            tracing::warn!(version = package.version, why, "a version of the agent is halted");
            halt(app, package, why).await?;
        }
    }
    Ok(())
}

fn heard(tx: &mut dyn Tx) -> Result<Vec<Heard>, StoreError> {
    let sql = "SELECT id, agent, last_contact FROM devices \
               WHERE status = 'active' AND platform = 'android' AND last_contact IS NOT NULL";
    let read = |mut row: Row| Ok(Heard { id: row.take()?, agent: row.take()?, last: row.take()? });
    tx.query(sql, &[])?.into_iter().map(read).collect()
}

/// Phones that the version was offered to or that run it, and the others; of both only those that were heard of before the offer.
fn groups(package: &Package, phones: &[Heard], now: Timestamp) -> (Group, Group) {
    let (mut with, mut without) = (Group::default(), Group::default());
    for phone in phones.iter().filter(|phone| phone.last >= package.ring_since - SILENT) {
        let runs = phone.agent.as_deref() == Some(package.version.as_str());
        // once everybody is offered it, only who runs it differs from who does not
        let touched = runs || package.ring != Ring::All && in_ring(package, phone.id);
        let group = if touched { &mut with } else { &mut without };
        group.phones += 1;
        group.silent += u64::from(phone.last < now - SILENT);
    }
    (with, without)
}

fn falls_silent(with: Group, without: Group) -> bool {
    let share = |group: Group| group.silent * 100 / group.phones.max(1);
    with.phones >= FEWEST
        && without.phones > 0
        && with.silent >= SILENT_FEWEST
        && share(with) >= share(without) + MARGIN
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_halted_for_what_it_does_and_not_for_a_quiet_day() {
        let group = |silent, phones| Group { phones, silent };
        assert!(falls_silent(group(5, 10), group(5, 100)));
        assert!(!falls_silent(group(5, 10), group(50, 100)), "everybody is silent");
        assert!(!falls_silent(group(5, 9), group(0, 100)), "too few phones");
        assert!(!falls_silent(group(2, 10), group(0, 100)), "too few silent ones");
        assert!(!falls_silent(group(10, 10), group(0, 0)), "nobody to compare with");
    }
}
