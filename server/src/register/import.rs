//! A table is taken in whole or not at all: phones that are known are changed, others are added, nothing is struck out.

use bytes::Bytes;
use muster_proto::time::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::edit::is_reassigned;
use super::link::{self, Free, attached, looks_for_device};
use super::row::{COLUMNS, Written, asset, write};
use super::table::{Line, Sheet, read};
use super::{Asset, AssetId, Flaw, Life, RefusedLine, compared};
use crate::app::App;
use crate::audit::{self, Act};
use crate::auth::{Actor, Right, Within};
use crate::error::ActionError;
use crate::judge;
use crate::orgs;
use crate::problems::Code;
use crate::store::{StoreError, Tx};

/// What an import did, or would do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "RegisterImported")]
pub struct Imported {
    /// Lines with a phone.
    pub lines: u64,
    /// Phones that were added.
    pub added: u64,
    /// Phones that were changed.
    pub changed: u64,
    /// Phones of which nothing else is said than before.
    pub unchanged: u64,
    /// Phones of these to which a device was linked by their tag.
    pub linked: u64,
    /// Columns that nothing is known of.
    pub ignored: Vec<String>,
    /// Lines that are flawed, the first of them. Only where it was asked what the import would do: otherwise one of them refuses it.
    pub refused: Vec<RefusedLine>,
    /// How many such lines there are.
    pub refused_lines: u64,
    /// Nothing was written: it was only asked.
    pub dry_run: bool,
}

/// Flawed lines that an answer has, and that a refusal names.
const ANSWERED: usize = 1000;
const NAMED: usize = 20;

/// Takes a table in. `org` is whose those phones are whose line names no organisation. Phones that can have no agent are judged when this
/// returns. With `dry_run` nothing is written, and flawed lines are answered.
///
/// # Errors
/// The first line doesn't name the columns, or a line is flawed: nothing is imported then; the store's.
pub async fn import(
    app: &App,
    actor: &Actor,
    org: Option<String>,
    file: Bytes,
    dry_run: bool,
) -> Result<Imported, ActionError> {
    let (actor, now, within) = (actor.clone(), app.now(), actor.within(Right::Register));
    let read = tokio::task::spawn_blocking(move || read(&file)).await;
    let sheet = read.map_err(|error| StoreError::Lost(Arc::new(std::io::Error::other(error))))??;
    let ids = sheet.lines.iter().map(|_| app.draw().map(AssetId)).collect::<Result<Vec<_>, _>>()?;
    if dry_run {
        return app
            .store
            .read(move |tx| Ok(Plan::of(tx, sheet, ids, (org.as_deref(), &within), now)?.answer(true)))
            .await;
    }
    let imported = app
        .store
        .write(move |tx| {
            let plan = Plan::of(tx, sheet, ids, (org.as_deref(), &within), now)?;
            plan.refuse()?;
            write(tx, &plan.writes, &actor, now)?;
            let imported = plan.answer(false);
            audit::append(tx, now, &actor, told(&imported, &plan))?;
            Ok::<_, ActionError>(imported)
        })
        .await?;
    judge::at_once(app).await;
    Ok(imported)
}

/// One entry for the whole table, with how many phones of each kind: an entry for each of 100,000 phones would hold the writer for long and
/// bury what people did one by one. Which phones those are, their histories say.
fn told(imported: &Imported, plan: &Plan) -> Act {
    let Imported { lines, added, changed, linked, .. } = imported;
    let changes = || plan.writes.iter().filter_map(|(before, after)| Some((before.as_ref()?, after)));
    let count =
        |is: fn(&Asset, &Asset) -> bool| changes().filter(|(before, after)| is(before, after)).count();
    let reassigned = count(is_reassigned);
    // a device brings its phone into use: that is a link, and no edit of its life
    let lives = count(|before, after| before.life != after.life && before.device == after.device);
    Act::new("asset.import", "register")
        .detail(format!(
            "{lines} lines, {added} added, {changed} changed ({reassigned} reassigned, {lives} elsewhere in their lives), {linked} linked"
        ))
        .after(json!({
            "lines": lines,
            "added": added,
            "changed": changed,
            "reassigned": reassigned,
            "lives": lives,
            "linked": linked,
        }))
}

/// What a table comes to, against what is stored.
#[derive(Default)]
struct Plan {
    writes: Vec<Written>,
    lines: u64,
    linked: u64,
    ignored: Vec<String>,
    /// By their lines.
    refused: BTreeMap<u64, RefusedLine>,
}

/// What is stored, by the numbers that files name phones by.
struct Known {
    assets: Vec<Asset>,
    tags: HashMap<String, usize>,
    serials: HashMap<String, usize>,
    /// Organisations by their ids and by what they are called; none where several are called so.
    orgs: HashMap<String, Option<String>>,
    /// Where whoever imports may.
    within: Within,
}

impl Plan {
    fn of(
        tx: &mut dyn Tx,
        sheet: Sheet,
        ids: Vec<AssetId>,
        (org, within): (Option<&str>, &Within),
        now: Timestamp,
    ) -> Result<Self, ActionError> {
        let usual = org.map(|org| orgs::find(tx, org).map(|org| org.id)).transpose()?;
        if let Some(org) = usual.as_deref().filter(|org| !within.has(org)) {
            return Err(ActionError::missing("organisation", org));
        }
        let (known, free) = (Known::read(tx, within)?, Free::all(tx)?);
        let refused = sheet.refused.into_iter().map(|one| (one.line, one)).collect();
        let mut plan = Self { ignored: sheet.ignored, refused, ..Self::default() };
        let mut seen = Seen::default();
        plan.lines = (sheet.lines.len() + plan.refused.len()) as u64;
        for (line, id) in sheet.lines.into_iter().zip(ids) {
            let number = line.number;
            match known.apply(line, id, usual.as_deref(), now).and_then(|written| seen.once(number, written))
            {
                Ok((Some(before), after))
                    if before.org != after.org && link::strays(tx, &after)?.is_some() =>
                {
                    let reason = link::strays(tx, &after)?.unwrap_or_default();
                    plan.refuse_line(number, "org", reason);
                }
                Ok((before, after)) if before.as_ref() != Some(&after) => {
                    let device = looks_for_device(before.as_ref(), &after)
                        .then(|| free.fitting(&after, within))
                        .flatten();
                    plan.linked += u64::from(device.is_some());
                    let after = device.map_or_else(|| after.clone(), |device| attached(&after, device, now));
                    plan.writes.push((before, after));
                }
                Ok(_) => {}
                Err(Flaw { part, why, .. }) => plan.refuse_line(number, part, why),
            }
        }
        Ok(plan)
    }

    fn refuse_line(&mut self, line: u64, part: &str, reason: String) {
        let column = Some(part).filter(|part| !part.is_empty()).map(str::to_owned);
        self.refused.insert(line, RefusedLine { line, column, reason });
    }

    /// # Errors
    /// Lines are flawed.
    fn refuse(&self) -> Result<(), ActionError> {
        if self.refused.is_empty() {
            return Ok(());
        }
        let said = self.refused.values().take(NAMED).map(|one| {
            let column = one.column.as_deref().map(|column| format!("{column}: ")).unwrap_or_default();
            format!("line {}: {column}{}", one.line, one.reason)
        });
        let said = said.collect::<Vec<_>>().join("; ");
        let more = self.refused.len().saturating_sub(NAMED);
        let more = if more > 0 { format!("; and {more} more") } else { String::new() };
        Err(ActionError::invalid(Code::RegisterRows, format!("nothing was imported: {said}{more}")))
    }

    fn answer(&self, dry_run: bool) -> Imported {
        let added = self.writes.iter().filter(|(before, _)| before.is_none()).count() as u64;
        let (written, refused) = (self.writes.len() as u64, self.refused.len() as u64);
        Imported {
            lines: self.lines,
            added,
            changed: written - added,
            unchanged: self.lines.saturating_sub(written + refused),
            linked: self.linked,
            ignored: self.ignored.clone(),
            refused: self.refused.values().take(ANSWERED).cloned().collect(),
            refused_lines: refused,
            dry_run,
        }
    }
}

impl Known {
    fn read(tx: &mut dyn Tx, within: &Within) -> Result<Self, StoreError> {
        let rows = tx.query(&format!("SELECT {COLUMNS} FROM assets AS a"), &[])?;
        let assets = rows.into_iter().map(|mut row| asset(&mut row)).collect::<Result<Vec<_>, _>>()?;
        let by = |of: fn(&Asset) -> Option<&String>| {
            let keyed = assets.iter().enumerate();
            keyed.filter_map(|(nth, asset)| Some((compared(of(asset)?)?, nth))).collect::<HashMap<_, _>>()
        };
        let (tags, serials) = (by(|asset| asset.tag.as_ref()), by(|asset| asset.serial.as_ref()));
        let mut all = orgs::all(tx)?;
        all.retain(|org| within.has(&org.id));
        let mut named: HashMap<String, Option<String>> = HashMap::new();
        for org in &all {
            let title = org.title.to_lowercase();
            named.entry(title).and_modify(|id| *id = None).or_insert_with(|| Some(org.id.clone()));
        }
        named.extend(all.into_iter().map(|org| (org.id.clone(), Some(org.id))));
        Ok(Self { assets, tags, serials, orgs: named, within: within.clone() })
    }

    /// What a line makes of the phone that it names.
    fn apply(&self, line: Line, id: AssetId, usual: Option<&str>, now: Timestamp) -> Result<Written, Flaw> {
        let Line { org, mut change, .. } = line;
        let (tag, serial) = (key(&change.tag), key(&change.serial));
        if tag.is_none() && serial.is_none() {
            return Err(flaw("", "neither a tag nor a serial number".to_owned()));
        }
        let by_tag = tag.as_ref().and_then(|tag| self.tags.get(tag));
        let by_serial = serial.as_ref().and_then(|serial| self.serials.get(serial));
        let nth = match (by_tag, by_serial) {
            (Some(one), Some(other)) if one != other => {
                return Err(flaw("serial", self.taken(*other)));
            }
            (None, Some(one)) if tag.is_some() && self.tag(*one).is_some() => {
                return Err(flaw("serial", self.taken(*one)));
            }
            (one, other) => one.or(other),
        };
        change.org = org.map(|org| self.org(&org)).transpose()?;
        if let Some(before) = nth.and_then(|nth| self.assets.get(*nth)) {
            if !self.within.has(&before.org) {
                return Err(flaw("tag", "a phone of another organisation has this number".to_owned()));
            }
            // the table may be from before its device enrolled
            let in_use = before.life == Life::InUse && before.device.is_some();
            change.life = change.life.filter(|life| !(in_use && *life == Life::HandedOut));
            return Ok((Some(before.clone()), before.with(change, now)?));
        }
        let org = change.org.clone().or_else(|| usual.map(str::to_owned));
        let org = org.ok_or_else(|| {
            flaw("org", "no organisation: name one in the line, or for the whole file".to_owned())
        })?;
        Ok((None, Asset::blank(id, org, now).first(change, now)?))
    }

    fn org(&self, name: &str) -> Result<String, Flaw> {
        match self.orgs.get(name).or_else(|| self.orgs.get(&name.to_lowercase())) {
            Some(Some(id)) => Ok(id.clone()),
            Some(None) => Err(flaw("org", "several organisations are called so; write its id".to_owned())),
            None => Err(flaw("org", "there is no such organisation".to_owned())),
        }
    }

    fn tag(&self, nth: usize) -> Option<&str> {
        self.assets.get(nth)?.tag.as_deref()
    }

    /// Who has it is said to those alone who may know.
    fn taken(&self, nth: usize) -> String {
        match self.assets.get(nth) {
            Some(asset) if self.within.has(&asset.org) => format!("the asset {} has it", self.called(nth)),
            _ => "a phone of another organisation has it".to_owned(),
        }
    }

    fn called(&self, nth: usize) -> String {
        let id = || self.assets.get(nth).map(|asset| asset.id.to_string());
        self.tag(nth).map(str::to_owned).or_else(id).unwrap_or_default()
    }
}

/// The numbers that lines had, and which line each.
#[derive(Default)]
struct Seen {
    tags: HashMap<String, u64>,
    serials: HashMap<String, u64>,
}

impl Seen {
    /// No two lines are about one phone.
    fn once(&mut self, line: u64, written: Written) -> Result<Written, Flaw> {
        let numbers =
            [("tag", &written.1.tag, &mut self.tags), ("serial", &written.1.serial, &mut self.serials)];
        for (part, number, seen) in numbers {
            let Some(key) = number.as_deref().and_then(compared) else { continue };
            let first = *seen.entry(key).or_insert(line);
            if first != line {
                return Err(flaw(part, format!("line {first} has it, too")));
            }
        }
        Ok(written)
    }
}

fn key(number: &Option<Option<String>>) -> Option<String> {
    number.as_ref()?.as_deref().and_then(compared)
}

fn flaw(part: &'static str, why: String) -> Flaw {
    Flaw { part, code: Code::AssetMalformed, why }
}
