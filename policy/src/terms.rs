//! Under what terms a rule is judged: how grave it is, and how long what is tolerated.

use muster_proto::policy::{DeviceRule, Mode, Severity};
use muster_proto::time::{Span, Timestamp};

use crate::case::Exemption;
use crate::finding::Escalation;

/// The terms of one rule for one device at one moment.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Terms<'a> {
    pub id: &'a str,
    pub kind: &'a str,
    pub mode: Mode,
    pub warn_after: Option<Span>,
    pub enforce_after: Option<Span>,
    pub severity: Severity,
    pub grace: Option<Span>,
    pub due: Option<Timestamp>,
    pub memory: Span,
    /// `None` where what is unknown stays so.
    pub unknown_after: Option<Span>,
    pub enforced_since: Timestamp,
    pub policy: u64,
    /// `silence` or `chain`: no edit of a policy touches it.
    pub built_in: bool,
    /// Every exemption of the device.
    pub exemptions: &'a [Exemption],
    pub now: Timestamp,
}

impl<'a> Terms<'a> {
    /// The terms that the policy sets.
    pub fn of(rule: &'a DeviceRule, policy: u64, exemptions: &'a [Exemption], now: Timestamp) -> Self {
        Self {
            id: &rule.id,
            kind: &rule.kind,
            mode: rule.mode,
            warn_after: rule.warn_after,
            enforce_after: rule.enforce_after,
            severity: rule.severity,
            grace: rule.grace,
            due: rule.due,
            memory: rule.memory.or(rule.grace).unwrap_or_default(),
            unknown_after: Some(rule.unknown_after),
            enforced_since: rule.enforced_since,
            policy,
            built_in: false,
            exemptions,
            now,
        }
    }

    /// The terms of a rule that every device has: what breaks it fails at once.
    pub fn built_in(id: &'a str, policy: u64, exemptions: &'a [Exemption], now: Timestamp) -> Self {
        Self {
            id,
            kind: id,
            mode: Mode::Enforce,
            warn_after: None,
            enforce_after: None,
            severity: Severity::High,
            grace: None,
            due: None,
            memory: Span::default(),
            unknown_after: None,
            enforced_since: Timestamp::default(),
            policy,
            built_in: true,
            exemptions,
            now,
        }
    }

    /// Until when a cause that began at `since` is tolerated; `None` where it isn't. With a day and a grace the later counts.
    pub fn due_of(&self, since: Timestamp) -> Option<Timestamp> {
        let grace = self.grace.map(|grace| self.start(since) + grace);
        self.due.max(grace)
    }

    /// What a rule that has been broken since `since` does now, and what it will do next by itself.
    pub fn escalated(&self, since: Timestamp) -> (Mode, Option<Escalation>) {
        let start = self.start(since);
        let step = |mode, after: Option<Span>| after.map(|after| Escalation { mode, at: start + after });
        let steps = [step(Mode::Warn, self.warn_after), step(Mode::Enforce, self.enforce_after)];
        let steps = || steps.iter().flatten().copied();
        let reached = steps().filter(|step| step.at <= self.now).map(|step| step.mode).max();
        let mode = reached.map_or(self.mode, |reached| reached.max(self.mode));
        let coming = steps().filter(|step| step.at > self.now && step.mode > mode);
        (mode, coming.min_by_key(|step| step.at))
    }

    /// When something that can't be read since `since` counts as broken: never before what is tolerated of the rule itself.
    pub fn unknown_until(&self, since: Timestamp) -> Option<Timestamp> {
        let patience = self.start(since) + self.unknown_after?;
        self.due_of(since).max(Some(patience))
    }

    /// The exemption in force; of several the one that lasts longest.
    pub fn exemption(&self) -> Option<&'a Exemption> {
        let in_force = |e: &&Exemption| e.from <= self.now && self.now < e.until;
        self.own_exemptions().filter(in_force).max_by_key(|exemption| exemption.until)
    }

    /// The next moment at which an exemption begins or ends.
    pub fn next_exemption(&self) -> Option<Timestamp> {
        let moments = self.own_exemptions().flat_map(|e| [e.from, e.until]);
        moments.filter(|at| *at > self.now).min()
    }

    /// From when tolerance is counted: not before the rule was enforced, nor before an exemption that covered the cause ended.
    fn start(&self, since: Timestamp) -> Timestamp {
        let covered = |e: &&Exemption| e.from <= self.now && e.until > since;
        let ends = self.own_exemptions().filter(covered).map(|e| e.until);
        ends.max().map_or(since, |end| end.max(since)).max(self.enforced_since)
    }

    fn own_exemptions(&self) -> impl Iterator<Item = &'a Exemption> {
        let id = self.id;
        self.exemptions.iter().filter(move |exemption| exemption.rule == id)
    }
}
