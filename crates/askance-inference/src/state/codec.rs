//! The octets of a state; hostile octets end in an error, never in a panic or a large allocation.

use askance_record::{Explain, Timestamp};

use super::event::{Event, RcodeClass, Role};
use super::histograms::{DAYS_MAX, Histograms};
use super::{KEPT_MAX, SeriesState};

const VERSION: u8 = 1;
/// Microseconds in one unit of time, by the code of the unit.
const UNITS: [i64; 3] = [1, 1_000, 1_000_000];

/// Why octets are not a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StateError {
    /// The octets end too early.
    #[error("series state ends at octet {at}, inside a field")]
    Truncated {
        /// Where the field began.
        at: usize,
    },
    /// Written by another version.
    #[error("series state has version {version}, this program reads {VERSION}")]
    Version {
        /// The version found.
        version: u8,
    },
    /// A field holds what no state can hold.
    #[error("series state has an impossible {field} before octet {at}")]
    Impossible {
        /// Which field.
        field: &'static str,
        /// Where the field ended.
        at: usize,
    },
}

impl Explain for StateError {
    fn code(&self) -> &'static str {
        match self {
            Self::Truncated { .. } => "inference::state-truncated",
            Self::Version { .. } => "inference::state-version",
            Self::Impossible { .. } => "inference::state-impossible",
        }
    }

    fn help(&self) -> Option<String> {
        matches!(self, Self::Version { .. }).then(|| "use the same release of askance on every machine".to_owned())
    }
}

impl SeriesState {
    /// Appends the octets of this state; equal states give equal octets.
    ///
    /// Cost: O(kept); no allocation beyond `out`.
    ///
    /// # Panics
    /// Never.
    pub fn encode(&self, out: &mut Vec<u8>) {
        let unit = UNITS.iter().rposition(|&us| self.kept.iter().all(|e| e.ts.us() % us == 0)).unwrap_or(0);
        out.push(VERSION);
        out.push(u8::try_from(unit).expect("three units"));
        out.extend_from_slice(&self.key_hash.to_le_bytes());
        put(out, self.n);
        put(out, self.kept.len() as u64);
        let mut side = (None, None);
        let mut before: Option<i64> = None;
        for event in &self.kept {
            let at = event.ts.us() / UNITS[unit];
            match before {
                None => put(out, zigzag(at)),
                Some(before) => put(out, (at - before).cast_unsigned()),
            }
            before = Some(at);
            let new_side = (event.cached, event.ttl_s) != side;
            out.push(event.role.as_u8() << 4 | event.rcode.as_u8() << 1 | u8::from(new_side));
            if new_side {
                side = (event.cached, event.ttl_s);
                out.push(event.cached.map_or(0, |cached| 1 + u8::from(cached)));
                put(out, event.ttl_s.map_or(0, |ttl| u64::from(ttl) + 1));
            }
        }
        if let Some(all) = &self.all {
            put(out, zigzag(self.ends.0.us()));
            put(out, zigzag(self.ends.1.us()));
            for &count in all.week_hour.iter().chain(&all.minute).chain(&all.role).chain(&all.rcode) {
                put(out, u64::from(count));
            }
            put(out, all.daily.len() as u64);
            for (&day, &count) in &all.daily {
                put(out, zigzag(i64::from(day)));
                put(out, u64::from(count));
            }
        }
    }

    /// Reads the octets that [`encode`](Self::encode) wrote.
    ///
    /// # Errors
    /// [`StateError`] where the octets are cut, of another version or impossible. The memory
    /// taken is bounded by the length of `bytes` and by the caps of a state.
    ///
    /// # Panics
    /// Never.
    pub fn decode(bytes: &[u8]) -> Result<Self, StateError> {
        let mut reader = Reader { bytes, at: 0 };
        match reader.u8()? {
            VERSION => {}
            version => return Err(StateError::Version { version }),
        }
        let unit = reader.u8()?;
        let unit = *UNITS.get(usize::from(unit)).ok_or_else(|| reader.impossible("unit"))?;
        let mut state = Self::new(reader.key_hash()?);
        state.n = reader.varint()?;
        let kept = reader.varint()?;
        let full = kept == KEPT_MAX as u64;
        if kept > KEPT_MAX as u64 || kept > state.n || (kept < state.n && !full) {
            return Err(reader.impossible("count"));
        }
        let kept = usize::try_from(kept).expect("at most 4096");
        state.kept.reserve_exact(kept.min(reader.left() / 2));
        reader.events(kept, unit, &mut state.kept)?;
        if let (Some(first), Some(last)) = (state.kept.first(), state.kept.last()) {
            state.ends = (first.ts, last.ts);
        }
        if state.n > kept as u64 {
            let ends = (reader.instant(1)?, reader.instant(1)?);
            if ends.0 > state.ends.0 || ends.1 < state.ends.1 {
                return Err(reader.impossible("span"));
            }
            state.ends = ends;
            state.all = Some(Box::new(reader.histograms()?));
            state.worst = state.find_worst();
        }
        if reader.left() > 0 {
            return Err(reader.impossible("tail"));
        }
        Ok(state)
    }
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Reader<'_> {
    fn left(&self) -> usize {
        self.bytes.len() - self.at
    }

    fn impossible(&self, field: &'static str) -> StateError {
        StateError::Impossible { field, at: self.at }
    }

    fn u8(&mut self) -> Result<u8, StateError> {
        let octet = *self.bytes.get(self.at).ok_or(StateError::Truncated { at: self.at })?;
        self.at += 1;
        Ok(octet)
    }

    fn key_hash(&mut self) -> Result<u64, StateError> {
        let octets = self.bytes.get(self.at..self.at + 8).ok_or(StateError::Truncated { at: self.at })?;
        self.at += 8;
        Ok(u64::from_le_bytes(octets.try_into().expect("eight octets")))
    }

    fn varint(&mut self) -> Result<u64, StateError> {
        let mut value = 0u64;
        for shift in (0..64).step_by(7) {
            let octet = self.u8()?;
            if shift == 63 && octet > 1 {
                break;
            }
            value |= u64::from(octet & 0x7f) << shift;
            if octet < 0x80 {
                return Ok(value);
            }
        }
        Err(self.impossible("number"))
    }

    fn u32(&mut self) -> Result<u32, StateError> {
        u32::try_from(self.varint()?).map_err(|_| self.impossible("count"))
    }

    fn instant(&mut self, unit: i64) -> Result<Timestamp, StateError> {
        let value = unzigzag(self.varint()?);
        value
            .checked_mul(unit)
            .filter(|us| (Timestamp::MIN.us()..=Timestamp::MAX.us()).contains(us))
            .map(Timestamp::from_us)
            .ok_or_else(|| self.impossible("instant"))
    }

    fn events(&mut self, kept: usize, unit: i64, out: &mut Vec<Event>) -> Result<(), StateError> {
        let mut side = (None, None);
        for _ in 0..kept {
            let ts = match out.last() {
                None => self.instant(unit)?,
                Some(before) => {
                    let delta = i64::try_from(self.varint()?).ok().and_then(|delta| delta.checked_mul(unit));
                    delta
                        .and_then(|us| before.ts.us().checked_add(us))
                        .filter(|&us| us <= Timestamp::MAX.us())
                        .map(Timestamp::from_us)
                        .ok_or_else(|| self.impossible("instant"))?
                }
            };
            let code = self.u8()?;
            let role = Role::from_u8(code >> 4).ok_or_else(|| self.impossible("role"))?;
            let rcode = RcodeClass::from_u8(code >> 1 & 7).ok_or_else(|| self.impossible("rcode"))?;
            if code & 1 == 1 {
                let cached = match self.u8()? {
                    0 => None,
                    1 => Some(false),
                    2 => Some(true),
                    _ => return Err(self.impossible("cache flag")),
                };
                let ttl = match self.varint()? {
                    0 => None,
                    ttl => Some(u32::try_from(ttl - 1).map_err(|_| self.impossible("ttl"))?),
                };
                side = (cached, ttl);
            }
            let event = Event { ts, role, rcode, cached: side.0, ttl_s: side.1 };
            if out.last().is_some_and(|before| *before > event) {
                return Err(self.impossible("order"));
            }
            out.push(event);
        }
        Ok(())
    }

    fn histograms(&mut self) -> Result<Histograms, StateError> {
        let mut all = Histograms::empty();
        let Histograms { week_hour, minute, role, rcode, daily } = &mut all;
        for count in week_hour.iter_mut().chain(minute).chain(role).chain(rcode) {
            *count = self.u32()?;
        }
        let days = self.varint()?;
        if days > DAYS_MAX as u64 {
            return Err(self.impossible("number of days"));
        }
        for _ in 0..days {
            let day = i32::try_from(unzigzag(self.varint()?)).map_err(|_| self.impossible("day"))?;
            let count = self.u32()?;
            if daily.last_key_value().is_some_and(|(&before, _)| before >= day) {
                return Err(self.impossible("order of days"));
            }
            daily.insert(day, count);
        }
        Ok(all)
    }
}

fn put(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(u8::try_from(value & 0x7f).expect("seven bits") | 0x80);
        value >>= 7;
    }
    out.push(u8::try_from(value).expect("seven bits"));
}

const fn zigzag(value: i64) -> u64 {
    (value << 1 ^ value >> 63).cast_unsigned()
}

const fn unzigzag(value: u64) -> i64 {
    (value >> 1).cast_signed() ^ -((value & 1).cast_signed())
}
