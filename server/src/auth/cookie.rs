//! The cookie of a session. `__Host-` makes browsers insist on TLS, on our own host alone and on the whole site (RFC 6265bis §4.1.3.2).

use super::secret::Secret;
use axum::http::{HeaderMap, HeaderValue, header};

/// Its name.
pub const NAME: &str = "__Host-muster";

/// The session's secret, where a browser presents one.
#[must_use]
pub fn presented(headers: &HeaderMap) -> Option<Secret> {
    value(headers, NAME).and_then(Secret::presented)
}

/// The value of a cookie.
#[must_use]
pub fn value<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let cookies = headers.get_all(header::COOKIE).into_iter().filter_map(|value| value.to_str().ok());
    cookies
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(one, value)| (one == name).then_some(value))
}

/// `Set-Cookie` for a new session.
#[must_use]
pub fn set(secret: &Secret, max_age_secs: u64) -> HeaderValue {
    let text = format!(
        "{NAME}={}; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age={max_age_secs}",
        secret.text()
    );
    HeaderValue::from_str(&text).expect("base64url and digits are visible ASCII")
}

/// `Set-Cookie` that takes it away.
#[must_use]
pub fn clear() -> HeaderValue {
    HeaderValue::from_static("__Host-muster=; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=0")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cookie_is_found_among_others() {
        let mut headers = HeaderMap::new();
        let secret = "A".repeat(43);
        headers.append(header::COOKIE, HeaderValue::from_static("lang=ru; x__Host-muster=no"));
        assert_eq!(presented(&headers), None);
        headers
            .append(header::COOKIE, HeaderValue::from_str(&format!("a=b; __Host-muster={secret}")).unwrap());
        assert_eq!(presented(&headers).map(|found| found.text().to_owned()), Some(secret));
        assert_eq!(value(&headers, "lang"), Some("ru"));
    }

    #[test]
    fn the_cookie_is_strict() {
        let text = clear();
        for part in ["Path=/", "Secure", "HttpOnly", "SameSite=Strict"] {
            assert!(text.to_str().unwrap().contains(part), "{part}");
        }
    }
}
