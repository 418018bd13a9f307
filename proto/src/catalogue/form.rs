//! The catalogue on the wire: a map of two lists; each entry a map with small integer keys. The contract stands in `cddl/`.

use super::{Catalogue, Messenger, Pattern, Vendor};
use crate::cbor::{DecodeError, Encoder, List, Wire, wire_map, written, wrong};
use crate::id::Digest;
use crate::text::Text;

type Name = Text<64>;
type Package = Text<223>;

wire_map! {
    /// A whole catalogue.
    pub struct CatalogueForm as "catalogue" {
        /// Messengers, by id.
        0 => messengers: List<MessengerForm> where len <= 1024,
        /// Makers, by id.
        1 => vendors: List<VendorForm> where len <= 512,
    }
}

wire_map! {
    /// One messenger.
    pub struct MessengerForm as "messenger" {
        /// As [`Messenger::id`] or [`Vendor::id`].
        0 => id: Text<32>,
        /// What people read.
        1 => name: Name,
        /// Who makes it.
        2 => vendor: Option<Name>,
        /// Where the maker sits.
        3 => country: Option<Text<2>>,
        /// One of the nine.
        4 => seed: Flag,
        /// The messenger whose service it speaks.
        5 => modified_of: Option<Text<32>>,
        /// Android package ids.
        6 => android: List<Package> where len <= 32,
        /// SHA-256 of the signing certificates.
        7 => signers: List<Digest> where len <= 32,
        /// Another digest says nothing.
        8 => signers_partial: Flag,
        /// From one old APK only.
        9 => confirm: Flag,
        /// Ids on Aurora, Sailfish and Linux.
        10 => aurora: List<Pattern> where len <= 32,
        /// The globs decide nothing.
        11 => unverified: Flag,
        /// Bundle ids.
        12 => ios: List<Package> where len <= 32,
    }
}

wire_map! {
    /// One maker.
    pub struct VendorForm as "vendor" {
        /// As [`Messenger::id`] or [`Vendor::id`].
        0 => id: Text<32>,
        /// What its phones report.
        1 => names: List<Name> where len <= 32,
        /// Where the maker sits.
        2 => country: Text<2>,
        /// Words for policies.
        3 => groups: List<Text<32>> where len <= 32,
    }
}

/// A mark that is either there, as `true`, or left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Flag(bool);

impl Wire for Flag {
    fn put(&self, e: &mut Encoder) {
        written(e.bool(self.0));
    }
    fn take(d: &mut minicbor::Decoder<'_>) -> Result<Self, DecodeError> {
        match d.bool() {
            Ok(true) => Ok(Self(true)),
            _ => Err(DecodeError::Type { what: "mark", expected: "true" }),
        }
    }
    fn absent() -> Option<Self> {
        Some(Self(false))
    }
    fn is_absent(&self) -> bool {
        !self.0
    }
}

impl Wire for Pattern {
    fn put(&self, e: &mut Encoder) {
        written(e.str(self.as_str()));
    }
    fn take(d: &mut minicbor::Decoder<'_>) -> Result<Self, DecodeError> {
        let text = d.str().map_err(wrong("pattern", "a text string"))?;
        Self::parse(text).map_err(|_| DecodeError::OutOfBounds {
            what: "pattern",
            bound: "a word with stars only at its ends",
        })
    }
}

impl Wire for Catalogue {
    fn put(&self, e: &mut Encoder) {
        let form = CatalogueForm {
            messengers: self.messengers.iter().map(messenger_form).collect(),
            vendors: self.vendors.iter().map(vendor_form).collect(),
        };
        form.put(e);
    }
    fn take(d: &mut minicbor::Decoder<'_>) -> Result<Self, DecodeError> {
        let form = CatalogueForm::take(d)?;
        let messengers = form.messengers.0.into_iter().map(messenger).collect();
        let vendors = form.vendors.iter().map(vendor).collect();
        Self::new(messengers, vendors).map_err(|_| DecodeError::OutOfBounds {
            what: "catalogue",
            bound: "entries that are complete, distinct and fit each other",
        })
    }
}

fn messenger_form(messenger: &Messenger) -> MessengerForm {
    MessengerForm {
        id: text(&messenger.id),
        name: text(&messenger.name),
        vendor: messenger.vendor.as_deref().map(text),
        country: messenger.country.as_deref().map(text),
        seed: Flag(messenger.seed),
        modified_of: messenger.modified_of.as_deref().map(text),
        android: texts(&messenger.android),
        signers: List(messenger.signers.clone()),
        signers_partial: Flag(messenger.signers_partial),
        confirm: Flag(messenger.confirm),
        aurora: List(messenger.aurora.clone()),
        unverified: Flag(messenger.unverified),
        ios: texts(&messenger.ios),
    }
}

fn vendor_form(vendor: &Vendor) -> VendorForm {
    VendorForm {
        id: text(&vendor.id),
        names: texts(&vendor.names),
        country: text(&vendor.country),
        groups: texts(&vendor.groups),
    }
}

fn messenger(form: MessengerForm) -> Messenger {
    Messenger {
        id: form.id.to_string(),
        name: form.name.to_string(),
        vendor: form.vendor.map(|vendor| vendor.to_string()),
        country: form.country.map(|country| country.to_string()),
        seed: form.seed.0,
        modified_of: form.modified_of.map(|original| original.to_string()),
        android: strings(&form.android),
        signers: form.signers.0,
        signers_partial: form.signers_partial.0,
        confirm: form.confirm.0,
        aurora: form.aurora.0,
        unverified: form.unverified.0,
        ios: strings(&form.ios),
    }
}

fn vendor(form: &VendorForm) -> Vendor {
    Vendor {
        id: form.id.to_string(),
        names: strings(&form.names),
        country: form.country.to_string(),
        groups: strings(&form.groups),
    }
}

/// The bounds were checked when the catalogue was put together.
fn text<const N: usize>(text: &str) -> Text<N> {
    Text::new(text).expect("a catalogue's texts are within the bounds of the wire")
}

fn texts<const N: usize>(texts: &[String]) -> List<Text<N>> {
    texts.iter().map(|each| text(each)).collect()
}

fn strings<const N: usize>(texts: &[Text<N>]) -> Vec<String> {
    texts.iter().map(ToString::to_string).collect()
}
