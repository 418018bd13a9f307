//! What an edit changed, in words.

use crate::field::Field as _;
use serde_json::Value;

/// Each of these keys that is another now, with both values.
pub fn told(before: &Value, after: &Value, keys: &[(&str, &str)]) -> String {
    let changed = keys.iter().filter(|(key, _)| before.at(key) != after.at(key));
    let lines: Vec<_> =
        changed.map(|(key, name)| format!("{name}: {} -> {}", before.word(key), after.word(key))).collect();
    if lines.is_empty() { "nothing differs from what was there".to_owned() } else { lines.join("\n") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_the_same_is_not_told() {
        let (before, after) =
            (json!({ "title": "A", "parent": null }), json!({ "title": "A", "parent": "b" }));
        let keys = [("title", "title"), ("parent", "belongs to")];
        assert_eq!(told(&before, &after, &keys), "belongs to: – -> b");
        assert_eq!(told(&before, &before, &keys), "nothing differs from what was there");
    }

    #[test]
    fn what_others_wrote_is_shown_and_not_carried_out() {
        let (before, after) = (json!({ "reason": "\u{1b}[2Ja" }), json!({ "reason": "b\u{202e}\nc" }));
        let told = told(&before, &after, &[("reason", "reason")]);
        assert_eq!(told, "reason: \u{fffd}[2Ja -> b\u{fffd}\u{fffd}c");
    }
}
