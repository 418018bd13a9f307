//! An ID token, and all that has to hold of it (OpenID Connect Core 1.0 §3.1.3.7, RFC 7519, RFC 8725). It reads no clock and asks nobody.

use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine as _};
use muster_proto::time::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::keys::Keys;

/// For whom a token has to be.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted<'a> {
    /// Who may have made it.
    pub issuer: &'a str,
    /// For whom: our name at the provider.
    pub client: &'a str,
    /// For which sign-in.
    pub nonce: &'a str,
}

/// What is wrong with a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Flaw {
    #[error("it is not three parts of base64url with JSON in the first two")]
    Form,
    #[error("its header demands what is not known here (crit)")]
    Critical,
    #[error("the provider publishes no key for its kid and alg")]
    NoKey,
    #[error("its signature does not hold")]
    Signature,
    #[error("another issuer made it (iss)")]
    Issuer,
    #[error("it is for somebody else (aud)")]
    Audience,
    #[error("somebody else asked for it (azp)")]
    Party,
    #[error("it is for another sign-in (nonce)")]
    Nonce,
    #[error("it has expired, or does not say when it will (exp)")]
    Expired,
    #[error("it is from the future: is a clock wrong? (iat, nbf)")]
    Early,
    #[error("it does not say who somebody is (sub)")]
    Subject,
}

/// By how many seconds the clocks may differ.
const LEEWAY: i64 = 60;
/// Longest subject, as OpenID Connect has it.
const SUBJECT: usize = 255;

#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: Option<String>,
    crit: Option<Value>,
}

/// What a token says, if it is one for us.
pub(super) fn verify(
    token: &str,
    keys: &Keys,
    wanted: Wanted<'_>,
    now: Timestamp,
) -> Result<Map<String, Value>, Flaw> {
    let (signed, signature) = token.rsplit_once('.').ok_or(Flaw::Form)?;
    let (header, claims) = signed.split_once('.').ok_or(Flaw::Form)?;
    let decode = |part: &str| BASE64_URL_SAFE_NO_PAD.decode(part).map_err(|_| Flaw::Form);
    let (header, claims, signature) = (decode(header)?, decode(claims)?, decode(signature)?);
    let header: Header = serde_json::from_slice(&header).map_err(|_| Flaw::Form)?;
    if header.crit.is_some() {
        return Err(Flaw::Critical);
    }
    keys.verify((&header.alg, header.kid.as_deref()), signed.as_bytes(), &signature)?;
    let claims: Map<String, Value> = serde_json::from_slice(&claims).map_err(|_| Flaw::Form)?;
    holds(&claims, wanted, now.secs())?;
    Ok(claims)
}

fn holds(claims: &Map<String, Value>, wanted: Wanted<'_>, now: i64) -> Result<(), Flaw> {
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    let time = |name: &str| claims.get(name).and_then(seconds);
    if text("iss") != Some(wanted.issuer) {
        return Err(Flaw::Issuer);
    }
    let alone = match claims.get("aud") {
        Some(Value::String(one)) if one == wanted.client => true,
        Some(Value::Array(all)) if all.iter().any(|one| one == wanted.client) => all.len() == 1,
        _ => return Err(Flaw::Audience),
    };
    // where it is for several, it says which of them asked
    match claims.get("azp") {
        Some(party) if party == wanted.client => {}
        None if alone => {}
        _ => return Err(Flaw::Party),
    }
    if !text("nonce").is_some_and(|nonce| crate::auth::secret::same(nonce, wanted.nonce)) {
        return Err(Flaw::Nonce);
    }
    if time("exp").is_none_or(|end| end.saturating_add(LEEWAY) <= now) {
        return Err(Flaw::Expired);
    }
    let early = |at: i64| at > now.saturating_add(LEEWAY);
    if time("iat").is_none_or(early) || (claims.contains_key("nbf") && time("nbf").is_none_or(early)) {
        return Err(Flaw::Early);
    }
    if text("sub").is_none_or(|sub| sub.is_empty() || sub.len() > SUBJECT) {
        return Err(Flaw::Subject);
    }
    Ok(())
}

/// Some write seconds with a fraction, which is cut off.
fn seconds(value: &Value) -> Option<i64> {
    let cut = |float: f64| float as i64;
    value.as_i64().or_else(|| value.as_f64().map(cut))
}

#[cfg(test)]
#[path = "token_tests.rs"]
mod tests;
