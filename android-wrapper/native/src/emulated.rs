//! Entry points for a process without a JVM: the same ARM code enrols with a key in a file, reads a folder that stands for a device, and
//! reports. Only with the feature `emulated`, which no package is built with.

use std::ffi::{CStr, c_char};
use std::panic::catch_unwind;
use std::path::Path;
use std::sync::Arc;

use muster_agent::built_in;
use muster_agent::collect::collect;
use muster_agent::core::{Collected, Stored};
use muster_agent::enrolment::{Home, Person, Progress};
use muster_agent::platform::linux::LinuxRoot;
use muster_agent::runtime::{Clock, Runtime};
use muster_agent::sign::KeyRing;
use muster_agent::store::Store;
use muster_proto::facts::{Management, Platform};
use muster_proto::link::EnrolLink;

/// Enrols with `link`, makes one report of `root`, sends it, and prints a line for each. 0 when both were done.
///
/// # Safety
/// The three point to texts that end with a zero.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn muster_emulated_story(
    link: *const c_char,
    folder: *const c_char,
    root: *const c_char,
) -> i32 {
    // SAFETY: the caller's promise.
    let [link, folder, root] = unsafe { [text(link), text(folder), text(root)] };
    match catch_unwind(|| story(&link, Path::new(&folder), Path::new(&root))) {
        Ok(Ok(())) => 0,
        Ok(Err(error)) => {
            println!("failed {}", muster_agent::errors::in_full(error.as_ref()));
            1
        }
        Err(_) => 2,
    }
}

/// Panics below several frames and catches it: 0 when unwinding works.
#[unsafe(no_mangle)]
pub extern "C" fn muster_emulated_panic() -> i32 {
    let caught = catch_unwind(|| {
        let guarded = vec![String::from("dropped on the way")];
        deep(12, &guarded)
    });
    i32::from(caught.is_ok())
}

fn deep(depth: u32, guarded: &[String]) -> usize {
    assert!(depth > 0, "the bottom of {} frames", guarded.len());
    let own = guarded.to_vec();
    deep(depth - 1, &own) + own.len()
}

type Failure = Box<dyn std::error::Error>;

fn story(link: &str, folder: &Path, root: &Path) -> Result<(), Failure> {
    let link: EnrolLink = link.parse()?;
    let device = LinuxRoot::new(root);
    let person = Person {
        platform: device.platform().fact.known().copied().unwrap_or(Platform::Linux),
        model: device.model(&device.ask_device()).fact.known().cloned(),
        asset_tag: None,
    };
    let mut home = home(folder)?;
    match home.enrol(&link, &person)? {
        Progress::Enrolled(device) | Progress::Already(device) => println!("enrolled {device}"),
        Progress::Pending { .. } => return Err("a person must approve".into()),
    }
    report(home, device)
}

fn home(folder: &Path) -> Result<Home, Failure> {
    let clock = Clock::system()?;
    let store = Store::open(folder)?;
    let keys = Box::new(KeyRing::new(store.dir(), clock.random()));
    Ok(Home { store, keys, clock })
}

fn report(home: Home, device: LinuxRoot) -> Result<(), Failure> {
    let Some(Stored::Enrolled(state)) = home.store.load(home.clock.now().wall)? else {
        return Err("the enrolment was not kept".into());
    };
    let collector = move |catalogue: &_| {
        let (facts, apps) = collect(&device, catalogue, Management::Application);
        Ok(Collected { device: facts, apps, uptime: device.uptime(), work: None })
    };
    let mut runtime = Runtime::new(
        *state,
        built_in::config(false),
        home.store,
        home.keys,
        Arc::new(collector),
        home.clock,
    )?;
    runtime.report();
    let failure = runtime.failure().map(str::to_owned);
    let Some(last) = &runtime.agent().state().last else { return Err("no report was made".into()) };
    if last.accepted.is_none() {
        return Err(failure.unwrap_or_else(|| "the server has no report".to_owned()).into());
    }
    println!("reported {} bytes {}", last.bytes.len(), last.digest);
    Ok(())
}

/// # Safety
/// It points to a text that ends with a zero.
unsafe fn text(pointer: *const c_char) -> String {
    // SAFETY: the caller's promise.
    unsafe { CStr::from_ptr(pointer) }.to_string_lossy().into_owned()
}
