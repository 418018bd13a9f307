//! The program `muster-server`.

use muster_proto::time::Timestamp;
use muster_server::clock::Clock;
use muster_server::program::{self, Outside};
use std::process::ExitCode;
use std::sync::Arc;

/// Reports are decoded into many small pieces of memory on one thread and let go of on another: the system's allocator spends an eighth
/// of the server's time on that.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The system's clock: the one place where time enters.
struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the program's clock: everything else is given it")]
    fn now(&self) -> Timestamp {
        let since_1970 =
            std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        Timestamp::from_millis(i64::try_from(since_1970.as_millis()).unwrap_or(i64::MAX))
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the program's source of randomness: everything else is given it"
)]
fn main() -> ExitCode {
    program::run(Outside { clock: Arc::new(SystemClock), random: ring::rand::SystemRandom::new() })
}
