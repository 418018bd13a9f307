//! What the server says about its own work, to stderr: as text or as JSON, one line for each event.
//!
//! What is in it: times, methods, route templates, status codes, durations, stable codes, ids of requests, devices and orders. What is
//! not: secrets, names of people, asset tags, addresses, models, what a report says. Others' libraries say nothing below `info`, because
//! what they would say there is whatever passes through them.

mod levels;

pub use levels::{Levels, Raised, Scope};

use muster_proto::time::{Span, Timestamp};
use serde::{Deserialize, Serialize};
use std::io::IsTerminal as _;
use std::sync::Arc;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{Layer as _, fmt};

use crate::app::App;
use crate::audit::{self, Act};
use crate::auth::Actor;
use crate::error::ActionError;
use crate::problems::Code;
use crate::store::StoreError;

/// How a line looks.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum, Deserialize, Serialize, schemars::JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// For people.
    #[default]
    Text,
    /// For programs.
    Json,
}

/// For what the log should say more, how much, and for how long.
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "LogRaise")]
pub struct Raise {
    /// `debug`, or another level.
    pub level: String,
    /// Only requests with this id.
    #[serde(default)]
    pub request: Option<String>,
    /// Only what concerns this device.
    #[serde(default)]
    pub device: Option<muster_proto::id::DeviceId>,
    /// Only requests of this route, as its template: `/api/v1/devices/{id}`.
    #[serde(default)]
    pub route: Option<String>,
    /// For so many seconds; 10 minutes where nothing is said.
    #[serde(default)]
    pub seconds: Option<u64>,
}

/// What the log says.
#[derive(Debug, Serialize, schemars::JsonSchema)]
#[schemars(rename = "LogLevels")]
pub struct View {
    /// The level or filter that the server was started with.
    pub base: String,
    /// For what it says more.
    pub raised: Vec<Raised>,
}

/// Where nobody says for how long.
const USUAL: Span = Span::from_secs(600);
/// Longest time for which the log says more.
const LONGEST: Span = Span::from_hours(24);
/// As many things at once.
const MOST: usize = 32;

/// Begins to log.
pub fn begin(levels: &Levels, format: Format) {
    let registry = tracing_subscriber::registry();
    let filter = levels.filter();
    match format {
        Format::Text => {
            let colours = std::io::stderr().is_terminal();
            let layer = fmt::layer().with_writer(std::io::stderr).with_ansi(colours);
            registry.with(layer.with_filter(filter)).init();
        }
        Format::Json => {
            let layer = fmt::layer().with_writer(std::io::stderr).json().with_current_span(false);
            registry.with(layer.with_filter(filter)).init();
        }
    }
}

/// Has the log say more about something, for a while. The levels are those of this process, and end with it.
///
/// # Errors
/// What was asked makes no sense, or the store's.
pub async fn raise(app: &Arc<App>, actor: &Actor, asked: Raise) -> Result<View, ActionError> {
    let now = app.now();
    let raised = parse(asked, now)?;
    if app.levels.view(now).raised.len() >= MOST {
        return Err(ActionError::conflict(
            Code::TooManyLevels,
            format!("the log says more about {MOST} things already"),
        ));
    }
    let (actor, subject, until) = (actor.clone(), format!("log:{}", raised.scope), raised.until);
    let detail = format!("{} until {until}", raised.level);
    app.store
        .write(move |tx| audit::append(tx, now, &actor, Act::new("log.raise", subject).detail(detail)))
        .await
        .map_err(|error: StoreError| ActionError::from(error))?;
    app.levels.raise(raised);
    let (levels, clock) = (app.levels.clone(), Arc::clone(&app.clock));
    tokio::spawn(async move {
        tokio::time::sleep(until.since(now).into()).await;
        levels.sweep(clock.now());
    });
    Ok(app.levels.view(now))
}

/// Has the log say no more than at the start.
///
/// # Errors
/// The store's.
pub async fn reset(app: &App, actor: &Actor) -> Result<View, ActionError> {
    let (now, actor) = (app.now(), actor.clone());
    app.store
        .write(move |tx| audit::append(tx, now, &actor, Act::new("log.reset", "log:all")))
        .await
        .map_err(|error: StoreError| ActionError::from(error))?;
    app.levels.reset();
    Ok(app.levels.view(now))
}

fn parse(asked: Raise, now: Timestamp) -> Result<Raised, ActionError> {
    let level = match asked.level.as_str() {
        "error" => tracing::Level::ERROR,
        "warn" => tracing::Level::WARN,
        "info" => tracing::Level::INFO,
        "debug" => tracing::Level::DEBUG,
        "trace" => tracing::Level::TRACE,
        _ => {
            return Err(ActionError::invalid(Code::BadLevel, "a level is error, warn, info, debug or trace"));
        }
    };
    let scope = match (asked.request, asked.device, asked.route) {
        (None, None, None) => Scope::All,
        (Some(request), None, None) if crate::http::RequestId::parse(&request).is_some() => {
            Scope::Request(request)
        }
        (None, Some(device), None) => Scope::Device(device.to_string()),
        (None, None, Some(route))
            if route.starts_with('/') && route.len() <= 200 && !route.chars().any(char::is_control) =>
        {
            Scope::Route(route)
        }
        _ => {
            return Err(ActionError::invalid(
                Code::BadScope,
                "name one of: a request's id (8 to 64 letters, digits, dots, hyphens or underscores), a device, a route",
            ));
        }
    };
    let span = asked.seconds.map_or(USUAL, Span::from_secs);
    if span == Span::default() || span > LONGEST {
        return Err(ActionError::invalid(Code::BadSpan, "the log says more for at most 24 hours"));
    }
    Ok(Raised { scope, level, until: now + span })
}
