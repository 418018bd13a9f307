//! `/agent/android.apk` and `/agent/android.json`: the agent for Android, for phones in set-up and for those that look for a newer version.
//!
//! Whoever asks has not been let in, and gets nothing that is secret: the package is the same for everybody, and a phone takes it for its
//! signer's digest, which it has from the enrolment's QR code, or because it has that signer's package already.

use axum::Router;
use axum::body::{Body, Bytes, HttpBody};
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use hyper::body::{Frame, SizeHint};
use muster_proto::id::{DeviceId, Digest};
use serde::{Deserialize, Serialize};
use std::io;
use std::pin::Pin;
use std::sync::{Arc, LazyLock};
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::fs::File;
use tokio::io::AsyncReadExt as _;
use tokio::sync::{Semaphore, mpsc};

use super::admin::Query;
use super::fault::Fault;
use crate::app::App;
use crate::packages::Package;

/// The address below that of the server.
const APK: &str = "/agent/android.apk";
/// Packages that are on their way at once; each takes a piece of memory and an open file.
const MOST: usize = 256;
/// A package that takes longer is broken off: a phone asks again.
const PATIENCE: Duration = Duration::from_secs(15 * 60);
/// A reader who takes nothing for so long has gone.
const STALLED: Duration = Duration::from_secs(60);
const PIECE: usize = 64 * 1024;

static PLACES: LazyLock<Arc<Semaphore>> = LazyLock::new(|| Arc::new(Semaphore::new(MOST)));

/// The routes beside those of the phones.
pub fn router(app: Arc<App>) -> Router {
    Router::new().route(APK, get(apk)).route("/agent/android.json", get(about)).with_state(app)
}

/// The one file, for the listener without TLS.
pub fn alone(app: Arc<App>) -> Router {
    Router::new()
        .route(APK, get(apk))
        .fallback(async || StatusCode::NOT_FOUND)
        .method_not_allowed_fallback(async || StatusCode::NOT_FOUND)
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
        found.ok_or_else(|| {
            Fault::new(404, "no-package", "There is no package of the agent for Android here.")
        })
    }
}

async fn about(State(app): State<Arc<App>>, Query(asked): Query<Asked>) -> Result<Response, Fault> {
    let Package { version, version_code, sha256, signer_sha256, size, .. } = asked.package(&app)?;
    let about = About { version, version_code, sha256, signer_sha256, size };
    Ok(([(header::CACHE_CONTROL, "no-cache")], axum::Json(about)).into_response())
}

async fn apk(
    State(app): State<Arc<App>>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Result<Response, Fault> {
    let package = asked.package(&app)?;
    let tag = format!("\"{}\"", package.sha256);
    let head = [(header::ETAG, tag.clone()), (header::CACHE_CONTROL, "no-cache".to_owned())];
    let known = headers.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    if known.is_some_and(|known| known.split(',').any(|one| one.trim() == tag)) {
        return Ok((StatusCode::NOT_MODIFIED, head).into_response());
    }
    let Ok(place) = Arc::clone(&PLACES).try_acquire_owned() else {
        let busy = Fault::new(503, "busy", "Too many packages are on their way; ask again.");
        return Ok(([(header::RETRY_AFTER, "30")], busy).into_response());
    };
    let path = app.packages.path(package.sha256);
    let file = File::open(&path).await.map_err(|error| {
        tracing::error!(%error, path = %path.display(), "open a package");
        Fault::new(404, "no-package", "The package's file is missing.")
    })?;
    let (pieces, body) = mpsc::channel(1);
    tokio::spawn(async move {
        // whoever waits for the pieces sees that they broke off
        tokio::time::timeout(PATIENCE, send(file, &pieces)).await.ok();
        drop(place);
    });
    let body = Piecewise { pieces: body, left: package.size };
    let kind = [
        (header::CONTENT_TYPE, muster_apk::MEDIA_TYPE),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"muster-agent.apk\""),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    Ok((head, kind, Body::new(body)).into_response())
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
