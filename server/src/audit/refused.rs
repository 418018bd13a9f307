//! Failed sign-ins in the record, in so few entries that nobody can fill the disk with them: the first one at once, those that follow as one
//! entry every ten minutes with how many there were and from where most of them came.

use muster_proto::time::{Span, Timestamp};
use serde_json::json;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use super::{Act, append};
use crate::app::App;
use crate::auth::Actor;
use crate::error::ActionError;

/// What did not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// A link to sign in with.
    Link,
    /// An API token.
    Token,
    /// A name with a password and a code.
    Password,
    /// What a provider of OpenID Connect sent.
    Provider,
    /// A name with the directory's password and a code.
    Directory,
}

/// Failures that no entry tells of yet.
#[derive(Debug, Default)]
pub struct Refusals(Mutex<Waiting>);

#[derive(Debug, Default)]
struct Waiting {
    tally: Tally,
    written: Option<Timestamp>,
}

#[derive(Debug, Default)]
struct Tally {
    links: u64,
    tokens: u64,
    passwords: u64,
    providers: u64,
    addresses: HashMap<IpAddr, u64>,
    /// Tries from addresses beyond those that are remembered.
    others: u64,
}

/// Between two entries lies at least this.
const EVERY: Span = Span::from_secs(10 * 60);
/// Addresses that are counted.
const REMEMBERED: usize = 1000;
/// Addresses that an entry names.
const NAMED: usize = 10;

/// Counts a failure, and writes an entry if there was none lately. The store's trouble keeps nobody from being refused.
pub async fn refuse(app: &App, what: Refused, from: IpAddr) {
    app.refusals.count(what, from);
    if let Err(error) = note_refusals(app, false).await {
        tracing::error!(
            error = &error as &dyn std::error::Error,
            "failed sign-ins could not be written down yet"
        );
    }
}

/// Writes down what was counted, if it is time; `at_once` when the server stops.
///
/// # Errors
/// The store's; what was counted stays counted.
pub async fn note_refusals(app: &App, at_once: bool) -> Result<(), ActionError> {
    let now = app.now();
    let Some(tally) = app.refusals.take(now, at_once) else { return Ok(()) };
    let (actor, act) = (tally.actor(), tally.act());
    let written = app.store.write(move |tx| Ok::<_, ActionError>(append(tx, now, &actor, act)?)).await;
    if written.is_err() {
        app.refusals.give_back(tally);
    }
    written
}

impl Refusals {
    fn count(&self, what: Refused, from: IpAddr) {
        let tally = &mut self.lock().tally;
        match what {
            Refused::Link => tally.links += 1,
            Refused::Token => tally.tokens += 1,
            Refused::Password | Refused::Directory => tally.passwords += 1,
            Refused::Provider => tally.providers += 1,
        }
        tally.add(from.to_canonical(), 1);
    }

    fn take(&self, now: Timestamp, at_once: bool) -> Option<Tally> {
        let mut waiting = self.lock();
        let due = at_once || waiting.written.is_none_or(|written| now >= written + EVERY);
        if !due || waiting.tally.total() == 0 {
            return None;
        }
        waiting.written = Some(now);
        Some(std::mem::take(&mut waiting.tally))
    }

    fn give_back(&self, tally: Tally) {
        let mut waiting = self.lock();
        let newer = &mut waiting.tally;
        newer.links += tally.links;
        newer.tokens += tally.tokens;
        newer.passwords += tally.passwords;
        newer.providers += tally.providers;
        newer.others += tally.others;
        tally.addresses.into_iter().for_each(|(address, tries)| newer.add(address, tries));
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Waiting> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Tally {
    fn total(&self) -> u64 {
        self.links + self.tokens + self.passwords + self.providers
    }

    fn add(&mut self, address: IpAddr, tries: u64) {
        if self.addresses.len() < REMEMBERED || self.addresses.contains_key(&address) {
            *self.addresses.entry(address).or_default() += tries;
        } else {
            self.others += tries;
        }
    }

    /// Whoever it was has no name; where all came from one address, that is known.
    fn actor(&self) -> Actor {
        let nobody = Actor::system("sign-in");
        match self.addresses.keys().next() {
            Some(address) if self.addresses.len() == 1 && self.others == 0 => nobody.at(*address),
            _ => nobody,
        }
    }

    fn act(&self) -> Act {
        let mut most: Vec<(u64, IpAddr)> =
            self.addresses.iter().map(|(address, tries)| (*tries, *address)).collect();
        most.sort_unstable_by(|a, b| b.cmp(a));
        let named = most.iter().take(NAMED);
        let named: Vec<_> =
            named.map(|(tries, address)| json!({ "address": address.to_string(), "tries": tries })).collect();
        let (addresses, more) = (most.len(), if self.others > 0 { " and more" } else { "" });
        Act::new("sign-in.fail", "sign-in")
            .detail(format!(
                "{} bad links, {} bad tokens, {} bad passwords, {} turned away who came from a provider, from {addresses}{more} addresses",
                self.links, self.tokens, self.passwords, self.providers
            ))
            .after(json!({
                "links": self.links,
                "tokens": self.tokens,
                "passwords": self.passwords,
                "providers": self.providers,
                "addresses": addresses,
                "most": named,
            }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::{self, Asked};
    use crate::http::testing::world;

    #[tokio::test]
    async fn a_flood_of_bad_tokens_makes_few_entries() {
        let world = world().await;
        let app = &world.app;
        let failed = async || {
            let asked = Asked { action: Some("sign-in.fail".to_owned()), ..Asked::default() };
            audit::list(app, &Actor::system("test"), asked).await.unwrap().entries
        };
        let address = |n: u32| IpAddr::from(n.to_be_bytes());
        for n in 0..5000 {
            refuse(app, Refused::Token, address(0x0a00_0000 + n % 2500)).await;
        }
        assert_eq!(failed().await.len(), 1, "the first at once, and no other yet");
        assert_eq!(failed().await[0].address.as_deref(), Some("10.0.0.0"));
        world.clock.pass(EVERY);
        refuse(app, Refused::Link, address(7)).await;
        let second = failed().await.pop().unwrap();
        let after = second.after.unwrap().value();
        assert_eq!((&after["links"], &after["tokens"], &second.address), (&json!(1), &json!(4999), &None));
        assert_eq!(
            (&after["addresses"], after["most"].as_array().unwrap().len()),
            (&json!(REMEMBERED), NAMED)
        );
        refuse(app, Refused::Link, address(7)).await;
        note_refusals(app, true).await.unwrap();
        note_refusals(app, true).await.unwrap();
        assert_eq!(failed().await.len(), 3);
    }
}
