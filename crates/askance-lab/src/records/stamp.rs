//! Instants as the producers write them, always in UTC.

use askance_record::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

fn civil(t: Timestamp) -> DateTime {
    t.to_jiff().to_zoned(TimeZone::UTC).datetime()
}

/// Microseconds within the second.
fn micros(t: Timestamp) -> i64 {
    t.us().rem_euclid(1_000_000)
}

/// `2026-11-22`.
fn day(at: DateTime) -> String {
    format!("{:04}-{:02}-{:02}", at.year(), at.month(), at.day())
}

/// `01:02:03`.
fn clock(at: DateTime) -> String {
    format!("{:02}:{:02}:{:02}", at.hour(), at.minute(), at.second())
}

/// `22-Nov-2026 01:02:03.004`, as BIND writes with `print-time yes`.
pub(super) fn bind(t: Timestamp) -> String {
    let at = civil(t);
    let month = MONTHS[usize::from(at.month().unsigned_abs()) - 1];
    format!("{:02}-{month}-{} {}.{:03}", at.day(), at.year(), clock(at), micros(t) / 1000)
}

/// `2026-11-22T01:02:03.004005+00:00`, as rsyslog writes since Debian 12.
pub(super) fn syslog(t: Timestamp) -> String {
    let at = civil(t);
    format!("{}T{}.{:06}+00:00", day(at), clock(at), micros(t))
}

/// `2026-11-22T01:02:03.004Z`.
pub(super) fn millis(t: Timestamp) -> String {
    let at = civil(t);
    format!("{}T{}.{:03}Z", day(at), clock(at), micros(t) / 1000)
}

/// `2026-11-22 01:02:03`, as Exim writes.
pub(super) fn exim(t: Timestamp) -> String {
    let at = civil(t);
    format!("{} {}", day(at), clock(at))
}

/// `2026-11-22-01-02-03`, as Zeek writes in `#open` and `#close`.
pub(super) fn zeek(t: Timestamp) -> String {
    let at = civil(t);
    format!("{}-{}", day(at), clock(at).replace(':', "-"))
}

/// `1469012133.255387`, seconds since 1970.
pub(super) fn epoch(t: Timestamp) -> String {
    seconds(t.us())
}

/// Microseconds as `0.044027` seconds.
pub(super) fn seconds(us: i64) -> String {
    let sign = if us < 0 { "-" } else { "" };
    let us = us.unsigned_abs();
    format!("{sign}{}.{:06}", us / 1_000_000, us % 1_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_producer_has_its_form() {
        let t = Timestamp::from_us(1_795_309_323_004_005);
        let all = [bind(t), syslog(t), millis(t), exim(t), zeek(t), epoch(t), seconds(-1_500_000)];
        insta::assert_snapshot!(all.join("\n"), @r"
        22-Nov-2026 01:02:03.004
        2026-11-22T01:02:03.004005+00:00
        2026-11-22T01:02:03.004Z
        2026-11-22 01:02:03
        2026-11-22-01-02-03
        1795309323.004005
        -1.500000
        ");
    }
}
