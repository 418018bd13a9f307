//! The settings of the device lock, as Aurora and Sailfish keep them.

use muster_proto::facts::{InstallKind, InstallSources, Reason, Source, Strength};
use muster_proto::time::Span;

use super::bus::Said;
use super::keyfile::KeyFile;
use super::{LinuxRoot, Reading};
use muster_proto::cbor::List;

pub(super) const SETTINGS: &str = "usr/share/lipstick/devicelock/devicelock_settings.conf";

impl LinuxRoot {
    /// Whether a code locks the screen: by its settings, and where those can't be read, as the lock itself says.
    #[must_use]
    pub fn lock_set(&self, said: &Said) -> Reading<bool> {
        self.setting(|settings| Ok(number(settings, "code_current_length")? > 0))
            .or_else(|| Reading::of(said.lock, Source::DBus))
    }

    /// How strong that code is, by its length and whether it is digits alone. Repetitions and sequences can't be seen.
    #[must_use]
    pub fn lock_strength(&self) -> Reading<Strength> {
        self.setting(|settings| {
            let length = number(settings, "code_current_length")?;
            let digits = flag(settings, "code_current_is_digit_only").unwrap_or(true);
            Ok(match (length, digits) {
                (..=0, _) => Strength::None,
                (1..=3, _) => Strength::Low,
                (8.., true) | (6.., false) => Strength::High,
                _ => Strength::Medium,
            })
        })
    }

    /// After what time it locks by itself; absent where it never does.
    #[must_use]
    pub fn lock_after(&self) -> Reading<Span> {
        self.setting(|settings| {
            let minutes = number(settings, "automatic_locking")?;
            let minutes = u64::try_from(minutes).map_err(|_| Reason::Absent)?;
            Ok(Span::from_secs(minutes.saturating_mul(60)))
        })
    }

    /// Whether packages from elsewhere than the stores may be installed.
    #[must_use]
    pub fn install_sources(&self) -> Reading<InstallSources> {
        self.setting(|settings| {
            let allowed = flag(settings, "sideloading_allowed").ok_or(Reason::Absent)?;
            let kinds = if allowed { vec![InstallKind::Files] } else { Vec::new() };
            Ok(InstallSources { count: u32::from(allowed), kinds: List(kinds) })
        })
    }

    /// Whether the settings say that the homes are encrypted.
    pub(super) fn encrypted_by_settings(&self) -> Reading<bool> {
        self.setting(|settings| flag(settings, "encrypt_home").ok_or(Reason::Absent))
    }

    fn setting<T>(&self, read: impl FnOnce(&KeyFile) -> Result<T, Reason>) -> Reading<T> {
        if !self.is_phone() {
            return Reading::unknown(Reason::Unsupported);
        }
        Reading::of(
            self.files.text(SETTINGS).and_then(|text| read(&KeyFile::parse(&text))),
            Source::DeviceLock,
        )
    }
}

fn value<'a>(settings: &'a KeyFile, key: &str) -> Option<&'a str> {
    settings.value("desktop", &format!("nemo\\devicelock\\{key}"))
}

fn number(settings: &KeyFile, key: &str) -> Result<i64, Reason> {
    value(settings, key).ok_or(Reason::Absent)?.trim().parse().map_err(|_| Reason::Failed)
}

/// Qt writes `true`, GLib's key files may have a number.
fn flag(settings: &KeyFile, key: &str) -> Option<bool> {
    match value(settings, key)?.trim() {
        "true" => Some(true),
        "false" => Some(false),
        number => number.parse::<i64>().ok().map(|number| number > 0),
    }
}
