//! A device as it is now: all that the next report, the next judgement or a list needs to know.

use muster_policy::{Finding, Verdict};
use muster_proto::facts::{Platform, Protection};
use muster_proto::id::{ChainId, DeviceId, Digest};
use muster_proto::time::{Day, Timestamp};
use muster_proto::verdict::State;

/// Whether a device counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// A person must approve it first.
    Pending,
    /// It does.
    Active,
    /// A person has refused it.
    Refused,
    /// Another device has taken its place.
    Replaced,
    /// It was sent away.
    Retired,
}

impl Status {
    /// Every status.
    pub const ALL: [Self; 5] = [Self::Pending, Self::Active, Self::Refused, Self::Replaced, Self::Retired];

    /// The word in the store and in codes.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Active => "active",
            Self::Refused => "refused",
            Self::Replaced => "replaced",
            Self::Retired => "retired",
        }
    }
}

impl std::str::FromStr for Status {
    type Err = ();
    fn from_str(word: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|status| status.word() == word).ok_or(())
    }
}

/// The chain of a device's reports, as far as it is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chain {
    /// Its id.
    pub id: ChainId,
    /// The highest number.
    pub number: u64,
    /// Digest of that report.
    pub head: Digest,
    /// Since when it is unbroken.
    pub since: Timestamp,
}

/// The current row of a device.
#[derive(Debug, Clone)]
pub struct Device {
    /// Its id.
    pub id: DeviceId,
    /// Its organisation.
    pub org: String,
    /// Whether it counts.
    pub status: Status,
    /// Grows with each change of the row.
    pub revision: u64,
    /// When it was enrolled.
    pub enrolled: Timestamp,
    /// Operating system.
    pub platform: Platform,
    /// What lists show.
    pub shown: Shown,
    /// Where its key lives.
    pub protection: Protection,
    /// The chain of its reports, of which the newest is the one that is judged; none before the first.
    pub chain: Option<Chain>,
    /// When it was last heard of at all.
    pub last_contact: Option<Timestamp>,
    /// Time of the newest nonce that a report has answered.
    pub last_fresh: Option<Timestamp>,
    /// When the judged report was true.
    pub evidence_at: Option<Timestamp>,
    /// How far its clock was off at least, in milliseconds.
    pub skew: i64,
    /// Breaks of the chain that nobody has acknowledged.
    pub breaks: u32,
    /// Orders that wait to be handed out.
    pub orders: u32,
    /// Watched applications that the management system says are there. Only what writes those writes this.
    pub told: u32,
    /// The newest end of what is noted of whoever has it being away. Only what writes those notes writes this.
    pub away_until: Option<Timestamp>,
    /// Number of the last message that was signed for it.
    pub sent: u64,
    /// Whether its verdict has still to be told to it.
    pub untold: bool,
    /// Digest of the catalogue that was last sent to it.
    pub catalogue: Option<Digest>,
    /// The findings of the last judgement.
    pub findings: Vec<Finding>,
    /// The verdict.
    pub verdict: Verdict,
    /// When it was last judged.
    pub judged: Option<Timestamp>,
    /// When it has to be judged again if nothing comes.
    pub next_judgement: Option<Timestamp>,
}

/// Columns that only lists and pages need.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Shown {
    /// Version of the operating system.
    pub os_version: Option<String>,
    /// Maker.
    pub manufacturer: Option<String>,
    /// Model.
    pub model: Option<String>,
    /// Asset tag that was typed at the enrolment.
    pub asset_tag: Option<String>,
    /// Version of the agent.
    pub agent: Option<String>,
    /// The security patch.
    pub security_patch: Option<Day>,
    /// Watched applications that the newest report found, by id, each once, sorted.
    pub apps: Vec<String>,
}

impl Device {
    /// The day since 1970 on which it was last heard fresh; before that, when it was enrolled. At least 1: rows with 0 are an older program's.
    #[must_use]
    pub fn heard(&self) -> i64 {
        self.last_fresh.unwrap_or(self.enrolled).millis().div_euclid(86_400_000).max(1)
    }

    /// The number of the next message to it: one more than the last, or the clock's microseconds if that is greater.
    pub fn next_message(&mut self, now: Timestamp) -> u64 {
        self.sent = (self.sent + 1).max(now.millis().unsigned_abs() * 1000);
        self.sent
    }
}

/// The rank of a verdict in lists: worst first.
#[must_use]
pub fn rank(state: State) -> i64 {
    state as i64
}
