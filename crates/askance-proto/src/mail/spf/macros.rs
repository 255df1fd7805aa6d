//! Macros in policies and explanations (RFC 7208 §7).

use core::fmt;
use core::fmt::Write as _;

use super::SpfReason;

/// Where expansion stops, in octets: no name and no reply is that long, but a policy could ask for gigabytes.
const EXPANDED_OCTETS_MAX: usize = 16_384;

/// Text with macros, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct MacroString(Vec<Piece>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Text(String),
    Macro(Macro),
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Macro {
    letter: Letter,
    /// URL-escaped: the letter was a capital.
    escaped: bool,
    /// Parts to keep, from the right; `usize::MAX` keeps all.
    keep: usize,
    reverse: bool,
    /// What parts are split at; `.` where the macro names nothing.
    delimiters: String,
}

/// What a macro stands for (RFC 7208 §7.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Letter {
    /// `s`: the sender.
    Sender,
    /// `l`: its local part.
    Local,
    /// `o`: its domain.
    SenderDomain,
    /// `d`: the domain whose policy is evaluated.
    Domain,
    /// `i`: the client's address, dotted.
    Address,
    /// `p`: the client's validated name.
    ValidatedName,
    /// `v`: `in-addr` or `ip6`.
    Family,
    /// `h`: the HELO name.
    Helo,
    /// `c`: the client's address, for people.
    ReadableAddress,
    /// `r`: the receiver's name.
    Receiver,
    /// `t`: the time, in seconds.
    Time,
}

/// Characters of a domain name in text (RFC 7208 §7.3).
pub(super) const DOMAIN_CHARS_MAX: usize = 253;

/// An expanded domain without its final dot, labels cut off its left until it can be a name (RFC 7208 §7.3).
pub(super) fn fitting(expanded: &str) -> &str {
    let mut text = expanded.strip_suffix('.').unwrap_or(expanded);
    while text.len() > DOMAIN_CHARS_MAX {
        let Some((_, shorter)) = text.split_once('.') else { break };
        text = shorter;
    }
    text
}

/// Where a text stands: explanations may hold `c`, `r`, `t` and spaces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Use {
    Domain,
    Explanation,
}

impl MacroString {
    /// Reads printable ASCII; [`SpfReason::Macro`] on an error of syntax.
    pub(super) fn parse(text: &str, used_in: Use) -> Result<Self, SpfReason> {
        Self::read(text, used_in).map(|(parsed, _)| parsed).ok_or(SpfReason::Macro)
    }

    /// Reads a domain-spec: it ends in a macro or a top label (RFC 7208 §7.1).
    ///
    /// The check is of what the record says, not of what it expands to.
    pub(super) fn domain_spec(text: &str) -> Result<Self, SpfReason> {
        if text.is_empty() {
            return Err(SpfReason::MissingDomain);
        }
        let (parsed, ends_in_macro) = Self::read(text, Use::Domain).ok_or(SpfReason::Macro)?;
        if ends_in_macro || ends_in_top_label(text) { Ok(parsed) } else { Err(SpfReason::TopLabel) }
    }

    /// The text in pieces, and whether what stands last began with `%`.
    fn read(text: &str, used_in: Use) -> Option<(Self, bool)> {
        let mut pieces = Vec::new();
        let mut plain = String::new();
        let mut rest = text;
        let mut any = false;
        while let Some((before, after)) = rest.split_once('%') {
            any = true;
            plain.push_str(before);
            let mut letters = after.chars();
            rest = match letters.next()? {
                '%' => {
                    plain.push('%');
                    letters.as_str()
                }
                '_' => {
                    plain.push(' ');
                    letters.as_str()
                }
                '-' => {
                    plain.push_str("%20");
                    letters.as_str()
                }
                '{' => {
                    let (inner, tail) = letters.as_str().split_once('}')?;
                    if !plain.is_empty() {
                        pieces.push(Piece::Text(core::mem::take(&mut plain)));
                    }
                    pieces.push(Piece::Macro(Macro::parse(inner, used_in)?));
                    tail
                }
                _ => return None,
            };
        }
        plain.push_str(rest);
        if !plain.is_empty() {
            pieces.push(Piece::Text(plain));
        }
        Some((Self(pieces), any && rest.is_empty()))
    }

    /// The text with each macro replaced by what `value` gives for it.
    pub(super) fn expand<E>(&self, mut value: impl FnMut(Letter) -> Result<String, E>) -> Result<String, E> {
        let mut out = String::new();
        for piece in &self.0 {
            if out.len() > EXPANDED_OCTETS_MAX {
                break;
            }
            match piece {
                Piece::Text(text) => out.push_str(text),
                Piece::Macro(one) => one.append(&value(one.letter)?, &mut out),
            }
        }
        Ok(out)
    }
}

impl fmt::Display for MacroString {
    /// Writes what reads the same again: `%%`, `%_` and `%-` for a percent sign, a space and `%20`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for piece in &self.0 {
            match piece {
                Piece::Text(text) => {
                    let escaped = text.replace('%', "%%").replace(' ', "%_").replace("%%20", "%-");
                    f.write_str(&escaped)?;
                }
                Piece::Macro(one) => one.fmt(f)?,
            }
        }
        Ok(())
    }
}

impl fmt::Display for Macro {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let letter = self.letter.letter();
        write!(f, "%{{{}", if self.escaped { letter.to_ascii_uppercase() } else { letter })?;
        if self.keep != usize::MAX {
            write!(f, "{}", self.keep)?;
        }
        f.write_str(if self.reverse { "r" } else { "" })?;
        f.write_str(if self.delimiters == "." { "" } else { &self.delimiters })?;
        f.write_char('}')
    }
}

/// `"." toplabel [ "." ]`: letters, digits and inner hyphens, not digits alone, with something before it.
fn ends_in_top_label(text: &str) -> bool {
    let text = text.strip_suffix('.').unwrap_or(text);
    text.rsplit_once('.').is_some_and(|(_, top)| {
        top.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
            && !top.is_empty()
            && !top.starts_with('-')
            && !top.ends_with('-')
            && !top.bytes().all(|b| b.is_ascii_digit())
    })
}

impl Macro {
    fn parse(inner: &str, used_in: Use) -> Option<Self> {
        let mut letters = inner.chars();
        let first = letters.next()?;
        let letter = Letter::parse(first.to_ascii_lowercase(), used_in)?;
        let rest = letters.as_str();
        let tail = rest.trim_start_matches(|c: char| c.is_ascii_digit());
        let keep = match rest.strip_suffix(tail)? {
            "" => usize::MAX,
            // A number too large to hold keeps everything, as one too large to matter does.
            digits => digits.parse().unwrap_or(usize::MAX),
        };
        let (reverse, delimiters) = match tail.strip_prefix(['r', 'R']) {
            Some(delimiters) => (true, delimiters),
            None => (false, tail),
        };
        if keep == 0 || !delimiters.bytes().all(|b| matches!(b, b'.' | b'-' | b'+' | b',' | b'/' | b'_' | b'=')) {
            return None;
        }
        let delimiters = if delimiters.is_empty() { "." } else { delimiters }.to_owned();
        Some(Self { letter, escaped: first.is_ascii_uppercase(), keep, reverse, delimiters })
    }

    fn append(&self, value: &str, out: &mut String) {
        let mut parts: Vec<&str> = value.split(|c| self.delimiters.contains(c)).collect();
        if self.reverse {
            parts.reverse();
        }
        let kept = parts.get(parts.len().saturating_sub(self.keep)..).unwrap_or_default().join(".");
        if !self.escaped {
            out.push_str(&kept);
            return;
        }
        for octet in kept.bytes() {
            if octet.is_ascii_alphanumeric() || matches!(octet, b'-' | b'.' | b'_' | b'~') {
                out.push(char::from(octet));
            } else {
                write!(out, "%{octet:02X}").expect("writing to a String cannot fail");
            }
        }
    }
}

impl Letter {
    fn letter(self) -> char {
        match self {
            Self::Sender => 's',
            Self::Local => 'l',
            Self::SenderDomain => 'o',
            Self::Domain => 'd',
            Self::Address => 'i',
            Self::ValidatedName => 'p',
            Self::Family => 'v',
            Self::Helo => 'h',
            Self::ReadableAddress => 'c',
            Self::Receiver => 'r',
            Self::Time => 't',
        }
    }

    fn parse(letter: char, used_in: Use) -> Option<Self> {
        Some(match letter {
            's' => Self::Sender,
            'l' => Self::Local,
            'o' => Self::SenderDomain,
            'd' => Self::Domain,
            'i' => Self::Address,
            'p' => Self::ValidatedName,
            'v' => Self::Family,
            'h' => Self::Helo,
            'c' if used_in == Use::Explanation => Self::ReadableAddress,
            'r' if used_in == Use::Explanation => Self::Receiver,
            't' if used_in == Use::Explanation => Self::Time,
            _ => return None,
        })
    }
}
