//! `vendor`: whose phones are refused, and whose alone are accepted.

use muster_proto::catalogue::{Catalogue, Vendor};
use serde::{Deserialize, Serialize};

use super::{Demand, DemandFlaw};
use crate::reading::{Facts, Reading, Seen, value_of};

/// Makers that are refused or accepted, by their ids and groups in the catalogue: at least one of the three keys.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "document", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Makers {
    /// Makers that are refused.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub deny: Vec<String>,
    /// Makers that are accepted; with `allow_groups` no others are.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub allow: Vec<String>,
    /// Groups of makers that are accepted; with `allow` no others are.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub allow_groups: Vec<String>,
}

impl Demand for Makers {
    const KIND: &'static str = "vendor";
    const TITLE: (&'static str, &'static str) = ("Maker of the phone", "Производитель телефона");
    const EXAMPLE: &'static str = r#"
- id: maker
  kind: vendor
  deny: [apple]
  allow: [samsung]
  allow_groups: [chinese, russian]
  due: 2027-04-01
"#;

    fn read(&self, facts: &Facts<'_>) -> Reading {
        let device = &facts.report.submods.device;
        let manufacturer = value_of("device.manufacturer", &device.manufacturer).map(|text| &**text);
        let brand = value_of("device.brand", &device.brand).ok().map(|text| &**text);
        self.of_maker(manufacturer, brand, facts.catalogue)
    }

    fn flaws(&self, catalogue: &Catalogue) -> Vec<DemandFlaw> {
        let mut flaws = Vec::new();
        for (key, ids) in [("deny", &self.deny), ("allow", &self.allow)] {
            for (index, id) in ids.iter().enumerate().filter(|(_, id)| catalogue.vendor(id).is_none()) {
                let message = format!("maker {id:?} is not in the catalogue");
                flaws.push(DemandFlaw { key, index: Some(index), message });
            }
        }
        for (index, word) in
            self.allow_groups.iter().enumerate().filter(|(_, word)| !catalogue.has_group(word))
        {
            let message = format!("no maker of the catalogue is in the group {word:?}");
            flaws.push(DemandFlaw { key: "allow_groups", index: Some(index), message });
        }
        if self.deny.is_empty() && self.allow.is_empty() && self.allow_groups.is_empty() {
            let message = "a rule of this kind needs `deny`, `allow` or `allow_groups`".to_owned();
            flaws.push(DemandFlaw { key: "kind", index: None, message });
        }
        flaws
    }
}

impl Makers {
    /// What the maker says, or the reason why it is not known; and the brand, where that is known.
    pub(crate) fn of_maker(
        &self,
        manufacturer: Result<&str, Seen>,
        brand: Option<&str>,
        catalogue: &Catalogue,
    ) -> Reading {
        let mut reading = Reading::default();
        let named = manufacturer.as_ref().ok().copied();
        let what = if named.is_some() { "device.manufacturer" } else { "device.brand" };
        match catalogue.vendor_of(named, brand) {
            Some(vendor) if !self.accepts(vendor) => {
                reading.broken(vendor.id.clone(), Seen::new(what, vendor.id.clone()))
            }
            // The brand alone could stand for another maker than the one that can't be read.
            Some(vendor) => match manufacturer {
                Ok(_) => reading.shown(Seen::new(what, vendor.id.clone())),
                Err(seen) => reading.unread(seen),
            },
            None => match manufacturer {
                Ok(text) => reading.unread(Seen::new(what, format!("{text}: not in the catalogue"))),
                Err(seen) => reading.unread(seen),
            },
        }
        reading
    }

    fn accepts(&self, vendor: &Vendor) -> bool {
        let any = self.allow.is_empty() && self.allow_groups.is_empty();
        let named = self.allow.contains(&vendor.id);
        let grouped = vendor.groups.iter().any(|group| self.allow_groups.contains(group));
        !self.deny.contains(&vendor.id) && (any || named || grouped)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::world::{Phone, read};
    use muster_proto::facts::Reason;

    fn makers() -> Makers {
        Makers {
            deny: vec!["apple".to_owned()],
            allow: Vec::new(),
            allow_groups: vec!["chinese".to_owned(), "russian".to_owned()],
        }
    }

    fn of(manufacturer: Result<&str, Reason>, brand: Result<&str, Reason>) -> String {
        read(&makers(), &Phone::android().maker(manufacturer, brand))
    }

    #[test]
    fn makers_are_accepted_by_name_or_group() {
        assert_eq!(of(Ok("Xiaomi"), Ok("Redmi")), "kept");
        assert_eq!(of(Ok("Apple"), Ok("Xiaomi")), "broken: apple");
        assert_eq!(of(Ok("samsung"), Ok("samsung")), "broken: samsung");
        let deny_only = Makers { allow_groups: Vec::new(), ..makers() };
        assert_eq!(read(&deny_only, &Phone::android().maker(Ok("samsung"), Ok("samsung"))), "kept");
    }

    #[test]
    fn an_unlisted_maker_is_neither_allowed_nor_denied() {
        assert_eq!(of(Ok("Nobody Inc"), Ok("None")), "unread");
        let deny_only = Makers { allow_groups: Vec::new(), ..makers() };
        assert_eq!(read(&deny_only, &Phone::android().maker(Ok("Nobody Inc"), Ok("None"))), "unread");
    }

    #[test]
    fn the_brand_can_condemn_but_not_acquit() {
        assert_eq!(of(Err(Reason::Denied), Ok("Xiaomi")), "unread");
        assert_eq!(of(Err(Reason::Denied), Ok("Apple")), "broken: apple");
        assert_eq!(of(Ok("Xiaomi"), Err(Reason::Absent)), "kept");
        assert_eq!(of(Ok("Nobody Inc"), Err(Reason::Absent)), "unread");
        assert_eq!(of(Err(Reason::Failed), Err(Reason::Failed)), "unread");
    }
}
