//! What a list shows and in which order, as forms that put it into the address; and the same under a name.

use maud::{Markup, html};

use super::{Search, table};
use crate::auth::Right;
use crate::devices::query::Key;
use crate::devices::{Column, Columns, Sort};
use crate::http::console::frame::Frame;
use crate::http::console::whose;
use crate::orgs::OrgView;

/// Keys of an order that the form has room for; an address has room for four, and none that it has is lost.
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
                    @for (column, words) in choices(columns) {
                        label.tick { input type="checkbox" name="columns" value=(words) checked[columns.has(column)]; " " (table::title(lang, column)) }
                    }
                }
                @let keys = keys(search);
                @for nth in 0..KEYS.max(keys.len()) { (key(frame, keys.get(nth).map(String::as_str), nth)) }
                p.buttons { button type="submit" { (lang.say("show")) } }
            }
        }
    }
}

/// What can be ticked, first what is shown, in its order. What stands in one cell is one choice, unless one of the two alone is shown.
fn choices(columns: &Columns) -> Vec<(Column, String)> {
    let rest = Column::ALL.iter().copied().filter(|column| !columns.has(*column));
    let mut choices = Vec::new();
    for column in columns.iter().chain(rest) {
        let (first, second) = match column {
            Column::Maker | Column::Model => (Column::Maker, Column::Model),
            Column::Platform | Column::OsVersion => (Column::Platform, Column::OsVersion),
            other => {
                choices.push((other, other.word().to_owned()));
                continue;
            }
        };
        // beside each other they are one cell; apart, or alone, each stands where it is
        let both = columns.has(first) == columns.has(second);
        if both && (!columns.has(first) || beside(columns, first, second)) {
            if column == second {
                choices.push((second, format!("{},{}", first.word(), second.word())));
            }
        } else if columns.has(column) {
            choices.push((column, column.word().to_owned()));
        }
    }
    choices
}

/// Whether one column follows the other.
fn beside(columns: &Columns, first: Column, second: Column) -> bool {
    let order: Vec<Column> = columns.iter().collect();
    order.windows(2).any(|two| two == [first, second])
}

/// The keys of the order.
fn keys(search: &Search) -> Vec<String> {
    let sort: Sort = search.sort.as_deref().and_then(|sort| sort.parse().ok()).unwrap_or_default();
    sort.to_string().split(',').map(str::to_owned).collect()
}

/// What the form offers: who is sorted by maker or platform already stays so.
fn is_offered(key: &str, chosen: &str) -> bool {
    !matches!(key, "maker" | "platform") || chosen.trim_start_matches('-') == key
}

fn key(frame: &Frame, chosen: Option<&str>, nth: usize) -> Markup {
    let (lang, chosen) = (frame.lang, chosen.unwrap_or_default());
    html! {
        label { @if nth == 0 { (lang.say("sorted-by")) } @else { (lang.say("then-by")) }
            select name="sort" {
                @if nth > 0 { option value="" { "–" } }
                @for column in Column::ALL {
                    @if let Some(key) = column.sort().filter(|key| is_offered(key, chosen)) {
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
