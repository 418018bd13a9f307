//! The local administrator: whoever may read `local-admin.token` in the data folder may administer the server that runs on it.

use serde_json::json;
use std::fs;
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use super::secret::Secret;
use super::{Actor, Grant, token};
use crate::app::App;
use crate::audit::{self, Act};
use crate::error::ActionError;

/// Why the local administrator's token could not be read or made.
#[derive(Debug, thiserror::Error)]
pub enum AuthFileError {
    /// The file could not be read.
    #[error("read {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file could not be written.
    #[error("write {}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The token could not be made.
    #[error("make the local administrator's token")]
    Make(#[from] ActionError),
}

const FILE: &str = "local-admin.token";

/// Makes sure that the file in `folder` is there and its token holds. A file that was lost or changed is made anew, and the old token
/// ends with it.
///
/// # Errors
/// The file can't be read or written; the store's.
pub async fn local_admin(app: &App, folder: &Path) -> Result<(), AuthFileError> {
    let path = folder.join(FILE);
    let present = match fs::read_to_string(&path) {
        Ok(text) => Secret::presented(text.trim()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(source) => return Err(AuthFileError::Read { path, source }),
    };
    let now = app.now();
    if let Some(secret) = present {
        let name = app.store.read(move |tx| Ok::<_, ActionError>(token::find(tx, &secret, now)?)).await?;
        if name.as_deref() == Some(token::LOCAL_ADMIN) {
            return Ok(());
        }
    }
    let secret = Secret::draw(&app.random).map_err(ActionError::from)?;
    write(&path, secret.text()).map_err(|source| AuthFileError::Write { path, source })?;
    app.store
        .write(move |tx| {
            let ended = token::revoke(tx, token::LOCAL_ADMIN)?;
            token::add(tx, token::LOCAL_ADMIN, &secret, now, None, &[Grant::EVERYTHING])?;
            let act = Act::new("token.make", "token:local-admin")
                .before(json!({ "tokens": ended }))
                .after(json!({ "tokens": 1, "expires": null }));
            audit::append(tx, now, &Actor::system("start"), act)
        })
        .await
        .map_err(ActionError::from)?;
    Ok(())
}

/// Readable by its owner alone from the first byte on.
fn write(path: &Path, text: &str) -> io::Result<()> {
    let aside = path.with_extension("new");
    fs::remove_file(&aside)
        .or_else(|error| if error.kind() == io::ErrorKind::NotFound { Ok(()) } else { Err(error) })?;
    let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&aside)?;
    writeln!(file, "{text}")?;
    file.sync_all()?;
    fs::rename(&aside, path)
}
