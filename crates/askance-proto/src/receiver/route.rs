//! Where mail for a domain goes: its exchanges and their addresses.

use core::net::IpAddr;
use std::collections::VecDeque;

use askance_record::{Name, RrType};

use crate::inquiry::{Inquiry, Outcome, Question, Reply, Step};
use crate::receiver::Standing;
use crate::receiver::check::is_null_mx;

/// Exchanges of one domain that are looked at, at most.
const EXCHANGES_MAX: usize = 64;

/// Where mail for a domain goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// Whether there is somewhere.
    pub standing: Standing,
    /// The addresses, the most preferred exchange's first, in the order in which they were asked for.
    pub addresses: Vec<IpAddr>,
}

/// The lookup of a server that would send to the domain: MX, then the addresses of every exchange.
///
/// Without MX records the domain's own addresses count (RFC 5321 §5.1); NXDOMAIN ends it.
/// # Source
/// Recorded: `cases/stale-ptr`, Exim. Read: Exim `host.c` (`host_find_bydns`), Postfix `smtp_addr.c`.
#[derive(Clone, Debug)]
pub struct RouteCheck {
    domain: Name,
    types: &'static [RrType],
    /// Addresses still to be asked for, next first.
    queue: VecDeque<(Name, RrType)>,
    asked_mx: bool,
    started: bool,
    found: Vec<IpAddr>,
    temporary: bool,
}

impl RouteCheck {
    /// As Exim's `dnslookup` router: AAAA, then A.
    pub fn exim(domain: Name, ipv6: bool) -> Self {
        Self::new(domain, if ipv6 { &[RrType::AAAA, RrType::A] } else { &[RrType::A] }, true)
    }

    /// As Postfix's SMTP client: A, then AAAA.
    pub fn postfix(domain: Name, ipv6: bool) -> Self {
        Self::new(domain, if ipv6 { &[RrType::A, RrType::AAAA] } else { &[RrType::A] }, true)
    }

    /// As Exim's `verify = helo`: the addresses of a host, no MX.
    pub fn exim_host(host: Name, ipv6: bool) -> Self {
        Self::new(host, if ipv6 { &[RrType::AAAA, RrType::A] } else { &[RrType::A] }, false)
    }

    fn new(domain: Name, types: &'static [RrType], mx: bool) -> Self {
        let mut new = Self {
            domain,
            types,
            queue: VecDeque::new(),
            asked_mx: mx,
            started: false,
            found: Vec::new(),
            temporary: false,
        };
        if !mx {
            new.plan(&new.domain.clone());
        }
        new
    }

    fn plan(&mut self, host: &Name) {
        self.queue.extend(self.types.iter().map(|&qtype| (host.clone(), qtype)));
    }

    fn take_mx(&mut self, reply: &Reply) -> Option<Standing> {
        match reply.outcome {
            Outcome::NxDomain => return Some(Standing::Unknown),
            Outcome::Failed | Outcome::Timeout => return Some(Standing::Temporary),
            Outcome::Answered | Outcome::NoData => {}
        }
        let exchanges = reply.exchanges();
        if is_null_mx(&exchanges) {
            return Some(Standing::NullMx);
        }
        let mut hosts: Vec<&Name> = Vec::new();
        for (_, exchange) in exchanges.into_iter().take(EXCHANGES_MAX) {
            if !hosts.contains(&exchange) {
                hosts.push(exchange);
            }
        }
        if hosts.is_empty() {
            self.plan(&self.domain.clone());
        }
        for host in hosts {
            self.plan(host);
        }
        None
    }

    fn done(&mut self, standing: Standing) -> Step<Route> {
        Step::Done(Route { standing, addresses: core::mem::take(&mut self.found) })
    }
}

impl Inquiry for RouteCheck {
    type Verdict = Route;

    fn step(&mut self, replies: &[Reply]) -> Step<Route> {
        if let Some(reply) = replies.first() {
            if core::mem::take(&mut self.asked_mx) {
                if let Some(standing) = self.take_mx(reply) {
                    return self.done(standing);
                }
            } else {
                self.temporary |= reply.outcome.is_temporary();
                self.found.extend(reply.addresses());
            }
        }
        if !core::mem::replace(&mut self.started, true) && self.asked_mx {
            return Step::Ask(vec![Question::new(self.domain.clone(), RrType::MX)]);
        }
        if let Some((host, qtype)) = self.queue.pop_front() {
            return Step::Ask(vec![Question::new(host, qtype)]);
        }
        let standing = match (self.found.is_empty(), self.temporary) {
            (false, _) => Standing::Known,
            (true, true) => Standing::Temporary,
            (true, false) => Standing::Unknown,
        };
        self.done(standing)
    }
}
