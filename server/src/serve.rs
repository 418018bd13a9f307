//! From a configuration to a server that answers.

use anyhow::Context as _;
use ring::rand::SystemRandom;
use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

use crate::app::{App, Parts};
use crate::audit;
use crate::auth;
use crate::backup;
use crate::certificates::{self, fingerprint};
use crate::check;
use crate::clock::Clock;
use crate::config::{Config, package_address};
use crate::doors::Doors;
use crate::error::ActionError;
use crate::hooks;
use crate::judge;
use crate::keys::Keys;
use crate::live::Event;
use crate::log::Levels;
use crate::mail::{self, Mailer};
use crate::notify;
use crate::outside::{self, ldap::Directory, oidc::Provider};
use crate::packages::{self, Shelf};
use crate::register::carriers;
use crate::retention;
use crate::store::{self, Store};

/// Serves until `asked` becomes true. What scripts wait for is written to `out`: the first administrator's link once, then `ready`.
///
/// # Errors
/// It can't be started.
pub async fn serve(
    config: Config,
    clock: Arc<dyn Clock>,
    random: SystemRandom,
    levels: Levels,
    out: &mut (dyn Write + Send),
    asked: watch::Receiver<bool>,
) -> anyhow::Result<()> {
    let _lock = open_folder(&config.data).await?;
    let doors = Doors::bind(&config).await?;
    let mut keys = Keys::open(&config.data, &config.phones.names(), clock.now(), &random)
        .context("open the server's keys")?;
    let (place, now) = (config.place.clone(), clock.now());
    let store = tokio::task::spawn_blocking(move || Store::open_alone(&place, now))
        .await?
        .context("open the store")?;
    note_database(&config);
    let shown = doors.shown(&config, &mut keys, &store, now).await?;
    let reached = doors.reached(&config, &shown);
    let download = doors.package.as_ref().map(|(_, bound)| package_address(*bound, &reached.phones));
    let packages = Shelf::new(&config.data, download);
    let given = shown.given();
    let hangup = signal(SignalKind::hangup()).context("listen for SIGHUP")?;
    let tls = shown.tls(&keys)?;
    let data = config.data.clone();
    let outbound = hooks::Outbound::new(config.hooks.clone()).context("open the CA for hooks")?;
    let mailer = config.mail.as_ref().map(Mailer::new).transpose().context("set up mail")?;
    let provider = config
        .oidc
        .clone()
        .map(Provider::new)
        .transpose()
        .context("set up the provider of OpenID Connect")?;
    let directory = config.ldap.clone().map(Directory::new).transpose().context("set up the directory")?;
    let parts = Parts {
        store: store.clone(),
        keys,
        clock,
        random,
        packages,
        reached,
        data,
        levels,
        outbound,
        mailer,
        retention: config.retention,
        smallest_group: config.smallest_group,
        provider,
        directory,
    };
    let app = App::new(parts).await.context("read the policies in force and the list of packages")?;

    // on a full disk reports are still answered, and the first start fails at the next line
    noted("starts", audit::started(&app).await);
    auth::local_admin(&app, &config.data).await.context("prepare the local administrator")?;
    noted("takes what groups give no more", outside::settle(&app).await);
    check::warn(&app, &config).await;
    let sign_in = auth::first_sign_in(&app).await.context("make the first administrator's link")?;
    let near = doors.near(&config);
    write_address(&config.data, &format!("{near}\n")).context("write the address")?;

    let clock_loop = tokio::spawn(judge::keep_time(Arc::clone(&app)));
    let watch = tokio::spawn(packages::keep_watch(Arc::clone(&app)));
    let telling = tokio::spawn(hooks::keep_telling(Arc::clone(&app)));
    let writing = tokio::spawn(mail::keep_writing(Arc::clone(&app)));
    let keeping = tokio::spawn(retention::keep_watch(Arc::clone(&app)));
    let comparing = tokio::spawn(carriers::keep_comparing(Arc::clone(&app)));
    let renewals = tokio::spawn(certificates::keep_watch(given, Arc::clone(&app.clock), hangup));
    let stop = stop_later(Arc::clone(&app), asked, config.drain);
    if let Some(link) = sign_in {
        writeln!(out, "sign-in {link}")?;
        tell_of_the_warning(&app, out)?;
    }
    if let Some(address) = app.packages.download() {
        writeln!(out, "package {address}")?;
    }
    if doors.people.is_some() {
        writeln!(out, "people {near}")?;
    }
    if let Some((_, bound)) = &doors.watchers {
        writeln!(out, "metrics http://{bound}/metrics")?;
    }
    writeln!(out, "ready {}", doors.ready(&config))?;
    out.flush()?;
    if let Some(socket) = std::env::var_os("NOTIFY_SOCKET")
        && let Err(error) = notify::ready(&socket)
    {
        tracing::warn!(
            error = &error as &dyn std::error::Error,
            "systemd was not told that the server is ready"
        );
    }
    doors.serve(&app, tls, config, &stop).await;

    clock_loop.abort();
    watch.abort();
    telling.abort();
    writing.abort();
    keeping.abort();
    comparing.abort();
    renewals.abort();
    noted("stops", audit::stopping(&app).await);
    tokio::task::spawn_blocking(move || store.close()).await?;
    Ok(())
}

/// Notes which database it is for those who back up by hand. A full disk does not keep the server from answering.
fn note_database(config: &Config) {
    let (data, place) = (&config.data, &config.place);
    if let Ok(Some(before)) = store::noted_otherwise(data, place) {
        tracing::warn!(before, now = place.shown(), "the server has another database than before");
    }
    if let Err(error) = store::note(data, place) {
        tracing::warn!(%error, "it could not be noted which database the server has");
    }
}

fn noted(what: &str, written: Result<(), ActionError>) {
    if let Err(error) = written {
        tracing::error!(
            error = &error as &dyn std::error::Error,
            "it could not be written down that the server {what}"
        );
    }
}

/// Browsers don't know a CA of our own: what they will show instead is said beside the link.
fn tell_of_the_warning(app: &App, out: &mut (dyn Write + Send)) -> std::io::Result<()> {
    let Some(certificate) = app.reached.shown.unknown_to_browsers() else { return Ok(()) };
    writeln!(
        out,
        "note the browser will warn on the first visit: it does not know this server's own CA; compare the SHA-256 fingerprint that it shows, \
         or import ca.pem from the data folder"
    )?;
    writeln!(out, "certificate-sha256 {}", fingerprint(certificate))?;
    writeln!(out, "ca-sha256 {}", fingerprint(app.keys.ca.digest))
}

/// From the moment at which the server was asked to stop it says that it is not ready; after `drain` it stops.
fn stop_later(app: Arc<App>, mut asked: watch::Receiver<bool>, drain: Duration) -> watch::Receiver<bool> {
    let (stop, stopping) = watch::channel(false);
    tokio::spawn(async move {
        // the sender is dropped only when the program ends
        asked.wait_for(|asked| *asked).await.ok();
        app.health.stop();
        tokio::time::sleep(drain).await;
        app.hub.close_all();
        app.events.tell(Event::Stopping);
        stop.send_replace(true);
    });
    stopping
}

/// Makes the folder, and locks it.
async fn open_folder(data: &Path) -> anyhow::Result<File> {
    let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(data);
    made.with_context(|| format!("make {}", data.display()))?;
    let lock = lock_once_free(data).await?;
    anyhow::ensure!(
        !backup::is_half_restored(data),
        "a restore into {} did not get through: run `muster-server restore` again, with --replace",
        data.display()
    );
    Ok(lock)
}

/// Locks the folder: two servers on one folder would each believe that theirs is the truth.
///
/// # Errors
/// Somebody else has.
pub fn lock(data: &Path) -> anyhow::Result<File> {
    let path = data.join("lock");
    let lock = OpenOptions::new().create(true).truncate(false).write(true).open(&path);
    let lock = lock.with_context(|| format!("open {}", path.display()))?;
    lock.try_lock().with_context(|| format!("another server runs on {}", data.display()))?;
    Ok(lock)
}

/// The same with some patience: `muster-server check` holds the lock for the moment in which it looks.
async fn lock_once_free(data: &Path) -> anyhow::Result<File> {
    for _ in 0..LOOKS {
        if let Ok(lock) = lock(data) {
            return Ok(lock);
        }
        tokio::time::sleep(A_LOOK).await;
    }
    lock(data)
}

fn write_address(data: &Path, address: &str) -> std::io::Result<()> {
    let aside = data.join("address.new");
    fs::write(&aside, address)?;
    fs::rename(aside, data.join("address"))
}

/// So often the lock is tried again, and after so long each time.
const LOOKS: u32 = 10;
const A_LOOK: Duration = Duration::from_millis(20);

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_look_at_the_lock_keeps_no_server_from_starting() {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path();
        drop(lock(data).unwrap());
        let looking = File::open(data.join("lock")).unwrap();
        looking.try_lock_shared().unwrap();
        // the second begins when the first has found the lock taken
        let (started, ()) = tokio::join!(lock_once_free(data), async { drop(looking) });
        let server = started.unwrap();
        let second = lock_once_free(data).await.unwrap_err().to_string();
        assert!(second.contains("another server runs on"), "{second}");
        drop(server);
    }
}
