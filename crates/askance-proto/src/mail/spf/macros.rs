//! Macros in policies and explanations (RFC 7208 §7).

use core::fmt::Write as _;

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

/// Where a text stands: explanations may hold `c`, `r`, `t` and spaces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Use {
    Domain,
    Explanation,
}

impl MacroString {
    /// Reads printable ASCII; `None` on an error of syntax.
    pub(super) fn parse(text: &str, used_in: Use) -> Option<Self> {
        let mut pieces = Vec::new();
        let mut plain = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('%') {
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
        Some(Self(pieces))
    }

    /// Reads a domain-spec: it ends in a macro or a top label (RFC 7208 §7.1).
    ///
    /// The check is of what the record says, not of what it expands to.
    pub(super) fn domain_spec(text: &str) -> Option<Self> {
        let parsed = Self::parse(text, Use::Domain)?;
        let ends_in_macro = text.ends_with('}') && matches!(parsed.0.last(), Some(Piece::Macro(_)))
            || ["%%", "%_", "%-"].iter().any(|end| text.ends_with(end));
        (ends_in_macro || ends_in_top_label(text)).then_some(parsed)
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
