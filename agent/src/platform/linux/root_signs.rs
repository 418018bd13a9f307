//! Signs that somebody has become root, each with what was seen.

use muster_proto::cbor::List;
use muster_proto::facts::{Reason, RootKind, RootSign, Source};
use muster_proto::text::Text;

use super::bus::Said;
use super::developer::DEVEL_SU;
use super::{LinuxRoot, Reading, graver};

/// The port of a remote shell, as `/proc/net/tcp` writes it.
const SSH_PORT: &str = "0016";
/// A socket that listens.
const LISTENS: &str = "0A";
/// No more signs of one kind are named.
const MAX_OF_KIND: usize = 4;

impl LinuxRoot {
    /// Signs of root. The list is complete only if all of them could be looked for; without that, seen ones still count, and none
    /// seen says nothing.
    #[must_use]
    pub fn root_signs(&self, said: &Said) -> Reading<List<RootSign>> {
        let looks = [
            self.extra_root_users(),
            self.programs(),
            self.preloads(),
            self.remote_shells(),
            self.changed_release(),
            Ok(self.two_stories(said)),
        ];
        let mut signs = Vec::new();
        let mut why = None;
        for look in looks {
            match look {
                Ok(seen) => signs.extend(seen),
                Err(reason) => why = Some(why.map_or(reason, |before| graver(before, reason))),
            }
        }
        match why {
            Some(reason) if signs.is_empty() => Reading::unknown(reason),
            _ => Reading::known(List(signs), Source::Accounts),
        }
    }

    /// Rows with user id 0 beside root's own.
    fn extra_root_users(&self) -> Result<Vec<RootSign>, Reason> {
        let rows = self.accounts()?;
        let roots = rows.iter().filter(|row| row.uid == 0);
        let own = rows.iter().position(|row| row.uid == 0 && row.name == "root");
        let own = own.map(|at| &rows[at]);
        let extra = roots.filter(|row| own.is_none_or(|own| !std::ptr::eq(*row, own)));
        Ok(extra.take(MAX_OF_KIND).map(|row| sign(RootKind::ExtraRootUser, &row.name)).collect())
    }

    /// Developer mode's program, which gives root to who knows its code; `su` itself belongs to every other Linux.
    fn programs(&self) -> Result<Vec<RootSign>, Reason> {
        let there = self.is_phone() && self.files.exists(DEVEL_SU)?;
        Ok(there.then(|| sign(RootKind::SuProgram, "/usr/bin/devel-su")).into_iter().collect())
    }

    /// A library that is loaded into every program.
    fn preloads(&self) -> Result<Vec<RootSign>, Reason> {
        match self.files.text("etc/ld.so.preload") {
            Ok(text) if text.trim().is_empty() => Ok(Vec::new()),
            Ok(_) => Ok(vec![sign(RootKind::Hooking, "/etc/ld.so.preload")]),
            Err(Reason::Absent) => Ok(Vec::new()),
            Err(reason) => Err(reason),
        }
    }

    /// A release file that contradicts the system. Where the system says nothing there is nothing to hold it against.
    fn two_stories(&self, said: &Said) -> Vec<RootSign> {
        let seen = self.two_versions(said).map(|(file, system)| {
            sign(
                RootKind::ModifiedFile,
                &format!("/etc/os-release: file says {file:.24}, system says {system:.24}"),
            )
        });
        seen.into_iter().collect()
    }

    /// A remote shell that can be reached from elsewhere.
    fn remote_shells(&self) -> Result<Vec<RootSign>, Reason> {
        // A sandbox has a network of its own, whose tables are empty.
        if self.is_sandboxed() {
            return Err(Reason::Denied);
        }
        // Listening sockets stand first in these tables, so that the beginning is enough.
        let mut open = listens(&self.files.start("proc/net/tcp")?.bytes);
        match self.files.start("proc/net/tcp6") {
            Ok(start) => open |= listens(&start.bytes),
            Err(Reason::Absent) => {}
            Err(reason) => return Err(reason),
        }
        Ok(open.then(|| sign(RootKind::RemoteShell, "TCP port 22")).into_iter().collect())
    }
}

fn sign(kind: RootKind, seen: &str) -> RootSign {
    RootSign { kind, seen: Text::clipped(seen) }
}

/// Whether the table has a socket that listens on the remote shell's port, on more than the device itself.
fn listens(table: &[u8]) -> bool {
    String::from_utf8_lossy(table).lines().skip(1).any(|row| {
        let mut fields = row.split_whitespace().skip(1);
        let (Some(local), Some(_), Some(state)) = (fields.next(), fields.next(), fields.next()) else {
            return false;
        };
        let Some((address, port)) = local.rsplit_once(':') else {
            return false;
        };
        let loopback = match address.len() {
            8 => address.ends_with("7F"),
            // The kernel writes each of the four words of an address as a number of the processor's.
            _ => {
                let mapped = address.strip_prefix("0000000000000000FFFF0000");
                address == "00000000000000000000000001000000" || mapped.is_some_and(|v4| v4.ends_with("7F"))
            }
        };
        state == LISTENS && port == SSH_PORT && !loopback
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_open_shell_counts() {
        let table = |local: &str, state: &str| {
            format!("header\n   0: {local} 00000000:0000 {state} 0 0\n").into_bytes()
        };
        assert!(listens(&table("00000000:0016", "0A")));
        assert!(listens(&table("0200A8C0:0016", "0A")));
        assert!(listens(&table("00000000000000000000000000000000:0016", "0A")));
        assert!(!listens(&table("0100007F:0016", "0A")));
        assert!(!listens(&table("00000000000000000000000001000000:0016", "0A")));
        assert!(!listens(&table("0000000000000000FFFF00000100007F:0016", "0A")));
        assert!(listens(&table("0000000000000000FFFF00000200A8C0:0016", "0A")));
        assert!(listens(&table("0000000000000000000000000100007F:0016", "0A")));
        assert!(!listens(&table("00000000:0016", "01")));
        assert!(!listens(&table("00000000:0050", "0A")));
        assert!(!listens(b"\nnonsense\n\xff\n"));
    }
}
