//! People of the directory who may carry phones: what the configuration says of them, and what is made of an entry. Nothing else is read of it
//! than an id, a name, a mail address and where somebody works.

use ldap3::SearchEntry;
use muster_proto::time::Span;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

use super::directory::{bytes, text};
use super::settings::{as_text, plain};
use crate::reason::misleads;

/// What the configuration says of those who may carry phones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct People {
    /// Below which entry they are.
    pub base: String,
    /// Which entries they are.
    pub filter: Plain,
    /// Which of them are shut out.
    pub disabled: Option<Plain>,
    /// The attribute that stays as it is for ever.
    pub id_attribute: String,
    /// The attribute with the name.
    pub name_attribute: String,
    /// The attribute that says where somebody works; the place of the entry, where there is none.
    pub org_attribute: Option<String>,
    /// Which part of the directory is which organisation.
    pub map: Vec<Part>,
    /// From one comparison to the next; only when somebody asks, where there is none.
    pub every: Option<Span>,
}

/// Somebody who may carry a phone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// What stays as it is for ever.
    pub id: String,
    /// The name.
    pub name: String,
    /// The mail address, by which a phone's carrier may be written down. It is compared, and not kept.
    pub mail: Option<String>,
    /// Where the person works.
    pub place: Place,
    /// Whether the directory has the person shut out.
    pub disabled: bool,
}

/// Where somebody works.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// The configuration tells no parts of the directory apart.
    Anywhere,
    /// In no part of the directory that is an organisation here.
    Nowhere,
    /// In this organisation.
    Org(String),
}

/// All that the directory has.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Found {
    /// The people.
    pub people: Vec<Person>,
    /// Entries without an id or a name that can be written down.
    pub skipped: u64,
}

/// A filter (RFC 4515) as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct Plain(String);

/// A part of the directory that is an organisation: `WHERE=ORG`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct Part {
    /// The entry that it lies below, or the value of an attribute.
    pub place: String,
    /// The organisation.
    pub org: String,
}

/// Longest id and longest name; the register has the same limits.
const LONGEST_ID: usize = 64;
const LONGEST_NAME: usize = 200;
/// Longest mail address (RFC 5321 §4.5.3.1.3, without the brackets).
const LONGEST_MAIL: usize = 254;

impl People {
    /// The attributes that are asked for, and no others.
    pub(super) fn attributes(&self) -> Vec<&str> {
        let all = [self.id_attribute.as_str(), self.name_attribute.as_str(), "cn", "mail"];
        all.into_iter().chain(self.org_attribute.as_deref()).collect()
    }

    /// The filter of those who are shut out, where they can be told.
    pub(super) fn shut_out(&self) -> Option<String> {
        self.disabled.as_ref().map(|disabled| format!("(&{}{disabled})", self.filter))
    }

    /// What is made of an entry; nothing where it has no id or no name that the register could have.
    pub(super) fn person(&self, entry: &SearchEntry, disabled: bool) -> Option<Person> {
        let named = |attribute: &str| line(&text(entry, attribute)?, LONGEST_NAME);
        Some(Person {
            id: id(&self.id_attribute, &bytes(entry, &self.id_attribute)?)?,
            name: named(&self.name_attribute).or_else(|| named("cn"))?,
            mail: text(entry, "mail").and_then(|mail| line(&mail, LONGEST_MAIL)),
            place: self.place(entry),
            disabled,
        })
    }

    fn place(&self, entry: &SearchEntry) -> Place {
        if self.map.is_empty() {
            return Place::Anywhere;
        }
        let found = match &self.org_attribute {
            Some(attribute) => {
                let said = text(entry, attribute).unwrap_or_default().trim().to_lowercase();
                self.map.iter().find(|part| part.place.trim().to_lowercase() == said)
            }
            None => {
                let dn = plain(&entry.dn);
                let around = self.map.iter().filter(|part| lies_below(&dn, &plain(&part.place)));
                // the innermost part counts
                around.max_by_key(|part| plain(&part.place).len())
            }
        };
        found.map_or(Place::Nowhere, |part| Place::Org(part.org.clone()))
    }
}

/// Whether an entry is another or lies below it. A comma that is part of a name separates nothing.
fn lies_below(dn: &str, top: &str) -> bool {
    let Some(before) = dn.strip_suffix(top) else { return false };
    let Some(name) = before.strip_suffix(',') else { return before.is_empty() };
    name.bytes().rev().take_while(|byte| *byte == b'\\').count().is_multiple_of(2)
}

/// An id as people read and write it. Active Directory's 16 bytes have a way of writing of their own.
fn id(attribute: &str, value: &[u8]) -> Option<String> {
    if attribute.eq_ignore_ascii_case("objectGUID") {
        return guid(value);
    }
    line(std::str::from_utf8(value).ok()?, LONGEST_ID)
}

/// As Windows shows it: the first three numbers have their lowest byte first.
fn guid(value: &[u8]) -> Option<String> {
    let &[a0, a1, a2, a3, b0, b1, c0, c1, ref rest @ ..] = <&[u8; 16]>::try_from(value).ok()?;
    let (a, b, c) =
        (u32::from_le_bytes([a0, a1, a2, a3]), u16::from_le_bytes([b0, b1]), u16::from_le_bytes([c0, c1]));
    let rest = muster_proto::id::hex(rest);
    let (d, e) = rest.split_at(4);
    Some(format!("{a:08x}-{b:04x}-{c:04x}-{d}-{e}"))
}

/// One line of text that shows as it was written.
fn line(text: &str, longest: usize) -> Option<String> {
    let text = text.trim();
    let sound = !text.is_empty() && text.chars().count() <= longest && !text.chars().any(misleads);
    sound.then(|| text.to_owned())
}

impl Plain {
    /// As it was written.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.0
    }
}

impl FromStr for Plain {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match ldap3::parse_filter(text) {
            Ok(_) if text.starts_with('(') => Ok(Self(text.to_owned())),
            _ => Err(format!("{text:?} is no filter like (objectClass=person)")),
        }
    }
}

impl fmt::Display for Plain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Part {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("{text:?} is not DN=ORG or VALUE=ORG, ORG being the id of an organisation");
        // the name of an entry has equals signs in it
        let (place, org) = text.rsplit_once('=').ok_or_else(wrong)?;
        let letter = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if place.trim().is_empty() || !(1..=48).contains(&org.len()) || !org.bytes().all(letter) {
            return Err(wrong());
        }
        Ok(Self { place: place.to_owned(), org: org.to_owned() })
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.place, self.org)
    }
}

as_text!(Plain, Part);

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashMap;

    fn people(map: &[&str]) -> People {
        People {
            base: "dc=example,dc=org".to_owned(),
            filter: "(objectClass=person)".parse().unwrap(),
            disabled: None,
            id_attribute: "employeeNumber".to_owned(),
            name_attribute: "displayName".to_owned(),
            org_attribute: None,
            map: map.iter().map(|part| part.parse().unwrap()).collect(),
            every: None,
        }
    }

    fn entry(dn: &str, attributes: &[(&str, &str)]) -> SearchEntry {
        let mut attrs: HashMap<String, Vec<String>> = HashMap::new();
        for (name, value) in attributes {
            attrs.entry((*name).to_owned()).or_default().push((*value).to_owned());
        }
        SearchEntry { dn: dn.to_owned(), attrs, bin_attrs: HashMap::new() }
    }

    #[test]
    fn an_entry_is_a_person_with_an_id_and_a_name() {
        let full = [
            ("EMPLOYEENUMBER", " 0017 "),
            ("displayName", "Анна Петрова"),
            ("cn", "anna"),
            ("mail", "anna@example.org"),
        ];
        let anna = people(&[]).person(&entry("uid=anna", &full), true).unwrap();
        assert_eq!((anna.id.as_str(), anna.name.as_str()), ("0017", "Анна Петрова"));
        assert_eq!(
            (anna.mail.as_deref(), anna.place, anna.disabled),
            (Some("anna@example.org"), Place::Anywhere, true)
        );
        let by_cn = people(&[]).person(&entry("uid=a", &[("employeeNumber", "1"), ("cn", "anna")]), false);
        assert_eq!(by_cn.unwrap().name, "anna");
        for wrong in [
            &[("cn", "anna")][..],
            &[("employeeNumber", "1")],
            &[("employeeNumber", "1"), ("employeeNumber", "2"), ("cn", "anna")],
            &[("employeeNumber", " "), ("cn", "anna")],
            &[("employeeNumber", "1"), ("cn", "an\u{202e}na")],
            &[("employeeNumber", "1\n2"), ("cn", "anna")],
        ] {
            assert_eq!(people(&[]).person(&entry("uid=a", wrong), false), None, "{wrong:?}");
        }
    }

    #[test]
    fn the_ids_of_active_directory_are_written_as_windows_does() {
        let mut ad = people(&[]);
        ad.id_attribute = "objectGUID".to_owned();
        let bytes =
            [0x33, 0x22, 0x11, 0x00, 0x55, 0x44, 0x77, 0x66, 0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff];
        let mut one = entry("cn=a", &[("cn", "a")]);
        one.bin_attrs.insert("objectGUID".to_owned(), vec![bytes.to_vec()]);
        assert_eq!(ad.person(&one, false).unwrap().id, "00112233-4455-6677-8899-aabbccddeeff");
        one.bin_attrs.insert("objectGUID".to_owned(), vec![bytes[..15].to_vec()]);
        assert_eq!(ad.person(&one, false), None);
    }

    #[test]
    fn the_innermost_part_of_the_directory_is_the_organisation() {
        let people = people(&["ou=state,dc=org=state", "OU=Finance, ou=state,dc=org=minfin"]);
        let place = |dn: &str| people.place(&entry(dn, &[]));
        assert_eq!(place("uid=a,ou=finance,ou=state,dc=org"), Place::Org("minfin".to_owned()));
        assert_eq!(place("uid=a,ou=army,OU=State,dc=org"), Place::Org("state".to_owned()));
        assert_eq!(place("uid=a,dc=org"), Place::Nowhere);
        assert_eq!(place("uid=a,xou=state,dc=org"), Place::Nowhere);
        assert_eq!(place("cn=a\\,ou=state,dc=org"), Place::Nowhere, "it is part of a name");
        assert_eq!(place("cn=a\\\\,ou=state,dc=org"), Place::Org("state".to_owned()));
    }

    #[test]
    fn an_attribute_can_say_the_organisation() {
        let mut people = people(&["Finance=minfin"]);
        people.org_attribute = Some("department".to_owned());
        let place = |value: &str| people.place(&entry("uid=a", &[("department", value)]));
        assert_eq!(place(" FINANCE"), Place::Org("minfin".to_owned()));
        assert_eq!((place("Finances"), people.place(&entry("uid=a", &[]))), (Place::Nowhere, Place::Nowhere));
    }

    #[test]
    fn what_is_written_is_read_or_refused() {
        for good in ["ou=finance,dc=example,dc=org=minfin", "Financial = office=a-1"] {
            assert_eq!(good.parse::<Part>().unwrap().to_string(), good);
        }
        for wrong in ["", "minfin", "=minfin", "ou=a=", "ou=a=Min fin", "ou=a=min_fin"] {
            assert!(wrong.parse::<Part>().is_err(), "{wrong}");
        }
        assert!("(&(a=b)(!(c=*)))".parse::<Plain>().is_ok());
        for wrong in ["", "a=b", "(a=b", "(a=b))"] {
            assert!(wrong.parse::<Plain>().is_err(), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn whatever_an_entry_says_is_a_sound_person_or_none(
            dn in "\\PC{0,40}",
            id in proptest::collection::vec(any::<u8>(), 0..80),
            name in "(?s).{0,240}",
            attribute in prop_oneof![Just("employeeNumber"), Just("objectGUID")],
        ) {
            let mut people = people(&["ou=a,dc=b=minfin"]);
            people.id_attribute = attribute.to_owned();
            let mut entry = entry(&dn, &[("displayName", &name)]);
            entry.bin_attrs.insert(attribute.to_owned(), vec![id]);
            if let Some(person) = people.person(&entry, false) {
                prop_assert!((1..=64).contains(&person.id.chars().count()));
                prop_assert!((1..=200).contains(&person.name.chars().count()));
                prop_assert!(!person.name.chars().chain(person.id.chars()).any(misleads));
            }
        }

        #[test]
        fn no_text_makes_it_fail(text in "\\PC{0,60}") {
            let _ = (text.parse::<Part>(), text.parse::<Plain>(), lies_below(&text, "dc=a"));
        }
    }
}
