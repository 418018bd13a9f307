//! Whether a version makes phones fall silent. A version that does not even start can't say so: what counts is whether the phones that it
//! was offered to report less than the others. A wider ring offers it to more phones, and takes nothing from what is known of those before.

use muster_proto::time::{Span, Timestamp};
use std::sync::Arc;
use std::time::Duration;

use super::offers::{Heard, heard};
use super::rings::halt;
use super::{Package, Ring, reload};
use crate::app::App;
use crate::error::ActionError;

/// A phone that was not heard of for so long is silent; one that was offered a version is judged after so long.
const SILENT: Span = Span::from_hours(24);
/// The others are those that were heard of within this: a phone in a drawer says nothing about anything.
const AROUND: Span = Span::from_hours(8 * 24);
/// Fewer phones say nothing, and nothing is compared with fewer.
const FEWEST: u64 = 10;
/// So many of them have to be silent.
const SILENT_FEWEST: u64 = 3;
/// The share of silent ones has to be larger than the others' by so many of a hundred.
const MARGIN: u64 = 10;
/// With nobody to compare with, so many of a hundred have to be silent.
const ALONE: u64 = 50;
/// How often it is looked.
const PAUSE: Duration = Duration::from_secs(10 * 60);

/// Phones, and how many of them are silent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Group {
    phones: u64,
    silent: u64,
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
    let (now, known) = (app.now(), app.packages.all());
    let watched: Vec<&Package> =
        known.iter().map(|(package, _)| package).filter(|package| package.ring != Ring::Halt).collect();
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

/// Phones that were offered the version more than a day ago, and the others. A phone falls silent after an offer when it is not heard of
/// later than a day after it: until then it may still run what it had.
fn groups(package: &Package, phones: &[Heard], now: Timestamp) -> (Group, Group) {
    let (mut with, mut without) = (Group::default(), Group::default());
    for phone in phones {
        let quiet = phone.last < now - SILENT;
        let offered = phone.offer.filter(|(code, _)| *code == package.version_code).map(|(_, at)| at);
        match offered {
            // what it did since was seen before a person opened the version again
            Some(at) if at < package.watched_since => {}
            // it was silent before: the offer, for which anybody may ask who knows its id, has not done that
            Some(at) if phone.last < at - SILENT => {}
            Some(at) if at <= now - SILENT => {
                with.phones += 1;
                with.silent += u64::from(quiet && phone.last < at + SILENT);
            }
            // it runs the version without an offer: neither one thing nor the other
            None if phone.agent.as_deref() == Some(package.version.as_str()) => {}
            _ if phone.last >= now - AROUND => {
                without.phones += 1;
                without.silent += u64::from(quiet);
            }
            _ => {}
        }
    }
    (with, without)
}

fn falls_silent(with: Group, without: Group) -> bool {
    let share = |group: Group| group.silent * 100 / group.phones.max(1);
    let line = if without.phones >= FEWEST { share(without) + MARGIN } else { ALONE };
    with.phones >= FEWEST && with.silent >= SILENT_FEWEST && share(with) >= line
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
        assert!(!falls_silent(group(4, 10), group(0, 0)), "nobody to compare with");
        assert!(falls_silent(group(5, 10), group(1, 1)), "half of them, and nobody to compare with");
    }
}
