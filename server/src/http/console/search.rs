//! `/search`: everything that has a name, from one box. The palette (`assets/palette.js`) asks this page as one types; without scripts
//! it is a page like any other. What somebody may not open is not found.

use axum::extract::State;
use maud::{Markup, html};
use serde::Deserialize;
use std::sync::Arc;

use crate::app::App;
use crate::auth::{Actor, Right};
use crate::devices::{self, Named};
use crate::error::ActionError;
use crate::groups;
use crate::http::admin::Query;
use crate::http::console::devices::Search;
use crate::http::console::frame::{Frame, Place, key};
use crate::http::console::visit::{Page, Person};
use crate::http::console::{groups as group_pages, rule as rule_page};
use crate::http::fault::Fault;
use crate::i18n::Lang;
use crate::{judge, orgs, people, policies};

/// Most of one kind.
const MOST: usize = 8;
/// Most characters.
const LONGEST: usize = 200;

/// What was typed.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    #[serde(default)]
    q: String,
    #[serde(rename = "lang", default)]
    _lang: Option<String>,
}

/// Something that was found.
#[derive(Debug)]
struct Found {
    title: String,
    beside: String,
    to: String,
}

/// What was found of one kind.
struct Kind {
    called: String,
    found: Vec<Found>,
}

/// Shows what is called so; with nothing typed, the pages.
pub async fn get(
    State(app): State<Arc<App>>,
    person: Person,
    Query(asked): Query<Asked>,
) -> Result<Page, Fault> {
    let typed = asked.q.trim();
    if typed.chars().count() > LONGEST {
        return Err(Fault::malformed(format!("q: more than {LONGEST} characters")));
    }
    let kinds = found(&app, &person.actor, &person.frame, typed).await?;
    Ok(Page(page(&person.frame, typed, &kinds)))
}

async fn found(app: &App, actor: &Actor, frame: &Frame, typed: &str) -> Result<Vec<Kind>, ActionError> {
    let (lang, words) = (frame.lang, Words::of(typed));
    let mut kinds = vec![Kind { called: lang.say("nav"), found: pages(frame, &words) }];
    if words.0.is_empty() {
        return Ok(kinds);
    }
    let mut add = |called: String, found: Vec<Found>| kinds.push(Kind { called, found });
    add(lang.say("devices"), phones(app, actor, frame, typed).await?);
    if frame.may(Right::Read) {
        add(lang.say("organisations"), organisations(app, actor, &words).await?);
        add(lang.say("rules"), rules(app, actor, lang, &words));
        add(lang.say("policies"), documents(app, actor, &words).await?);
        add(lang.say("groups"), views(app, actor, lang, &words).await?);
    }
    if frame.may_everywhere(Right::People) {
        add(lang.say("people"), accounts(app, &words).await?);
    }
    if frame.may(Right::Read) {
        add(lang.say("look-in-all"), elsewhere(lang, typed));
    }
    kinds.retain(|kind| !kind.found.is_empty());
    Ok(kinds)
}

/// The words that were typed, in small letters. A name is meant where it has each of them.
struct Words(Vec<String>);

impl Words {
    fn of(typed: &str) -> Self {
        Self(typed.split_whitespace().map(str::to_lowercase).collect())
    }

    fn mean(&self, names: &[&str]) -> bool {
        let names: Vec<String> = names.iter().map(|name| name.to_lowercase()).collect();
        self.0.iter().all(|word| names.iter().any(|name| name.contains(word)))
    }
}

/// Pages beside those of the navigation: where, who may see them, on the whole server only, and what they are called.
const PAGES: [(&str, Right, bool, &str); 12] = [
    ("/groups", Right::Read, false, key("groups")),
    ("/schedules", Right::Read, false, key("schedules")),
    ("/exemptions", Right::Read, false, key("exemptions")),
    ("/policy-editor", Right::Policies, false, key("policy-editor")),
    ("/register/new", Right::Register, false, key("new-phone")),
    ("/orgs", Right::Read, false, key("organisations")),
    ("/hooks", Right::Orgs, false, key("hooks")),
    ("/mail", Right::Orgs, false, key("mail")),
    ("/packages", Right::Read, true, key("packages")),
    ("/find", Right::OneDevice, false, key("find-phone")),
    ("/account", Right::OneDevice, false, key("account")),
    ("/api", Right::OneDevice, false, "API"),
];

/// In whichever language somebody types.
fn pages(frame: &Frame, words: &Words) -> Vec<Found> {
    let places = frame.places().into_iter().map(|(_, to, key)| (to, key));
    let more = PAGES.iter().filter(
        |(_, right, whole, _)| {
            if *whole { frame.may_everywhere(*right) } else { frame.may(*right) }
        },
    );
    let all = places.chain(more.map(|(to, .., key)| (*to, *key)));
    let meant = all.filter(|(_, key)| {
        let names = Lang::ALL.map(|lang| lang.say(key));
        words.mean(&names.each_ref().map(String::as_str))
    });
    meant
        .map(|(to, key)| Found { title: frame.lang.say(key), beside: String::new(), to: to.to_owned() })
        .collect()
}

/// By how their names begin; for whoever sees no lists the one that is called exactly so.
async fn phones(app: &App, actor: &Actor, frame: &Frame, typed: &str) -> Result<Vec<Found>, ActionError> {
    if frame.may(Right::Read) {
        let named = devices::beginning(app, actor, typed, MOST as u32).await?;
        return Ok(named.into_iter().map(phone).collect());
    }
    Ok(match devices::find(app, actor, typed).await {
        Ok(row) => {
            let to = format!("/devices/{}", row.id);
            let title = row.asset_tag.unwrap_or_else(|| row.id.to_string());
            vec![Found { title, beside: beside(row.model, &row.org), to }]
        }
        Err(error) if error.problem().status < 500 => Vec::new(),
        Err(error) => return Err(error),
    })
}

fn phone(named: Named) -> Found {
    let to = match (named.device, named.asset) {
        (Some(device), _) => format!("/devices/{device}"),
        (None, Some(asset)) => format!("/register/{asset}"),
        (None, None) => "/devices".to_owned(),
    };
    Found { title: named.name, beside: beside(named.model, &named.org), to }
}

fn beside(model: Option<String>, org: &str) -> String {
    model.map_or_else(|| org.to_owned(), |model| format!("{model} · {org}"))
}

async fn organisations(app: &App, actor: &Actor, words: &Words) -> Result<Vec<Found>, ActionError> {
    let list = orgs::list(app, actor).await?.into_iter().filter(|org| words.mean(&[&org.id, &org.title]));
    let found = list.map(|org| Found {
        to: Search { org: Some(org.id.clone()), ..Search::default() }.address(),
        title: org.title,
        beside: org.id,
    });
    Ok(found.take(MOST).collect())
}

fn rules(app: &App, actor: &Actor, lang: Lang, words: &Words) -> Vec<Found> {
    let rules = app.rules.now();
    let titled = rules.rule_ids(&actor.within(Right::Read)).into_iter().map(|id| {
        let title = judge::title(&id, rules.rules_named(&id).next().map(|(_, rule)| rule));
        (id, title)
    });
    let meant = titled.filter(|(id, title)| words.mean(&[id, title.en.as_str(), title.ru.as_str()]));
    meant
        .map(|(id, title)| Found {
            title: lang.of(&title).to_owned(),
            to: rule_page::address(&id),
            beside: id,
        })
        .take(MOST)
        .collect()
}

async fn documents(app: &App, actor: &Actor, words: &Words) -> Result<Vec<Found>, ActionError> {
    let list = policies::list(app, actor).await?.into_iter().filter(|view| words.mean(&[&view.policy]));
    let found = list.map(|view| Found {
        to: format!("/policies/{}", view.policy),
        title: view.policy,
        beside: String::new(),
    });
    Ok(found.take(MOST).collect())
}

async fn views(app: &App, actor: &Actor, lang: Lang, words: &Words) -> Result<Vec<Found>, ActionError> {
    let list = groups::list(app, actor, false).await?.into_iter().map(|view| view.group);
    let meant = list.filter(|group| words.mean(&[&group.id, &group.title.en, &group.title.ru]));
    let found = meant.map(|group| Found {
        title: group.title.of(lang).to_owned(),
        beside: group.query.clone(),
        to: group_pages::address(&group),
    });
    Ok(found.take(MOST).collect())
}

async fn accounts(app: &App, words: &Words) -> Result<Vec<Found>, ActionError> {
    let list = people::list(app, None, people::MOST).await?.people.into_iter().map(|view| view.person);
    let meant = list.filter(|person| words.mean(&[&person.name, &person.title]));
    let found = meant.map(|person| {
        let name: String = form_urlencoded::byte_serialize(person.name.as_bytes()).collect();
        // a space in a path is no plus
        let to = format!("/people/{}", name.replace('+', "%20"));
        Found { title: person.name, beside: person.title, to }
    });
    Ok(found.take(MOST).collect())
}

/// The lists that look for it anywhere in what they know.
fn elsewhere(lang: Lang, typed: &str) -> Vec<Found> {
    let quoted = format!("\"{}\"", typed.replace('\\', "\\\\").replace('"', "\\\""));
    let in_register: String = form_urlencoded::byte_serialize(typed.as_bytes()).collect();
    let to = Search { q: Some(quoted), ..Search::default() }.address();
    let beside = || format!("“{typed}”");
    vec![
        Found { title: lang.say("devices"), beside: beside(), to },
        Found { title: lang.say("register"), beside: beside(), to: format!("/register?text={in_register}") },
    ]
}

fn page(frame: &Frame, typed: &str, kinds: &[Kind]) -> Markup {
    let lang = frame.lang;
    let main = html! {
        div.head { h1 { (lang.say("search")) } }
        p.lead { (lang.say("search-lead")) }
        form.filters role="search" method="get" action="/search" {
            input type="search" name="q" value=(typed) maxlength=(LONGEST) autocomplete="off" spellcheck="false" aria-label=(lang.say("search"));
            button type="submit" { (lang.say("search-go")) }
        }
        div.found #found {
            @for kind in kinds {
                section {
                    h2 { (kind.called) }
                    ul { @for one in &kind.found { li { a href=(one.to) { (one.title) } @if !one.beside.is_empty() { " " span.soft { (one.beside) } } } } }
                }
            }
        }
    };
    frame.page(Place::Elsewhere, &lang.say("search"), &main)
}

#[cfg(test)]
mod tests {
    use axum::http::{Method, StatusCode};
    use serde_json::json;

    use super::*;
    use crate::auth::Role;
    use crate::http::testing::world;

    #[test]
    fn a_name_is_meant_that_has_every_word_in_whatever_letters() {
        assert!(Words::of(" fin  MIN ").mean(&["minfin", "Министерство"]));
        assert!(Words::of("МИНИСТ").mean(&["minfin", "Министерство"]));
        assert!(!Words::of("fin energy").mean(&["minfin"]));
        assert!(Words::of("").mean(&["anything"]));
    }

    #[tokio::test]
    async fn what_has_a_name_is_found_and_the_rest_looked_for_in_the_lists() {
        let world = world().await;
        let phone = world.phone("T1", "MF-77").await;
        world.post("/assets", &json!({ "org": "minfin", "tag": "MF-78", "carrier": "Anna" })).await;
        let cookie = world.sign_in("Anna").await;
        let look = async |q: &str| {
            let answer = world.visit(Method::GET, &format!("/search?q={q}&lang=en"), &cookie, "").await;
            assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
            answer.text.split("id=\"found\"").nth(1).unwrap().to_owned()
        };
        let found = look("mf-7").await;
        assert!(found.contains(&format!("/devices/{}", phone.id)) && found.contains("MF-78"), "{found}");
        assert!(look("finance").await.contains("/devices?org=minfin"));
        assert!(look("silen").await.contains("/rules/silence"));
        assert!(
            look("%D1%80%D0%B5%D0%B5%D1%81%D1%82%D1%80").await.contains("href=\"/register\""),
            "in the other language"
        );
        assert!(look("anna").await.contains("/people/Anna"));
        assert!(look("a%22b").await.contains("q=%22a%5C%22b%22"), "quoted for the list");
        let nothing = look("").await;
        assert!(nothing.contains("/board") && nothing.contains("/schedules"), "{nothing}");
        let long = world.visit(Method::GET, &format!("/search?q={}", "a".repeat(201)), &cookie, "").await;
        assert_eq!(long.status, StatusCode::BAD_REQUEST);
    }

    #[tokio::test]
    async fn who_sees_no_lists_finds_a_phone_by_its_whole_name_alone() {
        let world = world().await;
        let phone = world.phone("T1", "MF-77").await;
        let cookie = world.sign_in_as("Helen", Role::Helpdesk).await;
        for (q, there) in [("mf-7", false), ("MF-77", true), ("finance", false)] {
            let answer = world.visit(Method::GET, &format!("/search?q={q}"), &cookie, "").await;
            assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
            assert_eq!(answer.text.contains(&phone.id.to_string()), there, "{q}");
            assert!(!answer.text.contains("/devices?"), "no list is offered");
        }
    }
}
