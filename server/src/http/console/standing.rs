//! How phones stand, as a bar and as figures that lead to the lists which they count.

use crate::board::{Figures, TrendPoint};
use crate::http::console::devices::Search;
use crate::http::console::marks::{figure, segments, shape};
use crate::i18n::Lang;
use maud::{Markup, html};
use muster_proto::verdict::State;

/// The figures in the order of a bar and of columns: the worst first.
pub const WORST_FIRST: [&str; 8] =
    ["failing", "silent", "unknown", "grace", NOT_ENROLLED, NO_AGENT, "ready", "exempt"];
/// In the register, and not enrolled.
pub const NOT_ENROLLED: &str = "not-enrolled";
/// In the register, and can have no agent: four figures as one.
pub const NO_AGENT: &str = "no-agent";

/// One figure.
#[must_use]
pub fn of(figures: &Figures, word: &str) -> u64 {
    match word {
        NO_AGENT => figures.declared(),
        word => figures.parts().find(|(known, _)| *known == word).map_or(0, |(_, n)| n),
    }
}

/// The list that a figure counts.
#[must_use]
pub fn list(org: Option<&str>, word: &str) -> String {
    let (verdict, q) = match word {
        NOT_ENROLLED => return register(org, "missing"),
        NO_AGENT => return register(org, "declared"),
        "ready" => (Some(State::Compliant), None),
        "grace" => (Some(State::Grace), None),
        "unknown" => (Some(State::Unknown), None),
        "failing" => (Some(State::Failing), Some("-rule:silence")),
        "silent" => (Some(State::Failing), Some("rule:silence")),
        "exempt" => (None, Some("verdict:exempt,not-applicable")),
        _ => (None, None),
    };
    Search { org: org.map(str::to_owned), verdict, q: q.map(str::to_owned), ..Search::default() }.address()
}

fn register(org: Option<&str>, standing: &str) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.append_pair("standing", standing).extend_pairs(org.map(|org| ("org", org)));
    format!("/register?{}", query.finish())
}

/// The bar of an organisation: those without an agent stand with those who are judged alike. It carries no more than the figures beside it.
#[must_use]
pub fn bar(figures: &Figures) -> Markup {
    let parts = [
        ("failing", figures.failing + figures.declared_failing),
        ("silent", figures.silent),
        ("unknown", figures.unknown + figures.declared_unknown),
        ("grace", figures.grace + figures.declared_grace),
        (NOT_ENROLLED, figures.not_enrolled),
        ("ready", figures.ready + figures.declared_ready),
        ("exempt", figures.exempt),
    ];
    segments(parts.into_iter())
}

/// Shape and word of a figure.
#[must_use]
pub fn name(lang: Lang, word: &str) -> Markup {
    html! {
        span class={ "state " (look(word).word()) } {
            @match word {
                "silent" => (open_square()),
                NOT_ENROLLED | NO_AGENT => (dots()),
                word => (shape(look(word))),
            }
            (lang.word("standing", word))
        }
    }
}

/// Whoever is silent fails, by what is missing.
fn open_square() -> Markup {
    html! { svg.shape viewBox="0 0 10 10" width="10" height="10" aria-hidden="true" { rect.open x="1.25" y="1.25" width="7.5" height="7.5" {} } }
}

/// Nobody reports there.
fn dots() -> Markup {
    html! { svg.shape viewBox="0 0 10 10" width="10" height="10" aria-hidden="true" { path d="M0 4H2V6H0ZM4 4H6V6H4ZM8 4H10V6H8Z" {} } }
}

/// A figure; a link to its list where there is one.
#[must_use]
pub fn counted(n: u64, to: Option<String>) -> Markup {
    html! {
        @match to {
            Some(to) if n > 0 => a href=(to) data-count=(n) { (figure(n)) },
            _ => span.none[n == 0] { (figure(n)) },
        }
    }
}

/// The share that is ready, in per cent: never all before all are.
#[must_use]
pub fn percent(figures: &Figures) -> Option<u64> {
    let total = figures.total();
    (total > 0).then(|| (figures.ready + figures.declared_ready + figures.exempt) * 100 / total)
}

/// Which state's shape a figure has.
const fn look(word: &str) -> State {
    match word.as_bytes() {
        b"ready" => State::Compliant,
        b"grace" => State::Grace,
        b"unknown" => State::Unknown,
        b"exempt" | b"not-enrolled" | b"no-agent" => State::Exempt,
        _ => State::Failing,
    }
}

/// The share of the last days as a line, and in words for those who don't see it.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "a share is drawn, not counted")]
pub fn trend(lang: Lang, points: &[TrendPoint]) -> Markup {
    let share = |point: &TrendPoint| {
        if point.total == 0 { 0.0 } else { point.ready as f64 / point.total as f64 }
    };
    let (Some(first), Some(last)) = (points.first(), points.last()) else { return html! {} };
    let start = first.day.days();
    let span = f64::from((last.day.days() - start).max(1));
    let place = |point: &TrendPoint| {
        let x = f64::from(point.day.days() - start) / span * 78.0 + 1.0;
        format!("{x:.1},{:.1}", 18.0 - share(point) * 16.0)
    };
    let line = points.iter().map(place).collect::<Vec<_>>().join(" ");
    let said = format!(
        "{}: {:.0} % → {:.0} %",
        lang.say("ready-over-days"),
        share(first) * 100.0,
        share(last) * 100.0
    );
    html! {
        svg.trend viewBox="0 0 80 20" width="80" height="20" role="img" aria-label=(said) {
            title { (said) }
            @if points.len() > 1 { polyline points=(line) {} } @else { circle cx="79" cy=(format!("{:.1}", 18.0 - share(last) * 16.0)) r="1.5" {} }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_figure_has_a_place_and_a_word() {
        let mut all: Vec<&str> = Figures::default().parts().map(|(word, _)| word).collect();
        all.retain(|word| !word.starts_with("declared-"));
        all.push(NO_AGENT);
        let mut shown = WORST_FIRST.to_vec();
        all.sort_unstable();
        shown.sort_unstable();
        assert_eq!(all, shown);
        for word in WORST_FIRST {
            assert_ne!(Lang::Ru.word("standing", word), word);
            let list = list(Some("minfin"), word);
            assert!(list.contains("org=minfin") && list.contains('&'), "{word} has a list: {list}");
        }
    }

    #[test]
    fn all_are_ready_only_when_all_are() {
        let figures = Figures { ready: 1999, failing: 1, ..Figures::default() };
        assert_eq!(percent(&figures), Some(99));
        assert_eq!(percent(&Figures { ready: 3, ..Figures::default() }), Some(100));
        assert_eq!(percent(&Figures::default()), None);
    }
}
