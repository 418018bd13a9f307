//! What can be asked about: the keys, what they take, and how each is said.

use muster_proto::facts::{Platform, Protection};
use muster_proto::verdict::State;

use super::Op;
use crate::devices::Status;

macro_rules! keys {
    ($($name:ident $word:literal $kind:expr, $doc:literal;)*) => {
        /// What a term is about.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Key {
            $(#[doc = $doc] $name,)*
        }

        impl Key {
            /// Every key.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// How it is written.
            #[must_use]
            pub const fn word(self) -> &'static str {
                match self { $(Self::$name => $word,)* }
            }

            /// What it asks, in a sentence.
            #[must_use]
            pub const fn about(self) -> &'static str {
                match self { $(Self::$name => $doc,)* }
            }

            pub(super) const fn kind(self) -> Kind {
                match self { $(Self::$name => $kind,)* }
            }
        }
    };
}

keys! {
    Verdict "verdict" Kind::Word, "The verdict: `verdict:failing,unknown`.";
    Org "org" Kind::Name, "The organisation with those below it: `org:minenergo`; `org=minenergo` without them.";
    Rule "rule" Kind::Rule, "A rule whose finding is failing or in grace: `rule:maker`; `rule:maker=unknown` for another state.";
    App "app" Kind::Name, "A watched application that was found, or that the management system knows: `app:telegram`.";
    Platform "platform" Kind::Word, "The operating system: `platform:aurora`.";
    Os "os" Kind::Version, "Its version: `os:5.1` begins so, `os<5.1.2` compares.";
    Agent "agent" Kind::Version, "The version of the agent, likewise.";
    Maker "maker" Kind::Text, "The maker has this in its name, or with `=` is exactly this.";
    Model "model" Kind::Text, "The model, likewise.";
    Tag "tag" Kind::Text, "The asset tag, likewise.";
    Id "id" Kind::Hex, "The id begins so.";
    Patch "patch" Kind::Past, "The security patch: `patch<2026-05-01` is from before that day, `patch>90d` is older than 90 days.";
    Enrolled "enrolled" Kind::Past, "When it was enrolled: `enrolled<7d` less than 7 days ago, `enrolled>=2026-05-01` on that day or later.";
    Silent "silent" Kind::Past, "For how long nothing fresh was heard of it, all time counted: `silent>2d`. Who is silent by calendar and policy is found by `rule:silence`.";
    Seen "seen" Kind::Past, "When it was last heard of at all: `seen<1h` less than an hour ago.";
    Since "since" Kind::Past, "For how long its verdict has been what it is: `since>30d`.";
    Due "due" Kind::Coming, "Until when what it breaks is tolerated: `due<3d` within three days, `due<2026-05-01` before that day.";
    Protection "protection" Kind::Word, "Where its key lives: `protection:software`.";
    Status "status" Kind::Word, "Whether it counts: `status:retired`; only `active` ones where the query says nothing.";
    Exempt "exempt" Kind::Word, "Whether an exemption covers one of its findings: `exempt:yes`.";
    Away "away" Kind::Word, "Whether a note says that whoever has it is away now: `away:yes`.";
    Label "label" Kind::Label, "A label that it was given: `label:role=minister`; `label:role` whatever its value.";
    Group "group" Kind::Name, "A group, which is a query under a name: `group:vip`.";
    Chain "chain" Kind::Word, "Whether its chain of reports has a break that nobody has acknowledged: `chain:broken`.";
}

/// What a key takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Words of a closed list.
    Word,
    /// A name, whole.
    Name,
    /// Text, whole or a part of it.
    Text,
    /// A rule and perhaps a state.
    Rule,
    /// A label, with its value or without.
    Label,
    /// A version.
    Version,
    /// Hexadecimal digits.
    Hex,
    /// A time that lies behind: a day, or how long ago.
    Past,
    /// A time that lies ahead: a day, or in how long.
    Coming,
}

impl Key {
    /// The key with this word.
    pub(super) fn named(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|key| key.word() == word)
    }

    /// The words of a closed list.
    pub(super) fn words(self) -> Vec<&'static str> {
        match self {
            Self::Verdict => State::ALL.iter().rev().map(|state| state.word()).collect(),
            Self::Platform => Platform::ALL.iter().map(|platform| platform.word()).collect(),
            Self::Protection => Protection::ALL.iter().map(|protection| protection.word()).collect(),
            Self::Status => Status::ALL.iter().map(|status| status.word()).collect(),
            Self::Exempt | Self::Away => vec!["yes", "no"],
            Self::Chain => vec!["broken", "whole"],
            _ => Vec::new(),
        }
    }

    /// Which signs may follow.
    pub(super) fn takes(self, op: Op) -> bool {
        match self.kind() {
            Kind::Word | Kind::Name | Kind::Text => matches!(op, Op::Has | Op::Is),
            Kind::Rule | Kind::Label | Kind::Hex => op == Op::Has,
            Kind::Version | Kind::Past | Kind::Coming => true,
        }
    }
}
