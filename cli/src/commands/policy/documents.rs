//! Policy documents as a repository keeps them: files, and folders with files, in an order that is the same everywhere.

use crate::output::{WrongUse, read_file};
use anyhow::Context as _;
use std::path::{Path, PathBuf};

/// What is planned or applied.
#[derive(clap::Args)]
pub struct Documents {
    /// Policies in YAML or JSON: files, folders (each *.yaml, *.yml and *.json in them and below), or `-` for standard input
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// Remove from each policy what its document no longer names
    #[arg(long)]
    pub prune: bool,
}

/// A document that was read.
pub struct Document {
    /// Where it was read.
    pub path: PathBuf,
    /// The document.
    pub body: Vec<u8>,
}

/// Longest policy that the server takes.
const MAX_DOCUMENT: u64 = 1024 * 1024;
/// Folders in folders: beyond this it is a link that leads back.
const MAX_DEPTH: usize = 16;
const ENDINGS: [&str; 3] = ["yaml", "yml", "json"];

impl Documents {
    /// Reads all, before any of it is sent.
    pub fn read(&self) -> anyhow::Result<Vec<Document>> {
        let mut paths = Vec::new();
        for file in &self.files {
            if file.is_dir() {
                let before = paths.len();
                collect(file, MAX_DEPTH, &mut paths)?;
                if paths.len() == before {
                    return Err(WrongUse(format!("{} has no *.yaml, *.yml or *.json", file.display())).into());
                }
            } else {
                paths.push(file.clone());
            }
        }
        paths.into_iter().map(|path| Ok(Document { body: read_file(&path, MAX_DOCUMENT)?, path })).collect()
    }

    /// Whether one file was named: what is printed is about it alone.
    pub fn is_one_file(&self) -> bool {
        matches!(self.files.as_slice(), [one] if !one.is_dir())
    }
}

impl Document {
    /// Reads one.
    pub fn open(path: &Path) -> anyhow::Result<Self> {
        Ok(Self { body: read_file(path, MAX_DOCUMENT)?, path: path.to_owned() })
    }

    /// How it is written.
    pub fn media_type(&self) -> &'static str {
        let json = self.path.extension().is_some_and(|ending| ending == "json");
        if json { "application/json" } else { "text/yaml" }
    }
}

/// Files of a folder and of those in it, by name. What begins with a dot is a tool's (`.git`, `.gitlab-ci.yml`) and no policy.
fn collect(folder: &Path, depth: usize, paths: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    let attempt = || format!("read {}", folder.display());
    let entries = std::fs::read_dir(folder).with_context(attempt)?;
    let mut entries =
        entries.map(|entry| Ok(entry?.path())).collect::<std::io::Result<Vec<_>>>().with_context(attempt)?;
    entries.sort();
    for path in entries {
        let hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
        let policy = path.extension().is_some_and(|ending| ENDINGS.iter().any(|known| ending == *known));
        if hidden {
            continue;
        }
        if path.is_dir() && depth > 0 {
            collect(&path, depth - 1, paths)?;
        } else if policy && path.is_file() {
            paths.push(path);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repository_is_read_in_the_same_order_everywhere() {
        let folder = tempfile::tempdir().expect("a folder");
        let at = |name: &str| folder.path().join(name);
        std::fs::create_dir_all(at("b/.git")).expect("folders");
        for name in ["c.yaml", "a.yml", "b/z.json", "b/.git/x.yaml", ".gitlab-ci.yml", "README.md"] {
            std::fs::write(at(name), name).expect("a file");
        }
        let read = |files: Vec<PathBuf>| Documents { files, prune: false }.read();
        let paths =
            |files| -> Vec<PathBuf> { read(files).expect("read").into_iter().map(|one| one.path).collect() };
        assert_eq!(paths(vec![folder.path().to_owned()]), [at("a.yml"), at("b/z.json"), at("c.yaml")]);
        assert_eq!(paths(vec![at("c.yaml"), at("b")]), [at("c.yaml"), at("b/z.json")]);
        assert!(read(vec![at("b/.git")]).is_ok());
        assert!(read(vec![at("missing.yaml")]).is_err());
        std::fs::create_dir(at("empty")).expect("a folder");
        assert!(read(vec![at("empty")]).err().expect("nothing in it").is::<WrongUse>());
    }
}
