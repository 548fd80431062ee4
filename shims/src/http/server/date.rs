//! The field `date` of responses, by the clock of the server. Asks no other clock.

use std::time::{Duration, UNIX_EPOCH};

use http::{HeaderMap, HeaderValue, header::DATE};

use crate::clocks::wall_clock::Datetime;

/// 9999-12-31T23:59:59Z: later years do not fit the format.
const LAST_SECOND: u64 = 253_402_300_799;

/// Dates a response, if it is not yet: RFC 9110, section 6.6.1.
pub(super) fn set(fields: &mut HeaderMap, now: Datetime) {
    if fields.contains_key(DATE) {
        return;
    }
    if let Ok(date) = HeaderValue::try_from(format(now)) {
        // Where no field fits any more, it goes without a date.
        let _full = fields.try_insert(DATE, date);
    }
}

/// An IMF-fixdate: RFC 9110, section 5.6.7.
fn format(now: Datetime) -> String {
    httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_secs(now.seconds.min(LAST_SECOND)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_time_has_a_date() {
        for (seconds, date) in [
            (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
            (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"),
            (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"),
            (LAST_SECOND, "Fri, 31 Dec 9999 23:59:59 GMT"),
            (u64::MAX, "Fri, 31 Dec 9999 23:59:59 GMT"),
        ] {
            assert_eq!(format(Datetime { seconds, nanoseconds: 0 }), date);
        }
    }
}
