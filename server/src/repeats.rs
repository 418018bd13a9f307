//! Requests that may be sent twice: whoever makes something and hears no answer sends the same request with the same idempotency key
//! again, and gets the answer of the first (draft-ietf-httpapi-idempotency-key-header).
//!
//! An answer may have a secret in it, such as a token. It is kept sealed under the key, which the caller alone has, and a secret of the
//! server's, which is not in the store: who has the store alone can't even try keys, and who has both still needs the key. So a key has to
//! be long enough that nobody guesses it.

use muster_proto::id::Digest;
use muster_proto::time::{Span, Timestamp};
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::hkdf::{HKDF_SHA256, Salt};
use ring::rand::SecureRandom;
use std::sync::Arc;

use crate::app::App;
use crate::auth::Actor;
use crate::error::ActionError;
use crate::problems::Code;
use crate::store::{StoreError, Tx, values};

/// A key, as the caller chose it.
#[derive(Clone)]
pub struct Key(String);

/// A request that carries a key.
#[derive(Clone)]
pub struct Asked {
    key: Key,
    actor: String,
    /// Digest of method, address and body.
    request: Digest,
}

/// What an earlier request with this key has to do with this one.
#[derive(Debug, PartialEq, Eq)]
pub enum Earlier {
    /// There was none: this one begins.
    None,
    /// It was the same, and this is its answer.
    Answered(Answer),
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// Status.
    pub status: u16,
    /// The body, in JSON.
    pub body: Vec<u8>,
}

/// For so long an answer is kept.
const KEPT: Span = Span::from_hours(24);
/// So many of one actor; beyond, the oldest are forgotten.
const MOST: u32 = 1000;
/// Fewer letters could be guessed.
const SHORTEST: usize = 16;
const LONGEST: usize = 255;

impl Key {
    /// Takes a key: 16 to 255 visible ASCII characters, in quotes or without.
    #[must_use]
    pub fn presented(text: &str) -> Option<Self> {
        let bare = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text);
        let fits =
            (SHORTEST..=LONGEST).contains(&bare.len()) && bare.bytes().all(|byte| byte.is_ascii_graphic());
        fits.then(|| Self(bare.to_owned()))
    }
}

impl Asked {
    /// A request of an actor.
    #[must_use]
    pub fn new(key: Key, actor: &Actor, method: &str, address: &str, body: &[u8]) -> Self {
        let mut context = ring::digest::Context::new(&ring::digest::SHA256);
        for part in [method.as_bytes(), address.as_bytes(), body] {
            context.update(&(part.len() as u64).to_be_bytes());
            context.update(part);
        }
        let request = Digest(context.finish().as_ref().try_into().expect("SHA-256 has 32 bytes"));
        Self { key, actor: actor.name().to_owned(), request }
    }

    /// By what the store finds the request.
    fn hash(&self, secret: &Salt) -> Digest {
        Digest(self.derived(secret, "muster request"))
    }

    fn sealing_key(&self, secret: &Salt) -> LessSafeKey {
        let key = UnboundKey::new(&AES_256_GCM, &self.derived(secret, "muster answer"));
        LessSafeKey::new(key.expect("AES-256 takes 32 bytes"))
    }

    /// HKDF-SHA256: of the server's secret, the key, and what it is for.
    fn derived(&self, secret: &Salt, purpose: &str) -> [u8; 32] {
        let mut derived = [0; 32];
        let purpose = [purpose.as_bytes(), b"\0", self.actor.as_bytes()];
        let key = secret.extract(self.key.0.as_bytes());
        let filled = key.expand(&purpose, HKDF_SHA256).and_then(|out| out.fill(&mut derived));
        filled.expect("HKDF-SHA256 gives 32 bytes");
        derived
    }

    fn seal(&self, body: &[u8], secret: &Salt, random: &dyn SecureRandom) -> Option<Vec<u8>> {
        let mut nonce = [0; NONCE_LEN];
        random.fill(&mut nonce).ok()?;
        let mut sealed = body.to_vec();
        let aad = Aad::from(self.request.0);
        self.sealing_key(secret)
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), aad, &mut sealed)
            .ok()?;
        Some([nonce.as_slice(), &sealed].concat())
    }

    fn open(&self, sealed: &[u8], secret: &Salt) -> Option<Vec<u8>> {
        let (nonce, sealed) = sealed.split_at_checked(NONCE_LEN)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let mut sealed = sealed.to_vec();
        let body =
            self.sealing_key(secret).open_in_place(nonce, Aad::from(self.request.0), &mut sealed).ok()?;
        Some(body.to_vec())
    }
}

/// Begins a request, unless an earlier one had its key.
///
/// # Errors
/// The earlier one was another, or has no answer yet; the store's.
pub async fn begin(app: &App, asked: &Asked) -> Result<Earlier, ActionError> {
    let (asked, now, keys) = (asked.clone(), app.now(), Arc::clone(&app.keys));
    app.store.write(move |tx| begin_in(tx, &asked, &keys.repeats, now)).await
}

/// Keeps the answer. An answer that can't be kept was still given: who asks again is told that there is none yet.
///
/// # Errors
/// The source of randomness failed; the store's.
pub async fn keep(app: &App, asked: &Asked, answer: &Answer) -> Result<(), ActionError> {
    let sealed = asked.seal(&answer.body, &app.keys.repeats, &app.random);
    let sealed = sealed.ok_or_else(|| muster_proto::key::SignError("seal an answer".to_owned()))?;
    let (hash, status) = (asked.hash(&app.keys.repeats), u32::from(answer.status));
    app.store
        .write(move |tx| {
            let sql = "UPDATE repeats SET status = $2, answer = $3 WHERE hash = $1";
            tx.execute(sql, &values![hash, status, sealed])?;
            Ok(())
        })
        .await
}

/// Forgets a request that did nothing: it may come again.
///
/// # Errors
/// The store's.
pub async fn forget(app: &App, asked: &Asked) -> Result<(), ActionError> {
    let hash = asked.hash(&app.keys.repeats);
    app.store
        .write(move |tx| {
            tx.execute("DELETE FROM repeats WHERE hash = $1", &values![hash])?;
            Ok(())
        })
        .await
}

/// Forgets what has been kept for a day.
///
/// # Errors
/// The store's.
pub async fn forget_old(app: &App) -> Result<(), ActionError> {
    let now = app.now();
    let old = move |tx: &mut dyn Tx| {
        tx.query_one("SELECT 1 FROM repeats WHERE began <= $1 LIMIT 1", &values![now - KEPT])
    };
    // most of the time there is none, and who only looks wakes nobody
    if app.store.read(old).await?.is_some() {
        app.store.write(move |tx| clear(tx, now)).await?;
    }
    Ok(())
}

fn clear(tx: &mut dyn Tx, now: Timestamp) -> Result<(), StoreError> {
    tx.execute("DELETE FROM repeats WHERE began <= $1", &values![now - KEPT]).map(drop)
}

fn begin_in(tx: &mut dyn Tx, asked: &Asked, secret: &Salt, now: Timestamp) -> Result<Earlier, ActionError> {
    clear(tx, now)?;
    let hash = asked.hash(secret);
    let sql = "SELECT request, status, answer FROM repeats WHERE hash = $1";
    if let Some(mut row) = tx.query_one(sql, &values![hash])? {
        let request: Digest = row.take()?;
        let (status, answer): (Option<u64>, Option<Vec<u8>>) = (row.take()?, row.take()?);
        if request != asked.request {
            return Err(ActionError::conflict(
                Code::RepeatDiffers,
                "the idempotency key came with another request",
            ));
        }
        let status = status.and_then(|status| u16::try_from(status).ok());
        let body = answer.and_then(|answer| asked.open(&answer, secret));
        return match status.zip(body) {
            Some((status, body)) => Ok(Earlier::Answered(Answer { status, body })),
            None => Err(ActionError::conflict(Code::RepeatRunning, "the first request has no answer yet")),
        };
    }
    tx.execute(
        "DELETE FROM repeats WHERE actor = $1 AND hash IN \
         (SELECT hash FROM repeats WHERE actor = $1 ORDER BY began DESC, hash LIMIT 1000000 OFFSET $2)",
        &values![&asked.actor, MOST - 1],
    )?;
    tx.execute(
        "INSERT INTO repeats (hash, actor, request, began) VALUES ($1, $2, $3, $4)",
        &values![hash, &asked.actor, asked.request, now],
    )?;
    Ok(Earlier::None)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::testing::{random, world};

    fn asked(key: &str, body: &str) -> Asked {
        let key = Key::presented(key).unwrap();
        Asked::new(key, &Actor::token("somebody"), "POST", "/orgs", body.as_bytes())
    }

    #[test]
    fn a_key_is_long_enough_not_to_be_guessed() {
        for wrong in ["", "short", "\"fifteen-letters\"", "with a space in it", &"x".repeat(256)] {
            assert!(Key::presented(wrong).is_none(), "{wrong}");
        }
        let (bare, quoted) = (Key::presented("8e03978e-40d5-43dd"), Key::presented("\"8e03978e-40d5-43dd\""));
        assert_eq!(bare.unwrap().0, quoted.unwrap().0);
    }

    #[test]
    fn what_is_stored_opens_with_the_key_alone() {
        let [secret, other] = [[1; 32], [2; 32]].map(|secret| Salt::new(HKDF_SHA256, &secret));
        let first = asked("0123456789abcdef", "{}");
        let sealed = first.seal(b"a secret token", &secret, &random()).unwrap();
        assert!(!sealed.windows(6).any(|part| part == b"secret"));
        assert_eq!(first.open(&sealed, &secret).as_deref(), Some(b"a secret token".as_slice()));
        assert_eq!(asked("0123456789abcdeg", "{}").open(&sealed, &secret), None);
        assert_eq!(asked("0123456789abcdef", "{ }").open(&sealed, &secret), None);
        assert_eq!(first.open(&sealed[1..], &secret), None);
        assert_eq!(first.open(&sealed, &other), None, "the store and the key are not enough");
        assert_ne!(first.hash(&secret), first.hash(&other));
        assert_ne!(first.hash(&secret).0, first.derived(&secret, "muster answer"));
    }

    #[tokio::test]
    async fn an_answer_is_kept_for_a_day_and_a_thousand_of_them() {
        let world = world().await;
        let app = &world.app;
        let first = asked("0123456789abcdef", "{}");
        let answer = Answer { status: 201, body: b"{\"id\":\"a\"}".to_vec() };
        assert_eq!(begin(app, &first).await.unwrap(), Earlier::None);
        let running = begin(app, &first).await.unwrap_err();
        assert_eq!(running.problem().code, "repeat-running");
        keep(app, &first, &answer).await.unwrap();
        assert_eq!(begin(app, &first).await.unwrap(), Earlier::Answered(answer.clone()));
        let differs = begin(app, &asked("0123456789abcdef", "{ }")).await.unwrap_err();
        assert_eq!((differs.problem().code.as_str(), differs.problem().status), ("repeat-differs", 422));

        for n in 0..MOST {
            world.clock.pass(Span::from_millis(1));
            begin(app, &asked(&format!("another key {n:08}").replace(' ', "-"), "{}")).await.unwrap();
        }
        assert_eq!(begin(app, &first).await.unwrap(), Earlier::None, "a thousand newer ones came");
        keep(app, &first, &answer).await.unwrap();
        world.clock.pass(KEPT);
        assert_eq!(begin(app, &first).await.unwrap(), Earlier::None, "a day has passed");
        forget(app, &first).await.unwrap();
        assert_eq!(begin(app, &first).await.unwrap(), Earlier::None);

        let left = || app.store.read(|tx| tx.query("SELECT hash FROM repeats", &[]).map(|rows| rows.len()));
        world.clock.pass(Span::from_hours(23));
        forget_old(app).await.unwrap();
        assert_eq!(left().await.unwrap(), 1);
        world.clock.pass(Span::from_hours(1));
        forget_old(app).await.unwrap();
        assert_eq!(left().await.unwrap(), 0, "nobody came again, and it is forgotten all the same");
    }
}
