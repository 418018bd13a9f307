//! What is a label, and what a row has of them.

use super::*;
use proptest::prelude::*;

#[test]
fn what_a_label_is() {
    for label in ["role=minister", "a=1", "site.city=msk-1", "x_y=0"] {
        let (name, value) = parse(label).expect(label);
        assert_eq!(format!("{name}={value}"), label);
    }
    let long = format!("{}=x", "a".repeat(LONGEST + 1));
    for wrong in [
        "",
        "=",
        "role",
        "role=",
        "=x",
        "Role=x",
        "role=X",
        "-a=b",
        "a.=b",
        "a=b=c",
        "роль=а",
        "a b=c",
        &long,
    ] {
        assert_eq!(parse(wrong).expect_err(wrong).problem().code, "bad-label");
    }
}

proptest! {
    #[test]
    fn a_word_is_what_its_pattern_says(text in r"[a-zA-Z0-9._=-]{0,4}|[a-z0-9]{60,66}|.{0,3}") {
        let edge = |c: Option<char>| c.is_some_and(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
        let inner = text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "._-".contains(c));
        let wanted = inner && text.len() <= 63 && edge(text.chars().next()) && edge(text.chars().last());
        prop_assert_eq!(is_word(&text), wanted, "{}", text);
    }

    #[test]
    fn labels_of_a_row_read_as_they_were(labels in proptest::collection::btree_map("[a-z][a-z0-9._-]{0,4}[a-z]", "[a-z0-9]{1,4}", 0..5)) {
        let stored: Vec<String> = labels.iter().map(|(name, value)| format!("{name}={value}")).collect();
        prop_assert_eq!(read(&stored.join(",")), labels);
    }
}
