//! The keys that a provider publishes (RFC 7517), and signatures that are held against them. Only what ring verifies is known here, so that
//! neither `none` nor a secret that both share can pass for a signature.

use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine as _};
use ring::signature::{self, RsaPublicKeyComponents, UnparsedPublicKey, VerificationAlgorithm};
use serde::Deserialize;
use serde_json::Value;

use super::token::Flaw;

/// Keys for signatures.
#[derive(Debug, Default)]
pub(super) struct Keys(Vec<Key>);

#[derive(Debug)]
struct Key {
    kid: Option<String>,
    /// The only algorithm for which it is, where that is said.
    alg: Option<String>,
    public: Public,
}

#[derive(Debug)]
enum Public {
    Rsa { n: Vec<u8>, e: Vec<u8> },
    Ec { curve: &'static str, point: Vec<u8> },
    Ed25519(Vec<u8>),
}

#[derive(Deserialize)]
struct Set {
    keys: Vec<Value>,
}

/// A key as it is published; of others than ours, parts are missing.
#[derive(Deserialize)]
struct Published {
    kty: String,
    kid: Option<String>,
    alg: Option<String>,
    #[serde(rename = "use")]
    purpose: Option<String>,
    crv: Option<String>,
    n: Option<String>,
    e: Option<String>,
    x: Option<String>,
    y: Option<String>,
}

impl Keys {
    /// Reads a set of keys; those of kinds that are not known here are left out.
    pub(super) fn read(json: &[u8]) -> Result<Self, serde_json::Error> {
        let set: Set = serde_json::from_slice(json)?;
        Ok(Self(set.keys.into_iter().filter_map(key).collect()))
    }

    /// Holds a signature against the key that it names, or against each where it names none.
    pub(super) fn verify(
        &self,
        (alg, kid): (&str, Option<&str>),
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), Flaw> {
        let named = |key: &&Key| kid.is_none() || key.kid.as_deref() == kid;
        let meant = |key: &&Key| key.alg.as_deref().is_none_or(|own| own == alg);
        let mut found = false;
        for key in self.0.iter().filter(named).filter(meant) {
            match key.public.verify(alg, message, signature) {
                Some(true) => return Ok(()),
                Some(false) => found = true,
                None => {}
            }
        }
        Err(if found { Flaw::Signature } else { Flaw::NoKey })
    }
}

impl Public {
    /// Whether the signature holds; `None` where the key is not one for this algorithm.
    fn verify(&self, alg: &str, message: &[u8], signature: &[u8]) -> Option<bool> {
        match self {
            Self::Rsa { n, e } => {
                let how = match alg {
                    "RS256" => &signature::RSA_PKCS1_2048_8192_SHA256,
                    "RS384" => &signature::RSA_PKCS1_2048_8192_SHA384,
                    "RS512" => &signature::RSA_PKCS1_2048_8192_SHA512,
                    "PS256" => &signature::RSA_PSS_2048_8192_SHA256,
                    "PS384" => &signature::RSA_PSS_2048_8192_SHA384,
                    "PS512" => &signature::RSA_PSS_2048_8192_SHA512,
                    _ => return None,
                };
                Some(RsaPublicKeyComponents { n, e }.verify(how, message, signature).is_ok())
            }
            Self::Ec { curve, point } => {
                let how: &'static dyn VerificationAlgorithm = match (alg, *curve) {
                    ("ES256", "P-256") => &signature::ECDSA_P256_SHA256_FIXED,
                    ("ES384", "P-384") => &signature::ECDSA_P384_SHA384_FIXED,
                    _ => return None,
                };
                Some(UnparsedPublicKey::new(how, point).verify(message, signature).is_ok())
            }
            Self::Ed25519(point) => {
                // the second is its newer name (RFC 9864)
                let fits = matches!(alg, "EdDSA" | "Ed25519");
                let key = UnparsedPublicKey::new(&signature::ED25519, point);
                fits.then(|| key.verify(message, signature).is_ok())
            }
        }
    }
}

fn key(published: Value) -> Option<Key> {
    let key: Published = serde_json::from_value(published).ok()?;
    if key.purpose.as_deref().is_some_and(|purpose| purpose != "sig") {
        return None;
    }
    let public = match (key.kty.as_str(), key.crv.as_deref()) {
        ("RSA", _) => Public::Rsa { n: number(key.n)?, e: number(key.e)? },
        ("EC", Some("P-256")) => Public::Ec { curve: "P-256", point: point(key.x, key.y, 32)? },
        ("EC", Some("P-384")) => Public::Ec { curve: "P-384", point: point(key.x, key.y, 48)? },
        ("OKP", Some("Ed25519")) => Public::Ed25519(bytes(key.x)?),
        _ => return None,
    };
    Some(Key { kid: key.kid, alg: key.alg, public })
}

fn bytes(text: Option<String>) -> Option<Vec<u8>> {
    BASE64_URL_SAFE_NO_PAD.decode(text?).ok()
}

/// Some write zeros before a number, which ring does not take.
fn number(text: Option<String>) -> Option<Vec<u8>> {
    let bytes = bytes(text)?;
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    Some(bytes[zeros..].to_vec())
}

fn point(x: Option<String>, y: Option<String>, length: usize) -> Option<Vec<u8>> {
    let (x, y) = (bytes(x)?, bytes(y)?);
    (x.len() == length && y.len() == length).then(|| [&[4][..], &x, &y].concat())
}
