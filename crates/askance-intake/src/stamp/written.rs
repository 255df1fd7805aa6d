//! Reading a stamp from text, with arithmetic only.

use askance_record::Resolution;

use super::{DAY_US, NoStamp, Shown, Stamp};

/// Reads the stamp at the start of `text`.
///
/// Forms: RFC 3339 and ISO 8601 with `T` or a blank, with or without zone;
/// `DD-Mon-YYYY HH:MM:SS.mmm` (BIND); `Mon DD HH:MM:SS` (RFC 3164, year optional);
/// `[epoch]` (Unbound); `DD.MM.YYYY`, `YYYYMMDD HH:MM:SS`; epoch in s, ms, µs or ns.
pub(crate) fn find(text: &[u8]) -> Result<Stamp, NoStamp> {
    let &first = text.first().ok_or(NoStamp::Absent)?;
    if first.is_ascii_alphabetic() {
        return month_first(text);
    }
    if first == b'[' {
        let mut stamp = find_epoch(&text[1..])?;
        if text.get(stamp.len + 1) != Some(&b']') {
            return Err(NoStamp::Absent);
        }
        stamp.len += 2;
        return Ok(stamp);
    }
    if !first.is_ascii_digit() {
        return Err(NoStamp::Absent);
    }
    match (text.get(1), text.get(2), text.get(4)) {
        (_, Some(b'-'), _) | (Some(b'-'), _, _) => day_first(text, b'-'),
        (_, Some(b'.'), _) if text.get(5) == Some(&b'.') => day_first(text, b'.'),
        (_, _, Some(b'-')) => year_first(text),
        (_, Some(b'/'), _) | (Some(b'/'), _, _) => Err(NoStamp::Ambiguous),
        _ => compact(text).unwrap_or_else(|| find_epoch(text)),
    }
}

/// Reads an epoch stamp: seconds with or without a fraction, or whole ms, µs or ns, told by their size.
pub(crate) fn find_epoch(text: &[u8]) -> Result<Stamp, NoStamp> {
    let digits = text.iter().take(20).take_while(|b| b.is_ascii_digit()).count();
    let mut value = 0i64;
    for b in &text[..digits] {
        let next = value.checked_mul(10).and_then(|v| v.checked_add(i64::from(b - b'0')));
        value = next.ok_or(NoStamp::Impossible)?;
    }
    let (fraction_us, resolution, len) = fraction(text, digits);
    let (us, resolution) = match digits {
        0 => return Err(NoStamp::Absent),
        1..=11 => (value * 1_000_000 + fraction_us, resolution),
        12..=14 => (value * 1_000, Resolution::Millisecond),
        15..=17 => (value, Resolution::Microsecond),
        _ => (value / 1_000, Resolution::Microsecond),
    };
    Ok(Stamp { shown: Shown::Instant { us }, resolution, len })
}

/// `DD-Mon-YYYY HH:MM:SS.mmm` or `DD.MM.YYYY HH:MM:SS`.
fn day_first(text: &[u8], separator: u8) -> Result<Stamp, NoStamp> {
    let (day, i) = one_or_two(text, 0).ok_or(NoStamp::Absent)?;
    if text.get(i) != Some(&separator) {
        return Err(NoStamp::Absent);
    }
    let (month, i) = if separator == b'-' {
        (month_of(text.get(i + 1..i + 4)).ok_or(NoStamp::Absent)?, i + 4)
    } else {
        (two(text, i + 1).ok_or(NoStamp::Absent)?, i + 3)
    };
    if text.get(i) != Some(&separator) {
        return Err(NoStamp::Absent);
    }
    let year = four(text, i + 1).ok_or(NoStamp::Absent)?;
    dated(text, i + 5, year, month, day)
}

/// `YYYY-MM-DD`, then a time after `T` or a blank, then a zone.
fn year_first(text: &[u8]) -> Result<Stamp, NoStamp> {
    let year = four(text, 0).ok_or(NoStamp::Absent)?;
    let month = two(text, 5).ok_or(NoStamp::Absent)?;
    if text.get(7) != Some(&b'-') {
        return Err(NoStamp::Absent);
    }
    let day = two(text, 8).ok_or(NoStamp::Absent)?;
    dated(text, 10, year, month, day)
}

/// `YYYYMMDD HH:MM:SS`; eight digits alone are an epoch.
fn compact(text: &[u8]) -> Option<Result<Stamp, NoStamp>> {
    let year = four(text, 0)?;
    let (month, day) = (two(text, 4)?, two(text, 6)?);
    if !matches!(text.get(8), Some(b' ' | b'T')) || text.get(11) != Some(&b':') {
        return None;
    }
    Some(dated(text, 8, year, month, day))
}

/// `Mon DD HH:MM:SS`, or `Mon DD YYYY HH:MM:SS`.
fn month_first(text: &[u8]) -> Result<Stamp, NoStamp> {
    let month = month_of(text.get(..3)).ok_or(NoStamp::Absent)?;
    if text.get(3) != Some(&b' ') {
        return Err(NoStamp::Absent);
    }
    let i = if text.get(4) == Some(&b' ') { 5 } else { 4 };
    let (day, i) = one_or_two(text, i).ok_or(NoStamp::Absent)?;
    if text.get(i) != Some(&b' ') {
        return Err(NoStamp::Absent);
    }
    if let Some(year) = four(text, i + 1) {
        return dated(text, i + 5, year, month, day);
    }
    let (time_us, resolution, len) = time_of_day(text, i + 1)?.ok_or(NoStamp::Absent)?;
    // February has 29 days until a year is known.
    if day == 0 || day > days_in(2000, month) {
        return Err(NoStamp::Impossible);
    }
    Ok(Stamp { shown: Shown::Yearless { month, day, time_us }, resolution, len })
}

/// What follows a whole date: a time and a zone, or nothing.
fn dated(text: &[u8], i: usize, year: i64, month: u8, day: u8) -> Result<Stamp, NoStamp> {
    let days = days_of(year, month, day).ok_or(NoStamp::Impossible)?;
    let time = if matches!(text.get(i), Some(b' ' | b'T' | b't' | b'_')) { time_of_day(text, i + 1)? } else { None };
    let Some((time_us, resolution, i)) = time else {
        let shown = Shown::Local { us: days * DAY_US, offset_s: None };
        return Ok(Stamp { shown, resolution: Resolution::Day, len: i });
    };
    let (offset_s, len) = zone(text, i);
    Ok(Stamp { shown: Shown::Local { us: days * DAY_US + time_us, offset_s }, resolution, len })
}

/// `HH:MM[:SS[.fraction]]` as microseconds of the day, its resolution and where it ends.
fn time_of_day(text: &[u8], i: usize) -> Result<Option<(i64, Resolution, usize)>, NoStamp> {
    let (Some(hour), Some(b':'), Some(minute)) = (two(text, i), text.get(i + 2), two(text, i + 3)) else {
        return Ok(None);
    };
    let second = if text.get(i + 5) == Some(&b':') { two(text, i + 6) } else { None };
    // 60 is a leap second; it is kept as the first second of the next minute.
    if hour > 23 || minute > 59 || second.is_some_and(|s| s > 60) {
        return Err(NoStamp::Impossible);
    }
    let minute_us = (i64::from(hour) * 60 + i64::from(minute)) * 60_000_000;
    let Some(second) = second else {
        return Ok(Some((minute_us, Resolution::Minute, i + 5)));
    };
    let (fraction_us, resolution, len) = fraction(text, i + 8);
    Ok(Some((minute_us + i64::from(second) * 1_000_000 + fraction_us, resolution, len)))
}

/// `.digits` or `,digits` as microseconds, with its resolution and its end.
fn fraction(text: &[u8], i: usize) -> (i64, Resolution, usize) {
    let mut end = i + 1;
    if !matches!(text.get(i), Some(b'.' | b',')) || !text.get(end).is_some_and(u8::is_ascii_digit) {
        return (0, Resolution::Second, i);
    }
    let (mut us, mut weight) = (0i64, 100_000i64);
    while let Some(b) = text.get(end).filter(|b| b.is_ascii_digit()) {
        us += i64::from(b - b'0') * weight;
        weight /= 10;
        end += 1;
    }
    (us, if end - i <= 4 { Resolution::Millisecond } else { Resolution::Microsecond }, end)
}

/// `Z`, `+HH:MM`, `+HHMM`, `+HH`, or ` +HHMM` after a blank: seconds east, and the end.
fn zone(text: &[u8], i: usize) -> (Option<i64>, usize) {
    let (sign, start) = match (text.get(i), text.get(i + 1)) {
        (Some(b'Z' | b'z'), _) => return (Some(0), i + 1),
        (Some(sign @ (b'+' | b'-')), _) => (*sign, i + 1),
        (Some(b' '), Some(sign @ (b'+' | b'-'))) if four(text, i + 2).is_some() => (*sign, i + 2),
        _ => return (None, i),
    };
    let Some(hours) = two(text, start) else {
        return (None, i);
    };
    let minutes_at = if text.get(start + 2) == Some(&b':') { start + 3 } else { start + 2 };
    let (minutes, end) = two(text, minutes_at).map_or((0, start + 2), |m| (m, minutes_at + 2));
    let seconds = i64::from(hours) * 3600 + i64::from(minutes) * 60;
    (Some(if sign == b'-' { -seconds } else { seconds }), end)
}

/// Days from 1970-01-01 to a date of the proleptic Gregorian calendar, or `None` where it does not exist.
pub(super) fn days_of(year: i64, month: u8, day: u8) -> Option<i64> {
    if !(1..=12).contains(&month) || day == 0 || day > days_in(year, month) {
        return None;
    }
    // Years that begin in March put the leap day last.
    let (y, m) = if month > 2 { (year, i64::from(month) - 3) } else { (year - 1, i64::from(month) + 9) };
    let leap_days = y.div_euclid(4) - y.div_euclid(100) + y.div_euclid(400);
    let day_of_year = (153 * m + 2) / 5 + i64::from(day) - 1;
    Some(365 * y + leap_days + day_of_year - 719_468)
}

fn days_in(year: i64, month: u8) -> u8 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

fn month_of(text: Option<&[u8]>) -> Option<u8> {
    let &[a, b, c] = text? else { return None };
    Some(match [a | 0x20, b | 0x20, c | 0x20] {
        [b'j', b'a', b'n'] => 1,
        [b'f', b'e', b'b'] => 2,
        [b'm', b'a', b'r'] => 3,
        [b'a', b'p', b'r'] => 4,
        [b'm', b'a', b'y'] => 5,
        [b'j', b'u', b'n'] => 6,
        [b'j', b'u', b'l'] => 7,
        [b'a', b'u', b'g'] => 8,
        [b's', b'e', b'p'] => 9,
        [b'o', b'c', b't'] => 10,
        [b'n', b'o', b'v'] => 11,
        [b'd', b'e', b'c'] => 12,
        _ => return None,
    })
}

fn digit(text: &[u8], i: usize) -> Option<u8> {
    text.get(i).filter(|b| b.is_ascii_digit()).map(|b| b - b'0')
}

fn two(text: &[u8], i: usize) -> Option<u8> {
    Some(digit(text, i)? * 10 + digit(text, i + 1)?)
}

fn one_or_two(text: &[u8], i: usize) -> Option<(u8, usize)> {
    match two(text, i) {
        Some(value) => Some((value, i + 2)),
        None => digit(text, i).map(|value| (value, i + 1)),
    }
}

fn four(text: &[u8], i: usize) -> Option<i64> {
    Some(i64::from(two(text, i)?) * 100 + i64::from(two(text, i + 2)?))
}
