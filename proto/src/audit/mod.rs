//! The record of who did what: its entries, and how each is bound to all before it. The server writes them; whoever has them can check them
//! without the server, in any language that has SHA-256.
//!
//! ```text
//! form 1   hash = SHA-256( previous hash (32 bytes; zeros for the first)
//!                          seq, at in milliseconds since 1970: 8 bytes each
//!                          actor, action, subject, detail: T each )
//!
//! form 2   hash = SHA-256( "muster audit 2" and a line feed (15 bytes)
//!                          previous hash (32 bytes; zeros for the first)
//!                          seq, at: 8 bytes each
//!                          actor, action, subject, detail: T each
//!                          address, before, after: O each )
//!
//! T = length of the UTF-8 in 8 bytes, then the UTF-8
//! O = 0x00 where there is nothing, else 0x01 and T
//! numbers are big-endian; before and after are the canonical text of an `Image`
//! ```
//!
//! `null` and nothing are the same to a reader of JSON, and say the same. Servers hashed the image `null` at some entries: whoever checks takes
//! an entry that has no image before, or none after, also where its hash was made with `null` in that place.
//!
//! Form 1 is what servers wrote before there were addresses and images; such an entry has none, and none follows one of form 2. Form 2 begins
//! with a word of its own: for an entry to hold in the other form too, a SHA-256 would have to begin with that word.

mod image;
mod verify;

pub use image::{Image, ImageError};
pub use verify::{Checked, Flaw, Verifier};

use crate::id::Digest;
use crate::time::Timestamp;
use ring::digest::{Context, SHA256};
use serde::{Deserialize, Serialize};

/// The form of entries without address and images.
pub const FORM_1: u64 = 1;
/// The form in which entries are written.
pub const FORM_2: u64 = 2;
/// With this the hash of form 2 begins.
const DOMAIN: &[u8] = b"muster audit 2\n";
/// The text of an image that says nothing.
const NULL: Option<&str> = Some("null");
/// What the first entry has in place of the hash before it.
pub const NOTHING_BEFORE: Digest = Digest([0; 32]);

/// One entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "AuditEntry"))]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// How it is hashed.
    pub form: u64,
    /// Its number; the first is 1.
    pub seq: u64,
    /// When, to the millisecond.
    pub at: Timestamp,
    /// Who.
    pub actor: String,
    /// From which address it was asked; nothing where no request asked.
    #[serde(default)]
    pub address: Option<String>,
    /// What was done: `order.request`, `policy.apply` ….
    pub action: String,
    /// To what: `device:ID`, `org:ID` ….
    pub subject: String,
    /// More about it, for people.
    pub detail: String,
    /// What was there before, as far as it was changed.
    #[serde(default)]
    pub before: Option<Image>,
    /// What is there since.
    #[serde(default)]
    pub after: Option<Image>,
    /// The hash of the entry before; zeros at the first.
    pub previous: Digest,
    /// Binds it to all before it.
    pub hash: Digest,
}

/// The newest entry at some moment: who knows it elsewhere can tell later whether what was there then is still there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "AuditHead"))]
#[serde(deny_unknown_fields)]
pub struct Head {
    /// Its number; 0 where there was no entry.
    pub seq: u64,
    /// Its hash; zeros where there was no entry.
    pub hash: Digest,
    /// When it was written; nothing where there was no entry.
    #[serde(default)]
    pub at: Option<Timestamp>,
}

/// The last line of an exported record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct End {
    /// The newest entry when the export began.
    pub head: Head,
}

/// A line of an exported record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Line {
    /// An entry.
    Entry(Box<Entry>),
    /// The last line.
    End(End),
}

impl std::str::FromStr for Line {
    type Err = serde_json::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        // straight into the types: a value in between would keep one of two equal keys, and which one, other programs see differently
        match serde_json::from_str(text) {
            Ok(end) => Ok(Self::End(end)),
            Err(_) => serde_json::from_str(text).map(Self::Entry),
        }
    }
}

impl Entry {
    /// The hash that it should have; nothing where it has a form that is not known, or more than its form covers.
    #[must_use]
    pub fn digest(&self) -> Option<Digest> {
        self.digest_as(self.seq, [None; 2])
    }

    /// Whether its hash is its own.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.holds_as(self.seq)
    }

    /// What is to be kept elsewhere when this is the newest entry.
    #[must_use]
    pub fn head(&self) -> Head {
        Head { seq: self.seq, hash: self.hash, at: Some(self.at) }
    }

    /// Whether its hash is the one that it would have under this number, with `null` or nothing where it has no image.
    fn holds_as(&self, seq: u64) -> bool {
        let mut readings = [[None; 2], [NULL, None], [None, NULL], [NULL; 2]].into_iter();
        readings.any(|absent| self.digest_as(seq, absent) == Some(self.hash))
    }

    /// The hash that it would have under another number, with these in place of an image before and after where it has none.
    fn digest_as(&self, seq: u64, absent: [Option<&str>; 2]) -> Option<Digest> {
        let mut context = Context::new(&SHA256);
        let [before, after] = [self.before.as_ref(), self.after.as_ref()].map(|image| image.map(Image::text));
        let covered = [self.address.as_deref(), before.or(absent[0]), after.or(absent[1])];
        match self.form {
            FORM_1 if covered.iter().all(Option::is_none) => {}
            FORM_2 => context.update(DOMAIN),
            _ => return None,
        }
        context.update(&self.previous.0);
        context.update(&seq.to_be_bytes());
        context.update(&self.at.millis().to_be_bytes());
        for text in [&self.actor, &self.action, &self.subject, &self.detail] {
            put(&mut context, text);
        }
        if self.form == FORM_2 {
            for text in covered {
                context.update(&[u8::from(text.is_some())]);
                text.into_iter().for_each(|text| put(&mut context, text));
            }
        }
        Some(Digest(context.finish().as_ref().try_into().expect("SHA-256 has 32 bytes")))
    }
}

impl Head {
    /// Where there is no entry.
    #[must_use]
    pub const fn none() -> Self {
        Self { seq: 0, hash: NOTHING_BEFORE, at: None }
    }
}

fn put(context: &mut Context, text: &str) {
    context.update(&(text.len() as u64).to_be_bytes());
    context.update(text.as_bytes());
}

#[cfg(test)]
mod tests;
