//! `muster order`: what became of an order.

use crate::field::Field as _;
use crate::output::{Outcome, print, print_json};
use crate::server::{Server, escaped};
use crate::table::{Cell, Table};
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
    /// Show an order with its life
    Show {
        /// Id of the order
        id: String,
    },
    /// Cancel an order that was not carried out yet
    Cancel {
        /// Id of the order
        id: String,
    },
}

/// Carries it out.
pub fn run(server: &Server, args: &Args, json: bool) -> anyhow::Result<Outcome> {
    let order = match &args.command {
        OrderCommand::Show { id } => {
            server.read("show the order", &format!("orders/{}", escaped(id)), &[])?
        }
        OrderCommand::Cancel { id } => {
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

/// Prints an order.
pub fn show(order: &Value, json: bool) -> anyhow::Result<()> {
    if json {
        return print_json(order);
    }
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
    print(&table.text())
}
