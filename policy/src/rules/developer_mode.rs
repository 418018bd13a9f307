//! `developer-mode`: the settings that open a device to developers are off.

use muster_proto::catalogue::Catalogue;
use muster_proto::facts::Fact;
use serde::{Deserialize, Serialize};

use super::{Demand, DemandFlaw};
use crate::reading::{Facts, Reading, Seen, value_of, yes_no};

/// Which settings must be off.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "document", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct DeveloperMode {
    /// Settings that must be off, at least one; without this key the developer mode itself.
    #[serde(default = "mode_itself")]
    pub deny: Vec<Setting>,
}

/// A setting for developers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "document", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Setting {
    /// Developer options, developer mode.
    DeveloperOptions,
    /// The debug bridge, which platforms other than Android don't have.
    DebugBridge,
}

fn mode_itself() -> Vec<Setting> {
    vec![Setting::DeveloperOptions]
}

impl Demand for DeveloperMode {
    const KIND: &'static str = "developer-mode";
    const TITLE: (&'static str, &'static str) = ("Developer mode off", "Режим разработчика выключен");
    const EXAMPLE: &'static str = r#"
- id: developer-mode
  kind: developer-mode
  deny: [developer-options, debug-bridge]
  mode: warn
"#;

    fn read(&self, facts: &Facts<'_>) -> Reading {
        let device = &facts.report.submods.device;
        let mut reading = Reading::default();
        for setting in &self.deny {
            match setting {
                Setting::DeveloperOptions => {
                    off(
                        &mut reading,
                        "developer_options",
                        "device.developer_options",
                        &device.developer_options,
                    );
                }
                Setting::DebugBridge => {
                    off(&mut reading, "debug_bridge", "device.debug_bridge", &device.debug_bridge);
                }
            }
        }
        reading
    }

    fn flaws(&self, _: &Catalogue) -> Vec<DemandFlaw> {
        let message = "nothing is refused".to_owned();
        self.deny.is_empty().then_some(DemandFlaw { key: "deny", index: None, message }).into_iter().collect()
    }
}

fn off(reading: &mut Reading, cause: &'static str, what: &'static str, fact: &Fact<bool>) {
    match value_of(what, fact) {
        Err(seen) => reading.unread(seen),
        Ok(on) => {
            let seen = Seen::new(what, yes_no(*on));
            if *on { reading.broken(cause, seen) } else { reading.shown(seen) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::world::{Phone, read};
    use muster_proto::facts::Reason;

    #[test]
    fn each_refused_setting_is_a_cause_of_its_own() {
        let both = DeveloperMode { deny: vec![Setting::DeveloperOptions, Setting::DebugBridge] };
        let mode = DeveloperMode { deny: mode_itself() };
        let phone = |options: Fact<bool>, bridge: Fact<bool>| {
            Phone::android()
                .change(|device| (device.developer_options, device.debug_bridge) = (options, bridge))
        };
        let (on, off) = (Fact::Known(true), Fact::Known(false));
        let denied = Fact::Unknown(Reason::Unsupported);
        assert_eq!(read(&both, &phone(off.clone(), off.clone())), "kept");
        assert_eq!(read(&both, &phone(on.clone(), on.clone())), "broken: developer_options, debug_bridge");
        assert_eq!(read(&both, &phone(off.clone(), denied.clone())), "unread");
        assert_eq!(read(&mode, &phone(off.clone(), denied.clone())), "kept");
        assert_eq!(read(&mode, &phone(off, on.clone())), "kept");
        assert_eq!(read(&mode, &phone(denied, on)), "unread");
    }
}
