//! What is said of a phone of the register: of a new one, and when it is changed.

use muster_proto::time::Day;
use schemars::JsonSchema;
use serde::Deserialize;

use super::{AssetId, AssetPlatform, Budget, Life};

/// A phone that is to be written down.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAsset {
    /// The organisation whose it is.
    pub org: String,
    /// The inventory number; no two phones have the same.
    #[serde(default)]
    #[schemars(length(min = 1, max = 64))]
    pub tag: Option<String>,
    /// The serial number; no two phones have the same.
    #[serde(default)]
    #[schemars(length(min = 1, max = 64))]
    pub serial: Option<String>,
    /// Who carries it.
    #[serde(default)]
    #[schemars(length(min = 1, max = 200))]
    pub carrier: Option<String>,
    /// How the directory knows who carries it.
    #[serde(default)]
    #[schemars(length(min = 1, max = 64))]
    pub carrier_id: Option<String>,
    /// Its maker.
    #[serde(default)]
    #[schemars(length(min = 1, max = 100))]
    pub maker: Option<String>,
    /// Its model.
    #[serde(default)]
    #[schemars(length(min = 1, max = 100))]
    pub model: Option<String>,
    /// What runs on it.
    #[serde(default)]
    pub platform: Option<AssetPlatform>,
    /// Where it is in its life; handed out where somebody carries it, else in stock.
    #[serde(default)]
    pub life: Option<Life>,
    /// The day by which it has to be replaced.
    #[serde(default)]
    pub replace_by: Option<Day>,
    /// Who pays.
    #[serde(default)]
    pub budget: Option<Budget>,
    /// What it cost, in the smallest unit of the currency.
    #[serde(default)]
    #[schemars(range(max = 1_000_000_000_000_000_u64))]
    pub cost: Option<u64>,
    /// The currency, as ISO 4217 has it.
    #[serde(default)]
    #[schemars(regex(pattern = r"^[A-Z]{3}$"))]
    pub currency: Option<String>,
    /// The asset that takes its place.
    #[serde(default)]
    pub replaced_by: Option<AssetId>,
    /// What else there is to say.
    #[serde(default)]
    #[schemars(length(min = 1, max = 500))]
    pub note: Option<String>,
}

/// What is to be another about a phone; what is left out stays, `null` takes away.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct AssetChange {
    /// The organisation whose it is.
    pub org: Option<String>,
    /// The inventory number.
    #[serde(deserialize_with = "said")]
    #[schemars(with = "Option<String>", length(min = 1, max = 64))]
    pub tag: Option<Option<String>>,
    /// The serial number.
    #[serde(deserialize_with = "said")]
    #[schemars(with = "Option<String>", length(min = 1, max = 64))]
    pub serial: Option<Option<String>>,
    /// Who carries it.
    #[serde(deserialize_with = "said")]
    #[schemars(with = "Option<String>", length(min = 1, max = 200))]
    pub carrier: Option<Option<String>>,
    /// How the directory knows who carries it. Another carrier takes it away, unless another id comes with the name.
    #[serde(deserialize_with = "said")]
    #[schemars(with = "Option<String>", length(min = 1, max = 64))]
    pub carrier_id: Option<Option<String>>,
    /// Its maker.
    #[serde(deserialize_with = "said")]
    #[schemars(with = "Option<String>", length(min = 1, max = 100))]
    pub maker: Option<Option<String>>,
    /// Its model.
    #[serde(deserialize_with = "said")]
    #[schemars(with = "Option<String>", length(min = 1, max = 100))]
    pub model: Option<Option<String>>,
    /// What runs on it.
    #[serde(deserialize_with = "said")]
    #[schemars(with = "Option<AssetPlatform>")]
    pub platform: Option<Option<AssetPlatform>>,
    /// Where it is in its life.
    pub life: Option<Life>,
    /// The day by which it has to be replaced.
    #[serde(deserialize_with = "said")]
    #[schemars(with = "Option<Day>")]
    pub replace_by: Option<Option<Day>>,
    /// Who pays.
    #[serde(deserialize_with = "said")]
    #[schemars(with = "Option<Budget>")]
    pub budget: Option<Option<Budget>>,
    /// What it cost, in the smallest unit of the currency.
    #[serde(deserialize_with = "said")]
    #[schemars(with = "Option<u64>", range(max = 1_000_000_000_000_000_u64))]
    pub cost: Option<Option<u64>>,
    /// The currency, as ISO 4217 has it.
    #[serde(deserialize_with = "said")]
    #[schemars(with = "Option<String>", regex(pattern = r"^[A-Z]{3}$"))]
    pub currency: Option<Option<String>>,
    /// The asset that takes its place.
    #[serde(deserialize_with = "said")]
    #[schemars(with = "Option<AssetId>")]
    pub replaced_by: Option<Option<AssetId>>,
    /// What else there is to say.
    #[serde(deserialize_with = "said")]
    #[schemars(with = "Option<String>", length(min = 1, max = 500))]
    pub note: Option<Option<String>>,
}

impl From<NewAsset> for AssetChange {
    fn from(new: NewAsset) -> Self {
        Self {
            org: Some(new.org),
            tag: Some(new.tag),
            serial: Some(new.serial),
            carrier: Some(new.carrier),
            carrier_id: Some(new.carrier_id),
            maker: Some(new.maker),
            model: Some(new.model),
            platform: Some(new.platform),
            life: new.life,
            replace_by: Some(new.replace_by),
            budget: Some(new.budget),
            cost: Some(new.cost),
            currency: Some(new.currency),
            replaced_by: Some(new.replaced_by),
            note: Some(new.note),
        }
    }
}

/// `null` says something, too.
fn said<'de, T: Deserialize<'de>, D: serde::Deserializer<'de>>(d: D) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(d).map(Some)
}
