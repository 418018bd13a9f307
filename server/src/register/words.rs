//! The words of the register: what becomes of a phone, what runs on it, who pays for it, and how it stands to what reports.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// A word that is not on a closed list.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is none of {these}")]
pub struct NoWord {
    text: String,
    these: String,
}

macro_rules! words {
    ($($(#[$about:meta])* $list:ident as $schema:literal { $($(#[$doc:meta])* $name:ident $word:literal,)* })*) => {$(
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
        #[serde(rename_all = "kebab-case")]
        #[schemars(rename = $schema)]
        pub enum $list { $($(#[$doc])* $name,)* }

        impl $list {
            /// Every one.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The word in the store and in the API.
            #[must_use]
            pub const fn word(self) -> &'static str {
                match self { $(Self::$name => $word,)* }
            }
        }

        impl fmt::Display for $list {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.word())
            }
        }

        impl FromStr for $list {
            type Err = NoWord;
            fn from_str(text: &str) -> Result<Self, NoWord> {
                Self::ALL.iter().copied().find(|one| one.word() == text).ok_or_else(|| NoWord {
                    text: text.chars().take(40).collect(),
                    these: [$($word,)*].join(", "),
                })
            }
        }
    )*};
}

words! {
    /// Where a phone is in its life.
    Life as "AssetLife" {
        /// Not delivered yet.
        Ordered "ordered",
        /// In stock.
        Spare "spare",
        /// Given to somebody, and not heard of yet.
        HandedOut "handed-out",
        /// Somebody works with it.
        InUse "in-use",
        /// Away to be repaired.
        InRepair "in-repair",
        /// Nobody knows where it is.
        Lost "lost",
        /// Gone for good.
        Retired "retired",
    }
    /// What runs on a phone, as far as the register says. An agent there is for the first two.
    AssetPlatform as "AssetPlatform" {
        /// Android.
        Android "android",
        /// Aurora OS.
        Aurora "aurora",
        /// iOS: no agent is possible.
        Ios "ios",
        /// Something else for which there is no agent.
        Other "other",
    }
    /// Who pays for a phone.
    Budget as "AssetBudget" {
        /// Who carries it.
        Person "person",
        /// The administration.
        Administration "administration",
    }
    /// What the directory says of whoever carries a phone.
    CarrierStanding as "CarrierStanding" {
        /// The directory has the person where the phone is.
        Known "known",
        /// The directory has the person in another organisation.
        Moved "moved",
        /// The directory has the person shut out.
        Disabled "disabled",
        /// The directory had the person, and has no more.
        Left "left",
        /// Several people there have this name.
        Several "several",
        /// Nobody there has this id, mail address or name.
        Unknown "unknown",
    }
    /// How phones of the register stand to those that report.
    Standing as "AssetStanding" {
        /// Every one.
        All "all",
        /// Handed out or in use, and it can have an agent: it has to report.
        Expected "expected",
        /// Expected, and an active device is linked to it.
        Reporting "reporting",
        /// Expected, and no active device is linked to it.
        Missing "missing",
        /// An active device is linked to it, wherever it is in its life.
        Linked "linked",
        /// Handed out or in use, and no agent is possible: it is judged by its maker alone.
        Declared "declared",
        /// Another phone has taken its place and is in use, and its device is active all the same.
        LeftOver "left-over",
        /// Somebody has it whom the directory has no more, or has shut out: it should come back.
        ToReturn "to-return",
        /// Somebody has it whom the directory has in another organisation.
        Moved "moved",
        /// Somebody has it of whom the directory does not say who that is.
        Unclear "unclear",
    }
}

impl Life {
    /// Whether a phone may come from here to there.
    ///
    /// Nothing becomes ordered again. What is ordered is neither in repair nor lost. What was lost is found in stock or in use; what was
    /// retired comes back through the stock.
    #[must_use]
    pub const fn may_become(self, next: Self) -> bool {
        use Life::{HandedOut, InRepair, InUse, Lost, Ordered, Retired, Spare};
        match self {
            Ordered => matches!(next, Spare | HandedOut | InUse | Retired),
            Spare => matches!(next, HandedOut | InUse | InRepair | Lost | Retired),
            HandedOut => matches!(next, Spare | InUse | InRepair | Lost | Retired),
            InUse => matches!(next, Spare | HandedOut | InRepair | Lost | Retired),
            InRepair => matches!(next, Spare | HandedOut | InUse | Lost | Retired),
            Lost => matches!(next, Spare | InUse | Retired),
            Retired => matches!(next, Spare),
        }
    }

    /// Where it may come to from here, in words.
    #[must_use]
    pub fn may_become_any_of(self) -> String {
        let next = Self::ALL.iter().filter(|next| self.may_become(**next));
        next.map(|next| next.word()).collect::<Vec<_>>().join(", ")
    }

    /// Whether somebody has the phone.
    #[must_use]
    pub const fn is_out(self) -> bool {
        matches!(self, Self::HandedOut | Self::InUse)
    }
}

impl AssetPlatform {
    /// Whether there is an agent for it.
    #[must_use]
    pub const fn can_have_agent(self) -> bool {
        matches!(self, Self::Android | Self::Aurora)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_goes_there_and_back_and_is_what_json_says() {
        for life in Life::ALL {
            assert_eq!(life.word().parse(), Ok(*life));
            assert_eq!(serde_json::to_value(life).unwrap(), life.word());
        }
        for standing in Standing::ALL {
            assert_eq!(serde_json::to_value(standing).unwrap(), standing.word());
        }
        let refused = "stolen".parse::<Life>().unwrap_err().to_string();
        assert!(refused.contains("\"stolen\"") && refused.contains("handed-out, in-use"), "{refused}");
    }

    #[test]
    fn nothing_becomes_ordered_and_every_phone_can_be_retired() {
        for life in Life::ALL {
            assert!(!life.may_become(Life::Ordered) && !life.may_become(*life), "{life}");
            assert_eq!(life.may_become(Life::Retired), *life != Life::Retired, "{life}");
        }
        assert!(!Life::Ordered.may_become(Life::Lost) && !Life::Retired.may_become(Life::InUse));
        assert_eq!(Life::Retired.may_become_any_of(), "spare");
    }
}
