//! A policy record: its terms (RFC 7208 §4.6, §5, §6, §12).

use core::fmt;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use core::ops::Range;

use super::macros::{MacroString, Use};
use super::{SpfFault, SpfReason, SpfResult};

/// A record that obeys the grammar, in the order of its terms.
///
/// It is written in the form that says the same with the fewest letters: mechanisms in
/// lower case, no `+`, no prefix length that is the whole address, one space between terms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpfRecord {
    pub(super) terms: Vec<Term>,
}

/// One term, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Term {
    /// As the record writes it.
    pub(super) text: String,
    pub(super) at: Range<usize>,
    pub(super) kind: Kind,
}

/// RFC 7208 §4.6.1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A mechanism, and what its match means.
    Directive(SpfResult, Mechanism),
    Redirect(MacroString),
    Exp(MacroString),
    /// A modifier that nobody has defined: its name and text.
    Other(String, MacroString),
}

/// Prefix lengths, in bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Prefixes {
    pub(super) v4: u8,
    pub(super) v6: u8,
}

impl Prefixes {
    /// The one for addresses of this one's family.
    pub(super) fn of(self, address: IpAddr) -> u8 {
        if address.is_ipv4() { self.v4 } else { self.v6 }
    }
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
    text.get(..VERSION_LEN).is_some_and(|version| version.eq_ignore_ascii_case(b"v=spf1"))
        && matches!(text.get(VERSION_LEN), None | Some(b' '))
}

const VERSION_LEN: usize = 6;

impl SpfRecord {
    /// Reads a record, the strings of which are joined.
    ///
    /// Any error of syntax makes the whole record one that cannot be used, so that a
    /// verifier looks no further than the first; who mends it wants them all.
    ///
    /// # Errors
    /// Every term that breaks the grammar, in order; at least one.
    ///
    /// # Source
    /// RFC 7208 §12.
    ///
    /// # Example
    /// ```
    /// use askance_proto::mail::{SpfReason, SpfRecord};
    /// let record = SpfRecord::parse(b"v=spf1 +A:mail.hotel-brand.example/32  -all").unwrap();
    /// assert_eq!(record.to_string(), "v=spf1 a:mail.hotel-brand.example -all");
    /// let faults = SpfRecord::parse(b"v=spf1 ipv4:192.0.2.1 -all").unwrap_err();
    /// assert_eq!((&faults[0].reason, faults[0].at.clone()), (&SpfReason::UnknownMechanism, 7..21));
    /// ```
    pub fn parse(text: &[u8]) -> Result<Self, Vec<SpfFault>> {
        if !is_policy(text) {
            return Err(vec![SpfFault::whole(SpfReason::Version)]);
        }
        let (mut terms, mut faults) = (Vec::<Term>::new(), Vec::new());
        let mut start = VERSION_LEN;
        for octets in text.get(VERSION_LEN..).unwrap_or_default().split(|&octet| octet == b' ') {
            let at = start..start + octets.len();
            start = at.end + 1;
            if octets.is_empty() {
                continue;
            }
            match term(octets) {
                Ok(kind) if kind.is_repeated_in(&terms) => {
                    faults.push(fault(SpfReason::Repeated, octets, at));
                }
                Ok(kind) => {
                    let text = String::from_utf8_lossy(octets).into_owned();
                    terms.push(Term { text, at, kind });
                }
                Err(reason) => faults.push(fault(reason, octets, at)),
            }
        }
        if faults.is_empty() { Ok(Self { terms }) } else { Err(faults) }
    }

    /// The target of `redirect=`, with its term.
    pub(super) fn redirect(&self) -> Option<(&Term, &MacroString)> {
        self.terms.iter().find_map(|term| match &term.kind {
            Kind::Redirect(spec) => Some((term, spec)),
            _ => None,
        })
    }

    /// Where the explanation of a fail is found.
    pub(super) fn exp(&self) -> Option<&MacroString> {
        self.terms.iter().find_map(|term| match &term.kind {
            Kind::Exp(spec) => Some(spec),
            _ => None,
        })
    }
}

fn fault(reason: SpfReason, octets: &[u8], at: Range<usize>) -> SpfFault {
    SpfFault { reason, term: octets.escape_ascii().to_string(), at }
}

impl Kind {
    fn is_repeated_in(&self, terms: &[Term]) -> bool {
        match self {
            Self::Redirect(_) => terms.iter().any(|term| matches!(term.kind, Self::Redirect(_))),
            Self::Exp(_) => terms.iter().any(|term| matches!(term.kind, Self::Exp(_))),
            _ => false,
        }
    }
}

fn term(octets: &[u8]) -> Result<Kind, SpfReason> {
    let text = str::from_utf8(octets).ok().filter(|text| text.bytes().all(|octet| octet.is_ascii_graphic()));
    let text = text.ok_or(SpfReason::Octet)?;
    let mark = text.find([':', '/', '=']).and_then(|at| text.split_at_checked(at));
    match mark.and_then(|(name, tail)| Some((name, tail.strip_prefix('=')?))) {
        Some((name, value)) => modifier(name, value),
        None => directive(text),
    }
}

fn modifier(name: &str, value: &str) -> Result<Kind, SpfReason> {
    if name.eq_ignore_ascii_case("redirect") {
        return MacroString::domain_spec(value).map(Kind::Redirect);
    }
    if name.eq_ignore_ascii_case("exp") {
        return MacroString::domain_spec(value).map(Kind::Exp);
    }
    let mut letters = name.bytes();
    let named = letters.next().is_some_and(|b| b.is_ascii_alphabetic())
        && letters.all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'));
    if !named {
        return Err(SpfReason::ModifierName);
    }
    // What it means is unknown, but it must still be a macro-string (RFC 7208 §6).
    Ok(Kind::Other(name.to_owned(), MacroString::parse(value, Use::Explanation)?))
}

fn directive(term: &str) -> Result<Kind, SpfReason> {
    let (result, rest) = match term.split_at_checked(1) {
        Some(("+", rest)) => (SpfResult::Pass, rest),
        Some(("-", rest)) => (SpfResult::Fail, rest),
        Some(("~", rest)) => (SpfResult::SoftFail, rest),
        Some(("?", rest)) => (SpfResult::Neutral, rest),
        _ => (SpfResult::Pass, term),
    };
    let at = rest.find([':', '/']).unwrap_or(rest.len());
    let (name, tail) = rest.split_at_checked(at).ok_or(SpfReason::UnknownMechanism)?;
    let spec = || match tail.strip_prefix(':') {
        Some(domain) => MacroString::domain_spec(domain),
        None if tail.is_empty() => Err(SpfReason::MissingDomain),
        None => Err(SpfReason::Unwanted),
    };
    let mechanism = match name.to_ascii_lowercase().as_str() {
        "all" if tail.is_empty() => Mechanism::All,
        "all" => return Err(SpfReason::Unwanted),
        "include" => Mechanism::Include(spec()?),
        "exists" => Mechanism::Exists(spec()?),
        "ptr" if tail.is_empty() => Mechanism::Ptr(None),
        "ptr" => Mechanism::Ptr(Some(spec()?)),
        "a" => host(tail, Mechanism::A)?,
        "mx" => host(tail, Mechanism::Mx)?,
        "ip4" => {
            let (address, bits) = network(tail, 32)?;
            Mechanism::Ip4(address, bits)
        }
        "ip6" => {
            let (address, bits) = network(tail, 128)?;
            Mechanism::Ip6(address, bits)
        }
        _ => return Err(SpfReason::UnknownMechanism),
    };
    Ok(Kind::Directive(result, mechanism))
}

/// `[ ":" domain-spec ] [ dual-cidr-length ]`. A domain may itself contain `/` (RFC 7208 §7.1).
fn host(tail: &str, make: fn(Option<MacroString>, Prefixes) -> Mechanism) -> Result<Mechanism, SpfReason> {
    let (tail, v6) = trailing_prefix(tail, "//", 128)?;
    let (tail, v4) = trailing_prefix(tail, "/", 32)?;
    let domain = match tail.strip_prefix(':') {
        Some(domain) => Some(MacroString::domain_spec(domain)?),
        None if tail.is_empty() => None,
        None => return Err(SpfReason::Prefix),
    };
    Ok(make(domain, Prefixes { v4, v6 }))
}

/// Cuts `mark` and digits off the end; the length is `bits_max` where they are missing.
fn trailing_prefix<'a>(text: &'a str, mark: &str, bits_max: u8) -> Result<(&'a str, u8), SpfReason> {
    let head = text.trim_end_matches(|c: char| c.is_ascii_digit());
    match (head.strip_suffix(mark), text.strip_prefix(head)) {
        (Some(rest), Some(digits)) if !digits.is_empty() => Ok((rest, prefix_bits(digits, bits_max)?)),
        _ => Ok((text, bits_max)),
    }
}

fn prefix_bits(digits: &str, bits_max: u8) -> Result<u8, SpfReason> {
    let plain = digits == "0" || (!digits.starts_with('0') && digits.bytes().all(|b| b.is_ascii_digit()));
    digits.parse().ok().filter(|bits| plain && *bits <= bits_max).ok_or(SpfReason::Prefix)
}

/// `":" address [ "/" length ]`.
fn network<A: core::str::FromStr>(tail: &str, bits_max: u8) -> Result<(A, u8), SpfReason> {
    let text = tail.strip_prefix(':').ok_or(SpfReason::Address)?;
    let (address, bits) = match text.split_once('/') {
        Some((address, digits)) => (address, prefix_bits(digits, bits_max)),
        None => (text, Ok(bits_max)),
    };
    Ok((address.parse().map_err(|_| SpfReason::Address)?, bits?))
}

impl fmt::Display for SpfRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("v=spf1")?;
        self.terms.iter().try_for_each(|term| write!(f, " {}", term.kind))
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Directive(result, mechanism) => {
                f.write_str(match result {
                    SpfResult::Fail => "-",
                    SpfResult::SoftFail => "~",
                    SpfResult::Neutral => "?",
                    _ => "",
                })?;
                mechanism.fmt(f)
            }
            Self::Redirect(spec) => write!(f, "redirect={spec}"),
            Self::Exp(spec) => write!(f, "exp={spec}"),
            Self::Other(name, text) => write!(f, "{name}={text}"),
        }
    }
}

impl fmt::Display for Mechanism {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let domain = |f: &mut fmt::Formatter<'_>, name: &str, spec: &Option<MacroString>| match spec {
            Some(spec) => write!(f, "{name}:{spec}"),
            None => f.write_str(name),
        };
        let prefix = |f: &mut fmt::Formatter<'_>, mark: &str, bits: u8, bits_max: u8| match bits {
            _ if bits == bits_max => Ok(()),
            _ => write!(f, "{mark}{bits}"),
        };
        match self {
            Self::All => f.write_str("all"),
            Self::Include(spec) => write!(f, "include:{spec}"),
            Self::Exists(spec) => write!(f, "exists:{spec}"),
            Self::Ptr(spec) => domain(f, "ptr", spec),
            Self::A(spec, prefixes) | Self::Mx(spec, prefixes) => {
                domain(f, if matches!(self, Self::A(..)) { "a" } else { "mx" }, spec)?;
                prefix(f, "/", prefixes.v4, 32)?;
                prefix(f, "//", prefixes.v6, 128)
            }
            Self::Ip4(address, bits) => {
                write!(f, "ip4:{address}")?;
                prefix(f, "/", *bits, 32)
            }
            Self::Ip6(address, bits) => {
                write!(f, "ip6:{address}")?;
                prefix(f, "/", *bits, 128)
            }
        }
    }
}
