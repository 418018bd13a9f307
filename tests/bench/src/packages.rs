//! A package database as large as a phone's: made-up packages with many files each, in RPM's SQLite form.

use anyhow::Context as _;
use std::path::Path;

/// Files of one package: with their digests some 30 kB of header, as on phones.
const FILES: usize = 300;
const INT32: u32 = 4;
const TEXT: u32 = 6;
const TEXTS: u32 = 8;

/// Writes a database with so many packages below a root.
pub fn lay_out(root: &Path, packages: usize) -> anyhow::Result<()> {
    let folder = root.join("var/lib/rpm");
    std::fs::create_dir_all(&folder).context("make the folder of the package database")?;
    let mut database = rusqlite::Connection::open(folder.join("rpmdb.sqlite"))?;
    database.execute_batch(
        "CREATE TABLE Packages (hnum INTEGER PRIMARY KEY AUTOINCREMENT, blob BLOB NOT NULL)",
    )?;
    let change = database.transaction()?;
    for nth in 0..packages {
        change.execute("INSERT INTO Packages (blob) VALUES (?1)", [header(nth)?])?;
    }
    Ok(change.commit()?)
}

/// The header of one package: counts, then an entry for each tag, then what they say.
fn header(nth: usize) -> anyhow::Result<Vec<u8>> {
    let name = format!("example-package-{nth}");
    let files: Vec<String> = (0..FILES).map(|file| format!("file-{file}-of-{nth}")).collect();
    let digests = vec!["46d199a136a1ea3f7d6610297c895d9e8325ad482348c0dd93e825139a8a64a7".to_owned(); FILES];
    let mut made = Header::default();
    made.add(1116, INT32, FILES, &[0; 4 * FILES])?;
    made.add(5011, INT32, 1, &8_u32.to_be_bytes())?;
    made.add(1000, TEXT, 1, &ended(std::slice::from_ref(&name)))?;
    made.add(1001, TEXT, 1, &ended(&["1.0".to_owned()]))?;
    made.add(1002, TEXT, 1, &ended(&["1".to_owned()]))?;
    made.add(1118, TEXTS, 1, &ended(&[format!("/usr/share/{name}/")]))?;
    made.add(1117, TEXTS, FILES, &ended(&files))?;
    made.add(1035, TEXTS, FILES, &ended(&digests))?;
    made.whole()
}

fn ended(texts: &[String]) -> Vec<u8> {
    texts.iter().flat_map(|text| text.bytes().chain([0])).collect()
}

#[derive(Default)]
struct Header {
    entries: Vec<u8>,
    store: Vec<u8>,
}

impl Header {
    fn add(&mut self, tag: u32, kind: u32, count: usize, bytes: &[u8]) -> anyhow::Result<()> {
        let (offset, count) = (u32::try_from(self.store.len())?, u32::try_from(count)?);
        for number in [tag, kind, offset, count] {
            self.entries.extend(number.to_be_bytes());
        }
        self.store.extend(bytes);
        Ok(())
    }

    fn whole(self) -> anyhow::Result<Vec<u8>> {
        let (entries, store) = (u32::try_from(self.entries.len() / 16)?, u32::try_from(self.store.len())?);
        Ok([&entries.to_be_bytes()[..], &store.to_be_bytes(), &self.entries, &self.store].concat())
    }
}
