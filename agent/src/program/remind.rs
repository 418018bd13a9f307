//! What the person is told without opening the application: that a rule newly fails, and that a deadline is near.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::Context as _;
use muster_agent::platform::linux::bus::Notification;
use muster_agent::runtime::Clock;
use muster_agent::status::{Status, Told, notes};
use muster_agent::store::{peek, write_durably};
use muster_agent::texts::Language;
use serde::{Deserialize, Serialize};

use super::{Places, managed};

/// What was told, and which number the phone gave each notification. Where it is lost, the person is told once more.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
struct Kept {
    told: Told,
    shown: BTreeMap<i32, u32>,
}

/// Shows what is due. What could not be shown is tried again the next time.
pub fn remind(places: &Places) -> anyhow::Result<()> {
    let now = Clock::system()?.now();
    let status = Status::of(peek(&places.state)?, now);
    let before = Kept::load(&places.state);
    let Some((due, told)) = notes(&status, &before.told, now.wall, Language::of_environment()) else {
        return Ok(());
    };
    let (device, mut after) = (places.device(), before.clone());
    let mut shown = Ok(());
    for note in due {
        let replaces = after.shown.get(&note.id).copied().unwrap_or_default();
        let application = managed::application();
        let one = Notification { application, replaces, title: note.title, text: note.text };
        match device.notify(&one) {
            Ok(number) => drop(after.shown.insert(note.id, number)),
            Err(error) => {
                shown = Err(error).context("show a notification");
                break;
            }
        }
    }
    if shown.is_ok() {
        after.told = told;
    }
    if after != before {
        after.save(&places.state)?;
    }
    shown
}

impl Kept {
    fn load(folder: &Path) -> Self {
        let bytes = fs::read(folder.join(NAME)).unwrap_or_default();
        serde_json::from_slice(&bytes).unwrap_or_default()
    }

    fn save(&self, folder: &Path) -> anyhow::Result<()> {
        let bytes = serde_json::to_vec(self).context("write down what was told")?;
        write_durably(folder, NAME, &bytes).with_context(|| format!("write {}", folder.join(NAME).display()))
    }
}

const NAME: &str = "told.json";

#[cfg(test)]
mod tests {
    use muster_agent::status::Noted;

    use super::*;

    #[test]
    fn what_is_kept_is_found_and_what_is_broken_is_nothing() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(Kept::load(folder.path()), Kept::default());
        let told = BTreeMap::from([("maker".to_owned(), Noted::default())]);
        let kept = Kept { told, shown: BTreeMap::from([(i32::MAX, u32::MAX)]) };
        kept.save(folder.path()).unwrap();
        assert_eq!(Kept::load(folder.path()), kept);
        fs::write(folder.path().join(NAME), "{\"told\":").unwrap();
        assert_eq!(Kept::load(folder.path()), Kept::default());
    }
}
