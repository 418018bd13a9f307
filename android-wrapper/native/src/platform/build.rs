//! What the phone says it is: the constants of `android.os.Build` and `Build.VERSION` (all since API 23 or before).

use jni::Env;
use muster_proto::facts::{Fact, Reason};
use muster_proto::text::Text;
use muster_proto::time::Day;

use super::makers::Maker;
use super::properties::Properties;
use super::{fact, said};
use crate::error::Result;
use crate::java::Android;

/// Maker and brand, on which quirks hang.
pub struct Identity {
    pub manufacturer: Fact<Text<48>>,
    pub brand: Fact<Text<48>>,
}

impl Identity {
    /// `Build.MANUFACTURER` and `Build.BRAND`.
    pub fn read(android: &Android, env: &mut Env<'_>) -> Self {
        Self {
            manufacturer: fact(env, |env| Ok(said(android.static_text(env, BUILD, "MANUFACTURER")?))),
            brand: fact(env, |env| Ok(said(android.static_text(env, BUILD, "BRAND")?))),
        }
    }

    pub fn manufacturer(&self) -> String {
        self.manufacturer.known().map(ToString::to_string).unwrap_or_default()
    }

    pub fn brand(&self) -> String {
        self.brand.known().map(ToString::to_string).unwrap_or_default()
    }
}

/// `Build.MODEL`.
pub fn model(android: &Android, env: &mut Env<'_>) -> Result<Fact<Text<48>>> {
    Ok(said(android.static_text(env, BUILD, "MODEL")?))
}

/// `Build.DISPLAY`, which names the maker's own build where `Build.ID` names Android's.
pub fn build_id(android: &Android, env: &mut Env<'_>) -> Result<Fact<Text<64>>> {
    let display = said(android.static_text(env, BUILD, "DISPLAY")?);
    Ok(match display {
        Fact::Known(_) => display,
        Fact::Unknown(_) => said(android.static_text(env, BUILD, "ID")?),
    })
}

/// `Build.TYPE`.
pub fn build_type(android: &Android, env: &mut Env<'_>) -> Result<Fact<Text<16>>> {
    Ok(said(android.static_text(env, BUILD, "TYPE")?))
}

/// `Build.VERSION.RELEASE`.
pub fn os_version(android: &Android, env: &mut Env<'_>) -> Result<Fact<Text<32>>> {
    Ok(said(android.static_text(env, VERSION, "RELEASE")?))
}

/// `Build.VERSION.SECURITY_PATCH`, or the maker's own property where the maker leaves Android's behind.
pub fn security_patch(
    android: &Android,
    env: &mut Env<'_>,
    maker: Option<&Maker>,
    properties: &Properties,
) -> Result<Fact<Day>> {
    let own = maker.and_then(|maker| maker.patch).and_then(|name| properties.value(name)).map(str::to_owned);
    let framework = android.static_text(env, VERSION, "SECURITY_PATCH")?;
    Ok(newest([own, framework]))
}

/// The latest day among what several places say.
fn newest(said: [Option<String>; 2]) -> Fact<Day> {
    let said: Vec<String> = said.into_iter().flatten().filter(|text| !text.trim().is_empty()).collect();
    let days = said.iter().filter_map(|text| text.trim().parse::<Day>().ok());
    match (days.max(), said.is_empty()) {
        (Some(day), _) => Fact::Known(day),
        (None, true) => Fact::Unknown(Reason::Absent),
        (None, false) => Fact::Unknown(Reason::Failed),
    }
}

const BUILD: &str = "android.os.Build";
const VERSION: &str = "android.os.Build$VERSION";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_patch_day_counts() {
        let day = |text: &str| Some(text.to_owned());
        assert_eq!(
            newest([day("2023-02-01"), day("2022-08-01")]),
            Fact::Known("2023-02-01".parse().unwrap())
        );
        assert_eq!(newest([None, day("2022-08-01")]), Fact::Known("2022-08-01".parse().unwrap()));
        assert_eq!(newest([None, day("soon")]), Fact::Unknown(Reason::Failed));
        assert_eq!(newest([None, day("")]), Fact::Unknown(Reason::Absent));
    }
}
