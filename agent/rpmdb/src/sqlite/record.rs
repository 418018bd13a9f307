//! A row of SQLite: the length of its head, a number for each column's kind, then the columns.

/// A column, as far as it is read here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Value<'a> {
    /// No value, or a fraction.
    Other,
    /// A whole number.
    Number(i64),
    /// Text in UTF-8, said to be.
    Text(&'a [u8]),
    /// Bytes.
    Blob(&'a [u8]),
}

/// A number of one to nine bytes, seven bits each and eight in the ninth; and what is behind it.
pub fn varint(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let mut number = 0;
    for (place, byte) in bytes.iter().take(9).enumerate() {
        if place == 8 {
            return Some((number << 8 | u64::from(*byte), &bytes[9..]));
        }
        number = number << 7 | u64::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            return Some((number, &bytes[place + 1..]));
        }
    }
    None
}

/// A column of a row, counted from 0.
pub fn column(row: &[u8], wanted: usize) -> Option<Value<'_>> {
    let (head_len, rest) = varint(row)?;
    let (head, mut body) = row.split_at_checked(usize::try_from(head_len).ok()?)?;
    let mut kinds = head.get(row.len() - rest.len()..)?;
    for _ in 0..wanted {
        let (kind, more) = varint(kinds)?;
        body = body.get(size(kind)?..)?;
        kinds = more;
    }
    let (kind, _) = varint(kinds)?;
    let bytes = body.get(..size(kind)?)?;
    Some(match kind {
        1..=6 => Value::Number(signed(bytes)),
        8 => Value::Number(0),
        9 => Value::Number(1),
        12.. if kind.is_multiple_of(2) => Value::Blob(bytes),
        12.. => Value::Text(bytes),
        _ => Value::Other,
    })
}

/// How long a column of this kind is.
fn size(kind: u64) -> Option<usize> {
    match kind {
        0 | 8 | 9 => Some(0),
        1..=4 => usize::try_from(kind).ok(),
        5 => Some(6),
        6 | 7 => Some(8),
        10 | 11 => None,
        12.. => usize::try_from((kind - 12) / 2).ok(),
    }
}

fn signed(bytes: &[u8]) -> i64 {
    let start = if bytes.first().is_some_and(|high| high & 0x80 != 0) { -1 } else { 0 };
    bytes.iter().fold(start, |number, byte| number << 8 | i64::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_every_length() {
        assert_eq!(varint(&[0x05, 9]), Some((5, &[9][..])));
        assert_eq!(varint(&[0x81, 0x00]), Some((128, &[][..])));
        assert_eq!(varint(&[0xff; 9]), Some((u64::MAX, &[][..])));
        assert_eq!(varint(&[0x80; 8]), None);
        assert_eq!(varint(&[]), None);
    }

    #[test]
    fn columns_are_found_behind_each_other() {
        let row = [6, 0, 15, 2, 16, 9, b'a', 0xff, 0xfe, 7, 8];
        let columns: Vec<_> = (0..5).map(|place| column(&row, place)).collect();
        assert_eq!(
            columns,
            [
                Some(Value::Other),
                Some(Value::Text(b"a")),
                Some(Value::Number(-2)),
                Some(Value::Blob(&[7, 8])),
                Some(Value::Number(1))
            ]
        );
        assert_eq!(column(&row, 5), None);
        for len in 0..row.len() {
            assert_eq!(column(&row[..len], 3), None, "cut at {len}");
        }
        assert_eq!(column(&[2, 10], 0), None, "a kind kept for later");
        assert_eq!(column(&[0], 0), None, "a head shorter than its own length");
    }
}
