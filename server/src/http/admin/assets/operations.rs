//! The operations of the register.

use crate::auth::{Kind, Right};
use crate::http::openapi::{Api, about};
use crate::problems::Code;

/// Adds them.
pub fn operations(api: Api) -> Api {
    const SAID: &[Code] = &[Code::NotFound, Code::AssetMalformed, Code::AssetExists];
    api.get(
        "/assets",
        about("listAssets", "Lists the phones of the register, by their tags.").needs(Right::Read).scoped()
            .more("A page as JSON; with `format=csv`, or a header `accept` that says so, everything, as an import takes it in.")
            .gives(&["text/csv"]),
        super::list,
    )
    .post(
        "/assets",
        about("addAsset", "Writes a phone down in the register.").needs(Right::Register).scoped()
            .makes()
            .more("If exactly one device fits its tag, it is linked to that.")
            .problems(SAID),
        super::add,
    )
    .get(
        "/assets/unregistered",
        about("listUnregistered", "Lists the active devices that the register doesn't know.").needs(Right::Read).scoped(),
        super::unregistered,
    )
    .post(
        "/assets/import",
        about("importAssets", "Takes in a table of phones: known ones are changed, others added, none struck out.").needs(Right::Register).scoped()
            .more("With `dry_run` nothing is written, and every flawed line is answered.")
            .takes(&["text/csv", "application/octet-stream"])
            .problems(&[Code::NotFound, Code::RegisterColumns, Code::RegisterRows]),
        super::import,
    )
    .get("/assets/{id}", about("showAsset", "One phone of the register.").needs(Right::Read).of(Kind::Asset).versioned(), super::show)
    .patch(
        "/assets/{id}",
        about("editAsset", "Changes what is written down of a phone.").needs(Right::Register).of(Kind::Asset)
            .more("`null` takes a part away. Another carrier or organisation of a phone that somebody has is a reassignment.")
            .problems(&[Code::AssetMalformed, Code::AssetExists, Code::AssetLife, Code::AssetLink]),
        super::edit,
    )
    .delete(
        "/assets/{id}",
        about("removeAsset", "Strikes a phone out that never was a device.").needs(Right::Register).of(Kind::Asset).problems(&[Code::AssetHadDevice]),
        super::remove,
    )
    .get("/assets/{id}/history", about("showAssetHistory", "What became of a phone, the newest first.").needs(Right::Read).of(Kind::Asset), super::history)
    .post(
        "/assets/{id}/link",
        about("linkAsset", "Says which device a phone is.").needs(Right::Register).of(Kind::Asset).problems(&[Code::AssetLink]),
        super::link,
    )
    .post(
        "/assets/{id}/unlink",
        about("unlinkAsset", "Says that a phone is no device any more.").needs(Right::Register).of(Kind::Asset).problems(&[Code::AssetLink]),
        super::unlink,
    )
    .post(
        "/assets/{id}/forget",
        about("forgetCarriers", "Takes away who carries a phone, and who ever did.").needs(Right::Register).of(Kind::Asset)
            .more("Its history says from then on when it changed hands, and not whose they were. It can't be taken back."),
        super::forget,
    )
}
