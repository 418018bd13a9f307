//! The tables of the register's page.

use maud::{Markup, html};

use crate::devices::view::DeviceRow;
use crate::http::console::devices;
use crate::http::console::frame::Frame;
use crate::http::console::marks;
use crate::http::console::when::When;
use crate::orgs::OrgView;
use crate::register::{Asset, AssetList, AssetRow, CarrierStanding, Unregistered};

/// Phones of the register.
pub fn assets(frame: &Frame, list: &AssetList, orgs: &[OrgView]) -> Markup {
    let lang = frame.lang;
    html! {
        table.list {
            thead {
                tr {
                    th { (lang.say("asset-tag")) }
                    th { (lang.say("carrier")) }
                    th { (lang.say("phone")) }
                    th { (lang.say("organisation")) }
                    th { (lang.say("life")) }
                    th { (lang.say("verdict")) }
                    th { (lang.say("until")) }
                    th.right { (lang.say("last-contact")) }
                }
            }
            tbody { @for row in &list.assets { (asset(frame, row, orgs)) } }
        }
    }
}

fn asset(frame: &Frame, row: &AssetRow, orgs: &[OrgView]) -> Markup {
    let asset = &row.asset;
    let org = orgs.iter().find(|org| org.id == asset.org);
    let when = when(frame, org);
    html! {
        tr {
            td.name { a href={ "/register/" (asset.id) } { (called(asset)) } }
            td { (asset.carrier.as_deref().unwrap_or_default()) (standing(frame, asset)) }
            td { (phone(frame, asset)) }
            td.org { (org.map_or(asset.org.as_str(), |org| org.title.as_str())) }
            td { (frame.lang.word("asset-life", asset.life.word())) }
            td.verdict { @if let Some(verdict) = row.verdict { (marks::state(frame.lang, verdict.state)) } }
            td.until { @if let Some(verdict) = row.verdict { (marks::until(&when, &verdict)) } }
            td.contact.right {
                @if asset.device.is_some() { (when.ago_or_never(row.last_contact)) }
            }
        }
    }
}

/// Devices that the register doesn't know.
pub fn devices(frame: &Frame, list: &Unregistered, orgs: &[OrgView]) -> Markup {
    let lang = frame.lang;
    html! {
        table.list {
            thead {
                tr {
                    th { (lang.say("device")) }
                    th { (lang.say("asset-tag")) }
                    th { (lang.say("organisation")) }
                    th { (lang.say("system")) }
                    th { (lang.say("verdict")) }
                    th.right { (lang.say("last-contact")) }
                }
            }
            tbody { @for row in &list.devices { (device(frame, row, orgs)) } }
        }
    }
}

fn device(frame: &Frame, row: &DeviceRow, orgs: &[OrgView]) -> Markup {
    let org = orgs.iter().find(|org| org.id == row.org);
    html! {
        tr {
            td.name { a href={ "/devices/" (row.id) } { (devices::name(frame, row)) } }
            td.tag { (row.asset_tag.as_deref().unwrap_or_default()) }
            td.org { (org.map_or(row.org.as_str(), |org| org.title.as_str())) }
            td.system { (devices::system(frame, row)) }
            td.verdict { (marks::state(frame.lang, row.verdict.state)) }
            td.contact.right { (when(frame, org).ago_or_never(row.last_contact)) }
        }
    }
}

/// What people know it by: its tag, its serial number, or the beginning of its id.
pub fn called(asset: &Asset) -> String {
    let number = asset.tag.clone().or_else(|| asset.serial.clone());
    number.unwrap_or_else(|| asset.id.to_string().chars().take(8).collect())
}

/// What the directory says of who carries it, where that is something to look after.
pub fn standing(frame: &Frame, asset: &Asset) -> Markup {
    let said = asset.carrier_standing.filter(|standing| *standing != CarrierStanding::Known);
    html! { @if let Some(said) = said { " " span.note { (frame.lang.word("carrier-standing", said.word())) } } }
}

/// Maker, model and platform, as far as they are known.
pub fn phone(frame: &Frame, asset: &Asset) -> String {
    let platform = asset.platform.map(|platform| frame.lang.word("asset-platform", platform.word()));
    let words = [asset.maker.clone(), asset.model.clone(), platform.map(|platform| format!("({platform})"))];
    words.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

/// Times in the organisation's time zone.
pub fn when(frame: &Frame, org: Option<&OrgView>) -> When {
    org.map_or_else(|| frame.when(), |org| frame.when().in_zone(&org.time_zone))
}
