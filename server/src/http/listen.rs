//! The listeners: TLS or (for one file) none, HTTP/1.1 and HTTP/2, with a bound on everything that somebody could hold open.
//!
//! A slow or silent peer costs one connection and no more: the handshake, the head of a request and (in the handlers) its body each have
//! their time, and the number of connections is bounded. When the server stops, requests that were begun are answered first.

use axum::Router;
use axum::extract::ConnectInfo;
use hyper::Request;
use hyper::body::Incoming;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio_rustls::TlsAcceptor;

use super::forwarded;
use super::places::{Place, Places};
use super::steady::{Pace, Steady};
use crate::certificates::Spoken;
use crate::config::Proxies;
use crate::metrics::Metrics;

/// A reader for whom more waits than the system holds takes so much of it, or is ended.
const PACE: Pace = Pace { bytes: 64 * 1024, within: Duration::from_secs(60) };

/// What one peer, and all of them together, may hold open.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Connections at once; further ones wait to be accepted.
    pub connections: usize,
    /// Connections of one address at once, and never more than [`Places`] leaves it; further ones are closed at once.
    pub each: usize,
    /// Time for the TLS handshake.
    pub handshake: Duration,
    /// Time for the head of a request.
    pub head: Duration,
    /// Requests at once on one HTTP/2 connection.
    pub streams: u32,
    /// Bytes of a request's head.
    pub head_bytes: u32,
    /// Time for a whole connection, where nobody has a reason to stay.
    pub life: Option<Duration>,
    /// When the server stops: time for requests that were begun.
    pub stop: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 10_000,
            // many phones may stand behind one address: it has its share of what is left
            each: 10_000,
            handshake: Duration::from_secs(10),
            head: Duration::from_secs(10),
            streams: 32,
            head_bytes: 32 * 1024,
            life: None,
            stop: Duration::from_secs(10),
        }
    }
}

/// A listener, and who is served there how.
pub struct Door {
    /// Its name in the metrics.
    pub name: &'static str,
    /// Where connections are counted.
    pub metrics: Arc<Metrics>,
    /// The listener.
    pub listener: TcpListener,
    /// How TLS is spoken.
    pub tls: Tls,
    /// What is served.
    pub router: Router,
    /// What a peer may hold open.
    pub limits: Limits,
    /// Proxies that stand before it.
    pub proxies: Arc<Proxies>,
}

/// How TLS is spoken at a door.
#[derive(Clone)]
pub enum Tls {
    /// With everybody.
    On(Spoken),
    /// Not at all, with everybody.
    Off,
    /// Not at all, and nobody is let in but proxies and this machine.
    Ended,
}

impl Tls {
    /// How it is spoken with a peer; an error if it isn't let in.
    fn with(&self, peer: IpAddr, near: bool, proxies: &Proxies) -> Result<Option<TlsAcceptor>, ()> {
        match self {
            Self::On(spoken) if near => Ok(Some(TlsAcceptor::from(Arc::clone(&spoken.near)))),
            Self::On(spoken) => Ok(Some(TlsAcceptor::from(Arc::clone(&spoken.far)))),
            Self::Ended if !near && !proxies.has(peer) => Err(()),
            Self::Ended | Self::Off => Ok(None),
        }
    }
}

/// Whether a peer is on this machine.
fn is_near(stream: &TcpStream, peer: IpAddr) -> bool {
    let peer = peer.to_canonical();
    peer.is_loopback() || stream.local_addr().is_ok_and(|own| own.ip().to_canonical() == peer)
}

/// Accepts connections until `stop` becomes true, then lets begun requests end. Without TLS it speaks plain HTTP/1.1.
pub async fn serve(door: Door, mut stop: watch::Receiver<bool>) {
    let Door { name, metrics, listener, tls, router, limits, proxies } = door;
    let count = Count { name, metrics };
    let (router, builder) = (forwarded::behind(router, &proxies), builder(&limits));
    let (places, open) = (Arc::new(Semaphore::new(limits.connections)), GracefulShutdown::new());
    let addresses = Places::new(limits.connections, limits.each);
    loop {
        let place = tokio::select! {
            place = Arc::clone(&places).acquire_owned() => place,
            _ = stop.wait_for(|stop| *stop) => break,
        };
        let Ok(place) = place else { break };
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = stop.wait_for(|stop| *stop) => break,
        };
        match accepted {
            Ok((stream, peer)) => {
                let own = if proxies.has(peer.ip()) {
                    addresses.take_for_many()
                } else {
                    addresses.take(peer.ip())
                };
                let Some(own) = own else {
                    count.refused("address");
                    continue;
                };
                let Ok(acceptor) = tls.with(peer.ip(), is_near(&stream, peer.ip()), &proxies) else {
                    count.refused("no-proxy");
                    continue;
                };
                let count = count.open();
                let (router, watcher) = (router.clone(), open.watcher());
                let connection = Connection { peer, places: (place, own), count, router, watcher };
                tokio::spawn(connection.run(stream, acceptor, builder.clone(), limits));
            }
            Err(error) => {
                count.refused("accept");
                refused(&error).await;
            }
        }
    }
    drop(listener);
    if tokio::time::timeout(limits.stop, open.shutdown()).await.is_err() {
        tracing::warn!("requests were still open when the server stopped");
    }
}

/// HTTP/1.1 and HTTP/2, as the client chose in the handshake.
fn builder(limits: &Limits) -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    let head_bytes = usize::try_from(limits.head_bytes).unwrap_or(usize::MAX);
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.head)
        .max_buf_size(head_bytes.max(16 * 1024))
        .max_headers(64);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(limits.streams)
        .max_header_list_size(limits.head_bytes)
        .keep_alive_interval(Duration::from_secs(60))
        .keep_alive_timeout(Duration::from_secs(20));
    builder
}

/// The system has no more descriptors, or the peer went before it was accepted: neither ends the server.
async fn refused(error: &std::io::Error) {
    if matches!(error.kind(), std::io::ErrorKind::ConnectionAborted | std::io::ErrorKind::ConnectionReset) {
        return;
    }
    tracing::error!(%error, "accept a connection");
    tokio::time::sleep(Duration::from_millis(100)).await;
}

/// Counts connections.
#[derive(Clone)]
struct Count {
    name: &'static str,
    metrics: Arc<Metrics>,
}

impl Count {
    fn refused(&self, reason: &str) {
        self.metrics.turned_away.with_label_values(&[self.name, reason]).inc();
    }

    fn open(&self) -> Open {
        self.metrics.accepted.with_label_values(&[self.name]).inc();
        self.metrics.connections.with_label_values(&[self.name]).inc();
        Open(self.clone())
    }
}

/// A connection that is open.
struct Open(Count);

impl Drop for Open {
    fn drop(&mut self) {
        self.0.metrics.connections.with_label_values(&[self.0.name]).dec();
    }
}

struct Connection {
    peer: SocketAddr,
    places: (OwnedSemaphorePermit, Place),
    count: Open,
    router: Router,
    watcher: hyper_util::server::graceful::Watcher,
}

impl Connection {
    async fn run(
        self,
        stream: TcpStream,
        acceptor: Option<TlsAcceptor>,
        builder: Builder<TokioExecutor>,
        limits: Limits,
    ) {
        // without it, small answers wait for the peer's acknowledgement of the one before
        stream.set_nodelay(true).ok();
        let stream = Steady::new(stream, PACE);
        let Some(acceptor) = acceptor else {
            return Box::pin(self.answer(stream, builder.http1_only(), limits.life)).await;
        };
        let stream = match tokio::time::timeout(limits.handshake, acceptor.accept(stream)).await {
            Ok(Ok(stream)) => stream,
            Ok(Err(error)) => {
                self.count.0.refused("handshake");
                return tracing::debug!(%error, "handshake");
            }
            Err(_) => {
                self.count.0.refused("handshake-timeout");
                return tracing::debug!("handshake took too long");
            }
        };
        let chosen = stream.get_ref().1.alpn_protocol() == Some(b"h2");
        let builder = if chosen { builder.http2_only() } else { builder.http1_only() };
        // apart, so that who never gets as far takes no memory for it
        Box::pin(self.answer(stream, builder, limits.life)).await;
    }

    async fn answer<S>(self, stream: S, builder: Builder<TokioExecutor>, life: Option<Duration>)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let (peer, router) = (self.peer, TowerToHyperService::new(self.router));
        // a layer around the router would be a copy of all its routes for each connection
        let told = service_fn(move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(ConnectInfo(peer));
            router.call(request)
        });
        let served = builder.serve_connection(TokioIo::new(stream), told);
        let served = self.watcher.watch(served);
        let ended = match life {
            None => served.await,
            Some(life) => tokio::time::timeout(life, served).await.unwrap_or(Ok(())),
        };
        if let Err(error) = ended {
            tracing::debug!(error, "connection ended");
        }
        drop((self.places, self.count));
    }
}
