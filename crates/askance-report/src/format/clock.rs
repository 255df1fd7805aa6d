//! Instants in the zone of the case, and where an axis puts its marks.

use askance_case::json::CaseHead;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp, ToSpan};

/// Writes instants in the display zone of a case.
#[derive(Clone, Debug)]
pub struct Clock {
    zone: TimeZone,
    name: String,
}

/// A mark on a time axis.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tick {
    /// Milliseconds since 1970.
    pub at_ms: i64,
    /// What to write there.
    pub label: String,
}

impl Clock {
    /// The clock of the zone with this IANA name; UTC where there is no such zone.
    pub fn new(zone: &str) -> Self {
        TimeZone::get(zone).map_or_else(
            |_| Self { zone: TimeZone::UTC, name: "UTC".to_owned() },
            |found| Self { zone: found, name: zone.to_owned() },
        )
    }

    /// The clock of a case.
    pub fn of(case: &CaseHead) -> Self {
        Self::new(&case.display_zone)
    }

    /// The name of the zone.
    pub fn zone(&self) -> &str {
        &self.name
    }

    /// Milliseconds since 1970 of an RFC 3339 instant; a bare date is its midnight in UTC.
    pub fn ms(text: &str) -> Option<i64> {
        if let Ok(at) = text.parse::<Timestamp>() {
            return Some(at.as_millisecond());
        }
        let date: Date = text.parse().ok()?;
        Some(date.to_zoned(TimeZone::UTC).ok()?.timestamp().as_millisecond())
    }

    /// The instant to the second, such as "2016-09-23 09:56:29"; unreadable text stays as it is.
    pub fn instant(&self, text: &str) -> String {
        self.written(text, "%Y-%m-%d %H:%M:%S")
    }

    /// The instant to the minute.
    pub fn minute(&self, text: &str) -> String {
        self.written(text, "%Y-%m-%d %H:%M")
    }

    /// The day of an instant.
    pub fn day(&self, text: &str) -> String {
        self.written(text, "%Y-%m-%d")
    }

    /// The day of an instant in milliseconds, such as "23 Sep 2016": for titles, where a hyphen would break the line.
    pub fn day_of_ms(&self, ms: i64) -> String {
        self.civil(ms).map_or_else(String::new, |c| c.strftime("%-d %b %Y").to_string())
    }

    fn written(&self, text: &str, format: &str) -> String {
        Self::ms(text)
            .and_then(|ms| self.civil(ms))
            .map_or_else(|| text.to_owned(), |civil| civil.strftime(format).to_string())
    }

    fn civil(&self, ms: i64) -> Option<DateTime> {
        Some(Timestamp::from_millisecond(ms).ok()?.to_zoned(self.zone.clone()).datetime())
    }

    /// Marks for an axis from `from_ms` to `to_ms`, at most `most` of them, on round local times.
    pub fn ticks(&self, from_ms: i64, to_ms: i64, most: usize) -> Vec<Tick> {
        STEPS
            .iter()
            .map(|step| self.ticks_by(*step, from_ms, to_ms, most))
            .find(|ticks| ticks.len() <= most)
            .unwrap_or_default()
    }

    fn ticks_by(&self, step: Step, from_ms: i64, to_ms: i64, most: usize) -> Vec<Tick> {
        let mut ticks = Vec::new();
        let Some(mut at) = self.civil(from_ms).and_then(|civil| step.floor(civil)) else {
            return ticks;
        };
        // One mark more than `most` is enough to know that the step is too small.
        while ticks.len() <= most {
            if let Ok(zoned) = at.to_zoned(self.zone.clone()) {
                let at_ms = zoned.timestamp().as_millisecond();
                if at_ms > to_ms {
                    break;
                }
                if at_ms >= from_ms {
                    let label = at.strftime(step.format(at, ticks.is_empty())).to_string();
                    ticks.push(Tick { at_ms, label });
                }
            }
            let Ok(next) = at.checked_add(step.span()) else {
                break;
            };
            at = next;
        }
        ticks
    }
}

/// The distance between two marks.
#[derive(Clone, Copy)]
enum Step {
    Minutes(i32),
    Days(i32),
    Months(i32),
}

const STEPS: [Step; 20] = [
    Step::Minutes(1),
    Step::Minutes(5),
    Step::Minutes(15),
    Step::Minutes(30),
    Step::Minutes(60),
    Step::Minutes(180),
    Step::Minutes(360),
    Step::Minutes(720),
    Step::Days(1),
    Step::Days(2),
    Step::Days(7),
    Step::Days(14),
    Step::Months(1),
    Step::Months(2),
    Step::Months(3),
    Step::Months(6),
    Step::Months(12),
    Step::Months(60),
    Step::Months(240),
    Step::Months(2400),
];

impl Step {
    /// The last round time of this step at or before `civil`.
    fn floor(self, civil: DateTime) -> Option<DateTime> {
        let day = civil.date().at(0, 0, 0, 0);
        match self {
            Self::Minutes(n) => {
                let minute = i32::from(civil.hour()) * 60 + i32::from(civil.minute());
                day.checked_add(Span::new().minutes(minute / n * n)).ok()
            }
            // Weeks start on Monday; other day steps count from the first day shown.
            Self::Days(7 | 14) => {
                let back = i64::from(civil.date().weekday().to_monday_zero_offset());
                day.checked_sub(back.days()).ok()
            }
            Self::Days(_) => Some(day),
            Self::Months(n) => {
                let months = i32::from(civil.year()) * 12 + i32::from(civil.month()) - 1;
                let floor = months.div_euclid(n) * n;
                let year = i16::try_from(floor.div_euclid(12)).ok()?;
                let month = i8::try_from(floor.rem_euclid(12) + 1).ok()?;
                Some(Date::new(year, month, 1).ok()?.at(0, 0, 0, 0))
            }
        }
    }

    fn span(self) -> Span {
        match self {
            Self::Minutes(n) => n.minutes(),
            Self::Days(n) => n.days(),
            Self::Months(n) => n.months(),
        }
    }

    /// The year stands at the first mark and at each January, the day at the first mark and at midnight.
    fn format(self, at: DateTime, first: bool) -> &'static str {
        match self {
            Self::Minutes(_) if first || (at.hour() == 0 && at.minute() == 0) => "%-d %b %H:%M",
            Self::Minutes(_) => "%H:%M",
            Self::Days(_) if first => "%-d %b %Y",
            Self::Days(_) => "%-d %b",
            Self::Months(n) if n >= 12 => "%Y",
            Self::Months(_) if first || at.month() == 1 => "%b %Y",
            Self::Months(_) => "%b",
        }
    }
}
