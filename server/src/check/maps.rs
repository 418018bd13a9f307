//! What `oidc-map`, `ldap-map` and `ldap-carrier-map` name: an organisation that is not there gives nothing to whoever comes by it, and nobody would
//! hear of that before the first of them is refused.

use std::collections::BTreeSet;

use super::Finding;
use crate::outside::{ldap, oidc};

/// Entries that name an organisation that is not there, each with what mends it.
pub fn look(
    oidc: Option<&oidc::Settings>,
    ldap: Option<&ldap::Settings>,
    orgs: &BTreeSet<String>,
) -> Vec<Finding> {
    let mapped = |entry: &crate::outside::Mapped| (entry.to_string(), entry.grant.org.clone());
    let part = |part: &ldap::Part| (part.to_string(), Some(part.org.clone()));
    let of_provider = oidc.into_iter().flat_map(|oidc| &oidc.map).map(mapped);
    let of_directory = ldap.into_iter().flat_map(|ldap| &ldap.map).map(mapped);
    let people = ldap.and_then(|ldap| ldap.people.as_ref());
    let of_carriers = people.into_iter().flat_map(|people| &people.map).map(part);
    let entries = of_provider
        .map(|entry| ("oidc-map", entry))
        .chain(of_directory.map(|entry| ("ldap-map", entry)))
        .chain(of_carriers.map(|entry| ("ldap-carrier-map", entry)));
    entries.filter_map(|(key, (entry, org))| unknown(key, &entry, &org?, orgs)).collect()
}

fn unknown(key: &str, entry: &str, org: &str, orgs: &BTreeSet<String>) -> Option<Finding> {
    if orgs.contains(org) {
        return None;
    }
    Some(Finding::warning(
        key,
        format!("{entry:?} names the organisation {org}, which is not there"),
        format!("this entry gives nothing until it is: `muster org add {org}`, or mend the entry"),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Config, Raw};

    #[test]
    fn every_entry_that_names_an_organisation_of_nobody_is_said() {
        let text = "data = 'd'\noidc-issuer = 'https://a'\noidc-client-id = 'a'\noidc-client-secret-file = '/2'\n\
                    oidc-map = ['all=owner', 'a=auditor:minfin', 'b=auditor:minfni', 'c=operator:nobody']\n\
                    ldap-url = 'ldaps://a'\nldap-base = 'dc=a'\nldap-map = ['cn=x=owner:gone']\n\
                    ldap-carrier-base = 'dc=a'\nldap-carrier-map = ['ou=x,dc=a=minfin', 'ou=y,dc=a=lost']\n";
        let config = Config::try_from(toml::from_str::<Raw>(text).unwrap()).unwrap();
        let orgs = BTreeSet::from(["minfin".to_owned()]);
        let found = look(config.oidc.as_ref(), config.ldap.as_ref(), &orgs);
        let said: Vec<_> = found.iter().map(|one| (one.what.as_str(), one.seen.as_str())).collect();
        let wanted = [
            ("oidc-map", "minfni"),
            ("oidc-map", "nobody"),
            ("ldap-map", "gone"),
            ("ldap-carrier-map", "lost"),
        ];
        assert_eq!(said.len(), wanted.len(), "{said:?}");
        for ((key, seen), (wanted, org)) in said.iter().zip(wanted) {
            assert!(*key == wanted && seen.contains(org), "{said:?}");
        }
        assert_eq!(look(None, None, &orgs), []);
    }
}
