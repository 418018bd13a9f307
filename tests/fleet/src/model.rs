//! What the simulated phones are: a mixture of makers, versions and habits as an organisation's phones show it.
//!
//! The shares are round numbers for a fleet that is being brought into order, not a survey: most phones are in order, some run
//! an old system, some have a messenger that they should not have, a few are in a bad state.

use crate::rng::Rng;
use muster_proto::catalogue::{Catalogue, Inventory, WatchList};
use muster_proto::cbor::List;
use muster_proto::facts::{
    AppFacts, AppSource, BackgroundLimit, BootState, DeviceFacts, Encryption, Fact, InstallKind,
    InstallSources, Management, MatchKind, PendingUpdate, Platform, Profile, Read, Reason, RootKind,
    RootSign, Scope, Sighting, Signature, Strength,
};
use muster_proto::text::Text;
use muster_proto::time::{Day, Span, Timestamp};
use std::collections::BTreeMap;

/// One model of phone, how common it is, and the systems that it runs.
struct Kind {
    weight: u64,
    platform: Platform,
    maker: &'static str,
    brand: &'static str,
    model: &'static str,
    versions: &'static [(&'static str, u64)],
}

const fn kind(
    weight: u64,
    platform: Platform,
    [maker, brand, model]: [&'static str; 3],
    versions: &'static [(&'static str, u64)],
) -> Kind {
    Kind { weight, platform, maker, brand, model, versions }
}

const KINDS: [Kind; 16] = [
    kind(14, Platform::Android, ["Xiaomi", "Redmi", "23053RN02A"], &[("13", 3), ("14", 5)]),
    kind(9, Platform::Android, ["Xiaomi", "POCO", "2312FPCA6G"], &[("14", 4), ("15", 2)]),
    kind(11, Platform::Android, ["samsung", "samsung", "SM-A546E"], &[("13", 2), ("14", 6), ("15", 3)]),
    kind(5, Platform::Android, ["samsung", "samsung", "SM-A125F"], &[("11", 2), ("12", 3)]),
    kind(8, Platform::Android, ["realme", "realme", "RMX3834"], &[("13", 1), ("14", 4)]),
    kind(8, Platform::Android, ["HONOR", "HONOR", "CRT-NX1"], &[("13", 2), ("14", 4)]),
    kind(6, Platform::Android, ["HUAWEI", "HUAWEI", "JNY-LX1"], &[("10", 3), ("12", 1)]),
    kind(6, Platform::Android, ["TECNO", "TECNO", "TECNO KJ5"], &[("13", 4), ("14", 2)]),
    kind(4, Platform::Android, ["INFINIX", "Infinix", "Infinix X6525"], &[("13", 1), ("14", 1)]),
    kind(3, Platform::Android, ["OPPO", "OPPO", "CPH2495"], &[("13", 1), ("14", 1)]),
    kind(3, Platform::Android, ["vivo", "vivo", "V2250"], &[("13", 1), ("14", 1)]),
    kind(2, Platform::Android, ["Google", "google", "Pixel 7a"], &[("14", 1), ("15", 3)]),
    kind(2, Platform::Android, ["Sony", "Sony", "XQ-DC54"], &[("13", 1), ("14", 1)]),
    kind(9, Platform::Aurora, ["F+", "", "R570E"], &[("5.1.3.137", 3), ("5.2.0.828", 4)]),
    kind(6, Platform::Aurora, ["Aquarius", "", "NS220R"], &[("5.1.3.137", 2), ("5.2.0.828", 3)]),
    kind(4, Platform::Aurora, ["BQ", "", "BQ-5540L"], &[("4.0.2.303", 2), ("4.1.0.24", 1)]),
];

/// Messengers that are found on phones where they should not be, and how often.
const HABITS: [(&str, u64); 8] = [
    ("telegram", 38),
    ("whatsapp", 34),
    ("viber", 9),
    ("telegram-x", 5),
    ("discord", 5),
    ("wechat", 4),
    ("snapchat", 3),
    ("threema", 2),
];

/// A phone by its nature: what does not change from report to report, and what does now and then.
#[derive(Debug, Clone)]
pub struct Model {
    device: DeviceFacts,
    watch: WatchList,
    sightings: Vec<Sighting>,
    rng: Rng,
}

/// The catalogue that agents are built with.
///
/// # Errors
/// The catalogue's files don't hold together.
pub fn catalogue() -> Result<Catalogue, muster_proto::catalogue::CatalogueError> {
    let (messengers, vendors) =
        (include_str!("../../../catalogue/messengers.toml"), include_str!("../../../catalogue/vendors.toml"));
    Catalogue::from_toml(messengers, vendors)
}

impl Model {
    /// The `nth` phone of the fleet of `seed`, on a day not long before `now`.
    #[must_use]
    pub fn draw(seed: u64, nth: u64, catalogue: &Catalogue, now: Timestamp) -> Self {
        let mut rng = Rng::of(seed, nth);
        let kind = rng.weighted(&KINDS, |kind| kind.weight);
        let android = kind.platform == Platform::Android;
        let packages: Vec<&str> =
            catalogue.messengers().iter().flat_map(|one| one.android.iter().map(String::as_str)).collect();
        let watch =
            catalogue.watch_list(if android { Inventory::Android(&packages) } else { Inventory::Linux });
        let device = device(kind, &mut rng, now);
        let mut model = Self { device, watch, sightings: Vec::new(), rng };
        let count = *model.rng.weighted(&[(0, 71), (1, 18), (2, 8), (3, 3)], |(_, weight)| *weight);
        for _ in 0..count.0 {
            model.install(catalogue, now);
        }
        model
    }

    /// Time passes: now and then something is installed, removed or updated.
    pub fn drift(&mut self, catalogue: &Catalogue, now: Timestamp) {
        match self.rng.below(400) {
            0 => self.install(catalogue, now),
            1 | 2 => drop(self.sightings.pop()),
            3 => self.device.lock_strength = Fact::Known(Strength::High),
            _ => {}
        }
    }

    /// Puts exactly `count` watched applications on the phone, for a report of a known size.
    pub fn carry(&mut self, count: usize, catalogue: &Catalogue, now: Timestamp) {
        self.sightings.clear();
        for messenger in catalogue.messengers().iter().cycle().take(count) {
            self.add(&messenger.id, catalogue, now);
        }
    }

    /// Operating system.
    #[must_use]
    pub fn platform(&self) -> Platform {
        self.device.platform.known().copied().unwrap_or(Platform::Linux)
    }

    /// Model, as it enrols with.
    #[must_use]
    pub fn name(&self) -> Option<Text<48>> {
        self.device.model.known().cloned()
    }

    /// What is read from it now.
    #[must_use]
    pub fn facts(&self) -> (DeviceFacts, AppFacts) {
        let sources: &[AppSource] = match self.platform() {
            Platform::Android => &[AppSource::PackageManager],
            _ => &[AppSource::DesktopFiles, AppSource::AndroidLaunchers, AppSource::AndroidData],
        };
        let sources = sources.iter().map(|source| (*source, Fact::Known(Read))).collect();
        let apps =
            AppFacts { sources, watch_list: self.watch.reference(), sightings: List(self.sightings.clone()) };
        (self.device.clone(), apps)
    }

    fn install(&mut self, catalogue: &Catalogue, now: Timestamp) {
        let (id, _) = *self.rng.weighted(&HABITS, |(_, weight)| *weight);
        if !self.sightings.iter().any(|sighting| &*sighting.messenger == id) {
            self.add(id, catalogue, now);
        }
    }

    fn add(&mut self, id: &str, catalogue: &Catalogue, now: Timestamp) {
        let Some(messenger) = catalogue.messenger(id) else { return };
        let android = self.platform() == Platform::Android;
        let Some(package) = messenger.android.first() else { return };
        let installed = now - Span::from_hours(24 * self.rng.below(60));
        let version = format!("{}.{}.{}", 8 + self.rng.below(4), self.rng.below(12), self.rng.below(9));
        self.sightings.push(Sighting {
            messenger: Text::clipped(&messenger.id),
            package: Text::clipped(package),
            version: Some(Text::clipped(&version)),
            signers: if android {
                List(messenger.signers.iter().take(1).copied().collect())
            } else {
                List::default()
            },
            installer: android.then(|| Text::clipped("com.android.vending")),
            first_installed: android.then_some(installed),
            updated: android.then_some(installed),
            enabled: android.then_some(true),
            profile: Some(if android { Profile::Main } else { Profile::Container }),
            signature: if android && !messenger.signers.is_empty() {
                Signature::Official
            } else {
                Signature::Unverified
            },
            source: if android { AppSource::PackageManager } else { AppSource::AndroidLaunchers },
            matched: MatchKind::Exact,
            also: List::default(),
        });
    }
}

fn device(kind: &Kind, rng: &mut Rng, now: Timestamp) -> DeviceFacts {
    let (version, _) = *rng.weighted(kind.versions, |(_, weight)| *weight);
    let bad = rng.percent(2);
    let mut facts = common(kind, version, rng, bad);
    if kind.platform == Platform::Android {
        android(&mut facts, kind, version, rng, now, bad);
    }
    facts
}

/// What every platform has.
fn common(kind: &Kind, version: &str, rng: &mut Rng, bad: bool) -> DeviceFacts {
    let root = if bad {
        vec![RootSign { kind: RootKind::SuProgram, seen: Text::clipped("/system/xbin/su") }]
    } else {
        Vec::new()
    };
    let strength = rng
        .weighted(
            &[(Strength::Medium, 60), (Strength::High, 32), (Strength::Low, 6), (Strength::None, 2)],
            |one| one.1,
        )
        .0;
    DeviceFacts {
        sources: BTreeMap::new(),
        platform: Fact::Known(kind.platform),
        os_version: Fact::Known(Text::clipped(version)),
        security_patch: Fact::Unknown(Reason::Unsupported),
        build_id: Fact::Unknown(Reason::Unsupported),
        build_type: Fact::Known(Text::clipped("release")),
        manufacturer: Fact::Known(Text::clipped(kind.maker)),
        brand: Fact::Unknown(Reason::Unsupported),
        model: Fact::Known(Text::clipped(kind.model)),
        management: Fact::Known(Management::System),
        encryption: Fact::Known(if rng.percent(96) { Encryption::Active } else { Encryption::Inactive }),
        lock_set: Fact::Known(strength != Strength::None),
        lock_strength: Fact::Known(strength),
        lock_after: Fact::Known(Span::from_secs(60 * (1 + rng.below(5)))),
        developer_options: Fact::Known(rng.percent(3)),
        debug_bridge: Fact::Unknown(Reason::Unsupported),
        bootloader_locked: Fact::Unknown(Reason::Unsupported),
        verified_boot: Fact::Unknown(Reason::Unsupported),
        root_signs: Fact::Known(List(root)),
        install_sources: Fact::Known(InstallSources { count: 0, kinds: List::default() }),
        scope: Fact::Known(Scope::Device),
        background_limits: Fact::Unknown(Reason::Unsupported),
        pending_update: Fact::Unknown(Reason::Unsupported),
        boot_count: Fact::Unknown(Reason::Unsupported),
        containers: Fact::Known(List::default()),
        os_certified: Fact::Unknown(Reason::Unsupported),
        package_certificates: Fact::Unknown(Reason::Unsupported),
        restrictions: Fact::Unknown(Reason::Unsupported),
    }
}

/// What Android alone has.
fn android(facts: &mut DeviceFacts, kind: &Kind, version: &str, rng: &mut Rng, now: Timestamp, bad: bool) {
    let oldest = if rng.percent(85) { 90 } else { 500 };
    let age = rng.below(oldest);
    let patch =
        u32::try_from((now - Span::from_hours(24 * age)).secs() / 86_400).ok().and_then(Day::from_days);
    facts.security_patch = patch.map_or(Fact::Unknown(Reason::Failed), Fact::Known);
    facts.build_id =
        Fact::Known(Text::clipped(&format!("UP1A.{}.{:03}", 231_005 + rng.below(900), rng.below(40))));
    facts.build_type = Fact::Known(Text::clipped("user"));
    facts.brand = Fact::Known(Text::clipped(kind.brand));
    facts.management =
        Fact::Known(if rng.percent(80) { Management::DeviceOwner } else { Management::CompanyProfile });
    facts.encryption =
        Fact::Known(if version == "10" { Encryption::ActiveDefaultKey } else { Encryption::ActivePerUser });
    facts.debug_bridge = Fact::Known(rng.percent(2));
    facts.bootloader_locked = Fact::Known(!bad);
    facts.verified_boot = Fact::Known(if bad { BootState::Orange } else { BootState::Green });
    let kinds = if rng.percent(10) { vec![InstallKind::Browser] } else { Vec::new() };
    let count = u32::try_from(kinds.len()).unwrap_or(0);
    facts.install_sources = Fact::Known(InstallSources { count, kinds: List(kinds) });
    let limits = if rng.percent(12) { vec![BackgroundLimit::BatteryOptimised] } else { Vec::new() };
    facts.background_limits = Fact::Known(List(limits));
    facts.pending_update = Fact::Known(PendingUpdate { waiting: rng.percent(15), since: None });
    facts.boot_count = Fact::Known(3 + rng.below(400));
    facts.lock_after = Fact::Unknown(Reason::Unsupported);
    facts.containers = Fact::Unknown(Reason::Unsupported);
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    fn fleet(seed: u64, phones: u64) -> Vec<Model> {
        let catalogue = catalogue().expect("the catalogue holds together");
        let now = Timestamp::from_secs(1_795_000_000);
        (0..phones).map(|nth| Model::draw(seed, nth, &catalogue, now)).collect()
    }

    #[test]
    fn a_fleet_is_a_mixture_and_the_same_each_time() {
        let (first, second) = (fleet(1, 1000), fleet(1, 1000));
        assert!(first.iter().zip(&second).all(|(a, b)| a.facts() == b.facts()));
        let mut makers: BTreeMap<String, usize> = BTreeMap::new();
        for phone in &first {
            let maker = phone.facts().0.manufacturer.known().map(ToString::to_string);
            *makers.entry(maker.expect("each has a maker")).or_default() += 1;
        }
        assert!(makers.len() > 10, "{makers:?}");
        let with_messenger = first.iter().filter(|phone| !phone.sightings.is_empty()).count();
        assert!((200..400).contains(&with_messenger), "{with_messenger}");
        assert!(first.iter().filter(|phone| phone.platform() == Platform::Aurora).count() > 100);
    }

    #[test]
    fn every_maker_and_messenger_is_in_the_catalogue() {
        let catalogue = catalogue().expect("the catalogue holds together");
        for (id, _) in HABITS {
            assert!(catalogue.messenger(id).is_some_and(|one| !one.android.is_empty()), "{id}");
        }
        for kind in KINDS {
            let maker = kind.maker.to_lowercase();
            let known = catalogue.vendors().iter().any(|vendor| vendor.names.contains(&maker));
            assert!(known, "{maker}");
        }
    }
}
