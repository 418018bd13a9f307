//! What was measured, for people and for machines.

use serde_json::{Map, Value, json};
use std::time::Duration;

/// Named figures, in the order in which they are shown.
#[derive(Default)]
pub struct Figures {
    what: String,
    lines: Vec<(String, f64, &'static str)>,
}

impl Figures {
    /// Figures of a measurement that is described by `what`.
    pub fn of(what: impl Into<String>) -> Self {
        Self { what: what.into(), lines: Vec::new() }
    }

    /// Adds a figure.
    pub fn add(&mut self, name: impl Into<String>, value: f64, unit: &'static str) {
        self.lines.push((name.into(), value, unit));
    }

    /// A table, and below it `ratio N.NN` on a line of its own where there is a ratio.
    pub fn text(&self) -> String {
        let width = self.lines.iter().map(|(name, ..)| name.chars().count()).max().unwrap_or(0);
        let mut text = format!("{}\n", self.what);
        for (name, value, unit) in self.lines.iter().filter(|(name, ..)| name != "ratio") {
            text += &format!("  {name:width$}  {:>10} {unit}\n", number(*value, unit));
        }
        if let Some((_, ratio, _)) = self.lines.iter().find(|(name, ..)| name == "ratio") {
            text += &format!("ratio {ratio:.2}\n");
        }
        text
    }

    /// The same as JSON: `{"what": …, "figures": {NAME: {"value", "unit"}}}`.
    pub fn json(&self) -> String {
        let figures: Map<String, Value> = self
            .lines
            .iter()
            .map(|(name, value, unit)| (name.replace(' ', "_"), json!({ "value": value, "unit": unit })))
            .collect();
        format!("{:#}\n", json!({ "what": self.what, "figures": figures }))
    }
}

/// The value below which `share` of the sorted values lie.
pub fn percentile(sorted: &[Duration], share: f64) -> Duration {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "an index of a list"
    )]
    let at = (share * sorted.len() as f64) as usize;
    sorted.get(at.min(sorted.len().saturating_sub(1))).copied().unwrap_or_default()
}

/// The middle of the values.
pub fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

fn number(value: f64, unit: &str) -> String {
    match unit {
        "" if value.fract() == 0.0 => format!("{value:.0}"),
        "bytes" | "reports" | "devices" => format!("{value:.0}"),
        _ if value.abs() >= 1000.0 => format!("{value:.0}"),
        _ if value.abs() >= 10.0 => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ratio_has_a_line_of_its_own() {
        let mut figures = Figures::of("a test");
        figures.add("reports per second", 10_234.5, "/s");
        figures.add("ratio", 1.834, "");
        assert_eq!(figures.text(), "a test\n  reports per second       10234 /s\nratio 1.83\n");
        assert!(figures.json().contains("\"reports_per_second\""));
    }

    #[test]
    fn percentiles() {
        let values: Vec<Duration> = (1..=100).map(Duration::from_millis).collect();
        assert_eq!(percentile(&values, 0.5), Duration::from_millis(51));
        assert_eq!(percentile(&values, 0.99), Duration::from_millis(100));
        assert_eq!(percentile(&[], 0.5), Duration::ZERO);
        assert!((median(&mut [3.0, 1.0, 2.0]) - 2.0).abs() < f64::EPSILON);
    }
}
