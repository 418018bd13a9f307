//! What people do with a phone of the register: write it down, change what is said of it, link it, part it, forget who carried it.

use axum::extract::State;
use axum::response::Redirect;
use maud::{Markup, html};
use muster_proto::money::{in_units, smallest_units};
use muster_proto::time::Day;
use std::str::FromStr;
use std::sync::Arc;

use super::table::called;
use crate::app::App;
use crate::auth::Right;
use crate::http::admin::Id;
use crate::http::console::frame::{Frame, Place};
use crate::http::console::visit::{Fields, Page, Person, Signed, version};
use crate::http::console::whose;
use crate::http::fault::Fault;
use crate::orders;
use crate::orgs::{self, OrgView};
use crate::problems::Code;
use crate::register::{self, Asset, AssetChange, AssetId, AssetPlatform, Budget, Life, NewAsset};
use crate::version::version_of;

/// The form for a new one.
pub async fn new(State(app): State<Arc<App>>, person: Person) -> Result<Page, Fault> {
    let (frame, orgs) = (&person.frame, orgs::list(&app, &person.actor).await?);
    let title = frame.lang.say("new-phone");
    let main = html! {
        p.crumbs { a href="/register" { (frame.lang.say("register")) } }
        h1 { (title) }
        form.ask method="post" action="/register/new" {
            (fields(frame, None, &orgs))
            p.buttons { button.primary type="submit" { (frame.lang.say("write-it-down")) } }
        }
    };
    Ok(Page(frame.page(Place::Register, &title, &main)))
}

/// Writes it down.
pub async fn add(State(app): State<Arc<App>>, signed: Signed<Fields>) -> Result<Redirect, Fault> {
    let change = change(&signed.form)?;
    let new = NewAsset {
        org: change.org.unwrap_or_default(),
        tag: change.tag.flatten(),
        serial: change.serial.flatten(),
        carrier: change.carrier.flatten(),
        carrier_id: change.carrier_id.flatten(),
        maker: change.maker.flatten(),
        model: change.model.flatten(),
        platform: change.platform.flatten(),
        life: change.life,
        replace_by: change.replace_by.flatten(),
        budget: change.budget.flatten(),
        cost: change.cost.flatten(),
        currency: change.currency.flatten(),
        replaced_by: change.replaced_by.flatten(),
        note: change.note.flatten(),
    };
    let added = register::add(&app, &signed.person.actor, new).await?;
    Ok(to(added.id))
}

/// The form for one that is there.
pub async fn form(State(app): State<Arc<App>>, person: Person, Id(id): Id<AssetId>) -> Result<Page, Fault> {
    let (frame, orgs) = (&person.frame, orgs::list(&app, &person.actor).await?);
    let asset = register::show(&app, &person.actor, id).await?.asset;
    let title = frame.lang.say("change");
    let main = html! {
        (crumbs(frame, &asset))
        h1 { (called(&asset)) }
        section {
            form.ask method="post" action={ "/register/" (id) "/edit" } {
                (fields(frame, Some(&asset), &orgs))
                p.buttons { button.primary type="submit" { (title) } a.button href={ "/register/" (id) } { (frame.lang.say("back")) } }
            }
        }
        section { h2 { (frame.lang.say("device")) } (device(frame, &asset)) }
        section {
            h2 { (frame.lang.say("forget-carriers")) }
            p { a.button href={ "/register/" (id) "/forget" } { (frame.lang.say("forget-carriers")) } }
        }
    };
    Ok(Page(frame.page(Place::Register, &title, &main)))
}

/// Changes it.
pub async fn edit(
    State(app): State<Arc<App>>,
    Id(id): Id<AssetId>,
    signed: Signed<Fields>,
) -> Result<Redirect, Fault> {
    let change = change(&signed.form)?;
    register::edit(&app, &signed.person.actor, id, version(&signed.form), change).await?;
    Ok(to(id))
}

/// Says which device it is, by whatever the device can be named by.
pub async fn link(
    State(app): State<Arc<App>>,
    Id(id): Id<AssetId>,
    signed: Signed<Fields>,
) -> Result<Redirect, Fault> {
    let name = signed.form.one("device").unwrap_or_default().to_owned();
    let found = orders::whom(&app, &signed.person.actor, Right::Scan, Some(vec![name.clone()]), None).await?;
    let device = found.devices.first().copied().or_else(|| found.inactive.first().copied());
    let device = device.ok_or_else(|| Fault::missing("device", name))?;
    register::link(&app, &signed.person.actor, id, device).await?;
    Ok(to(id))
}

/// Says that it is no device any more.
pub async fn unlink(
    State(app): State<Arc<App>>,
    Id(id): Id<AssetId>,
    signed: Signed<Fields>,
) -> Result<Redirect, Fault> {
    register::unlink(&app, &signed.person.actor, id).await?;
    Ok(to(id))
}

/// Asks whether who carried it is to be forgotten: nothing brings that back.
pub async fn forgetting(
    State(app): State<Arc<App>>,
    person: Person,
    Id(id): Id<AssetId>,
) -> Result<Page, Fault> {
    let frame = &person.frame;
    let asset = register::show(&app, &person.actor, id).await?.asset;
    let title = frame.lang.say("forget-carriers");
    let main = html! {
        (crumbs(frame, &asset))
        h1 { (title) }
        p.lead { (frame.lang.say("forget-carriers-hint")) }
        form method="post" action={ "/register/" (id) "/forget" } {
            (frame.csrf_field())
            p.buttons { button.primary type="submit" { (title) } a.button href={ "/register/" (id) } { (frame.lang.say("back")) } }
        }
    };
    Ok(Page(frame.page(Place::Register, &title, &main)))
}

/// Forgets it.
pub async fn forget(
    State(app): State<Arc<App>>,
    Id(id): Id<AssetId>,
    signed: Signed<Fields>,
) -> Result<Redirect, Fault> {
    register::forget(&app, &signed.person.actor, id).await?;
    Ok(to(id))
}

fn to(id: AssetId) -> Redirect {
    Redirect::to(&format!("/register/{id}"))
}

fn crumbs(frame: &Frame, asset: &Asset) -> Markup {
    html! {
        p.crumbs {
            a href="/register" { (frame.lang.say("register")) } " / "
            a href={ "/register/" (asset.id) } { (called(asset)) }
        }
    }
}

/// Everything that the form says: a field that is empty takes away.
fn change(form: &Fields) -> Result<AssetChange, Fault> {
    let text = |name| Some(form.one(name).map(str::to_owned));
    let currency = form.one("currency").map(str::to_uppercase);
    let cost = form.one("cost").map(|cost| smallest_units(cost, currency.as_deref().unwrap_or_default()));
    let cost = cost.transpose().map_err(|why| malformed("cost", &why.to_string()))?;
    Ok(AssetChange {
        org: form.one("org").map(str::to_owned),
        tag: text("tag"),
        serial: text("serial"),
        carrier: text("carrier"),
        carrier_id: text("carrier_id"),
        maker: text("maker"),
        model: text("model"),
        platform: Some(read::<AssetPlatform>(form, "platform")?),
        life: read::<Life>(form, "life")?,
        replace_by: Some(read::<Day>(form, "replace_by")?),
        budget: Some(read::<Budget>(form, "budget")?),
        cost: Some(cost),
        currency: Some(currency),
        replaced_by: Some(read::<AssetId>(form, "replaced_by")?),
        note: text("note"),
    })
}

fn read<T: FromStr>(form: &Fields, name: &'static str) -> Result<Option<T>, Fault>
where
    T::Err: std::fmt::Display,
{
    let read = form.one(name).map(str::parse).transpose();
    read.map_err(|error: T::Err| malformed(name, &error.to_string()))
}

fn malformed(name: &str, why: &str) -> Fault {
    Fault::of(Code::AssetMalformed).because(format!("{name}: {why}"))
}

fn fields(frame: &Frame, asset: Option<&Asset>, orgs: &[OrgView]) -> Markup {
    let lang = frame.lang;
    let said = |part: fn(&Asset) -> Option<&String>| asset.and_then(part);
    html! {
        (frame.csrf_field())
        @if let Some(asset) = asset { input type="hidden" name="version" value=(version_of(&serde_json::to_vec(asset).unwrap_or_default())); }
        label { (lang.say("organisation"))
            select name="org" required {
                (whose::one_of(frame, Right::Register, orgs, asset.map(|asset| asset.org.as_str())))
            }
        }
        label { (lang.say("asset-tag")) input name="tag" maxlength="64" value=[said(|asset| asset.tag.as_ref())]; }
        label { (lang.say("serial-number")) input name="serial" maxlength="64" value=[said(|asset| asset.serial.as_ref())]; }
        label { (lang.say("carrier")) input name="carrier" maxlength="200" value=[said(|asset| asset.carrier.as_ref())]; }
        label { (lang.say("carrier-id")) input name="carrier_id" maxlength="64" value=[said(|asset| asset.carrier_id.as_ref())]; }
        label { (lang.word("fact", "manufacturer")) input name="maker" maxlength="100" value=[said(|asset| asset.maker.as_ref())]; }
        label { (lang.word("fact", "model")) input name="model" maxlength="100" value=[said(|asset| asset.model.as_ref())]; }
        (words(frame, asset))
        label { (lang.say("replace-by")) input type="date" name="replace_by" value=[asset.and_then(|asset| asset.replace_by)]; }
        label { (lang.say("cost")) input name="cost" inputmode="decimal" maxlength="20" value=[cost(asset)]; }
        label { (lang.say("currency")) input name="currency" maxlength="3" placeholder="RUB" value=[said(|asset| asset.currency.as_ref())]; }
        label { (lang.say("successor-id")) input name="replaced_by" maxlength="32" value=[asset.and_then(|asset| asset.replaced_by)]; }
        label.tall { (lang.say("note")) input name="note" maxlength="500" value=[said(|asset| asset.note.as_ref())]; }
    }
}

/// The closed lists. In its life a phone goes only where it may go from where it is.
fn words(frame: &Frame, asset: Option<&Asset>) -> Markup {
    let lang = frame.lang;
    let life = asset.map(|asset| asset.life);
    let may = |next: Life| life.is_none_or(|life| life == next || life.may_become(next));
    html! {
        label { (lang.say("life"))
            select name="life" {
                @if life.is_none() { option value="" { (lang.say("life-as-usual")) } }
                @for next in Life::ALL.iter().copied().filter(|next| may(*next)) {
                    option value=(next) selected[life == Some(next)] { (lang.word("asset-life", next.word())) }
                }
            }
        }
        label { (lang.say("system"))
            select name="platform" {
                option value="" { "–" }
                @for one in AssetPlatform::ALL {
                    option value=(one) selected[asset.and_then(|asset| asset.platform) == Some(*one)] { (lang.word("asset-platform", one.word())) }
                }
            }
        }
        label { (lang.say("budget"))
            select name="budget" {
                option value="" { "–" }
                @for one in Budget::ALL {
                    option value=(one) selected[asset.and_then(|asset| asset.budget) == Some(*one)] { (lang.word("asset-budget", one.word())) }
                }
            }
        }
    }
}

fn cost(asset: Option<&Asset>) -> Option<String> {
    let asset = asset?;
    Some(in_units(asset.cost?, asset.currency.as_deref().unwrap_or_default()))
}

fn device(frame: &Frame, asset: &Asset) -> Markup {
    let lang = frame.lang;
    html! {
        @if let Some(device) = asset.device {
            p { a href={ "/devices/" (device) } { code { (device) } } }
            form method="post" action={ "/register/" (asset.id) "/unlink" } {
                (frame.csrf_field())
                button type="submit" { (lang.say("unlink")) }
            }
        } @else {
            form.line method="post" action={ "/register/" (asset.id) "/link" } {
                (frame.csrf_field())
                input name="device" required maxlength="64" placeholder=(lang.say("device-name")) aria-label=(lang.say("device-name"));
                button type="submit" { (lang.say("link")) }
            }
        }
    }
}

#[cfg(test)]
mod tests;
