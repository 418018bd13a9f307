//! What the person who carries the phone may know: everything. The same things as JSON for scripts and as text in two languages.

mod notes;
mod people;
mod preview;
mod report;
mod shown;

use muster_proto::cose::Envelope;
use muster_proto::id::{DeviceId, Digest, Kid};
use muster_proto::message::VerdictMessage;
use muster_proto::policy::{DevicePolicy, Local, Mode, Severity};
use muster_proto::report::Report;
use muster_proto::time::{Span, Timestamp};
use muster_proto::verdict::{RuleVerdict, State};
use serde::Serialize;

pub use notes::{Note, Noted, Told, notes};
pub use people::{in_words, local, moment, moment_here};
pub use report::report_lines;

use self::shown::shown;
use crate::built_in;
use crate::core::{Agent, Clocks, KnownOrder, Standing, Stored, read_kept};
use crate::texts::{Language, NEVER_READ};

/// Everything that is shown.
#[derive(Debug, Serialize)]
pub struct Status {
    /// `not-enrolled`, `pending`, `active`, `stopped`, `retiring` or `retired`.
    pub standing: &'static str,
    /// While an enrolment is pending: the short code. Once stopped: why.
    pub code: Option<String>,
    /// Version of the agent.
    pub agent: String,
    /// The device.
    pub device: Option<DeviceId>,
    /// Where it reports to.
    pub server: Option<String>,
    /// Since when.
    pub enrolled: Option<Timestamp>,
    /// The device key.
    pub key: Option<Kid>,
    /// The verdict, or a preview of it.
    pub verdict: Option<Judgement>,
    /// Whom to ask.
    pub contact: Option<Local>,
    /// How many seconds before a deadline the person is reminded of it.
    pub remind: Vec<Span>,
    /// The newest report.
    pub last_report: Option<LastReport>,
    /// What waits.
    pub waiting: Waiting,
    /// Code of the last error.
    pub last_error: Option<String>,
    /// Who asked for what.
    pub orders: Vec<OrderLine>,
    /// What is never read.
    pub never_read: Vec<NeverRead>,
}

/// The verdict rule by rule.
#[derive(Debug, Serialize)]
pub struct Judgement {
    /// Whether the phone has judged by itself.
    pub preview: bool,
    /// The device's state; none while the server hasn't judged.
    pub state: State,
    /// Since when.
    pub since: Timestamp,
    /// Until when something is tolerated.
    pub due: Option<Timestamp>,
    /// When it was judged.
    pub judged: Timestamp,
    /// Rule by rule.
    pub rules: Vec<RuleLine>,
}

/// One rule.
#[derive(Debug, Clone, Serialize)]
pub struct RuleLine {
    /// Its id.
    pub rule: String,
    /// What it is called.
    pub title: Local,
    /// Its state.
    pub state: State,
    /// Since when.
    pub since: Timestamp,
    /// Until when it is tolerated.
    pub due: Option<Timestamp>,
    /// What a broken rule does.
    pub mode: Mode,
    /// How grave it is.
    pub severity: Severity,
    /// What shows it.
    pub shown_by: Vec<String>,
    /// The same, as people read it.
    pub shown: InWords,
    /// What to do.
    pub remedy: Option<Local>,
    /// End of an exemption.
    pub exempt_until: Option<Timestamp>,
}

/// Lines in both languages.
#[derive(Debug, Clone, Default, Serialize)]
pub struct InWords {
    /// In English.
    pub en: Vec<String>,
    /// In Russian.
    pub ru: Vec<String>,
}

impl InWords {
    pub(crate) fn of(lines: &[String]) -> Self {
        let told = |language| lines.iter().map(|line| shown(line, language)).collect();
        Self { en: told(Language::English), ru: told(Language::Russian) }
    }

    /// Those of one language.
    #[must_use]
    pub fn lines(&self, language: Language) -> &[String] {
        match language {
            Language::English => &self.en,
            Language::Russian => &self.ru,
        }
    }
}

/// The newest report.
#[derive(Debug, Serialize)]
pub struct LastReport {
    /// Its number.
    pub number: u64,
    /// When it was made.
    pub made: Timestamp,
    /// When the server took it.
    pub accepted: Option<Timestamp>,
    /// What the server said.
    pub code: Option<String>,
    /// Bytes that were sent.
    pub size: usize,
    /// Its digest.
    pub digest: Digest,
    /// Every value.
    pub report: Report,
}

/// What waits.
#[derive(Debug, Default, Serialize)]
pub struct Waiting {
    /// Reports.
    pub reports: usize,
    /// Their bytes.
    pub bytes: usize,
}

/// An order.
#[derive(Debug, Serialize)]
pub struct OrderLine {
    /// Its id.
    pub id: muster_proto::id::OrderId,
    /// What was asked.
    pub kind: muster_proto::message::OrderKind,
    /// Who asked.
    pub requested_by: String,
    /// Why.
    pub reason: String,
    /// When, by the server's clock.
    pub issued: Timestamp,
    /// The report that answers it.
    pub report: Option<u64>,
    /// Why it could not be done.
    pub failed: Option<String>,
}

/// A thing that is never read.
#[derive(Debug, Serialize)]
pub struct NeverRead {
    /// English.
    pub en: &'static str,
    /// Russian.
    pub ru: &'static str,
}

impl Status {
    /// What is to be shown of what was saved.
    #[must_use]
    pub fn of(stored: Option<Stored>, now: Clocks) -> Self {
        match stored {
            None => Self::bare("not-enrolled"),
            Some(Stored::Pending(pending)) => Self { code: pending.code, ..Self::bare("pending") },
            Some(Stored::Enrolled(state)) => {
                // Only looked at: nothing is drawn from this seed that anybody sees.
                Self::enrolled(&Agent::new(*state, built_in::config(false), [0; 32], now), now)
            }
        }
    }

    fn bare(standing: &'static str) -> Self {
        Self {
            standing,
            code: None,
            agent: built_in::version().to_string(),
            device: None,
            server: None,
            enrolled: None,
            key: None,
            verdict: None,
            contact: None,
            remind: Vec::new(),
            last_report: None,
            waiting: Waiting::default(),
            last_error: None,
            orders: Vec::new(),
            never_read: NEVER_READ.iter().map(|key| never_read(key)).collect(),
        }
    }

    fn enrolled(agent: &Agent, now: Clocks) -> Self {
        let state = agent.state();
        let (standing, code) = match &state.standing {
            Standing::Active => ("active", None),
            Standing::Stopped(code) => ("stopped", Some(code.clone())),
            Standing::Retiring(_) => ("retiring", None),
            Standing::Retired => ("retired", None),
        };
        Self {
            code,
            device: Some(state.device),
            server: Some(state.server.authority.clone()),
            enrolled: Some(state.enrolled),
            key: Some(state.key.kid()),
            verdict: judgement(agent, now),
            contact: agent.policy().and_then(|policy| policy.contact.clone()),
            remind: agent.schedule().remind.0,
            last_report: last_report(agent),
            waiting: Waiting { reports: state.queue.len(), bytes: state.queue.bytes() },
            last_error: state.last_error.clone(),
            orders: state.orders.iter().rev().map(OrderLine::from).collect(),
            ..Self::bare(standing)
        }
    }
}

/// What the server has signed; while the newest report has not reached it, what the phone makes of that.
fn judgement(agent: &Agent, now: Clocks) -> Option<Judgement> {
    let signed: Option<VerdictMessage> = read_kept(agent.state().verdict.as_ref());
    let waits = agent.state().last.as_ref().is_some_and(|last| last.accepted.is_none());
    let preview = match (&signed, waits) {
        (Some(_), false) => None,
        (signed, _) => preview::preview(agent, signed.as_ref().map(|signed| &signed.verdict), now),
    };
    preview.or_else(|| signed.map(Judgement::from))
}

fn last_report(agent: &Agent) -> Option<LastReport> {
    let last = agent.state().last.as_ref()?;
    let report: Report = Envelope::parse(&last.bytes).ok()?.read_unverified().ok()?;
    Some(LastReport {
        number: report.number,
        made: report.iat,
        accepted: last.accepted,
        code: last.code.clone(),
        size: last.bytes.len(),
        digest: last.digest,
        report,
    })
}

fn never_read(key: &'static str) -> NeverRead {
    NeverRead { en: Language::English.text(key), ru: Language::Russian.text(key) }
}

impl RuleLine {
    /// Whether it is known to be broken, tolerated or not.
    #[must_use]
    pub fn is_broken(&self) -> bool {
        matches!(self.state, State::Failing | State::Grace)
    }
}

impl From<VerdictMessage> for Judgement {
    fn from(signed: VerdictMessage) -> Self {
        let verdict = signed.verdict;
        Self {
            preview: false,
            state: verdict.state,
            since: verdict.since,
            due: verdict.due,
            judged: verdict.judged,
            rules: verdict.rules.0.into_iter().map(RuleLine::from).collect(),
        }
    }
}

impl From<RuleVerdict> for RuleLine {
    fn from(rule: RuleVerdict) -> Self {
        let shown_by: Vec<String> = rule.shown_by.iter().map(ToString::to_string).collect();
        Self {
            rule: rule.rule.to_string(),
            title: rule.title,
            state: rule.state,
            since: rule.since,
            due: rule.due,
            mode: rule.mode,
            severity: rule.severity,
            shown: InWords::of(&shown_by),
            shown_by,
            remedy: rule.remedy,
            exempt_until: rule.exempt_until,
        }
    }
}

impl From<&KnownOrder> for OrderLine {
    fn from(order: &KnownOrder) -> Self {
        Self {
            id: order.id,
            kind: order.kind,
            requested_by: order.requested_by.clone(),
            reason: order.reason.clone(),
            issued: order.issued,
            report: order.report,
            failed: order.failed.clone(),
        }
    }
}

/// The rule of a policy, for what a verdict doesn't say.
fn rule_of<'a>(policy: &'a DevicePolicy, id: &str) -> Option<&'a muster_proto::policy::DeviceRule> {
    policy.rules.iter().find(|rule| rule.id.as_str() == id)
}
