//! What may be written about a phone in set-up: each value is checked before a phone that was reset would refuse it.

use clap::ValueEnum;

/// How a network is protected: those that a phone can join with a password, or with none. EAP would need certificates
/// that a phone which was just reset does not have.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Security {
    /// Open
    None,
    /// WPA, WPA2 or WPA3 with a password
    Wpa,
    /// WEP
    Wep,
}

impl Security {
    /// Android's word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::None => "NONE",
            Self::Wpa => "WPA",
            Self::Wep => "WEP",
        }
    }
}

/// An address of HTTP, with or without TLS.
pub fn address(text: &str) -> Result<String, String> {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let plain = rest.is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_graphic()));
    or(plain, text.to_owned(), || format!("{text:?} is neither http://… nor https://…"))
}

/// The name of a network.
pub fn ssid(text: &str) -> Result<String, String> {
    let len = text.len();
    or((1..=32).contains(&len), text.to_owned(), || {
        format!("the name of a network has 1 to 32 bytes, and this one has {len}")
    })
}

/// A password of WPA. Nothing of it is repeated: it is a secret.
pub fn wpa_password(text: &str) -> Result<(), &'static str> {
    let key = text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    or(
        key || ((8..=63).contains(&text.len()) && printable(text)),
        (),
        || "a password of WPA has 8 to 63 bytes without control characters, or 64 hexadecimal digits",
    )
}

/// A password of WEP. Nothing of it is repeated, either.
pub fn wep_password(text: &str) -> Result<(), &'static str> {
    let letters = matches!(text.len(), 5 | 13) && printable(text);
    let digits = matches!(text.len(), 10 | 26) && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    or(letters || digits, (), || "a password of WEP has 5 or 13 bytes, or 10 or 26 hexadecimal digits")
}

/// The phone's number in the books.
pub fn asset_tag(text: &str) -> Result<String, String> {
    or((1..=64).contains(&text.len()) && printable(text), text.to_owned(), || {
        "an asset tag has 1 to 64 bytes without control characters".to_owned()
    })
}

/// Language and region as `ru_RU` or `ru-RU`; Android reads the first.
pub fn locale(text: &str) -> Result<String, String> {
    let wrong = || {
        format!(
            "{text:?} is no language and region of two letters each (three for some languages) like ru_RU"
        )
    };
    let (language, region) = text.split_once(['_', '-']).ok_or_else(wrong)?;
    let letters = |part: &str| part.bytes().all(|byte| byte.is_ascii_alphabetic());
    let fits = matches!(language.len(), 2 | 3) && region.len() == 2 && letters(language) && letters(region);
    or(fits, format!("{}_{}", language.to_ascii_lowercase(), region.to_ascii_uppercase()), wrong)
}

/// A name of the time zone database, as the database spells it: Android knows no other spelling.
pub fn time_zone(text: &str) -> Result<String, String> {
    let wrong = || format!("{text:?} is not a name of the time zone database such as Europe/Moscow");
    let zone = jiff::tz::TimeZone::get(text).map_err(|_| wrong())?;
    zone.iana_name().map(str::to_owned).ok_or_else(wrong)
}

fn printable(text: &str) -> bool {
    !text.chars().any(char::is_control)
}

fn or<T, E>(fits: bool, value: T, wrong: impl FnOnce() -> E) -> Result<T, E> {
    if fits { Ok(value) } else { Err(wrong()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places() {
        for right in ["https://cdn.example/a.apk", "http://10.0.0.1:8080/agent/android.apk"] {
            assert_eq!(address(right).as_deref(), Ok(right));
        }
        for wrong in ["", "https://", "ftp://a", "files.example", "http://a b", "http://файл.рф/a"] {
            assert!(address(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn networks() {
        // 32 bytes are sixteen Russian letters
        for right in ["a", "Гости", &"я".repeat(16), &"x".repeat(32)] {
            assert_eq!(ssid(right).as_deref(), Ok(right));
        }
        assert!(ssid("").is_err());
        assert_eq!(
            ssid(&"я".repeat(17)),
            Err("the name of a network has 1 to 32 bytes, and this one has 34".to_owned())
        );
    }

    #[test]
    fn passwords() {
        for right in ["12345678", "correct horse", &"x".repeat(63), &"0aF9".repeat(16)] {
            assert_eq!(wpa_password(right), Ok(()), "{right}");
        }
        for wrong in ["", "1234567", "1234567\n", &"x".repeat(64), &"0".repeat(65)] {
            assert!(wpa_password(wrong).is_err(), "{wrong}");
        }
        for right in ["12345", "thirteenbytes", "0123456789", &"0f".repeat(13)] {
            assert_eq!(wep_password(right), Ok(()), "{right}");
        }
        for wrong in ["", "1234", "ten-bytes!", &"0".repeat(27)] {
            assert!(wep_password(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn languages() {
        for (text, read) in [("ru_RU", "ru_RU"), ("ru-RU", "ru_RU"), ("EN-us", "en_US"), ("sah_RU", "sah_RU")]
        {
            assert_eq!(locale(text).as_deref(), Ok(read));
        }
        for wrong in ["", "ru", "Russian", "ru_", "_RU", "ru_RUS", "ru RU", "ru_R1", "ru-Cyrl-RU", "яз_ЫК"]
        {
            assert!(locale(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn time_zones() {
        let zones = [
            ("Europe/Moscow", "Europe/Moscow"),
            ("asia/yekaterinburg", "Asia/Yekaterinburg"),
            ("UTC", "UTC"),
        ];
        for (text, read) in zones {
            assert_eq!(time_zone(text).as_deref(), Ok(read));
        }
        for wrong in ["", "Moscow", "Europe/Moskva", "MSK", "+03:00", "Europe/Moscow ", "../Europe/Moscow"] {
            assert!(time_zone(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn assets() {
        assert_eq!(asset_tag("ИНВ-7").as_deref(), Ok("ИНВ-7"));
        for wrong in ["", "a\tb", &"x".repeat(65)] {
            assert!(asset_tag(wrong).is_err(), "{wrong}");
        }
    }
}
