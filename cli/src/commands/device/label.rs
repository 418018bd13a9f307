//! `muster device label`: what people call devices by.

use crate::change;
use crate::commands::scan::many;
use crate::field::Field as _;
use crate::output::{Outcome, WrongUse, complain, note, print_json};
use crate::server::{Server, escaped};
use muster_proto::id::DeviceId;
use serde_json::{Map, Value, json};

/// What follows `muster device label`.
#[derive(clap::Args)]
pub struct Args {
    /// Ids, asset tags or serial numbers of devices, labels to give (`role=minister`) and names of labels to take away (`old-`)
    #[arg(value_name = "DEVICE|NAME=VALUE|NAME-", required = true)]
    words: Vec<String>,
    /// All devices that a query finds: `model:R570 org:minenergo`
    #[arg(long, value_name = "QUERY", allow_hyphen_values = true)]
    query: Option<String>,
}

/// The words, sorted by what they are.
#[derive(Debug, Default, PartialEq, Eq)]
struct Words {
    devices: Vec<String>,
    set: Map<String, Value>,
    remove: Vec<String>,
}

/// Carries it out.
pub fn run(server: &Server, args: &Args, json: bool) -> anyhow::Result<Outcome> {
    let Words { devices, set, remove } = sorted(&args.words);
    if set.is_empty() && remove.is_empty() {
        return Err(WrongUse("say which labels: role=minister, or role-".to_owned()).into());
    }
    if devices.is_empty() == args.query.is_none() {
        return Err(WrongUse("name devices, or say --query".to_owned()).into());
    }
    let mut body = json!({ "set": set, "remove": remove });
    if let [device] = devices.as_slice()
        && device.parse::<DeviceId>().is_ok()
    {
        let path = format!("devices/{}/labels", escaped(device));
        let (before, after) = server.edit("label the device", &path, &body)?;
        if json {
            print_json(&after)?
        } else {
            note(&change::told(&before, &after, &[("labels", "labels")]))?
        }
        return Ok(Outcome::Done);
    }
    match &args.query {
        Some(query) => body["query"] = json!(query),
        None => body["devices"] = json!(devices),
    }
    let done = server.post("label devices", "devices/labels", &body)?;
    if json {
        print_json(&done)?;
    } else {
        note(&format!("{} changed, {} had them already", done.word("changed"), done.word("unchanged")))?;
    }
    many::left_out(&done);
    for name in done.list("full") {
        complain(&format!("{} would have too many labels", crate::field::in_words(name)));
    }
    let missed =
        ["unknown", "full", "inactive", "elsewhere"].iter().map(|list| done.list(list).len()).sum::<usize>();
    Ok(if missed == 0 {
        Outcome::Done
    } else {
        Outcome::Failed(format!("{missed} devices were not labelled"))
    })
}

fn sorted(said: &[String]) -> Words {
    let mut words = Words::default();
    for word in said {
        match (word.strip_suffix('-'), word.split_once('=')) {
            (Some(name), None) => words.remove.push(name.to_owned()),
            (_, Some((name, value))) => drop(words.set.insert(name.to_owned(), json!(value))),
            (None, None) => words.devices.push(word.clone()),
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::Cli;
    use clap::Parser as _;

    #[test]
    fn words_are_devices_labels_and_names_of_labels() {
        let said = ["MF-1", "role=minister", "old-", "x.y-", "site=msk"].map(str::to_owned);
        let words = sorted(&said);
        assert_eq!(
            (words.devices, words.remove),
            (vec!["MF-1".to_owned()], vec!["old".to_owned(), "x.y".to_owned()])
        );
        assert_eq!(Value::Object(words.set), json!({ "role": "minister", "site": "msk" }));
        let line = |text: &str| Cli::try_parse_from(format!("muster device label {text}").split(' ')).is_ok();
        assert!(
            line("00 role=minister old- --json")
                && line("--query model:x role=minister old-")
                && !line("--query model:x")
        );
    }
}
