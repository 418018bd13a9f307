//! Amounts of money: stored and told in the smallest unit of their currency, written by people with its decimals.

/// How many digits a currency has behind its point (ISO 4217).
fn digits(currency: &str) -> usize {
    match currency {
        "BIF" | "CLP" | "DJF" | "GNF" | "ISK" | "JPY" | "KMF" | "KRW" | "PYG" | "RWF" | "UGX" | "VND"
        | "VUV" | "XAF" | "XOF" | "XPF" => 0,
        "BHD" | "IQD" | "JOD" | "KWD" | "LYD" | "OMR" | "TND" => 3,
        _ => 2,
    }
}

/// Text that is no amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an amount as 12345.67, with no more decimals than the currency has")]
pub struct NoAmount;

/// `12 345,67` in the smallest unit of its currency.
///
/// # Errors
/// It is no amount, or has more decimals than the currency.
pub fn smallest_units(text: &str, currency: &str) -> Result<u64, NoAmount> {
    let plain: String = text.chars().filter(|char| !char.is_whitespace()).collect();
    let (whole, part) = plain.split_once([',', '.']).unwrap_or((&plain, ""));
    let digits = digits(currency);
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || part.len() > digits || !is_number(whole) || !is_number(part) {
        return Err(NoAmount);
    }
    format!("{whole}{part:0<digits$}").parse().map_err(|_| NoAmount)
}

/// An amount as people write it.
#[must_use]
pub fn in_units(cost: u64, currency: &str) -> String {
    let digits = digits(currency);
    if digits == 0 {
        return cost.to_string();
    }
    let text = format!("{cost:0>width$}", width = digits + 1);
    let (whole, part) = text.split_at(text.len() - digits);
    format!("{whole}.{part}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_amount_has_as_many_decimals_as_its_currency() {
        for (text, currency, amount) in [
            ("45990", "RUB", 4_599_000),
            ("45 990,5", "RUB", 4_599_050),
            ("45990", "JPY", 45_990),
            ("1.234", "KWD", 1234),
        ] {
            assert_eq!(smallest_units(text, currency), Ok(amount), "{text} {currency}");
        }
        for (text, currency) in
            [("1.5", "JPY"), ("1.234", "RUB"), ("", "RUB"), ("-1", "RUB"), ("99999999999999999999", "RUB")]
        {
            assert_eq!(smallest_units(text, currency), Err(NoAmount), "{text} {currency}");
        }
    }

    proptest! {
        #[test]
        fn an_amount_goes_there_and_back(cost in 0..=u64::MAX / 1000, nth in 0..3_usize) {
            let currency = ["RUB", "JPY", "KWD"][nth];
            prop_assert_eq!(smallest_units(&in_units(cost, currency), currency), Ok(cost));
        }
    }
}
