//! The table of a list of devices: the columns that were chosen, each sorted by at a click.

use maud::{Markup, html};

use super::{Search, name, system};
use crate::auth::Right;
use crate::devices::view::{DeviceList, DeviceRow};
use crate::devices::{Column, Columns, Sort};
use crate::http::console::frame::{Frame, key};
use crate::http::console::marks;
use crate::http::console::when::When;
use crate::i18n::Lang;
use crate::orgs::OrgView;

/// What stands in a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cell {
    /// Maker and model, with the link.
    Name,
    /// Operating system and version.
    System,
    /// One part.
    Part(Column),
}

/// The cells of a row. What leads to the device is always there.
fn cells(columns: &Columns) -> Vec<Cell> {
    let mut cells = Vec::new();
    for column in columns.iter() {
        let cell = match column {
            Column::Maker | Column::Model => Cell::Name,
            Column::Platform | Column::OsVersion => Cell::System,
            other => Cell::Part(other),
        };
        if !cells.contains(&cell) {
            cells.push(cell);
        }
    }
    if !columns.has(Column::Id) && !cells.contains(&Cell::Name) {
        cells.insert(0, Cell::Name);
    }
    cells
}

/// The table.
pub fn of(
    frame: &Frame,
    search: &Search,
    (list, columns): (&DeviceList, &Columns),
    orgs: &[OrgView],
) -> Markup {
    let cells = cells(columns);
    let ticks = ticks(frame);
    html! {
        table.list.devices {
            thead {
                tr {
                    @if ticks { th.tick { span.hidden { (frame.lang.say("ticked")) } } }
                    @for cell in &cells { (head(frame, search, *cell)) }
                }
            }
            tbody { @for device in &list.devices { (row(frame, device, &cells, orgs)) } }
        }
    }
}

/// Whether somebody may do something with what is ticked.
pub fn ticks(frame: &Frame) -> bool {
    frame.may(Right::Scan) || frame.may(Right::Enrol)
}

fn head(frame: &Frame, search: &Search, cell: Cell) -> Markup {
    let (title, key) = match cell {
        Cell::Name => (frame.lang.say("device"), Some("model")),
        Cell::System => (frame.lang.say("system"), Some("os")),
        Cell::Part(column) => (title(frame.lang, column), column.sort()),
    };
    let sort: Sort = search.sort.as_deref().and_then(|sort| sort.parse().ok()).unwrap_or_default();
    let sorted =
        key.and_then(|key| sort.first(key)).map(|down| if down { "descending" } else { "ascending" });
    let down_first = matches!(cell, Cell::Part(Column::Verdict | Column::Since | Column::LastContact));
    html! {
        th.right[is_right(cell)].system[cell == Cell::System] aria-sort=[sorted] {
            @match key {
                Some(key) => a href=(search.sorted_by(key, down_first).address()) { (title) },
                None => (title),
            }
        }
    }
}

fn is_right(cell: Cell) -> bool {
    matches!(cell, Cell::Part(Column::Since | Column::LastContact | Column::LastFresh | Column::Enrolled))
}

/// What a column is called.
pub fn title(lang: Lang, column: Column) -> String {
    lang.say(match column {
        Column::Id => key("id"),
        Column::AssetTag => key("asset-tag"),
        Column::Org => key("organisation"),
        Column::Status => key("status"),
        Column::Verdict => key("verdict"),
        Column::Since => key("since"),
        Column::Due => key("until"),
        Column::Platform => key("fact-platform"),
        Column::OsVersion => key("fact-os_version"),
        Column::Patch => key("fact-security_patch"),
        Column::Maker => key("fact-manufacturer"),
        Column::Model => key("fact-model"),
        Column::Agent => key("agent-version"),
        Column::Apps => key("watched-apps"),
        Column::Enrolled => key("enrolled-at"),
        Column::LastContact => key("last-contact"),
        Column::LastFresh => key("last-fresh"),
        Column::Labels => key("labels"),
    })
}

fn row(frame: &Frame, device: &DeviceRow, cells: &[Cell], orgs: &[OrgView]) -> Markup {
    let org = orgs.iter().find(|org| org.id == device.org);
    let when = org.map_or_else(|| frame.when(), |org| frame.when().in_zone(&org.time_zone));
    html! {
        tr {
            @if ticks(frame) {
                td.tick { input type="checkbox" name="device" value=(device.id) aria-label={ (name(frame, device)) " " (device.asset_tag.as_deref().unwrap_or_default()) }; }
            }
            @for cell in cells {
                @match cell {
                    Cell::Name => td.name { a href={ "/devices/" (device.id) } { (name(frame, device)) } },
                    Cell::System => td.system { (system(frame, device)) },
                    Cell::Part(column) => (part(frame, &when, device, *column, org)),
                }
            }
        }
    }
}

fn part(frame: &Frame, when: &When, device: &DeviceRow, column: Column, org: Option<&OrgView>) -> Markup {
    let id = device.id;
    match column {
        Column::Verdict => {
            html! { td.verdict #{ "v-" (id) } data-live { (marks::state(frame.lang, device.verdict.state)) } }
        }
        Column::Due => html! { td.until #{ "u-" (id) } data-live { (marks::until(when, &device.verdict)) } },
        Column::Since => {
            html! { td.since.right #{ "s-" (id) } data-live { (when.lasting(device.verdict.since)) } }
        }
        Column::LastContact => {
            html! { td.contact.right #{ "c-" (id) } data-live { (when.ago_or_never(device.last_contact)) } }
        }
        Column::LastFresh => html! { td.extra.right { (when.ago_or_never(device.last_fresh)) } },
        Column::Enrolled => html! { td.extra.right { (when.ago(device.enrolled)) } },
        Column::AssetTag => html! { td.tag { (device.asset_tag.as_deref().unwrap_or_default()) } },
        Column::Org => html! { td.org { (org.map_or(device.org.as_str(), |org| org.title.as_str())) } },
        Column::Id => html! { td.extra { a href={ "/devices/" (id) } { code { (id) } } } },
        Column::Status => html! { td.extra { (frame.lang.word("device-status", device.status.word())) } },
        Column::Labels => {
            html! { td.extra { @for (name, value) in &device.labels { code { (name) "=" (value) } " " } } }
        }
        other => html! { td.extra { (other.cell(device)) } },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_leads_to_a_device_is_always_there() {
        let read = |text: &str| cells(&text.parse().unwrap());
        assert_eq!(read("verdict"), [Cell::Name, Cell::Part(Column::Verdict)]);
        assert_eq!(read("id"), [Cell::Part(Column::Id)]);
        assert_eq!(read("os_version,model,platform,manufacturer"), [Cell::System, Cell::Name]);
    }
}
