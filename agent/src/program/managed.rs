//! The enrolment link that the organisation pushes to its phones with Aurora Center.

use anyhow::{Context as _, bail};
use muster_proto::link::EnrolLink;
use muster_proto::text::Text;

use super::Places;

/// The id under which the agent is packaged (`aurora-wrapper`), where the system doesn't say.
const APPLICATION: &str = "ru.muster.Agent";

/// The id of the application that the agent is.
pub(super) fn application() -> String {
    std::env::var("AURORA_APP_ID").unwrap_or_else(|_| APPLICATION.to_owned())
}

/// The link, and what the organisation calls this device. Neither is repeated in an error: the link is a secret.
pub(super) fn link(places: &Places) -> anyhow::Result<(EnrolLink, Option<Text<64>>)> {
    let configured = places.device().managed(&application());
    let configured = configured.context("ask this device's management for an enrolment link")?;
    let Some(link) = configured.link else {
        bail!("this device's management has configured no enrolment link (the key `link`)");
    };
    let link =
        link.parse().context("read the enrolment link that this device's management has configured")?;
    Ok((link, configured.asset_tag.as_deref().map(Text::clipped)))
}
