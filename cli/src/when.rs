//! Spans and ends as people write them: `7d`, `72h`, a day, a moment.

use muster_proto::time::{Day, Span, Timestamp};

/// Reads `45s`, `30m`, `72h`, `7d` or `2w`.
pub fn span(text: &str) -> Result<Span, String> {
    let wrong = || format!("{text:?} is not a length of time such as 30m, 72h or 7d");
    let at = text.find(|char: char| !char.is_ascii_digit()).ok_or_else(wrong)?;
    let (number, unit) = text.split_at(at);
    let number: u64 = number.parse().map_err(|_| wrong())?;
    let secs = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3600,
        "d" => 86_400,
        "w" => 604_800,
        _ => return Err(wrong()),
    };
    let span = number.checked_mul(secs).filter(|secs| *secs <= 100 * 366 * 86_400).ok_or_else(wrong)?;
    Ok(Span::from_secs(span))
}

/// Checks a moment of RFC 3339, or a day. Of which time zone a day is one, the server knows.
pub fn point(text: &str) -> Result<String, String> {
    if text.parse::<Day>().is_ok() {
        return Ok(text.to_owned());
    }
    until(text).map(|at| at.to_string())
}

/// Reads a moment of RFC 3339, or a day: the end of that day in UTC.
pub fn until(text: &str) -> Result<Timestamp, String> {
    if let Ok(day) = text.parse::<Day>() {
        return Ok(day.start() + Span::from_hours(24));
    }
    text.parse()
        .map_err(|_| format!("{text:?} is neither a day (2026-12-31) nor a time (2026-12-31T18:00:00+03:00)"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans() {
        assert_eq!(span("7d"), Ok(Span::from_hours(168)));
        assert_eq!(span("72h"), Ok(Span::from_hours(72)));
        assert_eq!(span("90s"), Ok(Span::from_secs(90)));
        for wrong in ["", "7", "d", "-1d", "7 d", "7y", "99999999999999999999d", "36601d"] {
            assert!(span(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_day_goes_to_the_server_as_it_is() {
        assert_eq!(point("2026-12-31").as_deref(), Ok("2026-12-31"));
        assert_eq!(point("2026-12-31T18:00:00+03:00").as_deref(), Ok("2026-12-31T15:00:00Z"));
        assert!(point("tomorrow").is_err() && point("2026-02-30").is_err());
    }

    #[test]
    fn a_day_counts_whole() {
        assert_eq!(until("2026-12-31").map(|time| time.to_string()), Ok("2027-01-01T00:00:00Z".to_owned()));
        assert_eq!(
            until("2026-12-31T18:00:00+03:00").map(|time| time.to_string()),
            Ok("2026-12-31T15:00:00Z".to_owned())
        );
        assert!(until("tomorrow").is_err());
    }
}
