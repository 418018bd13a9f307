//! In which form an answer is wanted: the header `accept` (RFC 9110, section 12.5.1).

use axum::http::{HeaderMap, header};
use std::cmp::Reverse;

/// Which of the forms that there are the caller likes best: by weight, then the one that is named more exactly, then the one that is
/// named first. Where nothing is said or nothing fits, the first of them: an answer in another form is better than none.
pub fn best<T: Copy, const N: usize>(headers: &HeaderMap, forms: [(&str, T); N]) -> T {
    const { assert!(N > 0) };
    let lines = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    let ranges: Vec<Range<'_>> = lines.flat_map(|line| line.split(',')).filter_map(Range::parse).collect();
    let liked = |(media_type, _): &(&str, T)| {
        let fitting = ranges.iter().enumerate().filter(|(_, range)| range.fits(media_type));
        let (nth, range) = fitting.max_by_key(|(nth, range)| (range.exact, Reverse(*nth)))?;
        (range.weight > 0).then_some((range.weight, range.exact, Reverse(nth)))
    };
    // of several that are liked the same, `max_by_key` takes the last
    let found = forms.iter().rev().max_by_key(|form| liked(form));
    found.map_or(forms[0].1, |(_, form)| *form)
}

/// A media range.
struct Range<'a> {
    name: &'a str,
    /// How exactly it names a type: `*/*`, `text/*`, `text/csv`.
    exact: u8,
    /// Thousandths; 0 for what is not wanted.
    weight: u16,
}

impl<'a> Range<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        let mut parts = text.split(';').map(str::trim);
        let name = parts.next().filter(|name| name.contains('/'))?;
        let weight = parts.find_map(|part| part.strip_prefix("q=").or(part.strip_prefix("Q=")));
        let exact = match name.split_once('/')? {
            ("*", "*") => 0,
            (_, "*") => 1,
            _ => 2,
        };
        Some(Self { name, exact, weight: weight.map_or(Some(1000), thousandths)? })
    }

    fn fits(&self, media_type: &str) -> bool {
        match self.exact {
            0 => true,
            1 => {
                let kind = |name: &str| name.split('/').next().unwrap_or_default().to_ascii_lowercase();
                kind(self.name) == kind(media_type)
            }
            _ => self.name.eq_ignore_ascii_case(media_type),
        }
    }
}

/// `0.8` as 800; at most three digits follow the point.
fn thousandths(text: &str) -> Option<u16> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let digits = part.len() <= 3 && part.bytes().all(|byte| byte.is_ascii_digit());
    if !digits || !matches!(whole, "0" | "1") {
        return None;
    }
    let weight: u16 = format!("{whole}{part:0<3}").parse().ok()?;
    (weight <= 1000).then_some(weight)
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn chosen(lines: &[&'static str]) -> &'static str {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(header::ACCEPT, HeaderValue::from_static(line));
        }
        best(&headers, [("application/json", "json"), ("text/csv", "csv"), ("application/x-ndjson", "lines")])
    }

    #[test]
    fn what_is_liked_best_is_given() {
        for (line, form) in [
            ("", "json"),
            ("*/*", "json"),
            ("text/html", "json"),
            ("text/csv", "csv"),
            ("Text/CSV; header=present", "csv"),
            ("text/*", "csv"),
            ("text/csv, */*", "csv"),
            ("text/csv, application/json", "csv"),
            ("application/json, text/csv", "json"),
            ("text/csv;q=0, application/json", "json"),
            ("text/csv;q=0.5, application/json;q=0.4", "csv"),
            ("text/csv;q=0.5, application/*;q=0.75", "json"),
            ("application/json;q=0, */*", "csv"),
            ("*/*, application/json;q=0, text/csv;q=0", "lines"),
            ("application/json;q=0.2, application/x-ndjson ; q=0.201", "lines"),
            ("text/csv;q=2, nonsense", "json"),
            ("text/csv;q=1.001", "json"),
        ] {
            assert_eq!(chosen(&[line]), form, "{line}");
        }
        assert_eq!(chosen(&[]), "json");
        assert_eq!(chosen(&["text/html", "application/x-ndjson"]), "lines");
    }
}
