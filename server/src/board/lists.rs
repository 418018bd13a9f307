//! The list behind a figure: a query that finds the phones that it counts, and no others, where there is one.

use std::collections::{BTreeSet, HashMap, HashSet};

use crate::devices::Query;
use crate::orgs::OrgView;

/// Which organisation belongs to which, of those that are looked at.
pub(super) type Parents = HashMap<String, String>;

/// The tree of these organisations.
pub(super) fn parents(orgs: &[OrgView]) -> Parents {
    orgs.iter().filter_map(|org| Some((org.id.clone(), org.parent.clone()?))).collect()
}

/// The query for those of `counted` alone, of all organisations in `scope`. `others` have phones that it would find, too.
pub(super) fn of(
    query: String,
    counted: &BTreeSet<&str>,
    others: &BTreeSet<&str>,
    (parents, scope): (&Parents, &HashSet<&str>),
) -> Option<String> {
    if others.is_empty() {
        return Some(query);
    }
    let joined = |orgs: &BTreeSet<&str>| orgs.iter().copied().collect::<Vec<_>>().join(",");
    let branches = branches(counted, others, (parents, scope)).map(|tops| format!("org:{}", joined(&tops)));
    let single = Some(format!("org={}", joined(counted)));
    let written = branches.into_iter().chain(single).map(|orgs| format!("{query} {orgs}"));
    // what is too long is no query
    written.into_iter().find(|text| text.parse::<Query>().is_ok())
}

/// The fewest organisations that have all of `counted` below them, and none of `others`.
fn branches<'a>(
    counted: &BTreeSet<&'a str>,
    others: &BTreeSet<&str>,
    (parents, scope): (&'a Parents, &HashSet<&str>),
) -> Option<BTreeSet<&'a str>> {
    let mut above = HashSet::new();
    for other in others {
        let mut next = Some(*other);
        // a circle has an end
        while let Some(org) = next.filter(|org| above.insert(*org)) {
            next = parents.get(org).map(String::as_str);
        }
    }
    let mut tops = BTreeSet::new();
    for org in counted {
        if above.contains(org) {
            return None;
        }
        let (mut top, mut way) = (*org, HashSet::new());
        let up = |org: &str| {
            parents.get(org).map(String::as_str).filter(|up| scope.contains(up) && !above.contains(up))
        };
        while let Some(parent) = up(top).filter(|parent| way.insert(*parent)) {
            top = parent;
        }
        tops.insert(top);
    }
    Some(tops)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query(counted: &[&str], others: &[&str], scope: &[&str]) -> Option<String> {
        let parents =
            [("a", "state"), ("a1", "a"), ("a2", "a"), ("b", "state"), ("b1", "b"), ("x", "y"), ("y", "x")];
        let parents = parents.map(|(org, parent)| (org.to_owned(), parent.to_owned())).into();
        let (counted, others) = (counted.iter().copied().collect(), others.iter().copied().collect());
        of("rule:maker".to_owned(), &counted, &others, (&parents, &scope.iter().copied().collect()))
    }

    #[test]
    fn organisations_are_named_where_others_would_be_found() {
        let all = ["state", "a", "a1", "a2", "b", "b1", "x", "y"];
        for (counted, others, expected) in [
            (&["a1"][..], &[][..], "rule:maker"),
            (&["a", "a1"], &["b"], "rule:maker org:a"),
            (&["a1", "a2"], &["b1"], "rule:maker org:a"),
            (&["a1", "b"], &["a"], "rule:maker org:a1,b"),
            (&["a", "a1"], &["a2"], "rule:maker org=a,a1"),
            (&["x"], &["a"], "rule:maker org:x"),
        ] {
            let found = query(counted, others, &all);
            // of a circle any stands for all
            let found = found.map(|found| found.replace("org:y", "org:x"));
            assert_eq!(found.as_deref(), Some(expected), "{counted:?} {others:?}");
        }
        assert_eq!(query(&["a1"], &["b"], &["a1", "b"]).as_deref(), Some("rule:maker org:a1"));
    }

    #[test]
    fn what_no_query_says_has_none() {
        let many: Vec<String> = (0..33).map(|nth| format!("o{nth}")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        assert_eq!(query(&many, &["b"], &many), None);
    }
}
