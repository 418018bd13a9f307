//! Simulated phones on disk: for each a state, as the agent writes it, and its keys.

use crate::model::Model;
use crate::phone::{Phone, StoredKey};
use crate::world::World;
use anyhow::{Context as _, anyhow, bail};
use muster_agent::core::{State, Stored};
use muster_proto::id::{hex, unhex};
use muster_proto::key::SoftwareKey;
use std::path::{Path, PathBuf};

/// A folder of phones.
pub struct Folder(PathBuf);

impl Folder {
    /// Opens the folder, and makes it where it isn't there.
    ///
    /// # Errors
    /// It can't be made.
    pub fn open(path: &Path) -> anyhow::Result<Self> {
        std::fs::create_dir_all(path).with_context(|| format!("make {}", path.display()))?;
        Ok(Self(path.to_owned()))
    }

    /// Numbers of the phones in it, in their order.
    ///
    /// # Errors
    /// It can't be read.
    pub fn numbers(&self) -> anyhow::Result<Vec<u64>> {
        let mut numbers = Vec::new();
        for entry in std::fs::read_dir(&self.0).with_context(|| format!("read {}", self.0.display()))? {
            let name = entry?.file_name();
            let name = name.to_string_lossy();
            numbers.extend(
                name.strip_prefix("phone-")
                    .and_then(|rest| rest.strip_suffix(".state"))
                    .and_then(|nth| nth.parse::<u64>().ok()),
            );
        }
        numbers.sort_unstable();
        Ok(numbers)
    }

    /// Reads a phone.
    ///
    /// # Errors
    /// Its files are not what was written.
    pub fn load(&self, nth: u64, seed: u64, world: &World) -> anyhow::Result<Phone> {
        let state = self.path(nth, "state");
        let bytes = std::fs::read(&state).with_context(|| format!("read {}", state.display()))?;
        let Stored::Enrolled(state) =
            Stored::from_bytes(&bytes).with_context(|| format!("read {}", state.display()))?
        else {
            bail!("{} is not enrolled", state.display());
        };
        let keys = self.path(nth, "keys");
        let text = std::fs::read_to_string(&keys).with_context(|| format!("read {}", keys.display()))?;
        let keys: anyhow::Result<Vec<StoredKey>> = text.lines().map(|line| read_key(line, world)).collect();
        let model = Model::draw(seed, nth, &world.catalogue, world.clocks().wall);
        Ok(Phone::new(*state, keys?, model))
    }

    /// Writes a phone that has just enrolled.
    ///
    /// # Errors
    /// The disk refuses.
    pub fn save(&self, nth: u64, phone: &Phone) -> anyhow::Result<()> {
        self.save_keys(nth, &phone.keys)?;
        self.save_state(nth, phone.state.clone())
    }

    pub(crate) fn save_state(&self, nth: u64, state: State) -> anyhow::Result<()> {
        self.write(nth, "state", &Stored::Enrolled(Box::new(state)).to_bytes())
    }

    pub(crate) fn save_keys(&self, nth: u64, keys: &[StoredKey]) -> anyhow::Result<()> {
        let lines: Vec<String> = keys.iter().map(|(_, pkcs8)| hex(pkcs8)).collect();
        self.write(nth, "keys", lines.join("\n").as_bytes())
    }

    /// Whole or not at all, should the simulator be killed; without the flushes of a real phone, which would measure our own disk.
    fn write(&self, nth: u64, kind: &str, bytes: &[u8]) -> anyhow::Result<()> {
        let (path, new) = (self.path(nth, kind), self.path(nth, &format!("{kind}.new")));
        std::fs::write(&new, bytes)
            .and_then(|()| std::fs::rename(&new, &path))
            .with_context(|| format!("write {}", path.display()))
    }

    fn path(&self, nth: u64, kind: &str) -> PathBuf {
        self.0.join(format!("phone-{nth:06}.{kind}"))
    }
}

fn read_key(line: &str, world: &World) -> anyhow::Result<StoredKey> {
    let pkcs8 = unhex(line).ok_or_else(|| anyhow!("a key is not hexadecimal"))?;
    Ok((SoftwareKey::from_pkcs8(&pkcs8, world.random.clone())?, pkcs8))
}
