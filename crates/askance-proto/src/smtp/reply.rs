//! A reply of a mail server: code, enhanced code, text (RFC 5321 §4.2, RFC 3463).

use core::fmt;

use crate::smtp::line::{Line, LineBuffer};

/// Most lines that one reply may have; more is [`ReplyError::TooManyLines`].
const LINES_MAX: usize = 128;

/// A reply of a mail server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// The three digits, 200 to 599.
    pub code: u16,
    /// Class, subject and detail of the enhanced code (RFC 3463), without which `EHLO` and greetings go.
    pub enhanced: Option<(u8, u16, u16)>,
    /// The text after the codes, line by line, at least one.
    pub lines: Vec<String>,
}

/// Why octets are not a reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReplyError {
    /// A line does not begin with a code from 200 to 599 and a space, hyphen or its end.
    #[error("reply line without a code")]
    NoCode,
    /// The lines of one reply bear different codes (RFC 5321 §4.2.1 forbids it).
    #[error("reply lines with different codes")]
    MixedCodes,
    /// A line is over 2000 octets.
    #[error("reply line too long")]
    LineTooLong,
    /// More than 128 lines.
    #[error("reply of too many lines")]
    TooManyLines,
}

impl Reply {
    /// A reply of one line without enhanced code.
    pub fn new(code: u16, text: impl Into<String>) -> Self {
        Self { code, enhanced: None, lines: vec![text.into()] }
    }

    /// A reply of one line with an enhanced code (RFC 2034).
    pub fn enhanced(code: u16, enhanced: (u8, u16, u16), text: impl Into<String>) -> Self {
        Self { code, enhanced: Some(enhanced), lines: vec![text.into()] }
    }

    /// True for 2yz: done.
    pub const fn is_success(&self) -> bool {
        self.code / 100 == 2
    }

    /// True for 4yz: not now.
    pub const fn is_transient(&self) -> bool {
        self.code / 100 == 4
    }

    /// True for 5yz: never.
    pub const fn is_permanent(&self) -> bool {
        self.code / 100 == 5
    }

    /// Writes the reply as it goes on the wire, each line ended by CR LF.
    ///
    /// Characters that would break the line become `?`.
    /// # Source
    /// RFC 5321 §4.2.1, RFC 2034 §4 (the enhanced code stands on each line).
    pub fn render(&self) -> Vec<u8> {
        let mut out = String::new();
        let last = self.lines.len().saturating_sub(1);
        let mut push = |n: usize, text: &str| {
            out.push_str(&format!("{}{}", self.code, if n < last { '-' } else { ' ' }));
            if let Some((class, subject, detail)) = self.enhanced {
                out.push_str(&format!("{class}.{subject}.{detail} "));
            }
            out.extend(text.chars().map(|c| if c.is_control() { '?' } else { c }));
            out.push_str("\r\n");
        };
        if self.lines.is_empty() {
            push(0, "");
        }
        for (n, line) in self.lines.iter().enumerate() {
            push(n, line);
        }
        out.into_bytes()
    }

    /// Reads one reply from its lines.
    ///
    /// - `octets`: the whole reply and nothing after it
    /// - returns: `None` where the reply is not complete
    ///
    /// # Errors
    /// [`ReplyError`] where a line is not a reply line.
    pub fn parse(octets: &[u8]) -> Option<Result<Self, ReplyError>> {
        let mut reader = ReplyReader::default();
        reader.push(octets);
        reader.take()
    }

    fn from_texts(code: u16, mut lines: Vec<String>) -> Self {
        let enhanced = lines.first().and_then(|line| leading_enhanced(code, line)).map(|(enhanced, _)| enhanced);
        if enhanced.is_some() {
            for line in &mut lines {
                if let Some((other, rest)) = leading_enhanced(code, line)
                    && Some(other) == enhanced
                {
                    *line = rest.to_owned();
                }
            }
        }
        Self { code, enhanced, lines }
    }
}

/// `250 2.1.5 Ok`, or `250 size / 250 dsn` joined by a space as Postfix logs it: codes, then all lines in one.
impl fmt::Display for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.code)?;
        for (n, line) in self.lines.iter().enumerate() {
            // Postfix joins lines with a space and keeps the code of the later ones, hyphen and all.
            if n > 0 {
                write!(f, " {}", self.code)?;
            }
            f.write_str(if n + 1 < self.lines.len() { "-" } else { " " })?;
            if let Some((class, subject, detail)) = self.enhanced {
                write!(f, "{class}.{subject}.{detail} ")?;
            }
            f.write_str(line)?;
        }
        Ok(())
    }
}

/// The enhanced code that a text begins with, of the class of `code`, and the text after it.
fn leading_enhanced(code: u16, text: &str) -> Option<((u8, u16, u16), &str)> {
    let (head, rest) = text.split_once(' ').unwrap_or((text, ""));
    let mut parts = head.split('.');
    let mut number = |digits_max: usize| {
        let part = parts.next()?;
        let fits = (1..=digits_max).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
        fits.then(|| part.parse::<u16>().ok()).flatten()
    };
    let (class, subject, detail) = (number(1)?, number(3)?, number(3)?);
    let matches = parts.next().is_none() && matches!(class, 2 | 4 | 5) && class == code / 100;
    matches.then_some(((u8::try_from(class).ok()?, subject, detail), rest))
}

/// Reads replies from a stream that is cut anywhere.
#[derive(Clone, Debug, Default)]
pub struct ReplyReader {
    buffer: LineBuffer,
    code: Option<u16>,
    texts: Vec<String>,
}

impl ReplyReader {
    /// Takes octets of the stream.
    pub fn push(&mut self, octets: &[u8]) {
        self.buffer.push(octets);
    }

    /// The next complete reply; `None` until its last line has come.
    ///
    /// # Errors
    /// [`ReplyError`] where the stream does not carry replies; the stream is of no use then.
    pub fn take(&mut self) -> Option<Result<Reply, ReplyError>> {
        while let Some(line) = self.buffer.take() {
            let Line::Whole(line) = line else { return Some(Err(ReplyError::LineTooLong)) };
            match self.line(&line) {
                Ok(None) => {}
                Ok(Some(reply)) => return Some(Ok(reply)),
                Err(error) => return Some(Err(error)),
            }
        }
        None
    }

    /// Forgets what has come: what was sent before TLS does not count after it (RFC 3207 §4.2).
    pub fn clear(&mut self) {
        *self = Self::default();
    }

    fn line(&mut self, line: &[u8]) -> Result<Option<Reply>, ReplyError> {
        let (digits, rest) = line.split_at_checked(3).ok_or(ReplyError::NoCode)?;
        let code = digits.iter().try_fold(0u16, |n, b| b.is_ascii_digit().then(|| n * 10 + u16::from(b - b'0')));
        let code = code.filter(|code| (200..600).contains(code)).ok_or(ReplyError::NoCode)?;
        if *self.code.get_or_insert(code) != code {
            return Err(ReplyError::MixedCodes);
        }
        let (more, text) = match rest.split_first() {
            None => (false, rest),
            Some((b' ', text)) => (false, text),
            Some((b'-', text)) => (true, text),
            Some(_) => return Err(ReplyError::NoCode),
        };
        if self.texts.len() >= LINES_MAX {
            return Err(ReplyError::TooManyLines);
        }
        let text = String::from_utf8_lossy(text);
        self.texts.push(text.chars().map(|c| if c.is_control() { '?' } else { c }).collect());
        if more {
            return Ok(None);
        }
        self.code = None;
        Ok(Some(Reply::from_texts(code, core::mem::take(&mut self.texts))))
    }
}
