//! What nobody read of a request's body is read to its end before the answer goes out, as far as it is short.
//!
//! Whoever is refused for a header, or calls what takes no body, has sent one all the same. Over HTTP/2 the answer to a body that is still on
//! its way is followed by `RST_STREAM(NO_ERROR)`, as RFC 9113 (8.1) allows; curl before 8.0, which Debian 12 has, takes that for a failure and
//! shows no answer. Over HTTP/1.1 the connection would be closed.

use axum::body::{Body, HttpBody};
use axum::extract::Request;
use axum::http::header;
use axum::middleware::Next;
use axum::response::Response;
use bytes::Bytes;
use hyper::body::{Frame, SizeHint};
use std::future::poll_fn;
use std::mem::take;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::sync::oneshot;

/// What is longer is not read: the answer goes out, and the sender is stopped.
const MOST: usize = 64 << 10;
/// What takes longer is not waited for.
const PATIENCE: Duration = Duration::from_secs(1);

/// Reads what is left of the body once the answer is there.
pub async fn read_out(request: Request, next: Next) -> Response {
    // who asks first whether to send it is not told to
    if request.body().is_end_stream() || request.headers().contains_key(header::EXPECT) {
        return next.run(request).await;
    }
    let (back, mut left) = oneshot::channel();
    let response = next.run(request.map(|body| Body::new(Lent { body, back: Some(back) }))).await;
    // where it is still being read while the answer goes out, it has not come back
    if let Ok(body) = left.try_recv() {
        let _ended = tokio::time::timeout(PATIENCE, rest(body)).await;
    }
    response
}

async fn rest(body: Body) {
    let (mut body, mut read) = (pin!(body), 0);
    while let Some(Ok(frame)) = poll_fn(|context| body.as_mut().poll_frame(context)).await {
        read += frame.data_ref().map_or(0, Bytes::len);
        if read > MOST {
            break;
        }
    }
}

/// A body that comes back when its reader lets go of it.
struct Lent {
    body: Body,
    back: Option<oneshot::Sender<Body>>,
}

impl Drop for Lent {
    fn drop(&mut self) {
        if let Some(back) = self.back.take() {
            // nobody waits for it once the answer is on its way
            let _gone = back.send(take(&mut self.body));
        }
    }
}

impl HttpBody for Lent {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::Router;
    use axum::http::request::Builder;
    use axum::middleware::from_fn;
    use axum::routing::post;
    use hyper::service::Service as _;
    use hyper_util::service::TowerToHyperService;
    use std::io;
    use tokio::sync::mpsc;

    use crate::http::testing::world;

    type Chunks = mpsc::Sender<Result<Bytes, io::Error>>;

    /// Where the pieces of a body go in, and the answer to it of somebody who reads none.
    fn sent(expect: bool) -> (Chunks, tokio::task::JoinHandle<Response>) {
        let routes = Router::new().route("/unread", post(|| async { "refused" })).layer(from_fn(read_out));
        let mut request = Request::post("/unread");
        if expect {
            request = request.header(header::EXPECT, "100-continue");
        }
        sent_to(routes, request)
    }

    fn sent_to(routes: Router, request: Builder) -> (Chunks, tokio::task::JoinHandle<Response>) {
        let (chunks, waiting) = mpsc::channel(1);
        let request = request.body(crate::http::stream::body(waiting)).unwrap();
        let answer =
            tokio::spawn(async move { TowerToHyperService::new(routes).call(request).await.unwrap() });
        (chunks, answer)
    }

    /// The same at a whole server: curl from 8.0 on shows the answer whatever is done here, so that a test with it holds nothing.
    #[tokio::test]
    async fn whoever_the_server_refuses_is_read_to_the_end() {
        let world = world().await;
        for (path, kind, status) in [
            ("/api/v1/orgs", "application/json", 401),
            ("/api/v1/policies/try", "application/yaml", 401),
            ("/orgs", "application/x-www-form-urlencoded", 303),
        ] {
            let request = Request::post(path)
                .header(header::AUTHORIZATION, "Bearer wrong")
                .header(header::CONTENT_TYPE, kind);
            let (chunks, answer) = sent_to(crate::http::router(&world.app), request);
            for _ in 0..4 {
                chunks.send(Ok(Bytes::from_static(b"piece"))).await.expect("it is read");
            }
            assert!(!answer.is_finished(), "{path}: its end has not come");
            drop(chunks);
            assert_eq!(answer.await.unwrap().status(), status, "{path}");
        }
    }

    #[tokio::test]
    async fn a_short_body_is_read_before_the_answer() {
        let (chunks, answer) = sent(false);
        for _ in 0..4 {
            chunks.send(Ok(Bytes::from_static(b"piece"))).await.unwrap();
        }
        assert!(!answer.is_finished(), "its end has not come");
        drop(chunks);
        assert_eq!(answer.await.unwrap().status(), 200);
    }

    #[tokio::test]
    async fn a_long_one_is_left() {
        let (chunks, answer) = sent(false);
        let piece = Bytes::from(vec![0; 10 << 10]);
        let mut taken = 0;
        while chunks.send(Ok(piece.clone())).await.is_ok() {
            taken += 1;
        }
        assert!((7..=9).contains(&taken), "{taken}");
        assert_eq!(answer.await.unwrap().status(), 200);
    }

    #[tokio::test]
    async fn a_slow_one_is_not_waited_for() {
        let (chunks, answer) = sent(false);
        assert_eq!(answer.await.unwrap().status(), 200);
        chunks.closed().await;
    }

    #[tokio::test]
    async fn who_asks_whether_to_send_is_answered_at_once() {
        let (chunks, answer) = sent(true);
        assert_eq!(answer.await.unwrap().status(), 200);
        chunks.closed().await;
    }
}
