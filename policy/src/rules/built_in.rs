//! `silence` and `chain`: the two rules that every device has without being asked. Broken, they fail at once.

use muster_proto::time::Span;

use crate::case::{BreakKind, Case};
use crate::reading::{Cause, Reading, Seen};

/// Id and kind of the rule that a device is heard from.
pub const SILENCE: &str = "silence";
/// Id and kind of the rule that a device's reports are one unbroken chain.
pub const CHAIN: &str = "chain";

/// What `silence` and `chain` are called: English, Russian.
#[must_use]
pub fn title(id: &str) -> Option<(&'static str, &'static str)> {
    match id {
        SILENCE => Some(("The phone reports", "Телефон выходит на связь")),
        CHAIN => Some(("Unbroken chain of reports", "Непрерывная цепочка отчётов")),
        _ => None,
    }
}

/// Silence counts from enrolment, and only a report with a fresh nonce ends it. When it begins the judge says who knows of working time.
pub(crate) fn silence(case: &Case<'_>, silent_after: Span) -> Reading {
    let heard = case.last_fresh.map_or(case.enrolled, |fresh| fresh.max(case.enrolled));
    let silent = case.silent_at.unwrap_or(heard + silent_after);
    if silent <= case.now {
        let what = if case.last_fresh.is_some() { "last fresh report" } else { "no report since enrolment" };
        let seen = Seen::new("clock", format!("{what}: {heard}"));
        let cause = Cause { name: SILENCE.into(), seen, began: Some(silent), told: false };
        return Reading { causes: vec![cause], ..Reading::default() };
    }
    let mut reading = match case.last_fresh {
        Some(fresh) => {
            let mut reading = Reading::default();
            reading.shown(Seen::new("clock", format!("last fresh report: {fresh}")));
            reading
        }
        None => Reading::unknown(Seen::new("report", "none yet")),
    };
    reading.next = Some(silent);
    reading
}

/// Every break that nobody has acknowledged is a cause of its own.
pub(crate) fn chain(case: &Case<'_>) -> Reading {
    let mut reading = Reading::default();
    for broken in case.breaks {
        let kind = match broken.kind {
            BreakKind::Fork => "fork",
            BreakKind::Reset => "reset",
            BreakKind::Gap => "gap",
        };
        let name = format!("{kind} {} {}", broken.number, broken.at.millis());
        let seen = Seen::new("chain", format!("{kind} at report {}", broken.number));
        reading.causes.push(Cause { name: name.into(), seen, began: Some(broken.at), told: false });
    }
    if reading.causes.is_empty() {
        if case.evidence.is_none() {
            return Reading::unknown(Seen::new("report", "none yet"));
        }
        reading.shown(Seen::new("chain", "no break"));
    }
    reading
}
