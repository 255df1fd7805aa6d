//! Times as people write them in a case file: an instant, or only a day.

use askance_record::Timestamp;
use serde::{Deserialize, Deserializer, Serialize};

/// A written time and the instants between which it lies.
///
/// `2025-03-12` is the whole day in UTC; `2025-03-12T14:00:00Z` is an instant.
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
            format!("`{text}` is neither an instant such as 2025-03-12T14:00:00Z nor a day such as 2025-03-12")
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
    let day: jiff::civil::Date = text.parse().ok()?;
    let start = Timestamp::from(day.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp());
    Some((start, start.plus_us(DAY_US - 1)))
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
        for bad in ["", "yesterday", "2025-13-01", "2025-03-12T14:00:00"] {
            assert!(Moment::parse(bad).is_err(), "{bad}");
        }
    }
}
