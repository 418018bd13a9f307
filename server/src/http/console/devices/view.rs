//! What a list shows and in which order, as forms that put it into the address; and the same under a name.

use maud::{Markup, html};

use super::{Search, table};
use crate::auth::Right;
use crate::devices::query::Key;
use crate::devices::{Column, Columns, Sort};
use crate::http::console::frame::Frame;
use crate::http::console::whose;
use crate::i18n::Lang;
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
                    @for Choice { column, words, title } in choices(lang, columns) {
                        label.tick { input type="checkbox" name="columns" value=(words) checked[columns.has(column)]; " " (title) }
                    }
                }
                @let keys = keys(search);
                @for nth in 0..KEYS.max(keys.len()) { (key(frame, keys.get(nth).map(String::as_str), nth)) }
                p.buttons { button type="submit" { (lang.say("show")) } }
            }
        }
    }
}

/// What can be ticked.
struct Choice {
    column: Column,
    /// What the address says of it.
    words: String,
    title: String,
}

/// What can be ticked, first what is shown, in its order. What stands in one cell is one choice, unless one of the two alone is shown, or they
/// stand apart.
fn choices(lang: Lang, columns: &Columns) -> Vec<Choice> {
    let rest = Column::ALL.iter().copied().filter(|column| !columns.has(*column));
    let mut choices = Vec::new();
    for column in columns.iter().chain(rest) {
        let (first, second, title) = match column {
            Column::Maker | Column::Model => (Column::Maker, Column::Model, "device"),
            Column::Platform | Column::OsVersion => (Column::Platform, Column::OsVersion, "system"),
            other => (other, other, ""),
        };
        let hidden = !columns.has(first) && !columns.has(second);
        if first != second && (hidden || beside(columns, first, second)) {
            if column == second {
                let words = format!("{},{}", first.word(), second.word());
                choices.push(Choice { column, words, title: lang.say(title) });
            }
        } else {
            choices.push(Choice {
                column,
                words: column.word().to_owned(),
                title: table::title(lang, column),
            });
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

fn key(frame: &Frame, chosen: Option<&str>, nth: usize) -> Markup {
    let (lang, chosen) = (frame.lang, chosen.unwrap_or_default());
    html! {
        label { @if nth == 0 { (lang.say("sorted-by")) } @else { (lang.say("then-by")) }
            select name="sort" {
                @if nth > 0 { option value="" { "–" } }
                @for column in Column::ALL {
                    @if let Some(key) = column.sort() {
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_column_can_be_ticked_under_a_title_of_its_own() {
        for shown in [
            "model",
            "os_version,model",
            "manufacturer,status,model",
            "model,manufacturer",
            "verdict",
            "platform,os_version",
        ] {
            for lang in [Lang::En, Lang::Ru] {
                let choices = choices(lang, &shown.parse().unwrap());
                let titles: BTreeSet<&str> = choices.iter().map(|choice| choice.title.as_str()).collect();
                assert_eq!(titles.len(), choices.len(), "{shown}: {titles:?}");
                let offered: BTreeSet<&str> =
                    choices.iter().flat_map(|choice| choice.words.split(',')).collect();
                let all: BTreeSet<&str> = Column::ALL.iter().map(|column| column.word()).collect();
                assert_eq!(offered, all, "{shown}");
            }
        }
    }

    #[test]
    fn every_order_has_a_title_of_its_own() {
        for lang in [Lang::En, Lang::Ru] {
            let sorted = Column::ALL.iter().filter(|column| column.sort().is_some());
            let titles: Vec<String> = sorted.map(|column| table::title(lang, *column)).collect();
            assert_eq!(titles.iter().collect::<BTreeSet<_>>().len(), titles.len(), "{titles:?}");
        }
    }
}
