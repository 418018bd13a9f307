//! What keeps the agent from working, and the one step that lifts it.

use muster_agent::texts::Language;
use muster_proto::facts::{DeviceFacts, Fact, Scope};

use super::{Row, capital, plain};
use crate::platform::makers::{self, BATTERY, Maker};

/// What keeps the agent from working, by the last report, and one step to lift it; beside the rows the settings to open.
pub(super) fn limits(facts: Option<&DeviceFacts>, language: Language) -> (Vec<Row>, Option<&'static str>) {
    let Some(facts) = facts else { return (vec![plain(language.text("no-report").to_owned())], None) };
    let (found, unread) = match &facts.background_limits {
        Fact::Known(limits) => (limits.0.clone(), None),
        Fact::Unknown(why) => (Vec::new(), Some(why)),
    };
    let mut rows: Vec<Row> = found
        .iter()
        .map(|limit| Row {
            text: capital(&language.word("limit", limit.word())),
            detail: Some(language.text(&format!("lift.{}", limit.word())).to_owned()),
            tone: "grace",
        })
        .collect();
    if let Some(why) = unread {
        let why = language.filled("not-read", &[&language.word("reason", why.word())]);
        rows.push(Row {
            text: capital(language.text("fact.background_limits")),
            detail: Some(why),
            tone: "unknown",
        });
    } else if rows.is_empty() {
        rows.push(Row { text: language.text("screen.no-limits").to_owned(), detail: None, tone: "good" });
    }
    let maker = maker(facts);
    rows.extend(maker.map(|maker| plain(language.text(&format!("steps.{}", maker.id)).to_owned())));
    if facts.scope.known() == Some(&Scope::WorkProfile) {
        rows.push(plain(language.text("screen.scope").to_owned()));
    }
    let settings = maker.map(|maker| maker.settings).or((!found.is_empty()).then_some(BATTERY));
    (rows, settings)
}

fn maker(facts: &DeviceFacts) -> Option<&'static Maker> {
    let manufacturer = facts.manufacturer.known().map(|text| text.as_str()).unwrap_or_default();
    makers::of(manufacturer, facts.brand.known().map(|text| text.as_str()).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use muster_proto::facts::{BackgroundLimit, Reason};
    use muster_proto::text::Text;
    use std::collections::BTreeMap;

    fn unread<T>() -> Fact<T> {
        Fact::Unknown(Reason::Unsupported)
    }

    fn facts(maker: &str, limits: &[BackgroundLimit], scope: Scope) -> DeviceFacts {
        DeviceFacts {
            sources: BTreeMap::new(),
            platform: unread(),
            os_version: unread(),
            security_patch: unread(),
            build_id: unread(),
            build_type: unread(),
            manufacturer: Fact::Known(Text::clipped(maker)),
            brand: unread(),
            model: unread(),
            management: unread(),
            encryption: unread(),
            lock_set: unread(),
            lock_strength: unread(),
            lock_after: unread(),
            developer_options: unread(),
            debug_bridge: unread(),
            bootloader_locked: unread(),
            verified_boot: unread(),
            root_signs: unread(),
            install_sources: unread(),
            scope: Fact::Known(scope),
            background_limits: Fact::Known(limits.iter().copied().collect()),
            pending_update: unread(),
            boot_count: unread(),
            containers: unread(),
            os_certified: unread(),
            package_certificates: unread(),
            restrictions: unread(),
        }
    }

    #[test]
    fn a_maker_that_stops_the_agent_has_its_step() {
        let xiaomi = facts("Xiaomi", &[BackgroundLimit::BatteryOptimised], Scope::Device);
        let (rows, settings) = limits(Some(&xiaomi), Language::Russian);
        assert_eq!(rows[0].text, "Экономия батареи");
        assert_eq!((rows[0].tone, rows[1].text.as_str()), ("grace", Language::Russian.text("steps.xiaomi")));
        assert_eq!(settings, Some("package:io.muster.agent"));
    }

    #[test]
    fn what_is_not_known_is_not_good() {
        let unknown = DeviceFacts { background_limits: unread(), ..facts("Google", &[], Scope::Device) };
        let (rows, _) = limits(Some(&unknown), Language::English);
        assert_eq!((rows.len(), rows[0].tone), (1, "unknown"));
        let why = Language::English.word("reason", Reason::Unsupported.word());
        assert!(rows[0].detail.as_deref().is_some_and(|detail| detail.contains(&why)));
    }

    #[test]
    fn a_phone_without_limits_says_so_and_what_the_agent_sees() {
        let pixel = facts("Google", &[], Scope::WorkProfile);
        let (rows, settings) = limits(Some(&pixel), Language::English);
        let texts: Vec<&str> = rows.iter().map(|row| row.text.as_str()).collect();
        assert_eq!(
            texts,
            [Language::English.text("screen.no-limits"), Language::English.text("screen.scope")]
        );
        assert_eq!(settings, None);
        let (_, settings) =
            limits(Some(&facts("Google", &[BackgroundLimit::DataSaver], Scope::Device)), Language::English);
        assert_eq!(settings, Some(BATTERY));
    }
}
