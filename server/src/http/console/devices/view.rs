//! What a list shows and in which order, as forms that put it into the address; and the same under a name.

use maud::{Markup, html};

use super::{Search, table};
use crate::auth::Right;
use crate::devices::query::Key;
use crate::devices::{Column, Columns, Sort};
use crate::http::console::frame::Frame;
use crate::http::console::whose;
use crate::orgs::OrgView;

/// Keys of an order that the form has room for; an address has room for four.
const KEYS: usize = 3;

/// Which columns, in which order; and the list as a file.
pub fn form(frame: &Frame, search: &Search, columns: &Columns) -> Markup {
    let lang = frame.lang;
    html! {
        p.links {
            a href=(search.file(columns, "csv")) download { "CSV" }
            a href=(search.file(columns, "ndjson")) download { "JSON" }
        }
        details.view {
            summary { (lang.say("columns-and-order")) }
            form.ask method="get" action="/devices" {
                @for (name, value) in [("q", search.q.as_deref()), ("org", search.org.as_deref()), ("verdict", search.verdict.map(|state| state.word()))] {
                    @if let Some(value) = value { input type="hidden" name=(name) value=(value); }
                }
                fieldset.set {
                    legend { (lang.say("columns-of-list")) }
                    @for (column, words) in choices() {
                        label.tick { input type="checkbox" name="columns" value=(words) checked[columns.has(column)]; " " (table::title(lang, column)) }
                    }
                }
                @for nth in 0..KEYS { (key(frame, search, nth)) }
                p.buttons { button type="submit" { (lang.say("show")) } }
            }
        }
    }
}

/// What can be ticked: what stands in one cell is one choice.
fn choices() -> impl Iterator<Item = (Column, &'static str)> {
    Column::ALL.iter().filter_map(|column| match column {
        Column::Maker | Column::Platform => None,
        Column::Model => Some((*column, "manufacturer,model")),
        Column::OsVersion => Some((*column, "platform,os_version")),
        other => Some((*other, other.word())),
    })
}

fn key(frame: &Frame, search: &Search, nth: usize) -> Markup {
    let lang = frame.lang;
    let sort: Sort = search.sort.as_deref().and_then(|sort| sort.parse().ok()).unwrap_or_default();
    let sort = sort.to_string();
    let chosen = sort.split(',').nth(nth).unwrap_or_default();
    html! {
        label { @if nth == 0 { (lang.say("sorted-by")) } @else { (lang.say("then-by")) }
            select name="sort" {
                @if nth > 0 { option value="" { "–" } }
                @for column in Column::ALL {
                    @if let Some(key) = column.sort().filter(|key| !matches!(*key, "maker" | "platform")) {
                        @for (word, sign) in [(key.to_owned(), "↑"), (format!("-{key}"), "↓")] {
                            option value=(word) selected[word == chosen] { (table::title(lang, *column)) " " (sign) }
                        }
                    }
                }
            }
        }
    }
}

/// Puts the list under a name.
pub fn save(frame: &Frame, search: &Search, orgs: &[OrgView]) -> Markup {
    let lang = frame.lang;
    let query = search.whole().filter(|query| frame.may(Right::Scan) && !query.asks(Key::Group));
    html! {
        @if let Some(query) = query {
            details.view {
                summary { (lang.say("save-as-group")) }
                form.ask method="post" action="/groups" {
                    (frame.csrf_field())
                    input type="hidden" name="q" value=(query);
                    @if let Some(sort) = &search.sort { input type="hidden" name="sort" value=(sort); }
                    @if let Some(columns) = &search.columns { input type="hidden" name="columns" value=(columns); }
                    label { (lang.say("group-name")) input name="id" required maxlength="48" pattern="[a-z0-9\\-]+" placeholder="vip"; }
                    label { (lang.say("title-in-english")) input name="title_en" required maxlength="200"; }
                    label { (lang.say("title-in-russian")) input name="title_ru" required maxlength="200"; }
                    (whose::field(frame, Right::Scan, orgs, search.org.as_deref()))
                    p.hint { code { (query) } }
                    p.buttons { button type="submit" { (lang.say("add")) } }
                }
            }
        }
    }
}
