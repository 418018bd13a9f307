//! A device lets the person who carries it see its page on the server: a link that works once, for some minutes.

use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine as _};

use crate::cbor::wire_map;
use crate::cose::{Envelope, Message, Typ};
use crate::id::{DeviceId, Nonce};
use crate::text::Text;
use crate::time::Timestamp;

wire_map! {
    /// Proof that whoever opens the page has the phone in hand.
    pub struct PageLink as "page-link" {
        /// When, by the phone's clock.
        6 => iat: Timestamp,
        /// A nonce of the server, at most five minutes old: the link ends with it.
        10 => nonce: Nonce,
        /// The device.
        256 => device: DeviceId,
        /// Host and port of the server that it is for.
        -70141 => host: Text<255>,
    }
}

impl Message for PageLink {
    const TYP: Typ = Typ::PageLink;
}

/// Text that is no link to a phone's page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a link to a phone's page")]
pub struct PageLinkError;

impl PageLink {
    /// Where the page is.
    pub const PATH: &'static str = "/mine/open";
    /// Longest link that is read, in bytes.
    pub const LONGEST: usize = 4096;

    /// The address that a browser opens, around the signed message.
    #[must_use]
    pub fn address(authority: &str, signed: &[u8]) -> String {
        format!("https://{authority}{}?link={}", Self::PATH, BASE64_URL_SAFE_NO_PAD.encode(signed))
    }

    /// The signed message in a link, or in what stands at its end. Its signature is still to be checked.
    ///
    /// # Errors
    /// It is none.
    pub fn taken(text: &str) -> Result<Envelope, PageLinkError> {
        let text = text.trim();
        if text.len() > Self::LONGEST {
            return Err(PageLinkError);
        }
        let end = text.rsplit("link=").next().unwrap_or_default();
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(end).map_err(|_| PageLinkError)?;
        let envelope = Envelope::parse(&bytes).map_err(|_| PageLinkError)?;
        if envelope.typ == Typ::PageLink { Ok(envelope) } else { Err(PageLinkError) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cose::seal;
    use crate::key::{Signer as _, SoftwareKey};
    use crate::message::Hello;

    #[expect(clippy::disallowed_methods, reason = "a test needs a real key")]
    fn key() -> SoftwareKey {
        SoftwareKey::generate(ring::rand::SystemRandom::new()).unwrap().0
    }

    fn link() -> PageLink {
        PageLink {
            iat: Timestamp::from_secs(1_790_000_000),
            nonce: Nonce::new(&[7; 32]).unwrap(),
            device: DeviceId([3; 16]),
            host: Text::clipped("muster.example:8443"),
        }
    }

    #[test]
    fn a_link_is_read_as_it_was_made_whole_or_its_end_alone() {
        let key = key();
        let address = PageLink::address("muster.example:8443", &seal(&link(), &key).unwrap());
        assert!(address.starts_with("https://muster.example:8443/mine/open?link="), "{address}");
        assert!(address.len() < 600, "{}", address.len());
        let end = address.rsplit("link=").next().unwrap();
        for text in [&address, end, &format!(" {address}\n")] {
            let envelope = PageLink::taken(text).unwrap();
            assert_eq!(envelope.open::<PageLink>(&key.public_key()), Ok(link()));
        }
    }

    #[test]
    fn nothing_else_is_a_link() {
        let hello = Hello {
            iat: Timestamp::default(),
            nonce: Nonce::new(&[7; 32]).unwrap(),
            device: DeviceId([3; 16]),
            method: Text::clipped("GET"),
            host: Text::clipped("muster.example:8443"),
            path: Text::clipped(PageLink::PATH),
        };
        let other = PageLink::address("a", &seal(&hello, &key()).unwrap());
        let long = "A".repeat(PageLink::LONGEST + 1);
        for text in ["", "link=", "https://a/mine/open?link=AAAA", "ж", &other, &long] {
            assert_eq!(PageLink::taken(text).map(|_| ()), Err(PageLinkError), "{text}");
        }
    }
}
