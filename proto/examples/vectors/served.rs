//! Messages of the server, as they occur.

use crate::samples::{DEVICE, ORDER, at, digest, schedule, text};
use muster_proto::catalogue::{Catalogue, Messenger, Pattern, Vendor};
use muster_proto::cbor::{Bytes, List};
use muster_proto::facts::Platform;
use muster_proto::id::Audience;
use muster_proto::key::PublicKey;
use muster_proto::message::{
    CatalogueMessage, Confirmation, Order, OrderKeyMessage, OrderKind, PolicyMessage, VerdictMessage,
};
use muster_proto::policy::{DevicePolicy, DeviceRule, Local, Mode, Proof, Severity};
use muster_proto::time::Span;
use muster_proto::verdict::{DeviceVerdict, RuleVerdict, State};

pub fn order(kind: OrderKind) -> Order {
    Order {
        audience: Audience(DEVICE),
        expires: at(900),
        issued: at(0),
        number: 1_680_307_200_000_000,
        id: ORDER,
        kind,
        requested_by: text("A. Petrova"),
        reason: text("Проверка перед командировкой"),
    }
}

pub fn order_key(key: PublicKey) -> OrderKeyMessage {
    OrderKeyMessage { issued: at(0), cnf: Confirmation { key }, number: 7 }
}

fn local(en: &str, ru: &str) -> Local {
    Local { en: text(en), ru: text(ru) }
}

fn rule(id: &str, kind: &str) -> DeviceRule {
    DeviceRule {
        id: text(id),
        kind: text(kind),
        demand: Bytes(vec![0xa1, 0x01, 0x81, 0x68, b't', b'e', b'l', b'e', b'g', b'r', b'a', b'm']),
        mode: Mode::Enforce,
        severity: Severity::High,
        title: local("No foreign messengers", "Без иностранных мессенджеров"),
        remedy: Some(local("Remove it from the work phone.", "Удалите его со служебного телефона.")),
        grace: Some(Span::from_hours(72)),
        due: None,
        memory: Some(Span::from_hours(72)),
        unknown_after: Span::from_hours(168),
        needs: Proof::Reported,
        platforms: List(vec![Platform::Android, Platform::Aurora]),
        enforced_since: at(-1),
        warn_after: None,
        enforce_after: None,
    }
}

pub fn policy() -> PolicyMessage {
    let maker = DeviceRule {
        remedy: None,
        grace: None,
        due: Some(at(0)),
        memory: None,
        platforms: List::default(),
        mode: Mode::Observe,
        needs: Proof::Attested,
        ..rule("maker", "vendor")
    };
    PolicyMessage {
        audience: Audience(DEVICE),
        expires: None,
        issued: at(0),
        number: 12,
        policy: DevicePolicy {
            title: local("Work phones", "Служебные телефоны"),
            schedule: schedule(),
            rules: List(vec![rule("foreign-messengers", "messengers"), maker]),
            version: 3,
            contact: Some(local("Help desk, 4444", "Служба поддержки, 4444")),
        },
    }
}

pub fn verdict() -> VerdictMessage {
    let failing = RuleVerdict {
        rule: text("foreign-messengers"),
        title: local("No foreign messengers", "Без иностранных мессенджеров"),
        state: State::Grace,
        since: at(0),
        due: Some(at(259_200)),
        mode: Mode::Enforce,
        severity: Severity::High,
        shown_by: List(vec![text("org.telegram.messenger 9.5.6")]),
        remedy: Some(local("Remove it from the work phone.", "Удалите его со служебного телефона.")),
        exempt_until: None,
    };
    let exempt = RuleVerdict {
        rule: text("maker"),
        state: State::Exempt,
        due: None,
        shown_by: List::default(),
        remedy: None,
        exempt_until: Some(at(86_400)),
        ..failing.clone()
    };
    VerdictMessage {
        audience: Audience(DEVICE),
        expires: Some(at(86_400)),
        issued: at(5),
        number: 13,
        verdict: DeviceVerdict {
            state: State::Grace,
            since: at(0),
            due: Some(at(259_200)),
            rules: List(vec![failing, exempt]),
            judged: at(5),
        },
    }
}

pub fn catalogue() -> Catalogue {
    let telegram = Messenger {
        id: "telegram".to_owned(),
        name: "Telegram".to_owned(),
        vendor: Some("Telegram FZ-LLC".to_owned()),
        country: Some("AE".to_owned()),
        seed: true,
        android: vec!["org.telegram.messenger".to_owned()],
        signers: vec![digest(1)],
        ..Messenger::default()
    };
    let other = Messenger {
        id: "telegram-other".to_owned(),
        name: "A client by somebody else".to_owned(),
        modified_of: Some("telegram".to_owned()),
        aurora: vec![Pattern::parse("harbour-telegram*").expect("a pattern")],
        unverified: true,
        ..Messenger::default()
    };
    let maker = Vendor {
        id: "samsung".to_owned(),
        names: vec!["samsung".to_owned()],
        country: "KR".to_owned(),
        groups: vec!["korean".to_owned()],
    };
    Catalogue::new(vec![telegram, other], vec![maker]).expect("a catalogue that holds together")
}

pub fn catalogue_message() -> CatalogueMessage {
    CatalogueMessage {
        audience: Audience(DEVICE),
        expires: None,
        issued: at(0),
        number: 14,
        catalogue: Bytes(catalogue().to_cbor()),
    }
}
