//! A provider of OpenID Connect: the authorization code flow with PKCE, `state` and `nonce` (OpenID Connect Core 1.0 §3.1, RFC 7636, RFC 9207).

mod keys;
mod provider;
mod settings;
mod sign_in;
mod token;
mod wire;

pub use provider::{Begun, Provider};
pub use settings::{Issuer, Settings};
#[cfg(test)]
pub use sign_in::LONGEST_HINT;
pub use sign_in::{Answer, Came, sign_in};
