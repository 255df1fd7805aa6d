//! What programs ask, as rows of a walk. Starting values: from programs run in a
//! laboratory and from their sources, to be refitted by calibration.
//!
//! Measured orders (Debian packages): Postfix, `OpenSMTPD` PTR A; Exim PTR AAAA A;
//! Sendmail PTR PTR(own) A; with strict checks the pair comes two or three times a
//! session; with SPF, DKIM and DMARC filters PTR A TXT TXT(dkim) TXT TXT(dmarc);
//! glibc appends the search suffix after NXDOMAIN; Exim asks MX AAAA A for a
//! delivery, at each queue run.
//!
//! A mechanism is a mixture of the programs that carry it out. So an A-only record
//! costs every mechanism that has an A-only program the same but for the weights.

use crate::mechanism::MechanismId as M;
use crate::state::Role as R;

use super::{EDGE, STATES};

/// A kind of program, by what it asks in one session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Program {
    /// A and nothing else.
    A,
    /// A, then AAAA.
    Pair,
    /// AAAA, then A.
    AaaaFirst,
    /// Addresses and HTTPS records.
    Web,
    /// Monitors and agents that may ask anything, always the same.
    Any,
    /// PTR alone: its answer stands in a family of its own, or is only logged.
    Ptr,
    /// The sender's domain: can it take mail? MX, addresses.
    Domain,
    /// PTR, then A.
    PtrA,
    /// PTR, AAAA, A.
    PtrAaaaA,
    /// PTR, A, AAAA.
    PtrPair,
    /// Checks of peer, HELO and sender name, with repeats.
    Strict,
    /// Peer check and SPF, DKIM, DMARC.
    Authenticate,
    /// PTR, A, then SPF, DKIM, DMARC, in one go.
    Filters,
    /// SPF, DKIM, DMARC alone.
    Text,
    /// MX, then addresses.
    Deliver,
    /// The same question until it is answered.
    Retry,
    /// The bare name, then the name with a suffix.
    Suffix,
    /// Filters and log tools on old messages.
    Rescan,
    /// Block lists of hashes, content networks, telemetry: made-up names that carry no data.
    MadeUp,
    /// Data in names.
    Tunnel,
    /// Everything equally.
    Free,
}

impl Program {
    /// All programs, in the order of their declaration.
    pub(super) const ALL: [Self; 21] = [
        Self::A,
        Self::Pair,
        Self::AaaaFirst,
        Self::Web,
        Self::Any,
        Self::Ptr,
        Self::Domain,
        Self::PtrA,
        Self::PtrAaaaA,
        Self::PtrPair,
        Self::Strict,
        Self::Authenticate,
        Self::Filters,
        Self::Text,
        Self::Deliver,
        Self::Retry,
        Self::Suffix,
        Self::Rescan,
        Self::MadeUp,
        Self::Tunnel,
        Self::Free,
    ];
}

/// Their names in the calibration file, in the order of [`Program`].
pub(crate) const PROGRAM_NAMES: [&str; Program::ALL.len()] = [
    "a",
    "pair",
    "aaaa-first",
    "web",
    "any",
    "ptr",
    "domain",
    "ptr-a",
    "ptr-aaaa-a",
    "ptr-pair",
    "strict",
    "authenticate",
    "filters",
    "text",
    "deliver",
    "retry",
    "suffix",
    "rescan",
    "made-up",
    "tunnel",
    "free",
];

/// The programs that carry a mechanism out, with weights that sum to 1.
pub(super) fn programs(m: M) -> &'static [(Program, f64)] {
    use Program as P;
    match m {
        M::SenderVerification => &[
            (P::PtrA, 0.3),
            (P::PtrAaaaA, 0.14),
            (P::PtrPair, 0.14),
            (P::Strict, 0.13),
            (P::Ptr, 0.1),
            // The other half, where the PTR stands in a family of its own.
            (P::A, 0.06),
            (P::Pair, 0.03),
            (P::AaaaFirst, 0.01),
            (P::Domain, 0.06),
            (P::MadeUp, 0.03),
        ],
        M::MailAuthentication => &[(P::Authenticate, 0.35), (P::Filters, 0.35), (P::Text, 0.27), (P::MadeUp, 0.03)],
        // The address of an MX host may stand in a family of its own.
        M::DeliveryRetry => &[(P::Deliver, 0.6), (P::A, 0.15), (P::Pair, 0.15), (P::AaaaFirst, 0.1)],
        M::CacheRefresh => &[(P::A, 0.35), (P::Pair, 0.25), (P::AaaaFirst, 0.1), (P::Any, 0.26), (P::Ptr, 0.04)],
        M::ScheduledPoll => &[
            (P::A, 0.35),
            (P::Pair, 0.25),
            (P::AaaaFirst, 0.1),
            (P::Any, 0.22),
            // mtr, traceroute, ss and iptables show the names of addresses, and run by the clock.
            (P::Ptr, 0.06),
            (P::MadeUp, 0.02),
        ],
        M::FirewallObject => &[(P::A, 0.38), (P::Pair, 0.3), (P::AaaaFirst, 0.12), (P::Any, 0.2)],
        M::HumanUse => &[(P::A, 0.25), (P::Pair, 0.35), (P::AaaaFirst, 0.15), (P::Web, 0.21), (P::MadeUp, 0.04)],
        M::Publicity => &[(P::A, 0.3), (P::Pair, 0.35), (P::AaaaFirst, 0.1), (P::Web, 0.25)],
        M::Crawler => &[(P::A, 0.2), (P::Pair, 0.25), (P::AaaaFirst, 0.15), (P::Any, 0.37), (P::MadeUp, 0.03)],
        M::Beacon => &[(P::A, 0.4), (P::Pair, 0.25), (P::AaaaFirst, 0.1), (P::Any, 0.25)],
        M::Replay => &[(P::A, 0.35), (P::Pair, 0.2), (P::AaaaFirst, 0.1), (P::Any, 0.35)],
        M::RetryLoop => &[(P::Retry, 0.4), (P::A, 0.2), (P::Pair, 0.25), (P::AaaaFirst, 0.15)],
        M::SearchSuffixLeak => &[(P::Suffix, 1.0)],
        // The HELO name's address may stand in a family of its own.
        M::StoredMailRescan => &[
            (P::Rescan, 0.3),
            // A filter asks of the sender's domain what it asked when the message came in.
            (P::Domain, 0.15),
            (P::Text, 0.11),
            (P::Ptr, 0.08),
            (P::PtrA, 0.06),
            (P::A, 0.16),
            (P::Pair, 0.14),
        ],
        M::Tunnel => &[(P::Tunnel, 1.0)],
        // What is not listed may still be an ordinary program that asks for an address.
        M::TimingChannel => &[(P::A, 0.4), (P::Pair, 0.2), (P::AaaaFirst, 0.05), (P::Any, 0.35)],
        M::None => &[(P::Free, 0.4), (P::A, 0.25), (P::Pair, 0.25), (P::AaaaFirst, 0.1)],
    }
}

/// Relative weights of what follows `before` (`None`: the start of a session).
///
/// - `failed`: whether the lookup before was answered with a failure
pub(super) fn row(program: Program, before: Option<R>, failed: bool) -> [f64; STATES] {
    use Program as P;
    let mut row = Row([0.002; STATES]);
    match program {
        P::A => chain(&mut row, &[R::A], before, failed),
        P::Pair => chain(&mut row, &[R::A, R::Aaaa], before, failed),
        P::AaaaFirst => chain(&mut row, &[R::Aaaa, R::A], before, failed),
        P::Ptr => chain(&mut row, &[R::Ptr], before, failed),
        P::Domain => match before {
            None => row.set(&[(R::Mx, 0.5), (R::Aaaa, 0.25), (R::A, 0.2)], 0.0),
            Some(R::Mx) => row.set(&[(R::Aaaa, 0.2), (R::A, 0.2), (R::TxtSpf, 0.03)], 0.55),
            Some(R::Aaaa) => row.set(&[(R::A, 0.7), (R::Mx, 0.1)], 0.18),
            Some(R::A) => row.set(&[(R::Mx, 0.4), (R::Aaaa, 0.15)], 0.4),
            Some(_) => row.set(&[(R::Mx, 0.2), (R::A, 0.2)], 0.5),
        },
        P::PtrA => chain(&mut row, &[R::Ptr, R::A], before, failed),
        P::PtrAaaaA => chain(&mut row, &[R::Ptr, R::Aaaa, R::A], before, failed),
        P::PtrPair => chain(&mut row, &[R::Ptr, R::A, R::Aaaa], before, failed),
        P::Web => {
            let end = if before.is_none() { 0.0 } else { 0.4 };
            row.set(&[(R::A, 0.3), (R::Aaaa, 0.25), (R::Other, 0.25), (R::Generated, 0.04)], end);
        }
        P::Any => {
            let even = [
                R::A,
                R::Aaaa,
                R::Ptr,
                R::Mx,
                R::NsSoa,
                R::TxtSpf,
                R::TxtDmarc,
                R::Other,
                R::Helo,
                R::TxtDkim,
                R::Generated,
            ];
            row.set(&even.map(|role| (role, 0.05)), 0.5);
        }
        P::Filters => filters(&mut row, before),
        P::Strict => strict(&mut row, before, failed),
        P::Authenticate => authenticate(&mut row, before, failed),
        P::Text => match before {
            None => row.set(&[(R::TxtSpf, 0.5), (R::TxtDmarc, 0.25), (R::TxtDkim, 0.2)], 0.0),
            Some(_) => row.set(&[(R::TxtSpf, 0.15), (R::TxtDkim, 0.15), (R::TxtDmarc, 0.2), (R::Generated, 0.05)], 0.5),
        },
        P::Deliver => deliver(&mut row, before, failed),
        P::Retry => retry(&mut row, before, failed),
        P::Suffix => suffix(&mut row, before, failed),
        P::Rescan => {
            let roles = [
                (R::Helo, 0.12),
                (R::A, 0.2),
                (R::Mx, 0.15),
                (R::TxtSpf, 0.2),
                (R::TxtDkim, 0.12),
                (R::TxtDmarc, 0.08),
                (R::Ptr, 0.15),
            ];
            row.set(&roles, if before.is_none() { 0.0 } else { 0.45 });
        }
        P::MadeUp => row.set(&[(R::Generated, 0.85), (R::A, 0.06), (R::TxtSpf, 0.02), (R::Other, 0.02)], 0.5),
        P::Tunnel => row.set(&[(R::Generated, 0.9), (R::Other, 0.03), (R::A, 0.02), (R::NsSoa, 0.02)], 0.5),
        P::Free => row.0 = [1.0; STATES],
    }
    if before.is_none() {
        row.0[EDGE] = 0.0;
    }
    row.0
}

struct Row([f64; STATES]);

impl Row {
    fn set(&mut self, roles: &[(R, f64)], end: f64) {
        for &(role, p) in roles {
            self.0[usize::from(role.as_u8())] += p;
        }
        self.0[EDGE] += end;
    }
}

/// A program that asks `order` and stops; sometimes again, with a suffix after a failure.
fn chain(row: &mut Row, order: &[R], before: Option<R>, failed: bool) {
    let Some(before) = before else {
        // Where the bare name lies outside the record's zones, only the variant is in it.
        row.set(&[(order[0], 0.88), (R::SuffixVariant, 0.03)], 0.0);
        if let Some(&second) = order.get(1) {
            row.set(&[(second, 0.06)], 0.0);
        }
        return;
    };
    match order.iter().position(|&role| role == before) {
        Some(at) if at + 1 < order.len() => {
            // A PTR that fails leaves nothing to ask.
            let stop = if failed && before == R::Ptr { 0.8 } else { 0.08 };
            row.set(&[(order[at + 1], 0.95 - stop), (order[0], 0.03)], stop);
        }
        Some(_) if failed => row.set(&[(R::SuffixVariant, 0.3), (order[0], 0.1)], 0.6),
        Some(_) => row.set(&[(order[0], 0.08)], 0.9),
        None if before == R::SuffixVariant => row.set(&[(R::SuffixVariant, 0.15), (order[0], 0.1)], 0.75),
        None => row.set(&[(order[0], 0.2)], 0.7),
    }
}

/// A receiver that checks peer, HELO and sender.
fn strict(row: &mut Row, before: Option<R>, failed: bool) {
    match before {
        None => row.set(&[(R::Ptr, 0.88), (R::A, 0.06), (R::Aaaa, 0.03), (R::Helo, 0.01)], 0.0),
        Some(R::Ptr) if failed => row.set(&[(R::Ptr, 0.15), (R::Helo, 0.1), (R::A, 0.1)], 0.6),
        Some(R::Ptr) => row.set(&[(R::A, 0.55), (R::Aaaa, 0.2), (R::Ptr, 0.1), (R::Helo, 0.03)], 0.1),
        Some(R::Aaaa) => row.set(&[(R::A, 0.6), (R::Ptr, 0.1), (R::Mx, 0.05)], 0.2),
        Some(R::A) if failed => row.set(&[(R::SuffixVariant, 0.35), (R::Ptr, 0.15), (R::A, 0.08), (R::Mx, 0.06)], 0.35),
        Some(R::A) => {
            row.set(
                &[(R::Ptr, 0.2), (R::Aaaa, 0.12), (R::Mx, 0.08), (R::TxtSpf, 0.05), (R::Helo, 0.06), (R::A, 0.06)],
                0.4,
            );
        }
        Some(R::SuffixVariant) => row.set(&[(R::SuffixVariant, 0.15), (R::Ptr, 0.15), (R::A, 0.05)], 0.6),
        Some(R::Mx) => row.set(&[(R::A, 0.3), (R::Aaaa, 0.25), (R::TxtSpf, 0.08)], 0.35),
        Some(R::TxtSpf) => row.set(&[(R::TxtDkim, 0.1), (R::TxtDmarc, 0.1), (R::TxtSpf, 0.08), (R::A, 0.08)], 0.6),
        Some(R::Helo) => row.set(&[(R::Mx, 0.15), (R::A, 0.15), (R::Ptr, 0.1), (R::Helo, 0.2)], 0.4),
        Some(_) => row.set(&[(R::TxtDmarc, 0.1), (R::TxtSpf, 0.1), (R::A, 0.1)], 0.6),
    }
}

/// A receiver that also checks SPF, DKIM, DMARC.
fn authenticate(row: &mut Row, before: Option<R>, failed: bool) {
    match before {
        None => row.set(
            &[(R::Ptr, 0.45), (R::TxtSpf, 0.2), (R::Mx, 0.1), (R::TxtDmarc, 0.08), (R::TxtDkim, 0.05), (R::A, 0.08)],
            0.0,
        ),
        Some(R::Ptr) => row.set(&[(R::A, 0.5), (R::Aaaa, 0.2), (R::TxtSpf, 0.1), (R::Ptr, 0.06)], 0.1),
        Some(R::Aaaa) => row.set(&[(R::A, 0.5), (R::TxtSpf, 0.12), (R::Mx, 0.1)], 0.22),
        Some(R::A) if failed => row.set(&[(R::SuffixVariant, 0.15), (R::TxtSpf, 0.25), (R::Mx, 0.15)], 0.4),
        Some(R::A) => {
            row.set(
                &[
                    (R::TxtSpf, 0.35),
                    (R::Mx, 0.12),
                    (R::TxtDmarc, 0.08),
                    (R::Ptr, 0.08),
                    (R::TxtDkim, 0.05),
                    (R::Aaaa, 0.06),
                ],
                0.25,
            );
        }
        Some(R::Mx) => row.set(&[(R::A, 0.25), (R::Aaaa, 0.2), (R::TxtSpf, 0.2), (R::TxtDmarc, 0.08)], 0.25),
        Some(R::TxtSpf) => {
            row.set(&[(R::TxtSpf, 0.2), (R::TxtDkim, 0.2), (R::TxtDmarc, 0.2), (R::A, 0.1), (R::Mx, 0.04)], 0.28);
        }
        Some(R::TxtDkim) => row.set(&[(R::TxtDmarc, 0.35), (R::TxtSpf, 0.15), (R::TxtDkim, 0.1)], 0.35),
        Some(R::TxtDmarc) => row.set(&[(R::TxtDmarc, 0.12), (R::TxtSpf, 0.08), (R::TxtDkim, 0.08)], 0.7),
        Some(_) => row.set(&[(R::TxtSpf, 0.25), (R::TxtDmarc, 0.1)], 0.55),
    }
}

/// A receiver with filters behind it: peer, then SPF, DKIM, SPF again or not, DMARC.
fn filters(row: &mut Row, before: Option<R>) {
    match before {
        None => row.set(&[(R::Ptr, 0.85), (R::A, 0.05), (R::TxtSpf, 0.08)], 0.0),
        Some(R::Ptr) => row.set(&[(R::A, 0.8), (R::Aaaa, 0.1)], 0.08),
        Some(R::Aaaa | R::A) => row.set(&[(R::TxtSpf, 0.6), (R::A, 0.08), (R::TxtDkim, 0.06)], 0.25),
        Some(R::TxtSpf) => row.set(&[(R::TxtDkim, 0.4), (R::TxtDmarc, 0.35), (R::TxtSpf, 0.12)], 0.12),
        Some(R::TxtDkim) => row.set(&[(R::TxtDmarc, 0.5), (R::TxtSpf, 0.35)], 0.12),
        Some(_) => row.set(&[(R::TxtSpf, 0.05), (R::TxtDmarc, 0.05)], 0.88),
    }
}

/// A sender that looks for the place to deliver to.
fn deliver(row: &mut Row, before: Option<R>, failed: bool) {
    match before {
        None => row.set(&[(R::Mx, 0.88), (R::A, 0.05), (R::Aaaa, 0.04)], 0.0),
        Some(R::Mx) if failed => row.set(&[(R::Mx, 0.2), (R::A, 0.2), (R::Aaaa, 0.1)], 0.45),
        Some(R::Mx) => row.set(&[(R::A, 0.42), (R::Aaaa, 0.33), (R::Other, 0.05)], 0.2),
        Some(R::Aaaa) => row.set(&[(R::A, 0.6), (R::Aaaa, 0.05)], 0.3),
        Some(R::A) => row.set(&[(R::Aaaa, 0.3), (R::A, 0.08), (R::Other, 0.03), (R::SuffixVariant, 0.02)], 0.55),
        Some(_) => row.set(&[(R::A, 0.1), (R::Mx, 0.1)], 0.7),
    }
}

/// A program that asks the same thing until it is answered.
fn retry(row: &mut Row, before: Option<R>, failed: bool) {
    match before {
        None => {
            let starts = [
                (R::A, 0.45),
                (R::Aaaa, 0.15),
                (R::Ptr, 0.1),
                (R::TxtSpf, 0.08),
                (R::TxtDkim, 0.04),
                (R::TxtDmarc, 0.06),
                (R::Mx, 0.06),
                (R::Other, 0.05),
            ];
            row.set(&starts, 0.0);
        }
        Some(role) if failed => {
            row.set(&[(role, 0.4), (R::A, 0.05), (R::Aaaa, 0.08), (R::SuffixVariant, 0.04)], 0.45);
        }
        Some(role) => row.set(&[(role, 0.1), (R::Aaaa, 0.1), (R::A, 0.1)], 0.7),
    }
}

/// A stub that appends its search list to what does not resolve.
fn suffix(row: &mut Row, before: Option<R>, failed: bool) {
    match before {
        None => row.set(&[(R::A, 0.45), (R::Aaaa, 0.15), (R::SuffixVariant, 0.3)], 0.0),
        Some(R::SuffixVariant) => row.set(&[(R::SuffixVariant, 0.3), (R::A, 0.1), (R::Aaaa, 0.05)], 0.55),
        Some(R::A | R::Aaaa) if failed => row.set(&[(R::SuffixVariant, 0.85), (R::Aaaa, 0.05), (R::A, 0.05)], 0.05),
        Some(R::A | R::Aaaa) => row.set(&[(R::Aaaa, 0.25), (R::A, 0.12), (R::SuffixVariant, 0.13)], 0.5),
        Some(_) => row.set(&[(R::A, 0.2), (R::SuffixVariant, 0.2)], 0.5),
    }
}
