//! Making a key in the phone's key store, asking for the best first.

use jni::Env;

use super::PROVIDER;
use crate::error::{Error, Result};
use crate::java::{Android, call, call_static, make};

/// Makes a key, asking for the best first: a security chip, and an attestation with the phone's properties. Some phones can't attest at
/// all: a key without that is better than none, and the server sees what is missing.
pub fn make_key(android: &Android, alias: &str, challenge: &[u8]) -> Result<()> {
    let mut last = None;
    for wanted in WANTED {
        if android.sdk < wanted.since() {
            continue;
        }
        match android.with(|env| generate(android, env, alias, challenge, wanted)) {
            Ok(()) => return Ok(()),
            Err(error) => {
                log::info!("make a key, {wanted:?}: {error}");
                last = Some(error);
            }
        }
    }
    Err(last.unwrap_or_else(|| Error::new("key", "no way to make a key")))
}

/// What is asked of the key store for a new key.
#[derive(Debug, Clone, Copy)]
struct Wanted {
    strong: bool,
    properties: bool,
    attested: bool,
}

/// The best first.
const WANTED: [Wanted; 5] = [
    Wanted { strong: true, properties: true, attested: true },
    Wanted { strong: true, properties: false, attested: true },
    Wanted { strong: false, properties: true, attested: true },
    Wanted { strong: false, properties: false, attested: true },
    Wanted { strong: false, properties: false, attested: false },
];

impl Wanted {
    /// Since which version of the framework it can be asked for.
    fn since(self) -> i32 {
        match self {
            Self { properties: true, .. } => 31,
            Self { strong: true, .. } => 28,
            _ => 0,
        }
    }
}

fn generate(
    android: &Android,
    env: &mut Env<'_>,
    alias: &str,
    challenge: &[u8],
    wanted: Wanted,
) -> Result<()> {
    let builder = android.class(env, "android.security.keystore.KeyGenParameterSpec$Builder")?;
    let name = env.new_string(alias)?;
    let builder = make!(env, &builder, [(java.lang.String, jint)], &name, PURPOSE_SIGN)?;

    let curve = android.class(env, "java.security.spec.ECGenParameterSpec")?;
    let name = env.new_string("secp256r1")?;
    let curve = make!(env, &curve, [(java.lang.String)], &name)?;
    call!(env, &builder, "setAlgorithmParameterSpec",
        [(java.security.spec.AlgorithmParameterSpec) -> android.security.keystore.KeyGenParameterSpec::Builder], &curve)?;
    let digest = env.new_string("SHA-256")?;
    let text = android.class(env, "java.lang.String")?;
    let digests = env.new_object_array(1, &text, &digest)?;
    call!(env, &builder, "setDigests",
        [([java.lang.String]) -> android.security.keystore.KeyGenParameterSpec::Builder], &digests)?;
    if wanted.attested {
        let challenge = env.byte_array_from_slice(challenge)?;
        call!(env, &builder, "setAttestationChallenge",
            [([jbyte]) -> android.security.keystore.KeyGenParameterSpec::Builder], &challenge)?;
    }
    if wanted.strong {
        call!(env, &builder, "setIsStrongBoxBacked",
            [(jboolean) -> android.security.keystore.KeyGenParameterSpec::Builder], true)?;
    }
    if wanted.properties {
        call!(env, &builder, "setDevicePropertiesAttestationIncluded",
            [(jboolean) -> android.security.keystore.KeyGenParameterSpec::Builder], true)?;
    }
    let spec = call!(env, &builder, "build", [() -> android.security.keystore.KeyGenParameterSpec])?.l()?;

    let generator = android.class(env, "java.security.KeyPairGenerator")?;
    let (algorithm, provider) = (env.new_string("EC")?, env.new_string(PROVIDER)?);
    let generator = call_static!(env, &generator, "getInstance",
        [(java.lang.String, java.lang.String) -> java.security.KeyPairGenerator], &algorithm, &provider)?
    .l()?;
    call!(env, &generator, "initialize", [(java.security.spec.AlgorithmParameterSpec)], &spec)?;
    call!(env, &generator, "generateKeyPair", [() -> java.security.KeyPair])?;
    Ok(())
}

/// `KeyProperties.PURPOSE_SIGN`.
const PURPOSE_SIGN: i32 = 4;
