//! `muster-agent report`.

use anyhow::bail;
use muster_agent::built_in;
use muster_agent::core::{Standing, State};
use muster_agent::runtime::Runtime;
use muster_proto::cose::Envelope;

use super::{Places, enrolled, print};

/// Makes one report, sends it and says what came of it.
pub fn report(places: &Places, json: bool) -> anyhow::Result<()> {
    let home = places.home()?;
    let state = enrolled(home.store.load(home.clock.now().wall)?)?;
    if state.standing == Standing::Retired {
        bail!("this device is retired: it reports no more");
    }
    let before = state.last.as_ref().map(|last| last.digest);
    let config = built_in::config(false);
    let mut runtime = Runtime::new(*state, config, home.store, home.keys, places.collector(), home.clock)?;
    runtime.report();

    let failure = runtime.failure().map(str::to_owned);
    let state = runtime.agent().state();
    let made = state.last.as_ref().filter(|last| before != Some(last.digest));
    let (Some(last), true) = (made, runtime.is_saved()) else {
        bail!("no report was made: {}", failure.unwrap_or_else(|| "unknown reason".to_owned()));
    };
    if last.accepted.is_none() {
        let why = failure.or_else(|| state.last_error.clone()).unwrap_or_else(|| "no answer".to_owned());
        if !state.queue.iter().any(|report| report.digest == last.digest) {
            bail!("the server will not have this report: {why}");
        }
        bail!("the report is saved and waits, the server does not have it: {why}");
    }
    print(&said(state, json)?)
}

fn said(state: &State, json: bool) -> anyhow::Result<String> {
    let Some(last) = &state.last else { bail!("no report was made") };
    let envelope = Envelope::parse(&last.bytes)?;
    let report: muster_proto::report::Report = envelope.read_unverified()?;
    if json {
        let value = serde_json::json!({
            "device": state.device,
            "chain": report.chain,
            "number": report.number,
            "digest": last.digest,
            "made": report.iat,
            "accepted": last.accepted,
            "code": last.code,
            "size": last.bytes.len(),
            "waiting": state.queue.len(),
            "report": muster_proto::json::render(&envelope)?,
        });
        return Ok(format!("{value}\n"));
    }
    let code = last.code.as_ref().map(|code| format!(" ({code})")).unwrap_or_default();
    Ok(format!("Report {} accepted{code}: {} bytes, {}.\n", report.number, last.bytes.len(), report.iat))
}
