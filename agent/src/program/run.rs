//! `muster-agent run`: the service.

use std::sync::mpsc::{Receiver, Sender, channel};

use anyhow::Context as _;
use muster_agent::built_in;
use muster_agent::core::{State, Stored};
use muster_agent::enrolment::Home;
use muster_agent::errors::in_full;
use muster_agent::runtime::{Incoming, Runtime, watch};
use muster_proto::link::EnrolLink;
use muster_proto::text::Text;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use super::enrol::{person, until_approved};
use super::{Places, enrolled, managed};

/// Reports until a signal says that it is enough.
pub fn run(places: &Places) -> anyhow::Result<()> {
    let (told, stop) = channel();
    stop_on_signals(told)?;
    let mut home = places.home()?;
    let Some(state) = enrolled_state(places, &mut home, &stop)? else { return Ok(()) };
    let config = built_in::config(true);
    let mut runtime = Runtime::new(*state, config, home.store, home.keys, places.collector(), home.clock)?;
    watch(&places.root, runtime.sender());
    pass_on(stop, runtime.sender())?;
    runtime.run();
    Ok(())
}

/// The state, once a person has approved the enrolment if one must; without one what the management of the device has configured. `None` if it was told to stop before.
fn enrolled_state(
    places: &Places,
    home: &mut Home,
    stop: &Receiver<()>,
) -> anyhow::Result<Option<Box<State>>> {
    let stored = home.store.load(home.clock.now().wall)?;
    let (link, tag): (EnrolLink, _) = match &stored {
        Some(Stored::Enrolled(_)) => return enrolled(stored).map(Some),
        Some(Stored::Pending(pending)) => {
            let link = pending.link.parse().context("read the saved enrolment link")?;
            (link, pending.asset_tag.as_deref().map(Text::clipped))
        }
        None => match managed::link(places) {
            Ok(configured) => configured,
            Err(error) => {
                log::info!("{}", in_full(error.as_ref()));
                return enrolled(None).map(Some);
            }
        },
    };
    let show = |code: Option<&str>| {
        log::info!("waiting for approval, code {}", code.unwrap_or("-"));
        Ok(())
    };
    if until_approved(home, &link, &person(places, tag), stop, true, show)?.is_none() {
        return Ok(None);
    }
    enrolled(home.store.load(home.clock.now().wall)?).map(Some)
}

fn stop_on_signals(told: Sender<()>) -> anyhow::Result<()> {
    let mut signals = Signals::new([SIGTERM, SIGINT, SIGHUP]).context("listen for signals")?;
    let work = move || while signals.forever().next().is_some() && told.send(()).is_ok() {};
    std::thread::Builder::new().name("signals".to_owned()).spawn(work).context("listen for signals")?;
    Ok(())
}

fn pass_on(stop: Receiver<()>, sender: Sender<Incoming>) -> anyhow::Result<()> {
    let work = move || {
        if stop.recv().is_ok()
            && let Err(error) = sender.send(Incoming::Stop)
        {
            log::debug!("{}", in_full(&error));
        }
    };
    std::thread::Builder::new().name("stop".to_owned()).spawn(work).context("listen for signals")?;
    Ok(())
}
