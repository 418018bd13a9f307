//! What may be written. The comments on the keys are the one source: the command line's help, the commented file and the page about
//! configuration are made of them.

use clap::Args;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use super::values::{DatabaseUrl, LogFilter, PublicUrl};

/// The keys. Each is also an option of the command line (`--KEY`) and a variable of the environment (`MUSTER_KEY`).
#[derive(Debug, Clone, Default, PartialEq, Eq, Args, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Raw {
    /// Folder of the database and the keys; made if it isn't there
    ///
    /// Whoever can read it can administer the server: it belongs to the server's own user, and so does its backup.
    #[arg(long, env = "MUSTER_DATA", value_name = "DIR", help_heading = STORE)]
    pub data: Option<PathBuf>,

    /// A PostgreSQL database instead of a file in the data folder: `postgres://…`
    ///
    /// The data folder then has the keys alone.
    #[arg(long, env = "MUSTER_DATABASE", value_name = "URL", help_heading = STORE)]
    #[schemars(example = "postgres://muster:secret@db.example.org/muster")]
    pub database: Option<DatabaseUrl>,

    /// Address to listen on; port 0 takes a free one
    #[arg(long, env = "MUSTER_LISTEN", value_name = "ADDR", help_heading = ADDRESSES)]
    pub listen: Option<SocketAddr>,

    /// Where phones and people reach the server, if that is another address: `https://HOST[:PORT]`
    ///
    /// It is what links and QR codes say, and the server's certificate has its name.
    #[arg(long, env = "MUSTER_PUBLIC_URL", value_name = "URL", help_heading = ADDRESSES)]
    #[schemars(example = "https://muster.example.org:8443")]
    pub public_url: Option<PublicUrl>,

    /// Address of a listener without TLS, for the agent's Android package and nothing else
    ///
    /// A phone in set-up knows no CA of yours; what it takes there it checks by the digest in the QR code.
    #[arg(long, env = "MUSTER_PACKAGE_LISTEN", value_name = "ADDR", help_heading = ADDRESSES)]
    #[schemars(example = "0.0.0.0:8080")]
    pub package_listen: Option<SocketAddr>,

    /// What is logged to stderr: `error`, `warn`, `info`, `debug`, or a filter as `tracing-subscriber` reads it
    #[arg(long, env = "MUSTER_LOG", value_name = "FILTER", help_heading = LOG)]
    pub log: Option<LogFilter>,
}

const STORE: &str = "Store";
const ADDRESSES: &str = "Addresses";
const LOG: &str = "Log";

impl Raw {
    /// What holds where nothing is written.
    #[must_use]
    pub fn usual() -> Self {
        Self {
            data: Some(PathBuf::from("/var/lib/muster")),
            listen: Some(SocketAddr::from(([127, 0, 0, 1], 8443))),
            log: Some(LogFilter::default()),
            ..Self::default()
        }
    }

    /// These keys, and those that are missing from `beneath`.
    #[must_use]
    pub fn or(self, beneath: Self) -> Self {
        Self {
            data: self.data.or(beneath.data),
            database: self.database.or(beneath.database),
            listen: self.listen.or(beneath.listen),
            public_url: self.public_url.or(beneath.public_url),
            package_listen: self.package_listen.or(beneath.package_listen),
            log: self.log.or(beneath.log),
        }
    }

    /// Paths that were written in a file are meant from its folder on.
    #[must_use]
    pub(super) fn seen_from(self, folder: &Path) -> Self {
        Self { data: self.data.map(|path| folder.join(path)), ..self }
    }
}
