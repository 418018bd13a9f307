//! What makers do differently, as data with its source: where the true patch day stands, whose signatures look like a test build and are
//! none, and who stops work in the background.

/// A maker of phones with ways of its own.
#[derive(Debug, PartialEq, Eq)]
pub struct Maker {
    /// How the texts name it: `steps.ID`.
    pub id: &'static str,
    /// What its phones report as manufacturer or brand, in lower case.
    names: &'static [&'static str],
    /// A property with a patch day beside Android's own.
    pub patch: Option<&'static str>,
    /// Its fingerprint may say `dev-keys` on a build for users.
    pub dev_keys: bool,
    /// Where the settings are that lift what it does to work in the background: the agent's own page, since those beyond it are not public.
    pub settings: &'static str,
}

/// HarmonyOS and EMUI keep their patch day here; Android's own stands still on them.
pub const HUAWEI_PATCH: &str = "ro.huawei.build.version.security_patch";

/// The agent's page in the settings: every maker has battery and start-up of one application there.
const DETAILS: &str = "package:io.muster.agent";
/// `Settings.ACTION_IGNORE_BATTERY_OPTIMIZATION_SETTINGS`.
pub const BATTERY: &str = "android.settings.IGNORE_BATTERY_OPTIMIZATION_SETTINGS";

/// Sources. Patch day and dev-keys: properties of a HarmonyOS phone published by RandomPush/huawei_ohosqssi_dump (its fingerprint ends in
/// `user/dev-keys` while `ro.build.tags` is `release-keys`). Work in the background: each maker's own help pages on battery and start-up,
/// collected by dontkillmyapp.com.
static MAKERS: [Maker; 8] = [
    Maker { patch: Some(HUAWEI_PATCH), dev_keys: true, ..plain("huawei", &["huawei"]) },
    // Honor's phones of Huawei's time have Huawei's system.
    Maker { patch: Some(HUAWEI_PATCH), dev_keys: true, ..plain("honor", &["honor"]) },
    plain("xiaomi", &["xiaomi", "redmi", "poco", "blackshark"]),
    plain("oppo", &["oppo"]),
    plain("realme", &["realme"]),
    plain("vivo", &["vivo", "iqoo"]),
    plain("oneplus", &["oneplus"]),
    plain("samsung", &["samsung"]),
];

const fn plain(id: &'static str, names: &'static [&'static str]) -> Maker {
    Maker { id, names, patch: None, dev_keys: false, settings: DETAILS }
}

/// The maker with ways of its own, by what the phone reports: the brand before the manufacturer, since one maker may build another's phones.
pub fn of(manufacturer: &str, brand: &str) -> Option<&'static Maker> {
    let find = |name: &str| {
        let name = name.trim().to_lowercase();
        MAKERS.iter().find(|maker| maker.names.contains(&name.as_str()))
    };
    find(brand).or_else(|| find(manufacturer))
}

/// Whether tags and fingerprint of a build say that it was not signed for users.
pub fn is_test_build(tags: &str, fingerprint: &str, maker: Option<&Maker>) -> bool {
    let tag = |name: &str| tags.split(',').any(|tag| tag.trim() == name);
    let ends = |name: &str| fingerprint.ends_with(name);
    let excused = maker.is_some_and(|maker| maker.dev_keys) && tag("release-keys");
    tag("test-keys") || tag("dev-keys") || ends("/test-keys") || (ends("/dev-keys") && !excused)
}

#[cfg(test)]
mod tests {
    use super::super::properties::Properties;
    use super::*;
    use muster_proto::facts::{BootState, Fact};
    use std::path::Path;

    const HARMONY: &str = "HUAWEI/NOH-AN00/HWNOH:10/HUAWEINOH-AN00/104.2.0:user/dev-keys";

    #[test]
    fn brands_lead_to_their_makers() {
        let id = |manufacturer: &str, brand: &str| of(manufacturer, brand).map(|maker| maker.id);
        assert_eq!(id("HUAWEI", "HONOR"), Some("honor"));
        assert_eq!(id("Xiaomi", "POCO"), Some("xiaomi"));
        assert_eq!(id("OPPO", "realme"), Some("realme"));
        assert_eq!(id("Google", "google"), None);
    }

    #[test]
    fn dev_keys_of_harmony_are_no_test_build() {
        let huawei = of("HUAWEI", "HUAWEI");
        assert!(!is_test_build("release-keys", HARMONY, huawei));
        assert!(is_test_build("dev-keys", HARMONY, huawei));
        assert!(is_test_build("release-keys", HARMONY, of("Google", "google")));
        assert!(is_test_build("test-keys", "a/b/c:8/D/1:user/test-keys", None));
        assert!(!is_test_build("release-keys", "a/b/c:8/D/1:user/release-keys", None));
    }

    /// Name of a print of real properties, maker, what `ro.boot.verifiedbootstate` says, whether the boot loader is locked.
    type Phone = (&'static str, Option<&'static str>, BootState, Option<bool>);
    const PHONES: [Phone; 6] = [
        ("galaxy-s9-global", Some("samsung"), BootState::Green, Some(true)),
        ("huawei-p20-pro", Some("huawei"), BootState::Green, Some(true)),
        ("meizu-pro-7-plus", None, BootState::Green, Some(true)),
        ("oppo-r15", Some("oppo"), BootState::Green, Some(true)),
        ("pixel-2-xl", None, BootState::Green, Some(true)),
        ("xiaomi-redmi-note-4", Some("xiaomi"), BootState::Green, None),
    ];

    fn check(printed: &str, phone: &Phone) {
        let (name, maker, boot, locked) = phone;
        let raw = |key: &str| {
            let start = format!("[{key}]: [");
            let line = printed.lines().find_map(|line| line.strip_prefix(&start)).unwrap_or_default();
            line.trim_end().trim_end_matches(']').to_owned()
        };
        let found = of(&raw("ro.product.manufacturer"), &raw("ro.product.brand"));
        assert_eq!(found.map(|maker| maker.id), *maker, "{name}");
        let properties = Properties::of(printed);
        assert_eq!(properties.verified_boot(), Fact::Known(*boot), "{name}");
        assert_eq!(properties.bootloader_locked().known().copied(), *locked, "{name}");
        assert!(!is_test_build(&raw("ro.build.tags"), &raw("ro.build.fingerprint"), found), "{name}");
    }

    #[test]
    fn real_phones_are_told_apart() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/devices");
        if !folder.is_dir() {
            eprintln!("skipped: {} is not there", folder.display());
            return;
        }
        for phone in &PHONES {
            let file = folder.join(format!("{}.getprop.txt", phone.0));
            check(&std::fs::read_to_string(file).unwrap(), phone);
        }
    }

    #[test]
    fn what_was_copied_of_them_is_told_apart() {
        let copied = include_str!("../../fixtures/getprop.txt");
        for (nth, part) in copied.split("# ").skip(1).enumerate() {
            check(part, &PHONES[nth]);
        }
        assert_eq!(copied.matches("# ").count(), PHONES.len());
    }
}
