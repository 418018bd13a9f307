//! `/agent/android.apk` and `/agent/android.json`: the agent for Android, for phones in set-up and for those that look for a newer version.
//! `/agent/aurora.json` and `/agent/aurora/…`: the agent for Aurora OS, for whoever installs it.
//!
//! Whoever asks has not been let in, and gets nothing that is secret: the package is the same for everybody, and a phone takes it for its
//! signer's digest, which it has from the enrolment's QR code, or because it has that signer's package already.

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{self, Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Extension, Router};
use hyper::body::{Frame, SizeHint};
use muster_proto::id::{DeviceId, Digest};
use serde::{Deserialize, Serialize};
use std::io;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::fs::File;
use tokio::io::AsyncReadExt as _;
use tokio::sync::mpsc;

use super::admin::Query;
use super::device::peer;
use super::fault::Fault;
use super::places::{Place, Places};
use crate::app::App;
use crate::packages::{self, AuroraKind, AuroraPackage, Package};
use crate::problems::Code;

/// The address below that of the server.
const APK: &str = "/agent/android.apk";
/// Packages that are on their way at once from one listener; each takes a piece of memory and an open file.
const MOST: usize = 256;
/// So many of them for one address.
const EACH: usize = 8;
/// Every package has this time, and that of its bytes at the slowest rate; what takes longer is broken off, and a phone asks again.
const PATIENCE: Duration = Duration::from_secs(60);
/// Bytes in a second.
const SLOWEST: u64 = 16 * 1024;
/// A reader who takes nothing for so long has gone.
const STALLED: Duration = Duration::from_secs(60);
const PIECE: usize = 64 * 1024;

/// The routes beside those of the phones.
pub fn router(app: Arc<App>) -> Router {
    Router::new()
        .route(APK, get(apk))
        .route("/agent/android.json", get(about))
        .route("/agent/aurora.json", get(about_aurora))
        .route("/agent/aurora/{file}", get(rpm))
        .layer(Extension(Places::new(MOST, EACH)))
        .with_state(app)
}

/// The one file, for the listener without TLS.
pub fn alone(app: Arc<App>) -> Router {
    Router::new()
        .route(APK, get(apk))
        .fallback(async || StatusCode::NOT_FOUND)
        .method_not_allowed_fallback(async || StatusCode::NOT_FOUND)
        .layer(Extension(Places::new(MOST, EACH)))
        .with_state(app)
}

/// Which package. A device that names itself gets the version of its ring: its id decides that, and nothing else.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Asked {
    device: Option<DeviceId>,
    version_code: Option<u64>,
}

/// What a phone needs to know before it fetches a package.
#[derive(Debug, Serialize)]
struct About {
    version: String,
    version_code: u64,
    sha256: Digest,
    signer_sha256: Digest,
    size: u64,
}

impl Asked {
    fn package(&self, app: &App) -> Result<Package, Fault> {
        let found = match self.version_code {
            Some(code) => app.packages.version(code),
            None => app.packages.offer(self.device),
        };
        found.ok_or_else(|| Fault::of(Code::NoPackage))
    }
}

async fn about(State(app): State<Arc<App>>, Query(asked): Query<Asked>) -> Result<Response, Fault> {
    let package = asked.package(&app)?;
    if let (Some(device), None) = (asked.device, asked.version_code) {
        packages::offer_to(&app, device, &package).await?;
    }
    let Package { version, version_code, sha256, signer_sha256, size, .. } = package;
    let about = About { version, version_code, sha256, signer_sha256, size };
    Ok(([(header::CACHE_CONTROL, "no-cache")], axum::Json(about)).into_response())
}

/// A package for Aurora OS, and where it is.
#[derive(Debug, Serialize)]
struct AboutAurora {
    kind: AuroraKind,
    arch: String,
    version: String,
    release: String,
    sha256: Digest,
    size: u64,
    path: String,
}

async fn about_aurora(State(app): State<Arc<App>>) -> Response {
    let about = |package: AuroraPackage| AboutAurora {
        path: format!("/agent/aurora/{}", package.file()),
        kind: package.kind,
        arch: package.arch,
        version: package.version,
        release: package.release,
        sha256: package.sha256,
        size: package.size,
    };
    let packages: Vec<AboutAurora> = app.packages.current_aurora().into_iter().map(about).collect();
    let head = [(header::CACHE_CONTROL, "no-cache")];
    (head, axum::Json(serde_json::json!({ "packages": packages }))).into_response()
}

async fn apk(
    State(app): State<Arc<App>>,
    Query(asked): Query<Asked>,
    Extension(places): Extension<Arc<Places>>,
    request: Request,
) -> Result<Response, Fault> {
    let package = asked.package(&app)?;
    let file = Handed {
        path: app.packages.path(package.sha256),
        sha256: package.sha256,
        size: package.size,
        media_type: muster_apk::MEDIA_TYPE,
        name: "muster-agent.apk".to_owned(),
    };
    hand_out(request, &places, file).await
}

async fn rpm(
    State(app): State<Arc<App>>,
    extract::Path(file): extract::Path<String>,
    Extension(places): Extension<Arc<Places>>,
    request: Request,
) -> Result<Response, Fault> {
    let found = app.packages.current_aurora().into_iter().find(|package| package.file() == file);
    let package = found.ok_or_else(|| Fault::of(Code::NoPackage))?;
    let file = Handed {
        path: app.packages.rpm_path(package.sha256),
        sha256: package.sha256,
        size: package.size,
        media_type: muster_rpm::MEDIA_TYPE,
        name: format!("{}.rpm", package.name()),
    };
    hand_out(request, &places, file).await
}

/// A file that is handed out.
struct Handed {
    path: PathBuf,
    sha256: Digest,
    size: u64,
    media_type: &'static str,
    name: String,
}

async fn hand_out(request: Request, places: &Arc<Places>, handed: Handed) -> Result<Response, Fault> {
    let tag = format!("\"{}\"", handed.sha256);
    let head = [(header::ETAG, tag.clone()), (header::CACHE_CONTROL, "no-cache".to_owned())];
    let known = request.headers().get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    if known.is_some_and(|known| known.split(',').any(|one| one.trim() == tag)) {
        return Ok((StatusCode::NOT_MODIFIED, head).into_response());
    }
    let Some(place) = places.take(peer(&request)) else {
        let busy = Fault::of(Code::Busy);
        return Ok(([(header::RETRY_AFTER, "30")], busy).into_response());
    };
    let file = File::open(&handed.path).await.map_err(|error| {
        tracing::error!(%error, path = %handed.path.display(), "open a package");
        Fault::of(Code::NoPackage)
    })?;
    let body = deliver(file, place, handed.size, time_for(handed.size));
    let kind = [
        (header::CONTENT_TYPE, handed.media_type.to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{}\"", handed.name)),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
    ];
    Ok((head, kind, Body::new(body)).into_response())
}

/// Sends a file to whoever reads the body; the place is free again when all is read, or the time is over.
fn deliver(file: File, place: Place, size: u64, time: Duration) -> Piecewise {
    let (pieces, body) = mpsc::channel(1);
    tokio::spawn(async move {
        // whoever waits for the pieces sees that they broke off
        tokio::time::timeout(time, send(file, &pieces)).await.ok();
        drop(place);
    });
    Piecewise { pieces: body, left: size }
}

/// How long a package of so many bytes may take.
const fn time_for(size: u64) -> Duration {
    PATIENCE.saturating_add(Duration::from_secs(size / SLOWEST))
}

/// Reads a file for somebody who takes the pieces one after the other. Nothing tells a body that its reader has stopped reading, so it is
/// not the body that waits.
async fn send(mut file: File, pieces: &mpsc::Sender<Bytes>) -> io::Result<()> {
    loop {
        let mut piece = vec![0; PIECE];
        let len = file.read(&mut piece).await?;
        if len == 0 {
            return Ok(());
        }
        piece.truncate(len);
        let taken = tokio::time::timeout(STALLED, pieces.send(piece.into())).await;
        if !matches!(taken, Ok(Ok(()))) {
            return Err(io::ErrorKind::TimedOut.into());
        }
    }
}

/// The pieces of a file, and how many bytes are still to come.
struct Piecewise {
    pieces: mpsc::Receiver<Bytes>,
    left: u64,
}

impl HttpBody for Piecewise {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        if self.left == 0 {
            return Poll::Ready(None);
        }
        let Some(piece) = ready!(self.pieces.poll_recv(cx)) else {
            return Poll::Ready(Some(Err(io::ErrorKind::UnexpectedEof.into())));
        };
        let Some(left) = self.left.checked_sub(piece.len() as u64) else {
            return Poll::Ready(Some(Err(io::ErrorKind::InvalidData.into())));
        };
        self.left = left;
        Poll::Ready(Some(Ok(Frame::data(piece))))
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::testing::{World, world};
    use crate::store::{StoreError, values};
    use axum::body::to_bytes;
    use axum::extract::ConnectInfo;
    use hyper::service::Service as _;
    use hyper_util::service::TowerToHyperService;
    use std::net::SocketAddr;

    const SIZE: usize = 4 * PIECE;

    /// A server with a package that is larger than what is read ahead of its reader.
    async fn with_package() -> World {
        let (world, bytes) = (world().await, vec![7; SIZE]);
        let digest = Digest::of(&bytes);
        let path = world.app.packages.path(digest);
        std::fs::create_dir_all(world.app.packages.folder()).unwrap();
        std::fs::write(path, &bytes).unwrap();
        let sql = "INSERT INTO agent_packages (version_code, version, sha256, signer, size, ring, ring_since, added, actor) \
                   VALUES (1, '0.0.1', $1, $1, $2, 'all', 0, 0, 'test')";
        let insert = world.app.store.write(move |tx| {
            tx.execute(sql, &values![digest, SIZE as u64])?;
            Ok::<_, StoreError>(())
        });
        insert.await.unwrap();
        packages::reload(&world.app).await.unwrap();
        world
    }

    async fn fetch(router: &Router, from: &str) -> Response {
        let mut request = Request::get(APK).body(Body::empty()).unwrap();
        let from: SocketAddr = from.parse().unwrap();
        request.extensions_mut().insert(ConnectInfo(from));
        TowerToHyperService::new(router.clone()).call(request).await.unwrap()
    }

    #[tokio::test]
    async fn one_address_has_a_few_places_and_each_listener_its_own() {
        let world = with_package().await;
        let (plain, tls) = (alone(Arc::clone(&world.app)), router(Arc::clone(&world.app)));
        let mut held = Vec::new();
        for port in 0..EACH {
            held.push(fetch(&plain, &format!("192.0.2.1:{}", 1000 + port)).await);
        }
        assert!(held.iter().all(|answer| answer.status() == StatusCode::OK));
        let ninth = fetch(&plain, "192.0.2.1:2000").await;
        assert_eq!(ninth.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(ninth.headers()[header::RETRY_AFTER], "30");
        assert_eq!(fetch(&plain, "192.0.2.2:1000").await.status(), StatusCode::OK, "another address");
        assert_eq!(fetch(&tls, "192.0.2.1:2000").await.status(), StatusCode::OK, "the other listener");
        let whole = to_bytes(held.remove(0).into_body(), SIZE).await.unwrap();
        assert_eq!(whole.len(), SIZE);
        drop(held);
        let free = async {
            while fetch(&plain, "192.0.2.1:3000").await.status() != StatusCode::OK {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), free).await.expect("places are free again");
    }

    #[tokio::test]
    async fn who_reads_too_slowly_is_broken_off() {
        let world = with_package().await;
        let path =
            world.app.packages.all().first().map(|(one, _)| world.app.packages.path(one.sha256)).unwrap();
        let places = Places::new(1, 1);
        let peer = std::net::IpAddr::from([192, 0, 2, 1]);
        let file = File::open(path).await.unwrap();
        let body = deliver(file, places.take(peer).unwrap(), SIZE as u64, Duration::from_millis(20));
        // nobody reads: the place is free all the same, and what is read later breaks off
        let free = async {
            while places.take(peer).is_none() {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), free).await.expect("the place is free again");
        assert!(to_bytes(Body::new(body), SIZE).await.is_err());
        assert_eq!(time_for(0), Duration::from_secs(60));
        assert_eq!(time_for(16 * 1024 * 100), Duration::from_secs(160));
    }
}
