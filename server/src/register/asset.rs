//! A phone of the register, as people write it down: what it may say, and what a change makes of it.

use muster_proto::id::DeviceId;
use muster_proto::time::{Day, Timestamp};
use schemars::JsonSchema;
use serde::Serialize;

use super::{AssetChange, AssetId, AssetPlatform, Budget, CarrierStanding, Life};
use crate::error::ActionError;
use crate::problems::Code;
use crate::reason::misleads;

/// A phone of the register.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Asset {
    /// Its id.
    pub id: AssetId,
    /// The organisation whose it is.
    pub org: String,
    /// The inventory number.
    pub tag: Option<String>,
    /// The serial number.
    pub serial: Option<String>,
    /// Who carries it, as the organisation writes it.
    pub carrier: Option<String>,
    /// How the directory knows who carries it.
    pub carrier_id: Option<String>,
    /// What the directory says of who carries it; none where the two were not compared.
    pub carrier_standing: Option<CarrierStanding>,
    /// Since when.
    pub carrier_since: Option<Timestamp>,
    /// Where the directory has the person, if that is another organisation. It is shown to those who see that one.
    #[serde(skip)]
    pub carrier_org: Option<String>,
    /// Its maker.
    pub maker: Option<String>,
    /// Its model.
    pub model: Option<String>,
    /// What runs on it.
    pub platform: Option<AssetPlatform>,
    /// Where it is in its life.
    pub life: Life,
    /// Since when.
    pub life_since: Timestamp,
    /// The enrolled device that it is.
    pub device: Option<DeviceId>,
    /// The day by which it has to be replaced.
    pub replace_by: Option<Day>,
    /// Who pays.
    pub budget: Option<Budget>,
    /// What it cost, in the smallest unit of the currency.
    pub cost: Option<u64>,
    /// The currency, as ISO 4217 has it.
    pub currency: Option<String>,
    /// The asset that takes its place.
    pub replaced_by: Option<AssetId>,
    /// What else there is to say.
    pub note: Option<String>,
    /// When it was written down.
    pub created: Timestamp,
    /// When that was last changed.
    pub changed: Timestamp,
}

/// What is wrong with what is said, and of what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flaw {
    /// The part, as the API and files call it.
    pub part: &'static str,
    /// The code that it is refused with.
    pub code: Code,
    /// Why.
    pub why: String,
}

/// The highest cost.
pub const MOST_COST: u64 = 1_000_000_000_000_000;

/// A tag or a serial number as it is compared: without the space around it, in small letters. None where nothing is left.
#[must_use]
pub fn compared(text: &str) -> Option<String> {
    Some(text.trim().to_lowercase()).filter(|text| !text.is_empty())
}

impl Asset {
    /// A phone of which nothing is said yet, in stock.
    #[must_use]
    pub fn blank(id: AssetId, org: String, now: Timestamp) -> Self {
        Self {
            id,
            org,
            tag: None,
            serial: None,
            carrier: None,
            carrier_id: None,
            carrier_standing: None,
            carrier_since: None,
            carrier_org: None,
            maker: None,
            model: None,
            platform: None,
            life: Life::Spare,
            life_since: now,
            device: None,
            replace_by: None,
            budget: None,
            cost: None,
            currency: None,
            replaced_by: None,
            note: None,
            created: now,
            changed: now,
        }
    }

    /// Whether it has to report: somebody has it, and it can have an agent.
    #[must_use]
    pub fn is_expected(&self) -> bool {
        self.life.is_out() && self.can_have_agent()
    }

    /// Whether it is judged by its maker alone: somebody has it, and it can have no agent.
    #[must_use]
    pub fn is_declared(&self) -> bool {
        self.life.is_out() && !self.can_have_agent()
    }

    /// Whether an agent is possible; where the platform is not known, it may be.
    #[must_use]
    pub fn can_have_agent(&self) -> bool {
        self.platform.is_none_or(AssetPlatform::can_have_agent)
    }

    /// The same after a change.
    ///
    /// # Errors
    /// Something that is said is malformed, or its life does not go that way.
    pub fn with(&self, change: AssetChange, now: Timestamp) -> Result<Self, Flaw> {
        let next = self.life_after(change.life)?;
        self.written(change, next, now)
    }

    /// The first that is written down of it: it may be anywhere in its life.
    ///
    /// # Errors
    /// Something that is said is malformed.
    pub fn first(&self, change: AssetChange, now: Timestamp) -> Result<Self, Flaw> {
        let carried = matches!(&change.carrier, Some(Some(_))) || matches!(&change.carrier_id, Some(Some(_)));
        let usual = if carried { Life::HandedOut } else { Life::Spare };
        let life = change.life.unwrap_or(usual);
        self.written(change, life, now)
    }

    fn life_after(&self, next: Option<Life>) -> Result<Life, Flaw> {
        let (life, next) = (self.life, next.unwrap_or(self.life));
        if next == life || life.may_become(next) {
            return Ok(next);
        }
        let why = format!("it is {life}, and can become {}, not {next}", life.may_become_any_of());
        Err(Flaw { part: "life", code: Code::AssetLife, why })
    }

    fn written(&self, change: AssetChange, life: Life, now: Timestamp) -> Result<Self, Flaw> {
        let mut after = self.clone();
        after.org = change.org.unwrap_or(after.org);
        let texts = [
            ("tag", change.tag, &mut after.tag, 64),
            ("serial", change.serial, &mut after.serial, 64),
            ("carrier", change.carrier, &mut after.carrier, 200),
            ("carrier_id", change.carrier_id, &mut after.carrier_id, 64),
            ("maker", change.maker, &mut after.maker, 100),
            ("model", change.model, &mut after.model, 100),
            ("note", change.note, &mut after.note, 500),
        ];
        for (part, said, place, most) in texts {
            if let Some(said) = said {
                *place = said.map(|text| line(part, &text, most)).transpose()?;
            }
        }
        after.platform = change.platform.unwrap_or(after.platform);
        after.replace_by = change.replace_by.unwrap_or(after.replace_by);
        after.budget = change.budget.unwrap_or(after.budget);
        after.cost = change.cost.unwrap_or(after.cost);
        after.currency = change.currency.unwrap_or(after.currency);
        after.replaced_by = change.replaced_by.unwrap_or(after.replaced_by);
        after.check()?;
        self.compare(&mut after);
        if life != self.life {
            (after.life, after.life_since) = (life, now);
        }
        if after != *self {
            after.changed = now;
        }
        Ok(after)
    }

    /// Another carrier is another person, of whom the directory has said nothing; an id that only stayed is the former one's.
    fn compare(&self, after: &mut Self) {
        let other = self.carrier.is_some() && self.carrier != after.carrier;
        if other && self.carrier_id == after.carrier_id {
            after.carrier_id = None;
        }
        let same = self.carrier == after.carrier && self.carrier_id == after.carrier_id;
        // whoever moves the phone after the person has answered what was said
        let followed = self.org != after.org && self.carrier_standing == Some(CarrierStanding::Moved);
        if !same || followed {
            (after.carrier_standing, after.carrier_since, after.carrier_org) = (None, None, None);
        }
    }

    /// What the parts have to say together.
    fn check(&self) -> Result<(), Flaw> {
        let flaw = |part, why: &str| Err(Flaw { part, code: Code::AssetMalformed, why: why.to_owned() });
        if self.cost.is_some_and(|cost| cost > MOST_COST) {
            return flaw("cost", "it is more than 10 to the 15th");
        }
        let letters = |text: &String| text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_uppercase());
        if self.currency.as_ref().is_some_and(|text| !letters(text)) {
            return flaw("currency", "three capital letters of ISO 4217, as RUB");
        }
        if self.cost.is_some() != self.currency.is_some() {
            return flaw("cost", "a cost needs a currency, and a currency a cost");
        }
        if self.replaced_by == Some(self.id) {
            return flaw("replaced_by", "it can't take its own place");
        }
        if self.device.is_some() && !self.can_have_agent() {
            return flaw("platform", "a device is linked to it, so an agent is possible");
        }
        Ok(())
    }
}

impl From<Flaw> for ActionError {
    fn from(flaw: Flaw) -> Self {
        let detail = format!("{}: {}", flaw.part, flaw.why);
        if flaw.code.status() == 409 {
            Self::conflict(flaw.code, detail)
        } else {
            Self::invalid(flaw.code, detail)
        }
    }
}

/// One line of text that shows as it was written.
fn line(part: &'static str, text: &str, most: usize) -> Result<String, Flaw> {
    let text = text.trim();
    if text.is_empty() || text.chars().count() > most || text.chars().any(misleads) {
        let why = format!("one line of 1 to {most} characters");
        return Err(Flaw { part, code: Code::AssetMalformed, why });
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asset() -> Asset {
        Asset::blank(AssetId([7; 16]), "minfin".to_owned(), Timestamp::from_secs(1))
    }

    #[test]
    fn a_change_is_tidied_and_what_is_left_out_stays() {
        let now = Timestamp::from_secs(2);
        let change = AssetChange { tag: Some(Some(" MF-1 ".to_owned())), ..AssetChange::default() };
        let tagged = asset().with(change, now).unwrap();
        assert_eq!((tagged.tag.as_deref(), tagged.changed, tagged.life), (Some("MF-1"), now, Life::Spare));
        let out = AssetChange { life: Some(Life::HandedOut), ..AssetChange::default() };
        let out = tagged.with(out, now).unwrap();
        assert_eq!((out.tag.as_deref(), out.life, out.life_since), (Some("MF-1"), Life::HandedOut, now));
        let gone = AssetChange { tag: Some(None), ..AssetChange::default() };
        assert_eq!(out.with(gone, now).unwrap().tag, None);
        let later = Timestamp::from_secs(9);
        assert_eq!(out.with(AssetChange::default(), later).unwrap(), out, "nothing was said");
    }

    #[test]
    fn what_makes_no_sense_is_refused_by_its_part() {
        let text = |text: &str| Some(Some(text.to_owned()));
        let none = AssetChange::default;
        for (change, part) in [
            (AssetChange { tag: text(" "), ..none() }, "tag"),
            (AssetChange { serial: text(&"x".repeat(65)), ..none() }, "serial"),
            (AssetChange { carrier: text("a\u{202e}b"), ..none() }, "carrier"),
            (AssetChange { note: text("a\nb"), ..none() }, "note"),
            (AssetChange { currency: text("rub"), cost: Some(Some(1)), ..none() }, "currency"),
            (AssetChange { cost: Some(Some(1)), ..none() }, "cost"),
            (AssetChange { currency: text("RUB"), ..none() }, "cost"),
            (AssetChange { cost: Some(Some(MOST_COST + 1)), currency: text("RUB"), ..none() }, "cost"),
            (AssetChange { replaced_by: Some(Some(AssetId([7; 16]))), ..none() }, "replaced_by"),
            (AssetChange { life: Some(Life::Ordered), ..none() }, "life"),
        ] {
            assert_eq!(asset().with(change, Timestamp::from_secs(2)).unwrap_err().part, part);
        }
        let linked = Asset { device: Some(DeviceId([1; 16])), ..asset() };
        let iphone = AssetChange { platform: Some(Some(AssetPlatform::Ios)), ..none() };
        assert_eq!(linked.with(iphone, Timestamp::from_secs(2)).unwrap_err().part, "platform");
    }

    #[test]
    fn who_is_carried_is_handed_out() {
        let now = Timestamp::from_secs(2);
        let carried = AssetChange { carrier: Some(Some("A. Ivanov".to_owned())), ..AssetChange::default() };
        assert_eq!(asset().first(carried.clone(), now).unwrap().life, Life::HandedOut);
        let lost = AssetChange { life: Some(Life::Lost), ..carried };
        assert_eq!(
            asset().first(lost, now).unwrap().life,
            Life::Lost,
            "it may be anywhere when it is written down"
        );
        assert_eq!(asset().first(AssetChange::default(), now).unwrap().life, Life::Spare);
    }

    #[test]
    fn another_carrier_is_not_whom_the_directory_knew() {
        let now = Timestamp::from_secs(2);
        let text = |text: &str| Some(Some(text.to_owned()));
        let known = Asset {
            carrier: Some("A. Ivanova".to_owned()),
            carrier_id: Some("17".to_owned()),
            carrier_standing: Some(CarrierStanding::Moved),
            carrier_since: Some(now),
            carrier_org: Some("army".to_owned()),
            ..asset()
        };
        let parts =
            |asset: &Asset| (asset.carrier_id.clone(), asset.carrier_standing, asset.carrier_org.clone());
        let none = (None, None, None);
        let after = |change| parts(&known.with(change, now).unwrap());
        let said = AssetChange::default;
        assert_eq!(after(AssetChange { note: text("a note"), ..said() }), parts(&known));
        assert_eq!(after(AssetChange { carrier: text("A. Ivanova"), ..said() }), parts(&known));
        assert_eq!(after(AssetChange { carrier: text("B. Petrov"), ..said() }), none);
        assert_eq!(after(AssetChange { carrier: Some(None), ..said() }), none);
        let same_id = AssetChange { carrier: text("B. Petrov"), carrier_id: text("17"), ..said() };
        assert_eq!(after(same_id), none, "a form says it again");
        let other = AssetChange { carrier: text("B. Petrov"), carrier_id: text("18"), ..said() };
        assert_eq!(after(other), (Some("18".to_owned()), None, None));
        let there = AssetChange { org: Some("army".to_owned()), ..said() };
        assert_eq!(after(there), (Some("17".to_owned()), None, None), "the phone has followed");
        let first = AssetChange { carrier: text("B. Petrov"), carrier_id: text("18"), ..said() };
        assert_eq!(parts(&asset().first(first, now).unwrap()), (Some("18".to_owned()), None, None));
    }

    #[test]
    fn tags_are_compared_without_capitals() {
        assert_eq!(compared(" МФ-17\u{a0}").as_deref(), Some("мф-17"));
        assert_eq!(compared(" "), None);
    }
}
