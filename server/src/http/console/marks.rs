//! The four states: each a colour, a shape and a word, so that nobody depends on colour. And figures.

use crate::devices::view::{Counts, VerdictView};
use crate::http::console::when::When;
use crate::i18n::Lang;
use maud::{Markup, html};
use muster_proto::verdict::State;

/// The states in the order in which a list and a bar show them.
pub const WORST_FIRST: [State; 6] =
    [State::Failing, State::Unknown, State::Grace, State::Compliant, State::Exempt, State::NotApplicable];

/// ■ ◆ ○ ●, drawn, so that all have one size in every typeface.
#[must_use]
pub fn shape(state: State) -> Markup {
    html! {
        svg.shape viewBox="0 0 10 10" width="10" height="10" aria-hidden="true" {
            @match state {
                State::Failing => rect x="0.5" y="0.5" width="9" height="9" {},
                State::Grace => path d="M5 0 10 5 5 10 0 5Z" {},
                State::Unknown => circle.open cx="5" cy="5" r="3.75" {},
                State::Compliant => circle cx="5" cy="5" r="4.75" {},
                State::Exempt | State::NotApplicable => path d="M1 4.25H9V5.75H1Z" {},
            }
        }
    }
}

/// Shape and word.
#[must_use]
pub fn state(lang: Lang, state: State) -> Markup {
    html! { span class={ "state " (state.word()) } { (shape(state)) (lang.word("state", state.word())) } }
}

/// What stands beside a verdict: the time left of a grace; since when it fails.
#[must_use]
pub fn until(when: &When, verdict: &VerdictView) -> Markup {
    match (verdict.state, verdict.due) {
        (State::Grace | State::Failing, Some(due)) => when.deadline(due),
        _ => html! {},
    }
}

/// A number with its thousands apart.
#[must_use]
pub fn figure(n: u64) -> String {
    let digits = n.to_string();
    let mut text = String::new();
    for (at, digit) in digits.char_indices() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push('\u{202f}');
        }
        text.push(digit);
    }
    text
}

/// A bar of the states' shares. It carries no more than the figures beside it, and is therefore hidden from screen readers.
#[must_use]
pub fn bar(counts: &Counts) -> Markup {
    segments(WORST_FIRST.iter().map(|state| (state.word(), counts.of(*state))))
}

/// A bar of parts, each with its word, which says how it looks.
#[must_use]
pub fn segments(parts: impl Iterator<Item = (&'static str, u64)> + Clone) -> Markup {
    let total = parts.clone().map(|(_, n)| n).sum();
    let mut left = 0.0;
    let mut drawn = Vec::new();
    for (word, n) in parts {
        let width = share(n, total) * 1000.0;
        drawn.push((word, left, width));
        left += width;
    }
    html! {
        svg.bar viewBox="0 0 1000 8" preserveAspectRatio="none" aria-hidden="true" {
            @for (word, left, width) in drawn.into_iter().filter(|(_, _, width)| *width > 0.0) {
                rect class=(word) x=(format!("{left:.1}")) y="0" width=(format!("{width:.1}")) height="8" {}
            }
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "a share is drawn, not counted")]
fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_grouped() {
        assert_eq!(
            [7, 999, 1000, 40_000, 1_234_567].map(figure),
            ["7", "999", "1\u{202f}000", "40\u{202f}000", "1\u{202f}234\u{202f}567"]
        );
    }

    #[test]
    fn every_state_has_its_own_shape_and_a_word() {
        let mut seen = std::collections::BTreeSet::new();
        for one in [State::Failing, State::Grace, State::Unknown, State::Compliant, State::Exempt] {
            assert!(seen.insert(shape(one).into_string()));
            assert!(state(Lang::Ru, one).into_string().contains(&Lang::Ru.word("state", one.word())));
        }
    }
}
