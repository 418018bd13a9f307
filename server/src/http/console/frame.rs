//! What every page has around it: head, navigation, language, who is signed in.

use crate::auth::{Actor, Right};
use crate::http::console::assets;
use crate::http::console::when::When;
use crate::i18n::Lang;
use maud::{DOCTYPE, Markup, html};
use muster_proto::time::Timestamp;

/// For whom, when and where a page is made.
#[derive(Clone)]
pub struct Frame {
    /// Language.
    pub lang: Lang,
    /// The moment at which it is made.
    pub now: Timestamp,
    /// Who is signed in; none on the page for signing in.
    pub actor: Option<Actor>,
    /// The token that every form carries.
    pub csrf: String,
    /// Path and query of the page, without `lang`: for the links that change the language.
    pub here: String,
}

/// The places in the navigation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// How everything stands.
    Overview,
    /// The roll-out by organisation.
    Board,
    /// Lists of devices, and devices.
    Devices,
    /// Which phones there should be.
    Register,
    /// What is demanded, and what is excepted.
    Policies,
    /// What many devices were asked.
    Scans,
    /// What carriers say is wrong.
    Disputes,
    /// Tokens and approvals.
    Enrolment,
    /// Who may sign in.
    People,
    /// Who did what.
    Audit,
    /// The server, organisations, and who is told.
    Settings,
    /// None of them.
    Elsewhere,
}

impl Frame {
    /// Whether whoever looks has the right somewhere: what would be refused is not offered.
    #[must_use]
    pub fn may(&self, right: Right) -> bool {
        self.actor.as_ref().is_some_and(|actor| actor.within(right).is_somewhere())
    }

    /// The same on the whole server.
    #[must_use]
    pub fn may_everywhere(&self, right: Right) -> bool {
        self.actor.as_ref().is_some_and(|actor| actor.within(right).is_everywhere())
    }

    /// The same in one organisation.
    #[must_use]
    pub fn may_in(&self, right: Right, org: &str) -> bool {
        self.actor.as_ref().is_some_and(|actor| actor.within(right).has(org))
    }

    /// Times in words, in UTC.
    #[must_use]
    pub fn when(&self) -> When {
        When::utc(self.lang, self.now)
    }

    /// The hidden field that a form needs.
    #[must_use]
    pub fn csrf_field(&self) -> Markup {
        html! { input type="hidden" name="csrf" value=(self.csrf); }
    }

    /// The whole page.
    #[must_use]
    pub fn page(&self, place: Place, title: &str, main: &Markup) -> Markup {
        let lang = self.lang;
        html! {
            (DOCTYPE)
            html lang=(lang.code()) {
                head {
                    meta charset="utf-8";
                    title { (title) " · Muster" }
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="color-scheme" content="light dark";
                    meta name="robots" content="noindex";
                    link rel="icon" href=(assets::ICON.path()) type="image/svg+xml";
                    link rel="stylesheet" href=(assets::STYLE.path());
                    script src=(assets::LIVE.path()) defer {}
                    @if self.actor.is_some() { script src=(assets::PALETTE.path()) defer {} }
                }
                body {
                    a.skip href="#main" { (lang.say("skip")) }
                    header.top {
                        a.mark href="/" { "Muster" }
                        @if self.actor.is_some() { (self.navigation(place)) }
                        @if self.actor.is_some() { (self.finder()) }
                        (self.languages())
                        @if let Some(actor) = &self.actor { (self.person(actor)) }
                    }
                    main #main { (main) }
                    @if self.actor.is_some() { footer.foot { a href="/account" { (lang.say("account")) } " · " a href="/api" { "API" } } }
                }
            }
        }
    }

    /// A page that asks for itself once more.
    #[must_use]
    pub fn again(&self) -> Markup {
        self.onward(&self.here)
    }

    /// A page that sends the browser on: a redirect after a form may lead nowhere but here.
    #[must_use]
    pub fn onward(&self, to: &str) -> Markup {
        html! {
            (DOCTYPE)
            html lang=(self.lang.code()) {
                head {
                    meta charset="utf-8";
                    title { "Muster" }
                    meta http-equiv="refresh" content={ "0; url=" (to) };
                    link rel="stylesheet" href=(assets::STYLE.path());
                }
                body { main { p { a href=(to) { (self.lang.say("continue")) } } } }
            }
        }
    }

    fn navigation(&self, place: Place) -> Markup {
        html! {
            nav aria-label=(self.lang.say("nav")) {
                @for (one, path, key) in self.places() {
                    a href=(path) aria-current=[(one == place).then_some("page")] { (self.lang.say(key)) }
                }
            }
        }
    }

    /// The places that whoever looks may go to: where, and the key of what each is called.
    #[must_use]
    pub fn places(&self) -> Vec<(Place, &'static str, &'static str)> {
        // the server's own are for whoever has it whole; organisations and who is told are for others too
        let settings = if self.may_everywhere(Right::Server) { "/settings" } else { "/orgs" };
        let entries = [
            (Place::Overview, "/", Right::OneDevice, key("nav-overview")),
            (Place::Board, "/board", Right::Read, key("nav-board")),
            (Place::Devices, "/devices", Right::Read, key("nav-devices")),
            (Place::Register, "/register", Right::Read, key("nav-register")),
            (Place::Scans, "/scans", Right::Read, key("nav-scans")),
            (Place::Policies, "/policies", Right::Read, key("nav-policies")),
            (Place::Disputes, "/disputes", Right::OneDevice, key("disputes")),
            (Place::Enrolment, "/enrolment", Right::Enrol, key("nav-enrolment")),
            (Place::People, "/people", Right::People, key("people")),
            (Place::Audit, "/audit", Right::Audit, key("nav-audit")),
            (Place::Settings, settings, Right::Orgs, key("settings")),
        ];
        let seen = entries.into_iter().filter(|(place, _, right, _)| self.shows(*place, *right));
        seen.map(|(place, path, _, key)| (place, path, key)).collect()
    }

    /// The way to everything that has a name; with scripts a box that opens over the page.
    fn finder(&self) -> Markup {
        let lang = self.lang;
        html! {
            a.finder href="/search" title=(lang.say("search-lead")) data-palette data-close=(lang.say("close"))
                data-none=(lang.say("search-none")) data-keys=(lang.say("search-keys")) {
                (lang.say("search")) " " kbd hidden { "Ctrl K" }
            }
        }
    }

    /// Accounts are for whoever may give them on the whole server.
    fn shows(&self, place: Place, right: Right) -> bool {
        if place == Place::People { self.may_everywhere(right) } else { self.may(right) }
    }

    /// The languages, each but this one with a link to it.
    #[must_use]
    pub fn languages(&self) -> Markup {
        let join = if self.here.contains('?') { '&' } else { '?' };
        html! {
            span.languages {
                @for lang in Lang::ALL {
                    @if lang == self.lang {
                        span.on aria-current="true" lang=(lang.code()) title=(lang.name()) { (lang.code().to_uppercase()) }
                    } @else {
                        a href={ (self.here) (join) "lang=" (lang.code()) } hreflang=(lang.code()) lang=(lang.code()) title=(lang.name()) {
                            (lang.code().to_uppercase())
                        }
                    }
                }
            }
        }
    }

    fn person(&self, actor: &Actor) -> Markup {
        html! {
            form.person method="post" action="/sign-out" {
                (self.csrf_field())
                a.who href="/account" title=(self.lang.say("signed-in-as")) { (actor.name()) }
                button.quiet type="submit" { (self.lang.say("sign-out")) }
            }
        }
    }
}

/// A key of the texts, which is how the tests know it for one.
pub const fn key(key: &'static str) -> &'static str {
    key
}

/// What to say where there is nothing to show, and what to do next.
#[must_use]
pub fn empty(what: &str, next: &Markup) -> Markup {
    html! { div.empty { p { (what) } p.next { (next) } } }
}
