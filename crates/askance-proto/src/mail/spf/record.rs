//! A policy record: its terms (RFC 7208 §4.6, §5, §6, §12).

use core::net::{Ipv4Addr, Ipv6Addr};

use super::SpfResult;
use super::macros::{MacroString, Use};

/// A record that obeys the grammar.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Policy {
    pub(super) directives: Vec<Directive>,
    pub(super) redirect: Option<MacroString>,
    pub(super) exp: Option<MacroString>,
}

/// A mechanism, and what its match means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Directive {
    /// As the record writes it.
    pub(super) text: String,
    pub(super) result: SpfResult,
    pub(super) mechanism: Mechanism,
}

/// Prefix lengths, in bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Prefixes {
    pub(super) v4: u8,
    pub(super) v6: u8,
}

/// RFC 7208 §5. A missing domain is the one being checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Mechanism {
    All,
    Include(MacroString),
    A(Option<MacroString>, Prefixes),
    Mx(Option<MacroString>, Prefixes),
    Ptr(Option<MacroString>),
    Ip4(Ipv4Addr, u8),
    Ip6(Ipv6Addr, u8),
    Exists(MacroString),
}

/// True where a TXT record is a policy: the version, then a space or the end.
pub(super) fn is_policy(text: &[u8]) -> bool {
    text.get(..6).is_some_and(|version| version.eq_ignore_ascii_case(b"v=spf1"))
        && matches!(text.get(6), None | Some(b' '))
}

impl Policy {
    /// Reads a record for which [`is_policy`] holds; `None` on any error of syntax.
    pub(super) fn parse(text: &[u8]) -> Option<Self> {
        if !text.iter().all(|octet| matches!(octet, 0x20..=0x7e)) {
            return None;
        }
        let text = str::from_utf8(text.get(6..)?).ok()?;
        let mut policy = Self::default();
        for term in text.split(' ').filter(|term| !term.is_empty()) {
            match term.find([':', '/', '=']).and_then(|at| term.split_at_checked(at)) {
                Some((name, value)) if value.starts_with('=') => policy.modifier(name, value.strip_prefix('=')?)?,
                _ => policy.directives.push(directive(term)?),
            }
        }
        Some(policy)
    }

    fn modifier(&mut self, name: &str, value: &str) -> Option<()> {
        let known = if name.eq_ignore_ascii_case("redirect") {
            &mut self.redirect
        } else if name.eq_ignore_ascii_case("exp") {
            &mut self.exp
        } else {
            let mut letters = name.bytes();
            let named = letters.next().is_some_and(|b| b.is_ascii_alphabetic())
                && letters.all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'));
            // What it means is unknown, but it must still be a macro-string (RFC 7208 §6).
            return (named && MacroString::parse(value, Use::Explanation).is_some()).then_some(());
        };
        if known.is_some() {
            return None;
        }
        *known = Some(MacroString::domain_spec(value)?);
        Some(())
    }
}

fn directive(term: &str) -> Option<Directive> {
    let (result, rest) = match term.as_bytes().first()? {
        b'+' => (SpfResult::Pass, term.strip_prefix('+')?),
        b'-' => (SpfResult::Fail, term.strip_prefix('-')?),
        b'~' => (SpfResult::SoftFail, term.strip_prefix('~')?),
        b'?' => (SpfResult::Neutral, term.strip_prefix('?')?),
        _ => (SpfResult::Pass, term),
    };
    let at = rest.find([':', '/']).unwrap_or(rest.len());
    let (name, tail) = rest.split_at_checked(at)?;
    let argument = tail.strip_prefix(':');
    let mechanism = match name.to_ascii_lowercase().as_str() {
        "all" if tail.is_empty() => Mechanism::All,
        "include" => Mechanism::Include(MacroString::domain_spec(argument?)?),
        "exists" => Mechanism::Exists(MacroString::domain_spec(argument?)?),
        "ptr" if tail.is_empty() => Mechanism::Ptr(None),
        "ptr" => Mechanism::Ptr(Some(MacroString::domain_spec(argument?)?)),
        "a" => host(tail, Mechanism::A)?,
        "mx" => host(tail, Mechanism::Mx)?,
        "ip4" => {
            let (address, bits) = network(argument?, 32)?;
            Mechanism::Ip4(address, bits)
        }
        "ip6" => {
            let (address, bits) = network(argument?, 128)?;
            Mechanism::Ip6(address, bits)
        }
        _ => return None,
    };
    Some(Directive { text: term.to_owned(), result, mechanism })
}

/// `[ ":" domain-spec ] [ dual-cidr-length ]`. A domain may itself contain `/` (RFC 7208 §7.1).
fn host(tail: &str, make: fn(Option<MacroString>, Prefixes) -> Mechanism) -> Option<Mechanism> {
    let (tail, v6) = trailing_prefix(tail, "//", 128)?;
    let (tail, v4) = trailing_prefix(tail, "/", 32)?;
    let domain = match tail.strip_prefix(':') {
        Some(domain) => Some(MacroString::domain_spec(domain)?),
        None if tail.is_empty() => None,
        None => return None,
    };
    Some(make(domain, Prefixes { v4, v6 }))
}

/// Cuts `mark` and digits off the end; the length is `bits_max` where they are missing.
fn trailing_prefix<'a>(text: &'a str, mark: &str, bits_max: u8) -> Option<(&'a str, u8)> {
    let head = text.trim_end_matches(|c: char| c.is_ascii_digit());
    match head.strip_suffix(mark) {
        Some(rest) if head.len() < text.len() => {
            let (_, digits) = text.split_at_checked(head.len())?;
            Some((rest, prefix_bits(digits, bits_max)?))
        }
        _ => Some((text, bits_max)),
    }
}

fn prefix_bits(digits: &str, bits_max: u8) -> Option<u8> {
    let plain = digits == "0" || (!digits.starts_with('0') && digits.bytes().all(|b| b.is_ascii_digit()));
    digits.parse().ok().filter(|bits| plain && *bits <= bits_max)
}

fn network<A: core::str::FromStr>(text: &str, bits_max: u8) -> Option<(A, u8)> {
    match text.split_once('/') {
        Some((address, digits)) => Some((address.parse().ok()?, prefix_bits(digits, bits_max)?)),
        None => Some((text.parse().ok()?, bits_max)),
    }
}
