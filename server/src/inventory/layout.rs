//! How a file of a management system is to be read: which column says what, and in which letters it is written.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use muster_proto::time::Timestamp;
use serde::Deserialize;
use std::borrow::Cow;

use crate::error::ActionError;
use crate::problems::Code;

/// Which column says what. Columns are named as the first row of the file names them.
#[derive(Debug, Clone)]
pub struct Layout {
    /// The column that names the device.
    pub device: String,
    /// What stands there.
    pub device_is: DeviceIs,
    /// The column with the application: its id, its RPM's name, or its Android package.
    pub application: String,
    /// The column with its version.
    pub version: Option<String>,
    /// The column with the moment at which the management system saw it.
    pub date: Option<String>,
    /// The time zone of moments that name none.
    pub time_zone: String,
    /// What stands between two columns.
    pub delimiter: char,
    /// The letters.
    pub encoding: Encoding,
}

/// By what the file names a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum DeviceIs {
    /// By the id that this server shows.
    Id,
    /// By the asset tag that was typed at its enrolment, however it is spelt in capitals.
    AssetTag,
}

/// The letters of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, schemars::JsonSchema)]
pub enum Encoding {
    /// UTF-8, with or without a byte order mark.
    #[default]
    #[serde(rename = "utf-8")]
    Utf8,
    /// The code page of Russian Windows.
    #[serde(rename = "windows-1251")]
    Windows1251,
}

impl Layout {
    /// The time zone by its name.
    ///
    /// # Errors
    /// There is none of this name.
    pub fn zone(&self) -> Result<TimeZone, ActionError> {
        TimeZone::get(&self.time_zone).map_err(|_| {
            let detail = format!("time_zone: {:?} is no IANA time zone", self.time_zone);
            ActionError::invalid(Code::InventoryLayout, detail)
        })
    }

    /// The delimiter as a byte.
    ///
    /// # Errors
    /// It is none that a file could have.
    pub fn delimiter(&self) -> Result<u8, ActionError> {
        u8::try_from(self.delimiter)
            .ok()
            .filter(|byte| matches!(byte, b',' | b';' | b'\t' | b'|'))
            .ok_or_else(|| {
                ActionError::invalid(Code::InventoryLayout, "delimiter: a comma, a semicolon, a tab or a bar")
            })
    }
}

impl Encoding {
    /// The text of a file.
    ///
    /// # Errors
    /// It is not written in these letters.
    pub fn read(self, bytes: &[u8]) -> Result<Cow<'_, str>, ActionError> {
        match self {
            Self::Windows1251 => Ok(bytes.iter().map(|byte| letter(*byte)).collect::<String>().into()),
            Self::Utf8 => {
                let text = std::str::from_utf8(bytes).map_err(|error| {
                    let line =
                        1 + bytes.iter().take(error.valid_up_to()).filter(|byte| **byte == b'\n').count();
                    let detail = format!(
                        "line {line} is not UTF-8; if the file is in windows-1251, its layout has to say so"
                    );
                    ActionError::invalid(Code::InventoryEncoding, detail)
                })?;
                Ok(text.strip_prefix('\u{feff}').unwrap_or(text).into())
            }
        }
    }
}

/// A moment as exports write it: RFC 3339, or a day with or without a time, `2026-03-28 09:00` or `28.03.2026`.
#[must_use]
pub fn moment(text: &str, zone: &TimeZone) -> Option<Timestamp> {
    if let Ok(at) = text.parse::<jiff::Timestamp>() {
        return Some(Timestamp::from_millis(at.as_millisecond()));
    }
    let (day, time) = text.split_once(['T', ' ']).unwrap_or((text, "00:00"));
    let time = time.trim();
    let civil = ["%Y-%m-%d", "%d.%m.%Y"].iter().find_map(|days| {
        let with = |times| DateTime::strptime(format!("{days} {times}"), format!("{day} {time}")).ok();
        ["%H:%M", "%H:%M:%S"].into_iter().find_map(with)
    })?;
    // a year of two digits
    if civil.year() < 1000 {
        return None;
    }
    let at = civil.to_zoned(zone.clone()).ok()?.timestamp();
    Some(Timestamp::from_millis(at.as_millisecond()))
}

/// A byte of windows-1251 (RFC 1345, CP1251); the one that it leaves empty is a replacement character.
fn letter(byte: u8) -> char {
    const UPPER: &str = "ЂЃ‚ѓ„…†‡€‰Љ‹ЊЌЋЏђ‘’“”•–—\u{fffd}™љ›њќћџ\u{a0}ЎўЈ¤Ґ¦§Ё©Є«¬\u{ad}®Ї°±Ііґµ¶·ё№є»јЅѕї";
    match byte {
        0..=0x7f => char::from(byte),
        0x80..=0xbf => UPPER.chars().nth(usize::from(byte - 0x80)).unwrap_or('\u{fffd}'),
        0xc0..=0xff => char::from_u32(0x410 + u32::from(byte - 0xc0)).unwrap_or('\u{fffd}'),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_read_as_exports_write_them() {
        let moscow = TimeZone::get("Europe/Moscow").unwrap();
        for (text, at) in [
            ("2026-03-28T09:00:00Z", "2026-03-28T09:00:00Z"),
            ("2026-03-28T09:00:00+03:00", "2026-03-28T06:00:00Z"),
            ("2026-03-28 09:00", "2026-03-28T06:00:00Z"),
            ("2026-03-28T09:00:01", "2026-03-28T06:00:01Z"),
            ("28.03.2026 09:00:01", "2026-03-28T06:00:01Z"),
            ("28.03.2026", "2026-03-27T21:00:00Z"),
            ("2026-03-28", "2026-03-27T21:00:00Z"),
        ] {
            assert_eq!(moment(text, &moscow), Some(at.parse().unwrap()), "{text}");
        }
        for text in ["", "x", "03/28/2026", "28.03.26", "2026-02-30", "2026-03-28 9", "2026-03-28 09:00 x"] {
            assert_eq!(moment(text, &moscow), None, "{text}");
        }
    }

    #[test]
    fn both_encodings_give_the_same_text() {
        let text = "Устройство;Ёж №1;приложение\n";
        let old: Vec<u8> = text
            .chars()
            .map(|c| (0..=255).find(|byte| letter(*byte) == c).expect("a letter of the code page"))
            .collect();
        assert_eq!(old.len(), text.chars().count());
        assert_eq!(Encoding::Windows1251.read(&old).unwrap(), text);
        assert_eq!(Encoding::Utf8.read(format!("\u{feff}{text}").as_bytes()).unwrap(), text);
        let error = Encoding::Utf8.read(&[b"a\n".to_vec(), old].concat()).unwrap_err();
        assert!(error.to_string().contains("line 2"), "{error}");
    }
}
