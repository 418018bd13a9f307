//! Texts of reports that are taken away: what the chain needs of them stays.

use muster_proto::cose::Envelope;
use muster_proto::id::Digest;
use muster_proto::report::Report;

use crate::store::{StoreError, Tx, values};

/// A report whose text goes.
pub(super) struct Text {
    /// Its row.
    pub id: i64,
    /// The bytes.
    pub body: Vec<u8>,
}

/// Takes texts away.
///
/// # Errors
/// The store's.
pub(super) fn take_away(tx: &mut dyn Tx, texts: &[Text]) -> Result<(), StoreError> {
    let nothing: &[u8] = &[];
    for text in texts {
        let previous = previous(&text.body);
        let sql = "UPDATE reports SET body = $2, previous = $3 WHERE id = $1";
        tx.execute(sql, &values![text.id, nothing, previous])?;
    }
    Ok(())
}

/// What stood before the report; nothing for the first one, and for bytes that are no report.
fn previous(body: &[u8]) -> Option<Digest> {
    let report = Envelope::parse(body).and_then(|envelope| envelope.read_unverified::<Report>());
    report.ok().and_then(|report| report.previous)
}
