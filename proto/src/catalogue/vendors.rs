//! Finding the maker behind what a phone says about itself.

use super::{Catalogue, Vendor};

impl Catalogue {
    /// The maker that the manufacturer names, or else the brand: whole words, without regard to case.
    ///
    /// Where a text names several, the first one in it counts; of two names at one place the longer.
    #[must_use]
    pub fn vendor_of(&self, manufacturer: Option<&str>, brand: Option<&str>) -> Option<&Vendor> {
        [manufacturer, brand].into_iter().flatten().find_map(|text| self.named_in(text))
    }

    fn named_in(&self, text: &str) -> Option<&Vendor> {
        let text = text.to_lowercase();
        let text = text.as_str();
        let places = self.vendors.iter().flat_map(|vendor| {
            vendor
                .names
                .iter()
                .filter_map(move |name| Some((word_at(text, name)?, usize::MAX - name.len(), vendor)))
        });
        places.min_by_key(|&(at, brevity, _)| (at, brevity)).map(|(_, _, vendor)| vendor)
    }
}

/// Where `word` first stands in `text` with no letter or digit right beside it.
fn word_at(text: &str, word: &str) -> Option<usize> {
    // Names are short, so comparing at every place beats preparing a search.
    let last = text.len().checked_sub(word.len())?;
    let stands_at =
        |&at: &usize| text.as_bytes()[at..].starts_with(word.as_bytes()) && text.is_char_boundary(at);
    (0..=last).filter(stands_at).find(|&at| {
        let before = text[..at].chars().next_back();
        let after = text[at + word.len()..].chars().next();
        !before.is_some_and(char::is_alphanumeric) && !after.is_some_and(char::is_alphanumeric)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn catalogue() -> Catalogue {
        let vendor = |id: &str, names: &[&str]| Vendor {
            id: id.to_owned(),
            names: names.iter().map(|&name| name.to_owned()).collect(),
            country: "RU".to_owned(),
            groups: vec!["russian".to_owned()],
        };
        let vendors = vec![
            vendor("fplus", &["fplus", "f+", "fly"]),
            vendor("aquarius", &["aquarius", "аквариус"]),
            vendor("lg", &["lge", "lg"]),
            vendor("nokia-hmd", &["hmd global", "nokia", "hmd"]),
            vendor("mobile-inform", &["mig"]),
        ];
        Catalogue::new(Vec::new(), vendors).unwrap()
    }

    #[test]
    fn whole_words_of_any_case_are_found() {
        let catalogue = catalogue();
        let id =
            |manufacturer, brand| catalogue.vendor_of(manufacturer, brand).map(|vendor| vendor.id.as_str());
        assert_eq!(id(Some("LG Electronics"), None), Some("lg"));
        assert_eq!(id(Some("LGE"), None), Some("lg"));
        assert_eq!(id(Some("Elgato"), None), None);
        assert_eq!(id(Some("F+ R570E"), None), Some("fplus"));
        assert_eq!(id(Some("ООО «АКВАРИУС»"), None), Some("aquarius"));
        assert_eq!(id(Some("HMD Global"), None), Some("nokia-hmd"));
        assert_eq!(id(Some("Migros"), None), None);
        assert_eq!(id(Some(""), None), None);
        assert_eq!(id(None, None), None);
    }

    #[test]
    fn the_manufacturer_goes_before_the_brand() {
        let catalogue = catalogue();
        let id =
            |manufacturer, brand| catalogue.vendor_of(manufacturer, brand).map(|vendor| vendor.id.as_str());
        assert_eq!(id(Some("Nokia"), Some("LG")), Some("nokia-hmd"));
        assert_eq!(id(Some("unheard of"), Some("LG")), Some("lg"));
        assert_eq!(id(Some("Fly, made by LG"), None), Some("fplus"));
    }
}
