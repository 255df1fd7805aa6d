//! A survey over sockets: connects, keeps the pace, writes every step down before and after it.

mod conversation;
mod journal;
mod json;
#[cfg(test)]
mod tests;

use core::future::poll_fn;
use core::net::{IpAddr, SocketAddr};
use core::pin::pin;
use core::task::Poll;
use std::io;
use std::sync::Arc;

use askance_proto::survey::{Assignment, Finding, Next, Plan, Reach, Schedule, Visit, VisitEnd};
use askance_record::Timestamp;
use rustls::crypto::ring::default_provider;
use tokio::task::JoinSet;
use tokio_rustls::TlsConnector;

use crate::clock::{Clock, Pace};
use crate::error::NetError;
use crate::loopback::tls::opportunistic;
pub use journal::Journal;
pub use json::{header_line, result_line};

/// What a run of a survey did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Surveyed {
    /// Connections that were begun.
    pub connections: u64,
    /// Targets that got their result in this run.
    pub results: u64,
    /// Targets with a result, from this run or an earlier one.
    pub done: usize,
    /// All targets.
    pub targets: usize,
}

/// Runs a survey until every target has its result, the budget is spent, or `stop` ends.
///
/// Before each connection a `started` line is in the journal, after it a `visit` or `result` line: whoever kills the
/// program and begins again with the same journal asks nobody twice. Once `stop` has ended no connection is begun; those
/// under way come to their end. Only addresses that the plan allows are connected to, in one place.
///
/// - `schedule`: made from the plan and from what [`Journal::open`] found
/// - `clock`: [`Clock::Real`]; its time is what stands in the journal, and its speed shortens every wait alike, so that
///   it must not be above 1 where somebody else's hosts are asked
/// - `found`: is shown each result as it comes, with how many of all targets are done
///
/// # Errors
/// [`NetError`] where the journal cannot be written, or the clock is none that runs by itself or too fast for strangers.
///
/// # Panics
/// Never: a visit ends in a value, whatever the peer does.
pub async fn survey(
    schedule: &mut Schedule,
    journal: &mut Journal,
    clock: Clock,
    stop: impl Future,
    found: &mut dyn FnMut(&Finding, (usize, usize)),
) -> Result<Surveyed, NetError> {
    let pace = Pace::new(clock)?;
    let outside = || schedule.plan().targets().iter().any(|target| Reach::of(*target) == Reach::Outside);
    if let Clock::Real { speed, .. } = clock
        && speed > 1.0
        && outside()
    {
        return Err(NetError::Speed { speed });
    }
    let tls = opportunistic(Arc::new(default_provider()));
    let tls = tls.map_err(|e| NetError::Certificate { name: "a client".to_owned(), why: e.to_string() })?;
    let line = Line { plan: Arc::new(schedule.plan().clone()), pace, tls: Arc::new(tls).into() };
    let mut counts = Surveyed::default();
    for finding in schedule.take_at_once() {
        tell(&line.plan, journal, &finding, schedule.progress(), found)?;
        counts.results += 1;
    }
    let (mut visits, mut stop, mut stopped) = (JoinSet::new(), pin!(stop), false);
    loop {
        stopped = stopped || poll_fn(|context| Poll::Ready(stop.as_mut().poll(context))).await.is_ready();
        let now = line.now()?;
        let until = match if stopped { Next::Wait { until: None } } else { schedule.next(now) } {
            Next::Done => break,
            Next::Visit(assignment) => {
                journal.started(assignment, now)?;
                counts.connections += 1;
                visits.spawn(line.clone().visit(assignment, now));
                continue;
            }
            Next::Wait { until } => until.unwrap_or(Timestamp::MAX),
        };
        if stopped && visits.is_empty() {
            break;
        }
        let wait = tokio::time::sleep(line.pace.real_duration(until.us().saturating_sub(now.us())));
        tokio::select! {
            biased;
            Some(ended) = visits.join_next() => {
                let (assignment, visit) = ended.expect("a visit neither panics nor is aborted while its set lives");
                if let Some(finding) = schedule.finished(line.now()?, assignment.target, visit.clone()) {
                    counts.results += 1;
                    tell(&line.plan, journal, &finding, schedule.progress(), found)?;
                } else {
                    journal.visit(assignment, &visit)?;
                }
            }
            _ = stop.as_mut(), if !stopped => stopped = true,
            () = wait => {}
        }
    }
    (counts.done, counts.targets) = schedule.progress();
    Ok(counts)
}

/// The own address from which the system would connect to another; nothing is sent.
///
/// # Errors
/// What the system says where it has no way there.
pub fn own_address(towards: IpAddr) -> io::Result<IpAddr> {
    let any = if towards.is_ipv4() { SocketAddr::from(([0; 4], 0)) } else { SocketAddr::from(([0; 16], 0)) };
    let socket = std::net::UdpSocket::bind(any)?;
    // The discard port (RFC 863); a datagram socket that connects only looks its way up.
    socket.connect(SocketAddr::new(towards, 9))?;
    Ok(socket.local_addr()?.ip())
}

fn tell(
    plan: &Plan,
    journal: &mut Journal,
    finding: &Finding,
    progress: (usize, usize),
    found: &mut dyn FnMut(&Finding, (usize, usize)),
) -> Result<(), NetError> {
    journal.append(&result_line(plan, finding))?;
    found(finding, progress);
    Ok(())
}

/// What every visit needs.
#[derive(Clone)]
struct Line {
    plan: Arc<Plan>,
    pace: Pace,
    tls: TlsConnector,
}

impl Line {
    fn now(&self) -> Result<Timestamp, NetError> {
        self.pace.now().ok_or(NetError::Speed { speed: 0.0 })
    }

    /// Makes one visit, whatever comes of it.
    async fn visit(self, assignment: Assignment, now: Timestamp) -> (Assignment, Visit) {
        let ask = self.plan.ask(assignment.visit);
        let visit = conversation::hold(&self, assignment, ask, now).await;
        debug_assert!(visit.end != VisitEnd::Interrupted, "a visit that was made has an end of its own");
        (assignment, visit)
    }

    /// Connects. The one place where a survey does, and where it is checked that it may.
    async fn connect(&self, target: IpAddr, source: usize) -> io::Result<tokio::net::TcpStream> {
        if !self.plan.allows(target) {
            return Err(io::Error::new(io::ErrorKind::PermissionDenied, "not a target of the plan"));
        }
        let request = self.plan.request();
        let socket = if target.is_ipv4() { tokio::net::TcpSocket::new_v4() } else { tokio::net::TcpSocket::new_v6() }?;
        if let Some(source) = request.sources.get(source) {
            socket.bind(SocketAddr::new(*source, 0))?;
        }
        let stream = socket.connect(SocketAddr::new(target, request.port)).await?;
        stream.set_nodelay(true)?;
        Ok(stream)
    }
}
