//! The field `date` of responses, by the clock of the server.

use http::{HeaderMap, HeaderValue, header::DATE};

use crate::clocks::wall_clock::Datetime;

/// 9999-12-31T23:59:59Z: later years do not fit the format.
const LAST_SECOND: u64 = 253_402_300_799;

const DAY_SECONDS: u64 = 86_400;

/// Days of 400 years, after which the calendar is the same again.
const CYCLE_DAYS: u64 = 146_097;

/// Days from 0000-03-01 to 1970-01-01.
const DAYS_BEFORE_1970: u64 = 719_468;

const WEEKDAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];

const MONTHS: [&str; 12] = ["Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec", "Jan", "Feb"];

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
    let seconds = now.seconds.min(LAST_SECOND);
    let (days, second) = (seconds / DAY_SECONDS, seconds % DAY_SECONDS);
    let (year, month, day) = date(days);
    // The first day was a Thursday.
    let weekday = WEEKDAYS[(days % 7) as usize];
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    format!("{weekday}, {day:02} {month} {year:04} {hour:02}:{minute:02}:{second:02} GMT")
}

/// Year, month and day of the month, so many days after 1970-01-01.
fn date(days: u64) -> (u64, &'static str, u64) {
    // Years are counted from March here, so that the day that some have more is their last.
    let days = days + DAYS_BEFORE_1970;
    let (cycle, day) = (days / CYCLE_DAYS, days % CYCLE_DAYS);
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    // From March on months have 31, 30, 31, 30, 31 days, twice and a bit: 153 in five.
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    (400 * cycle + year + month / 10, MONTHS[(month % 12) as usize], day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_follow_each_other() {
        let mut expected = (1970, 0, 1);
        let names = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
        for days in 0..=LAST_SECOND / DAY_SECONDS {
            let (year, month, day) = expected;
            assert_eq!(date(days), (year, names[month], day), "{days}");
            let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
            let len = [31, 28 + u64::from(is_leap), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month];
            expected = match (day < len, month < 11) {
                (true, _) => (year, month, day + 1),
                (false, true) => (year, month + 1, 1),
                (false, false) => (year + 1, 0, 1),
            };
        }
        assert_eq!(expected, (10_000, 0, 1));
    }

    #[test]
    fn every_time_has_a_date() {
        for (seconds, date) in [
            (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
            (951_782_399, "Mon, 28 Feb 2000 23:59:59 GMT"),
            (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"),
            (951_868_800, "Wed, 01 Mar 2000 00:00:00 GMT"),
            (1_798_761_599, "Thu, 31 Dec 2026 23:59:59 GMT"),
            (4_107_542_400, "Mon, 01 Mar 2100 00:00:00 GMT"),
            (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"),
            (LAST_SECOND, "Fri, 31 Dec 9999 23:59:59 GMT"),
            (u64::MAX, "Fri, 31 Dec 9999 23:59:59 GMT"),
        ] {
            assert_eq!(format(Datetime { seconds, nanoseconds: 0 }), date);
        }
    }
}
