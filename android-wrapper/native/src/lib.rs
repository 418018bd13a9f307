//! The agent on Android: `open`, `call` and `close`, and everything behind them in Rust against the framework.
//!
//! Java decides nothing: it passes on what the system said as a request in JSON and shows what comes back. Each exported function is one
//! expression in a door, and no pointer crosses it.

mod agent;
mod door;
#[cfg(feature = "emulated")]
mod emulated;
mod error;
mod java;
mod journal;
mod keys;
mod log;
mod notes;
mod page;
mod piece;
mod platform;
mod requests;
mod resident;
mod schedule;
mod settle;
mod slot;
mod updates;
mod work;

use std::path::Path;

use jni::EnvUnowned;
use jni::objects::{JByteArray, JClass, JObject, JString};

use door::door;
use error::Error;

/// `Native.open(Context, String)`.
#[unsafe(no_mangle)]
pub extern "system" fn Java_io_muster_agent_Native_open<'l>(
    mut env: EnvUnowned<'l>,
    _class: JClass<'l>,
    context: JObject<'l>,
    folder: JString<'l>,
) {
    door(&mut env, |env| {
        let folder = folder.try_to_string(env).map_err(|_| Error::new("request", "no folder"))?;
        slot::open(env, &context, Path::new(&folder))
    })
}

/// `byte[] Native.call(byte[])`.
#[unsafe(no_mangle)]
pub extern "system" fn Java_io_muster_agent_Native_call<'l>(
    mut env: EnvUnowned<'l>,
    _class: JClass<'l>,
    request: JByteArray<'l>,
) -> JByteArray<'l> {
    door(&mut env, |env| {
        let answer = slot::call(&requests::taken(env, &request)?)?;
        Ok(env.byte_array_from_slice(&answer)?)
    })
}

/// `Native.close()`.
#[unsafe(no_mangle)]
pub extern "system" fn Java_io_muster_agent_Native_close<'l>(mut env: EnvUnowned<'l>, _class: JClass<'l>) {
    door(&mut env, |_| {
        slot::close();
        Ok(())
    })
}
