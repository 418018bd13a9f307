//! Who made the device, and what it is called: `ssu`'s board mappings, `hw-release`, firmware tables.

use muster_proto::facts::{Reason, Source};
use muster_proto::text::Text;

use super::bus::Said;
use super::keyfile::{KeyFile, os_release};
use super::{LinuxRoot, Reading, graver};

const MAPPINGS: &str = "usr/share/ssu/board-mappings.d";
const HW_RELEASE: [&str; 2] = ["etc/hw-release", "usr/lib/hw-release"];
/// What makers of boards leave in their tables when they have nothing to say.
const PLACEHOLDERS: [&str; 6] = [
    "to be filled by o.e.m.",
    "system manufacturer",
    "system product name",
    "default string",
    "not specified",
    "o.e.m.",
];

impl LinuxRoot {
    /// The maker.
    #[must_use]
    pub fn manufacturer(&self) -> Reading<Text<48>> {
        self.mapped("deviceManufacturer")
            .or_else(|| self.hw_release("MER_HA_VENDOR"))
            .or_else(|| self.firmware(&["sys/class/dmi/id/sys_vendor"]))
    }

    /// The model.
    #[must_use]
    pub fn model(&self, said: &Said) -> Reading<Text<48>> {
        said.device
            .model()
            .or_else(|| self.mapped("prettyModel"))
            .or_else(|| self.mapped("deviceDesignation"))
            .or_else(|| self.hw_release("MER_HA_DEVICE"))
            .or_else(|| self.firmware(&["sys/class/dmi/id/product_name", "proc/device-tree/model"]))
    }

    /// A value of the board mappings, under the group of this device.
    fn mapped(&self, key: &str) -> Reading<Text<48>> {
        let mappings = match self.mappings() {
            Ok(mappings) => mappings,
            Err(reason) => return Reading::unknown(reason),
        };
        let group = self.board(&mappings, key);
        let found = group.and_then(|group| mappings.iter().find_map(|file| file.value(&group, key)));
        said(found, Source::BoardMappings)
    }

    fn mappings(&self) -> Result<Vec<KeyFile>, Reason> {
        let names = self.files.names(MAPPINGS)?;
        let inis = names.iter().filter_map(|name| name.to_str()).filter(|name| name.ends_with(".ini"));
        inis.map(|name| Ok(KeyFile::parse(&self.files.text(format!("{MAPPINGS}/{name}"))?))).collect()
    }

    /// The group of this device, in `ssu`'s order: a file that exists, a word of `cpuinfo`, the name in `hw-release`; and where
    /// only one group has `key`, that one.
    fn board(&self, mappings: &[KeyFile], key: &str) -> Option<String> {
        let first = |group: &'static str, fits: &dyn Fn(&str) -> bool| {
            let entries = mappings.iter().flat_map(move |file| file.entries(group));
            entries
                .filter(|(_, value)| !value.is_empty() && fits(value))
                .map(|(model, _)| model.to_owned())
                .next()
        };
        let cpuinfo =
            self.files.start("proc/cpuinfo").map(|start| String::from_utf8_lossy(&start.bytes).into_owned());
        let cpuinfo = cpuinfo.unwrap_or_default();
        first("file.exists", &|path| self.files.exists(path) == Ok(true))
            .or_else(|| first("cpuinfo.contains", &|word| cpuinfo.contains(word)))
            .or_else(|| {
                let device = self.hw_release("MER_HA_DEVICE").fact.known()?.to_string();
                let known = mappings.iter().any(|file| file.value(&device, key).is_some());
                known.then_some(device)
            })
            .or_else(|| {
                let mut groups: Vec<&str> = mappings.iter().flat_map(|file| file.groups_with(key)).collect();
                groups.dedup();
                (groups.len() == 1).then(|| groups[0].to_owned())
            })
    }

    fn hw_release(&self, key: &str) -> Reading<Text<48>> {
        let mut why = Reason::Absent;
        for place in HW_RELEASE {
            match self.files.text(place) {
                Ok(text) => return said(os_release(&text).get(key).map(String::as_str), Source::HwRelease),
                Err(reason) => why = graver(why, reason),
            }
        }
        Reading::unknown(why)
    }

    fn firmware(&self, places: &[&str]) -> Reading<Text<48>> {
        let mut why = Reason::Absent;
        for place in places {
            match self.files.text(place) {
                Ok(text) => {
                    let word = text.trim_matches(|c: char| c.is_whitespace() || c == '\0');
                    let placeholder = PLACEHOLDERS.contains(&word.to_lowercase().as_str());
                    let reading = said(Some(word).filter(|_| !placeholder), Source::Firmware);
                    if reading.source.is_some() {
                        return reading;
                    }
                }
                Err(reason) => why = graver(why, reason),
            }
        }
        Reading::unknown(why)
    }
}

fn said(value: Option<&str>, source: Source) -> Reading<Text<48>> {
    match value.map(Text::clipped).filter(|text: &Text<48>| !text.is_empty()) {
        Some(text) => Reading::known(text, source),
        None => Reading::unknown(Reason::Absent),
    }
}
