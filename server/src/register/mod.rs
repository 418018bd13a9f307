//! The register: which phones an organisation has, whether they report or not. It says which should report and don't, which report and are not
//! in it, and which can have no agent.
//!
//! Phones that can have no agent are judged by their maker alone, as it is written down here; they have no edges, because nothing that
//! listens to those is about a phone that nobody can ask.

mod asset;
pub mod carriers;
mod change;
mod columns;
mod edit;
pub mod figures;
mod forget;
mod history;
mod id;
mod import;
mod link;
pub mod list;
mod planned;
mod row;
mod table;
mod words;

pub use asset::{Asset, Flaw, MOST_COST, compared};
pub use change::{AssetChange, NewAsset};
pub use edit::{add, edit, remove, show};
pub use forget::forget;
pub use history::{Happened, History, history};
pub use id::AssetId;
pub use import::{Imported, import};
pub use link::{asset_of, enrolled, link, unlink};
pub use list::{AssetList, AssetRow, Counts, Place, Unregistered, Which, list, unregistered};
pub use planned::planned;
pub use table::{MAX_FILE, MOST_LINES, RefusedLine};
pub use words::{AssetPlatform, Budget, CarrierStanding, Life, NoWord, Standing};

#[cfg(test)]
mod tests;
