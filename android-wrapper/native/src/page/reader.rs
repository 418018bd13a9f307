//! Who reads the screen: in which language, and by which clock.

use std::ops::Deref;

use muster_agent::status::{moment, moment_here};
use muster_agent::texts::Language;
use muster_proto::time::Timestamp;

/// The reader.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reader {
    language: Language,
    /// Seconds by which his clock is ahead of UTC; without it times are said in UTC.
    ahead: Option<i32>,
}

impl Reader {
    pub fn new(language: Language, ahead: Option<i32>) -> Self {
        Self { language, ahead }
    }

    /// A moment as he reads it.
    pub fn moment(self, time: Timestamp) -> String {
        self.ahead.map_or_else(|| moment(time), |ahead| moment_here(time, ahead))
    }
}

impl Deref for Reader {
    type Target = Language;
    fn deref(&self) -> &Language {
        &self.language
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_those_of_the_phone() {
        let at = Timestamp::from_secs(1_800_000_000);
        let read = |ahead| Reader::new(Language::English, ahead).moment(at);
        assert_eq!(read(None), "2027-01-15 08:00 UTC");
        assert_eq!(read(Some(3 * 3600)), "2027-01-15 11:00");
        assert_eq!(read(Some(-9 * 3600)), "2027-01-14 23:00");
        assert_eq!(read(Some(i32::MIN)), "2027-01-14 08:00");
    }
}
