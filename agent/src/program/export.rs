//! `muster-agent export`.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use anyhow::{Context as _, bail};
use muster_agent::store::peek;

use super::{Places, enrolled, print};

/// Writes the signed queue as a CBOR sequence (RFC 8742). Saved reports alone: `run` may go on beside it.
pub fn export(places: &Places, out: &Path) -> anyhow::Result<()> {
    let state = enrolled(peek(&places.state)?)?;
    if state.queue.is_empty() {
        bail!("no report waits: everything has arrived, or none was made");
    }
    let bytes: Vec<u8> = state.queue.iter().flat_map(|report| report.bytes.0.clone()).collect();
    let write = || -> std::io::Result<()> {
        let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(out)?;
        file.write_all(&bytes)?;
        file.sync_all()
    };
    write().with_context(|| format!("write {}", out.display()))?;
    let reports = state.queue.len();
    print(&format!(
        "{reports} reports, {} bytes, written to {}. They stay in the queue until the server has them.\n",
        bytes.len(),
        out.display()
    ))
}
