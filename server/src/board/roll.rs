//! Figures along the tree: what an organisation has, and those below it.

use std::collections::{HashMap, HashSet};

use crate::orgs::OrgView;

/// The organisations in the order of the tree: each is followed by those below it, by title. With how deep it lies.
pub fn in_order<'a>(orgs: &'a [OrgView], top: Option<&str>, deepest: u32) -> Vec<(&'a OrgView, u32)> {
    let known: HashSet<&str> = orgs.iter().map(|org| org.id.as_str()).collect();
    let mut below: HashMap<Option<&str>, Vec<&OrgView>> = HashMap::new();
    for org in orgs {
        below.entry(org.parent.as_deref().filter(|parent| known.contains(parent))).or_default().push(org);
    }
    for children in below.values_mut() {
        children.sort_by(|one, other| (&one.title, &one.id).cmp(&(&other.title, &other.id)));
    }
    let first = |roots: &[&'a OrgView]| roots.iter().rev().map(|org| (*org, 0)).collect::<Vec<_>>();
    let mut waiting: Vec<(&OrgView, u32)> = match top {
        Some(top) => orgs.iter().find(|org| org.id == top).map(|org| (org, 0)).into_iter().collect(),
        None => first(below.get(&None).map_or(&[][..], Vec::as_slice)),
    };
    let (mut order, mut seen) = (Vec::new(), HashSet::new());
    while let Some((org, depth)) = waiting.pop() {
        // a circle has an end
        if !seen.insert(org.id.as_str()) {
            continue;
        }
        order.push((org, depth));
        if depth < deepest {
            let children = below.get(&Some(org.id.as_str())).into_iter().flatten();
            waiting.extend(children.rev().map(|child| (*child, depth + 1)));
        }
    }
    order
}

/// Whom each organisation counts for: itself and all above it.
pub struct Ways<'a>(HashMap<&'a str, Vec<&'a str>>);

impl<'a> Ways<'a> {
    /// The ways up from every organisation.
    pub fn of(orgs: &'a [OrgView]) -> Self {
        let by_id: HashMap<&str, &OrgView> = orgs.iter().map(|org| (org.id.as_str(), org)).collect();
        let up = |org: &'a OrgView| {
            let (mut way, mut next) = (Vec::new(), Some(org));
            while let Some(org) = next.filter(|org| !way.contains(&org.id.as_str())) {
                way.push(org.id.as_str());
                next = org.parent.as_deref().and_then(|parent| by_id.get(parent)).copied();
            }
            (org.id.as_str(), way)
        };
        Self(orgs.iter().map(up).collect())
    }

    /// The organisation itself and all above it.
    pub fn up(&self, org: &str) -> impl Iterator<Item = &'a str> {
        self.0.get(org).into_iter().flatten().copied()
    }

    /// Every organisation.
    pub fn orgs(&self) -> impl Iterator<Item = &'a str> {
        self.0.keys().copied()
    }

    /// Adds up what organisations have of their own to what each has with those below.
    pub fn summed<T: Default>(
        &self,
        own: impl IntoIterator<Item = (String, T)>,
        mut add: impl FnMut(&mut T, &T),
    ) -> HashMap<&'a str, T> {
        let mut sums: HashMap<&str, T> = HashMap::new();
        for (org, value) in own {
            for above in self.up(&org) {
                add(sums.entry(above).or_default(), &value);
            }
        }
        sums
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn orgs(pairs: &[(&str, &str)]) -> Vec<OrgView> {
        let org = |(id, parent): &(&str, &str)| OrgView {
            id: (*id).to_owned(),
            title: (*id).to_owned(),
            parent: (!parent.is_empty()).then(|| (*parent).to_owned()),
            time_zone: "UTC".to_owned(),
            devices: 0,
        };
        pairs.iter().map(org).collect()
    }

    #[test]
    fn each_is_followed_by_those_below_it() {
        let orgs = orgs(&[("state", ""), ("b", "state"), ("a", "state"), ("tax", "b"), ("lost", "nobody")]);
        let order = |top, deepest| {
            in_order(&orgs, top, deepest)
                .into_iter()
                .map(|(org, depth)| (org.id.as_str(), depth))
                .collect::<Vec<_>>()
        };
        assert_eq!(order(None, 9), [("lost", 0), ("state", 0), ("a", 1), ("b", 1), ("tax", 2)]);
        assert_eq!(order(Some("b"), 0), [("b", 0)]);
        assert_eq!(order(Some("b"), 1), [("b", 0), ("tax", 1)]);
        assert!(order(Some("x"), 1).is_empty());
    }

    #[test]
    fn each_counts_for_itself_and_all_above() {
        let orgs = orgs(&[("state", ""), ("b", "state"), ("tax", "b"), ("x", "y"), ("y", "x")]);
        let ways = Ways::of(&orgs);
        let own = [("state", 1), ("b", 10), ("tax", 100), ("x", 5), ("gone", 7)]
            .map(|(org, n)| (org.to_owned(), n));
        let sums = ways.summed(own, |sum: &mut u64, n| *sum += n);
        assert_eq!((sums["state"], sums["b"], sums["tax"], sums["x"], sums["y"]), (111, 110, 100, 5, 5));
        assert!(!sums.contains_key("gone"));
    }
}
