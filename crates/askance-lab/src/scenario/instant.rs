//! Instants in scenario files.

use askance_record::Timestamp;
use serde::{Deserialize, Deserializer, de::Error as _};

/// An instant in a scenario: a TOML date-time with offset, or the same as text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Instant(pub Timestamp);

/// TOML allows a time as text or as a bare date-time; people write both.
#[derive(Deserialize)]
#[serde(untagged)]
enum Written {
    Native(toml::value::Datetime),
    Text(String),
}

/// The text of a time, however it is written.
pub(crate) fn written<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    Ok(match Written::deserialize(deserializer)? {
        Written::Native(moment) => moment.to_string(),
        Written::Text(text) => text,
    })
}

impl<'de> Deserialize<'de> for Instant {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = written(deserializer)?;
        let instant: jiff::Timestamp = text
            .parse()
            .map_err(|_| D::Error::custom(format!("{text:?} is not an instant such as 2016-05-04T00:00:00Z")))?;
        Ok(Self(instant.into()))
    }
}
