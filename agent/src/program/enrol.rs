//! `muster-agent enrol`.

use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use anyhow::bail;
use muster_agent::enrolment::{Home, Person, Progress};
use muster_agent::errors::in_full;
use muster_proto::facts::Platform;
use muster_proto::link::EnrolLink;
use muster_proto::text::Text;

use super::{Places, managed, print};

/// Enrols this device, without a link with the one that its management configured; where a person must approve, waits for that.
pub fn enrol(
    places: &Places,
    link: Option<EnrolLink>,
    asset_tag: Option<Text<64>>,
    wait: bool,
    json: bool,
) -> anyhow::Result<()> {
    let mut home = places.home()?;
    let (link, asset_tag) = match link {
        Some(link) => (link, asset_tag),
        None => {
            let (link, configured) = managed::link(places)?;
            (link, asset_tag.or(configured))
        }
    };
    let link = &link;
    let person = person(places, asset_tag);
    let (_never, stop) = channel();
    let progress = match wait {
        true => until_approved(&mut home, link, &person, &stop, false, |code| tell_code(code, json))?,
        false => home.enrol(link, &person).map(Some)?,
    };
    let Some(progress) = progress else { bail!("stopped before a person approved") };
    print(&said(&progress, link, json))
}

/// What the device says about itself.
pub(super) fn person(places: &Places, asset_tag: Option<Text<64>>) -> Person {
    let device = places.device();
    Person {
        platform: device.platform().fact.known().copied().unwrap_or(Platform::Linux),
        model: device.model(&device.ask_device()).fact.known().cloned(),
        asset_tag,
    }
}

/// Asks until a person has approved; `None` if it was told to stop before. Who is patient waits for the server too.
pub(super) fn until_approved(
    home: &mut Home,
    link: &EnrolLink,
    person: &Person,
    stop: &Receiver<()>,
    patient: bool,
    mut show_code: impl FnMut(Option<&str>) -> anyhow::Result<()>,
) -> anyhow::Result<Option<Progress>> {
    let mut shown = false;
    loop {
        let pause = match home.enrol(link, person) {
            Ok(Progress::Pending { code, retry_after }) => {
                if !shown {
                    show_code(code.as_deref())?;
                    shown = true;
                }
                Duration::from(retry_after).clamp(SHORTEST, LONGEST)
            }
            Ok(done) => return Ok(Some(done)),
            // Once the server has the request, a passing failure is no reason to give up.
            Err(error) if (shown || patient) && error.is_passing() => {
                log::warn!("{}", in_full(&error));
                LONGEST
            }
            Err(error) => return Err(error.into()),
        };
        if stop.recv_timeout(pause).is_ok() {
            return Ok(None);
        }
    }
}

fn tell_code(code: Option<&str>, json: bool) -> anyhow::Result<()> {
    let code = code.unwrap_or("—");
    if json {
        eprintln!("waiting for approval, code {code}");
        return Ok(());
    }
    print(&format!(
        "Waiting for a person to approve. The code of this device's key is {code}: both screens must show the same.\n"
    ))
}

fn said(progress: &Progress, link: &EnrolLink, json: bool) -> String {
    let (device, state, code) = match progress {
        Progress::Enrolled(device) => (Some(device), "enrolled", None),
        Progress::Already(device) => (Some(device), "already-enrolled", None),
        Progress::Pending { code, .. } => (None, "pending", code.as_deref()),
    };
    if json {
        let server = format!("https://{}", link.authority);
        return format!(
            "{}\n",
            serde_json::json!({ "state": state, "device": device, "code": code, "server": server })
        );
    }
    match progress {
        Progress::Enrolled(device) => format!("Enrolled as {device} with {}.\n", link.authority),
        Progress::Already(device) => {
            format!("This device is already enrolled as {device} with {}.\n", link.authority)
        }
        Progress::Pending { code, .. } => {
            format!(
                "Waiting for a person to approve; code {}. Ask again with the same link.\n",
                code.as_deref().unwrap_or("—")
            )
        }
    }
}

const SHORTEST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_secs(60);
