//! What people are told.

use crate::stage::{PARTS, Stage};
use anyhow::{Context as _, bail};
use serde_json::Value;
use std::collections::BTreeMap;

/// Where to look, and how to get in.
pub fn invite(stage: &Stage) -> anyhow::Result<()> {
    let link = stage
        .server
        .try_muster(&["sign-in-link", "--name", "demo", "--role", "owner", "--json"])?
        .parsed()?;
    let link = link["link"].as_str().context("the server gave no link")?;
    println!("\nconsole  {}", stage.server.address());
    println!("sign in  {link}");
    println!("command  muster --data {} device list", stage.server.data().display());
    println!(
        "\nThe certificate is the server's own; its CA is {}. Ctrl-C ends everything.",
        stage.server.data().join("ca.pem").display()
    );
    Ok(())
}

/// Scans one phone and says how everything went.
///
/// # Errors
/// Something did not go as it should.
pub fn once(stage: &Stage) -> anyhow::Result<()> {
    let scanned = &PARTS[1];
    let device = stage.devices.get(1).context("the second agent is not enrolled")?;
    let args = ["scan", device, "--reason", "demonstration", "--wait", "30", "--json"];
    let scan = stage.server.try_muster(&args)?.parsed()?;
    let took = scan["click_to_verdict_ms"]
        .as_u64()
        .with_context(|| format!("the scan has no time to its verdict: {scan}"))?;
    let states: Vec<&str> =
        scan["states"].as_array().into_iter().flatten().filter_map(|state| state["state"].as_str()).collect();

    let devices = stage.list()?;
    println!("\nDevices: {}", devices.len());
    for (state, count) in by(&devices, |device| device["verdict"]["state"].as_str()) {
        println!("  {state:<15} {count:>4}");
    }
    println!("Organisations");
    for (org, count) in by(&devices, |device| device["org"].as_str()) {
        println!("  {org:<15} {count:>4}");
    }
    println!("Agents");
    let mut wrong = Vec::new();
    for (part, id) in PARTS.iter().zip(&stage.devices) {
        let verdict = stage.server.try_muster(&["device", "show", id, "--json"])?.parsed()?;
        let state = verdict["verdict"]["state"].as_str().unwrap_or("none").to_owned();
        println!("  {:<36} {state}", part.title);
        if state != part.expected {
            let findings = reasons(&verdict);
            wrong.push(format!("{} is {state}, not {}: {findings}", part.title, part.expected));
        }
    }
    println!("Scan of the {}: {}", scanned.title, states.join(" → "));
    println!("Click to verdict: {took} ms");
    if wrong.is_empty() {
        return Ok(());
    }
    bail!("{}", wrong.join("; "))
}

fn by<'a>(devices: &'a [Value], key: impl Fn(&'a Value) -> Option<&'a str>) -> BTreeMap<&'a str, usize> {
    let mut counts = BTreeMap::new();
    for device in devices {
        *counts.entry(key(device).unwrap_or("none")).or_default() += 1;
    }
    counts
}

fn reasons(device: &Value) -> String {
    let findings = device["findings"].as_array().into_iter().flatten();
    let bad = findings.filter(|finding| {
        !matches!(finding["state"].as_str(), Some("compliant" | "not-applicable" | "exempt"))
    });
    bad.map(|finding| format!("{} {}", finding["rule"], finding["state"])).collect::<Vec<_>>().join(", ")
}
