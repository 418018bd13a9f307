//! The verdict as the person who carries the phone gets it.

use muster_proto::cbor::List;
use muster_proto::policy::{DevicePolicy, DeviceRule, Local, Mode};
use muster_proto::text::Text;
use muster_proto::time::Timestamp;
use muster_proto::verdict::{DeviceVerdict, RuleVerdict};

use crate::finding::{Finding, Outcome};
use crate::rules::built_in;

/// Most words shown of one rule: a phone's screen is small, and so is an answer.
const MOST_SHOWN: usize = 8;

/// What `outcome`, judged at `judged`, says to the person: the rules that warn or enforce, and what every device has.
/// Rules that are only observed are for administrators.
#[must_use]
pub fn to_verdict(outcome: &Outcome, policy: &DevicePolicy, judged: Timestamp) -> DeviceVerdict {
    let for_person = |finding: &&Finding| finding.mode != Mode::Observe;
    let shown = |finding: &Finding| {
        let rule = policy.rules.iter().find(|rule| *rule.id == *finding.rule);
        rule_verdict(finding, rule)
    };
    DeviceVerdict {
        state: outcome.verdict.state,
        since: outcome.verdict.since,
        due: outcome.verdict.due,
        rules: outcome.findings.iter().filter(for_person).map(shown).collect(),
        judged,
    }
}

fn rule_verdict(finding: &Finding, rule: Option<&DeviceRule>) -> RuleVerdict {
    let words = |what: &str, value: &str| Text::clipped(&format!("{what}: {value}"));
    RuleVerdict {
        rule: Text::clipped(&finding.rule),
        title: rule.map_or_else(|| built_in_title(&finding.rule), |rule| rule.title.clone()),
        state: finding.state,
        since: finding.since,
        due: finding.due,
        mode: finding.mode,
        severity: finding.severity,
        shown_by: List(
            finding.evidence.iter().take(MOST_SHOWN).map(|shown| words(&shown.what, &shown.value)).collect(),
        ),
        remedy: rule.and_then(|rule| rule.remedy.clone()),
        exempt_until: finding.exemption.as_ref().map(|exemption| exemption.until),
    }
}

fn built_in_title(id: &str) -> Local {
    let (en, ru) = built_in::title(id).unwrap_or((id, id));
    Local { en: Text::clipped(en), ru: Text::clipped(ru) }
}

#[cfg(all(test, feature = "document"))]
mod tests {
    use super::*;
    use crate::document::compile;
    use crate::tests::story::{Device, document, org};
    use crate::tests::world::{Phone, T0, hours};
    use crate::{Exemption, Ruleset};
    use muster_proto::cbor::{decode, encode};
    use muster_proto::facts::MatchKind;
    use muster_proto::verdict::State;

    #[test]
    fn the_person_sees_what_concerns_them_in_both_languages() {
        let rules = [
            "{id: m, kind: messengers, deny: [telegram], remedy: {en: Remove it, ru: Удалите}, grace: 72h}",
            "{id: seen, kind: screen-lock, mode: observe}",
            "{id: warned, kind: screen-lock, mode: warn}",
        ];
        let document = document(&rules.map(str::to_owned), "");
        let policy = compile(&[&document], &[org()], None, T0()).unwrap();
        let mut device = Device::new(Phone::android().sees("telegram", MatchKind::Exact));
        device.rules = Ruleset::new(policy.clone());
        let until = T0() + hours(5);
        let (from, reason) = (T0(), "travelling".to_owned());
        device.exemptions.push(Exemption { id: "x".to_owned(), rule: "m".to_owned(), from, until, reason });
        device.report(T0(), T0());
        let verdict = to_verdict(&device.judge(T0()), &policy, T0());
        let ids: Vec<&str> = verdict.rules.iter().map(|rule| &*rule.rule).collect();
        assert_eq!(ids, ["m", "warned", "silence", "chain"]);
        assert_eq!(verdict.rules[0].exempt_until, Some(until));
        assert_eq!(verdict.rules[0].state, State::Exempt);
        assert_eq!(&*verdict.rules[0].remedy.as_ref().unwrap().ru, "Удалите");
        assert!(verdict.rules[0].shown_by[0].starts_with("apps.telegram: package.of.telegram 1.0"));
        assert_eq!(&*verdict.rules[1].title.ru, "Блокировка экрана");
        assert_eq!(&*verdict.rules[2].title.ru, "Телефон выходит на связь");
        assert_eq!(decode::<DeviceVerdict>(&encode(&verdict)), Ok(verdict));
    }
}
