//! The console: pages for people, made on the server. They show what the API says: the same queries, the same numbers. One file per
//! page; each works without scripts, except that then nothing moves by itself.

pub mod account;
pub mod api;
pub mod assets;
pub mod audit;
pub mod board;
pub mod calendar;
pub mod chart;
pub mod device;
pub mod devices;
pub mod disputes;
pub mod enrolment;
pub mod exemptions;
pub mod find;
pub mod frame;
pub mod groups;
pub mod hooks;
pub mod mail;
pub mod marks;
pub mod oidc;
pub mod order;
pub mod orgs;
pub mod overview;
pub mod packages;
pub mod people;
pub mod policies;
pub mod policy_editor;
pub mod qr;
pub mod query;
pub mod register;
pub mod report;
pub mod rule;
pub mod scans;
pub mod schedules;
pub mod search;
pub mod set_up;
pub mod settings;
pub mod sign_in;
pub mod standing;
pub mod sure;
pub mod trouble;
pub mod visit;
pub mod when;
mod whose;

use axum::Router;
use axum::http::Uri;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get, post};
use std::sync::Arc;

use crate::app::App;
use crate::auth::{Kind, Right};
use crate::http::allowed::Needs;
use crate::http::fault::Fault;
use crate::http::through;
use crate::problems::Code;

/// The console's routes. Each says what it takes; what is open to everybody, and what is one's own, stands apart.
pub fn router(app: Arc<App>) -> Router {
    let pages = PAGES.iter().fold(Router::new(), |router, page| {
        let needs = (Arc::clone(&app), page.needs);
        let route = (page.route)();
        let route = match page.asks {
            Some(question) => route.layer(from_fn_with_state(question, sure::asked)),
            None => route,
        };
        router.route(page.path, route.layer(from_fn_with_state(needs, visit::allowed)))
    });
    pages
        .route("/sign-in", get(sign_in::get).post(sign_in::post))
        .route("/sign-out", post(sign_in::end))
        .route("/sign-in/password", post(sign_in::password))
        .route("/sign-in/oidc", get(oidc::begin))
        .route("/sign-in/oidc/back", get(oidc::back))
        .route("/set-up", get(set_up::get).post(set_up::post))
        .merge(account::router())
        .route("/api", get(api::get))
        .route("/assets/{file}", get(asset))
        .fallback(async || Fault::of(Code::NoSuchAddress))
        .method_not_allowed_fallback(async || Fault::of(Code::Method))
        .layer(from_fn(through::form_through))
        .layer(from_fn_with_state(Arc::clone(&app), visit::around))
        .with_state(app)
}

/// A page or a form, and what it takes.
struct At {
    path: &'static str,
    needs: Needs,
    /// What is asked back before it is done.
    asks: Option<&'static str>,
    route: fn() -> MethodRouter<Arc<App>>,
}

impl At {
    /// It is hard to undo: who presses the button is asked back.
    const fn asks(self, question: &'static str) -> Self {
        Self { asks: Some(question), ..self }
    }
}

/// What takes the right in some organisations, and keeps to what lies there.
const fn at(path: &'static str, right: Right, route: fn() -> MethodRouter<Arc<App>>) -> At {
    At { path, needs: Needs { right, scoped: true, of: None }, asks: None, route }
}

/// What takes the right on the whole server.
const fn whole(path: &'static str, right: Right, route: fn() -> MethodRouter<Arc<App>>) -> At {
    At { path, needs: Needs { right, scoped: false, of: None }, asks: None, route }
}

/// What takes the right where the thing lies that the address names.
const fn of(path: &'static str, right: Right, kind: Kind, route: fn() -> MethodRouter<Arc<App>>) -> At {
    At { path, needs: Needs { right, scoped: true, of: Some(kind) }, asks: None, route }
}

const PAGES: &[At] = &[
    at("/", Right::OneDevice, || get(overview::get)),
    whole("/people", Right::People, || get(people::show).post(people::add)),
    whole("/people/{name}", Right::People, || get(people::person::show).post(people::person::edit)),
    whole("/people/{name}/grant", Right::People, || post(people::person::grant)),
    whole("/people/{name}/take", Right::People, || post(people::person::take)).asks("take"),
    whole("/people/{name}/disable", Right::People, || post(people::person::disable)).asks("disable"),
    whole("/people/{name}/enable", Right::People, || post(people::person::enable)),
    whole("/people/{name}/remove", Right::People, || post(people::person::remove)).asks("remove-person"),
    whole("/people/{name}/sign-in-link", Right::People, || post(people::person::sign_in_link)),
    whole("/people/{name}/set-up-link", Right::People, || post(people::person::set_up_link)),
    whole("/people/{name}/sessions/{id}/end", Right::People, || post(people::person::end)),
    at("/find", Right::OneDevice, || get(find::get)),
    at("/search", Right::OneDevice, || get(search::get)),
    at("/board", Right::Read, || get(board::get)),
    at("/devices", Right::Read, || get(devices::get)),
    at("/devices/act", Right::Read, || post(devices::act)),
    at("/devices/label", Right::Enrol, || post(devices::label)),
    of("/devices/{id}", Right::OneDevice, Kind::Device, || get(device::get)),
    of("/devices/{id}/scan", Right::ScanOne, Kind::Device, || post(device::scan)),
    of("/devices/{id}/acknowledge", Right::Enrol, Kind::Device, || post(device::acknowledge)),
    of("/devices/{id}/labels", Right::Enrol, Kind::Device, || post(device::labels)),
    of("/devices/{id}/away", Right::Enrol, Kind::Device, || post(device::away)),
    of("/devices/{id}/away/back", Right::Enrol, Kind::Device, || post(device::back)),
    at("/groups", Right::Read, || get(groups::get).post(groups::post)),
    of("/groups/{id}", Right::Scan, Kind::Group, || post(groups::edit)),
    of("/groups/{id}/remove", Right::Scan, Kind::Group, || post(groups::remove)).asks("remove-group"),
    of("/devices/{id}/reports/{number}", Right::OneDevice, Kind::Device, || get(report::get)),
    of("/orders/{id}", Right::OneDevice, Kind::Order, || get(order::get)),
    of("/orders/{id}/cancel", Right::Scan, Kind::Order, || post(order::cancel)),
    at("/register", Right::Read, || get(register::get)),
    of("/register/{id}", Right::Read, Kind::Asset, || get(register::show)),
    of("/register/{id}/handout", Right::Register, Kind::Asset, || {
        get(register::handout).post(register::handed_out)
    }),
    at("/scans", Right::Read, || get(scans::get).post(scans::post)),
    at("/scans/new", Right::Scan, || post(scans::confirm)),
    of("/scans/{id}", Right::Read, Kind::Scan, || get(scans::show)),
    of("/scans/{id}/devices.csv", Right::Read, Kind::Scan, || get(scans::csv)),
    of("/scans/{id}/cancel", Right::Scan, Kind::Scan, || post(scans::cancel)),
    of("/scans/{id}/repeat", Right::Scan, Kind::Scan, || post(scans::repeat)),
    at("/schedules", Right::Read, || get(schedules::get).post(schedules::post)),
    of("/schedules/{id}", Right::Read, Kind::Schedule, || get(schedules::show).post(schedules::edit)),
    of("/schedules/{id}/pause", Right::Scan, Kind::Schedule, || post(schedules::pause)),
    of("/schedules/{id}/end", Right::Scan, Kind::Schedule, || post(schedules::end)).asks("end-schedule"),
    at("/register/carriers", Right::Read, || get(register::carriers::get).post(register::carriers::post)),
    at("/register/new", Right::Register, || get(register::new).post(register::add)),
    of("/register/{id}/edit", Right::Register, Kind::Asset, || get(register::form).post(register::edit)),
    of("/register/{id}/link", Right::Register, Kind::Asset, || post(register::link)),
    of("/register/{id}/unlink", Right::Register, Kind::Asset, || post(register::unlink)),
    of("/register/{id}/forget", Right::Register, Kind::Asset, || {
        get(register::forgetting).post(register::forget)
    }),
    at("/rules/{rule}", Right::Read, || get(rule::get)),
    whole("/settings", Right::Server, || get(settings::get)),
    whole("/settings/log", Right::Server, || post(settings::raise)),
    whole("/settings/log/reset", Right::Server, || post(settings::reset)),
    at("/orgs", Right::Read, || get(orgs::get).post(orgs::post)),
    of("/orgs/{id}", Right::Orgs, Kind::Org, || post(orgs::edit)),
    of("/orgs/{id}/calendar", Right::Read, Kind::Org, || get(calendar::get).post(calendar::post)),
    of("/orgs/{id}/calendar/remove", Right::Orgs, Kind::Org, || post(calendar::remove))
        .asks("remove-calendar"),
    at("/hooks", Right::Orgs, || get(hooks::get).post(hooks::post)),
    of("/hooks/{id}", Right::Orgs, Kind::Hook, || get(hooks::show).post(hooks::edit)),
    of("/hooks/{id}/test", Right::Orgs, Kind::Hook, || post(hooks::test)),
    of("/hooks/{id}/rotate", Right::Orgs, Kind::Hook, || post(hooks::rotate)).asks("rotate"),
    of("/hooks/{id}/remove", Right::Orgs, Kind::Hook, || post(hooks::remove)).asks("remove-hook"),
    of("/hooks/{id}/replay", Right::Orgs, Kind::Hook, || post(hooks::replay)),
    at("/mail", Right::Orgs, || get(mail::get).post(mail::post)),
    of("/mail/{id}", Right::Orgs, Kind::Recipient, || post(mail::edit)),
    of("/mail/{id}/test", Right::Orgs, Kind::Recipient, || post(mail::test)),
    of("/mail/{id}/replay", Right::Orgs, Kind::Recipient, || post(mail::replay)),
    of("/mail/{id}/remove", Right::Orgs, Kind::Recipient, || post(mail::remove)).asks("remove-mail"),
    at("/policies", Right::Read, || get(policies::list)),
    at("/policies/{id}", Right::Read, || get(policies::show)),
    at("/policies/{id}/rollback", Right::Policies, || post(policies::roll_back)),
    at("/policy-editor", Right::Policies, || get(policy_editor::get).post(policy_editor::post)),
    at("/exemptions", Right::Read, || get(exemptions::get).post(exemptions::add)),
    of("/exemptions/{id}/end", Right::Policies, Kind::Exemption, || post(exemptions::end))
        .asks("end-exemption"),
    at("/enrolment", Right::Enrol, || get(enrolment::get).post(enrolment::post)),
    of("/enrolment/{id}/approve", Right::Enrol, Kind::Device, || post(enrolment::approve)),
    of("/enrolment/{id}/refuse", Right::Enrol, Kind::Device, || post(enrolment::refuse)).asks("refuse"),
    at("/enrolment/links/{id}/revoke", Right::Enrol, || post(enrolment::revoke)),
    whole("/packages", Right::Read, || get(packages::get)),
    whole("/packages/{version}/ring", Right::Server, || post(packages::ring)),
    at("/disputes", Right::OneDevice, || get(disputes::get)),
    of("/disputes/{id}/answer", Right::Answer, Kind::Dispute, || post(disputes::answer)),
    at("/audit", Right::Audit, || get(audit::get)),
];

async fn asset(uri: Uri) -> Response {
    assets::serve(uri.path()).unwrap_or_else(|| Fault::of(Code::NoSuchAddress).into_response())
}

#[cfg(test)]
mod account_tests;
#[cfg(test)]
mod tests;
