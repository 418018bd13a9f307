//! The devices of a scan: those who stand somewhere, or whose findings turned somehow; on a page, or as a file.

use axum::extract::State as Shared;
use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use maud::{Markup, html};
use muster_proto::id::OrderId;
use muster_proto::verdict::State as Verdict;
use std::io;
use std::sync::Arc;
use tokio::sync::mpsc;

use super::one::Asked;
use crate::app::App;
use crate::auth::Actor;
use crate::error::ActionError;
use crate::http::admin::{Id, Query, harmless};
use crate::http::console::devices::name;
use crate::http::console::frame::Frame;
use crate::http::console::marks;
use crate::http::console::visit::Person;
use crate::http::fault::Fault;
use crate::http::stream;
use crate::i18n::{Lang, words};
use crate::orders::{self, Answer, State, Which};
use crate::orgs::OrgView;

/// Which devices of a scan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// All whose order is not answered.
    Unanswered,
    /// Those whose order stands there.
    In(State),
    /// Those whose answer turned this rule from here to there.
    Turned(String, Option<Verdict>, Option<Verdict>),
}

const NOT_ANSWERED: [State; 6] =
    [State::Queued, State::Delivered, State::Running, State::Failed, State::Expired, State::Cancelled];
/// Rows of a file that are read at a time.
const AT_A_TIME: u32 = 500;

impl Part {
    /// From the word in an address; all that is not answered where there is none.
    pub fn states(word: Option<&str>) -> Result<Self, Fault> {
        let Some(word) = word else { return Ok(Self::Unanswered) };
        let state = State::named(word);
        state
            .map(Self::In)
            .ok_or_else(|| Fault::malformed(format!("state: {word:?} is no state of an order")))
    }

    /// The orders to look for.
    pub fn which(&self, scan: OrderId) -> Which {
        let all = Which { scan: Some(scan), ..Which::default() };
        match self {
            Self::Unanswered => Which { states: NOT_ANSWERED.to_vec(), ..all },
            Self::In(state) => Which { states: vec![*state], ..all },
            Self::Turned(rule, from, to) => Which { turned: Some((rule.clone(), *from, *to)), ..all },
        }
    }

    /// Where the list stands.
    pub fn address(&self, scan: OrderId, after: Option<&str>) -> String {
        self.under(&format!("/scans/{scan}"), after)
    }

    /// Where the same list is a file.
    pub fn csv(&self, scan: OrderId) -> String {
        self.under(&format!("/scans/{scan}/devices.csv"), None)
    }

    fn under(&self, path: &str, after: Option<&str>) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        match self {
            Self::Unanswered => {}
            Self::In(state) => drop(query.append_pair("state", state.word())),
            Self::Turned(rule, from, to) => {
                query.append_pair("rule", rule);
                for (name, state) in [("from", from), ("to", to)] {
                    query.extend_pairs(state.map(|state| (name, state.word())));
                }
            }
        }
        query.extend_pairs(after.map(|after| ("after", after)));
        let query = query.finish();
        if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
    }

    /// What the list is of.
    pub fn title(&self, lang: Lang) -> String {
        match self {
            Self::Unanswered => lang.say("did-not-answer"),
            Self::In(state) => {
                let state = lang.word("order-state", state.word());
                lang.with("scan-devices-in", [("state", words(&state))])
            }
            Self::Turned(rule, from, to) => {
                let state = |state: &Option<Verdict>| {
                    state.map_or_else(|| "–".to_owned(), |state| lang.word("state", state.word()))
                };
                format!("{rule}: {} → {}", state(from), state(to))
            }
        }
    }
}

/// The table.
pub fn of(frame: &Frame, answers: &[Answer], orgs: &[OrgView]) -> Markup {
    let lang = frame.lang;
    html! {
        table.list.answers {
            thead {
                tr {
                    th { (lang.say("device")) }
                    th { (lang.say("asset-tag")) }
                    th { (lang.say("organisation")) }
                    th { (lang.say("order")) }
                    th { (lang.say("verdict")) }
                    th.right { (lang.say("last-contact")) }
                }
            }
            tbody { @for answer in answers { (row(frame, answer, orgs)) } }
        }
    }
}

fn row(frame: &Frame, (order, device): &Answer, orgs: &[OrgView]) -> Markup {
    let lang = frame.lang;
    let state = html! { a href={ "/orders/" (order.order) } { (lang.word("order-state", &order.state)) } };
    let code = order.states.iter().rev().find_map(|step| step.code.as_deref());
    let Some(device) = device else {
        return html! { tr { td.name { code { (order.device) } } td.tag {} td.org {} td.system { (state) } td.verdict {} td.contact {} } };
    };
    let org = orgs.iter().find(|org| org.id == device.org);
    let when = org.map_or_else(|| frame.when(), |org| frame.when().in_zone(&org.time_zone));
    html! {
        tr {
            td.name { a href={ "/devices/" (device.id) } { (name(frame, device)) } }
            td.tag { (device.asset_tag.as_deref().unwrap_or_default()) }
            td.org { (org.map_or(device.org.as_str(), |org| org.title.as_str())) }
            td.system { (state) @if let Some(code) = code { ": " (lang.word("code", code)) } }
            td.verdict { (marks::state(lang, device.verdict.state)) }
            td.contact.right { (when.ago_or_never(device.last_contact)) }
        }
    }
}

/// The whole list as comma-separated values, written while it is read.
pub async fn csv(
    Shared(app): Shared<Arc<App>>,
    person: Person,
    Id(id): Id<OrderId>,
    Query(asked): Query<Asked>,
) -> Result<Response, Fault> {
    let (part, _) = asked.part()?;
    orders::show_scan(&app, id).await?;
    let (chunks, waiting) = mpsc::channel(2);
    tokio::spawn(async move {
        if let Err(error) = pour(&app, &person.actor, &part.which(id), &chunks).await {
            tracing::error!(error = &error as &dyn std::error::Error, "a list broke off");
            // whoever reads it must not take it for whole
            chunks.send(Err(io::Error::other("the list broke off"))).await.ok();
        }
    });
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8; header=present"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"scan.csv\""),
    ];
    Ok((headers, stream::body(waiting)).into_response())
}

async fn pour(
    app: &App,
    actor: &Actor,
    which: &Which,
    chunks: &mpsc::Sender<io::Result<Bytes>>,
) -> Result<(), ActionError> {
    let mut head = Some(HEAD.map(str::to_owned));
    let mut after = None;
    loop {
        let (answers, next) = orders::answers(app, actor, which.clone(), after, AT_A_TIME).await?;
        let rows = head.take().into_iter().chain(answers.iter().map(record));
        if chunks.send(Ok(written(rows))).await.is_err() {
            return Ok(());
        }
        let Some(next) = next.and_then(|next| next.parse().ok()) else { return Ok(()) };
        after = Some(next);
    }
}

const HEAD: [&str; 10] = [
    "device",
    "asset_tag",
    "org",
    "manufacturer",
    "model",
    "order",
    "state",
    "code",
    "verdict",
    "last_contact",
];

fn record((order, device): &Answer) -> [String; 10] {
    let code = order.states.iter().rev().find_map(|step| step.code.clone());
    let of = |text: fn(&crate::devices::view::DeviceRow) -> Option<String>| {
        device.as_ref().and_then(text).unwrap_or_default()
    };
    [
        order.device.to_string(),
        of(|device| device.asset_tag.clone()),
        of(|device| Some(device.org.clone())),
        of(|device| device.manufacturer.clone()),
        of(|device| device.model.clone()),
        order.order.to_string(),
        order.state.clone(),
        code.unwrap_or_default(),
        of(|device| Some(device.verdict.state.word().to_owned())),
        of(|device| device.last_contact.map(|at| at.to_string())),
    ]
}

fn written(rows: impl Iterator<Item = [String; 10]>) -> Bytes {
    let mut table = csv::WriterBuilder::new().quote_style(csv::QuoteStyle::Always).from_writer(Vec::new());
    for row in rows {
        // memory takes whatever is written to it
        table.write_record(row.iter().map(|cell| harmless(cell))).ok();
    }
    table.into_inner().unwrap_or_default().into()
}
