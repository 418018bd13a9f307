//! A body of chunks as they come: what is made goes out next, so that it may be longer than memory, or have no end.

use axum::body::{Body, HttpBody};
use bytes::Bytes;
use hyper::body::Frame;
use std::error::Error;
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::sync::mpsc;

/// A body of what `chunks` brings. It ends when nobody sends any more; after an error the connection breaks, so that nobody takes what
/// came for the whole.
pub fn body<E>(chunks: mpsc::Receiver<Result<Bytes, E>>) -> Body
where
    E: Error + Send + Sync + 'static,
{
    Body::new(Chunks(chunks))
}

struct Chunks<E>(mpsc::Receiver<Result<Bytes, E>>);

impl<E: Error + Send + Sync + 'static> HttpBody for Chunks<E> {
    type Data = Bytes;
    type Error = E;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, E>>> {
        self.0.poll_recv(context).map(|chunk| chunk.map(|chunk| chunk.map(Frame::data)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::to_bytes;
    use std::io;

    async fn poured(chunks: Vec<io::Result<Bytes>>) -> Result<Bytes, axum::Error> {
        let (send, waiting) = mpsc::channel(4);
        for chunk in chunks {
            send.send(chunk).await.expect("there is room");
        }
        drop(send);
        to_bytes(body(waiting), 100).await
    }

    #[tokio::test]
    async fn an_error_is_no_end() {
        let (one, two) = (|| Ok(Bytes::from_static(b"one ")), || Ok(Bytes::from_static(b"two")));
        assert_eq!(poured(vec![one(), two()]).await.expect("whole"), "one two");
        poured(vec![one(), Err(io::Error::other("it broke off"))]).await.expect_err("not whole");
    }
}
