//! Numbers as people write them: `1_000_000`, `64MiB`, `1 entry`. Knows no option that takes one.

/// Units of sizes, in bytes.
const UNITS: [(&str, u64); 7] =
    [("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30), ("K", 1 << 10), ("M", 1 << 20), ("G", 1 << 30), ("B", 1)];

/// Reads a count: `1000000` or `1_000_000`.
pub(super) fn parse_count(text: &str) -> Result<u64, String> {
    text.replace('_', "").parse().map_err(|_| "expected a number such as 1_000_000".to_owned())
}

/// Reads a size in bytes: `65536`, `64KiB`, `512MiB`, `1GiB`; `K`, `M` and `G` mean the same.
pub(super) fn parse_size(text: &str) -> Result<u64, String> {
    let (digits, scale) =
        UNITS.iter().find_map(|(unit, scale)| Some((text.strip_suffix(unit)?, *scale))).unwrap_or((text, 1));
    let bytes = parse_count(digits).ok().and_then(|count| count.checked_mul(scale));
    bytes.ok_or_else(|| "expected a size such as 65536, 512MiB or 1GiB".to_owned())
}

/// Writes how many there are: `1 entry`, `2 entries`.
pub(super) fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_no_plural() {
        assert_eq!(counted(1, "entry", "entries"), "1 entry");
        assert_eq!(counted(0, "entry", "entries"), "0 entries");
    }

    #[test]
    fn sizes_have_units() {
        for (text, bytes) in
            [("0", 0), ("65_536", 65536), ("64KiB", 65536), ("2M", 2 << 20), ("1GiB", 1 << 30), ("7B", 7)]
        {
            assert_eq!(parse_size(text), Ok(bytes), "{text}");
        }
        for text in ["", "KiB", "1.5M", "-1", "1 M", "99999999999G", "1TiB"] {
            assert!(parse_size(text).is_err(), "{text}");
        }
    }
}
