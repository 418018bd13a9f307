//! Which database the server of a data folder has, noted in the folder: whoever backs up, restores or checks by hand may not see the variable
//! that names it to the service, and would take the folder's own file for it.

use std::io::Write as _;
use std::path::Path;
use std::{fs, io};
use tokio_postgres::config::Host;

use super::Place;

/// The note, in the data folder.
const NOTE: &str = "database";

impl Place {
    /// `sqlite` or `postgresql`.
    #[must_use]
    pub const fn engine(&self) -> &'static str {
        match self {
            Self::File(_) => "sqlite",
            Self::Postgres(_) => "postgresql",
        }
    }

    /// The engine, and in PostgreSQL where it is: never a password.
    #[must_use]
    pub fn shown(&self) -> String {
        let Self::Postgres(url) = self else { return self.engine().to_owned() };
        let Ok(config) = url.parse::<tokio_postgres::Config>() else { return self.engine().to_owned() };
        let host = |host: &Host| match host {
            Host::Tcp(name) => name.clone(),
            Host::Unix(folder) => folder.display().to_string(),
        };
        let hosts: Vec<String> = config.get_hosts().iter().map(host).collect();
        let name = config.get_dbname().or(config.get_user()).unwrap_or_default();
        format!("{} {}/{name}", self.engine(), hosts.join(","))
    }
}

/// Notes that the server of the folder has this database.
///
/// # Errors
/// The disk refuses.
pub fn note(data: &Path, place: &Place) -> io::Result<()> {
    let aside = data.join("database.new");
    let mut file = fs::File::create(&aside)?;
    writeln!(file, "{}", place.shown())?;
    file.sync_all()?;
    fs::rename(aside, data.join(NOTE))
}

/// What is noted, where it is of another engine than `place`.
///
/// # Errors
/// It can't be read.
pub fn noted_otherwise(data: &Path, place: &Place) -> io::Result<Option<String>> {
    let noted = match fs::read_to_string(data.join(NOTE)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        read => read?,
    };
    let noted = noted.trim();
    let engine = noted.split(' ').next().unwrap_or_default();
    Ok((engine != place.engine()).then(|| noted.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_tells_engines_apart_and_has_no_password() {
        let folder = tempfile::tempdir().expect("a folder");
        let data = folder.path();
        let file = Place::File(data.join("muster.db"));
        let database = Place::Postgres("postgres://muster:secret@db.example:5433/fleet".to_owned());
        assert_eq!(noted_otherwise(data, &file).expect("no note"), None);
        note(data, &database).expect("noted");
        let text = fs::read_to_string(data.join(NOTE)).expect("a note");
        assert_eq!(text, "postgresql db.example/fleet\n");
        let other = noted_otherwise(data, &file).expect("a note");
        assert_eq!(other.as_deref(), Some("postgresql db.example/fleet"));
        assert_eq!(noted_otherwise(data, &database).expect("a note"), None);
        note(data, &file).expect("noted");
        assert_eq!(noted_otherwise(data, &database).expect("a note").as_deref(), Some("sqlite"));
    }
}
