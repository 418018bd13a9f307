//! Whether the clock is plausible: deadlines, certificates and the age of reports hang on it.

use muster_proto::time::{Span, Timestamp};
use std::path::Path;
use std::process::Command;

use super::Finding;
use crate::config::Config;

/// Stands for the time of the build where `SOURCE_DATE_EPOCH` doesn't say one: 2026-01-01.
const BUILT: &str = "1767225600";
/// Clocks that are set by the network step back by this without harm.
const STEP: Span = Span::from_secs(300);
const ADVICE: &str =
    "set the clock, and let it be set by the network (NTP): deadlines and certificates hang on it";

pub fn look(config: &Config, newest: Option<Timestamp>, now: Timestamp) -> Vec<Finding> {
    let built = option_env!("SOURCE_DATE_EPOCH").unwrap_or(BUILT).parse().map_or(0, |secs| secs);
    let later = [
        (Some(Timestamp::from_secs(built)), "this program's build"),
        (newest, "the database's newest entry"),
        (newest_file(&config.data), "the newest file of the data folder"),
    ];
    let ahead = later
        .into_iter()
        .find_map(|(time, of)| time.filter(|time| now + STEP < *time).map(|time| (time, of)));
    let plausible = match ahead {
        Some((time, of)) => {
            Finding::failure("clock", format!("it shows {now}, and {of} is of {time}"), ADVICE)
        }
        None => Finding::ok("clock", format!("it shows {now}")),
    };
    vec![plausible, synchronised()]
}

fn newest_file(folder: &Path) -> Option<Timestamp> {
    let files = std::fs::read_dir(folder).ok()?;
    let changed = |file: std::fs::DirEntry| {
        let time = file.metadata().ok()?.modified().ok()?;
        let since_1970 = time.duration_since(std::time::UNIX_EPOCH).ok()?;
        Some(Timestamp::from_secs(i64::try_from(since_1970.as_secs()).ok()?))
    };
    files.filter_map(Result::ok).filter_map(changed).max()
}

/// What the system says about it, where it does.
fn synchronised() -> Finding {
    let what = "clock, set by the network";
    let asked = Command::new("timedatectl").args(["show", "--property=NTPSynchronized", "--value"]).output();
    let said = asked.ok().filter(|output| output.status.success());
    match said.as_ref().map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned()).as_deref() {
        Some("yes") => Finding::ok(what, "yes"),
        Some("no") => Finding::warning(what, "no", "switch on systemd-timesyncd or chrony"),
        _ => Finding::ok(what, "this system does not say (timedatectl)"),
    }
}
