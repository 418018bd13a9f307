//! One `.desktop` file: the names under which an application may be known, and nothing else of it.

use std::ffi::OsStr;

use super::keyfile::KeyFile;

const ENTRY: &str = "Desktop Entry";
/// Words of a command line that are looked at.
const MAX_WORDS: usize = 16;

/// What a launcher says about the application behind it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Launcher {
    /// Ids: the file's own name and what the file says.
    pub ids: Vec<String>,
    /// Programs of the command line.
    pub programs: Vec<String>,
    /// The Android package, where it is the launcher of one.
    pub android: Option<String>,
}

impl Launcher {
    /// What the name of the file alone says; `None` if it is not a launcher's.
    pub(super) fn named(name: &OsStr) -> Option<Self> {
        let name = name.to_string_lossy();
        let stem = name.strip_suffix(".desktop").filter(|stem| !stem.is_empty())?;
        // Waydroid names its launchers after the package.
        let android = stem.strip_prefix("waydroid.").map(str::to_owned);
        Some(Self { ids: vec![stem.to_owned()], android, ..Self::default() })
    }

    /// Adds what the file says.
    pub(super) fn filled(mut self, text: &str) -> Self {
        let file = KeyFile::parse(text);
        let value = |key: &str| file.value(ENTRY, key).filter(|value| !value.is_empty());
        self.ids.extend(["X-Flatpak", "X-SnapInstanceName"].into_iter().filter_map(value).map(str::to_owned));
        if let Some(package) = value("X-apkd-packageName") {
            self.android = Some(package.to_owned());
        }
        let words = value("Exec").into_iter().flat_map(str::split_whitespace).take(MAX_WORDS);
        let programs =
            words.map(|word| word.trim_matches('"')).map(|word| word.rsplit('/').next().unwrap_or(word));
        self.programs = programs.filter(|word| !word.is_empty()).map(str::to_owned).collect();
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_launcher_gives_the_names_it_may_be_known_by() {
        let launcher = Launcher::named(OsStr::new("my.chat.desktop")).unwrap().filled(
            "[Desktop Entry]\nName=Chat\nExec=\"/usr/bin/sailjail\" -p x.desktop /usr/bin/depecher %U\nX-Flatpak=org.chat\n\
             [Desktop Action a]\nX-apkd-packageName=com.other\n",
        );
        assert_eq!(launcher.ids, ["my.chat", "org.chat"]);
        assert_eq!(launcher.programs, ["sailjail", "-p", "x.desktop", "depecher", "%U"]);
        assert_eq!(launcher.android, None);
    }

    #[test]
    fn android_launchers_name_their_package() {
        let apkd =
            Launcher::named(OsStr::new("apkd_launcher_com_whatsapp-com_whatsapp_Main.desktop")).unwrap();
        assert_eq!(
            apkd.filled("[Desktop Entry]\nX-apkd-packageName=com.whatsapp\n").android.as_deref(),
            Some("com.whatsapp")
        );
        let waydroid = Launcher::named(OsStr::new("waydroid.com.viber.voip.desktop")).unwrap();
        assert_eq!(waydroid.filled("").android.as_deref(), Some("com.viber.voip"));
    }

    #[test]
    fn other_files_are_no_launchers() {
        assert_eq!(Launcher::named(OsStr::new("mimeinfo.cache")), None);
        assert_eq!(Launcher::named(OsStr::new(".desktop")), None);
    }
}
