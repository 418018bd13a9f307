//! A phone to judge: in order at first, and then whatever a test makes of it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use muster_proto::catalogue::Catalogue;
use muster_proto::cbor::List;
use muster_proto::facts::*;
use muster_proto::id::{ChainId, DeviceId, Digest, Nonce};
use muster_proto::policy::Proof;
use muster_proto::report::{Profile as ReportProfile, Report, Submods, Trigger};
use muster_proto::text::Text;
use muster_proto::time::{Span, Timestamp};

use crate::case::{Attested, Register, Told};
use crate::reading::{Facts, Reading};
use crate::rules::Demand;

pub static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(|| {
    let messengers = include_str!("../../../catalogue/messengers.toml");
    let vendors = include_str!("../../../catalogue/vendors.toml");
    Catalogue::from_toml(messengers, vendors).expect("the shipped catalogue holds together")
});

/// Noon on 2023-03-01, UTC.
#[expect(non_snake_case, reason = "reads as the constant that it is")]
pub fn T0() -> Timestamp {
    "2023-03-01T12:00:00Z".parse().expect("a time")
}

pub fn hours(hours: u64) -> Span {
    Span::from_hours(hours)
}

#[derive(Debug, Clone)]
pub struct Phone {
    pub report: Report,
    pub watched: Option<BTreeSet<String>>,
    pub needs: Proof,
    pub proof: Option<Attested>,
    /// What the management system says of it.
    pub told: Vec<Told>,
}

impl Phone {
    pub fn android() -> Self {
        let everything = CATALOGUE.messengers().iter().map(|messenger| messenger.id.clone()).collect();
        Self {
            report: report(),
            watched: Some(everything),
            needs: Proof::Reported,
            proof: None,
            told: Vec::new(),
        }
    }

    pub fn aurora() -> Self {
        let mut phone = Self::android().change(|device| {
            device.platform = Fact::Known(Platform::Aurora);
            device.os_version = Fact::Known(Text::clipped("5.2.0.828"));
            device.security_patch = Fact::Unknown(Reason::Unsupported);
            device.bootloader_locked = Fact::Unknown(Reason::Unsupported);
            device.verified_boot = Fact::Unknown(Reason::Unsupported);
            device.debug_bridge = Fact::Unknown(Reason::Unsupported);
            device.manufacturer = Fact::Known(Text::clipped("Aquarius"));
        });
        phone.report.submods.apps.sources = BTreeMap::from([
            (AppSource::DesktopFiles, Fact::Known(Read)),
            (AppSource::AndroidLaunchers, Fact::Known(Read)),
        ]);
        phone
    }

    pub fn device(&mut self) -> &mut DeviceFacts {
        &mut self.report.submods.device
    }

    pub fn change(mut self, change: impl FnOnce(&mut DeviceFacts)) -> Self {
        change(self.device());
        self
    }

    pub fn maker(self, manufacturer: Result<&str, Reason>, brand: Result<&str, Reason>) -> Self {
        let fact = |text: Result<&str, Reason>| match text {
            Ok(text) => Fact::Known(Text::clipped(text)),
            Err(reason) => Fact::Unknown(reason),
        };
        self.change(|device| (device.manufacturer, device.brand) = (fact(manufacturer), fact(brand)))
    }

    pub fn patch(self, day: &str) -> Self {
        self.change(|device| device.security_patch = Fact::Known(day.parse().expect("a day")))
    }

    pub fn no_patch(self, reason: Reason) -> Self {
        self.change(|device| device.security_patch = Fact::Unknown(reason))
    }

    pub fn root(self, kinds: &[RootKind]) -> Self {
        let signs = kinds.iter().map(|kind| RootSign { kind: *kind, seen: Text::clipped("/somewhere") });
        self.change(|device| device.root_signs = Fact::Known(signs.collect()))
    }

    pub fn agent(mut self, version: &str) -> Self {
        self.report.submods.agent.version = Text::clipped(version);
        self
    }

    /// The rule asks for proof.
    pub fn attested(self) -> Self {
        Self { needs: Proof::Attested, ..self }
    }

    pub fn proven(self, proof: Attested) -> Self {
        Self { proof: Some(proof), ..self }
    }

    pub fn sees(mut self, messenger: &str, matched: MatchKind) -> Self {
        self.install(messenger, matched);
        self
    }

    pub fn install(&mut self, messenger: &str, matched: MatchKind) {
        self.remove(messenger);
        self.report.submods.apps.sightings.0.push(sighting(messenger, matched));
    }

    pub fn remove(&mut self, messenger: &str) {
        self.report.submods.apps.sightings.0.retain(|sighting| *sighting.messenger != *messenger);
    }

    #[cfg(feature = "document")]
    pub fn sources(&mut self, fact: &Fact<Read>) {
        for source in self.report.submods.apps.sources.values_mut() {
            *source = fact.clone();
        }
    }
}

/// What a rule makes of a phone at [`T0`], in words.
pub fn read<D: Demand>(rule: &D, phone: &Phone) -> String {
    let reading = reading(rule, phone);
    let causes: Vec<&str> = reading.causes.iter().map(|cause| &*cause.name).collect();
    let broken = (!causes.is_empty()).then(|| format!("broken: {}", causes.join(", ")));
    let unread = (!reading.unread.is_empty()).then(|| "unread".to_owned());
    let words: Vec<String> = broken.into_iter().chain(unread).collect();
    if words.is_empty() { "kept".to_owned() } else { words.join("; ") }
}

pub fn reading<D: Demand>(rule: &D, phone: &Phone) -> Reading {
    let facts = Facts {
        report: &phone.report,
        at: T0(),
        now: T0(),
        attested: phone.proof.as_ref(),
        needs: phone.needs,
        watched: phone.watched.as_ref(),
        told: &phone.told,
        register: Register::Unasked,
        enrolled: T0(),
        catalogue: &CATALOGUE,
    };
    Demand::read(rule, &facts)
}

fn sighting(messenger: &str, matched: MatchKind) -> Sighting {
    Sighting {
        version: Some(Text::clipped("1.0")),
        enabled: Some(true),
        profile: Some(Profile::Main),
        matched,
        ..Sighting::bare(messenger, &format!("package.of.{messenger}"), AppSource::PackageManager)
    }
}

fn report() -> Report {
    Report {
        iat: T0(),
        nonce: Nonce::new(&[1; 16]).expect("16 bytes"),
        device: DeviceId([1; 16]),
        uptime: None,
        profile: ReportProfile,
        submods: Submods { device: device(), apps: apps(), agent: agent() },
        chain: ChainId([2; 16]),
        number: 1,
        previous: None,
        trigger: Trigger::Periodic,
        order: None,
        policy: None,
        catalogue: CATALOGUE.digest(),
        dropped: List::default(),
        lost: None,
    }
}

fn device() -> DeviceFacts {
    DeviceFacts {
        sources: BTreeMap::new(),
        platform: Fact::Known(Platform::Android),
        os_version: Fact::Known(Text::clipped("14")),
        security_patch: Fact::Known("2023-02-01".parse().expect("a day")),
        build_id: Fact::Known(Text::clipped("UP1A")),
        build_type: Fact::Known(Text::clipped("user")),
        manufacturer: Fact::Known(Text::clipped("Xiaomi")),
        brand: Fact::Known(Text::clipped("Redmi")),
        model: Fact::Known(Text::clipped("Note")),
        management: Fact::Known(Management::DeviceOwner),
        encryption: Fact::Known(Encryption::ActivePerUser),
        lock_set: Fact::Known(true),
        lock_strength: Fact::Known(Strength::High),
        lock_after: Fact::Known(Span::from_secs(60)),
        developer_options: Fact::Known(false),
        debug_bridge: Fact::Known(false),
        bootloader_locked: Fact::Known(true),
        verified_boot: Fact::Known(BootState::Green),
        root_signs: Fact::Known(List::default()),
        install_sources: Fact::Known(InstallSources { count: 0, kinds: List::default() }),
        scope: Fact::Known(Scope::Device),
        background_limits: Fact::Known(List::default()),
        pending_update: Fact::Known(PendingUpdate { waiting: false, since: None }),
        boot_count: Fact::Known(3),
        containers: Fact::Known(List::default()),
        os_certified: Fact::Unknown(Reason::Unsupported),
        package_certificates: Fact::Unknown(Reason::Unsupported),
        restrictions: Fact::Unknown(Reason::Unsupported),
    }
}

fn apps() -> AppFacts {
    AppFacts {
        sources: BTreeMap::from([(AppSource::PackageManager, Fact::Known(Read))]),
        watch_list: WatchListRef { digest: Digest::of(b"everything"), size: 60 },
        sightings: List::default(),
    }
}

fn agent() -> AgentFacts {
    AgentFacts {
        version: Text::clipped("0.1.0"),
        protection: Protection::Tee,
        queued: 0,
        last_error: None,
        schedule: Schedule {
            report_every: hours(4),
            spread: Span::from_secs(600),
            channel: ChannelMode::Awake,
            silent_after: hours(26),
            remind: List::default(),
        },
        refused: List::default(),
        work: None,
    }
}
