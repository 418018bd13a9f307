//! Which metrics there are: each is written into the book once, with its help, and the page and the documentation are made of that.

use prometheus::core::Collector;
use prometheus::{
    Gauge, GaugeVec, Histogram, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge,
    IntGaugeVec, Opts, Registry, TextEncoder,
};
use std::fmt::Write as _;

/// The metrics of one server.
#[derive(Default)]
pub struct Book {
    registry: Registry,
    entries: Vec<Entry>,
}

/// One metric.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its name.
    pub name: String,
    /// What Prometheus calls its kind.
    pub kind: &'static str,
    /// What it says.
    pub help: String,
    /// Its labels.
    pub labels: Vec<String>,
}

impl Book {
    /// A number that only grows.
    pub fn counter(&mut self, name: &str, help: &str) -> IntCounter {
        self.add("counter", IntCounter::new(name, help))
    }

    /// Numbers that only grow, by labels.
    pub fn counters(&mut self, name: &str, help: &str, labels: &[&str]) -> IntCounterVec {
        self.add("counter", IntCounterVec::new(Opts::new(name, help), labels))
    }

    /// A number of things.
    pub fn count(&mut self, name: &str, help: &str) -> IntGauge {
        self.add("gauge", IntGauge::new(name, help))
    }

    /// Numbers of things, by labels.
    pub fn counts(&mut self, name: &str, help: &str, labels: &[&str]) -> IntGaugeVec {
        self.add("gauge", IntGaugeVec::new(Opts::new(name, help), labels))
    }

    /// A quantity.
    pub fn gauge(&mut self, name: &str, help: &str) -> Gauge {
        self.add("gauge", Gauge::new(name, help))
    }

    /// Quantities, by labels.
    pub fn gauges(&mut self, name: &str, help: &str, labels: &[&str]) -> GaugeVec {
        self.add("gauge", GaugeVec::new(Opts::new(name, help), labels))
    }

    /// How quantities are spread, by labels.
    pub fn histograms(&mut self, name: &str, help: &str, labels: &[&str], bounds: &[f64]) -> HistogramVec {
        self.add(
            "histogram",
            HistogramVec::new(HistogramOpts::new(name, help).buckets(bounds.to_vec()), labels),
        )
    }

    /// Takes in what a room measures by itself.
    pub fn adopt(&mut self, kind: &'static str, metric: impl Collector + 'static) {
        for desc in metric.desc() {
            self.entries.push(Entry {
                name: desc.fq_name.clone(),
                kind,
                help: desc.help.clone(),
                labels: desc.variable_labels.clone(),
            });
        }
        self.registry.register(Box::new(metric)).expect("the program names each metric once");
    }

    fn add<M: Collector + Clone + 'static>(&mut self, kind: &'static str, made: prometheus::Result<M>) -> M {
        let metric = made.expect("names of metrics are written in the program");
        self.adopt(kind, metric.clone());
        metric
    }

    /// All metrics, as Prometheus reads them.
    #[must_use]
    pub fn text(&self) -> String {
        TextEncoder::new().encode_to_string(&self.registry.gather()).unwrap_or_default()
    }

    /// What there is, by name.
    #[must_use]
    pub fn entries(&self) -> Vec<Entry> {
        let mut entries = self.entries.clone();
        entries.sort_by(|a, b| a.name.cmp(&b.name));
        entries
    }

    /// The table of `docs/metrics.md`.
    #[must_use]
    pub fn table(&self) -> String {
        let mut table = "| metric | kind | labels | what it says |\n|---|---|---|---|\n".to_owned();
        for Entry { name, kind, help, labels } in self.entries() {
            let labels: Vec<String> = labels.iter().map(|label| format!("`{label}`")).collect();
            writeln!(table, "| `{name}` | {kind} | {} | {help} |", labels.join(", "))
                .expect("text grows without end");
        }
        table
    }
}

/// A histogram that a room keeps by itself, until the book adopts it.
#[must_use]
pub fn histogram(name: &str, help: &str, bounds: &[f64]) -> Histogram {
    Histogram::with_opts(HistogramOpts::new(name, help).buckets(bounds.to_vec()))
        .expect("names and bounds are written in the program")
}

/// A counter that a room keeps by itself, until the book adopts it.
#[must_use]
pub fn counter(name: &str, help: &str) -> IntCounter {
    IntCounter::new(name, help).expect("names are written in the program")
}

/// Counters that a room keeps by itself, until the book adopts them.
#[must_use]
pub fn counters(name: &str, help: &str, labels: &[&str]) -> IntCounterVec {
    IntCounterVec::new(Opts::new(name, help), labels).expect("names are written in the program")
}

/// Histograms by labels that a room keeps by itself, until the book adopts them.
#[must_use]
pub fn histograms(name: &str, help: &str, labels: &[&str], bounds: &[f64]) -> HistogramVec {
    HistogramVec::new(HistogramOpts::new(name, help).buckets(bounds.to_vec()), labels)
        .expect("names and bounds are written in the program")
}
