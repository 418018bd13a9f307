//! What the agent's own traffic has cost, as the system counts it: all bytes of its packets, not only those of messages.

use crate::error::Result;
use crate::java::{Android, call_static};

/// `TrafficStats.getUidTxBytes` and `getUidRxBytes` (8) of the agent's own id since the phone's start; none where the phone doesn't count.
pub fn counted(android: &Android) -> (Option<u64>, Option<u64>) {
    let read = || -> Result<(i64, i64)> {
        android.with(|env| {
            let process = android.class(env, "android.os.Process")?;
            let uid = call_static!(env, &process, "myUid", [() -> jint])?.i()?;
            let traffic = android.class(env, "android.net.TrafficStats")?;
            let sent = call_static!(env, &traffic, "getUidTxBytes", [(jint) -> jlong], uid)?.j()?;
            let received = call_static!(env, &traffic, "getUidRxBytes", [(jint) -> jlong], uid)?.j()?;
            Ok((sent, received))
        })
    };
    // −1: this phone doesn't count.
    let count = |bytes: i64| u64::try_from(bytes).ok();
    read().map_or((None, None), |(sent, received)| (count(sent), count(received)))
}

/// What came between two readings.
pub fn between(before: Option<u64>, after: Option<u64>) -> Option<u64> {
    Some(after?.saturating_sub(before?))
}
