//! What phones are asked, and what the people who carry them say.

use crate::auth::{Kind, Right};
use crate::http::admin::{device_orders, disputes, order, orders, scans};
use crate::http::openapi::{Api, about};
use crate::problems::Code;

/// What carriers say is wrong.
pub fn disputed(api: Api) -> Api {
    api.get(
        "/disputes",
        about("listDisputes", "Lists what carriers say is wrong, the newest first.")
            .needs(Right::OneDevice)
            .scoped()
            .more("The one list that whoever helps one person at a time has: of those who asked for it."),
        disputes::get,
    )
    .get(
        "/disputes/{id}",
        about("showDispute", "One dispute.").needs(Right::OneDevice).of(Kind::Dispute).versioned(),
        disputes::show,
    )
    .post(
        "/disputes/{id}/answer",
        about("answerDispute", "Answers a dispute; the carrier reads it on the phone's page.")
            .needs(Right::Answer)
            .of(Kind::Dispute)
            .more("With `close` nothing more is answered.")
            .problems(&[Code::DisputeMalformed, Code::DisputeClosed]),
        disputes::answer,
    )
}

/// Scans and orders.
pub fn asking(api: Api) -> Api {
    api.get(
        "/devices/{id}/orders",
        about("listDeviceOrders", "Orders that a device was given, the newest first.")
            .needs(Right::OneDevice)
            .of(Kind::Device),
        orders::of_device,
    )
    .post(
        "/devices/{id}/orders",
        about("giveOrder", "Asks a device for something: a scan, for example.")
            .needs(Right::ScanOne)
            .of(Kind::Device)
            .makes()
            .problems(&[Code::OrderReason, Code::OrderExpiry, Code::DeviceInactive, Code::KeyFailed]),
        device_orders::post,
    )
    .get(
        "/orders",
        about("listOrders", "Lists orders, the newest first.").needs(Right::Read).scoped(),
        orders::get,
    )
    .get(
        "/orders/{id}",
        about("showOrder", "What became of an order?").needs(Right::OneDevice).of(Kind::Order),
        order::get,
    )
    .post(
        "/orders/{id}/cancel",
        about("cancelOrder", "Calls an order back.")
            .needs(Right::Scan)
            .of(Kind::Order)
            .problems(&[Code::OrderEnded]),
        order::cancel,
    )
    .get(
        "/scans",
        about("listScans", "Lists scans of many devices, the newest first.").needs(Right::Read).scoped(),
        scans::list,
    )
    .post(
        "/scans",
        about("scan", "Asks many devices for a report: those that are named, or that a query finds.")
            .needs(Right::Scan)
            .scoped()
            .makes()
            .more("More than 200 devices are spread: 50 a second, or over as long as `spread` says.")
            .problems(&[
                Code::BadQuery,
                Code::ScanWhom,
                Code::ScanKind,
                Code::ScanSpread,
                Code::ScanNobody,
                Code::ScanTooMany,
                Code::OrderReason,
                Code::OrderExpiry,
                Code::KeyFailed,
            ]),
        scans::post,
    )
    .get(
        "/scans/{id}",
        about("showScan", "How many devices have answered a scan?").needs(Right::Read).of(Kind::Scan),
        scans::get,
    )
    .post(
        "/scans/{id}/cancel",
        about("cancelScan", "Calls a scan back, as far as it was not answered.")
            .needs(Right::Scan)
            .of(Kind::Scan)
            .problems(&[Code::ScanEnded]),
        scans::cancel,
    )
    .post(
        "/scans/{id}/repeat",
        about("repeatScan", "Asks those once more who were asked in a scan and did not answer.")
            .needs(Right::Scan)
            .of(Kind::Scan)
            .makes()
            .more("It is a scan of its own. The one before has to be over.")
            .problems(&[
                Code::ScanRunning,
                Code::ScanNobody,
                Code::ScanSpread,
                Code::OrderReason,
                Code::OrderExpiry,
                Code::KeyFailed,
            ]),
        scans::repeat,
    )
}
