//! Requests that make something carry an idempotency key: one whose answer was lost is sent once more, and makes nothing twice.

use anyhow::{Context as _, anyhow};
use muster_proto::id::hex;
use muster_proto::problem::Problem;
use reqwest::StatusCode;
use reqwest::blocking::RequestBuilder;
use ring::rand::SecureRandom;
use std::time::Duration;

/// An answer, read to its end.
pub type Answer = (StatusCode, Vec<u8>);

/// Whether a `POST` to this address makes something, so that the server keeps its answer under the key.
pub fn makes(path: &str) -> bool {
    MAKES.iter().any(|template| fits(template, path))
}

/// A key that nobody guesses.
pub fn key(random: &dyn SecureRandom) -> anyhow::Result<String> {
    let mut bytes = [0; 16];
    random
        .fill(&mut bytes)
        .map_err(|_| anyhow!("the system gave no random numbers"))
        .context("make a key")?;
    Ok(hex(&bytes))
}

/// Sends a request that has a key; once more if the connection broke before the whole answer was there.
pub fn send(request: RequestBuilder) -> reqwest::Result<Answer> {
    let second = request.try_clone();
    match (whole(request), second) {
        (Err(error), Some(second)) if broke(&error) => again(second),
        (first, _) => first,
    }
}

/// Sends a request that is sent once.
pub fn whole(request: RequestBuilder) -> reqwest::Result<Answer> {
    let response = request.send()?;
    let status = response.status();
    Ok((status, response.bytes()?.to_vec()))
}

/// The server may still be at work on the first one.
#[expect(
    clippy::disallowed_methods,
    reason = "a server tells nobody that an answer is ready; it is asked again"
)]
fn again(request: RequestBuilder) -> reqwest::Result<Answer> {
    for _ in 0..LOOKS {
        let Some(next) = request.try_clone() else { break };
        let answer = whole(next)?;
        if !is_running(&answer) {
            return Ok(answer);
        }
        std::thread::sleep(PAUSE);
    }
    whole(request)
}

fn is_running((status, body): &Answer) -> bool {
    let code = |body| serde_json::from_slice::<Problem>(body).map(|problem| problem.code);
    *status == StatusCode::CONFLICT && code(body).is_ok_and(|code| code == "repeat-running")
}

/// A server that isn't there, and one that takes its time, are no broken connection.
fn broke(error: &reqwest::Error) -> bool {
    !error.is_connect() && !error.is_timeout() && !error.is_builder()
}

fn fits(template: &str, path: &str) -> bool {
    let (mut wanted, mut parts) = (template.split('/'), path.split('/'));
    loop {
        match (wanted.next(), parts.next()) {
            (None, None) => return true,
            (Some(word), Some(part)) if word == part || word.starts_with('{') => {}
            _ => return false,
        }
    }
}

/// As the API's document has them; a test compares.
const MAKES: &[&str] = &[
    "api-tokens",
    "assets",
    "devices/{id}/orders",
    "exemptions",
    "groups",
    "hooks",
    "hooks/{id}/rotate",
    "mail-recipients",
    "orgs",
    "people",
    "people/{name}/set-up-link",
    "policies",
    "policies/{id}/rollback",
    "scans",
    "scans/{id}/repeat",
    "schedules",
    "sign-in-links",
    "tokens",
];
const LOOKS: usize = 20;
const PAUSE: Duration = Duration::from_millis(250);

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;
    use std::collections::BTreeSet;

    #[test]
    fn what_makes_something_is_what_the_api_says() {
        let document: Value = serde_json::from_str(include_str!("../../server/openapi.json")).expect("JSON");
        let paths = document["paths"].as_object().expect("paths");
        let keyed = |methods: &Value| {
            let parameters = methods["post"]["parameters"].as_array();
            parameters.is_some_and(|all| all.iter().any(|one| one["name"] == "idempotency-key"))
        };
        let said: BTreeSet<&str> = paths
            .iter()
            .filter(|(_, methods)| keyed(methods))
            .map(|(path, _)| path.trim_start_matches('/').trim_start_matches("api/v1/"))
            .collect();
        assert_eq!(said, MAKES.iter().copied().collect::<BTreeSet<_>>());
    }

    #[test]
    fn an_address_fits_part_by_part() {
        assert!(makes("orgs") && makes("devices/00ff/orders") && makes("policies/officials/rollback"));
        for other in ["orgs/minfin", "policies/plan", "devices/00ff", "orders/1/cancel", ""] {
            assert!(!makes(other), "{other}");
        }
    }

    #[test]
    #[expect(clippy::disallowed_methods, reason = "that the source is random is what is tested")]
    fn two_keys_are_never_the_same() {
        let random = ring::rand::SystemRandom::new();
        let (one, other) = (key(&random).unwrap(), key(&random).unwrap());
        assert!(one != other && one.len() == 32);
    }
}
