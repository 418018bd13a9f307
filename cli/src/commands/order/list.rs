//! Lists of orders.

use crate::field::Field as _;
use crate::output::{print, print_json};
use crate::pages::collect;
use crate::server::Server;
use crate::table::{Cell, Table};
use serde_json::Value;

/// Which orders.
#[derive(clap::Args)]
pub struct ListArgs {
    /// Of this device
    #[arg(long, value_name = "ID")]
    device: Option<String>,
    /// Of this scan
    #[arg(long, value_name = "ID")]
    scan: Option<String>,
    /// In this state, or one of these: `failed,expired`
    #[arg(long, value_name = "STATE")]
    state: Option<String>,
    /// Of this kind
    #[arg(long, value_name = "KIND")]
    kind: Option<String>,
    /// Given then or later
    #[arg(long, value_name = "TIME")]
    since: Option<String>,
    /// At most so many
    #[arg(long, value_name = "N", default_value_t = 100)]
    limit: usize,
}

/// Lists them, the newest first.
pub fn list(server: &Server, args: &ListArgs, json: bool) -> anyhow::Result<()> {
    let filters = [
        ("device", &args.device),
        ("scan", &args.scan),
        ("state", &args.state),
        ("kind", &args.kind),
        ("since", &args.since),
    ];
    let query: Vec<(&str, &str)> =
        filters.iter().filter_map(|(name, value)| Some((*name, value.as_deref()?))).collect();
    let orders = collect(server, "list orders", "orders", "orders", &query, Some(args.limit))?;
    if json {
        return print_json(&Value::Array(orders));
    }
    let mut table = Table::new(&["created (UTC)", "order", "device", "kind", "state", "by", "reason"]);
    for order in &orders {
        table.row([
            order.moment("created").into(),
            order.word("order").into(),
            order.word("device").into(),
            order.word("kind").into(),
            Cell::state(&order.word("state")),
            order.word("requested_by").into(),
            order.word("reason").into(),
        ]);
    }
    print(&if table.is_empty() { "No such order".to_owned() } else { table.text() })
}
