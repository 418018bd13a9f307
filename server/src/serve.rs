//! From a configuration to a server that answers.

use anyhow::Context as _;
use ring::rand::SystemRandom;
use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::net::SocketAddr;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::app::{App, Parts};
use crate::audit;
use crate::auth;
use crate::clock::Clock;
use crate::config::{Config, package_address, reached};
use crate::error::ActionError;
use crate::http::{self, listen};
use crate::judge;
use crate::keys::Keys;
use crate::live::Event;
use crate::packages::{self, Shelf};
use crate::store::Store;

/// Serves until `stop` becomes true. What scripts wait for is written to `out`: the first administrator's link once, then `ready`.
///
/// # Errors
/// It can't be started.
pub async fn serve(
    config: Config,
    clock: Arc<dyn Clock>,
    random: SystemRandom,
    out: &mut (dyn Write + Send),
    stop: watch::Receiver<bool>,
) -> anyhow::Result<()> {
    let _lock = open_folder(&config.data)?;
    let listener =
        TcpListener::bind(config.listen).await.with_context(|| format!("listen on {}", config.listen))?;
    let bound = reached(listener.local_addr().context("ask for the address")?);
    let keys =
        Keys::open(&config.data, &config.names(), clock.now(), &random).context("open the server's keys")?;
    let (place, now) = (config.place.clone(), clock.now());
    let store =
        tokio::task::spawn_blocking(move || Store::open(&place, now)).await?.context("open the store")?;
    let authority =
        config.public.as_ref().map_or_else(|| bound.to_string(), |public| public.authority().to_owned());
    let tls = Arc::new(tls(&keys)?);
    let plain = package_listener(&config).await?;
    let download = plain.as_ref().map(|(_, bound)| package_address(*bound, &authority));
    let packages = Shelf::new(&config.data, download);
    let app = App::new(Parts { store: store.clone(), keys, clock, random, packages, authority })
        .await
        .context("read the policies in force and the list of packages")?;

    // on a full disk reports are still answered, and the first start fails at the next line
    noted("starts", audit::started(&app).await);
    auth::local_admin(&app, &config.data).await.context("prepare the local administrator")?;
    let sign_in = auth::first_sign_in(&app).await.context("make the first administrator's link")?;
    write_address(&config.data, &format!("https://{bound}\n")).context("write the address")?;

    let clock_loop = tokio::spawn(judge::keep_time(Arc::clone(&app)));
    let watch = tokio::spawn(packages::keep_watch(Arc::clone(&app)));
    let mut stopping = stop.clone();
    let ending = Arc::clone(&app);
    tokio::spawn(async move {
        // the sender is dropped only when the program ends
        stopping.wait_for(|stop| *stop).await.ok();
        ending.hub.close_all();
        ending.events.tell(Event::Stopping);
    });
    if let Some(link) = sign_in {
        writeln!(out, "sign-in {link}")?;
    }
    if let Some(address) = app.packages.download() {
        writeln!(out, "package {address}")?;
    }
    writeln!(out, "ready https://{bound}")?;
    out.flush()?;
    let few = listen::Limits {
        connections: 256,
        each: 16,
        life: Some(Duration::from_secs(40 * 60)),
        ..listen::Limits::default()
    };
    let package = async {
        if let Some((listener, _)) = plain {
            listen::serve(listener, None, http::package::alone(Arc::clone(&app)), few, stop.clone()).await;
        }
    };
    let all = listen::serve(listener, Some(tls), http::router(&app), listen::Limits::default(), stop.clone());
    tokio::join!(all, package);

    clock_loop.abort();
    watch.abort();
    noted("stops", audit::stopping(&app).await);
    tokio::task::spawn_blocking(move || store.close()).await?;
    Ok(())
}

fn noted(what: &str, written: Result<(), ActionError>) {
    if let Err(error) = written {
        tracing::error!(
            error = &error as &dyn std::error::Error,
            "it could not be written down that the server {what}"
        );
    }
}

/// The listener for the package alone, and where it is.
async fn package_listener(config: &Config) -> anyhow::Result<Option<(TcpListener, SocketAddr)>> {
    let Some(at) = config.package_listen else { return Ok(None) };
    let listener =
        TcpListener::bind(at).await.with_context(|| format!("listen on {at} for the agent's package"))?;
    let bound = listener.local_addr().context("ask for the package listener's address")?;
    Ok(Some((listener, bound)))
}

/// Makes the folder, and locks it: two servers on one folder would each believe that theirs is the truth.
fn open_folder(data: &Path) -> anyhow::Result<File> {
    let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(data);
    made.with_context(|| format!("make {}", data.display()))?;
    let path = data.join("lock");
    let lock = OpenOptions::new().create(true).truncate(false).write(true).open(&path);
    let lock = lock.with_context(|| format!("open {}", path.display()))?;
    lock.try_lock().with_context(|| format!("another server runs on {}", data.display()))?;
    Ok(lock)
}

fn tls(keys: &Keys) -> anyhow::Result<rustls::ServerConfig> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .context("choose TLS versions")?
        .with_no_client_auth()
        .with_cert_resolver(Arc::clone(&keys.certificate) as Arc<dyn rustls::server::ResolvesServerCert>);
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}

fn write_address(data: &Path, address: &str) -> std::io::Result<()> {
    let aside = data.join("address.new");
    fs::write(&aside, address)?;
    fs::rename(aside, data.join("address"))
}
