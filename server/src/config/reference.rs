//! The page about configuration and the commented file, made of the comments on the keys: what people read can't differ from what is read.

use clap::Args as _;
use serde_json::Value;
use std::fmt::Write as _;

use super::Raw;

/// `docs/configuration.md`.
#[must_use]
pub fn page() -> String {
    let mut page = HEAD.to_owned();
    let mut group = String::new();
    for key in keys() {
        if key.group != group {
            group.clone_from(&key.group);
            page += &format!("\n## {group}\n");
        }
        let usual =
            key.usual.as_ref().map_or_else(|| "nothing".to_owned(), |value| format!("`{}`", toml(value)));
        let (name, kind, more) = (&key.name, &key.kind, &key.more);
        page += &format!("\n### `{name}`\n\n{}.\n", key.brief);
        if !more.is_empty() {
            page += &format!("\n{more}\n");
        }
        page += &format!("\nUsually: {usual}. Option `--{name} {kind}`, variable `{}`.\n", key.variable);
        if let Some(example) = &key.example {
            page += &format!("\n    {name} = {}\n", toml(example));
        }
    }
    page
}

/// The commented file: every key, with what holds where it isn't set.
#[must_use]
pub fn example() -> String {
    let mut file = FILE_HEAD.to_owned();
    let mut group = String::new();
    for key in keys() {
        if key.group != group {
            group.clone_from(&key.group);
            file += &format!("\n# ---- {group} ----\n");
        }
        file += "\n";
        for paragraph in [&key.brief, &key.more] {
            for line in paragraph.lines() {
                // writing to a string does not fail
                writeln!(file, "# {line}").ok();
            }
        }
        let value = key.usual.as_ref().or(key.example.as_ref()).map(toml).unwrap_or_default();
        file += &format!("#{} = {value}\n", key.name);
    }
    file
}

struct Key {
    name: String,
    group: String,
    kind: String,
    variable: String,
    brief: String,
    more: String,
    usual: Option<Value>,
    example: Option<Value>,
}

fn keys() -> Vec<Key> {
    let schema = schemars::schema_for!(Raw).to_value();
    let usual = serde_json::to_value(Raw::usual()).unwrap_or_default();
    let line = Raw::augment_args(clap::Command::new("serve"));
    let key = |argument: &clap::Arg| {
        let name = argument.get_long()?.to_owned();
        let about = &schema["properties"][&name];
        let words = about["description"].as_str().unwrap_or_default();
        let (brief, more) = words.split_once("\n\n").unwrap_or((words, ""));
        Some(Key {
            group: argument.get_help_heading().unwrap_or_default().to_owned(),
            kind: argument.get_value_names().and_then(|names| names.first()).map(ToString::to_string)?,
            variable: argument.get_env()?.to_string_lossy().into_owned(),
            brief: brief.replace('\n', " "),
            more: more.to_owned(),
            usual: usual.get(&name).filter(|value| !value.is_null()).cloned(),
            example: about["examples"].get(0).cloned(),
            name,
        })
    };
    line.get_arguments().filter_map(key).collect()
}

/// A string or a list of strings is the same in JSON and in TOML.
fn toml(value: &Value) -> String {
    value.to_string().replace("\",\"", "\", \"")
}

const HEAD: &str = "# Configuration

`muster-server` reads `/etc/muster/server.toml`, or the file that `--config FILE` or `MUSTER_CONFIG` names. Each key of the file is also an option of the command line and a
variable of the environment; an option wins over a variable, and that over the file. Paths in the file are meant from its folder on. A key that the server doesn't know, and a value
that makes no sense, keep it from starting, and it says which, with file and line. Certificates are read again while it runs; everything else at its next start.

    muster-server check      # looks at all of this and more, also beside a running server; exit status 1 if something fails

This page is generated: `cargo run -p muster-server --example configuration -- page > docs/configuration.md`.
";

const FILE_HEAD: &str = "# Configuration of muster-server. A key that is commented out has the value that is shown, or where it names an example, none.
# `muster-server check` says what is wrong with it. All about it: docs/configuration.md.
";

#[cfg(test)]
mod tests {
    use super::*;

    const HINT: &str = "run the example `configuration` as its first line says";

    #[test]
    fn the_page_and_the_file_are_those_of_the_types() {
        let root = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
        let stored = |path: &str| std::fs::read_to_string(format!("{root}/{path}")).unwrap_or_default();
        assert!(stored("docs/configuration.md") == page(), "docs/configuration.md is old: {HINT}");
        assert!(stored("server/server.toml.example") == example(), "server.toml.example is old: {HINT}");
    }

    #[test]
    fn each_key_is_described_and_each_line_of_the_file_can_be_used() {
        let raw: Raw = toml::from_str(&example()).expect("all of it is comments");
        assert_eq!(raw, Raw::default());
        let keys = keys();
        let schema = schemars::schema_for!(Raw).to_value();
        assert_eq!(keys.len(), schema["properties"].as_object().expect("keys").len());
        for key in keys {
            assert!(!key.brief.is_empty() && !key.group.is_empty(), "{}", key.name);
            assert_eq!(key.variable, format!("MUSTER_{}", key.name.to_uppercase().replace('-', "_")));
            let value = key.usual.or(key.example);
            let value =
                value.unwrap_or_else(|| panic!("{} has neither a usual value nor an example", key.name));
            let line = format!("{} = {}", key.name, toml(&value));
            toml::from_str::<Raw>(&line).unwrap_or_else(|error| panic!("{line}: {error}"));
        }
    }
}
