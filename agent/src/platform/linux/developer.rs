//! Developer mode: on Aurora and Sailfish it is there exactly when its program is.

use muster_proto::facts::{Reason, Source};

use super::{LinuxRoot, Reading};

/// The program that developer mode brings, which gives root.
pub(super) const DEVEL_SU: &str = "usr/bin/devel-su";
/// What an emulator has instead.
const EMULATOR: &str = "etc/sailfishos-emulator";

impl LinuxRoot {
    /// Whether developer mode is on.
    #[must_use]
    pub fn developer_options(&self) -> Reading<bool> {
        if !self.is_phone() {
            return Reading::unknown(Reason::Unsupported);
        }
        match (self.files.exists(DEVEL_SU), self.files.exists(EMULATOR)) {
            (Ok(true), _) | (_, Ok(true)) => Reading::known(true, Source::FilePresence),
            // Without the folder of the programs the missing program says nothing.
            (Ok(false), Ok(false)) if self.files.is_folder("usr/bin") => {
                Reading::known(false, Source::FilePresence)
            }
            (Ok(false), Ok(false)) => Reading::unknown(Reason::Absent),
            (Err(reason), _) | (_, Err(reason)) => Reading::unknown(reason),
        }
    }
}
