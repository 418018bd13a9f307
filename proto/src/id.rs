//! Names made of bytes: devices, chains, orders, digests, nonces.

use crate::cbor::{DecodeError, Encoder, Wire, written, wrong};
use crate::time::serde_as_text;
use std::fmt;

/// Text that is not the hexadecimal form of a name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not {len} bytes in hexadecimal")]
pub struct IdError {
    text: String,
    len: usize,
}

macro_rules! fixed_bytes {
    ($(#[$doc:meta])* $name:ident, $len:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub [u8; $len]);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&hex(&self.0))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self)
            }
        }

        impl std::str::FromStr for $name {
            type Err = IdError;
            fn from_str(text: &str) -> Result<Self, IdError> {
                unhex(text)
                    .and_then(|bytes| bytes.try_into().ok())
                    .map(Self)
                    .ok_or_else(|| IdError { text: text.to_owned(), len: $len })
            }
        }

        serde_as_text!($name);

        impl Wire for $name {
            fn put(&self, e: &mut Encoder) {
                written(e.bytes(&self.0));
            }
            fn take(d: &mut minicbor::Decoder<'_>) -> Result<Self, DecodeError> {
                let bytes = d.bytes().map_err(wrong(stringify!($name), "a byte string"))?;
                bytes.try_into().map(Self).map_err(wrong(stringify!($name), concat!($len, " bytes long")))
            }
        }
    };
}

fixed_bytes!(
    /// SHA-256 of something.
    Digest, 32
);
fixed_bytes!(
    /// One run of numbered reports, drawn at random with each new state of an agent.
    ChainId, 16
);
fixed_bytes!(
    /// One order, drawn at random by the server.
    OrderId, 16
);
fixed_bytes!(
    /// The first 8 bytes of SHA-256 over a public key's SubjectPublicKeyInfo: a hint to find the key.
    Kid, 8
);

/// An enrolled device: 16 random bytes, given at enrolment. On the wire a UEID of type RAND (RFC 9711 §4.2.1): 0x01 and the bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DeviceId(pub [u8; 16]);

impl fmt::Display for DeviceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&hex(&self.0))
    }
}

impl fmt::Debug for DeviceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DeviceId({self})")
    }
}

impl std::str::FromStr for DeviceId {
    type Err = IdError;
    fn from_str(text: &str) -> Result<Self, IdError> {
        unhex(text)
            .and_then(|bytes| bytes.try_into().ok())
            .map(Self)
            .ok_or_else(|| IdError { text: text.to_owned(), len: 16 })
    }
}

serde_as_text!(DeviceId);

const UEID_RAND: u8 = 1;

impl Wire for DeviceId {
    fn put(&self, e: &mut Encoder) {
        let mut ueid = [UEID_RAND; 17];
        ueid[1..].copy_from_slice(&self.0);
        written(e.bytes(&ueid));
    }
    fn take(d: &mut minicbor::Decoder<'_>) -> Result<Self, DecodeError> {
        let bytes = d.bytes().map_err(wrong("ueid", "a byte string"))?;
        match bytes.split_first() {
            Some((&UEID_RAND, rest)) => rest.try_into().map(Self).map_err(wrong("ueid", "0x01 and 16 bytes")),
            _ => Err(DecodeError::Type { what: "ueid", expected: "0x01 and 16 bytes" }),
        }
    }
}

/// Who a message of the server is for: the device's id as text, as CWT's `aud` claim wants it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct Audience(pub DeviceId);

impl Wire for Audience {
    fn put(&self, e: &mut Encoder) {
        written(e.str(&hex(&self.0.0)));
    }
    fn take(d: &mut minicbor::Decoder<'_>) -> Result<Self, DecodeError> {
        let text = d.str().map_err(wrong("aud", "a text string"))?;
        text.parse().map(Self).map_err(wrong("aud", "a device id"))
    }
}

/// A number used once: 8 to 64 bytes that the server gave (RFC 9711 §4.1).
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Nonce(Vec<u8>);

impl Nonce {
    /// Takes 8 to 64 bytes.
    #[must_use]
    pub fn new(bytes: &[u8]) -> Option<Self> {
        (8..=64).contains(&bytes.len()).then(|| Self(bytes.to_vec()))
    }

    /// The bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Display for Nonce {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&hex(&self.0))
    }
}

impl fmt::Debug for Nonce {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Nonce({self})")
    }
}

impl std::str::FromStr for Nonce {
    type Err = IdError;
    fn from_str(text: &str) -> Result<Self, IdError> {
        unhex(text)
            .and_then(|bytes| Self::new(&bytes))
            .ok_or_else(|| IdError { text: text.to_owned(), len: 8 })
    }
}

serde_as_text!(Nonce);

impl Wire for Nonce {
    fn put(&self, e: &mut Encoder) {
        written(e.bytes(&self.0));
    }
    fn take(d: &mut minicbor::Decoder<'_>) -> Result<Self, DecodeError> {
        let bytes = d.bytes().map_err(wrong("nonce", "a byte string"))?;
        Self::new(bytes).ok_or(DecodeError::OutOfBounds { what: "nonce", bound: "8 to 64 bytes" })
    }
}

impl Digest {
    /// SHA-256 of `bytes`.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        let digest = ring::digest::digest(&ring::digest::SHA256, bytes);
        Self(digest.as_ref().try_into().expect("SHA-256 has 32 bytes"))
    }
}

/// Lower-case hexadecimal.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    use fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Reads hexadecimal of either case.
#[must_use]
pub fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> =
        text.chars().map(|char| char.to_digit(16).and_then(|digit| u8::try_from(digit).ok())).collect();
    let digits = digits.filter(|digits| digits.len() % 2 == 0)?;
    Some(digits.chunks_exact(2).map(|pair| pair[0] << 4 | pair[1]).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cbor::{decode, encode};

    #[test]
    fn a_device_is_a_ueid_on_the_wire_and_hex_for_people() {
        let device = DeviceId([7; 16]);
        let bytes = encode(&device);
        assert_eq!(bytes[..2], [0x51, 0x01]);
        assert_eq!(decode::<DeviceId>(&bytes), Ok(device));
        assert_eq!(device.to_string().parse(), Ok(device));
        assert_eq!(
            decode::<DeviceId>(&[&[0x51, 0x02][..], &[7; 16]].concat()).map_err(|e| e.code()),
            Err("wrong-type")
        );
    }

    #[test]
    fn nonces_have_bounds() {
        assert!(Nonce::new(&[0; 7]).is_none());
        assert!(Nonce::new(&[0; 65]).is_none());
        assert!(Nonce::new(&[0; 64]).is_some());
    }
}
