//! The enrolment link: `muster://HOST:PORT/enrol?ca=…&key=…&token=…`.
//!
//! It carries the digests of the server's CA and of its order key, so that nothing is trusted because it came first.

use crate::id::Digest;
use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine as _};

/// What a device needs to enrol.
#[derive(Clone, PartialEq, Eq)]
pub struct EnrolLink {
    /// Host name or address and port: `HOST:PORT`, an IPv6 address in brackets.
    pub authority: String,
    /// SHA-256 of the CA certificate in DER.
    pub ca: Digest,
    /// SHA-256 of the order key as SubjectPublicKeyInfo.
    pub key: Digest,
    /// The token.
    pub token: String,
}

/// Text that is not an enrolment link.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not an enrolment link: {0}")]
pub struct LinkError(&'static str);

impl std::fmt::Display for EnrolLink {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (ca, key) = (BASE64_URL_SAFE_NO_PAD.encode(self.ca.0), BASE64_URL_SAFE_NO_PAD.encode(self.key.0));
        write!(f, "muster://{}/enrol?ca={ca}&key={key}&token={}", self.authority, self.token)
    }
}

/// Without the token, which is a secret.
impl std::fmt::Debug for EnrolLink {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "EnrolLink({})", self.authority)
    }
}

impl std::str::FromStr for EnrolLink {
    type Err = LinkError;

    fn from_str(text: &str) -> Result<Self, LinkError> {
        let rest =
            text.trim().strip_prefix("muster://").ok_or(LinkError("it does not begin with muster://"))?;
        let (authority, query) = rest.split_once("/enrol?").ok_or(LinkError("its path is not /enrol"))?;
        let authority = valid_authority(authority)?;
        let (mut ca, mut key, mut token) = (None, None, None);
        for pair in query.split('&') {
            let slot = match pair.split_once('=') {
                Some(("ca", value)) => (&mut ca, value),
                Some(("key", value)) => (&mut key, value),
                Some(("token", value)) => (&mut token, value),
                _ => return Err(LinkError("it has a parameter other than ca, key and token")),
            };
            if slot.0.replace(slot.1).is_some() {
                return Err(LinkError("a parameter occurs twice"));
            }
        }
        let token =
            token.filter(|token| (16..=128).contains(&token.len()) && token.bytes().all(is_token_byte));
        Ok(Self {
            authority,
            ca: digest(ca.ok_or(LinkError("the digest of the CA is missing"))?)?,
            key: digest(key.ok_or(LinkError("the digest of the order key is missing"))?)?,
            token: token.ok_or(LinkError("the token is missing or malformed"))?.to_owned(),
        })
    }
}

fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')
}

fn valid_authority(authority: &str) -> Result<String, LinkError> {
    let (host, port) = authority.rsplit_once(':').ok_or(LinkError("the port is missing"))?;
    let host_ok = !host.is_empty()
        && host.len() <= 253
        && host
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'[' | b']' | b':'));
    match (host_ok, port.parse::<u16>()) {
        (true, Ok(1..)) => Ok(authority.to_owned()),
        (true, _) => Err(LinkError("the port is not a number from 1 to 65535")),
        (false, _) => Err(LinkError("the host is malformed")),
    }
}

fn digest(text: &str) -> Result<Digest, LinkError> {
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(text).map_err(|_| LinkError("a digest is not base64url"))?;
    bytes.try_into().map(Digest).map_err(|_| LinkError("a digest is not 32 bytes long"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_survives_being_written() {
        let link = EnrolLink {
            authority: "[::1]:8443".to_owned(),
            ca: Digest([1; 32]),
            key: Digest([2; 32]),
            token: "abcdefghijklmnop-_".to_owned(),
        };
        assert_eq!(link.to_string().parse(), Ok(link.clone()));
        assert!(!format!("{link:?}").contains("abcdef"));
    }

    #[test]
    fn a_wrong_link_says_what_is_wrong() {
        let digest = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE";
        let cases = [
            ("https://a:1/enrol".to_owned(), "it does not begin with muster://"),
            ("muster://a:1/other?".to_owned(), "its path is not /enrol"),
            ("muster://a/enrol?ca=1".to_owned(), "the port is missing"),
            (format!("muster://a:1/enrol?ca={digest}&ca={digest}"), "a parameter occurs twice"),
            (
                format!("muster://a:1/enrol?ca={digest}&key=AA&token=abcdefghijklmnop"),
                "a digest is not 32 bytes long",
            ),
            (
                format!("muster://a:1/enrol?ca={digest}&key={digest}&token=a"),
                "the token is missing or malformed",
            ),
        ];
        for (text, why) in cases {
            assert_eq!(text.parse::<EnrolLink>(), Err(LinkError(why)), "{text}");
        }
    }
}
