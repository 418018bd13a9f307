//! The three kinds of small text files that a Linux phone is described by: `os-release`, key files with groups (GLib's, Qt's,
//! `.desktop`), and tables of words. What can't be understood in a line is passed over; the rest of the file still counts.

use std::collections::BTreeMap;

/// The assignments of an `os-release` file (shell quoting, os-release(5)); of one given twice the last counts.
pub(super) fn os_release(text: &str) -> BTreeMap<String, String> {
    let assignments = text.lines().filter_map(|line| {
        let (key, value) = line.trim().split_once('=')?;
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
        (!key.is_empty() && key.bytes().all(fits)).then(|| (key.to_owned(), unquoted(value)))
    });
    assignments.collect()
}

/// A file of groups with keys.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct KeyFile {
    groups: Vec<(String, BTreeMap<String, String>)>,
}

impl KeyFile {
    pub(super) fn parse(text: &str) -> Self {
        let mut file = Self::default();
        for line in text.trim_start_matches('\u{feff}').lines().map(str::trim) {
            if line.starts_with(['#', ';']) {
                continue;
            }
            if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
                file.groups.push((name.to_owned(), BTreeMap::new()));
            } else if let (Some((key, value)), Some((_, keys))) =
                (line.split_once('='), file.groups.last_mut())
            {
                keys.insert(key.trim().to_owned(), bare(value.trim()).to_owned());
            }
        }
        file
    }

    /// The value of `key` in `group`; of one given twice the last counts.
    pub(super) fn value(&self, group: &str, key: &str) -> Option<&str> {
        let found =
            self.groups.iter().rev().filter(|(name, _)| name == group).find_map(|(_, keys)| keys.get(key));
        found.map(String::as_str)
    }

    /// The groups that have `key`.
    pub(super) fn groups_with<'a>(&'a self, key: &'a str) -> impl Iterator<Item = &'a str> {
        self.groups.iter().filter(move |(_, keys)| keys.contains_key(key)).map(|(name, _)| name.as_str())
    }

    /// The keys and values of `group`.
    pub(super) fn entries<'a>(&'a self, group: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
        let groups = self.groups.iter().filter(move |(name, _)| name == group);
        groups.flat_map(|(_, keys)| keys.iter().map(|(key, value)| (key.as_str(), value.as_str())))
    }
}

/// A value without the quotes that Qt puts around some. A command line may begin and end with different quoted words.
fn bare(value: &str) -> &str {
    let inner = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    inner.filter(|inner| !inner.contains('"')).unwrap_or(value)
}

/// A value without its quotes. A quote that is opened and not closed is taken as a slip of the pen.
fn unquoted(value: &str) -> String {
    let value = value.trim();
    let Some(quote) = value.chars().next().filter(|&c| c == '"' || c == '\'') else {
        return value.to_owned();
    };
    let mut text = String::new();
    let mut chars = value.chars().skip(1);
    while let Some(c) = chars.next() {
        match c {
            c if c == quote => break,
            '\\' if quote == '"' => text.extend(chars.next()),
            c => text.push(c),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn os_release_is_read_quoted_or_not() {
        let read = os_release(
            "# comment\nNAME=\"Sailfish OS\"\nID=sailfishos\nVERSION_ID='4.6.0.13'\nPRETTY=\"a \\\"b\\\" \\$c\"\n\
             BROKEN=\"no end\nnonsense\n=empty\nBAD KEY=1\n  ID_LIKE=x  \nID=last\n",
        );
        let value = |key: &str| read.get(key).map(String::as_str);
        assert_eq!(value("NAME"), Some("Sailfish OS"));
        assert_eq!(value("ID"), Some("last"));
        assert_eq!(value("VERSION_ID"), Some("4.6.0.13"));
        assert_eq!(value("PRETTY"), Some("a \"b\" $c"));
        assert_eq!(value("BROKEN"), Some("no end"));
        assert_eq!(value("ID_LIKE"), Some("x"));
        assert_eq!(read.len(), 6);
    }

    #[test]
    fn key_files_keep_their_groups_apart() {
        let file =
            KeyFile::parse("a=lost\n[one]\nnemo\\devicelock\\x=1\n#x=2\n[two]\nx = \"q\"\n[one]\ny=3\ny=4\n");
        assert_eq!(file.value("one", "nemo\\devicelock\\x"), Some("1"));
        assert_eq!(file.value("one", "y"), Some("4"));
        assert_eq!(file.value("one", "x"), None);
        assert_eq!(file.value("two", "x"), Some("q"));
        assert_eq!(file.groups_with("y").collect::<Vec<_>>(), ["one"]);
        assert_eq!(file.entries("one").count(), 2);
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "[\\[\\]a-z=\"'\\\\\n ]{0,120}") {
            let _ = os_release(&text);
            let file = KeyFile::parse(&text);
            let _ = file.value("a", "b");
        }
    }
}
