//! Kinds of rules, one file each: its type as documents write it, its judgement, its tests.
//!
//! A new kind is a file beside these with a type that implements [`Demand`], and one line in [`KINDS`].

pub mod agent_version;
pub mod boot;
pub mod built_in;
pub mod developer_mode;
pub mod encryption;
pub mod expression;
pub mod messengers;
pub mod patch_age;
pub mod platform;
pub mod replacement;
pub mod root;
pub mod screen_lock;
pub mod vendor;

use std::fmt::Debug;

use muster_proto::catalogue::Catalogue;
use muster_proto::time::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::case::Register;
use crate::demand::{DemandError, from_cbor};
use crate::reading::{Facts, Reading, Seen};

/// Every kind that a policy may name.
pub static KINDS: &[Kind] = &[
    Kind::of::<messengers::Messengers>(),
    Kind::of::<vendor::Makers>(),
    Kind::of::<platform::AllowedPlatforms>(),
    Kind::of::<patch_age::PatchAge>(),
    Kind::of::<encryption::StorageEncryption>(),
    Kind::of::<screen_lock::ScreenLock>(),
    Kind::of::<developer_mode::DeveloperMode>(),
    Kind::of::<boot::Boot>(),
    Kind::of::<root::NoRoot>(),
    Kind::of::<agent_version::AgentVersion>(),
    Kind::of::<replacement::Replacement>(),
    Kind::of::<expression::Expression>(),
];

/// What a kind of rule demands: a document's keys beside the common ones.
pub trait Demand: Serialize + DeserializeOwned + Documented + Debug + Send + Sync + 'static {
    /// The word of the policy document.
    const KIND: &'static str;
    /// What a rule of this kind is called where the document gives no title: English, Russian.
    const TITLE: (&'static str, &'static str);
    /// A rule of this kind as a document has it, with every key of the kind.
    const EXAMPLE: &'static str;
    /// Hardware attestation can prove what this kind looks at, so that `needs: attested` makes sense.
    const ATTESTABLE: bool = false;
    /// Only the server can judge it: phones get the rule without what it demands, and say what they were told of it.
    const SERVER_ONLY: bool = false;
    /// It is judged by the register alone, and needs no report.
    const OF_REGISTER: bool = false;

    /// What the facts say.
    fn read(&self, facts: &Facts<'_>) -> Reading;

    /// What the register says, for a kind that is judged by it; `reported` is when the device was last heard.
    fn of_register(&self, _: Register<'_>, _reported: Option<Timestamp>, _now: Timestamp) -> Reading {
        Reading::default()
    }

    /// What in the demand itself makes no sense, or names what the catalogue doesn't know.
    fn flaws(&self, _catalogue: &Catalogue) -> Vec<DemandFlaw> {
        Vec::new()
    }
}

/// Something in a demand that makes no sense, and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DemandFlaw {
    /// The key of the rule.
    pub key: &'static str,
    /// The place in the key's list, from 0, where there is one.
    pub index: Option<usize>,
    /// What is wrong.
    pub message: String,
}

/// A demand whose kind is known only when the program runs.
pub trait Judge: Debug + Send + Sync {
    /// What the facts say.
    fn read(&self, facts: &Facts<'_>) -> Reading;

    /// What the register says; none for a kind that is judged by reports.
    fn of_register(&self, _: Register<'_>, _reported: Option<Timestamp>, _now: Timestamp) -> Option<Reading> {
        None
    }

    /// Whether it is judged by the register.
    fn asks_register(&self) -> bool {
        false
    }
}

impl<T: Demand> Judge for T {
    fn read(&self, facts: &Facts<'_>) -> Reading {
        Demand::read(self, facts)
    }

    fn of_register(
        &self,
        register: Register<'_>,
        reported: Option<Timestamp>,
        now: Timestamp,
    ) -> Option<Reading> {
        T::OF_REGISTER.then(|| Demand::of_register(self, register, reported, now))
    }

    fn asks_register(&self) -> bool {
        T::OF_REGISTER
    }
}

/// Stands for a demand that only the server can judge.
#[derive(Debug)]
pub(crate) struct JudgedByServer;

impl Judge for JudgedByServer {
    fn read(&self, _: &Facts<'_>) -> Reading {
        Reading::unknown(Seen::new("server", "judged by the server"))
    }
}

/// Reads the wire form of a demand.
pub type Parse = fn(&[u8]) -> Result<Box<dyn Judge>, DemandError>;

/// A kind of rule.
#[derive(Debug)]
pub struct Kind {
    /// The word of the policy document.
    pub word: &'static str,
    /// What a rule of this kind is called where nothing else is said: English, Russian.
    pub title: (&'static str, &'static str),
    /// `needs: attested` makes sense.
    pub attestable: bool,
    /// Phones get it without what it demands.
    pub server_only: bool,
    /// Reads the wire form.
    pub parse: Parse,
    /// Reads the document.
    #[cfg(feature = "document")]
    pub(crate) document: crate::document::KindForm,
}

impl Kind {
    const fn of<T: Demand>() -> Self {
        Self {
            word: T::KIND,
            title: T::TITLE,
            attestable: T::ATTESTABLE,
            server_only: T::SERVER_ONLY,
            parse: |bytes| Ok(Box::new(from_cbor::<T>(bytes)?)),
            #[cfg(feature = "document")]
            document: crate::document::KindForm::of::<T>(),
        }
    }

    /// The kind that `word` names.
    #[must_use]
    pub fn named(word: &str) -> Option<&'static Self> {
        KINDS.iter().find(|kind| kind.word == word)
    }
}

/// With the feature `document` a demand has a JSON Schema.
#[cfg(feature = "document")]
pub trait Documented: schemars::JsonSchema {}
#[cfg(feature = "document")]
impl<T: schemars::JsonSchema> Documented for T {}

/// With the feature `document` a demand has a JSON Schema.
#[cfg(not(feature = "document"))]
pub trait Documented {}
#[cfg(not(feature = "document"))]
impl<T> Documented for T {}
