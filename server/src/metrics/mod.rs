//! What can be watched from outside: counters, histograms and gauges as Prometheus reads them. No label names a device or a person, and
//! each has few values: words of closed lists, route templates, and the topmost organisations.

mod book;
mod process;
mod stock;

pub use book::{Book, Entry, counter, counters, histogram, histograms};
pub use stock::MOST_ORGS;

use muster_proto::time::Timestamp;
use prometheus::{Counter, Gauge, GaugeVec, HistogramVec, IntCounterVec, IntGauge, IntGaugeVec};
use std::sync::Arc;

use crate::app::App;
use crate::hooks;
use crate::ingest;
use crate::register::carriers;
use crate::store;
use stock::Stock;

/// Bounds for what a person or a phone waits for, in seconds.
pub const WAITS: &[f64] = &[0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];
/// Bounds for work of the processor alone, in seconds.
pub const WORK: &[f64] = &[0.000_01, 0.000_025, 0.000_05, 0.000_1, 0.000_25, 0.000_5, 0.001, 0.005, 0.025];
/// Bounds for numbers of things.
pub const SIZES: &[f64] = &[1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0];
/// Bounds for orders, in seconds: from a phone that is awake to one that is heard the next day.
pub const ORDERS: &[f64] = &[0.25, 0.5, 1.0, 2.5, 5.0, 15.0, 60.0, 300.0, 900.0, 3600.0, 14_400.0, 86_400.0];

/// The metrics.
pub struct Metrics {
    /// Requests that were answered.
    pub requests: IntCounterVec,
    /// How long they took.
    pub request_seconds: HistogramVec,
    /// Requests that are being answered.
    pub in_flight: IntGauge,
    /// Requests whose caller went before the answer.
    pub abandoned: IntCounterVec,
    /// Problems that were answered, by code.
    pub problems: IntCounterVec,
    /// Reports, by what the phone was told to do.
    pub reports: IntCounterVec,
    /// Requests that were refused because there were too many.
    pub limited: IntCounterVec,
    /// Enrolments.
    pub enrolments: IntCounterVec,
    /// Comparisons of the register with the directory, by what became of them.
    pub carrier_imports: IntCounterVec,
    /// Failed attempts to sign in.
    pub sign_in_failures: IntCounterVec,
    /// Open connections.
    pub connections: IntGaugeVec,
    /// Connections that were accepted.
    pub accepted: IntCounterVec,
    /// Connections that were refused or ended, by reason.
    pub turned_away: IntCounterVec,
    /// What became of attempts to tell hooks.
    pub hooks: hooks::Meter,
    /// What became of attempts to send mails.
    pub mails: hooks::Meter,
    book: Book,
    process: Process,
    stock: Stock,
}

struct Process {
    cpu: Counter,
    resident: IntGauge,
    virtual_memory: IntGauge,
    threads: IntGauge,
    descriptors: IntGauge,
    most_descriptors: IntGauge,
    channels: IntGauge,
    waiting: IntGauge,
    certificate: GaugeVec,
    ready: IntGaugeVec,
    scrape: Gauge,
}

impl Metrics {
    /// The metrics of a server that began at `began`.
    #[must_use]
    pub fn new(began: Timestamp, store: &store::Meter, ingest: &ingest::Meter) -> Self {
        let mut book = Book::default();
        store.enter(&mut book);
        ingest.enter(&mut book);
        let build = book.counts("muster_build_info", "1, with the version of the server.", &["version"]);
        build.with_label_values(&[env!("CARGO_PKG_VERSION")]).set(1);
        let start =
            book.gauge("process_start_time_seconds", "When the process began, in seconds since 1970.");
        #[expect(
            clippy::cast_precision_loss,
            reason = "a double holds milliseconds of the next 285,000 years"
        )]
        start.set(began.millis() as f64 / 1000.0);
        let metrics = Self {
            requests: book.counters("muster_http_requests_total", "Requests that were answered, by method, route template and class of the status.", &["method", "route", "status"]),
            request_seconds: book.histograms("muster_http_request_duration_seconds", "Time from a request's head to the head of its answer, by route template.", &["route"], WAITS),
            in_flight: book.count("muster_http_requests_in_flight", "Requests that are being answered."),
            abandoned: book.counters("muster_http_requests_abandoned_total", "Requests whose caller went before the answer.", &["route"]),
            problems: book.counters("muster_http_problems_total", "Answers that say why something was not done, by stable code.", &["code"]),
            reports: book.counters("muster_reports_total", "Reports that phones sent, by what they were told to do with them and by code (`ok` where there is none).", &["action", "code"]),
            limited: book.counters("muster_limited_total", "Requests that were refused because there were too many, by whose limit it was: `address`, `device`, `sign-in`.", &["limit"]),
            enrolments: book.counters("muster_enrolments_total", "Requests of phones to be enrolled: `enrolled`, `pending`, or the code of the refusal.", &["outcome"]),
            sign_in_failures: book.counters("muster_sign_in_failures_total", "Failed attempts to sign in: with a `token`, a `link`, a `password`, through a provider (`oidc`), with the directory's password (`ldap`).", &["way"]),
            carrier_imports: book.counters("muster_carrier_imports_total", "Comparisons of the whole register with the directory: `done`, `stopped` because too many would be gone, or `failed`.", &["outcome"]),
            connections: book.counts("muster_connections", "Open connections, by listener.", &["listener"]),
            accepted: book.counters("muster_connections_total", "Connections that were accepted, by listener.", &["listener"]),
            turned_away: book.counters("muster_connections_refused_total", "Connections that were refused or ended by the server, by listener and reason.", &["listener", "reason"]),
            hooks: hooks::Meter::of_hooks(&mut book),
            mails: hooks::Meter::of_mails(&mut book),
            process: Process::new(&mut book),
            stock: Stock::new(&mut book),
            book,
        };
        metrics.begin();
        metrics
    }

    /// What is rare begins at 0, so that the first time shows as growth.
    fn begin(&self) {
        for limit in ["address", "device", "sign-in"] {
            self.limited.with_label_values(&[limit]);
        }
        for way in ["token", "link", "password", "oidc", "ldap"] {
            self.sign_in_failures.with_label_values(&[way]);
        }
        for outcome in carriers::Outcome::ALL {
            self.carrier_imports.with_label_values(&[outcome.word()]);
        }
        for outcome in ["enrolled", "pending"] {
            self.enrolments.with_label_values(&[outcome]);
        }
        for action in ["accepted", "retry", "drop", "stop"] {
            self.reports.with_label_values(&[action, "ok"]);
        }
        self.problems.with_label_values(&["not-found"]);
        for reason in ["address", "no-proxy", "handshake", "handshake-timeout"] {
            self.turned_away.with_label_values(&["main", reason]);
        }
        self.abandoned.with_label_values(&["/v1/reports"]);
    }

    /// Which metrics there are.
    #[must_use]
    pub fn book(&self) -> &Book {
        &self.book
    }
}

/// The metrics as Prometheus reads them. What has to be counted in the database is counted now and then, and kept in between.
pub async fn page(app: &Arc<App>) -> String {
    let metrics = &app.metrics;
    let timer = tokio::time::Instant::now();
    metrics.stock.refresh(app).await;
    let checks = crate::health::checks(app).await;
    metrics.process.refresh(app, &checks);
    metrics.process.scrape.set(timer.elapsed().as_secs_f64());
    metrics.book.text()
}

impl Process {
    fn new(book: &mut Book) -> Self {
        let cpu = Counter::new(
            "process_cpu_seconds_total",
            "Processor time that the process has used, in seconds.",
        )
        .expect("the name is written here");
        book.adopt("counter", cpu.clone());
        Self {
            cpu,
            resident: book.count("process_resident_memory_bytes", "Memory of the process that is resident."),
            virtual_memory: book.count("process_virtual_memory_bytes", "Address space of the process."),
            threads: book.count("process_threads", "Threads of the process."),
            descriptors: book.count("process_open_fds", "Open file descriptors."),
            most_descriptors: book.count("process_max_fds", "File descriptors that may be open."),
            channels: book.count("muster_channels", "Open channels, on which orders reach a phone at once."),
            waiting: book.count("muster_ingest_waiting", "Phones whose reports wait for the writer."),
            certificate: book.gauges(
                "muster_certificate_end_timestamp_seconds",
                "When a certificate ends, in seconds since 1970: the one that `phones` are shown, that `people` are shown at a listener of their own, and the CA that phones trust (`phone-ca`).",
                &["certificate"],
            ),
            ready: book.counts(
                "muster_ready",
                "1 where a check of the server's health holds, 0 where it does not.",
                &["check"],
            ),
            scrape: book.gauge("muster_scrape_duration_seconds", "Time that it took to make this page."),
        }
    }

    fn refresh(&self, app: &App, checks: &[crate::health::Check]) {
        let usage = process::usage();
        self.cpu.inc_by((usage.cpu_seconds - self.cpu.get()).max(0.0));
        let set = |gauge: &IntGauge, value: u64| gauge.set(i64::try_from(value).unwrap_or(i64::MAX));
        set(&self.resident, usage.resident);
        set(&self.virtual_memory, usage.virtual_memory);
        set(&self.threads, usage.threads);
        set(&self.descriptors, usage.descriptors);
        set(&self.most_descriptors, process::most_descriptors());
        set(&self.channels, app.hub.len() as u64);
        set(&self.waiting, app.gate.waiting() as u64);
        self.certificate.reset();
        for (whom, ends) in app.reached.ends() {
            #[expect(
                clippy::cast_precision_loss,
                reason = "a double holds milliseconds of the next 285,000 years"
            )]
            self.certificate.with_label_values(&[whom]).set(ends.millis() as f64 / 1000.0);
        }
        for check in checks {
            self.ready.with_label_values(&[check.name]).set(i64::from(check.ok));
        }
    }
}

#[cfg(test)]
mod tests;
