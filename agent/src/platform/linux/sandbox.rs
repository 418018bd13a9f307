//! Whether the agent itself runs in the sandbox of an application (`sailjail`, which is `firejail`), and so sees little of the device.

use super::LinuxRoot;

/// Where `firejail` mounts what belongs to the sandbox that it is seen from. The folder itself is on the outside too.
const MOUNTED: &str = " /run/firejail/";

impl LinuxRoot {
    /// The device as seen from inside of a sandbox, whether or not that can be noticed.
    #[must_use]
    pub fn in_sandbox(self) -> Self {
        Self { files: self.files.seen_from_sandbox(), ..self }
    }

    /// Whether the device is seen from inside of a sandbox.
    #[must_use]
    pub const fn is_sandboxed(&self) -> bool {
        self.files.is_sandboxed()
    }

    pub(super) fn noticing_a_sandbox(self) -> Self {
        let mounts = self.files.start("proc/mounts").map(|start| start.bytes).unwrap_or_default();
        if String::from_utf8_lossy(&mounts).contains(MOUNTED) { self.in_sandbox() } else { self }
    }
}
