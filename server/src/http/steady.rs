//! A stream that ends when its reader takes next to nothing of what waits for him: otherwise the answer would stay in memory for as long as
//! he likes, whoever he is.

use std::future::Future;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep};

/// What a reader has to take while something waits for him.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// Bytes.
    pub bytes: usize,
    /// Within this.
    pub within: Duration,
}

/// The stream.
pub struct Steady<S> {
    stream: S,
    pace: Pace,
    clock: Pin<Box<Sleep>>,
    /// Whether something waits, and how much of it was taken since the clock was set.
    waits: Option<usize>,
}

impl<S> Steady<S> {
    /// Watches a stream.
    pub fn new(stream: S, pace: Pace) -> Self {
        Self { stream, pace, clock: Box::pin(tokio::time::sleep(pace.within)), waits: None }
    }

    fn set_clock(&mut self) {
        self.clock.as_mut().reset(Instant::now() + self.pace.within);
        self.waits = Some(0);
    }

    fn note(
        &mut self,
        written: Poll<io::Result<usize>>,
        offered: usize,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<usize>> {
        match written {
            Poll::Ready(Ok(len)) if len >= offered => self.waits = None,
            Poll::Ready(Ok(len)) => match &mut self.waits {
                Some(taken) if *taken + len < self.pace.bytes => *taken += len,
                _ => self.set_clock(),
            },
            Poll::Ready(Err(_)) => {}
            Poll::Pending => {
                if self.waits.is_none() {
                    self.set_clock();
                }
                if self.clock.as_mut().poll(cx).is_ready() {
                    return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
                }
            }
        }
        written
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Steady<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.note(written, bytes.len(), cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(cx, parts);
        self.note(written, parts.iter().map(|part| part.len()).sum(), cx)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Steady<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    const PACE: Pace = Pace { bytes: 1000, within: Duration::from_millis(200) };

    #[tokio::test]
    async fn a_reader_who_takes_a_byte_now_and_then_is_ended() {
        let (near, mut far) = tokio::io::duplex(64);
        let mut near = Steady::new(near, PACE);
        let reader = tokio::spawn(async move {
            // one byte for each tick, until the other side has gone
            let mut ticks = tokio::time::interval(Duration::from_millis(20));
            let mut byte = [0; 1];
            while far.read(&mut byte).await.unwrap_or(0) == 1 {
                ticks.tick().await;
            }
        });
        let ended = near.write_all(&[0; 4096]).await.unwrap_err();
        assert_eq!(ended.kind(), io::ErrorKind::TimedOut);
        drop(near);
        reader.abort();
    }

    #[tokio::test]
    async fn a_reader_who_keeps_up_is_not() {
        let (near, mut far) = tokio::io::duplex(64);
        let mut near = Steady::new(near, PACE);
        let reader = tokio::spawn(async move {
            let mut all = Vec::new();
            far.read_to_end(&mut all).await.map(|_| all.len())
        });
        near.write_all(&[0; 100_000]).await.unwrap();
        drop(near);
        assert_eq!(reader.await.unwrap().unwrap(), 100_000);
    }
}
