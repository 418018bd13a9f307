//! The ordinary phones: they report all the time, and what they meet is measured, stretch by stretch.

use muster_fleet::{Tally, World, crowd, now};
use muster_proto::time::Span;
use muster_tests::Server;
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;
use tokio::task::JoinSet;

/// So many phones, each of which reports twice a second, over a connection of its own each time, and keeps its channel.
pub const PHONES: u64 = 20;
/// A stretch lasts at least until so many reports were answered.
const REPORTS: usize = 50;
/// After this the phones count as kept out.
const PATIENCE: Duration = Duration::from_secs(60);

/// Phones that run.
pub struct Crowd {
    world: Arc<World>,
    server: u32,
    _running: JoinSet<anyhow::Result<()>>,
}

/// What they met in one stretch.
#[derive(Debug, Clone, Copy)]
pub struct Measured {
    pub answered: usize,
    pub failed: u64,
    pub p99: Duration,
    /// The server's memory at its end, in KiB.
    pub resident: u64,
}

impl Crowd {
    /// Enrols them and lets them begin.
    pub async fn start(server: &mut Server) -> Self {
        let world = Arc::new(World::new().expect("the catalogue"));
        let link = server.try_link("minfin", u32::try_from(PHONES).expect("few")).expect("a link");
        let link = link.parse().expect("a link");
        let phones = crowd::enrol(&world, &link, 6, 0..PHONES, None).await.expect("they enrol");
        let running =
            crowd::start(&world, phones, None, Some(Span::from_millis(500)), Span::from_millis(500));
        let crowd = Self { world, server: server.running().id(), _running: running };
        crowd
            .wait("channels of all phones", |tally| tally.channels.load(Relaxed) == PHONES.cast_signed())
            .await;
        crowd
    }

    /// What they meet while something goes on, and what came of that.
    pub async fn during<T>(&self, what: &str, attack: impl Future<Output = T>) -> (T, Measured) {
        let tally = &self.world.tally;
        drop((tally.take_stretch(), tally.take_error()));
        let (failed, before) = (tally.failed.load(Relaxed), tally.accepted.load(Relaxed));
        let enough = self.wait(what, |tally| tally.accepted.load(Relaxed) >= before + REPORTS as u64);
        let (came, ()) = tokio::join!(attack, enough);
        let stretch = tally.take_stretch();
        let failed = tally.failed.load(Relaxed) - failed;
        assert_eq!(failed, 0, "under {what}: {:?}", tally.take_error());
        assert_eq!(tally.refused.load(Relaxed), 0, "under {what}");
        assert_eq!(tally.channels.load(Relaxed), PHONES.cast_signed(), "channels under {what}");
        let measured = Measured {
            answered: stretch.requests,
            failed,
            p99: stretch.p99,
            resident: resident(self.server),
        };
        (came, measured)
    }

    async fn wait(&self, what: &str, is_so: impl Fn(&Tally) -> bool) {
        let (began, mut looks) = (now(), tokio::time::interval(Duration::from_millis(20)));
        while !is_so(&self.world.tally) {
            looks.tick().await;
            assert!(began.elapsed() < PATIENCE, "{what}: phones wait: {:?}", self.world.tally.take_error());
        }
    }
}

/// Memory of a process, in KiB.
fn resident(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).expect("it runs");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("its memory");
    line.trim().trim_end_matches(" kB").parse().expect("a number")
}
