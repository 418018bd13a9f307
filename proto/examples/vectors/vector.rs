//! One vector: a message with what must come of it.

use muster_proto::answer::MAX_BODY;
use muster_proto::cbor::{CborError, strict_sequence};
use muster_proto::cose::{Envelope, EnvelopeError, Message, Typ};
use muster_proto::id::{Digest, hex};
use muster_proto::json::{Rendering, render};
use muster_proto::key::PublicKey;
use muster_proto::message::{
    CatalogueMessage, Enrol, Hello, Order, OrderAck, OrderKeyMessage, PageLink, PolicyMessage, Rekey,
    RekeyConsent, VerdictMessage,
};
use muster_proto::report::Report;

/// As what the receiver opens it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum As {
    One(Typ),
    /// The body of a request with several reports.
    Sequence,
}

pub struct Vector {
    pub name: String,
    pub about: &'static str,
    pub open_as: As,
    pub message: Vec<u8>,
    pub key: PublicKey,
    /// The error that it must give; none for a good one.
    pub error: Option<&'static str>,
    /// Whether the grammar in `cddl/` admits it: some faults are beyond what CDDL can say, or what its validators look at.
    pub cddl: bool,
}

#[derive(serde::Serialize)]
struct File<'a> {
    about: &'a str,
    open_as: &'a str,
    key: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    digest: Option<Digest>,
    cddl: bool,
    size: usize,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    rendering: Option<Rendering>,
}

impl As {
    /// The word in the file; the rule of the grammar is called `WORD-message`.
    pub fn word(self) -> &'static str {
        match self {
            Self::One(typ) => kind(typ),
            Self::Sequence => "report-sequence",
        }
    }
}

/// What stands between `application/vnd.muster.` and `+cose`.
pub fn kind(typ: Typ) -> &'static str {
    typ.media_type().trim_start_matches("application/vnd.muster.").trim_end_matches("+cose")
}

impl Vector {
    /// Does what a receiver does.
    pub fn open(&self) -> Result<Option<Rendering>, EnvelopeError> {
        match self.open_as {
            As::One(typ) => open(typ, &self.message, &self.key).map(Some),
            As::Sequence if self.message.len() > MAX_BODY => {
                Err(CborError::TooLong { len: self.message.len(), max: MAX_BODY }.into())
            }
            As::Sequence => {
                for item in strict_sequence(&self.message, 18)? {
                    open(Typ::Report, item, &self.key)?;
                }
                Ok(None)
            }
        }
    }

    /// The text of the committed file.
    ///
    /// # Errors
    /// The vector does not give what it says.
    pub fn file(&self) -> Result<String, String> {
        let opened = self.open();
        let found = opened.as_ref().err().map(EnvelopeError::code);
        if found != self.error {
            return Err(format!("{}: gives {found:?} and not {:?}", self.name, self.error));
        }
        let file = File {
            about: self.about,
            open_as: self.open_as.word(),
            key: self.key.pem(),
            error: self.error,
            digest: Envelope::parse(&self.message).ok().map(|envelope| envelope.digest()),
            cddl: self.cddl,
            size: self.message.len(),
            message: hex(&self.message),
            rendering: opened.ok().flatten(),
        };
        serde_json::to_string_pretty(&file).map(|text| text + "\n").map_err(|error| error.to_string())
    }
}

fn open(typ: Typ, message: &[u8], key: &PublicKey) -> Result<Rendering, EnvelopeError> {
    fn opened<M: Message>(envelope: &Envelope, key: &PublicKey) -> Result<(), EnvelopeError> {
        envelope.open::<M>(key).map(drop)
    }
    let envelope = Envelope::parse(message)?;
    match typ {
        Typ::Enrol => opened::<Enrol>(&envelope, key),
        Typ::Report => opened::<Report>(&envelope, key),
        Typ::Hello => opened::<Hello>(&envelope, key),
        Typ::PageLink => opened::<PageLink>(&envelope, key),
        Typ::OrderAck => opened::<OrderAck>(&envelope, key),
        Typ::Rekey => opened::<Rekey>(&envelope, key),
        Typ::RekeyConsent => opened::<RekeyConsent>(&envelope, key),
        Typ::Order => opened::<Order>(&envelope, key),
        Typ::Policy => opened::<PolicyMessage>(&envelope, key),
        Typ::Catalogue => opened::<CatalogueMessage>(&envelope, key),
        Typ::Verdict => opened::<VerdictMessage>(&envelope, key),
        Typ::OrderKey => opened::<OrderKeyMessage>(&envelope, key),
    }?;
    render(&envelope)
}
