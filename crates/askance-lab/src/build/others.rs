//! People, programs, services, channels and crowds.

use core::net::{IpAddr, SocketAddr};
use core::ops::Range;
use std::sync::Arc;

use askance_proto::Node;
use askance_proto::dns::{LastSecond, Spread};
use askance_record::{Name, Rng, RrType, Timestamp};
use jiff::tz::TimeZone;

use super::names::Names;
use super::{Workshop, name, wrong};
use crate::demand::{
    Act, ArchiveStyle, Asker, AskerConfig, Beacon, ClockJob, ConnectConfig, Cron, FadeOut, Hosts, Human, Jitter,
    Names as Asked, OldSender, Process, Refresh, Replay, Rescan, Retry, RetryOn, Service, SleepLoop, SpoofConfig,
    SpoofedQueries, Sweep, TimingCode, TimingConfig, TimingSender, TunnelClient, TunnelConfig, TunnelServer,
    TunnelServerConfig, Week, WeekTemplate,
};
use crate::population::{ClientGroup, Population, PopulationConfig, PopulationName};
use crate::scenario::{
    AskSpec, AskerSpec, PopulationSpec, ProcessSpec, ScenarioError, SpooferSpec, TimingChannelSpec, TunnelSpec,
};

/// The longest response of a service, in octets.
const SERVICE_OCTETS_MAX: u32 = 1 << 20;

/// A population, ready to run beside the world.
#[derive(Debug)]
pub struct Crowd {
    /// Its id in the scenario.
    pub id: String,
    /// Ground truth of all its lookups.
    pub cause: askance_proto::Cause,
    /// The server that its caches ask.
    pub upstream: IpAddr,
    /// What runs.
    pub population: Population,
}

/// Adds everybody who is neither a name server nor a mail server.
pub(super) fn build(workshop: &mut Workshop<'_>, names: &mut Names) -> Result<(), ScenarioError> {
    let scenario = workshop.scenario;
    for spec in &scenario.services {
        for (n, &address) in spec.addresses.iter().enumerate() {
            let id = if n == 0 { spec.id.clone() } else { format!("{}-{}", spec.id, n + 1) };
            workshop.nodes.push(Service::node(&id, address, spec.port, SERVICE_OCTETS_MAX));
        }
    }
    for spec in &scenario.askers {
        let config = asker(workshop, spec)?;
        workshop.nodes.push(Asker::node(config));
    }
    for spec in &scenario.tunnels {
        tunnel(workshop, names, spec)?;
    }
    for spec in &scenario.timing_channels {
        timing_channel(workshop, spec)?;
    }
    for spec in &scenario.spoofers {
        let node = spoofer(workshop, spec)?;
        workshop.nodes.push(node);
    }
    Ok(())
}

fn asker(workshop: &mut Workshop<'_>, spec: &AskerSpec) -> Result<AskerConfig, ScenarioError> {
    let id = spec.id.as_str();
    let Some(&first) = spec.addresses.first() else { return Err(wrong("asker", id, "has no address")) };
    let (names, items) = asked(id, &spec.ask)?;
    let process = process(workshop, id, &spec.process, items)?;
    let whole = active(workshop, spec.from.map(|i| i.0), spec.until.map(|i| i.0));
    Ok(AskerConfig {
        id: id.to_owned(),
        addresses: spec.addresses.clone(),
        // People have habits in common; a job runs on one host. One process for all keeps rates as they are written.
        hosts: if matches!(spec.process, ProcessSpec::FadeOut { .. }) { Hosts::InTurn } else { Hosts::Any },
        stub: workshop.stub(first, &spec.resolver, &spec.search)?,
        process,
        names,
        local_cache: spec.local_cache,
        refresh: spec.refresh.as_deref().map(|which| refresh(id, which)).transpose()?,
        retry: spec.retry.map(|retry| Retry {
            on: if retry.always { RetryOn::Always } else { RetryOn::AnyFailure },
            first_s: retry.first_s,
            factor: retry.factor,
            most_s: retry.most_s,
            jitter: 0.02,
            tries_max: None,
        }),
        connect: spec.connect.map(|connect| ConnectConfig {
            port: connect.port,
            octets_out: connect.octets,
            octets_in: connect.octets.saturating_mul(4),
            long_factor: 50,
            share: connect.share,
        }),
        active: vec![whole],
        outages: spec.outages.iter().map(|(from, until)| from.0..until.0).collect(),
        cause: Some(workshop.cause(id, &spec.mechanism)),
        seed: workshop.seed_of(id),
    })
}

fn active(workshop: &Workshop<'_>, from: Option<Timestamp>, until: Option<Timestamp>) -> Range<Timestamp> {
    let start = workshop.scenario.start.0;
    let end = workshop.scenario.end();
    from.unwrap_or(start).max(start)..until.unwrap_or(end).min(end)
}

fn refresh(id: &str, which: &str) -> Result<Refresh, ScenarioError> {
    Ok(match which {
        "pan-os" => Refresh::PAN_OS,
        "forti-os" => Refresh::FORTI_OS,
        "asa" => Refresh::ASA,
        _ => return Err(wrong("asker", id, "refresh is none of: pan-os, forti-os, asa")),
    })
}

/// What is asked, and how many items the list has.
fn asked(id: &str, spec: &AskSpec) -> Result<(Asked, u64), ScenarioError> {
    let read = |texts: &[String]| texts.iter().map(|t| name("asker", id, t)).collect::<Result<Vec<_>, _>>();
    let asked = match spec {
        AskSpec::Address { names, ipv6 } => Asked::Families { names: read(names)?, aaaa: *ipv6 },
        AskSpec::Peer { addresses } => Asked::PtrThenA(addresses.clone()),
        AskSpec::Types { names, types } => {
            let unknown = || wrong("asker", id, "asks for a type that does not exist");
            let types = types.iter().map(|t| RrType::from_mnemonic(t).ok_or_else(unknown));
            let types = types.collect::<Result<Vec<_>, _>>()?;
            let each = |name: &Name| types.iter().map(|&t| (name.clone(), t)).collect::<Vec<_>>();
            Asked::Fixed(read(names)?.iter().flat_map(each).collect())
        }
        AskSpec::Archive { style, senders } => {
            let style = match style.as_str() {
                "content-filter" => ArchiveStyle::ContentFilter,
                "authentication-filter" => ArchiveStyle::AuthenticationFilter,
                "log-resolver" => ArchiveStyle::LogResolver,
                _ => {
                    return Err(wrong(
                        "asker",
                        id,
                        "style is none of: content-filter, authentication-filter, log-resolver",
                    ));
                }
            };
            let sender = |s: &crate::scenario::SenderSpec| {
                Ok(OldSender {
                    address: s.address,
                    helo: name("asker", id, &s.helo)?,
                    domain: name("asker", id, &s.domain)?,
                    selector: s.selector.as_deref().map(|t| name("asker", id, t)).transpose()?,
                })
            };
            Asked::Archive { senders: senders.iter().map(sender).collect::<Result<_, ScenarioError>>()?, style }
        }
    };
    let items = match &asked {
        Asked::Families { names, .. } => names.len(),
        Asked::PtrThenA(addresses) => addresses.len(),
        Asked::Archive { senders, .. } => senders.len(),
        Asked::Fixed(questions) | Asked::Rotation(questions) => questions.len().min(1),
    };
    if items == 0 {
        return Err(wrong("asker", id, "asks for nothing"));
    }
    Ok((asked, items as u64))
}

fn process(workshop: &mut Workshop<'_>, id: &str, spec: &ProcessSpec, items: u64) -> Result<Process, ScenarioError> {
    let jitter = |share: f64| if share > 0.0 { Jitter::Uniform { less: share, more: share } } else { Jitter::None };
    let sleep =
        |period_s: f64, share: f64, work_s: f64| SleepLoop { period_s, jitter: jitter(share), drift_ppm: 20.0, work_s };
    Ok(match spec {
        ProcessSpec::Once => Process::Once,
        ProcessSpec::Poisson { per_day } => Process::Poisson { per_day: *per_day },
        ProcessSpec::Human { zone, week, sessions_per_day, acts_per_session, think_s, holidays } => {
            Process::Human(Human {
                week: rhythm(id, zone, week, holidays)?,
                sessions_per_day: *sessions_per_day,
                acts_per_session: *acts_per_session,
                think_s: *think_s,
            })
        }
        ProcessSpec::Clock { cron, zone, every_s, late_s, missed } => {
            let job = match (cron, every_s) {
                (Some(table), None) => {
                    let cron = Cron::parse(table).map_err(|why| ScenarioError::unreadable("asker", id, why))?;
                    ClockJob::cron(cron, time_zone(id, zone)?)
                }
                (None, Some(every_s)) => ClockJob::every(f64::from(*every_s), 0.0),
                _ => return Err(wrong("asker", id, "a clock needs cron or every_s, and not both")),
            };
            Process::Clock(ClockJob { late_s: *late_s, missed: *missed, ..job })
        }
        ProcessSpec::Sleep { period_s, jitter, work_s } => Process::Sleep(sleep(*period_s, *jitter, *work_s)),
        ProcessSpec::Beacon { period_s, jitter, task_share, task_s } => Process::Beacon(Beacon {
            sleep: sleep(*period_s, *jitter, 0.5),
            task_share: *task_share,
            task_s: *task_s,
            busy_s: 5.0,
        }),
        ProcessSpec::FadeOut { at, peak_per_h, scale_h, power } => Process::FadeOut(FadeOut {
            instant: at.0,
            peak_per_h: *peak_per_h,
            scale_s: scale_h * 3600.0,
            power: *power,
            background_per_day: 0.0,
            week: None,
        }),
        ProcessSpec::Sweep { cycle_days, burst } => {
            Process::Sweep(Sweep { items, cycle_days: *cycle_days, burst: *burst, burst_gap_s: 0.4 })
        }
        ProcessSpec::Rescan { every_days, batch, pause_s } => Process::Rescan(Rescan {
            items,
            every_days: *every_days,
            every_jitter: 0.3,
            batch: *batch,
            batch_gap_s: 0.5,
            pause_s: *pause_s,
        }),
        ProcessSpec::Replay { of, after_days, share, late_s } => Process::Replay(Replay {
            acts: acts_of(workshop, id, of)?,
            shift_us: crate::demand::us_of(after_days * 86_400.0),
            share: *share,
            late_s: *late_s,
        }),
    })
}

/// What another asker does, which is decided by its own seed.
fn acts_of(workshop: &mut Workshop<'_>, id: &str, of: &str) -> Result<Arc<[Act]>, ScenarioError> {
    let other = workshop.scenario.askers.iter().find(|a| a.id == of && a.id != id);
    let Some(other) = other.filter(|a| !matches!(a.process, ProcessSpec::Replay { .. })) else {
        return Err(wrong("asker", id, "replays an asker that does not exist or replays itself"));
    };
    Ok(asker(workshop, other)?.acts(0).collect())
}

fn time_zone(id: &str, zone: &str) -> Result<TimeZone, ScenarioError> {
    TimeZone::get(zone)
        .map_err(|_| ScenarioError::unreadable("asker", id, format!("{zone:?} is not an IANA time zone")))
}

fn rhythm(id: &str, zone: &str, week: &str, holidays: &[String]) -> Result<Week, ScenarioError> {
    let template = match week {
        "work" => WeekTemplate::at_work(),
        "home" => WeekTemplate::at_home(),
        "flat" => WeekTemplate::flat(),
        _ => return Err(wrong("asker", id, "week is none of: work, home, flat")),
    };
    let mut week = Week::new(template, time_zone(id, zone)?);
    for text in holidays {
        let day = text.parse().map_err(|_| ScenarioError::unreadable("asker", id, format!("{text:?} is not a day")))?;
        week.holidays.push(day);
    }
    Ok(week)
}

fn tunnel(workshop: &mut Workshop<'_>, names: &mut Names, spec: &TunnelSpec) -> Result<(), ScenarioError> {
    let domain = name("tunnel", &spec.id, &spec.domain)?;
    let server = format!("{}-server", spec.id);
    names.delegate_to(&domain, &server, spec.server_address);
    workshop.nodes.push(TunnelServer::node(TunnelServerConfig {
        id: server,
        address: spec.server_address,
        domain: domain.clone(),
        payload: Vec::new(),
        octets_max: 1 << 30,
    }));
    let cause = workshop.cause(&spec.id, "tunnel");
    if spec.addresses.len() != spec.at.len() {
        return Err(wrong("tunnel", &spec.id, "addresses and at are not equally many"));
    }
    for (session, (&address, at)) in (0u16..).zip(spec.addresses.iter().zip(&spec.at)) {
        let id = if session == 0 { spec.id.clone() } else { format!("{}-{}", spec.id, session + 1) };
        let mut rng = Rng::new(workshop.seed_of(&id));
        let payload = (0..spec.octets).map(|_| rng.bits().to_le_bytes()[0]).collect();
        let process = if spec.pause_s > 0.0 {
            Process::Sleep(SleepLoop { period_s: spec.pause_s, jitter: Jitter::None, drift_ppm: 0.0, work_s: 0.0 })
        } else {
            Process::Poisson { per_day: 86_400.0 * 20.0 }
        };
        let stub = workshop.stub(address, &spec.resolver, &[])?;
        workshop.nodes.push(TunnelClient::node(TunnelConfig {
            id: id.clone(),
            stub,
            domain: domain.clone(),
            payload,
            session,
            qtype: RrType::TXT,
            label_octets: 57,
            window: 1,
            process,
            active: at.0..at.0.plus_us(crate::demand::us_of(spec.hours * 3600.0)).min(workshop.scenario.end()),
            cause: Some(cause),
            seed: workshop.seed_of(&id),
        }));
    }
    Ok(())
}

fn timing_channel(workshop: &mut Workshop<'_>, spec: &TimingChannelSpec) -> Result<(), ScenarioError> {
    let cause = workshop.cause(&spec.id, "timing-channel");
    let jitter_s = spec.jitter * spec.short_s;
    let code = TimingCode {
        short_s: spec.short_s,
        long_s: spec.long_s,
        pause_s: spec.long_s * 3.0,
        jitter_s,
        frame_octets: 8,
        rounds: spec.rounds,
    };
    let config = TimingConfig {
        id: spec.id.clone(),
        stub: workshop.stub(spec.address, &spec.resolver, &[])?,
        qname: name("timing-channel", &spec.id, &spec.name)?,
        qtype: RrType::A,
        message: spec.message.clone().into_bytes(),
        code,
        start: workshop.scenario.start.0.plus_us(3_600_000_000),
        cause: Some(cause),
        seed: workshop.seed_of(&spec.id),
    };
    workshop.nodes.push(TimingSender::node(config));
    Ok(())
}

fn spoofer(workshop: &mut Workshop<'_>, spec: &SpooferSpec) -> Result<Node, ScenarioError> {
    let process = process(workshop, &spec.id, &spec.process, 1)?;
    Ok(SpoofedQueries::node(SpoofConfig {
        id: spec.id.clone(),
        address: spec.address,
        victims: vec![spec.victim],
        servers: vec![SocketAddr::new(spec.server, 53)],
        questions: vec![(name("spoofer", &spec.id, &spec.name)?, RrType::A)],
        process,
        active: active(workshop, None, None),
        recursion_desired: workshop.scenario.resolvers.iter().any(|r| r.addresses.contains(&spec.server)),
        cause: Some(workshop.cause(&spec.id, &spec.mechanism)),
        seed: workshop.seed_of(&spec.id),
    }))
}

/// The populations of the story.
pub(super) fn crowds(workshop: &mut Workshop<'_>) -> Result<Vec<Crowd>, ScenarioError> {
    let scenario = workshop.scenario;
    scenario.populations.iter().map(|spec| crowd(workshop, spec)).collect()
}

fn crowd(workshop: &mut Workshop<'_>, spec: &PopulationSpec) -> Result<Crowd, ScenarioError> {
    let seed = workshop.seed_of(&spec.id);
    let mut names = Vec::new();
    for popular in &spec.also {
        let name = name("population", &spec.id, &popular.name)?;
        names.push(PopulationName { name, ttl_s: popular.ttl_s, rcode: askance_record::Rcode::NOERROR });
    }
    names.extend(PopulationName::made_up(spec.names, seed));
    let week = rhythm(&spec.id, &spec.zone, &spec.week, &[])?;
    let config = PopulationConfig {
        start: workshop.scenario.start.0,
        groups: vec![ClientGroup::at(spec.first_address, spec.clients, week, spec.per_client_per_day)],
        names,
        zipf_exponent: 1.0,
        types: vec![(RrType::A, 0.6), (RrType::AAAA, 0.4)],
        caches: spec.caches.clone(),
        spread: Spread::PerQuery,
        last_second: LastSecond::Served,
        local_slots: 0,
    };
    let population =
        Population::new(config, seed).map_err(|why| ScenarioError::unreadable("population", &spec.id, why))?;
    let (id, cause) = (spec.id.clone(), workshop.cause(&spec.id, "human-use"));
    Ok(Crowd { id, cause, upstream: workshop.scenario.root, population })
}
