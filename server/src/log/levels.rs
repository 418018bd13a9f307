//! How much is logged: the filter that the server was started with, and more for a while about one request, one device or one route.
//!
//! The filter sees the fields of the span around an event (`request`), so everything that happens while a request is answered is told,
//! in whatever room.

use muster_proto::time::Timestamp;
use serde::{Serialize, Serializer};
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};
use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::Interest;
use tracing::{Level, Metadata, Subscriber};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::layer::{Context, Filter};
use tracing_subscriber::registry::LookupSpan;

/// How much is logged. Cloning it is cheap; all clones are one.
#[derive(Clone, Default)]
pub struct Levels(Arc<Inner>);

#[derive(Default)]
struct Inner {
    base: EnvFilter,
    text: String,
    raised: RwLock<Vec<Raised>>,
}

/// More, for a while.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[schemars(rename = "LogRaised")]
pub struct Raised {
    /// About what.
    #[serde(serialize_with = "as_text")]
    #[schemars(with = "String")]
    pub scope: Scope,
    /// How much.
    #[serde(serialize_with = "as_text")]
    #[schemars(with = "String")]
    pub level: Level,
    /// Until when.
    pub until: Timestamp,
}

/// What the log says more about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// Everything.
    All,
    /// Requests with this id.
    Request(String),
    /// A device.
    Device(String),
    /// Requests of this route.
    Route(String),
}

/// The name of the span around a request.
pub const SPAN: &str = "request";

impl Levels {
    /// What was written at the start, and the filter that it is.
    #[must_use]
    pub fn new(text: &str, base: EnvFilter) -> Self {
        Self(Arc::new(Inner { base, text: text.to_owned(), raised: RwLock::default() }))
    }

    /// The filter of a layer.
    #[must_use]
    pub fn filter(&self) -> ByLevel {
        ByLevel(self.clone())
    }

    /// What is logged.
    #[must_use]
    pub fn view(&self, now: Timestamp) -> super::View {
        let raised = self.raised().iter().filter(|raised| now < raised.until).cloned().collect();
        super::View { base: self.0.text.clone(), raised }
    }

    /// More is logged about something. Who asks again about the same thing changes it.
    pub fn raise(&self, raised: Raised) {
        self.change(|all| {
            all.retain(|old| old.scope != raised.scope);
            all.push(raised);
        });
    }

    /// Forgets what has had its time.
    pub fn sweep(&self, now: Timestamp) {
        self.change(|all| all.retain(|raised| now < raised.until));
    }

    /// Forgets everything that was raised.
    pub fn reset(&self) {
        self.change(Vec::clear);
    }

    fn change(&self, how: impl FnOnce(&mut Vec<Raised>)) {
        how(&mut self.0.raised.write().unwrap_or_else(PoisonError::into_inner));
        // places in the program remember whether anybody wants to hear them
        tracing::callsite::rebuild_interest_cache();
    }

    fn raised(&self) -> RwLockReadGuard<'_, Vec<Raised>> {
        self.0.raised.read().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The filter of a layer.
#[derive(Clone)]
pub struct ByLevel(Levels);

/// What is known of a request, beside its span.
#[derive(Debug, Default, Clone)]
struct Known {
    request: String,
    route: String,
    device: String,
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Filter<S> for ByLevel {
    fn enabled(&self, meta: &Metadata<'_>, cx: &Context<'_, S>) -> bool {
        if !is_ours(meta) && *meta.level() > Level::INFO {
            return false;
        }
        if is_request(meta) || Filter::<S>::enabled(&self.0.0.base, meta, cx) {
            return true;
        }
        let raised = self.0.raised();
        let mut wanted = raised.iter().filter(|raised| *meta.level() <= raised.level).peekable();
        if wanted.peek().is_none() {
            return false;
        }
        let known = around(cx);
        wanted.any(|raised| raised.scope.covers(known.as_ref()))
    }

    fn callsite_enabled(&self, meta: &'static Metadata<'static>) -> Interest {
        // the base keeps its own account of each place
        let base = Filter::<S>::callsite_enabled(&self.0.0.base, meta);
        if !is_ours(meta) && *meta.level() > Level::INFO {
            return Interest::never();
        }
        let more = is_request(meta) || self.0.raised().iter().any(|raised| *meta.level() <= raised.level);
        if base.is_never() && more { Interest::sometimes() } else { base }
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        let raised = self.0.raised().iter().map(|raised| LevelFilter::from(raised.level)).max();
        // the span around a request is always there, or nothing could be raised while it is answered
        let least = raised.unwrap_or(LevelFilter::INFO).max(LevelFilter::INFO);
        Filter::<S>::max_level_hint(&self.0.0.base).map(|base| base.max(least))
    }

    fn on_new_span(&self, attrs: &Attributes<'_>, id: &Id, cx: Context<'_, S>) {
        if is_request(attrs.metadata())
            && let Some(span) = cx.span(id)
        {
            let mut known = Known::default();
            attrs.record(&mut known);
            span.extensions_mut().insert(known);
        }
        Filter::<S>::on_new_span(&self.0.0.base, attrs, id, cx);
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, cx: Context<'_, S>) {
        if let Some(span) = cx.span(id)
            && let Some(known) = span.extensions_mut().get_mut::<Known>()
        {
            values.record(known);
        }
        Filter::<S>::on_record(&self.0.0.base, id, values, cx);
    }

    fn on_enter(&self, id: &Id, cx: Context<'_, S>) {
        Filter::<S>::on_enter(&self.0.0.base, id, cx);
    }

    fn on_exit(&self, id: &Id, cx: Context<'_, S>) {
        Filter::<S>::on_exit(&self.0.0.base, id, cx);
    }

    fn on_close(&self, id: Id, cx: Context<'_, S>) {
        Filter::<S>::on_close(&self.0.0.base, id, cx);
    }
}

fn is_ours(meta: &Metadata<'_>) -> bool {
    meta.target().starts_with("muster")
}

fn is_request(meta: &Metadata<'_>) -> bool {
    meta.is_span() && meta.name() == SPAN && is_ours(meta)
}

/// What is known of the request that is being answered.
fn around<S: Subscriber + for<'a> LookupSpan<'a>>(cx: &Context<'_, S>) -> Option<Known> {
    let span = cx.lookup_current()?;
    span.scope().find_map(|span| span.extensions().get::<Known>().cloned())
}

impl Visit for Known {
    fn record_str(&mut self, field: &Field, value: &str) {
        let place = match field.name() {
            "id" => &mut self.request,
            "route" => &mut self.route,
            "device" => &mut self.device,
            _ => return,
        };
        value.clone_into(place);
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if matches!(field.name(), "id" | "route" | "device") {
            self.record_str(field, &format!("{value:?}"));
        }
    }
}

impl Scope {
    fn covers(&self, known: Option<&Known>) -> bool {
        match (self, known) {
            (Self::All, _) => true,
            (_, None) => false,
            (Self::Request(id), Some(known)) => known.request == *id,
            (Self::Device(id), Some(known)) => known.device == *id,
            (Self::Route(route), Some(known)) => known.route == *route,
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => f.write_str("all"),
            Self::Request(id) => write!(f, "request:{id}"),
            Self::Device(id) => write!(f, "device:{id}"),
            Self::Route(route) => write!(f, "route:{route}"),
        }
    }
}

fn as_text<S: Serializer>(value: &impl fmt::Display, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&value.to_string().to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;
    use std::sync::Mutex;
    use tracing_subscriber::Layer as _;
    use tracing_subscriber::layer::SubscriberExt as _;

    #[derive(Clone, Default)]
    struct Said(Arc<Mutex<Vec<u8>>>);

    impl Write for Said {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    /// What is said while three requests are answered.
    fn said(levels: &Levels) -> String {
        for (id, route, device) in [("one-4711", "/a", "d1"), ("4712", "/a", "d2"), ("4713", "/b", "d1")] {
            let span = tracing::info_span!("request", id, route, device = tracing::field::Empty);
            span.in_scope(|| {
                tracing::debug!("begins {id}");
                span.record("device", tracing::field::display(device));
                tracing::info_span!("within").in_scope(|| tracing::debug!("goes on {id}"));
                tracing::debug!(target: "tokio_postgres", "the secret of {id}");
            });
        }
        levels.view(Timestamp::default()).base
    }

    fn heard(base: &str, raise: impl FnOnce(&Levels)) -> String {
        let (levels, lines) = (Levels::new(base, EnvFilter::new(base)), Said::default());
        let writer = lines.clone();
        let layer = tracing_subscriber::fmt::layer().with_ansi(false).with_writer(move || writer.clone());
        let subscriber = tracing_subscriber::registry().with(layer.with_filter(levels.filter()));
        tracing::subscriber::with_default(subscriber, || {
            raise(&levels);
            assert_eq!(said(&levels), base);
        });
        String::from_utf8(lines.0.lock().unwrap().clone()).unwrap()
    }

    fn raised(scope: Scope, until: i64) -> Raised {
        Raised { scope, level: Level::DEBUG, until: Timestamp::from_secs(until) }
    }

    #[test]
    fn one_request_is_heard_while_all_others_are_not() {
        assert_eq!(heard("info", |_| {}), "");
        for id in ["one-4711", "4712"] {
            let text = heard("warn", |levels| levels.raise(raised(Scope::Request(id.to_owned()), 10)));
            assert!(
                text.contains(&format!("begins {id}")) && text.contains(&format!("goes on {id}")),
                "{text}"
            );
            assert_eq!(text.lines().count(), 2, "{text}");
        }
        let text = heard("info", |levels| levels.raise(raised(Scope::Request("47".to_owned()), 10)));
        assert_eq!(text, "", "a part of an id is another id");
    }

    #[test]
    fn a_device_is_heard_from_the_moment_that_it_is_known_and_a_route_whole() {
        let text = heard("info", |levels| levels.raise(raised(Scope::Device("d1".to_owned()), 10)));
        let lines: Vec<&str> = text.lines().collect();
        assert!(lines.len() == 2 && lines.iter().all(|line| line.contains("goes on")), "{text}");
        let text = heard("info", |levels| levels.raise(raised(Scope::Route("/a".to_owned()), 10)));
        assert_eq!(text.lines().count(), 4, "{text}");
    }

    #[test]
    fn what_has_had_its_time_is_silent_and_others_libraries_are_always() {
        let text = heard("info", |levels| {
            levels.raise(raised(Scope::All, 10));
            levels.raise(raised(Scope::Route("/a".to_owned()), 20));
            levels.sweep(Timestamp::from_secs(20));
        });
        assert_eq!(text, "");
        let text = heard("trace", |levels| levels.raise(raised(Scope::All, 10)));
        assert!(text.lines().count() == 6 && !text.contains("secret"), "{text}");
    }
}
