//! Facts: what was read from a device. Each is a value, or the reason why there is none.

use crate::cbor::{DecodeError, Encoder, List, Wire, wire_enum, wire_map, written};
use crate::id::Digest;
use crate::text::Text;
use crate::time::{Day, Span, Timestamp};
use std::collections::BTreeMap;

/// One thing read from the device. On the wire a value, or a negative integer for the reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fact<T> {
    /// It was read.
    Known(T),
    /// It was not, and this is why.
    Unknown(Reason),
}

/// Why a fact has no value. On the wire −1 to −4, which no value uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// This platform or version has no such thing (−1).
    Unsupported,
    /// The agent is not allowed to read it (−2).
    Denied,
    /// The place where it should stand isn't there (−3).
    Absent,
    /// Reading it went wrong (−4).
    Failed,
}

impl Reason {
    /// Every reason, in the order of the numbers −1, −2, ….
    pub const ALL: [Self; 4] = [Self::Unsupported, Self::Denied, Self::Absent, Self::Failed];

    /// The number on the wire.
    #[must_use]
    pub const fn number(self) -> i64 {
        -1 - self as i64
    }

    /// The word for people and APIs.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Unsupported => "unsupported",
            Self::Denied => "denied",
            Self::Absent => "absent",
            Self::Failed => "failed",
        }
    }
}

impl<T> Fact<T> {
    /// The value, where there is one.
    #[must_use]
    pub fn known(&self) -> Option<&T> {
        match self {
            Self::Known(value) => Some(value),
            Self::Unknown(_) => None,
        }
    }

    /// The reason, where there is no value.
    #[must_use]
    pub fn reason(&self) -> Option<Reason> {
        match self {
            Self::Known(_) => None,
            Self::Unknown(reason) => Some(*reason),
        }
    }
}

/// `{"value": …}` or `{"reason": "denied"}`.
impl<T: serde::Serialize> serde::Serialize for Fact<T> {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeMap;
        let mut map = s.serialize_map(Some(1))?;
        match self {
            Self::Known(value) => map.serialize_entry("value", value)?,
            Self::Unknown(reason) => map.serialize_entry("reason", reason)?,
        }
        map.end()
    }
}

impl<T: Wire> Wire for Fact<T> {
    fn put(&self, e: &mut Encoder) {
        match self {
            Self::Known(value) => value.put(e),
            Self::Unknown(reason) => written(e.i64(reason.number())),
        }
    }
    fn take(d: &mut minicbor::Decoder<'_>) -> Result<Self, DecodeError> {
        match d.probe().i64() {
            Ok(number) if number < 0 => {
                d.i64().map_err(crate::cbor::wrong("reason", "a negative integer"))?;
                let reason = Reason::ALL.into_iter().find(|reason| reason.number() == number);
                reason
                    .map(Self::Unknown)
                    .ok_or(DecodeError::UnknownValue { what: "reason", value: number.unsigned_abs() })
            }
            _ => T::take(d).map(Self::Known),
        }
    }
}

wire_enum! {
    /// The operating system of a phone.
    pub enum Platform as "platform" {
        /// Android and its descendants.
        Android = 1 "android",
        /// Aurora OS.
        Aurora = 2 "aurora",
        /// Sailfish OS.
        Sailfish = 3 "sailfish",
        /// Any other Linux.
        Linux = 4 "linux",
    }
}

wire_enum! {
    /// In what role the agent runs on the device.
    pub enum Management as "management" {
        /// Android: device owner.
        DeviceOwner = 1 "device-owner",
        /// Android: profile owner on a phone that the organisation owns.
        CompanyProfile = 2 "company-profile",
        /// Android: an ordinary application that another management configures.
        Configured = 3 "configured",
        /// An ordinary application.
        Application = 4 "application",
        /// A service of the system (Aurora, Linux).
        System = 5 "system",
    }
}

wire_enum! {
    /// Storage encryption. The three active values are Android's `getStorageEncryptionStatus` 3, 4 and 5.
    pub enum Encryption as "encryption" {
        /// Not encrypted.
        Inactive = 1 "inactive",
        /// Being encrypted, or set to be at the next start.
        Activating = 2 "activating",
        /// Encrypted.
        Active = 3 "active",
        /// Encrypted with a key that no user secret is mixed into.
        ActiveDefaultKey = 4 "active-default-key",
        /// Encrypted, a key for each user.
        ActivePerUser = 5 "active-per-user",
        /// Only a part of the user's storage is encrypted.
        Partial = 6 "partial",
    }
}

wire_enum! {
    /// Strength of the screen lock, as Android's password complexity orders it.
    pub enum Strength as "lock strength" {
        /// No lock.
        None = 0 "none",
        /// A pattern, or a PIN with repetitions or sequences.
        Low = 1 "low",
        /// A PIN without them or a password, at least 4 long.
        Medium = 2 "medium",
        /// A PIN of 8 or a password of 6 and more.
        High = 3 "high",
    }
}

wire_enum! {
    /// Verified boot's state (Android: `ro.boot.verifiedbootstate`).
    pub enum BootState as "verified boot state" {
        /// The maker's system, verified.
        Green = 1 "green",
        /// Verified with a key that the user set.
        Yellow = 2 "yellow",
        /// Not verified: the boot loader is unlocked.
        Orange = 3 "orange",
        /// Verification failed.
        Red = 4 "red",
    }
}

wire_enum! {
    /// A kind of sign that somebody has become root.
    pub enum RootKind as "sign of root" {
        /// A program that gives root (`su`, Magisk …).
        SuProgram = 1 "su-program",
        /// An application that manages root.
        RootApp = 2 "root-app",
        /// A build signed with test keys or not meant for users.
        TestBuild = 3 "test-build",
        /// A second account with user id 0.
        ExtraRootUser = 4 "extra-root-user",
        /// A system partition that can be written to.
        WritableSystem = 5 "writable-system",
        /// A hooking framework.
        Hooking = 6 "hooking",
        /// A remote shell that listens.
        RemoteShell = 7 "remote-shell",
    }
}

wire_map! {
    /// One sign of root, with what was seen.
    pub struct RootSign as "sign of root" {
        /// Its kind.
        1 => kind: RootKind,
        /// What was seen: a path, a property.
        2 => seen: Text<96>,
    }
}

wire_enum! {
    /// A kind of source that may install packages.
    pub enum InstallKind as "install source" {
        /// A store.
        Store = 1 "store",
        /// The organisation's management.
        Management = 2 "management",
        /// A browser.
        Browser = 3 "browser",
        /// A file manager.
        Files = 4 "files",
        /// A messenger.
        Messenger = 5 "messenger",
        /// The debug bridge or a shell.
        Shell = 6 "shell",
        /// Something else.
        Other = 7 "other",
    }
}

wire_map! {
    /// How many sources beside the system's own may install packages, and of what kinds. No names.
    pub struct InstallSources as "install sources" {
        /// How many.
        1 => count: u32,
        /// Of what kinds.
        2 => kinds: List<InstallKind>,
    }
}

wire_enum! {
    /// Which part of the phone the agent sees.
    pub enum Scope as "scope" {
        /// All of it.
        Device = 1 "device",
        /// The work profile alone.
        WorkProfile = 2 "work-profile",
    }
}

wire_enum! {
    /// A way in which the phone's maker or system keeps the agent from working.
    pub enum BackgroundLimit as "background limit" {
        /// Battery optimisation applies to the agent.
        BatteryOptimised = 1 "battery-optimised",
        /// The agent is in the restricted bucket.
        RestrictedBucket = 2 "restricted-bucket",
        /// Background work is switched off for the agent.
        BackgroundRestricted = 3 "background-restricted",
        /// The maker's own launcher list does not let it start.
        AutoStartDenied = 4 "auto-start-denied",
        /// Data saver keeps it from the network.
        DataSaver = 5 "data-saver",
    }
}

wire_map! {
    /// Whether a system update waits.
    pub struct PendingUpdate as "pending update" {
        /// It does.
        1 => waiting: bool,
        /// Since when, where known.
        2 => since: Option<Timestamp>,
    }
}

wire_enum! {
    /// A container that runs Android applications beside another system.
    pub enum Container as "container" {
        /// Sailfish's AppSupport (Alien Dalvik).
        AppSupport = 1 "appsupport",
        /// Waydroid.
        Waydroid = 2 "waydroid",
        /// Anbox.
        Anbox = 3 "anbox",
        /// Avroid.
        Avroid = 4 "avroid",
        /// A running container of another name.
        Other = 5 "other",
    }
}

wire_enum! {
    /// Where a fact was read.
    pub enum Source as "source" {
        /// A public interface of the Android framework.
        Framework = 1 "framework",
        /// A system property.
        Property = 2 "property",
        /// `/etc/os-release` and its kin.
        OsRelease = 3 "os-release",
        /// `/etc/hw-release`.
        HwRelease = 4 "hw-release",
        /// `ssu`'s board mappings.
        BoardMappings = 5 "board-mappings",
        /// Firmware tables (DMI, device tree).
        Firmware = 6 "firmware",
        /// Settings of the device lock.
        DeviceLock = 7 "device-lock",
        /// `/etc/crypttab`.
        Crypttab = 8 "crypttab",
        /// The mounted file systems and the device mapper.
        Mounts = 9 "mounts",
        /// The account file.
        Accounts = 10 "accounts",
        /// A file that is there, or is not.
        FilePresence = 11 "file-presence",
        /// D-Bus.
        DBus = 12 "d-bus",
        /// The kernel's tables (`/proc`, `/sys`).
        Kernel = 13 "kernel",
    }
}

wire_map! {
    /// What was read from the device.
    pub struct DeviceFacts as "device" {
        /// Where facts were read: key of the fact to source. Only where it is not the one obvious place.
        0 => sources: BTreeMap<u64, Source>,
        /// Operating system.
        1 => platform: Fact<Platform>,
        /// Its version.
        2 => os_version: Fact<Text<32>>,
        /// Day of the security patch level.
        3 => security_patch: Fact<Day>,
        /// Build id.
        4 => build_id: Fact<Text<64>>,
        /// Build type: `user`, `userdebug`, `eng`, `release` ….
        5 => build_type: Fact<Text<16>>,
        /// Maker.
        6 => manufacturer: Fact<Text<48>>,
        /// Brand.
        7 => brand: Fact<Text<48>>,
        /// Model.
        8 => model: Fact<Text<48>>,
        /// Role in which the agent runs.
        9 => management: Fact<Management>,
        /// Encryption of the user's storage.
        10 => encryption: Fact<Encryption>,
        /// Whether a screen lock is set up.
        11 => lock_set: Fact<bool>,
        /// How strong it is.
        12 => lock_strength: Fact<Strength>,
        /// After what time without use it locks.
        13 => lock_after: Fact<Span>,
        /// Whether developer options (developer mode) are on.
        14 => developer_options: Fact<bool>,
        /// Whether the debug bridge is on.
        15 => debug_bridge: Fact<bool>,
        /// Whether the boot loader is locked.
        16 => bootloader_locked: Fact<bool>,
        /// Verified boot's state.
        17 => verified_boot: Fact<BootState>,
        /// Signs of root; an empty list says that all were looked for and none was seen.
        18 => root_signs: Fact<List<RootSign>>,
        /// Sources that may install packages.
        19 => install_sources: Fact<InstallSources>,
        /// Which part of the phone the agent sees.
        20 => scope: Fact<Scope>,
        /// How the maker or system keeps the agent from working.
        21 => background_limits: Fact<List<BackgroundLimit>>,
        /// Whether a system update waits.
        22 => pending_update: Fact<PendingUpdate>,
        /// How often the device was started.
        23 => boot_count: Fact<u64>,
        /// Containers that run Android applications.
        24 => containers: Fact<List<Container>>,
    }
}

wire_enum! {
    /// A source of the inventory of applications.
    pub enum AppSource as "application source" {
        /// Android's package manager.
        PackageManager = 1 "package-manager",
        /// Aurora's APM.
        Apm = 2 "apm",
        /// `.desktop` files.
        DesktopFiles = 3 "desktop-files",
        /// The RPM database.
        RpmDatabase = 4 "rpm-database",
        /// Launchers of Android applications on another system.
        AndroidLaunchers = 5 "android-launchers",
        /// Data folders of Android applications on another system.
        AndroidData = 6 "android-data",
        /// Flatpak.
        Flatpak = 7 "flatpak",
        /// Snap.
        Snap = 8 "snap",
    }
}

/// A source of the inventory was read. On the wire: 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize)]
#[serde(rename = "read")]
pub struct Read;

impl Wire for Read {
    fn put(&self, e: &mut Encoder) {
        written(e.u8(0));
    }
    fn take(d: &mut minicbor::Decoder<'_>) -> Result<Self, DecodeError> {
        match u64::take(d)? {
            0 => Ok(Self),
            value => Err(DecodeError::UnknownValue { what: "source read", value }),
        }
    }
}

wire_map! {
    /// What could really be looked for.
    pub struct WatchListRef as "watch list" {
        /// Digest of the list.
        1 => digest: Digest,
        /// How many messengers it can find.
        2 => size: u32,
    }
}

wire_enum! {
    /// What the signers of a sighted application say about it.
    pub enum Signature as "signature" {
        /// A signer of the catalogue.
        Official = 1 "official",
        /// The catalogue knows no signer, or none could be read.
        Unverified = 2 "unverified",
        /// Only signers that the catalogue doesn't know.
        Foreign = 3 "foreign",
    }
}

wire_enum! {
    /// How sure the catalogue is that this is the messenger.
    pub enum MatchKind as "match" {
        /// The exact id of the catalogue.
        Exact = 1 "exact",
        /// A pattern with a public source.
        Pattern = 2 "pattern",
        /// A pattern without one: shown, never decides.
        UnverifiedPattern = 3 "unverified-pattern",
    }
}

wire_enum! {
    /// In which profile an application lives.
    pub enum Profile as "profile" {
        /// The device's own.
        Main = 1 "main",
        /// The work profile.
        Work = 2 "work",
        /// An Android container on another system.
        Container = 3 "container",
    }
}

wire_map! {
    /// A watched application that was found. There is no place here for any other.
    pub struct Sighting as "sighting" {
        /// Id in the catalogue.
        1 => messenger: Text<32>,
        /// Package, application id or name of the launcher.
        2 => package: Text<128>,
        /// Version.
        3 => version: Option<Text<48>>,
        /// SHA-256 of the signing certificates, with their history.
        4 => signers: List<Digest>,
        /// Package that installed it.
        5 => installer: Option<Text<64>>,
        /// First installed.
        6 => first_installed: Option<Timestamp>,
        /// Last updated.
        7 => updated: Option<Timestamp>,
        /// Whether it is enabled.
        8 => enabled: Option<bool>,
        /// Profile it lives in.
        9 => profile: Option<Profile>,
        /// What its signers say.
        10 => signature: Signature,
        /// Source that showed it.
        11 => source: AppSource,
        /// How sure the match is.
        12 => matched: MatchKind,
    }
}

wire_map! {
    /// What was found of the watched applications.
    pub struct AppFacts as "apps" {
        /// Each source of the inventory that matters on this platform: read, or why not.
        1 => sources: BTreeMap<AppSource, Fact<Read>>,
        /// What could be looked for.
        2 => watch_list: WatchListRef,
        /// What was found.
        3 => sightings: List<Sighting>,
    }
}

wire_enum! {
    /// Where the device key lives.
    pub enum Protection as "key protection" {
        /// A security chip of its own.
        StrongBox = 1 "strongbox",
        /// The trusted execution environment.
        Tee = 2 "tee",
        /// A file that the agent alone may read.
        Software = 3 "software",
    }
}

wire_enum! {
    /// How orders reach the device.
    pub enum ChannelMode as "channel" {
        /// With the answer to the next report.
        Off = 1 "off",
        /// At once while the agent is awake.
        Awake = 2 "awake",
        /// At once, always.
        Always = 3 "always",
    }
}

wire_map! {
    /// How often the agent reports.
    pub struct Schedule as "schedule" {
        /// Time between two periodic reports.
        1 => report_every: Span,
        /// They are spread by up to this.
        2 => spread: Span,
        /// How orders reach the device.
        3 => channel: ChannelMode,
        /// Without a fresh report for this long the device counts as silent.
        4 => silent_after: Span,
    }
}

wire_enum! {
    /// Why the agent did not carry out a signed message.
    pub enum Refusal as "refusal" {
        /// It is for another device.
        NotForMe = 1 "not-for-me",
        /// It was seen before.
        SeenBefore = 2 "seen-before",
        /// It has expired.
        Expired = 3 "expired",
        /// Its signature does not hold.
        BadSignature = 4 "bad-signature",
        /// It is not what the contract says.
        Malformed = 5 "malformed",
        /// Its number is below the newest.
        OldNumber = 6 "old-number",
    }
}

wire_map! {
    /// The agent about itself.
    pub struct AgentFacts as "agent" {
        /// Version.
        1 => version: Text<24>,
        /// Where its key lives.
        2 => protection: Protection,
        /// Reports that wait to be sent, before this one.
        3 => queued: u32,
        /// Code of the last error.
        4 => last_error: Option<Text<32>>,
        /// Schedule in force.
        5 => schedule: Schedule,
        /// What it refused since its last report.
        6 => refused: List<Refusal>,
    }
}
