//! `muster enrol-token`, `pending`, `approve`, `refuse`: how phones come in.

mod android;
mod qr;
mod values;

use crate::field::{DASH, Field as _};
use crate::output::{Outcome, note, print, print_json, print_raw, secret_file};
use crate::server::{Server, escaped};
use crate::table::Table;
use crate::terminal;
use crate::watch::{View, Watch, WatchArgs};
use crate::when;
use anyhow::Context as _;
use clap::ValueEnum;
use muster_proto::id::DeviceId;
use muster_proto::time::Span;
use qr::Qr;
use serde_json::{Value, json};
use std::io::Write as _;
use std::path::PathBuf;

/// What follows `muster enrol-token`.
#[derive(clap::Args)]
pub struct TokenArgs {
    /// Organisation that the phones belong to
    #[arg(long, value_name = "ID")]
    org: String,
    /// How many phones may use it
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    uses: u32,
    /// For how long it works: `72h`, `7d`
    #[arg(long, value_name = "SPAN", default_value = "7d", value_parser = when::span)]
    expires: Span,
    /// Whether a person must approve each phone; by default for a token of more than one use, or one with `--replaces`
    #[arg(long, value_name = "WHO")]
    approve: Option<Approve>,
    /// The device that the phone replaces, whose findings go on
    #[arg(long, value_name = "DEVICE", value_parser = device)]
    replaces: Option<DeviceId>,
    /// Also print the link as a QR code
    #[arg(long)]
    qr: bool,
    /// Write the QR code to this file as a picture: what the phone in set-up is told with --android-qr, else the link
    #[arg(long, value_name = "FILE", alias = "png")]
    qr_png: Option<PathBuf>,
    /// What an Android phone in set-up is told
    #[command(flatten)]
    pub android: android::AndroidArgs,
}

#[derive(Clone, Copy, ValueEnum)]
enum Approve {
    /// Nobody needs to approve
    Auto,
    /// A person approves each phone
    Person,
}

/// Reads the id of a device, as an option has it.
pub fn device(text: &str) -> Result<DeviceId, String> {
    text.parse()
        .map_err(|_| "the id of a device has 32 hexadecimal digits; `muster device list` shows it".to_owned())
}

/// One device.
#[derive(clap::Args)]
pub struct DeviceArg {
    /// Id of the device
    device: String,
}

/// Makes a token and prints its link.
pub fn token(server: &Server, args: &TokenArgs, json: bool) -> anyhow::Result<Outcome> {
    let mut body = json!({ "org": args.org, "uses": args.uses, "expires_in": args.expires.secs() });
    if let Some(approve) = args.approve {
        body["approve"] = json!(match approve {
            Approve::Auto => "auto",
            Approve::Person => "person",
        });
    }
    if let Some(device) = args.replaces {
        body["replaces"] = json!(device);
    }
    let offer =
        args.android.android_qr.then(|| android::offer(server, &args.android, args.uses)).transpose()?;
    if let Some(offer) = &offer {
        // no link is made in vain: it is about as long as this
        Qr::of(&android::provisioning(&args.android, offer, &"x".repeat(200)).to_string())?;
    }
    // the picture holds the link: no link is made that could not be written
    let picture = args.qr_png.as_deref().map(secret_file).transpose()?;
    let mut token = server.post("make an enrolment token", "tokens", &body)?;
    let link = token.text("link").unwrap_or_default().to_owned();
    let said = offer.map(|offer| android::provisioning(&args.android, &offer, &link));
    let told = said.as_ref().map(Value::to_string);
    if let Some(mut file) = picture {
        file.write_all(&Qr::of(told.as_deref().unwrap_or(&link))?.png()?).context("write the picture")?;
    }
    if json {
        if let Some(said) = said {
            token["android_qr"] = said;
        }
        print_json(&token)?;
        return Ok(Outcome::Done);
    }
    print_token(&token)?;
    if args.qr {
        print_qr(&link)?;
    }
    if let Some(told) = told {
        print_raw(&told)?;
        print_qr(&told)?;
    }
    Ok(Outcome::Done)
}

/// A code that the terminal would break is none: no reader finds it.
fn print_qr(text: &str) -> anyhow::Result<()> {
    let code = Qr::of(text)?;
    if let Some(room) = terminal::width().filter(|room| *room < code.side()) {
        let wide = format!(
            "the QR code needs {} columns and the terminal has {room}: make it wider, or write a picture with --qr-png FILE",
            code.side()
        );
        return print(&wide);
    }
    print(&code.text(terminal::colours()))
}

fn print_token(token: &Value) -> anyhow::Result<()> {
    let auto = token.text("approve") == Some("auto");
    let approve = if auto { "no approval needed" } else { "each must be approved: `muster pending`" };
    print(&token.word("link"))?;
    note(&format!(
        "for {} phone(s) of {}, until {} UTC; {approve}; on the phone: muster-agent enrol 'LINK' --state DIR; \
         to take it back: muster token revoke {}",
        token.word("uses"),
        token.word("org"),
        token.moment("expires"),
        token.word("id"),
    ))
}

/// What follows `muster approve`.
#[derive(clap::Args)]
pub struct ApproveArgs {
    #[command(flatten)]
    device: DeviceArg,
    /// The device that this is, with a new key: it ends, and its findings go on
    #[arg(long, value_name = "DEVICE", value_parser = device)]
    replaces: Option<DeviceId>,
}

/// Lists enrolments that wait for a person.
pub fn pending(server: &Server, args: WatchArgs, json: bool) -> anyhow::Result<Outcome> {
    let read = || server.read("list enrolments", "enrolments", &[]);
    if let Some(every) = args.watch {
        let watch = Watch { server, every, device: None, key: "device", json };
        let view = |answer: Value| View {
            text: waiting(&answer),
            items: answer.list("pending").to_vec(),
            over: false,
        };
        watch.follow(|| read().map(view))?;
        return Ok(Outcome::Done);
    }
    let answer = read()?;
    if json {
        print_json(answer.at("pending"))?
    } else {
        print(&waiting(&answer))?
    }
    Ok(Outcome::Done)
}

fn waiting(answer: &Value) -> String {
    let mut table =
        Table::new(&["device", "code", "org", "platform", "model", "asset tag", "replaces", "asked (UTC)"]);
    for one in answer.list("pending") {
        let words =
            ["device", "code", "org", "platform", "model", "asset_tag"].map(|name| one.word(name).into());
        let replaces = match (one.text("replaces"), one.text("same_tag")) {
            (Some(known), _) => known.to_owned(),
            (None, Some(same)) => format!("perhaps {same}: same asset tag"),
            (None, None) => DASH.to_owned(),
        };
        table.row(words.into_iter().chain([replaces.into(), one.moment("asked").into()]));
    }
    if table.is_empty() { "No enrolment waits.".to_owned() } else { table.text() }
}

/// Approves an enrolment.
pub fn approve(server: &Server, args: &ApproveArgs) -> anyhow::Result<Outcome> {
    let replaces = args.replaces.map(|id| id.to_string());
    let query: Vec<_> = replaces.iter().map(|id| ("replaces", id.as_str())).collect();
    decide(server, &args.device.device, "approve", &query)
}

/// Refuses an enrolment.
pub fn refuse(server: &Server, args: &DeviceArg) -> anyhow::Result<Outcome> {
    decide(server, &args.device, "refuse", &[])
}

fn decide(server: &Server, device: &str, what: &str, query: &[(&str, &str)]) -> anyhow::Result<Outcome> {
    let path = format!("enrolments/{}/{what}", escaped(device));
    server.post_with(&format!("{what} the enrolment"), &path, &json!({}), query)?;
    Ok(Outcome::Done)
}
