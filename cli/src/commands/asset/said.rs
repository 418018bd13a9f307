//! What may be said of a phone on the command line.

use crate::output::WrongUse;
use clap::ValueEnum;
use muster_proto::money::smallest_units;
use serde_json::{Value, json};

/// What is said. It is checked by the server.
#[derive(clap::Args)]
pub struct Said {
    /// Inventory number; no two phones have the same
    #[arg(long, value_name = "TEXT")]
    tag: Option<String>,
    /// Serial number; no two phones have the same
    #[arg(long, value_name = "TEXT")]
    serial: Option<String>,
    /// Who carries it
    #[arg(long, value_name = "TEXT")]
    carrier: Option<String>,
    /// How the directory knows who carries it
    #[arg(long, value_name = "ID")]
    carrier_id: Option<String>,
    /// Its maker
    #[arg(long, value_name = "TEXT")]
    maker: Option<String>,
    /// Its model
    #[arg(long, value_name = "TEXT")]
    model: Option<String>,
    /// What runs on it: `android`, `aurora`, `ios` or `other`; the last two can have no agent
    #[arg(long, value_name = "PLATFORM")]
    platform: Option<String>,
    /// Where it is in its life: `ordered`, `spare`, `handed-out`, `in-use`, `in-repair`, `lost` or `retired`
    #[arg(long, value_name = "LIFE")]
    life: Option<String>,
    /// Day by which it has to be replaced
    #[arg(long, value_name = "DAY")]
    replace_by: Option<String>,
    /// Who pays: `person` or `administration`
    #[arg(long, value_name = "WHO")]
    budget: Option<String>,
    /// What it cost: `45990.50`
    #[arg(long, value_name = "AMOUNT", requires = "currency")]
    cost: Option<String>,
    /// The currency: `RUB`
    #[arg(long, value_name = "CODE", requires = "cost")]
    currency: Option<String>,
    /// Id of the phone of the register that takes its place
    #[arg(long, value_name = "ID")]
    replaced_by: Option<String>,
    /// What else there is to say
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,
}

/// A part that can be taken away.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum Clearing {
    /// The inventory number
    Tag,
    /// The serial number
    Serial,
    /// Who carries it
    Carrier,
    /// How the directory knows that person
    CarrierId,
    /// The maker
    Maker,
    /// The model
    Model,
    /// What runs on it
    Platform,
    /// The day by which it has to be replaced
    ReplaceBy,
    /// Who pays
    Budget,
    /// What it cost, with the currency
    Cost,
    /// The phone that takes its place
    ReplacedBy,
    /// The note
    Note,
}

/// What an edit can change, and what people call it.
pub const EDITED: [(&str, &str); 16] = [
    ("org", "organisation"),
    ("tag", "tag"),
    ("serial", "serial number"),
    ("carrier", "carrier"),
    ("carrier_id", "id in the directory"),
    ("maker", "maker"),
    ("model", "model"),
    ("platform", "platform"),
    ("life", "life"),
    ("device", "device"),
    ("replace_by", "to be replaced by"),
    ("budget", "paid by"),
    ("cost", "cost"),
    ("currency", "currency"),
    ("replaced_by", "replaced by"),
    ("note", "note"),
];

impl Said {
    /// As the API takes it.
    ///
    /// # Errors
    /// The cost is no amount of its currency.
    pub fn as_json(&self) -> anyhow::Result<Value> {
        let mut body = json!({});
        let texts = [
            ("tag", &self.tag),
            ("serial", &self.serial),
            ("carrier", &self.carrier),
            ("carrier_id", &self.carrier_id),
            ("maker", &self.maker),
            ("model", &self.model),
            ("platform", &self.platform),
            ("life", &self.life),
            ("replace_by", &self.replace_by),
            ("budget", &self.budget),
            ("currency", &self.currency),
            ("replaced_by", &self.replaced_by),
            ("note", &self.note),
        ];
        for (name, text) in texts {
            if let Some(text) = text {
                body[name] = json!(text);
            }
        }
        if let Some(cost) = &self.cost {
            let currency = self.currency.as_deref().unwrap_or_default().to_uppercase();
            let units = smallest_units(cost, &currency);
            body["cost"] = json!(units.map_err(|why| WrongUse(format!("--cost {cost:?}: {why}")))?);
        }
        Ok(body)
    }
}

/// Takes parts away.
pub fn cleared(clear: &[Clearing], change: &mut Value) {
    for part in clear {
        let keys: &[&str] = match part {
            Clearing::Tag => &["tag"],
            Clearing::Serial => &["serial"],
            Clearing::Carrier => &["carrier"],
            Clearing::CarrierId => &["carrier_id"],
            Clearing::Maker => &["maker"],
            Clearing::Model => &["model"],
            Clearing::Platform => &["platform"],
            Clearing::ReplaceBy => &["replace_by"],
            Clearing::Budget => &["budget"],
            Clearing::Cost => &["cost", "currency"],
            Clearing::ReplacedBy => &["replaced_by"],
            Clearing::Note => &["note"],
        };
        for key in keys {
            change[*key] = Value::Null;
        }
    }
}
