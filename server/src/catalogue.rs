//! What is watched for: the catalogue that this program was built with, in the forms that judging and phones need.

use muster_proto::catalogue::{Catalogue, Inventory, WatchList};
use muster_proto::id::Digest;
use std::collections::{BTreeSet, HashMap};

/// The catalogue and what was made of it.
pub struct Watched {
    /// The catalogue.
    pub catalogue: Catalogue,
    /// As phones get it.
    pub bytes: Vec<u8>,
    /// What reports name.
    pub digest: Digest,
    lists: HashMap<Digest, BTreeSet<String>>,
}

impl Watched {
    /// The catalogue of this build.
    #[must_use]
    pub fn built_in() -> Self {
        let catalogue = Catalogue::from_toml(
            include_str!("../../catalogue/messengers.toml"),
            include_str!("../../catalogue/vendors.toml"),
        );
        Self::of(catalogue.expect("a test reads the catalogue of this build"))
    }

    /// Takes a catalogue.
    #[must_use]
    pub fn of(catalogue: Catalogue) -> Self {
        let packages: Vec<&str> = catalogue
            .messengers()
            .iter()
            .flat_map(|messenger| messenger.android.iter().map(String::as_str))
            .collect();
        let known = [Inventory::Linux, Inventory::Android(&packages)]
            .map(|inventory| catalogue.watch_list(inventory));
        let lists = known.into_iter().map(|WatchList { ids, digest }| (digest, ids)).collect();
        let bytes = catalogue.to_cbor();
        Self { digest: Digest::of(&bytes), bytes, lists, catalogue }
    }

    /// The ids that a phone with this watch list can find; `None` where the list isn't one of this catalogue.
    #[must_use]
    pub fn list(&self, digest: &Digest) -> Option<&BTreeSet<String>> {
        self.lists.get(digest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_catalogue_of_this_build_can_be_read() {
        let watched = Watched::built_in();
        let list = watched.catalogue.watch_list(Inventory::Linux);
        assert!(watched.list(&list.digest).is_some_and(|ids| ids.contains("telegram")));
        assert!(watched.list(&Digest::of(b"another")).is_none());
    }
}
