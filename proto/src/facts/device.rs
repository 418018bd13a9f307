//! What was read from the device itself.

use super::Fact;
use crate::cbor::{List, wire_enum, wire_map};
use crate::text::Text;
use crate::time::{Day, Span, Timestamp};
use std::collections::BTreeMap;

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
        /// A file of the system's release that is not as its package brought it.
        ModifiedFile = 8 "modified-file",
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
        2 => kinds: List<InstallKind> where len <= 16,
    }
}

wire_enum! {
    /// Which part of the phone the agent sees.
    pub enum Scope as "scope" {
        /// All of it.
        Device = 1 "device",
        /// The work profile alone.
        WorkProfile = 2 "work-profile",
        /// What the sandbox of an application lets through (Aurora, Sailfish).
        Sandbox = 3 "sandbox",
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

wire_map! {
    /// By which certificate installed packages are signed, and how many. No package is named.
    pub struct PackageCertificate as "package certificate" {
        /// Id of the certificate or of the key, as the package manager calls it; empty for packages without a signature.
        1 => id: Text<64>,
        /// How many packages.
        2 => packages: u32,
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
        /// The RPM database.
        RpmDatabase = 14 "rpm-database",
        /// The store of the management's policies (`/var/lib/policy`).
        PolicyStore = 15 "policy-store",
    }
}

wire_map! {
    /// What was read from the device.
    pub struct DeviceFacts as "device" {
        /// Where facts were read: key of the fact to source. Only where it is not the one obvious place.
        #[serde(serialize_with = "crate::json::sources_by_name")]
        #[cfg_attr(feature = "schema", schemars(with = "BTreeMap<String, Source>"))]
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
        18 => root_signs: Fact<List<RootSign>> where len <= 32,
        /// Sources that may install packages.
        19 => install_sources: Fact<InstallSources>,
        /// Which part of the phone the agent sees.
        20 => scope: Fact<Scope>,
        /// How the maker or system keeps the agent from working.
        21 => background_limits: Fact<List<BackgroundLimit>> where len <= 16,
        /// Whether a system update waits.
        22 => pending_update: Fact<PendingUpdate>,
        /// How often the device was started.
        23 => boot_count: Fact<u64>,
        /// Containers that run Android applications.
        24 => containers: Fact<List<Container>> where len <= 16,
        /// Whether this version of the system is certified (Aurora).
        25 => os_certified: Fact<bool>,
        /// By which certificates the installed packages are signed; of more than fit those with the most packages.
        26 => package_certificates: Fact<List<PackageCertificate>> where len <= 16,
        /// What the device's management has switched off, by the names of its policies; an empty list says nothing is.
        27 => restrictions: Fact<List<Text<48>>> where len <= 32,
    }
}

impl DeviceFacts {
    /// The key of the fact with this name, as [`Self::sources`] has it.
    #[must_use]
    pub fn key(fact: &str) -> Option<u64> {
        let (key, _) = Self::KEYS.iter().find(|(_, name)| *name == fact)?;
        u64::try_from(*key).ok()
    }
}
