//! What holds whatever a management system says.

use proptest::prelude::*;
use proptest::sample::select;

use super::properties::{RULES, device, lines, moments};
use super::story::happen;
use crate::Finding;

/// What the management system says: mostly nothing new.
const TOLD: [&str; 8] = [
    "tick",
    "tick",
    "told=telegram",
    "told=telegram@90",
    "told=viber@20",
    "told=express",
    "told=none",
    "told=none",
];

/// Only the management system says that it is broken: beside what can't be read that is unknown until its due.
pub fn only_told(finding: &Finding) -> bool {
    finding.causes.iter().filter(|cause| cause.ended.is_none()).all(|cause| cause.told)
        && finding.causes.iter().any(|cause| cause.ended.is_none())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn the_word_of_the_management_system_never_improves_a_verdict(
        lines in lines(20),
        words in prop::collection::vec(select(&TOLD[..]), 20),
    ) {
        let (mut one, mut other) = (device(&RULES), device(&RULES));
        for ((now, events), word) in moments(&lines).into_iter().zip(words) {
            let phone: Vec<&str> = events.iter().copied().filter(|event| !event.starts_with("told")).collect();
            happen(&mut one, &phone, now);
            happen(&mut other, &phone, now);
            happen(&mut other, &[word], now);
            let (one, other) = (one.judge(now), other.judge(now));
            prop_assert!(other.verdict.state >= one.verdict.state);
            for (one, other) in one.findings.iter().zip(&other.findings) {
                prop_assert!(other.state >= one.state, "{:?} {:?}", one, other);
            }
        }
    }
}
