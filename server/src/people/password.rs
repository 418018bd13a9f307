//! Passwords: which ones are taken, and what is stored of them (argon2id as OWASP's cheat sheet has it: 19 MiB, two passes, one lane).

use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, PasswordHasher as _, PasswordVerifier as _, Version};
use std::sync::Arc;
use tokio::sync::Semaphore;

use crate::error::ActionError;
use crate::problems::Code;

/// A password that may be chosen.
pub struct NewPassword(String);

/// Shortest password, in characters.
pub const SHORTEST: usize = 12;
/// Longest password, in bytes: a password is hashed whole.
pub const LONGEST: usize = 1000;

impl NewPassword {
    /// Takes a password of the person `name`.
    ///
    /// # Errors
    /// It is too short, too long, or one of those that are tried first.
    pub fn read(text: &str, name: &str) -> Result<Self, ActionError> {
        let wrong = |detail: String| Err(ActionError::invalid(Code::BadPassword, detail));
        if text.chars().count() < SHORTEST || text.len() > LONGEST {
            return wrong(format!(
                "a password has at least {SHORTEST} characters, and at most {LONGEST} bytes"
            ));
        }
        let plain = text.to_lowercase();
        let rest = plain.replace(&name.to_lowercase(), "");
        if rest.chars().count() < SHORTEST - 4 && rest != plain {
            return wrong("the password is little more than the account's name".to_owned());
        }
        if is_repeated(&plain) || COMMON.lines().any(|common| common == plain) {
            return wrong("the password is one of those that are tried first".to_owned());
        }
        Ok(Self(text.to_owned()))
    }
}

/// Whether it is made of few characters, or of a short piece again and again.
fn is_repeated(text: &str) -> bool {
    let chars: Vec<char> = text.chars().collect();
    let mut seen = chars.clone();
    seen.sort_unstable();
    seen.dedup();
    seen.len() < 4 || (1..=4).any(|len| chars.iter().enumerate().all(|(at, c)| *c == chars[at % len]))
}

/// Hashes passwords: off the threads that serve requests, and few at once, because each takes 19 MiB and a good part of a core.
pub struct Hasher {
    at_once: Arc<Semaphore>,
    waiting: Arc<Semaphore>,
}

/// Hashes at once.
const AT_ONCE: usize = 2;
/// Those who wait for one.
const WAITING: usize = 32;
/// A hash of nobody's password, with the same costs: an unknown name takes as long as a known one.
const NOBODYS: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$bXVzdGVyLW5vYm9keXMtMQ$SHk+mSeBDlePFu1cYXV1JBRgvUjwyOYA2EnUXhtUAd4";

impl Default for Hasher {
    fn default() -> Self {
        Self { at_once: Arc::new(Semaphore::new(AT_ONCE)), waiting: Arc::new(Semaphore::new(WAITING)) }
    }
}

impl Hasher {
    /// What is stored of a password.
    ///
    /// # Errors
    /// Too many wait already.
    pub async fn hash(&self, password: NewPassword, salt: [u8; 16]) -> Result<String, ActionError> {
        let work = move || argon2().hash_password_with_salt(password.0.as_bytes(), &salt).ok();
        let hash = self.run(work).await?.map(|hash: PasswordHash| hash.to_string());
        hash.ok_or_else(|| failed("hash a password"))
    }

    /// Whether this is the password of which `stored` was kept. Without one it takes as long, and is not.
    ///
    /// # Errors
    /// Too many wait already.
    pub async fn is(&self, password: String, stored: Option<String>) -> Result<bool, ActionError> {
        let known = stored.is_some();
        let work = move || {
            let stored = stored.as_deref().unwrap_or(NOBODYS);
            // what is longer than any password is none, and not worth hashing whole
            let tried = password.as_bytes().get(..LONGEST + 1).unwrap_or(password.as_bytes());
            PasswordHash::new(stored).is_ok_and(|stored| argon2().verify_password(tried, &stored).is_ok())
        };
        Ok(self.run(work).await? && known)
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, ActionError> {
        let Ok(_waits) = self.waiting.try_acquire() else {
            return Err(ActionError::conflict(Code::SignInBusy, "too many passwords are tried at once"));
        };
        let _one = self.at_once.acquire().await.map_err(|_| failed("wait for a turn to hash"))?;
        tokio::task::spawn_blocking(work).await.map_err(|_| failed("hash a password"))
    }
}

fn argon2() -> Argon2<'static> {
    let params = Params::new(19 * 1024, 2, 1, None).expect("these are within the bounds of argon2");
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

fn failed(what: &str) -> ActionError {
    muster_proto::key::SignError(what.to_owned()).into()
}

/// Passwords that are long enough and are tried first, in small letters.
const COMMON: &str = include_str!("common_passwords.txt");

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_tried_first_is_no_password() {
        for (text, why) in [
            ("elevenchars", "at least 12"),
            ("одиннадцать", "at least 12"),
            ("Password1234", "tried first"),
            ("qwertyuiop12", "tried first"),
            ("aaaaaaaaaaaaaaaa", "tried first"),
            ("abcdabcdabcdabcd", "tried first"),
            ("Anna.Petrova1", "account's name"),
            ("1234anna.petrova", "account's name"),
        ] {
            let refused = NewPassword::read(text, "anna.petrova").err().expect(text).to_string();
            assert!(refused.contains(why), "{text}: {refused}");
        }
        for text in ["correct horse battery", "двенадцать сов", "anna.petrova rides a bicycle"] {
            assert!(NewPassword::read(text, "anna.petrova").is_ok(), "{text}");
        }
        assert!(NewPassword::read(&"ab1c2d".repeat(400), "a").is_err(), "too long");
    }

    #[test]
    fn the_list_has_what_it_can_refuse() {
        for line in COMMON.lines() {
            assert!(line.chars().count() >= SHORTEST && line.to_lowercase() == line, "{line}");
        }
    }

    #[tokio::test]
    async fn a_password_is_known_by_its_hash_alone() {
        let hasher = Hasher::default();
        let text = "correct horse battery";
        let kept = hasher.hash(NewPassword::read(text, "a").unwrap(), [7; 16]).await.unwrap();
        assert!(kept.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{kept}");
        assert!(hasher.is(text.to_owned(), Some(kept.clone())).await.unwrap());
        assert!(!hasher.is("correct horse batterz".to_owned(), Some(kept)).await.unwrap());
        assert!(!hasher.is(text.to_owned(), None).await.unwrap());
        assert!(PasswordHash::new(NOBODYS).is_ok(), "nobody's hash costs as much as others");
    }

    proptest! {
        #[test]
        fn any_text_is_a_password_or_refused(text in ".{0,40}", name in ".{0,12}") {
            let read = NewPassword::read(&text, &name);
            prop_assert!(read.is_err() || text.chars().count() >= SHORTEST);
        }
    }
}
