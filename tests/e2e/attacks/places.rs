//! Who takes every place that he gets, to leave none to others.

use muster_fleet::http::Target;
use tokio::net::TcpStream;
use tokio::task::JoinSet;

/// Connections that are kept, and say nothing.
pub struct Hoard(Vec<TcpStream>);

/// As many connections as the server has places, from one address.
pub async fn hoard(target: &Target, count: usize) -> Hoard {
    let (mut opening, mut kept) = (JoinSet::new(), Vec::new());
    for _ in 0..count {
        if opening.len() >= 100 {
            kept.extend(opened(&mut opening).await);
        }
        let target = target.clone();
        opening.spawn(async move { target.reach().await.ok() });
    }
    while !opening.is_empty() {
        kept.extend(opened(&mut opening).await);
    }
    Hoard(kept)
}

async fn opened(opening: &mut JoinSet<Option<TcpStream>>) -> Option<TcpStream> {
    opening.join_next().await?.expect("a connection")
}

impl Hoard {
    /// Connections that the server has not hung up on.
    pub fn held(&self) -> usize {
        let is_held = |stream: &&TcpStream| matches!(stream.try_read(&mut [0]), Err(error) if error.kind() == std::io::ErrorKind::WouldBlock);
        self.0.iter().filter(is_held).count()
    }
}
