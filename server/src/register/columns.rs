//! What columns and words of a table are called, in English and Russian.

use super::{AssetPlatform, Budget, Life};

/// A column that is understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Column {
    Tag,
    Serial,
    Carrier,
    CarrierId,
    Org,
    Maker,
    Model,
    Platform,
    Life,
    ReplaceBy,
    Budget,
    Cost,
    Currency,
    Note,
}

/// What columns are called, in small letters, without marks between words.
pub(super) const COLUMNS: &[(Column, &str, &[&str])] = &[
    (Column::Tag, "tag", &["asset tag", "inventory number", "инвентарный номер", "инв. номер", "инв. №"]),
    (Column::Serial, "serial", &["serial number", "серийный номер", "серийный №"]),
    (Column::Carrier, "carrier", &["владелец", "сотрудник", "пользователь"]),
    (
        Column::CarrierId,
        "carrier_id",
        &["personnel number", "employee number", "табельный номер", "таб. номер", "таб. №"],
    ),
    (Column::Org, "org", &["organisation", "organization", "организация", "подразделение"]),
    (Column::Maker, "maker", &["manufacturer", "производитель"]),
    (Column::Model, "model", &["модель"]),
    (Column::Platform, "platform", &["платформа", "ос", "операционная система"]),
    (Column::Life, "life", &["состояние", "статус"]),
    (Column::ReplaceBy, "replace_by", &["заменить до", "срок замены"]),
    (Column::Budget, "budget", &["бюджет", "за чей счет"]),
    (Column::Cost, "cost", &["стоимость", "цена"]),
    (Column::Currency, "currency", &["валюта"]),
    (Column::Note, "note", &["примечание", "комментарий"]),
];

/// Columns of our own table that nobody takes in.
pub(super) const OWN: &[&str] = &[
    "id",
    "life since",
    "device",
    "reporting",
    "last contact",
    "verdict",
    "verdict since",
    "verdict due",
    "carrier standing",
];

/// What people write for a platform, beside our own words.
pub(super) const PLATFORMS: &[(&str, AssetPlatform)] = &[
    ("андроид", AssetPlatform::Android),
    ("аврора", AssetPlatform::Aurora),
    ("ос аврора", AssetPlatform::Aurora),
    ("aurora os", AssetPlatform::Aurora),
    ("другая", AssetPlatform::Other),
    ("другое", AssetPlatform::Other),
];
/// For where a phone is in its life.
pub(super) const LIVES: &[(&str, Life)] = &[
    ("заказан", Life::Ordered),
    ("на складе", Life::Spare),
    ("в запасе", Life::Spare),
    ("выдан", Life::HandedOut),
    ("используется", Life::InUse),
    ("в работе", Life::InUse),
    ("в ремонте", Life::InRepair),
    ("утерян", Life::Lost),
    ("утрачен", Life::Lost),
    ("списан", Life::Retired),
];
/// For who pays.
pub(super) const BUDGETS: &[(&str, Budget)] = &[
    ("личный", Budget::Person),
    ("сотрудник", Budget::Person),
    ("организация", Budget::Administration),
    ("администрация", Budget::Administration),
    ("служебный", Budget::Administration),
];

/// What we call a column.
pub(super) fn word(column: Column) -> &'static str {
    COLUMNS.iter().find(|(one, ..)| *one == column).map_or("", |(_, word, _)| word)
}
