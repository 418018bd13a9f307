//! Finding the messenger behind an application: a look in a table for ids, a walk over the few globs for the rest.

use std::collections::HashMap;

use super::{Catalogue, Messenger};
use crate::facts::MatchKind;

/// Positions in the catalogue's list of messengers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Index {
    android: HashMap<String, usize>,
    linux: HashMap<String, usize>,
    /// (messenger, pattern), in the order in which they are tried.
    globs: Vec<(usize, usize)>,
}

impl Index {
    pub(super) fn of(messengers: &[Messenger]) -> Self {
        let mut index = Self::default();
        for (at, messenger) in messengers.iter().enumerate() {
            index.android.extend(messenger.android.iter().map(|package| (package.clone(), at)));
            for (nth, pattern) in messenger.aurora.iter().enumerate() {
                if pattern.is_exact() {
                    index.linux.insert(pattern.word().to_owned(), at);
                } else {
                    index.globs.push((at, nth));
                }
            }
        }
        // A sourced glob before a guess, and the longer word, which says more, before the shorter.
        index.globs.sort_by_key(|&(at, nth)| {
            let messenger = &messengers[at];
            (messenger.unverified, usize::MAX - messenger.aurora[nth].word().len(), at, nth)
        });
        index
    }
}

impl Catalogue {
    /// The messenger that ships this Android package.
    #[must_use]
    pub fn match_android_package(&self, package: &str) -> Option<&Messenger> {
        self.index.android.get(package).and_then(|&at| self.messengers.get(at))
    }

    /// The messenger behind an application or RPM id on Aurora, Sailfish or Linux; an exact id beats every glob.
    #[must_use]
    pub fn match_linux(&self, id: &str) -> Option<(&Messenger, MatchKind)> {
        if let Some(messenger) = self.index.linux.get(id).and_then(|&at| self.messengers.get(at)) {
            return Some((messenger, MatchKind::Exact));
        }
        let found = self.index.globs.iter().find(|&&(at, nth)| self.messengers[at].aurora[nth].fits(id));
        found.map(|&(at, _)| {
            let messenger = &self.messengers[at];
            let kind = if messenger.unverified { MatchKind::UnverifiedPattern } else { MatchKind::Pattern };
            (messenger, kind)
        })
    }
}
