//! From a reading to a finding: memory, grace, the unreadable, exemptions, and the edge against the finding before.
//!
//! Three things keep a new grace from being won by a trick. A cause that was seen ends only in a reading behind which it can't
//! hide. An ended cause is forgotten only by a report that shows it gone for as long as `memory`: the time in which
//! nothing could be read, or the device was silent, doesn't count. And what comes to light after the rule has failed for being unreadable takes up
//! the time since which it was unreadable.

use muster_proto::id::Digest;
use muster_proto::time::Timestamp;
use muster_proto::verdict::State;

use crate::finding::{CauseState, Edge, Finding, Shown};
use crate::reading::{Cause, Reading, Seen};
use crate::terms::Terms;

/// What one rule comes to.
#[derive(Debug)]
pub(crate) struct Settled {
    pub finding: Finding,
    pub edge: Option<Edge>,
    pub next: Option<Timestamp>,
}

/// Where and when a reading was taken.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Taken {
    /// When what it shows was true.
    pub at: Timestamp,
    /// The device was silent before it: nobody knows what was there in between.
    pub after_silence: bool,
    /// The report that shows it: number and digest.
    pub report: Option<(u64, Digest)>,
}

/// A state, and the times that belong to it.
#[derive(Debug, Clone, Copy)]
struct Condition {
    state: State,
    since: Timestamp,
    due: Option<Timestamp>,
    /// When the finding came into this state.
    entered: Timestamp,
}

/// The causes of a rule, the live ones first, and what they come to.
#[derive(Debug, Default)]
struct Causes {
    all: Vec<CauseState>,
    since: Option<Timestamp>,
    due: Option<Timestamp>,
    live: usize,
    /// One of those that last was shown by the phone itself.
    reported: bool,
    failed_at: Option<Timestamp>,
    appeared: Option<Timestamp>,
}

pub(crate) fn settle(
    terms: &Terms<'_>,
    reading: Reading,
    taken: Taken,
    previous: Option<&Finding>,
) -> Settled {
    let previous = previous.filter(|finding| finding.kind == terms.kind);
    let from = previous.map(|finding| finding.state);
    // A rule that was edited breaks, or can't be read, from the edit on, however old the report is.
    let edited = !terms.built_in && previous.is_some_and(|finding| finding.policy != terms.policy);
    let taken = Taken { at: taken.at.min(terms.now), ..taken };
    let fresh = if edited { terms.now } else { taken.at };

    let causes = trace(terms, &reading, taken, fresh, edited, previous);
    let unreadable_since = (!reading.unread.is_empty())
        .then(|| previous.and_then(|finding| finding.unreadable_since).unwrap_or(fresh));
    let entered = if taken_back(&causes, previous) { terms.now } else { fresh };
    let beneath = condition(terms, &reading, &causes, unreadable_since, entered, previous);
    let exemption = terms.exemption();
    let broken = matches!(beneath.state, State::Grace | State::Failing) && exemption.is_none();
    let (mode, escalates) = if broken { terms.escalated(beneath.since) } else { (terms.mode, None) };
    let next = next(terms, &reading, &causes, unreadable_since, beneath.state);
    let next = [next, escalates.map(|step| step.at)].into_iter().flatten().min();
    let evidence = evidence(reading, taken, &causes, previous);

    let shown = match exemption {
        Some(exemption) => exempt(exemption.from, beneath, previous),
        None => beneath,
    };
    let at = if edited || told_anew(&causes, previous, exemption.is_some()) {
        terms.now
    } else {
        shown.entered.max(uncovered(previous, terms.now)).min(terms.now)
    };
    // what is broken as before, and counts for more or less from now on, is told too: whoever acts on it has to know
    let other_mode = broken && previous.is_some_and(|finding| finding.mode != mode);
    let turned = from == Some(shown.state) && other_mode;
    let edge = (turned || from != Some(shown.state)).then(|| Edge {
        rule: terms.id.to_owned(),
        from,
        to: Some(shown.state),
        mode,
        at: if turned { terms.now } else { at },
    });
    let finding = Finding {
        rule: terms.id.to_owned(),
        kind: terms.kind.to_owned(),
        state: shown.state,
        since: shown.since,
        due: shown.due,
        evidence,
        severity: terms.severity,
        mode,
        escalates,
        policy: terms.policy,
        beneath: exemption.map(|_| beneath.state),
        exemption: exemption.cloned(),
        causes: causes.all,
        unreadable_since,
    };
    Settled { finding, edge, next }
}

/// Follows every cause from the finding before: which last, which are new, which ended, which are remembered.
fn trace(
    terms: &Terms<'_>,
    reading: &Reading,
    taken: Taken,
    fresh: Timestamp,
    edited: bool,
    previous: Option<&Finding>,
) -> Causes {
    let at = taken.at;
    let known = previous.map_or(&[][..], |finding| &finding.causes);
    // The tolerance for being unreadable was used up before this came to light.
    let hidden_since = previous
        .and_then(|finding| finding.unreadable_since)
        .filter(|since| terms.unknown_until(*since).is_some_and(|until| until <= at));
    let mut causes = Causes::default();
    for cause in &reading.causes {
        if causes.all.iter().any(|seen| seen.cause == cause.name) {
            continue;
        }
        let began = if edited { fresh } else { reading.began(cause).unwrap_or(fresh).min(terms.now) };
        let or_hidden = |since: Timestamp| hidden_since.map_or(since, |hidden| hidden.min(since));
        let known = known.iter().find(|known| known.cause == cause.name);
        let lasting = known.filter(|known| known.ended.is_none());
        let (since, appeared) = match known {
            // what others have said before wins no later time
            Some(known) if known.told && !cause.told => (or_hidden(known.since.min(began)), began),
            Some(known) => (known.since, if lasting.is_some() { known.since } else { began }),
            None => (or_hidden(began), began),
        };
        // what the phone has shown, and may still hide, stays what it has shown
        let still = lasting.is_some_and(|known| !known.told) && reading.hides(&cause.name);
        causes.live(terms, &cause.name, since, appeared, cause.told && !still);
    }
    let seen = causes.live;
    let unwatched = taken.after_silence || previous.is_some_and(|finding| finding.unreadable_since.is_some());
    for known in known {
        if causes.all[..seen].iter().any(|seen| seen.cause == known.cause) {
            continue;
        }
        let hidden = reading.hides(&known.cause);
        match known.ended {
            // no report ends it, and none hides it: the word was taken back just now
            None if known.told => causes.remember(terms, known, terms.now, at),
            None if hidden => causes.live(terms, &known.cause, known.since, known.since, false),
            None => causes.remember(terms, known, at.max(known.since), at),
            // It may have been there until now.
            Some(ended) if hidden || unwatched => causes.remember(terms, known, ended.max(at), at),
            Some(ended) => causes.remember(terms, known, ended, at),
        }
    }
    causes
}

/// Whether what only the management system had said is said no longer: that happens now, however old the report is.
fn taken_back(causes: &Causes, previous: Option<&Finding>) -> bool {
    let live = |name: &str| causes.all.iter().any(|cause| cause.ended.is_none() && cause.cause == name);
    let said = previous.iter().flat_map(|finding| &finding.causes);
    said.filter(|known| known.told && known.ended.is_none()).any(|known| !live(&known.cause))
}

/// Whether it is the management system that changed the state, by saying what nobody said before: it says so now, since when ever it counts.
/// Not where phones report a cause too, or an exemption ended: those have times of their own.
fn told_anew(causes: &Causes, previous: Option<&Finding>, exempt: bool) -> bool {
    if causes.reported || exempt || previous.is_some_and(|finding| finding.state == State::Exempt) {
        return false;
    }
    let known = previous.map_or(&[][..], |finding| &finding.causes);
    let lasted = |name: &str| known.iter().any(|cause| cause.ended.is_none() && cause.cause == name);
    causes.all.iter().any(|cause| cause.told && cause.ended.is_none() && !lasted(&cause.cause))
}

impl Causes {
    /// Takes up a cause that lasts since `since` and was there for all to see from `appeared` on.
    fn live(&mut self, terms: &Terms<'_>, name: &str, since: Timestamp, appeared: Timestamp, told: bool) {
        let due = terms.due_of(since);
        if due.is_none_or(|due| due <= terms.now) {
            let failed = due.unwrap_or(appeared).max(appeared);
            self.failed_at = Some(self.failed_at.map_or(failed, |earlier| earlier.min(failed)));
        }
        let earlier = |known: Option<Timestamp>, other| Some(known.map_or(other, |known| known.min(other)));
        self.since = earlier(self.since, since);
        self.appeared = earlier(self.appeared, appeared);
        self.due = due.map(|due| self.due.map_or(due, |known| known.min(due)));
        self.live += 1;
        self.reported |= !told;
        self.all.push(CauseState { cause: name.to_owned(), since, due, ended: None, told });
    }

    /// Keeps a cause that is gone since `ended`, unless a report now shows it gone for long enough.
    fn remember(&mut self, terms: &Terms<'_>, known: &CauseState, ended: Timestamp, at: Timestamp) {
        if at < ended + terms.memory {
            self.all.push(CauseState { ended: Some(ended), ..known.clone() });
        }
    }
}

/// The state without exemptions.
fn condition(
    terms: &Terms<'_>,
    reading: &Reading,
    causes: &Causes,
    unreadable_since: Option<Timestamp>,
    fresh: Timestamp,
    previous: Option<&Finding>,
) -> Condition {
    // the word of others doesn't make a rule tolerated that can't be read
    let counts = causes.reported || causes.failed_at.is_some() || unreadable_since.is_none();
    if let (Some(since), Some(appeared)) = (causes.since, causes.appeared.filter(|_| counts)) {
        let was_failing = previous.is_some_and(|finding| finding.state == State::Failing);
        let (state, entered) = match causes.failed_at {
            Some(failed) => (State::Failing, failed),
            None => (State::Grace, if was_failing { fresh } else { appeared }),
        };
        return Condition { state, since, due: causes.due, entered };
    }
    if let Some(since) = unreadable_since {
        let until = terms.unknown_until(since);
        let (state, entered, due) = match until {
            Some(until) if until <= terms.now => (State::Failing, until, Some(until)),
            // what others say doesn't wait for that
            _ => (State::Unknown, since.max(fresh), [until, causes.due].into_iter().flatten().min()),
        };
        return Condition { state, since, due, entered };
    }
    let state = if reading.not_applicable { State::NotApplicable } else { State::Compliant };
    let since = match previous {
        Some(finding) if finding.state == state => finding.since,
        // The same as before, only that no exemption covers it any longer.
        Some(Finding { state: State::Exempt, beneath, exemption: Some(exemption), .. })
            if *beneath == Some(state) =>
        {
            exemption.until.min(terms.now)
        }
        _ => fresh,
    };
    Condition { state, since, due: None, entered: since.max(fresh) }
}

/// What an exemption makes of the condition beneath it.
fn exempt(from: Timestamp, beneath: Condition, previous: Option<&Finding>) -> Condition {
    let since = match previous {
        Some(finding) if finding.state == State::Exempt => finding.since,
        Some(finding) => from.max(finding.since),
        None => from.max(beneath.entered),
    };
    Condition { state: State::Exempt, since, due: beneath.due, entered: since }
}

/// When the exemption ended that covered the rule until now; one that was taken back ends now.
fn uncovered(previous: Option<&Finding>, now: Timestamp) -> Timestamp {
    let exemption = previous.and_then(|finding| finding.exemption.as_ref());
    exemption.map(|exemption| exemption.until.min(now)).unwrap_or_default()
}

fn next(
    terms: &Terms<'_>,
    reading: &Reading,
    causes: &Causes,
    unreadable_since: Option<Timestamp>,
    state: State,
) -> Option<Timestamp> {
    let due = match state {
        State::Grace => causes.due,
        State::Unknown => {
            let unknown_until = unreadable_since.and_then(|since| terms.unknown_until(since));
            [unknown_until, causes.due].into_iter().flatten().min()
        }
        _ => None,
    };
    let moments = [due, reading.next, terms.next_exemption()];
    moments.into_iter().flatten().filter(|at| *at > terms.now).min()
}

/// What shows the state. Of a cause that lasts unseen, what showed it last is kept.
fn evidence(reading: Reading, taken: Taken, causes: &Causes, previous: Option<&Finding>) -> Vec<Shown> {
    let shown_by = |seen: Seen, cause: Option<String>, report: Option<(u64, Digest)>| Shown {
        what: seen.what.into_owned(),
        value: seen.value.into_owned(),
        cause,
        report: report.map(|(number, _)| number),
        digest: report.map(|(_, digest)| digest),
    };
    let show = |seen: Seen, cause: Option<String>| shown_by(seen, cause, taken.report);
    let kept = reading.causes.is_empty() && reading.unread.is_empty();
    let unseen = |shown: &&Shown| {
        let cause = shown.cause.as_deref();
        cause.is_some_and(|cause| {
            causes.all.iter().any(|state| state.ended.is_none() && state.cause == cause)
                && reading.causes.iter().all(|seen| seen.name != cause)
        })
    };
    let carried: Vec<Shown> =
        previous.iter().flat_map(|finding| finding.evidence.iter()).filter(unseen).cloned().collect();
    let of_cause = |cause: Cause| {
        shown_by(cause.seen, Some(cause.name.into_owned()), taken.report.filter(|_| !cause.told))
    };
    let mut evidence: Vec<Shown> = reading.causes.into_iter().map(of_cause).collect();
    evidence.extend(carried);
    evidence.extend(reading.unread.into_iter().map(|unread| show(unread.seen, None)));
    if kept {
        evidence.extend(reading.shown.into_iter().map(|seen| show(seen, None)));
    }
    evidence.extend(reading.notes.into_iter().map(|seen| show(seen, None)));
    evidence
}
