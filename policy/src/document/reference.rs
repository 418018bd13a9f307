//! The page about policy documents, made of the schema, and so of the types that read them: what people read can't differ from what is read.

use serde_json::{Map, Value};

use super::form::MAX_ID;
use super::rule::COMMON_KEYS;
use super::schema::schema;
use super::tree::{MAX_DEPTH, MAX_DOCUMENT};
use crate::demand::MAX_DEMAND;
use crate::rules::built_in::{self, CHAIN, SILENCE};
use crate::rules::expression::variables::{APP_KEYS, FIELDS, STRENGTHS};
use crate::rules::{KINDS, Kind};

/// `docs/policy-reference.md`.
#[must_use]
pub fn reference() -> String {
    let schema = schema();
    let definitions = &schema["$defs"];
    let mut page = HEAD.to_owned();
    page += &section("## The document", DOCUMENT, &table(&schema, |_| true));
    page += &section("## `schedule`", SCHEDULE, &table(&definitions["Schedule"], |_| true));
    page += &section("## `assign`", ASSIGN, &table(&definitions["Assign"], |_| true));
    let rules = schema["properties"]["rules"]["items"]["oneOf"].as_array().map(Vec::as_slice);
    let rules = rules.unwrap_or_default();
    if let Some(any) = rules.first() {
        let steps = format!("In `escalate`:\n\n{}", table(&definitions["Escalate"], |_| true));
        page += &section("## Keys of every rule", RULES, &(table(any, is_common) + "\n" + &steps));
    }
    page += &section("## Kinds of rules", KINDS_HEAD, "");
    for (kind, rule) in KINDS.iter().zip(rules) {
        page += &of_kind(kind, rule, definitions);
    }
    page += &section("## What an expression may look at", EXPRESSIONS, &variables());
    page += &section("## Rules that every device has", BUILT_IN, &built_in_rules());
    page += &section("## How values are written", "", &values(definitions));
    page += &section("## Limits", "", &limits());
    page
}

fn of_kind(kind: &Kind, rule: &Value, definitions: &Value) -> String {
    let (en, ru) = kind.title;
    let mut text = format!("{}\n\nTitle, where the rule has none: *{en}*, *{ru}*.", sentence(rule));
    if kind.attestable {
        text += " Hardware can prove what it looks at: `needs: attested` makes sense.";
    }
    if kind.server_only {
        text += " The server alone judges it.";
    }
    let own = table(rule, |key| !is_common(key));
    let mut part = section(&format!("### `{}`", kind.word), &text, &own);
    for (key, value) in properties(rule).filter(|(key, _)| !is_common(key)) {
        let inner = &definitions[reference_of(value).unwrap_or_default()];
        if inner["properties"].is_object() {
            part += &format!("\nIn `{key}`:\n\n{}", table(inner, |_| true));
        }
        let words = definition_of_items(value).map_or(&Value::Null, |name| &definitions[name]["oneOf"]);
        for word in words.as_array().into_iter().flatten() {
            part += &format!("\n- {}: {}", code(&word["const"]), sentence(word));
        }
        part += if words.is_array() { "\n" } else { "" };
    }
    part + &format!("\n```yaml\n{}\n```\n", kind.document.example.trim())
}

fn section(heading: &str, text: &str, rest: &str) -> String {
    let parts = [heading, text, rest].map(str::trim);
    let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    format!("\n{}\n", parts.join("\n\n"))
}

/// Keys with what may stand there, what holds without them, and what they mean.
fn table(object: &Value, wanted: impl Fn(&str) -> bool) -> String {
    let required = |key: &str| object["required"].as_array().is_some_and(|keys| keys.contains(&key.into()));
    let mut rows: Vec<_> = properties(object).filter(|(key, _)| wanted(key)).collect();
    // what must be there first; the schema has its keys by the alphabet
    rows.sort_by_key(|(key, _)| (!required(key), place(key)));
    let row = |(key, value): &(&String, &Value)| {
        let without = if required(key) { "it must be there".to_owned() } else { usual(value) };
        format!("| `{key}` | {} | {without} | {} |\n", shape(value), sentence(value))
    };
    let rows: String = rows.iter().map(row).collect();
    format!("| key | value | without it | meaning |\n|---|---|---|---|\n{rows}")
}

/// The common keys have an order of their own.
fn place(key: &str) -> usize {
    COMMON_KEYS.iter().position(|common| *common == key).unwrap_or(COMMON_KEYS.len())
}

fn is_common(key: &str) -> bool {
    COMMON_KEYS.contains(&key)
}

fn properties(object: &Value) -> impl Iterator<Item = (&String, &Value)> {
    object["properties"].as_object().into_iter().flat_map(Map::iter)
}

/// What may stand at a key.
fn shape(value: &Value) -> String {
    if let Some(name) = reference_of(value) {
        return name_of(name);
    }
    if let Some(words) = value["enum"].as_array() {
        return words.iter().map(code).collect::<Vec<_>>().join(", ");
    }
    if value["const"].is_string() {
        return "one of the [kinds](#kinds-of-rules)".to_owned();
    }
    match kind_of(value) {
        "array" => list(value),
        "boolean" => "`true`, `false`".to_owned(),
        "object" => format!("keys, each with {}", shape(&value["additionalProperties"])),
        _ => match (value["minLength"].as_u64(), value["maxLength"].as_u64()) {
            (Some(least), Some(most)) => format!("text of {least} to {most} characters"),
            _ => "text".to_owned(),
        },
    }
}

fn list(value: &Value) -> String {
    let items = &value["items"];
    if items["oneOf"].is_array() {
        return "list of [rules](#keys-of-every-rule)".to_owned();
    }
    let most = value["maxItems"].as_u64().map(|most| format!(", at most {most}")).unwrap_or_default();
    format!("list{most}: {}", shape(items))
}

/// A definition by its name for people, with a link to where it is told.
fn name_of(name: &str) -> String {
    let told = match name {
        "Schedule" => return "[keys](#schedule)".to_owned(),
        "Assign" => return "[keys](#assign)".to_owned(),
        "Setting" => return "one of the words below".to_owned(),
        "Escalate" => return "keys, told below".to_owned(),
        "BootRequirements" => return "keys, told below".to_owned(),
        "Local" => "text in both languages",
        "Length" => "length of time",
        "Due" => "day or moment",
        "AllowedPlatform" => "system",
        "Version" => "version",
        other => other,
    };
    format!("[{told}](#how-values-are-written)")
}

fn usual(value: &Value) -> String {
    match &value["default"] {
        Value::Array(words) if !words.is_empty() => words.iter().map(code).collect::<Vec<_>>().join(", "),
        word @ Value::String(_) => code(word),
        _ if kind_of(value) == "boolean" => "`false`".to_owned(),
        _ => "–".to_owned(),
    }
}

/// The definition that a value is, or may be.
fn reference_of(value: &Value) -> Option<&str> {
    let direct = value["$ref"].as_str();
    let either = || value["anyOf"].as_array()?.iter().find_map(|one| one["$ref"].as_str());
    direct.or_else(either)?.strip_prefix("#/$defs/")
}

fn definition_of_items(value: &Value) -> Option<&str> {
    reference_of(&value["items"])
}

/// The type; of a value that may be `null`, the other one.
fn kind_of(value: &Value) -> &str {
    let several = value["type"].as_array().and_then(|types| types.first()).and_then(Value::as_str);
    value["type"].as_str().or(several).unwrap_or_default()
}

fn code(word: &Value) -> String {
    format!("`{}`", word.as_str().unwrap_or_default())
}

fn sentence(value: &Value) -> String {
    value["description"].as_str().unwrap_or_default().replace('\n', " ")
}

fn variables() -> String {
    let row = |place: &str, is: &str, about: &str| format!("| `{place}` | {is} | {about} |\n");
    let device = FIELDS.iter().map(|field| row(&format!("device.{}", field.name), field.is, field.about));
    let apps = APP_KEYS.iter().map(|(key, is, about)| row(&format!("app.{key}"), is, about));
    let names = STRENGTHS.map(|name| format!("`{name}`")).join(", ");
    let rest = [
        row(
            "facts.FACT",
            "text",
            "`known`, or the reason why there is no value, of each fact that a field of `device` comes from.",
        ),
        row("apps", "list", "The watched applications that were found, each with the keys `app.…` above."),
        row(
            "now",
            "number",
            "The moment of judging, in seconds since 1970. It is looked at with each report and at the start of each day in UTC.",
        ),
        row("STRENGTH_…", "number", &format!("Strengths of a screen lock, in this order: {names}.")),
    ];
    let rows: String = device.chain(apps).chain(rest).collect();
    format!("| name | type | meaning |\n|---|---|---|\n{rows}")
}

fn built_in_rules() -> String {
    let row = |(id, about): (&str, &str)| {
        let (en, ru) = built_in::title(id).unwrap_or_default();
        format!("| `{id}` | {en}, {ru} | {about} |\n")
    };
    let rows: String = [(SILENCE, ABOUT_SILENCE), (CHAIN, ABOUT_CHAIN)].map(row).concat();
    format!("| rule | title | meaning |\n|---|---|---|\n{rows}")
}

fn values(definitions: &Value) -> String {
    let texts = ["Local", "Length", "Due", "Version", "AllowedPlatform"];
    let told = |name: &str| {
        let definition = &definitions[name];
        let plain = name_of(name);
        let plain = plain.split(['[', ']']).nth(1).unwrap_or_default();
        let pattern = definition["pattern"].as_str();
        let pattern = pattern.map(|pattern| format!(" Pattern: `{pattern}`.")).unwrap_or_default();
        format!("- **{plain}**: {}{pattern}\n", sentence(definition))
    };
    texts.map(told).concat()
}

fn limits() -> String {
    format!(
        "- A document: {} KiB, {MAX_DEPTH} levels, one document in a file, without anchors, aliases and tags, no key twice.\n\
         - An id of a policy or a rule: 1 to {MAX_ID} characters of a-z, 0-9 and -, each once. `{SILENCE}` and `{CHAIN}` are taken.\n\
         - What one rule demands beside the keys of every rule: {} KiB.\n\
         - All rules of one device, from every document that applies to it: 256.\n",
        MAX_DOCUMENT / 1024,
        MAX_DEMAND / 1024,
    )
}

const HEAD: &str = "# Policy documents: the reference

What may stand in a policy, key by key. How policies are tried, applied and kept: [quick start](quickstart.md#an-organisation-and-a-policy), [policies in a repository](policies-in-git.md). Documents are YAML, or
JSON, which is YAML too; a key that isn't known, and a value that makes no sense, are refused with line and column. `policy/schema/policy.schema.json` lets an editor complete and check a
document. Ready ones are in `catalogue/policies`.

This page is generated: `cargo run -p muster-policy --features document --example policy_reference > docs/policy-reference.md`.
";

const DOCUMENT: &str = "
```yaml
policy: work-phones
title: { en: Work phones, ru: Служебные телефоны }
contact: { en: \"Help desk, 1234\", ru: \"Служба поддержки, 1234\" }
schedule: { report_every: 4h, silent_after: 26h }
rules:
  - { id: no-telegram, kind: messengers, deny: [telegram], grace: 72h }
assign:
  - { org: ministry, mode: warn }
  - { org: department, due: { no-telegram: 2027-06-01 }, from: 2027-02-01 }
```";

const SCHEDULE: &str = "Of several documents that apply to a device the shortest times count, and the channel that is open longest. What none of them says is as the table has it.";

const ASSIGN: &str = "A document that is assigned to an organisation applies to those below it too; an entry further down replaces what the one above it said. Where several documents have the same rule, the one that is
assigned lower may tighten it, never loosen it.";

const RULES: &str = "A broken rule is tolerated as long as `grace` or `due` says, and fails then. `grace` is counted from the break, from the day on which the rule began to be enforced, or from the end of an exemption that covered it, whichever is last. With `escalate` it also comes to count for more the longer it is broken: `mode: observe` with
`escalate: { warn: 14d, enforce: 30d }` tells administrators alone for fourteen days, then the person too, and decides the verdict after thirty. Days are counted from the break, and not
from before the rule got its first step. Where an entry of `assign` names a mode, that mode stays.";

const KINDS_HEAD: &str = "Ids of messengers and makers, and groups of makers, are those of the [catalogue](../catalogue/README.md).";

const EXPRESSIONS: &str = "A fact without a value has no key in `device`: where the expression needs it, the rule is unknown, and says which. `has(device.os_certified)` asks whether there is one. An expression that looks at `apps` is kept only
if every inventory of the phone was read. There are `&&`, `||`, `!`, `? :`, comparisons, `in`, whole numbers with `+ - * / %`, `size`, `contains`, `startsWith`, `endsWith`, `int`, `string`, and the loops `all`, `exists`,
`exists_one`, `filter` and `map` over `apps` or a list that is written out. There are no regular expressions, and no `+` inside of a loop. What an expression could cost is counted before it is taken: at most
100000 steps. Types are checked when a policy is planned. Phones don't get the expression, and show what the server said.";

const BUILT_IN: &str = "No document names them. Broken, they fail at once.";

const ABOUT_SILENCE: &str = "The device was heard from within `silent_after`, or was enrolled since; working time alone is counted where the organisation has a calendar. A report with a fresh nonce ends it.";
const ABOUT_CHAIN: &str = "Its reports are one unbroken chain. Each gap, reset and fork breaks it until somebody acknowledges that.";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::Document;
    use crate::tests::world::CATALOGUE;

    #[test]
    fn the_page_is_that_of_the_types() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/policy-reference.md");
        let stored = std::fs::read_to_string(path).unwrap_or_default();
        let told = "run `cargo run -p muster-policy --features document --example policy_reference > docs/policy-reference.md`";
        assert!(stored == reference(), "docs/policy-reference.md is old: {told}");
    }

    #[test]
    fn each_example_on_the_page_is_a_document_and_shows_every_key() {
        let page = reference();
        let examples: Vec<&str> =
            page.split("```yaml\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
        let (whole, rules) = examples.split_first().unwrap();
        Document::from_yaml(whole, &CATALOGUE).unwrap();
        assert_eq!(rules.len(), KINDS.len());
        let schemas = schema()["properties"]["rules"]["items"]["oneOf"].clone();
        for (at, (kind, example)) in KINDS.iter().zip(rules).enumerate() {
            let text = format!("policy: p\nrules:\n{example}");
            let document = Document::from_yaml(&text, &CATALOGUE).unwrap_or_else(|e| panic!("{e}\n{text}"));
            let words: Vec<_> = document.rules.iter().map(|rule| rule.kind).collect();
            assert_eq!(words, [kind.word]);
            for (key, _) in properties(&schemas[at]).filter(|(key, _)| !is_common(key)) {
                assert!(example.contains(&format!("\n  {key}: ")), "{}: no {key}", kind.word);
            }
        }
    }

    #[test]
    fn no_cell_of_the_tables_is_empty() {
        for line in reference().lines().filter(|line| line.starts_with('|')) {
            assert!(line.split('|').skip(1).all(|cell| cell != "  "), "{line}");
            assert!(!line.contains("``"), "{line}");
        }
    }
}
