//! The envelope: COSE_Sign1 (RFC 9052), tagged, ES256, with a `typ` (RFC 9596) that names the kind of message.
//!
//! ```text
//! 18([ << {1: -7, 4: kid (8 bytes), 16: "application/vnd.muster.KIND+cose"} >>,   ; protected, exactly these
//!      {} / {33: certificate / [+ certificate]},                                  ; x5chain in enrol and rekey alone
//!      payload, signature (r ‖ s, 64 bytes) ])
//! ```
//! A message's [digest](Envelope::digest) covers its `Sig_structure` and not the signature: an ECDSA signature can be changed into another
//! valid one without the key, so the whole bytes identify nothing.

use crate::cbor::{Bytes, CborError, DecodeError, Encoder, Wire, decode_within, strict, written};
use crate::id::{Digest, Kid};
use crate::key::{BadSignature, PublicKey, SignError, Signature, Signer};

/// The tag of a message (RFC 9052 §2).
pub const SIGN1: u64 = 18;

/// The kinds of messages. A signature made for one is never valid for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Typ {
    /// A device asks to be enrolled.
    Enrol,
    /// A report.
    Report,
    /// A device opens its channel.
    Hello,
    /// A device lets the person who carries it see its page.
    PageLink,
    /// A device says what became of an order.
    OrderAck,
    /// A device brings a new key, signed by it.
    Rekey,
    /// The old key agrees to the new one.
    RekeyConsent,
    /// An order.
    Order,
    /// A policy for one device.
    Policy,
    /// A catalogue.
    Catalogue,
    /// The verdict on one device.
    Verdict,
    /// A new order key, announced under the old one.
    OrderKey,
}

const TYPES: [(Typ, &str); 12] = [
    (Typ::Enrol, "application/vnd.muster.enrol+cose"),
    (Typ::Report, "application/vnd.muster.report+cose"),
    (Typ::Hello, "application/vnd.muster.hello+cose"),
    (Typ::PageLink, "application/vnd.muster.page-link+cose"),
    (Typ::OrderAck, "application/vnd.muster.order-ack+cose"),
    (Typ::Rekey, "application/vnd.muster.rekey+cose"),
    (Typ::RekeyConsent, "application/vnd.muster.rekey-consent+cose"),
    (Typ::Order, "application/vnd.muster.order+cose"),
    (Typ::Policy, "application/vnd.muster.policy+cose"),
    (Typ::Catalogue, "application/vnd.muster.catalogue+cose"),
    (Typ::Verdict, "application/vnd.muster.verdict+cose"),
    (Typ::OrderKey, "application/vnd.muster.order-key+cose"),
];

impl Typ {
    /// The media type in the protected header.
    #[must_use]
    pub fn media_type(self) -> &'static str {
        TYPES.iter().find(|(typ, _)| *typ == self).map_or("", |(_, name)| name)
    }

    /// Whether its envelope may bring a chain of certificates.
    #[must_use]
    pub fn may_have_chain(self) -> bool {
        matches!(self, Self::Enrol | Self::Rekey)
    }

    /// Longest message of this kind, in bytes.
    #[must_use]
    pub fn max_len(self) -> usize {
        match self {
            Self::Report => crate::report::MAX_REPORT,
            Self::Hello | Self::PageLink | Self::OrderAck | Self::OrderKey => 2 * 1024,
            Self::Enrol | Self::Rekey | Self::RekeyConsent => 32 * 1024,
            Self::Order => 4 * 1024,
            Self::Policy | Self::Verdict => 128 * 1024,
            Self::Catalogue => 256 * 1024,
        }
    }
}

/// Why bytes are not an envelope, or not one that holds.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EnvelopeError {
    /// Not the CBOR that we accept.
    #[error("read the envelope: {0}")]
    Cbor(CborError),
    /// Not a COSE_Sign1 with tag 18.
    #[error("not a tagged COSE_Sign1")]
    NotSign1,
    /// The protected header has something else than `alg`, `kid` and `typ`.
    #[error("protected header: {0}")]
    Protected(&'static str),
    /// Another algorithm than ES256.
    #[error("algorithm {0}, only ES256 (-7) is accepted")]
    Algorithm(i64),
    /// A kind of message that we don't know.
    #[error("unknown typ {0:?}")]
    UnknownTyp(String),
    /// A known kind, but another than is expected here.
    #[error("typ {found}, expected {expected}")]
    OtherTyp {
        /// What stands there.
        found: &'static str,
        /// What should.
        expected: &'static str,
    },
    /// The unprotected header has an entry.
    #[error("unprotected header is not empty")]
    Unprotected,
    /// The payload isn't there.
    #[error("no payload")]
    Detached,
    /// A signature that is not 64 bytes long.
    #[error("signature of {0} bytes, 64 are expected")]
    SignatureLength(usize),
    /// The signature does not hold.
    #[error(transparent)]
    BadSignature(#[from] BadSignature),
    /// The payload is not what the contract says.
    #[error("read the payload: {0}")]
    Payload(DecodeError),
}

// not `#[from]`: the text has the cause already, and whoever prints causes would print it twice
impl From<CborError> for EnvelopeError {
    fn from(error: CborError) -> Self {
        Self::Cbor(error)
    }
}

impl From<DecodeError> for EnvelopeError {
    fn from(error: DecodeError) -> Self {
        Self::Payload(error)
    }
}

impl EnvelopeError {
    /// Every name that [`EnvelopeError::code`] can have; the bad vectors have one of each.
    pub const CODES: [&str; 30] = [
        "algorithm",
        "bad-signature",
        "detached-payload",
        "duplicate-key",
        "float",
        "indefinite-length",
        "key-type",
        "location-claim",
        "missing-claim",
        "not-cose-sign1",
        "not-shortest-form",
        "not-utf8",
        "other-typ",
        "out-of-bounds",
        "protected-header",
        "reserved-head",
        "signature-length",
        "simple-value",
        "tag",
        "too-deep",
        "too-long",
        "too-many-items",
        "trailing-bytes",
        "truncated",
        "unknown-claim",
        "unknown-profile",
        "unknown-typ",
        "unknown-value",
        "unprotected-header",
        "wrong-type",
    ];

    /// The stable name of this error, as vectors and answers use it.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Cbor(error) => error.code(),
            Self::NotSign1 => "not-cose-sign1",
            Self::Protected(_) => "protected-header",
            Self::Algorithm(_) => "algorithm",
            Self::UnknownTyp(_) => "unknown-typ",
            Self::OtherTyp { .. } => "other-typ",
            Self::Unprotected => "unprotected-header",
            Self::Detached => "detached-payload",
            Self::SignatureLength(_) => "signature-length",
            Self::BadSignature(_) => "bad-signature",
            Self::Payload(error) => error.code(),
        }
    }
}

/// A parsed envelope. Its signature is not checked yet: the key is known only after the `kid` was looked up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope {
    /// The kind of message.
    pub typ: Typ,
    /// Hint to the key.
    pub kid: Kid,
    /// Certificates of the `x5chain` header, in DER; empty where there is none.
    pub chain: Vec<Vec<u8>>,
    /// The signed payload, byte for byte.
    pub payload: Vec<u8>,
    /// r ‖ s.
    pub signature: Signature,
    protected: Vec<u8>,
}

/// A payload that travels in an envelope of its own kind.
pub trait Message: Wire {
    /// The kind.
    const TYP: Typ;
}

impl Envelope {
    /// Reads an envelope of at most [`Typ::max_len`] bytes.
    ///
    /// # Errors
    /// What is not as the contract says.
    pub fn parse(bytes: &[u8]) -> Result<Self, EnvelopeError> {
        let body = bytes.strip_prefix(&[0xd2]).ok_or(EnvelopeError::NotSign1)?;
        strict(body, Typ::Catalogue.max_len()).map_err(shifted)?;
        let mut d = minicbor::Decoder::new(body);
        if !matches!(d.array(), Ok(Some(4))) {
            return Err(EnvelopeError::NotSign1);
        }
        let protected = d.bytes().map_err(|_| EnvelopeError::NotSign1)?.to_vec();
        let (typ, kid) = protected_header(&protected)?;
        if bytes.len() > typ.max_len() {
            return Err(CborError::TooLong { len: bytes.len(), max: typ.max_len() }.into());
        }
        let chain = unprotected_header(&mut d, typ)?;
        let payload = d.bytes().map_err(|_| EnvelopeError::Detached)?.to_vec();
        let signature = d.bytes().map_err(|_| EnvelopeError::NotSign1)?;
        let signature = signature.try_into().map_err(|_| EnvelopeError::SignatureLength(signature.len()))?;
        Ok(Self { typ, kid, chain, payload, signature, protected })
    }

    /// What the signature covers: the `Sig_structure` of RFC 9052 §4.4.
    #[must_use]
    pub fn to_be_signed(&self) -> Vec<u8> {
        sig_structure(&self.protected, &self.payload)
    }

    /// What identifies the message: SHA-256 of what the signature covers.
    #[must_use]
    pub fn digest(&self) -> Digest {
        Digest::of(&self.to_be_signed())
    }

    /// Checks the signature and reads the payload.
    ///
    /// # Errors
    /// Another kind of message, a signature that does not hold, a payload that is not as the contract says.
    pub fn open<M: Message>(&self, key: &PublicKey) -> Result<M, EnvelopeError> {
        self.expect::<M>()?;
        key.verify(&self.to_be_signed(), &self.signature)?;
        self.read_unverified()
    }

    /// As [`open`](Self::open), with the message's [digest](Self::digest): for who needs both, what the signature covers is put together once.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn open_and_digest<M: Message>(&self, key: &PublicKey) -> Result<(M, Digest), EnvelopeError> {
        self.expect::<M>()?;
        let covered = self.to_be_signed();
        key.verify(&covered, &self.signature)?;
        Ok((self.read_unverified()?, Digest::of(&covered)))
    }

    /// Reads the payload of a message whose key stands inside it (`enrol`, `rekey`); [`Envelope::open`] must follow.
    ///
    /// # Errors
    /// As [`Envelope::open`], but for the signature.
    pub fn read_unverified<M: Message>(&self) -> Result<M, EnvelopeError> {
        self.expect::<M>()?;
        Ok(decode_within(&self.payload, self.typ.max_len())?)
    }

    fn expect<M: Message>(&self) -> Result<(), EnvelopeError> {
        if self.typ == M::TYP {
            return Ok(());
        }
        Err(EnvelopeError::OtherTyp { found: self.typ.media_type(), expected: M::TYP.media_type() })
    }
}

/// Signs `message` and returns the whole envelope.
///
/// # Errors
/// The signer could not sign.
pub fn seal<M: Message>(message: &M, signer: &dyn Signer) -> Result<Vec<u8>, SignError> {
    seal_with_chain(message, signer, &[])
}

/// As [`seal`], with the certificates that prove where the key lives (`enrol` and `rekey` alone).
///
/// # Errors
/// The signer could not sign.
pub fn seal_with_chain<M: Message>(
    message: &M,
    signer: &dyn Signer,
    chain: &[Vec<u8>],
) -> Result<Vec<u8>, SignError> {
    seal_payload(M::TYP, &crate::cbor::encode(message), signer, chain)
}

/// Signs bytes that are already a payload.
///
/// # Errors
/// The signer could not sign.
pub fn seal_payload(
    typ: Typ,
    payload: &[u8],
    signer: &dyn Signer,
    chain: &[Vec<u8>],
) -> Result<Vec<u8>, SignError> {
    let mut header = Encoder::new(Vec::new());
    written(header.map(3));
    written(header.i8(1).and_then(|e| e.i8(ES256)));
    written(header.i8(4).and_then(|e| e.bytes(&signer.public_key().kid().0)));
    written(header.i8(16).and_then(|e| e.str(typ.media_type())));
    let protected = header.into_writer();
    let signature = signer.sign(&sig_structure(&protected, payload))?;

    let mut e = Encoder::new(Vec::with_capacity(payload.len() + 160));
    written(
        e.tag(minicbor::data::Tag::new(SIGN1)).and_then(|e| e.array(4)).and_then(|e| e.bytes(&protected)),
    );
    put_chain(&mut e, chain);
    written(e.bytes(payload).and_then(|e| e.bytes(&signature)));
    Ok(e.into_writer())
}

const ES256: i8 = -7;
const X5CHAIN: i64 = 33;
/// Certificates in one chain; Android sends three to five.
const MAX_CHAIN: u64 = 10;

/// RFC 9360 §2: one certificate stands alone, several in an array.
fn put_chain(e: &mut Encoder, chain: &[Vec<u8>]) {
    written(e.map(u64::from(!chain.is_empty())));
    match chain {
        [] => {}
        [one] => written(e.i64(X5CHAIN).and_then(|e| e.bytes(one))),
        several => {
            written(e.i64(X5CHAIN).and_then(|e| e.array(several.len() as u64)));
            several.iter().for_each(|certificate| Bytes(certificate.clone()).put(e));
        }
    }
}

fn sig_structure(protected: &[u8], payload: &[u8]) -> Vec<u8> {
    let mut e = Encoder::new(Vec::with_capacity(payload.len() + protected.len() + 24));
    written(e.array(4).and_then(|e| e.str("Signature1")).and_then(|e| e.bytes(protected)));
    written(e.bytes(&[]).and_then(|e| e.bytes(payload)));
    e.into_writer()
}

fn protected_header(bytes: &[u8]) -> Result<(Typ, Kid), EnvelopeError> {
    strict(bytes, 256)?;
    let mut d = minicbor::Decoder::new(bytes);
    let (mut alg, mut kid, mut typ) = (None, None, None);
    for _ in 0..d.map().ok().flatten().ok_or(EnvelopeError::Protected("not a map"))? {
        match d.i64().map_err(|_| EnvelopeError::Protected("a label that is not an integer"))? {
            1 => alg = Some(d.i64().map_err(|_| EnvelopeError::Protected("alg is not an integer"))?),
            4 => kid = Some(Kid::take(&mut d).map_err(|_| EnvelopeError::Protected("kid is not 8 bytes"))?),
            16 => typ = Some(d.str().map_err(|_| EnvelopeError::Protected("typ is not text"))?),
            _ => return Err(EnvelopeError::Protected("a label other than alg, kid and typ")),
        }
    }
    match alg.ok_or(EnvelopeError::Protected("no alg"))? {
        alg if alg == i64::from(ES256) => {}
        other => return Err(EnvelopeError::Algorithm(other)),
    }
    let kid = kid.ok_or(EnvelopeError::Protected("no kid"))?;
    let name = typ.ok_or(EnvelopeError::Protected("no typ"))?;
    let typ = TYPES.iter().find(|(_, known)| *known == name).map(|(typ, _)| *typ);
    Ok((typ.ok_or_else(|| EnvelopeError::UnknownTyp(name.chars().take(64).collect()))?, kid))
}

fn unprotected_header(d: &mut minicbor::Decoder<'_>, typ: Typ) -> Result<Vec<Vec<u8>>, EnvelopeError> {
    match d.map() {
        Ok(Some(0)) => return Ok(Vec::new()),
        Ok(Some(1)) if typ.may_have_chain() && matches!(d.i64(), Ok(X5CHAIN)) => {}
        _ => return Err(EnvelopeError::Unprotected),
    }
    if let Ok(one) = d.probe().bytes() {
        let one = one.to_vec();
        d.skip().map_err(|_| EnvelopeError::Unprotected)?;
        return Ok(vec![one]);
    }
    match d.array() {
        Ok(Some(len @ 2..=MAX_CHAIN)) => {
            (0..len).map(|_| d.bytes().map(<[u8]>::to_vec).map_err(|_| EnvelopeError::Unprotected)).collect()
        }
        _ => Err(EnvelopeError::Unprotected),
    }
}

/// Offsets count from the tag, which the look over the body has not seen.
fn shifted(error: CborError) -> EnvelopeError {
    let error = match error {
        CborError::TooLong { len, max } => CborError::TooLong { len: len + 1, max },
        CborError::Truncated { at } => CborError::Truncated { at: at + 1 },
        CborError::Trailing { at } => CborError::Trailing { at: at + 1 },
        other => other,
    };
    error.into()
}
