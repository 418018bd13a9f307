//! `ru.omp.deviceinfo`: Aurora about the device. Its serial number, which it would tell too, is never asked for.

use muster_dbus::Value;
use muster_proto::facts::{Reason, Source};
use muster_proto::text::Text;

use super::conversation::Conversation;
use super::{BusError, Service, flag};
use crate::platform::linux::Reading;

const NAME: &str = "ru.omp.deviceinfo";
const PATH: &str = "/ru/omp/deviceinfo/Features";
const FEATURES: &str = "ru.omp.deviceinfo.Features";

/// What the device says about itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceInfo {
    /// Its model.
    pub model: Result<String, Reason>,
    /// The version of its system.
    pub os_version: Result<String, Reason>,
    /// Whether that version is certified.
    pub certified: Result<bool, Reason>,
}

impl DeviceInfo {
    pub(super) const fn unknown(reason: Reason) -> Self {
        Self { model: Err(reason), os_version: Err(reason), certified: Err(reason) }
    }

    pub(in crate::platform::linux) fn model(&self) -> Reading<Text<48>> {
        said(&self.model)
    }

    pub(in crate::platform::linux) fn os_version(&self) -> Reading<Text<32>> {
        said(&self.os_version)
    }
}

fn said<const N: usize>(text: &Result<String, Reason>) -> Reading<Text<N>> {
    let text = text.as_deref().map(Text::clipped).map_err(|reason| *reason);
    Reading::of(
        text.and_then(|text| if text.is_empty() { Err(Reason::Absent) } else { Ok(text) }),
        Source::DBus,
    )
}

pub(super) fn ask(line: &mut Conversation, reason: &dyn Fn(&BusError) -> Reason) -> DeviceInfo {
    let mut features = Service::new(line, NAME, PATH);
    let mut text = |member| {
        let value: Value = features.ask(FEATURES, member, &())?.read(&["s", "v"])?;
        value.text().map(str::to_owned).ok_or(BusError::Garbled)
    };
    let (model, os_version) = (text("getDeviceModel"), text("getOsVersion"));
    let certified = features.property(FEATURES, "isOsCertified").and_then(|value| flag(&value));
    DeviceInfo {
        model: model.map_err(|error| reason(&error)),
        os_version: os_version.map_err(|error| reason(&error)),
        certified: certified.map_err(|error| reason(&error)),
    }
}
