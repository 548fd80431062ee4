//! Durations as text: `500ms`, `30s`, `1m30s`, `2h`.

use std::time::Duration;

use super::tree::quote;
use crate::Error;

/// Units from large to small, in nanoseconds: each may be given once, in this order.
const UNITS: [(&str, u64); 6] = [
    ("h", 3_600_000_000_000),
    ("m", 60_000_000_000),
    ("s", 1_000_000_000),
    ("ms", 1_000_000),
    ("us", 1_000),
    ("ns", 1),
];

/// Reads a duration such as `500ms` or `1m30s`: whole numbers with units from `h` to `ns`, larger units first.
///
/// # Errors
///
/// A sentence that shows the form; also when the duration is above 584 years.
pub fn parse_duration(text: &str) -> Result<Duration, Error> {
    read(text)
        .ok_or_else(|| Error::invalid(format!("{} is not a duration; write it as 500ms, 30s or 1m30s", quote(text))))
}

fn read(text: &str) -> Option<Duration> {
    let mut nanoseconds = 0u64;
    let mut units = UNITS.iter();
    let mut rest = text;
    loop {
        let number_end = rest.find(|c: char| !c.is_ascii_digit())?;
        let (number, after) = rest.split_at_checked(number_end)?;
        let unit_end = after.find(|c: char| c.is_ascii_digit()).unwrap_or(after.len());
        let (unit, after) = after.split_at_checked(unit_end)?;
        let (_, scale) = units.find(|(name, _)| *name == unit)?;
        nanoseconds = nanoseconds.checked_add(number.parse::<u64>().ok()?.checked_mul(*scale)?)?;
        if after.is_empty() {
            return Some(Duration::from_nanos(nanoseconds));
        }
        rest = after;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_numbers_with_units() {
        let check = |text: &str, milliseconds: Option<u64>| {
            assert_eq!(parse_duration(text).ok(), milliseconds.map(Duration::from_millis), "{text:?}");
        };
        check("500ms", Some(500));
        check("1m30s", Some(90_000));
        check("2h", Some(7_200_000));
        check("0s", Some(0));
        for bad in ["", "5", "s", "1.5s", "-1s", "30s1m", "1s1s", "1 s", "99999999999h", "1x", "ß", "1ß"] {
            check(bad, None);
        }
    }
}
