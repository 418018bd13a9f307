//! In which order RPM takes versions.

use std::cmp::Ordering;

/// How RPM orders versions: piece by piece, numbers as numbers, numbers above letters, more above less, and a tilde below all.
#[must_use]
pub fn order(one: &str, other: &str) -> Ordering {
    let (one, other) = (pieces(one), pieces(other));
    let longest = one.len().max(other.len());
    let pairs = (0..longest).map(|at| (one.get(at).copied(), other.get(at).copied()));
    pairs
        .map(|(one, other)| rank(one).cmp(&rank(other)))
        .find(|order| order.is_ne())
        .unwrap_or(Ordering::Equal)
}

/// Runs of digits, runs of letters, and tildes; what stands between them only separates.
fn pieces(version: &str) -> Vec<&str> {
    let kind = |c: char| match c {
        '~' => 1,
        c if c.is_ascii_digit() => 2,
        c if c.is_ascii_alphabetic() => 3,
        _ => 0,
    };
    let (mut pieces, mut rest) = (Vec::new(), version);
    while let Some(first) = rest.chars().next() {
        let end = match kind(first) {
            0 | 1 => first.len_utf8(),
            run => rest.find(|c| kind(c) != run).unwrap_or(rest.len()),
        };
        let (piece, after) = rest.split_at(end);
        if kind(first) > 0 {
            pieces.push(piece);
        }
        rest = after;
    }
    pieces
}

/// Numbers without their leading zeros: the longer is the greater.
fn rank(piece: Option<&str>) -> (u8, usize, &str) {
    match piece {
        Some("~") => (0, 0, ""),
        None => (1, 0, ""),
        Some(word) if word.starts_with(|c: char| c.is_ascii_alphabetic()) => (2, 0, word),
        Some(digits) => {
            let digits = digits.trim_start_matches('0');
            (3, digits.len(), digits)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn versions_are_ordered_as_rpm_orders_them() {
        let sorted = ["0.1~rc1", "0.1", "0.1.a", "0.1.0", "0.1.2", "0.1.10", "0.2.0", "1", "10"];
        for (at, one) in sorted.iter().enumerate() {
            for (other_at, other) in sorted.iter().enumerate() {
                assert_eq!(order(one, other), at.cmp(&other_at), "{one} {other}");
            }
        }
        assert_eq!(order("1.01", "1.1"), Ordering::Equal);
    }

    proptest! {
        #[test]
        fn the_order_of_versions_is_one(a in "[0-9a-c.~]{0,8}", b in "[0-9a-c.~]{0,8}", c in "[0-9a-c.~]{0,8}") {
            prop_assert_eq!(order(&a, &b), order(&b, &a).reverse());
            if order(&a, &b).is_le() && order(&b, &c).is_le() {
                prop_assert!(order(&a, &c).is_le());
            }
        }
    }
}
