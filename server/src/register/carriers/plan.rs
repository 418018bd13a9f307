//! What a comparison comes to: pure, so that it can be shown before it is done.

use muster_proto::time::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::{BTreeSet, HashMap};

use crate::outside::ldap::{Found, Person, Place};
use crate::register::link::Parents;
use crate::register::row::Written;
use crate::register::{Asset, AssetId, CarrierStanding, compared};

/// What a comparison with the directory did, or would do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "CarriersImported")]
pub struct Imported {
    /// People whom the directory has.
    pub people: u64,
    /// Entries there without an id or a name that can be written down.
    pub skipped: u64,
    /// Phones of the register that somebody has, and that were compared.
    pub phones: u64,
    /// Phones of which something else is said than before.
    pub changed: u64,
    /// Phones whose carriers are known by their ids from now on.
    pub linked: u64,
    /// People whom the directory knew before, and calls otherwise now.
    pub renamed: u64,
    /// People whom the directory knew before, and has no more or has shut out.
    pub gone: u64,
    /// Phones whose carriers the directory has where the phone is.
    pub known: u64,
    /// In another organisation.
    pub moved: u64,
    /// Shut out.
    pub disabled: u64,
    /// No more.
    pub left: u64,
    /// Several times.
    pub several: u64,
    /// Not at all.
    pub unknown: u64,
    /// More than a quarter of those whom the directory knew would be gone or called otherwise: it takes an `accept_many`.
    pub too_many: bool,
    /// What changes, the first thousand, and whoever is several or unknown.
    pub changes: Vec<Change>,
    /// Nothing was written: it was only asked.
    pub dry_run: bool,
}

/// What is another about one phone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "CarrierChange")]
pub struct Change {
    /// The phone.
    pub asset: AssetId,
    /// Its inventory number.
    pub tag: Option<String>,
    /// Its organisation.
    pub org: String,
    /// Who carries it, as it was written down.
    pub carrier: Option<String>,
    /// What the directory calls that person, if that is another name.
    pub becomes: Option<String>,
    /// What the directory said before.
    pub was: Option<CarrierStanding>,
    /// What it says.
    pub standing: CarrierStanding,
}

/// A plan.
#[derive(Debug, Default)]
pub(super) struct Plan {
    pub writes: Vec<Written>,
    people: u64,
    skipped: u64,
    phones: u64,
    linked: u64,
    standings: HashMap<&'static str, u64>,
    changes: Vec<Change>,
    /// Ids of those whom the directory knew; of them, those who are gone, and those who are called otherwise.
    knew: BTreeSet<String>,
    gone: BTreeSet<String>,
    renamed: BTreeSet<String>,
}

/// Changes that are answered.
const ANSWERED: usize = 1000;
/// So many people may always be gone, or be called otherwise.
const FEW: usize = 3;

impl Plan {
    /// Of phones that somebody has.
    pub fn of(assets: Vec<Asset>, found: &Found, parents: &Parents, now: Timestamp) -> Self {
        let index = Index::of(&found.people, parents);
        let mut plan = Self { skipped: found.skipped, ..Self::default() };
        (plan.people, plan.phones) = (found.people.len() as u64, assets.len() as u64);
        for before in assets {
            let (standing, person) = index.look(&before);
            let after = after(&before, standing, person, now);
            plan.take(before, after, standing);
        }
        plan
    }

    fn take(&mut self, before: Asset, after: Asset, standing: CarrierStanding) {
        use CarrierStanding::{Known, Moved, Several, Unknown};
        *self.standings.entry(standing.word()).or_default() += 1;
        self.linked += u64::from(before.carrier_id.is_none() && after.carrier_id.is_some());
        let renamed = before.carrier != after.carrier;
        if let Some(id) = &before.carrier_id
            && matches!(before.carrier_standing, Some(Known | Moved))
        {
            self.knew.insert(id.clone());
            if !matches!(standing, Known | Moved) {
                self.gone.insert(id.clone());
            }
            if renamed {
                self.renamed.insert(id.clone());
            }
        }
        let unsure = matches!(standing, Several | Unknown);
        if (before != after || unsure) && self.changes.len() < ANSWERED {
            self.changes.push(Change {
                asset: before.id,
                tag: before.tag.clone(),
                org: before.org.clone(),
                carrier: before.carrier.clone().or_else(|| before.carrier_id.clone()),
                becomes: after.carrier.clone().filter(|_| renamed),
                was: before.carrier_standing,
                standing,
            });
        }
        if before != after {
            self.writes.push((Some(before), after));
        }
    }

    /// Why it is not done without being accepted: a directory that lost a branch, or names another attribute, is no reason to believe it.
    pub fn too_many(&self) -> Option<String> {
        let most = (self.knew.len() / 4).max(FEW);
        let (gone, renamed) = (self.gone.len(), self.renamed.len());
        (gone > most || renamed > most).then(|| {
            format!(
                "of {} people whom the directory knew {gone} would be gone and {renamed} be called otherwise, and at most {most} may be; nothing was changed",
                self.knew.len()
            )
        })
    }

    /// What is answered.
    pub fn answer(&self, dry_run: bool) -> Imported {
        let many = |standing: CarrierStanding| self.standings.get(standing.word()).copied().unwrap_or(0);
        Imported {
            people: self.people,
            skipped: self.skipped,
            phones: self.phones,
            changed: self.writes.len() as u64,
            linked: self.linked,
            renamed: self.renamed.len() as u64,
            gone: self.gone.len() as u64,
            known: many(CarrierStanding::Known),
            moved: many(CarrierStanding::Moved),
            disabled: many(CarrierStanding::Disabled),
            left: many(CarrierStanding::Left),
            several: many(CarrierStanding::Several),
            unknown: many(CarrierStanding::Unknown),
            too_many: self.too_many().is_some(),
            changes: self.changes.clone(),
            dry_run,
        }
    }
}

/// The phone afterwards.
fn after(before: &Asset, standing: CarrierStanding, person: Option<&Person>, now: Timestamp) -> Asset {
    let mut after = before.clone();
    if let Some(person) = person {
        after.carrier = Some(person.name.clone());
        after.carrier_id = Some(person.id.clone());
    }
    after.carrier_org = match person.map(|person| &person.place) {
        Some(Place::Org(org)) if standing == CarrierStanding::Moved => Some(org.clone()),
        _ => None,
    };
    if before.carrier_standing != Some(standing) {
        (after.carrier_standing, after.carrier_since) = (Some(standing), Some(now));
    }
    if before.carrier != after.carrier || before.carrier_id != after.carrier_id {
        after.changed = now;
    }
    after
}

/// The people by all that a phone's carrier can be written down as.
struct Index<'a> {
    parents: &'a Parents,
    ids: HashMap<String, Vec<&'a Person>>,
    /// Mail addresses and names.
    words: HashMap<String, Vec<&'a Person>>,
}

impl<'a> Index<'a> {
    fn of(people: &'a [Person], parents: &'a Parents) -> Self {
        let mut index = Self { parents, ids: HashMap::new(), words: HashMap::new() };
        for person in people {
            index.ids.entry(key(&person.id)).or_default().push(person);
            let words = BTreeSet::from_iter(
                [Some(&person.name), person.mail.as_ref()].into_iter().flatten().map(|word| key(word)),
            );
            for word in words {
                index.words.entry(word).or_default().push(person);
            }
        }
        index
    }

    /// What the directory says of a phone's carrier, and who that is.
    fn look(&self, asset: &Asset) -> (CarrierStanding, Option<&'a Person>) {
        use CarrierStanding::{Disabled, Known, Left, Moved, Several, Unknown};
        let was_known = matches!(asset.carrier_standing, Some(Known | Moved | Disabled | Left));
        let Some(id) = &asset.carrier_id else { return self.by_word(asset) };
        let person = match self.ids.get(&key(id)).map(Vec::as_slice) {
            None | Some([]) if was_known => return (Left, None),
            None | Some([]) => return (Unknown, None),
            Some([person]) => *person,
            Some(_) => return (Several, None),
        };
        match (person.disabled, self.in_line(person, asset)) {
            // nobody learns of another branch by writing an id down
            (_, false) if !was_known => (Unknown, None),
            (true, _) => (Disabled, Some(person)),
            (false, true) => (Known, Some(person)),
            (false, false) => (Moved, Some(person)),
        }
    }

    /// Whom a name or a mail address means: one, or it is not said who. Namesakes elsewhere are not meant.
    fn by_word(&self, asset: &Asset) -> (CarrierStanding, Option<&'a Person>) {
        let named = asset.carrier.as_deref().and_then(|carrier| self.words.get(&key(carrier)));
        let mut here = named.into_iter().flatten().filter(|person| self.in_line(person, asset));
        let (Some(person), second) = (here.next(), here.next()) else {
            return (CarrierStanding::Unknown, None);
        };
        let twice = self.ids.get(&key(&person.id)).is_some_and(|all| all.len() > 1);
        match (second, twice) {
            (None, false) if person.disabled => (CarrierStanding::Disabled, Some(person)),
            (None, false) => (CarrierStanding::Known, Some(person)),
            _ => (CarrierStanding::Several, None),
        }
    }

    /// Whether the person works where the phone is, above or below that.
    fn in_line(&self, person: &Person, asset: &Asset) -> bool {
        match &person.place {
            Place::Anywhere => true,
            Place::Nowhere => false,
            Place::Org(org) => self.parents.in_line(org, &asset.org),
        }
    }
}

/// How words are compared: without regard to capitals and to the space around and between them.
fn key(text: &str) -> String {
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    compared(&words).unwrap_or_default()
}

#[cfg(test)]
mod tests;
