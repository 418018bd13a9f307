//! Reading the configuration's file. Whatever is wrong in it is said with its file, line and key.

use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};

use super::Raw;

/// The file that is read where no other is named; it need not be there.
pub const USUAL_FILE: &str = "/etc/muster/server.toml";

/// A configuration that makes no sense.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file can't be read.
    #[error("read the configuration {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Something in the file is wrong.
    #[error("{}, line {line}: {why}", path.display())]
    Flawed {
        /// The file.
        path: PathBuf,
        /// The line, from 1 on.
        line: usize,
        /// What is wrong, with its key.
        why: String,
    },
    /// A key without which nothing works has no value anywhere.
    #[error("{0} is not set")]
    Missing(&'static str),
    /// A key that makes no sense without another.
    #[error("{0} needs {1}")]
    Needs(&'static str, &'static str),
    /// A certificate where nothing shows one.
    #[error("{0} is set, and {1} is off")]
    Clash(&'static str, &'static str),
    /// Nobody knows what the certificate is for.
    #[error(
        "{1} is not set, and the certificate that {0} shows is not the server's own: say for which address it is"
    )]
    NoName(&'static str, &'static str),
    /// Secrets would go over a network without TLS.
    #[error(
        "{0} would speak in the clear with everybody: take a loopback address, or name the proxies in trusted-proxies"
    )]
    InTheClear(&'static str),
}

/// What is written in `file` (or in the usual one, where none is named), beneath what was written elsewhere.
///
/// # Errors
/// A file that is named isn't there; one that is there can't be read or is flawed.
pub fn read(file: Option<&Path>, above: Raw) -> Result<Raw, ConfigError> {
    let path = file.unwrap_or(Path::new(USUAL_FILE));
    match std::fs::read_to_string(path) {
        Ok(text) => {
            let written = parse(path, &text)?;
            Ok(above.or(written.seen_from(path.parent().unwrap_or(Path::new("")))))
        }
        Err(error) if file.is_none() && error.kind() == io::ErrorKind::NotFound => Ok(above),
        Err(source) => Err(ConfigError::Read { path: path.to_owned(), source }),
    }
}

fn parse(path: &Path, text: &str) -> Result<Raw, ConfigError> {
    toml::from_str(text).map_err(|error| {
        let at = error.span().unwrap_or_default();
        let line = text[..at.start.min(text.len())].matches('\n').count() + 1;
        let said = error.message().trim().replace('\n', ", ");
        let why = match key_at(text, &at) {
            Some(key) if !said.contains(&format!("`{key}`")) => format!("{key}: {said}"),
            _ => said,
        };
        ConfigError::Flawed { path: path.to_owned(), line, why }
    })
}

/// The key to which the text at a place belongs: the last that begins a line there or before.
fn key_at(text: &str, at: &Range<usize>) -> Option<String> {
    let end = text[at.start.min(text.len())..].find('\n').map_or(text.len(), |length| at.start + length);
    text[..end].lines().rev().find_map(|line| {
        let (key, _) = line.split_once('=')?;
        let key = key.trim();
        let is_key = !key.is_empty()
            && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
        is_key.then(|| key.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::SocketAddr;

    fn said(text: &str) -> String {
        parse(Path::new("server.toml"), text).expect_err("refused").to_string()
    }

    #[test]
    fn what_is_wrong_is_said_with_its_file_line_and_key() {
        let unknown = said("# a comment\nlisten = \"127.0.0.1:1\"\nlissten = 1\n");
        assert!(unknown.starts_with("server.toml, line 3: unknown field `lissten`, expected "), "{unknown}");
        let address = said("data = \"d\"\n\n  listen = \"127.0.0.1\"\n");
        assert_eq!(address, "server.toml, line 3: listen: invalid socket address syntax");
        let kind = said("listen = 8443\n");
        assert!(kind.starts_with("server.toml, line 1: listen: invalid type: integer `8443`"), "{kind}");
        let url = said("public-url = \"http://a\"");
        assert_eq!(
            url,
            "server.toml, line 1: public-url: \"http://a\" is not https://HOST or https://HOST:PORT"
        );
        let twice = said("data = \"a\"\ndata = \"b\"\n");
        assert!(twice.starts_with("server.toml, line 2: data: duplicate key"), "{twice}");
        let few = said("drain = 1\nconnections = 0\n");
        assert_eq!(few, "server.toml, line 2: connections: it is not a number from 16 to 4294967295");
        let long = said("drain = 601\n");
        assert_eq!(long, "server.toml, line 1: drain: it is not a number from 0 to 600");
        assert!(said("data = \n").starts_with("server.toml, line 1: data: "), "{}", said("data = \n"));
    }

    #[test]
    fn what_is_written_elsewhere_stands_above_the_file() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("server.toml");
        std::fs::write(&path, "data = \"d\"\nlisten = \"127.0.0.1:1\"\n").expect("write");
        let port = |port| Some(SocketAddr::from(([127, 0, 0, 1], port)));
        let read = read(Some(&path), Raw { listen: port(2), ..Raw::default() }).expect("a configuration");
        assert_eq!(read.listen, port(2));
        assert_eq!(read.data, Some(folder.path().join("d")), "meant from the file's folder on");
    }

    #[test]
    fn a_file_that_is_named_must_be_there() {
        let error = read(Some(Path::new("no/such.toml")), Raw::default()).expect_err("refused");
        assert_eq!(error.to_string(), "read the configuration no/such.toml");
    }
}
