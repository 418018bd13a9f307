//! Fixed keys, and signatures that stay what they are: ring draws a new number for each, so those that were made are kept.

use muster_proto::id::{Digest, hex, unhex};
use muster_proto::key::{PublicKey, SignError, Signature, Signer, SoftwareKey};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::PathBuf;

// These keys guard nothing: they are published here.
const DEVICE: &str = "308187020100301306072a8648ce3d020106082a8648ce3d030107046d306b0201010420eca4aea82fa68489f48c825c4c1e6f0a2eedb477241b771ad400d3b30386da52a144034200045bafe762d578e66fbeedd9fa3dc4076a685651c6e018d23984a27ee5323945bf6a9443b7287e4672a8ef3ecbf9cce32fa0084aee398a7d413475da3e88700d6a";
const NEXT: &str = "308187020100301306072a8648ce3d020106082a8648ce3d030107046d306b0201010420ffe2e2d1d8b9686d7996fa0243a8aa905c6c2427bdaa6fcb7bc0bba027713131a14403420004884f282e5aabf0c120b60322a623099166dfcf6eec462e7948c52ab7d934b5a35dc294c69bc1523f4d0aa1d9b0ab404e239eb063d71c408c3f71b89fc5c55f60";
const ORDERS: &str = "308187020100301306072a8648ce3d020106082a8648ce3d030107046d306b0201010420d2f3b8c2ca6a8f4b0f92116982b28b2ea41ec440a365d0c2e0cdd8040d44b22da1440342000427fd0806a7685d0981a6d22844f54a1326e0cf73cf09080dbc2c1453c24761090c8c5ff80382f1d87452675f34860350ca2c70b1f4c5485db528fb0b33e0c020";

/// A key that signs what it signed before with the same signature.
pub struct Keys {
    kept: RefCell<BTreeMap<String, String>>,
    used: RefCell<BTreeMap<String, String>>,
}

/// Whose key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    /// The device's.
    Device,
    /// The key that the device will have next.
    Next,
    /// The server's order key.
    Orders,
}

/// One of the keys, as a signer.
pub struct Pen<'a> {
    keys: &'a Keys,
    key: SoftwareKey,
}

/// The key itself; its signatures differ from time to time.
pub fn software_key(whose: Whose) -> SoftwareKey {
    let pkcs8 = match whose {
        Whose::Device => DEVICE,
        Whose::Next => NEXT,
        Whose::Orders => ORDERS,
    };
    #[expect(clippy::disallowed_methods, reason = "a program for tests; what it signs is kept")]
    let random = ring::rand::SystemRandom::new();
    SoftwareKey::from_pkcs8(&unhex(pkcs8).expect("the constant is hexadecimal"), random)
        .expect("the constant is a key")
}

/// Where the signatures are kept.
pub fn signatures_file() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("examples/vectors/signatures.json")
}

impl Keys {
    /// Reads the signatures that were made before, if any.
    pub fn load() -> Self {
        let text = std::fs::read_to_string(signatures_file()).unwrap_or_else(|_| "{}".to_owned());
        let kept = serde_json::from_str(&text).expect("the signatures are a map of texts");
        Self { kept: RefCell::new(kept), used: RefCell::default() }
    }

    /// Signs with the key of `whose`.
    pub fn pen(&self, whose: Whose) -> Pen<'_> {
        Pen { keys: self, key: software_key(whose) }
    }

    /// The signatures that were asked for: what is to be kept.
    pub fn used(&self) -> String {
        serde_json::to_string_pretty(&*self.used.borrow()).expect("a map of texts is JSON") + "\n"
    }
}

impl Signer for Pen<'_> {
    fn public_key(&self) -> PublicKey {
        self.key.public_key()
    }

    fn sign(&self, message: &[u8]) -> Result<Signature, SignError> {
        let public = self.public_key();
        let name = Digest::of(&[&public.spki(), message].concat()).to_string();
        let kept = self
            .keys
            .kept
            .borrow()
            .get(&name)
            .and_then(|text| unhex(text))
            .and_then(|bytes| bytes.try_into().ok());
        let signature = match kept.filter(|signature| public.verify(message, signature).is_ok()) {
            Some(signature) => signature,
            None => self.key.sign(message)?,
        };
        self.keys.used.borrow_mut().insert(name.clone(), hex(&signature));
        self.keys.kept.borrow_mut().insert(name, hex(&signature));
        Ok(signature)
    }
}

/// The other valid signature over the same message: s replaced by n − s.
pub fn twin(signature: &Signature) -> Signature {
    let order = unhex("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551")
        .expect("the constant is hexadecimal");
    let mut twin = *signature;
    let mut borrow = 0;
    for at in (0..32).rev() {
        let digit = i16::from(order[at]) - i16::from(signature[32 + at]) - borrow;
        borrow = i16::from(digit < 0);
        twin[32 + at] = u8::try_from(digit + 256 * borrow).expect("a digit of base 256");
    }
    twin
}
