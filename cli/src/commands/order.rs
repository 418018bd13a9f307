//! `muster order`: what became of an order.

mod list;

use crate::field::Field as _;
use crate::output::{Outcome, print, print_json};
use crate::server::{Server, escaped};
use crate::table::{Cell, Table};
use crate::watch::{View, Watch, WatchArgs};
use clap::Subcommand;
use serde_json::{Value, json};

/// What follows `muster order`.
#[derive(clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: OrderCommand,
}

#[derive(Subcommand)]
enum OrderCommand {
    /// List orders, the newest first
    List(list::ListArgs),
    /// Show an order with its life
    Show(ShowArgs),
    /// Cancel an order that was not carried out yet
    Cancel(CancelArgs),
}

/// An order or a scan to be shown.
#[derive(clap::Args)]
pub struct ShowArgs {
    /// Its id
    pub id: String,
    #[command(flatten)]
    pub watch: WatchArgs,
}

/// An order or a scan to be called back.
#[derive(clap::Args)]
pub struct CancelArgs {
    /// Its id
    pub id: String,
}

/// Carries it out.
pub fn run(server: &Server, args: &Args, json: bool) -> anyhow::Result<Outcome> {
    let order = match &args.command {
        OrderCommand::List(args) => {
            list::list(server, args, json)?;
            return Ok(Outcome::Done);
        }
        OrderCommand::Show(ShowArgs { id, watch: WatchArgs { watch: Some(every) } }) => {
            follow(server, id, None, *every, json)?;
            return Ok(Outcome::Done);
        }
        OrderCommand::Show(ShowArgs { id, .. }) => {
            server.read("show the order", &format!("orders/{}", escaped(id)), &[])?
        }
        OrderCommand::Cancel(CancelArgs { id }) => {
            let answer =
                server.post("cancel the order", &format!("orders/{}/cancel", escaped(id)), &json!({}))?;
            if answer.is_null() {
                server.read("show the order", &format!("orders/{}", escaped(id)), &[])?
            } else {
                answer
            }
        }
    };
    show(&order, json)?;
    Ok(Outcome::Done)
}

/// States after which nothing happens to an order any more.
pub const FINAL: [&str; 4] = ["reported", "failed", "expired", "cancelled"];

/// Whether nothing happens to the order any more.
pub fn is_over(order: &Value) -> bool {
    order.text("state").is_some_and(|state| FINAL.contains(&state))
}

/// Shows an order until nothing happens to it any more.
pub fn follow(
    server: &Server,
    id: &str,
    device: Option<&str>,
    every: u64,
    json: bool,
) -> anyhow::Result<Value> {
    let path = format!("orders/{}", escaped(id));
    let watch = Watch { server, every, device, key: "order", json };
    let view = watch.follow(|| {
        let order = server.read("watch the order", &path, &[])?;
        Ok(View { text: words(&order), over: is_over(&order), items: vec![order] })
    })?;
    Ok(view.items.into_iter().next().unwrap_or_default())
}

/// Prints an order.
pub fn show(order: &Value, json: bool) -> anyhow::Result<()> {
    if json { print_json(order) } else { print(&words(order)) }
}

fn words(order: &Value) -> String {
    let mut table = Table::pairs();
    for name in ["order", "device", "kind", "requested_by", "reason", "expires"] {
        table.row([Cell::dim(&name.replace('_', " ")), order.word(name).into()]);
    }
    for state in order.list("states") {
        let code = state.text("code").unwrap_or_default();
        table.row([Cell::state(&state.word("state")), format!("{} {code}", state.word("at")).into()]);
    }
    if let Some(ms) = order.at("click_to_verdict_ms").as_u64() {
        table.row([Cell::dim("click to verdict"), format!("{ms} ms").into()]);
    }
    table.text()
}
