//! System properties that no constant of the framework shows. They are read as `getprop` prints them: the class behind it is hidden from
//! applications, the command is not. It gives an application what the platform's own rules let that application read, so that a property
//! is missing rather than denied. On a changed system they say what the changer likes: claims, of which key attestation is the evidence.

use std::collections::BTreeMap;
use std::process::{Command, Stdio};

use muster_proto::facts::{BootState, Fact, Reason};

/// The properties that were read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Properties {
    values: BTreeMap<String, String>,
    why: Option<Reason>,
}

const GETPROP: &str = "/system/bin/getprop";
/// Longest line that is looked at.
const MAX_LINE: usize = 1024;

impl Properties {
    /// Asks the phone.
    pub fn read() -> Self {
        let run = Command::new(GETPROP).stdin(Stdio::null()).stderr(Stdio::null()).output();
        match run {
            Ok(output) if output.status.success() => Self::of(&String::from_utf8_lossy(&output.stdout)),
            Ok(_) => Self { why: Some(Reason::Failed), ..Self::default() },
            Err(error) => {
                let why = match error.kind() {
                    std::io::ErrorKind::NotFound => Reason::Absent,
                    std::io::ErrorKind::PermissionDenied => Reason::Denied,
                    _ => Reason::Failed,
                };
                Self { why: Some(why), ..Self::default() }
            }
        }
    }

    /// What a print of them says; only the wanted ones are kept.
    pub fn of(printed: &str) -> Self {
        let mut values = BTreeMap::new();
        for line in printed.lines().filter(|line| line.len() <= MAX_LINE) {
            let Some((name, value)) = line.strip_prefix('[').and_then(|line| line.split_once("]: [")) else {
                continue;
            };
            if WANTED.contains(&name) {
                values.insert(name.to_owned(), value.trim_end().trim_end_matches(']').to_owned());
            }
        }
        Self { values, why: None }
    }

    /// The value of one of the wanted properties, where it says something.
    pub fn value(&self, name: &str) -> Option<&str> {
        debug_assert!(WANTED.contains(&name), "{name} is not kept");
        self.values.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// Verified boot's state: `ro.boot.verifiedbootstate`, which some write in capitals.
    pub fn verified_boot(&self) -> Fact<BootState> {
        let Some(value) = self.value(BOOT_STATE) else { return self.missing() };
        match value.to_ascii_lowercase().as_str() {
            "green" => Fact::Known(BootState::Green),
            "yellow" => Fact::Known(BootState::Yellow),
            "orange" => Fact::Known(BootState::Orange),
            "red" => Fact::Known(BootState::Red),
            _ => Fact::Unknown(Reason::Failed),
        }
    }

    /// Whether the boot loader is locked: `ro.boot.vbmeta.device_state`, before verified boot 2 `ro.boot.flash.locked`. Where they differ the
    /// worse counts.
    pub fn bootloader_locked(&self) -> Fact<bool> {
        let state = self.value(VBMETA).map(|value| value.eq_ignore_ascii_case("locked"));
        let flash = self.value(FLASH).map(|value| value == "1");
        match (state, flash) {
            (Some(state), Some(flash)) => Fact::Known(state && flash),
            (Some(one), None) | (None, Some(one)) => Fact::Known(one),
            (None, None) => self.missing(),
        }
    }

    fn missing<T>(&self) -> Fact<T> {
        Fact::Unknown(self.why.unwrap_or(Reason::Absent))
    }
}

const BOOT_STATE: &str = "ro.boot.verifiedbootstate";
const VBMETA: &str = "ro.boot.vbmeta.device_state";
const FLASH: &str = "ro.boot.flash.locked";
/// All that are kept; makers' own ones stand in `makers` too.
const WANTED: [&str; 4] = [BOOT_STATE, VBMETA, FLASH, super::makers::HUAWEI_PATCH];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_wanted_properties_are_kept() {
        let read =
            Properties::of("[ro.boot.flash.locked]: [1]\n[gsm.sim.operator]: [secret]\nnonsense\n[a]: [\n");
        assert_eq!(read.values.len(), 1);
        assert_eq!(read.bootloader_locked(), Fact::Known(true));
        assert_eq!(read.verified_boot(), Fact::Unknown(Reason::Absent));
    }

    #[test]
    fn the_worse_of_two_says_whether_it_is_locked() {
        let read = Properties::of("[ro.boot.flash.locked]: [1]\n[ro.boot.vbmeta.device_state]: [unlocked]\n");
        assert_eq!(read.bootloader_locked(), Fact::Known(false));
        assert_eq!(Properties::of("").bootloader_locked(), Fact::Unknown(Reason::Absent));
    }

    #[test]
    fn what_nobody_defined_is_no_state() {
        let read = Properties::of("[ro.boot.verifiedbootstate]: [purple]\n");
        assert_eq!(read.verified_boot(), Fact::Unknown(Reason::Failed));
    }
}
