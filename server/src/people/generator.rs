//! One-time codes (RFC 6238, as the applications understand it: SHA-1, six digits, thirty seconds), and the codes for whoever has lost what
//! makes them. What the server has to know itself is kept sealed under a key that is not in the database.

use muster_proto::id::Digest;
use muster_proto::time::Timestamp;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::hkdf::{HKDF_SHA256, Salt};
use ring::hmac;
use ring::rand::SecureRandom;
use std::fmt;
use totp_rs::{Builder, Totp};

use crate::auth::Secret;
use crate::auth::secret::NoRandomness;

/// What makes a person's one-time codes.
#[derive(Clone, PartialEq, Eq)]
pub struct Generator([u8; LEN]);

/// Bytes of its secret (RFC 4226, section 4).
const LEN: usize = 20;
/// Seconds of a step.
const STEP: u64 = 30;

impl Generator {
    /// The one that belongs to a secret of the page on which it is set up: nothing has to be kept until the person has shown a code of it.
    #[must_use]
    pub fn of(page: &Secret, user_id: &str, server: &Salt) -> Self {
        let made = hmac::Key::new(hmac::HMAC_SHA256, &derived(server, b"generator", user_id));
        let mut secret = [0; LEN];
        secret.copy_from_slice(&hmac::sign(&made, page.text().as_bytes()).as_ref()[..LEN]);
        Self(secret)
    }

    /// The address that applications read from a QR code.
    #[must_use]
    pub fn address(&self, name: &str, host: &str) -> String {
        let issuer = format!("Muster {}", host.replace(':', " "));
        let totp = self.builder().with_issuer(Some(issuer)).with_account_name(name).build();
        totp.ok().and_then(|totp| totp.to_url().ok()).unwrap_or_default()
    }

    /// Its secret, for whoever types it.
    #[must_use]
    pub fn text(&self) -> String {
        self.totp().secret().to_base32()
    }

    /// The step whose code this is, where that is at most one away from now and later than `last`: no code works twice.
    #[must_use]
    pub fn step(&self, code: &str, now: Timestamp, last: Option<u64>) -> Option<u64> {
        let code: String = code.chars().filter(|c| !c.is_whitespace()).collect();
        let secs = u64::try_from(now.secs()).ok()?;
        let step = self.totp().check(&code, secs)?;
        (last.is_none_or(|last| step > last)).then_some(step)
    }

    /// The code at this moment.
    #[cfg(test)]
    pub fn code(&self, now: Timestamp) -> String {
        self.totp().generate(u64::try_from(now.secs()).unwrap()).to_string()
    }

    fn builder(&self) -> Builder {
        Builder::new().with_step_duration(STEP).with_secret(self.0)
    }

    fn totp(&self) -> Totp {
        self.builder().build_noncompliant()
    }

    /// As it is stored with the account `user_id`.
    ///
    /// # Errors
    /// The source of randomness failed.
    pub fn seal(
        &self,
        user_id: &str,
        server: &Salt,
        random: &dyn SecureRandom,
    ) -> Result<Vec<u8>, NoRandomness> {
        let mut nonce = [0; NONCE_LEN];
        random.fill(&mut nonce).map_err(|_| NoRandomness)?;
        let mut sealed = self.0.to_vec();
        let (unique, aad) = (Nonce::assume_unique_for_key(nonce), Aad::from(user_id.as_bytes()));
        sealing_key(user_id, server)
            .seal_in_place_append_tag(unique, aad, &mut sealed)
            .map_err(|_| NoRandomness)?;
        Ok([nonce.as_slice(), &sealed].concat())
    }

    /// Opens what was stored with the account `user_id`; `None` where it is another account's or another server's.
    #[must_use]
    pub fn open(sealed: &[u8], user_id: &str, server: &Salt) -> Option<Self> {
        let (nonce, sealed) = sealed.split_at_checked(NONCE_LEN)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let mut sealed = sealed.to_vec();
        let aad = Aad::from(user_id.as_bytes());
        let opened = sealing_key(user_id, server).open_in_place(nonce, aad, &mut sealed).ok()?;
        <[u8; LEN]>::try_from(&*opened).ok().map(Self)
    }
}

impl fmt::Debug for Generator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Generator(…)")
    }
}

/// Recovery codes of a person.
pub const RECOVERY_CODES: usize = 10;
/// Letters of a recovery code: none that is taken for another.
const LETTERS: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz023456789";
/// Letters in one.
const RECOVERY_LEN: usize = 12;

/// Draws recovery codes, as they are shown: `xxxx-xxxx-xxxx`, 60 random bits each.
///
/// # Errors
/// The source of randomness failed.
pub fn draw_recovery(random: &dyn SecureRandom) -> Result<Vec<String>, NoRandomness> {
    let mut codes = Vec::with_capacity(RECOVERY_CODES);
    for _ in 0..RECOVERY_CODES {
        let mut bytes = [0; RECOVERY_LEN];
        random.fill(&mut bytes).map_err(|_| NoRandomness)?;
        let letters: Vec<char> =
            bytes.iter().map(|byte| char::from(LETTERS[usize::from(byte % 32)])).collect();
        codes.push(letters.chunks(4).map(|part| part.iter().collect()).collect::<Vec<String>>().join("-"));
    }
    Ok(codes)
}

/// What is stored of a recovery code: nobody who has the store alone finds out which it is.
#[must_use]
pub fn recovery_digest(code: &str, user_id: &str, server: &Salt) -> Digest {
    let plain: String = code.chars().filter(char::is_ascii_alphanumeric).collect();
    let key = hmac::Key::new(hmac::HMAC_SHA256, &derived(server, b"recovery", user_id));
    let mut digest = Digest([0; 32]);
    digest.0.copy_from_slice(hmac::sign(&key, plain.to_ascii_lowercase().as_bytes()).as_ref());
    digest
}

fn sealing_key(user_id: &str, server: &Salt) -> LessSafeKey {
    let key = derived(server, b"seal", user_id);
    LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &key).expect("AES-256 takes 32 bytes"))
}

/// HKDF-SHA256 of the server's secret, for this purpose of this account.
fn derived(server: &Salt, purpose: &[u8], user_id: &str) -> [u8; 32] {
    let mut key = [0; 32];
    let info = [b"muster account ".as_slice(), purpose, b" ", user_id.as_bytes()];
    let filled = server.extract(b"").expand(&info, HKDF_SHA256).and_then(|out| out.fill(&mut key));
    filled.expect("HKDF-SHA256 gives 32 bytes");
    key
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::testing::random;
    use muster_proto::time::Span;
    use proptest::prelude::*;

    /// The secret of RFC 6238's test vectors.
    fn rfc() -> Generator {
        Generator(*b"12345678901234567890")
    }

    #[test]
    fn codes_are_those_of_the_rfc() {
        // appendix B has eight digits; six are its last ones
        for (secs, code) in [(59, "287082"), (1_111_111_109, "081804"), (1_234_567_890, "005924")] {
            let now = Timestamp::from_secs(secs);
            assert_eq!(rfc().step(code, now, None), Some(u64::try_from(secs).unwrap() / STEP), "{code}");
        }
        assert_eq!(rfc().step(" 287 082 ", Timestamp::from_secs(59), None), Some(1));
    }

    #[test]
    fn a_code_works_one_step_around_its_own_and_once() {
        let made = Timestamp::from_secs(1_000_000_020);
        let code = rfc().code(made);
        let step = 1_000_000_020 / STEP;
        for (later, taken) in [(-60, false), (-30, true), (0, true), (30, true), (60, false)] {
            let now = Timestamp::from_secs(1_000_000_020 + later);
            assert_eq!(rfc().step(&code, now, None), taken.then_some(step), "{later}");
        }
        assert_eq!(rfc().step(&code, made, Some(step)), None, "twice");
        let next = rfc().code(made + Span::from_secs(STEP));
        assert!(rfc().step(&next, made, Some(step)).is_some());
    }

    #[test]
    fn what_is_stored_opens_for_its_account_on_its_server_alone() {
        let [server, other] = [[1; 32], [2; 32]].map(|secret| Salt::new(HKDF_SHA256, &secret));
        let page = Secret::draw(&random()).unwrap();
        let made = Generator::of(&page, "a", &server);
        assert_eq!(made, Generator::of(&page, "a", &server));
        assert_ne!(made, Generator::of(&page, "b", &server));
        let sealed = made.seal("a", &server, &random()).unwrap();
        assert!(!sealed.windows(8).any(|part| made.0.starts_with(part)));
        assert_eq!(Generator::open(&sealed, "a", &server), Some(made));
        for (id, server) in [("b", &server), ("a", &other)] {
            assert_eq!(Generator::open(&sealed, id, server), None);
        }
        assert_eq!(Generator::open(&sealed[..11], "a", &server), None);
    }

    #[test]
    fn applications_find_what_they_need() {
        let address = rfc().address("Anna P", "muster.example:8443");
        assert!(address.starts_with("otpauth://totp/Muster%20muster.example%208443:Anna%20P?"), "{address}");
        assert!(address.contains("secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"), "{address}");
        assert_eq!(rfc().text(), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
    }

    #[test]
    fn a_recovery_code_is_known_however_it_is_typed() {
        let server = Salt::new(HKDF_SHA256, &[1; 32]);
        let codes = draw_recovery(&random()).unwrap();
        assert_eq!(codes.len(), RECOVERY_CODES);
        let digest = |code: &str, id| recovery_digest(code, id, &server).0;
        let typed = codes[0].to_uppercase().replace('-', " ");
        assert_eq!(digest(&codes[0], "a"), digest(&typed, "a"));
        assert_ne!(digest(&codes[0], "a"), digest(&codes[0], "b"));
        assert_ne!(digest(&codes[0], "a"), digest(&codes[1], "a"));
    }

    proptest! {
        #[test]
        fn no_text_but_the_code_is_taken(text in "\\PC{0,12}") {
            let now = Timestamp::from_secs(59);
            let plain: String = text.chars().filter(|c| !c.is_whitespace()).collect();
            let right = ["287082", &rfc().code(now + Span::from_secs(STEP)), &rfc().code(Timestamp::from_secs(29))].contains(&plain.as_str());
            prop_assert_eq!(rfc().step(&text, now, None).is_some(), right);
        }
    }
}
