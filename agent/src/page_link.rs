//! A link to this phone's page on the server: signed by the device key around a nonce of this moment. It changes nothing here, and needs no
//! more than the key: whoever works on the state goes on meanwhile.

use muster_proto::cbor::encode;
use muster_proto::cose::Typ;
use muster_proto::message::PageLink;
use muster_proto::text::Text;
use muster_proto::time::Timestamp;

use crate::built_in;
use crate::core::{SendError, Standing, State};
use crate::sign::{KeyRingError, Keys};
use crate::transport::{CertificateClock, TlsError, Transport};

/// Why there is no link.
#[derive(Debug, thiserror::Error)]
pub enum PageLinkError {
    /// The device is not the organisation's any more.
    #[error("this device is retired: it has no page any more")]
    Retired,
    /// The organisation's CA can't be used.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The server gave no nonce.
    #[error(transparent)]
    Send(#[from] SendError),
    /// The key did not sign.
    #[error(transparent)]
    Key(#[from] KeyRingError),
}

/// Makes a link. It works once, for five minutes.
///
/// # Errors
/// The device is retired; the server can't be reached; the key does not sign.
pub fn make(state: &State, keys: &mut dyn Keys, now: Timestamp) -> Result<String, PageLinkError> {
    if state.standing == Standing::Retired {
        return Err(PageLinkError::Retired);
    }
    let certificates = CertificateClock::default();
    certificates.set(state.trusted.max(built_in::built()));
    let authority = &state.server.authority;
    let nonce = Transport::new(authority, &state.server.ca, certificates)?.challenge()?.nonce;
    let link = PageLink { iat: now, nonce, device: state.device, host: Text::clipped(authority) };
    let signed = keys.seal(Typ::PageLink, &encode(&link), state.key.kid())?;
    Ok(PageLink::address(authority, &signed))
}
