//! Times as people write them in a case file: an instant, or only a day, a month or a year.

use askance_record::Timestamp;
use serde::{Deserialize, Deserializer, Serialize};

/// A written time and the instants between which it lies.
///
/// `2025-03-12` is the whole day in UTC, `2025-03` the month, `2025` the year; `2025-03-12T14:00:00Z` is an instant.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Moment {
    text: String,
    #[serde(skip)]
    bounds: Option<(Timestamp, Timestamp)>,
}

impl Moment {
    /// Reads an instant or a day.
    ///
    /// # Errors
    /// What is wrong, in words.
    pub fn parse(text: &str) -> Result<Self, String> {
        let bounds = bounds(text).ok_or_else(|| {
            format!("`{text}` is neither an instant such as 2025-03-12T14:00:00Z nor a day such as 2025-03-12, a month or a year")
        })?;
        Ok(Self { text: text.to_owned(), bounds: Some(bounds) })
    }

    /// As written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The earliest instant that it can mean.
    pub fn start(&self) -> Timestamp {
        self.bounds.map_or(Timestamp::MIN, |(start, _)| start)
    }

    /// The latest instant that it can mean.
    pub fn end(&self) -> Timestamp {
        self.bounds.map_or(Timestamp::MAX, |(_, end)| end)
    }
}

const DAY_US: i64 = 86_400_000_000;

fn bounds(text: &str) -> Option<(Timestamp, Timestamp)> {
    if let Ok(instant) = text.parse::<jiff::Timestamp>() {
        let t = Timestamp::from(instant);
        return Some((t, t));
    }
    if text.len() > 10 {
        return None;
    }
    if let Some(bounds) = year_or_month(text) {
        return Some(bounds);
    }
    let day: jiff::civil::Date = text.parse().ok()?;
    let start = Timestamp::from(day.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp());
    Some((start, start.plus_us(DAY_US - 1)))
}

/// A year such as `2017`, or a month such as `2017-03`.
fn year_or_month(text: &str) -> Option<(Timestamp, Timestamp)> {
    let (year, month) = match text.split_once('-') {
        None => (text, None),
        Some((year, month)) => (year, Some(month)),
    };
    let digits = |part: &str, n: usize| part.len() == n && part.bytes().all(|b| b.is_ascii_digit());
    if !digits(year, 4) || month.is_some_and(|m| !digits(m, 2)) {
        return None;
    }
    let number: i16 = year.parse().ok()?;
    let first = jiff::civil::Date::new(number, month.map_or(Some(1), |m| m.parse().ok())?, 1).ok()?;
    let next = first
        .checked_add(if month.is_some() { jiff::Span::new().months(1) } else { jiff::Span::new().years(1) })
        .ok()?;
    let instant =
        |day: jiff::civil::Date| Some(Timestamp::from(day.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp()));
    Some((instant(first)?, instant(next)?.plus_us(-1)))
}

/// TOML allows a time as text or as a bare date-time; people write both.
#[derive(Deserialize)]
#[serde(untagged)]
enum Written {
    Text(String),
    Bare(toml::value::Datetime),
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = match Written::deserialize(deserializer)? {
            Written::Text(text) => text,
            Written::Bare(datetime) => datetime.to_string(),
        };
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_and_a_day() {
        let instant = Moment::parse("2025-03-12T15:00:00+01:00").expect("an instant");
        assert_eq!((instant.start().to_string(), instant.end()), ("2025-03-12T14:00:00Z".into(), instant.start()));
        let day = Moment::parse("2025-03-12").expect("a day");
        assert_eq!(day.start().to_string(), "2025-03-12T00:00:00Z");
        assert_eq!(day.end().to_string(), "2025-03-12T23:59:59.999999Z");
        let month = Moment::parse("2016-12").expect("a month");
        assert_eq!(
            (month.start().to_string(), month.end().to_string()),
            ("2016-12-01T00:00:00Z".into(), "2016-12-31T23:59:59.999999Z".into())
        );
        let year = Moment::parse("2017").expect("a year");
        assert_eq!(
            (year.start().to_string(), year.end().to_string()),
            ("2017-01-01T00:00:00Z".into(), "2017-12-31T23:59:59.999999Z".into())
        );
        for bad in ["", "yesterday", "2017-13", "17", "2017-3", "2025-13-01", "2025-03-12T14:00:00"] {
            assert!(Moment::parse(bad).is_err(), "{bad}");
        }
    }
}
