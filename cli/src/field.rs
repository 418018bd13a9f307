//! Reading answers of the API: what is `null` or missing is shown as a dash.

use crate::printable::printable;
use serde_json::Value;

/// How people see that something is not known.
pub const DASH: &str = "–";

/// A value of the API by its path (`verdict/state`).
pub trait Field {
    /// The value; `null` where there is none.
    fn at(&self, path: &str) -> &Value;
    /// The value in words.
    fn word(&self, path: &str) -> String;
    /// The text, where it is text.
    fn text(&self, path: &str) -> Option<&str>;
    /// A time, to the minute.
    fn moment(&self, path: &str) -> String;
    /// The entries of a list; none where there is no list.
    fn list(&self, path: &str) -> &[Value];
}

impl Field for Value {
    fn at(&self, path: &str) -> &Value {
        path.split('/').try_fold(self, |value, key| value.get(key)).unwrap_or(&Self::Null)
    }

    fn word(&self, path: &str) -> String {
        in_words(self.at(path))
    }

    fn text(&self, path: &str) -> Option<&str> {
        self.at(path).as_str()
    }

    fn moment(&self, path: &str) -> String {
        self.text(path).map_or_else(|| DASH.to_owned(), minute)
    }

    fn list(&self, path: &str) -> &[Value] {
        self.at(path).as_array().map_or(&[], Vec::as_slice)
    }
}

/// A value on one line.
pub fn in_words(value: &Value) -> String {
    match value {
        Value::Null => DASH.to_owned(),
        Value::String(text) if text.is_empty() => DASH.to_owned(),
        Value::String(text) => printable(text),
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::Number(number) => number.to_string(),
        Value::Array(items) if items.is_empty() => "none".to_owned(),
        Value::Array(items) => items.iter().map(in_words).collect::<Vec<_>>().join(", "),
        Value::Object(map) => map
            .iter()
            .map(|(key, value)| format!("{} {}", printable(key), in_words(value)))
            .collect::<Vec<_>>()
            .join(", "),
    }
}

/// `2026-11-23T00:27:41.5Z` as `2026-11-23 00:27`.
pub fn minute(time: &str) -> String {
    match (time.get(..10), time.get(11..16)) {
        (Some(day), Some(minute)) => format!("{day} {minute}"),
        _ => time.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_not_known_is_a_dash() {
        let value = json!({"a": {"b": null, "c": "2026-11-23T00:27:41.5Z"}, "list": [1, "x"], "no": []});
        assert_eq!(value.word("a/b"), DASH);
        assert_eq!(value.word("a/x/y"), DASH);
        assert_eq!(value.moment("a/c"), "2026-11-23 00:27");
        assert_eq!(value.word("list"), "1, x");
        assert_eq!(value.word("no"), "none");
        assert_eq!(value.list("a").len(), 0);
    }
}
