//! Keys and signatures: ECDSA on P-256 with SHA-256 (ES256), the one curve that every platform's key store has.

use crate::cbor::{DecodeError, Encoder, Wire, unknown_key, written, wrong};
use crate::id::{Digest, Kid};
use ring::signature::{self, EcdsaKeyPair, KeyPair as _, UnparsedPublicKey};

/// A signature: r and s, 32 bytes each (RFC 9053 §2.1).
pub type Signature = [u8; 64];

/// A point on P-256, in its uncompressed form: 0x04, x, y.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct PublicKey([u8; 65]);

/// A SubjectPublicKeyInfo (RFC 5480) for P-256, up to the point.
const SPKI_PREFIX: [u8; 26] = [
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86,
    0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
];

/// Bytes that are not a public key, or not a signature in DER.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not the form of a key or signature on P-256")]
pub struct KeyError;

/// A signature that doesn't hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the signature does not hold")]
pub struct BadSignature;

/// A key that could not sign.
#[derive(Debug, thiserror::Error)]
#[error("sign with the key: {0}")]
pub struct SignError(pub String);

/// The order of P-256's group (FIPS 186-5, SP 800-186 §3.2.1.3): r and s lie below it.
const ORDER: [u8; 32] = [
    0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xbc,
    0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
];

/// Converts a signature in DER, as Android's key store gives it (`ECDSA-Sig-Value`, RFC 5480 §A), to r ‖ s.
///
/// # Errors
/// Not the one DER form of two numbers from 1 to the order of the group.
pub fn signature_from_der(der: &[u8]) -> Result<Signature, KeyError> {
    // 2 × (32 bytes, a sign byte, tag and length) are below 128, so each length is one byte
    let [0x30, len, body @ ..] = der else { return Err(KeyError) };
    if usize::from(*len) != body.len() || body.len() > 70 {
        return Err(KeyError);
    }
    let (r, rest) = der_number(body)?;
    let (s, rest) = der_number(rest)?;
    if !rest.is_empty() {
        return Err(KeyError);
    }
    let mut signature = [0; 64];
    signature[..32].copy_from_slice(&r);
    signature[32..].copy_from_slice(&s);
    Ok(signature)
}

/// One INTEGER in its shortest form, and what follows it.
fn der_number(der: &[u8]) -> Result<([u8; 32], &[u8]), KeyError> {
    let [0x02, len, rest @ ..] = der else { return Err(KeyError) };
    let (digits, rest) = rest.split_at_checked(usize::from(*len)).ok_or(KeyError)?;
    let digits = match digits {
        [0, rest @ ..] if rest.first().is_some_and(|first| *first >= 0x80) => rest,
        [1..0x80, ..] => digits,
        _ => return Err(KeyError),
    };
    let mut number = [0; 32];
    let start = number.len().checked_sub(digits.len()).ok_or(KeyError)?;
    number[start..].copy_from_slice(digits);
    if number < ORDER { Ok((number, rest)) } else { Err(KeyError) }
}

/// Whoever holds a private key: software here, a phone's key store in the wrapper.
pub trait Signer {
    /// The public half.
    fn public_key(&self) -> PublicKey;
    /// Signs `message` (hashed with SHA-256 by the signer).
    ///
    /// # Errors
    /// The key is gone, or its store refuses.
    fn sign(&self, message: &[u8]) -> Result<Signature, SignError>;
}

impl PublicKey {
    /// Takes 0x04, x, y. That the point is on the curve is found by the first verification.
    ///
    /// # Errors
    /// Another length or form.
    pub fn from_point(point: &[u8]) -> Result<Self, KeyError> {
        let point: [u8; 65] = point.try_into().map_err(|_| KeyError)?;
        if point[0] == 4 { Ok(Self(point)) } else { Err(KeyError) }
    }

    /// Takes a SubjectPublicKeyInfo for P-256.
    ///
    /// # Errors
    /// Another algorithm or form.
    pub fn from_spki(der: &[u8]) -> Result<Self, KeyError> {
        Self::from_point(der.strip_prefix(&SPKI_PREFIX).ok_or(KeyError)?)
    }

    /// The point: 0x04, x, y.
    #[must_use]
    pub fn point(&self) -> &[u8; 65] {
        &self.0
    }

    /// The SubjectPublicKeyInfo.
    #[must_use]
    pub fn spki(&self) -> Vec<u8> {
        [&SPKI_PREFIX[..], &self.0].concat()
    }

    /// The SubjectPublicKeyInfo in PEM (RFC 7468).
    #[must_use]
    pub fn pem(&self) -> String {
        let text = base64::Engine::encode(&base64::prelude::BASE64_STANDARD, self.spki());
        let lines: Vec<&str> = [text.get(..64), text.get(64..)].into_iter().flatten().collect();
        format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", lines.join("\n"))
    }

    /// Reads a SubjectPublicKeyInfo in PEM.
    ///
    /// # Errors
    /// Not PEM of a public key on P-256.
    pub fn from_pem(pem: &str) -> Result<Self, KeyError> {
        let body = pem
            .split("-----BEGIN PUBLIC KEY-----")
            .nth(1)
            .and_then(|rest| rest.split("-----END").next())
            .ok_or(KeyError)?;
        let body: String = body.split_whitespace().collect();
        let der = base64::Engine::decode(&base64::prelude::BASE64_STANDARD, body).map_err(|_| KeyError)?;
        Self::from_spki(&der)
    }

    /// SHA-256 of the SubjectPublicKeyInfo.
    #[must_use]
    pub fn digest(&self) -> Digest {
        Digest::of(&self.spki())
    }

    /// The first 8 bytes of [`PublicKey::digest`].
    #[must_use]
    pub fn kid(&self) -> Kid {
        let digest = self.digest();
        let mut kid = [0; 8];
        kid.copy_from_slice(&digest.0[..8]);
        Kid(kid)
    }

    /// Checks `signature` over `message`.
    ///
    /// # Errors
    /// It does not hold, or the point isn't on the curve.
    pub fn verify(&self, message: &[u8], signature: &Signature) -> Result<(), BadSignature> {
        UnparsedPublicKey::new(&signature::ECDSA_P256_SHA256_FIXED, &self.0)
            .verify(message, signature)
            .map_err(|_| BadSignature)
    }
}

impl std::fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PublicKey({})", self.kid())
    }
}

impl serde::Serialize for PublicKey {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(&crate::id::hex(&self.spki()))
    }
}

/// A COSE_Key (RFC 9052 §7): `{1: 2 (EC2), -1: 1 (P-256), -2: x, -3: y}`, with exactly these entries.
impl Wire for PublicKey {
    fn put(&self, e: &mut Encoder) {
        written(e.map(4));
        written(e.i8(1).and_then(|e| e.i8(2)));
        written(e.i8(-1).and_then(|e| e.i8(1)));
        written(e.i8(-2).and_then(|e| e.bytes(&self.0[1..33])));
        written(e.i8(-3).and_then(|e| e.bytes(&self.0[33..])));
    }
    fn take(d: &mut minicbor::Decoder<'_>) -> Result<Self, DecodeError> {
        let mut point = [4; 65];
        let mut seen = 0;
        for _ in 0..d.map().map_err(wrong("COSE_Key", "a map"))?.unwrap_or(0) {
            let start = d.position();
            match d.i64() {
                Ok(1) => expect(d, 2, "EC2")?,
                Ok(-1) => expect(d, 1, "P-256")?,
                Ok(-2) => point[1..33].copy_from_slice(&coordinate(d)?),
                Ok(-3) => point[33..].copy_from_slice(&coordinate(d)?),
                _ => {
                    d.set_position(start);
                    return Err(unknown_key(d, "COSE_Key"));
                }
            }
            seen += 1;
        }
        if seen == 4 {
            Ok(Self(point))
        } else {
            Err(DecodeError::MissingClaim { map: "COSE_Key", claim: "kty, crv, x or y" })
        }
    }
}

fn expect(d: &mut minicbor::Decoder<'_>, number: u64, expected: &'static str) -> Result<(), DecodeError> {
    if u64::take(d)? == number { Ok(()) } else { Err(DecodeError::Type { what: "COSE_Key", expected }) }
}

fn coordinate(d: &mut minicbor::Decoder<'_>) -> Result<[u8; 32], DecodeError> {
    let bytes = d.bytes().map_err(wrong("coordinate", "a byte string"))?;
    bytes.try_into().map_err(wrong("coordinate", "32 bytes long"))
}

/// A key held in memory and stored as PKCS#8 by whoever made it.
pub struct SoftwareKey {
    pair: EcdsaKeyPair,
    random: ring::rand::SystemRandom,
}

impl SoftwareKey {
    /// Draws a new key and returns it with its PKCS#8 form (RFC 5958).
    ///
    /// # Errors
    /// The source of randomness failed.
    pub fn generate(random: ring::rand::SystemRandom) -> Result<(Self, Vec<u8>), SignError> {
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(&signature::ECDSA_P256_SHA256_FIXED_SIGNING, &random)
            .map_err(|error| SignError(format!("draw a new key: {error}")))?;
        let bytes = pkcs8.as_ref().to_vec();
        Ok((Self::from_pkcs8(&bytes, random)?, bytes))
    }

    /// Takes a key in PKCS#8.
    ///
    /// # Errors
    /// Not a key on P-256.
    pub fn from_pkcs8(pkcs8: &[u8], random: ring::rand::SystemRandom) -> Result<Self, SignError> {
        let pair = EcdsaKeyPair::from_pkcs8(&signature::ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8, &random)
            .map_err(|error| SignError(format!("read the key: {error}")))?;
        Ok(Self { pair, random })
    }
}

impl Signer for SoftwareKey {
    fn public_key(&self) -> PublicKey {
        PublicKey::from_point(self.pair.public_key().as_ref()).expect("ring gives the uncompressed point")
    }
    fn sign(&self, message: &[u8]) -> Result<Signature, SignError> {
        let signature =
            self.pair.sign(&self.random, message).map_err(|error| SignError(error.to_string()))?;
        signature.as_ref().try_into().map_err(|_| SignError("a signature of another length".to_owned()))
    }
}
