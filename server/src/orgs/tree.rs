//! Who belongs to whom. Two servers that move organisations at the same moment can make a circle, which neither of them has seen: every
//! way through the tree ends all the same.

use std::collections::{HashMap, HashSet};

/// Every organisation with those that belong to it.
#[derive(Debug, Clone, Default)]
pub struct Tree(HashMap<String, Vec<String>>);

impl Tree {
    /// A tree of organisations, each with the one that it belongs to.
    pub fn new(orgs: impl IntoIterator<Item = (String, Option<String>)>) -> Self {
        let mut children: HashMap<String, Vec<String>> = HashMap::new();
        for (org, parent) in orgs {
            if let Some(parent) = parent {
                children.entry(parent).or_default().push(org);
            }
        }
        Self(children)
    }

    /// `id` and every organisation below it, each once.
    #[must_use]
    pub fn below(&self, id: &str) -> Vec<String> {
        let mut found = vec![id];
        let mut seen = HashSet::from([id]);
        let mut next = 0;
        while let Some(parent) = found.get(next) {
            let children = self.0.get(*parent).into_iter().flatten().map(String::as_str);
            found.extend(children.filter(|child| seen.insert(child)));
            next += 1;
        }
        found.into_iter().map(str::to_owned).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(pairs: &[(&str, &str)]) -> Tree {
        let parent = |parent: &str| (!parent.is_empty()).then(|| parent.to_owned());
        Tree::new(pairs.iter().map(|(id, of)| ((*id).to_owned(), parent(of))))
    }

    #[test]
    fn those_below_come_after_it() {
        let tree = tree(&[("state", ""), ("minfin", "state"), ("tax", "minfin"), ("army", "state")]);
        assert_eq!(tree.below("state"), ["state", "minfin", "army", "tax"]);
        assert_eq!(tree.below("minfin"), ["minfin", "tax"]);
        assert_eq!(tree.below("nobody"), ["nobody"]);
    }

    #[test]
    fn a_circle_has_an_end() {
        let tree = tree(&[("a", "b"), ("b", "a"), ("c", "b"), ("d", "d")]);
        assert_eq!(tree.below("a"), ["a", "b", "c"]);
        assert_eq!(tree.below("d"), ["d"]);
    }
}
