//! Messages of a device as they occur: what the vectors, the tests and the fuzz targets begin with.

use muster_proto::cbor::List;
use muster_proto::facts::{
    AgentFacts, AppFacts, AppSource, BackgroundLimit, BootState, ChannelMode, Container, DeviceFacts,
    Encryption, Fact, InstallKind, InstallSources, Management, MatchKind, PackageCertificate, PendingUpdate,
    Platform, Profile, Protection, Read, Reason, Refusal, RootKind, RootSign, Schedule, Scope, Sighting,
    Signature, Source, Strength, WatchListRef, WorkFacts,
};
use muster_proto::id::{ChainId, DeviceId, Digest, Nonce, OrderId};
use muster_proto::key::PublicKey;
use muster_proto::message::{AckState, Confirmation, Enrol, Hello, OrderAck, PageLink, RekeyConsent};
use muster_proto::report::{self, Range, Report, Submods, Trigger};
use muster_proto::text::Text;
use muster_proto::time::{Day, Span, Timestamp};

pub const DEVICE: DeviceId = DeviceId([0xd1; 16]);
pub const CHAIN: ChainId = ChainId([0xc4; 16]);
pub const ORDER: OrderId = OrderId([0x0d; 16]);

/// The moment of all samples, and `secs` after it.
pub fn at(secs: i64) -> Timestamp {
    Timestamp::from_secs(1_680_307_200 + secs)
}

pub fn nonce() -> Nonce {
    Nonce::new(&[0x5a; 24]).expect("24 bytes are within the bounds")
}

pub fn digest(byte: u8) -> Digest {
    Digest([byte; 32])
}

pub fn text<const N: usize>(text: &str) -> Text<N> {
    Text::new(text).expect("a sample fits")
}

pub fn filled<const N: usize>() -> Text<N> {
    text(&"ж".repeat(N / 2))
}

pub fn schedule() -> Schedule {
    Schedule {
        report_every: Span::from_hours(4),
        spread: Span::from_secs(600),
        channel: ChannelMode::Awake,
        silent_after: Span::from_hours(26),
        remind: List(vec![Span::from_hours(72), Span::from_hours(24)]),
    }
}

/// All facts for the same reason.
pub fn no_facts(reason: Reason) -> DeviceFacts {
    DeviceFacts {
        sources: [].into(),
        platform: Fact::Unknown(reason),
        os_version: Fact::Unknown(reason),
        security_patch: Fact::Unknown(reason),
        build_id: Fact::Unknown(reason),
        build_type: Fact::Unknown(reason),
        manufacturer: Fact::Unknown(reason),
        brand: Fact::Unknown(reason),
        model: Fact::Unknown(reason),
        management: Fact::Unknown(reason),
        encryption: Fact::Unknown(reason),
        lock_set: Fact::Unknown(reason),
        lock_strength: Fact::Unknown(reason),
        lock_after: Fact::Unknown(reason),
        developer_options: Fact::Unknown(reason),
        debug_bridge: Fact::Unknown(reason),
        bootloader_locked: Fact::Unknown(reason),
        verified_boot: Fact::Unknown(reason),
        root_signs: Fact::Unknown(reason),
        install_sources: Fact::Unknown(reason),
        scope: Fact::Unknown(reason),
        background_limits: Fact::Unknown(reason),
        pending_update: Fact::Unknown(reason),
        boot_count: Fact::Unknown(reason),
        containers: Fact::Unknown(reason),
        os_certified: Fact::Unknown(reason),
        package_certificates: Fact::Unknown(reason),
        restrictions: Fact::Unknown(reason),
    }
}

/// The least that a report can say.
pub fn smallest_report() -> Report {
    Report {
        iat: at(0),
        nonce: Nonce::new(&[1; 8]).expect("8 bytes are within the bounds"),
        device: DEVICE,
        uptime: None,
        profile: report::Profile,
        submods: Submods {
            device: no_facts(Reason::Failed),
            apps: AppFacts {
                sources: [].into(),
                watch_list: WatchListRef { digest: digest(0), size: 0 },
                sightings: List::default(),
            },
            agent: AgentFacts {
                version: text(""),
                protection: Protection::Software,
                queued: 0,
                last_error: None,
                schedule: schedule(),
                refused: List::default(),
                work: None,
            },
        },
        chain: CHAIN,
        number: 1,
        previous: None,
        trigger: Trigger::Enrolled,
        order: None,
        policy: None,
        catalogue: digest(0),
        dropped: List::default(),
        lost: None,
    }
}

/// An Android phone with every fact read and ten watched applications.
pub fn typical_report() -> Report {
    let mut report = smallest_report();
    report.nonce = nonce();
    report.uptime = Some(Span::from_secs(86_400));
    report.number = 1807;
    report.previous = Some(digest(0x9e));
    report.trigger = Trigger::Periodic;
    report.policy = Some(digest(0x70));
    report.catalogue = digest(0xca);
    report.submods.device = all_facts();
    report.submods.apps = AppFacts {
        sources: [(AppSource::PackageManager, Fact::Known(Read))].into(),
        watch_list: WatchListRef { digest: digest(0x3a), size: 61 },
        sightings: (0..10).map(sighting).collect(),
    };
    report.submods.agent.version = text("0.1.0");
    report.submods.agent.protection = Protection::StrongBox;
    report.submods.agent.work =
        Some(WorkFacts { took_ms: 412, stop_reason: None, sent: Some(2_310), received: Some(1_904) });
    report
}

fn all_facts() -> DeviceFacts {
    DeviceFacts {
        sources: [].into(),
        platform: Fact::Known(Platform::Android),
        os_version: Fact::Known(text("13")),
        security_patch: Fact::Known(Day::from_days(19_421).expect("a day of 2023")),
        build_id: Fact::Known(text("TP1A.220624.014")),
        build_type: Fact::Known(text("user")),
        manufacturer: Fact::Known(text("samsung")),
        brand: Fact::Known(text("samsung")),
        model: Fact::Known(text("SM-A536E")),
        management: Fact::Known(Management::DeviceOwner),
        encryption: Fact::Known(Encryption::ActivePerUser),
        lock_set: Fact::Known(true),
        lock_strength: Fact::Known(Strength::Medium),
        lock_after: Fact::Known(Span::from_secs(60)),
        developer_options: Fact::Known(false),
        debug_bridge: Fact::Known(false),
        bootloader_locked: Fact::Known(true),
        verified_boot: Fact::Known(BootState::Green),
        root_signs: Fact::Known(List::default()),
        install_sources: Fact::Known(InstallSources { count: 1, kinds: List(vec![InstallKind::Store]) }),
        scope: Fact::Known(Scope::Device),
        background_limits: Fact::Known(List::default()),
        pending_update: Fact::Known(PendingUpdate { waiting: false, since: None }),
        boot_count: Fact::Known(212),
        containers: Fact::Unknown(Reason::Unsupported),
        os_certified: Fact::Unknown(Reason::Unsupported),
        package_certificates: Fact::Unknown(Reason::Unsupported),
        restrictions: Fact::Unknown(Reason::Unsupported),
    }
}

/// The `nth` of ten well-known ones.
pub fn sighting(nth: usize) -> Sighting {
    const KNOWN: [(&str, &str, &str); 10] = [
        ("whatsapp", "com.whatsapp", "2.23.6.76"),
        ("telegram", "org.telegram.messenger", "9.5.6"),
        ("viber", "com.viber.voip", "19.7.2.0"),
        ("discord", "com.discord", "172.24"),
        ("ms-teams", "com.microsoft.teams", "1416/1.0.0.2023053702"),
        ("snapchat", "com.snapchat.android", "12.26.0.36"),
        ("threema", "ch.threema.app", "5.0.6"),
        ("wechat", "com.tencent.mm", "8.0.34"),
        ("skype-business", "com.microsoft.office.lync15", "6.30.0.9"),
        ("telegram-x", "org.thunderdog.challegram", "0.25.6.1615"),
    ];
    let (messenger, package, version) = KNOWN[nth % KNOWN.len()];
    Sighting {
        messenger: text(messenger),
        package: text(package),
        version: Some(text(version)),
        signers: List(vec![digest(u8::try_from(nth).unwrap_or(0xff))]),
        installer: nth.is_multiple_of(2).then(|| text("com.android.vending")),
        first_installed: Some(at(-90_000)),
        updated: Some(at(-3600)),
        enabled: Some(true),
        profile: Some(Profile::Main),
        signature: Signature::Official,
        source: AppSource::PackageManager,
        matched: MatchKind::Exact,
        also: List::default(),
    }
}

/// As much as fits into one report.
pub fn largest_report() -> Report {
    let mut report = typical_report();
    report.nonce = Nonce::new(&[0xff; 64]).expect("64 bytes are within the bounds");
    report.number = u64::MAX;
    report.order = Some(ORDER);
    report.lost = Some(ChainId([0xee; 16]));
    report.trigger = Trigger::Order;
    report.dropped = (0..64)
        .map(|nth| Range { first: u64::MAX - 200 + 3 * nth, last: u64::MAX - 199 + 3 * nth })
        .collect();
    let device = &mut report.submods.device;
    device.sources = (1..=27).map(|fact| (fact, Source::Framework)).collect();
    device.os_version = Fact::Known(filled());
    device.build_id = Fact::Known(filled());
    device.build_type = Fact::Known(filled());
    device.manufacturer = Fact::Known(filled());
    device.brand = Fact::Known(filled());
    device.model = Fact::Known(filled());
    device.root_signs =
        Fact::Known(RootKind::ALL.iter().map(|kind| RootSign { kind: *kind, seen: filled() }).collect());
    device.install_sources =
        Fact::Known(InstallSources { count: u32::MAX, kinds: InstallKind::ALL.iter().copied().collect() });
    device.background_limits = Fact::Known(BackgroundLimit::ALL.iter().copied().collect());
    device.pending_update = Fact::Known(PendingUpdate { waiting: true, since: Some(at(0)) });
    device.containers = Fact::Known(Container::ALL.iter().copied().collect());
    device.package_certificates =
        Fact::Known((0..16).map(|_| PackageCertificate { id: filled(), packages: u32::MAX }).collect());
    device.restrictions = Fact::Known((0..32).map(|_| filled()).collect());
    report.submods.apps.sources =
        AppSource::ALL.iter().map(|source| (*source, Fact::Unknown(Reason::Denied))).collect();
    report.submods.apps.sightings = (0..12).map(|_| large_sighting()).collect();
    report.submods.agent.last_error = Some(filled());
    report.submods.agent.refused = (0..64).map(|_| Refusal::OldNumber).collect();
    report.submods.agent.work = Some(WorkFacts {
        took_ms: u64::MAX,
        stop_reason: Some(u32::MAX),
        sent: Some(u64::MAX),
        received: Some(u64::MAX),
    });
    report
}

fn large_sighting() -> Sighting {
    Sighting {
        messenger: filled(),
        package: filled(),
        version: Some(filled()),
        signers: (0..16).map(digest).collect(),
        installer: Some(filled()),
        matched: MatchKind::UnverifiedPattern,
        signature: Signature::Foreign,
        ..sighting(0)
    }
}

/// An Aurora phone that lost its state, asked by an order; an Android launcher was found.
pub fn aurora_report() -> Report {
    let mut report = smallest_report();
    report.nonce = nonce();
    report.uptime = Some(Span::from_secs(75));
    report.number = 4;
    report.previous = Some(digest(0x9e));
    report.trigger = Trigger::Order;
    report.order = Some(ORDER);
    report.policy = Some(digest(0x70));
    report.dropped = List(vec![Range { first: 2, last: 3 }]);
    report.lost = Some(ChainId([0xee; 16]));
    let device = &mut report.submods.device;
    device.platform = Fact::Known(Platform::Aurora);
    device.os_version = Fact::Known(text("5.1.3.85"));
    device.manufacturer = Fact::Known(text("НИИ «Масштаб»"));
    device.model = Fact::Known(text("r570e"));
    device.security_patch = Fact::Unknown(Reason::Unsupported);
    device.developer_options = Fact::Unknown(Reason::Denied);
    device.boot_count = Fact::Unknown(Reason::Absent);
    device.scope = Fact::Known(Scope::Sandbox);
    device.os_certified = Fact::Known(true);
    device.package_certificates = Fact::Known(List(vec![
        PackageCertificate { id: text("a1b2c3d4e5f60718"), packages: 1204 },
        PackageCertificate { id: text(""), packages: 2 },
    ]));
    device.restrictions = Fact::Known(List(vec![text("CameraEnabled")]));
    device.root_signs =
        Fact::Known(List(vec![RootSign { kind: RootKind::ExtraRootUser, seen: text("/etc/passwd: toor") }]));
    device.sources = [(6, Source::HwRelease), (8, Source::BoardMappings)].into();
    report.submods.apps.sources = [
        (AppSource::DesktopFiles, Fact::Known(Read)),
        (AppSource::AndroidLaunchers, Fact::Known(Read)),
        (AppSource::RpmDatabase, Fact::Unknown(Reason::Denied)),
    ]
    .into();
    report.submods.apps.sightings = List(vec![Sighting {
        messenger: text("whatsapp"),
        package: text("com.whatsapp"),
        version: None,
        signers: List::default(),
        installer: None,
        first_installed: None,
        updated: None,
        enabled: None,
        profile: Some(Profile::Container),
        signature: Signature::Unverified,
        source: AppSource::AndroidLaunchers,
        matched: MatchKind::Exact,
        also: List::default(),
    }]);
    report.submods.agent.version = text("0.1.0");
    report.submods.agent.queued = 3;
    report.submods.agent.last_error = Some(text("unreachable"));
    report.submods.agent.refused = List(vec![Refusal::Expired]);
    report
}

pub fn enrol(key: PublicKey, large: bool) -> Enrol {
    Enrol {
        iat: at(0),
        cnf: Confirmation { key },
        nonce: nonce(),
        token: Digest::of(b"a token that is long enough"),
        ca: digest(0xca),
        order_key: digest(0x0e),
        platform: if large { Platform::Android } else { Platform::Linux },
        model: large.then(|| text("SM-A536E")),
        asset_tag: large.then(|| text("МИНПРОМ-00017")),
        agent: text("0.1.0"),
        protection: if large { Protection::StrongBox } else { Protection::Software },
    }
}

pub fn hello() -> Hello {
    Hello {
        iat: at(1),
        nonce: nonce(),
        device: DEVICE,
        method: text("GET"),
        host: text("muster.example.org:8443"),
        path: text("/v1/channel"),
    }
}

pub fn page_link() -> PageLink {
    PageLink { iat: at(1), nonce: nonce(), device: DEVICE, host: text("muster.example.org:8443") }
}

pub fn order_ack(state: AckState, code: Option<&str>) -> OrderAck {
    OrderAck { iat: at(2), device: DEVICE, order: ORDER, state, code: code.map(text) }
}

pub fn rekey_consent(key: PublicKey) -> RekeyConsent {
    RekeyConsent {
        iat: at(3),
        cnf: Confirmation { key },
        nonce: nonce(),
        device: DEVICE,
        chain: CHAIN,
        from: 1808,
    }
}
