//! Room on a disk, and how little of it is too little: what `muster-server check`, health and metrics say of it is the same.

use rustix::fs::statvfs;
use rustix::io;
use std::path::Path;

const MIB: u64 = 1024 * 1024;

/// Room on a disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Space {
    /// Bytes that this process may still use.
    pub free: u64,
    /// Bytes in all.
    pub all: u64,
    /// Files that may still be made. `None` where the file system doesn't count them.
    pub inodes: Option<u64>,
}

impl Space {
    /// With less than this, no backup and no checkpoint can be relied on, and soon no report is taken.
    pub const LEAST: u64 = 100 * MIB;
    /// With less than this somebody should make room.
    pub const LITTLE: u64 = 1024 * MIB;
    /// The same in inodes.
    pub const FEW: u64 = 10_000;

    /// Of the disk that a folder is on.
    ///
    /// # Errors
    /// The system doesn't say.
    pub fn of(folder: &Path) -> io::Result<Self> {
        let told = statvfs(folder)?;
        Ok(Self {
            free: told.f_bavail.saturating_mul(told.f_frsize),
            all: told.f_blocks.saturating_mul(told.f_frsize),
            inodes: (told.f_files > 0).then_some(told.f_favail),
        })
    }

    /// Whether the server can work with it.
    #[must_use]
    pub fn is_enough(&self) -> bool {
        self.free >= Self::LEAST && self.inodes != Some(0)
    }

    /// Whether it will be enough for a while.
    #[must_use]
    pub fn is_ample(&self) -> bool {
        self.free >= Self::LITTLE && self.inodes.is_none_or(|inodes| inodes >= Self::FEW)
    }

    /// The free bytes in MiB.
    #[must_use]
    pub const fn free_mib(&self) -> u64 {
        self.free / MIB
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_and_inodes_run_out() {
        let space = |free: u64, inodes| Space { free: free * MIB, all: 4096 * MIB, inodes };
        let said = |space: Space| (space.is_enough(), space.is_ample());
        assert_eq!(said(space(99, None)), (false, false));
        assert_eq!(said(space(100, None)), (true, false));
        assert_eq!(said(space(2048, None)), (true, true));
        assert_eq!(said(space(2048, Some(0))), (false, false));
        assert_eq!(said(space(2048, Some(9_999))), (true, false));
        assert_eq!(said(space(2048, Some(10_000))), (true, true));
    }

    #[test]
    fn a_folder_is_on_a_disk() {
        let space = Space::of(Path::new("/")).unwrap();
        assert!(space.free <= space.all && space.all > 0, "{space:?}");
        assert!(Space::of(Path::new("/nowhere")).is_err());
    }
}
