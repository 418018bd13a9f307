//! Whether people's data is encrypted: by what the kernel has mounted, by the settings of the device lock, by `crypttab`.

use muster_proto::facts::{Encryption, Fact, Reason, Source};

use super::{LinuxRoot, Reading};

/// There while Sailfish waits to encrypt at the next start.
const PENDING: &str = "var/lib/sailfish-device-encryption/encrypt-home";
/// Device-mapper layers between a file system and its disk.
const MAX_LAYERS: usize = 6;

impl LinuxRoot {
    /// Encryption of the homes.
    #[must_use]
    pub fn encryption(&self) -> Reading<Encryption> {
        // In a sandbox other things are mounted: what shows as not encrypted there may be anything.
        let mounted = match self.encrypted_by_kernel() {
            Ok(false) if self.is_sandboxed() => Err(Reason::Denied),
            mounted => mounted,
        };
        if mounted == Ok(true) {
            return Reading::known(Encryption::Active, Source::Mounts);
        }
        let settings = self.encrypted_by_settings();
        if settings.fact == Fact::Known(true) {
            return Reading::known(Encryption::Active, Source::DeviceLock);
        }
        if self.is_phone() && self.files.exists(PENDING) == Ok(true) {
            return Reading::known(Encryption::Activating, Source::FilePresence);
        }
        if mounted == Ok(false) {
            return Reading::known(Encryption::Inactive, Source::Mounts);
        }
        if settings.fact == Fact::Known(false) {
            return Reading::known(Encryption::Inactive, Source::DeviceLock);
        }
        let crypttab = self.crypttab();
        let reason = mounted.err().unwrap_or(Reason::Absent);
        crypttab.or_else(|| Reading::unknown(reason))
    }

    /// Whether the file system with the homes lies on dm-crypt; an error where its device can't be told.
    fn encrypted_by_kernel(&self) -> Result<bool, Reason> {
        let mounts = self.files.text("proc/mounts")?;
        let device = home_device(&mounts).ok_or(Reason::Absent)?;
        let name = device.strip_prefix("/dev/").ok_or(Reason::Unsupported)?;
        let Some(layer) = self.mapped_device(name)? else {
            return Ok(false);
        };
        self.crypt_below(&layer, MAX_LAYERS)
    }

    /// The `dm-N` behind a name in `/dev`; `None` where it is no mapped device.
    fn mapped_device(&self, name: &str) -> Result<Option<String>, Reason> {
        let simple = |name: &str| !name.contains('/');
        if name.starts_with("dm-") && simple(name) {
            return Ok(Some(name.to_owned()));
        }
        let blocks = match self.files.names("sys/block") {
            Ok(names) => names,
            // A plain partition is named as such; of a mapped one more must be known.
            Err(_) if simple(name) => return Ok(None),
            Err(reason) => return Err(reason),
        };
        // Logical volumes show as `group/volume`, and are called `group-volume` by the mapper.
        let wanted = name.strip_prefix("mapper/").unwrap_or(name);
        let volume = wanted
            .split_once('/')
            .map(|(group, volume)| format!("{}-{}", group.replace('-', "--"), volume.replace('-', "--")));
        for block in blocks.iter().filter_map(|name| name.to_str()).filter(|name| name.starts_with("dm-")) {
            let called = self.files.text(format!("sys/block/{block}/dm/name")).unwrap_or_default();
            if called.trim() == wanted || Some(called.trim()) == volume.as_deref() {
                return Ok(Some(block.to_owned()));
            }
        }
        if simple(name) { Ok(None) } else { Err(Reason::Absent) }
    }

    /// Whether this mapped device, or one that it lies on, is dm-crypt.
    fn crypt_below(&self, layer: &str, layers: usize) -> Result<bool, Reason> {
        if self.files.text(format!("sys/block/{layer}/dm/uuid"))?.starts_with("CRYPT-") {
            return Ok(true);
        }
        let slaves = match self.files.names(format!("sys/block/{layer}/slaves")) {
            Ok(names) if layers > 0 => names,
            Ok(_) => return Err(Reason::Failed),
            Err(Reason::Absent) => Vec::new(),
            Err(reason) => return Err(reason),
        };
        let mapped: Vec<&str> =
            slaves.iter().filter_map(|name| name.to_str()).filter(|n| n.starts_with("dm-")).collect();
        // All of what it lies on must be encrypted.
        let all =
            mapped.iter().map(|slave| self.crypt_below(slave, layers - 1)).collect::<Result<Vec<_>, _>>()?;
        Ok(!all.is_empty() && all.len() == slaves.len() && all.iter().all(|&crypt| crypt))
    }

    /// A row of `crypttab` that is not just for swap says that encryption is in use, where nothing better can be read.
    fn crypttab(&self) -> Reading<Encryption> {
        match self.files.text("etc/crypttab") {
            Ok(text) => {
                let rows = text.lines().map(str::trim).filter(|row| !row.is_empty() && !row.starts_with('#'));
                let mut volumes = rows.filter(|row| !row.contains("/dev/urandom") && !row.contains("swap"));
                match volumes.next() {
                    Some(_) => Reading::known(Encryption::Active, Source::Crypttab),
                    None => Reading::unknown(Reason::Absent),
                }
            }
            Err(reason) => Reading::unknown(reason),
        }
    }
}

/// The device that is mounted on `/home`, or else on `/`; the last mount on one place counts.
fn home_device(mounts: &str) -> Option<&str> {
    let rows = mounts.lines().filter_map(|row| {
        let mut fields = row.split_whitespace();
        Some((fields.next()?, fields.next()?))
    });
    let homes = rows.filter(|(_, place)| *place == "/" || *place == "/home");
    homes.enumerate().max_by_key(|(nth, (_, place))| (place.len(), *nth)).map(|(_, (device, _))| device)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_homes_own_mount_counts() {
        let root = "rootfs / rootfs rw 0 0\n/dev/mmcblk0p2 / ext4 rw 0 0\n";
        assert_eq!(home_device(root), Some("/dev/mmcblk0p2"));
        assert_eq!(home_device(&format!("/dev/dm-0 /home ext4 rw 0 0\n{root}")), Some("/dev/dm-0"));
        assert_eq!(home_device("sysfs /sys sysfs rw 0 0\nnonsense\n"), None);
    }
}
