//! Stamps by a pattern that the user gives.

use askance_record::Resolution;
use jiff::fmt::strtime::BrokenDownTime;
use jiff::tz::Offset;

use super::{NoStamp, Shown, Stamp};

/// A pattern of conversion specifiers (`%d/%m/%Y %H:%M:%S`) for stamps.
#[derive(Clone, Debug)]
pub(crate) struct Pattern {
    text: String,
    resolution: Resolution,
}

impl Pattern {
    /// Takes a pattern, or tells that it is none: `strftime` would not write with it.
    pub(crate) fn new(text: &str) -> Option<Self> {
        let probe = jiff::civil::date(2016, 7, 20).at(10, 55, 33, 0).to_zoned(jiff::tz::TimeZone::UTC).ok()?;
        let written = jiff::fmt::strtime::format(text, &probe).ok()?;
        BrokenDownTime::parse(text, &written).ok()?;
        let has = |specifiers: &[&str]| specifiers.iter().any(|s| text.contains(s));
        let resolution = if has(&["%f", "%.f", "%N", "%6f", "%9f"]) {
            Resolution::Microsecond
        } else if has(&["%3f", "%.3f", "%3N"]) {
            Resolution::Millisecond
        } else if has(&["%S", "%T", "%s", "%c", "%r"]) {
            Resolution::Second
        } else if has(&["%M", "%R"]) {
            Resolution::Minute
        } else if has(&["%H", "%I", "%k", "%l"]) {
            Resolution::Hour
        } else {
            Resolution::Day
        };
        Some(Self { text: text.to_owned(), resolution })
    }

    /// Reads a field that is a stamp and nothing else.
    pub(crate) fn read(&self, field: &[u8]) -> Result<Stamp, NoStamp> {
        let time = BrokenDownTime::parse(&self.text, field).map_err(|_| NoStamp::Absent)?;
        let stamp = |shown| Stamp { shown, resolution: self.resolution, len: field.len() };
        if let Some(instant) = time.timestamp() {
            return Ok(stamp(Shown::Instant { us: instant.as_microsecond() }));
        }
        let time_of_day = time.to_time().unwrap_or_default();
        if time.year().is_none()
            && let (Some(month), Some(day)) = (time.month(), time.day())
        {
            let month = u8::try_from(month).map_err(|_| NoStamp::Impossible)?;
            let day = u8::try_from(day).map_err(|_| NoStamp::Impossible)?;
            let since_midnight = time_of_day.duration_since(jiff::civil::Time::midnight());
            let time_us = i64::try_from(since_midnight.as_micros()).map_err(|_| NoStamp::Impossible)?;
            return Ok(stamp(Shown::Yearless { month, day, time_us }));
        }
        let date = time.to_date().map_err(|_| NoStamp::Impossible)?;
        let shown = Offset::UTC.to_timestamp(date.to_datetime(time_of_day)).map_err(|_| NoStamp::Impossible)?;
        let offset_s = time.offset().map(|offset| i64::from(offset.seconds()));
        Ok(stamp(Shown::Local { us: shown.as_microsecond(), offset_s }))
    }
}
