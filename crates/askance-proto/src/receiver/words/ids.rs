//! Identifiers of sessions and messages, in the forms of the programs.

use askance_record::{Rng, Timestamp};

use crate::receiver::Program;

const BASE_62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// Makes identifiers.
#[derive(Debug)]
pub(crate) struct Ids {
    program: Program,
    rng: Rng,
    /// Grows like the numbers that a system gives to files and processes.
    counter: u64,
}

impl Ids {
    pub(crate) fn new(program: Program, rng: Rng) -> Self {
        Self { program, rng, counter: 700 }
    }

    /// Of a session: 16 hexadecimal digits, as `OpenSMTPD` writes them.
    pub(crate) fn session(&mut self) -> String {
        format!("{:016x}", self.rng.bits())
    }

    /// Of an envelope of `OpenSMTPD`: the message's, then eight digits.
    pub(crate) fn envelope(&mut self, message: &str) -> String {
        format!("{message}{:08x}", self.rng.bits() >> 32)
    }

    /// Of a message.
    ///
    /// # Source
    /// Postfix: microseconds, then the file's number, hexadecimal; Exim specification, "Message identification";
    /// Sendmail `queue.c` (`assign_queueid`): date digits in base 60, then the process.
    pub(crate) fn message(&mut self, now: Timestamp) -> String {
        self.counter += 1 + self.rng.below(12);
        let (s, us) = (now.us().div_euclid(1_000_000), now.us().rem_euclid(1_000_000));
        match self.program {
            Program::Postfix => format!("{us:05X}{:X}", self.counter),
            Program::Exim => {
                let seconds = base_62(s.unsigned_abs(), 6);
                format!("{seconds}-{}-{}", base_62(self.counter, 6), base_62(us.unsigned_abs() / 500, 2))
            }
            Program::OpenSmtpd => format!("{:08x}", self.rng.bits() >> 32),
            Program::Sendmail => sendmail(now, &mut self.rng, self.counter),
        }
    }
}

fn base_62(mut value: u64, digits: usize) -> String {
    let mut text = vec![b'0'; digits];
    for digit in text.iter_mut().rev() {
        *digit = BASE_62[usize::try_from(value % 62).expect("below 62")];
        value /= 62;
    }
    text.into_iter().map(char::from).collect()
}

fn sendmail(now: Timestamp, rng: &mut Rng, counter: u64) -> String {
    let digit = |value: u64| char::from(BASE_62[usize::try_from(value % 60).expect("below 60")]);
    let date = now.to_jiff().strftime("%Y %m %d %H %M %S").to_string();
    let mut parts = date.split(' ').map(|part| part.parse::<u64>().unwrap_or(0));
    let mut next = || parts.next().unwrap_or(0);
    let (year, month) = (next().saturating_sub(1900), next().saturating_sub(1));
    let mut text: String = [year, month, next(), next(), next(), next()].map(digit).iter().collect();
    text.push(digit(rng.below(60)));
    text.push(digit(rng.below(60)));
    text + &format!("{:06}", counter % 1_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_look_like_the_programs_own() {
        let of = |program, now_us| Ids::new(program, Rng::new(1)).message(Timestamp::from_us(now_us));
        // Moments of the recording: `1ts2Tl-0005zi-2y` at Exim, `5236rkJw002847` at Sendmail.
        let (exim, sendmail) = (1_741_710_557_999_999, 1_740_984_826_123_456);
        assert_eq!(of(Program::Exim, exim).split('-').map(str::len).collect::<Vec<_>>(), [6, 6, 2]);
        assert_eq!(of(Program::Exim, exim).get(..6), Some("1ts2Tl"));
        assert_eq!(of(Program::Sendmail, sendmail).get(..6), Some("5236rk"));
        assert_eq!(of(Program::Sendmail, sendmail).len(), 14);
        // 123,456 microseconds are 1E240 hexadecimal.
        assert_eq!(of(Program::Postfix, sendmail).get(..6), Some("1E2402"));
        assert_eq!(of(Program::OpenSmtpd, sendmail).len(), 8);
    }
}
