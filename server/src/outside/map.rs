//! What members of a group elsewhere may here.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

use crate::auth::{Grant, Role};

/// What members of a group may: `GROUP=ROLE`, or `GROUP=ROLE:ORG` in an organisation and those below it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct Mapped {
    /// The group, as it is called there.
    pub group: String,
    /// What its members may.
    pub grant: Grant,
}

impl FromStr for Mapped {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        // the group may have any character in it
        let wrong = || format!("{text:?} is not GROUP=ROLE or GROUP=ROLE:ORG");
        let (group, given) = text.rsplit_once('=').ok_or_else(wrong)?;
        let (role, org) = match given.split_once(':') {
            Some((role, org)) => (role, Some(org)),
            None => (given, None),
        };
        if group.is_empty() || org == Some("") {
            return Err(wrong());
        }
        Ok(Self {
            group: group.to_owned(),
            grant: Grant { role: role.parse::<Role>()?, org: org.map(str::to_owned) },
        })
    }
}

impl fmt::Display for Mapped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.group, self.grant.role.name())?;
        self.grant.org.as_ref().map_or(Ok(()), |org| write!(f, ":{org}"))
    }
}

impl TryFrom<String> for Mapped {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<Mapped> for String {
    fn from(mapped: Mapped) -> Self {
        mapped.to_string()
    }
}

/// What whoever is in the groups that `is_in` knows may, each once.
pub(super) fn grants(map: &[Mapped], is_in: impl Fn(&str) -> bool) -> Vec<Grant> {
    let given = map.iter().filter(|mapped| is_in(&mapped.group));
    let mut grants: Vec<Grant> = given.map(|mapped| mapped.grant.clone()).collect();
    grants.sort();
    grants.dedup();
    grants
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_mapping_is_a_group_a_role_and_perhaps_an_organisation() {
        for text in ["/muster/admins=owner", "cn=a,dc=b=operator:minfin", "x=auditor"] {
            let read: Mapped = text.parse().unwrap();
            assert_eq!(read.to_string(), text);
        }
        let read: Mapped = "cn=a=operator:minfin".parse().unwrap();
        assert_eq!((read.group.as_str(), read.grant.org.as_deref()), ("cn=a", Some("minfin")));
        for wrong in ["", "a", "=owner", "a=", "a=admin", "a=owner:", "a:owner"] {
            assert!(wrong.parse::<Mapped>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn groups_give_what_the_map_says_and_nothing_else() {
        let map = ["a=owner", "b=auditor:minfin", "c=auditor:minfin"].map(|text| text.parse().unwrap());
        let of = |groups: &[&str]| grants(&map, |group| groups.contains(&group));
        assert_eq!(of(&["b", "c", "x"]), [Grant { role: Role::Auditor, org: Some("minfin".to_owned()) }]);
        assert_eq!(of(&["A", ""]), []);
    }

    proptest! {
        #[test]
        fn what_is_read_is_written_the_same(text in "\\PC{0,30}=[a-z]{0,8}:?[a-z-]{0,6}") {
            if let Ok(read) = text.parse::<Mapped>() {
                prop_assert_eq!(read.to_string(), text);
            }
        }
    }
}
