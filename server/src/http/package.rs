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
use std::future::Future as _;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, LazyLock};
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::fs::File;
use tokio::io::{AsyncRead as _, ReadBuf};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Sleep;

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
    let body = Piecewise {
        file,
        left: package.size,
        piece: vec![0; PIECE].into_boxed_slice(),
        end: Box::pin(tokio::time::sleep(PATIENCE)),
        _place: place,
    };
    let kind = [
        (header::CONTENT_TYPE, muster_apk::MEDIA_TYPE),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"muster-agent.apk\""),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    Ok((head, kind, Body::new(body)).into_response())
}

/// A file, a piece at a time as the reader takes them.
struct Piecewise {
    file: File,
    left: u64,
    piece: Box<[u8]>,
    end: Pin<Box<Sleep>>,
    _place: OwnedSemaphorePermit,
}

impl HttpBody for Piecewise {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        let this = &mut *self;
        if this.left == 0 {
            return Poll::Ready(None);
        }
        if this.end.as_mut().poll(cx).is_ready() {
            return Poll::Ready(Some(Err(io::ErrorKind::TimedOut.into())));
        }
        let most = this.piece.len().min(usize::try_from(this.left).unwrap_or(usize::MAX));
        let mut piece = ReadBuf::new(&mut this.piece[..most]);
        ready!(Pin::new(&mut this.file).poll_read(cx, &mut piece))?;
        let filled = Bytes::copy_from_slice(piece.filled());
        if filled.is_empty() {
            return Poll::Ready(Some(Err(io::ErrorKind::UnexpectedEof.into())));
        }
        this.left -= filled.len() as u64;
        Poll::Ready(Some(Ok(Frame::data(filled))))
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}
