//! What people see of the register.

use crate::field::{DASH, Field as _};
use crate::output::{print, print_json};
use crate::table::{Cell, Table};
use muster_proto::money::in_units;
use serde_json::Value;

/// A list.
pub fn list(assets: &[Value]) -> String {
    let mut table =
        Table::new(&["tag", "serial", "org", "carrier", "phone", "life", "verdict", "last contact (UTC)"]);
    for asset in assets {
        table.row([
            asset.word("tag").into(),
            asset.word("serial").into(),
            asset.word("org").into(),
            carrier(asset).into(),
            phone(asset).into(),
            asset.word("life").into(),
            verdict(asset),
            asset.moment("last_contact").into(),
        ]);
    }
    if table.is_empty() {
        return "No phone of the register is like that. muster asset add, muster asset import".to_owned();
    }
    table.text()
}

/// One phone.
pub fn one(asset: &Value, json: bool) -> anyhow::Result<()> {
    if json {
        return print_json(asset);
    }
    let mut table = Table::pairs();
    let mut pair = |name: &str, cell: Cell| table.row([Cell::dim(name), cell]);
    for (name, key) in [("id", "id"), ("tag", "tag"), ("serial number", "serial"), ("organisation", "org")] {
        pair(name, asset.word(key).into());
    }
    pair("carrier", carrier(asset).into());
    pair("id in the directory", asset.word("carrier_id").into());
    pair("said so since", asset.moment("carrier_since").into());
    pair("works in", asset.word("carrier_org").into());
    pair("phone", phone(asset).into());
    pair("platform", asset.word("platform").into());
    pair("life", format!("{} since {}", asset.word("life"), asset.moment("life_since")).into());
    pair("device", asset.word("device").into());
    pair("last contact", asset.moment("last_contact").into());
    pair("verdict", verdict(asset));
    pair("to be replaced by", asset.word("replace_by").into());
    pair("replaced by", asset.word("replaced_by").into());
    pair("paid by", asset.word("budget").into());
    let currency = asset.text("currency").unwrap_or_default();
    let cost = asset.at("cost").as_u64().map(|cost| format!("{} {currency}", in_units(cost, currency)));
    pair("cost", cost.unwrap_or_else(|| DASH.to_owned()).into());
    pair("note", asset.word("note").into());
    print(&table.text())
}

/// What became of a phone.
pub fn history(events: &[Value]) -> String {
    let mut table = Table::new(&["at (UTC)", "what", "was", "becomes", "by"]);
    for event in events {
        table.row([
            event.moment("at").into(),
            event.word("part").into(),
            event.word("was").into(),
            event.word("becomes").into(),
            event.word("actor").into(),
        ]);
    }
    table.text()
}

/// Devices that the register doesn't know.
pub fn devices(devices: &[Value]) -> String {
    let mut table = Table::new(&["id", "asset tag", "org", "maker", "model", "last contact (UTC)"]);
    for device in devices {
        table.row([
            device.word("id").into(),
            device.word("asset_tag").into(),
            device.word("org").into(),
            device.word("manufacturer").into(),
            device.word("model").into(),
            device.moment("last_contact").into(),
        ]);
    }
    if table.is_empty() { "The register knows every active device.".to_owned() } else { table.text() }
}

fn phone(asset: &Value) -> String {
    let words: Vec<&str> = [asset.text("maker"), asset.text("model")].into_iter().flatten().collect();
    if words.is_empty() { DASH.to_owned() } else { words.join(" ") }
}

/// Who carries it, with what the directory says of that person where it is something to look after.
fn carrier(asset: &Value) -> String {
    match asset.text("carrier_standing") {
        Some(standing) if standing != "known" => format!("{} ({standing})", asset.word("carrier")),
        _ => asset.word("carrier"),
    }
}

fn verdict(asset: &Value) -> Cell {
    match asset.text("verdict/state") {
        Some(state) => Cell::state(state),
        None => Cell::dim(DASH),
    }
}
