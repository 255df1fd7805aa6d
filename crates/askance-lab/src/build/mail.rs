//! Vendors, receivers and listeners.

use core::net::{IpAddr, SocketAddr};

use askance_proto::mail::RetrySchedule;
use askance_proto::receiver::{Causes, Filter, GreylistConfig, Profile, Receiver, ReceiverConfig, Users};
use askance_proto::smtp::{LetThrough, Listener, ListenerConfig, RefuseAt, Reply};
use askance_proto::vendor::{
    Campaign, Occasions, QueueClock, SubscriberList, Tenant, TenantKey, Vendor, VendorConfig, VendorNames,
};
use askance_record::Name;

use super::names::Names;
use super::{Workshop, name, wrong};
use crate::scenario::{
    CampaignSpec, ListSpec, ListenerSpec, ReceiverSpec, ScenarioError, Stage, TenantSpec, VendorSpec,
};

/// Subscribers that one list may have at one domain.
const SUBSCRIBERS_MAX: u32 = 100_000;
/// TTL of a vendor's own records, in seconds.
const VENDOR_TTL_S: u32 = 3_600;

/// Adds everybody who sends, receives or refuses mail.
pub(super) fn build(workshop: &mut Workshop<'_>, names: &mut Names) -> Result<(), ScenarioError> {
    let scenario = workshop.scenario;
    for spec in &scenario.vendors {
        vendor(workshop, names, spec)?;
    }
    for spec in &scenario.receivers {
        receiver(workshop, spec)?;
    }
    for spec in &scenario.listeners {
        let config = listener(spec);
        // At an address that a vendor sends from, the vendor's own host answers.
        let sends = |a: &IpAddr| scenario.vendors.iter().any(|v| v.tenants.iter().any(|t| t.address == *a));
        let alone: Vec<IpAddr> = config.addresses.iter().copied().filter(|a| !sends(a)).collect();
        if !alone.is_empty() {
            workshop.nodes.push(Listener::node(spec.id.as_str(), ListenerConfig { addresses: alone, ..config }));
        }
    }
    Ok(())
}

fn vendor(workshop: &mut Workshop<'_>, names: &mut Names, spec: &VendorSpec) -> Result<(), ScenarioError> {
    let id = spec.id.as_str();
    let hostname = name("vendor", id, &spec.hostname)?;
    let tenants = spec.tenants.iter().map(|t| tenant(workshop, t)).collect::<Result<Vec<_>, _>>()?;
    let listen = SocketAddr::new(spec.address, 25);
    onboard(names, spec, &hostname, &tenants, listen)?;
    let sends = |l: &&ListenerSpec| l.addresses.iter().any(|a| spec.tenants.iter().any(|t| t.address == *a));
    let config = VendorConfig {
        hostname,
        stub: workshop.stub(spec.address, &spec.resolver, &[])?,
        tenants,
        retry: retry(id, &spec.retry)?,
        queue_clock: QueueClock::of_a_busy_host(workshop.seed_of(id)),
        seed: workshop.seed_of(id),
        cause: Some(workshop.cause(id, &spec.mechanism)),
        bounce_listen: Some(listen),
        starttls: false,
        recipients_per_message_max: 1,
        listeners: workshop.scenario.listeners.iter().filter(sends).map(listener).collect(),
    };
    let node = Vendor::node(id, config).map_err(|why| ScenarioError::unreadable("vendor", id, why))?;
    workshop.nodes.push(node);
    Ok(())
}

/// Sets up the records of the platform and of the tenants that ask for it.
fn onboard(
    names: &mut Names,
    spec: &VendorSpec,
    hostname: &Name,
    tenants: &[Tenant],
    listen: SocketAddr,
) -> Result<(), ScenarioError> {
    let onboarded = || spec.tenants.iter().zip(tenants).filter(|(t, _)| t.onboard_at.is_some());
    if onboarded().next().is_none() {
        return Ok(());
    }
    let above = hostname.key().split_once('.').map_or(".", |(_, domain)| domain);
    let own = VendorNames::below(&name("vendor", &spec.id, above)?, hostname.clone());
    let senders: Vec<IpAddr> = tenants.iter().map(|t| t.address).collect();
    names.publish(&own.zone_records(listen, &senders, VENDOR_TTL_S))?;
    for (spec, tenant) in onboarded() {
        let server = spec.onboard_at.as_deref().expect("filtered above");
        names.add(&tenant.domain, server, "")?;
        names.publish(&tenant.zone_records(&own, spec.ttl_s))?;
    }
    Ok(())
}

fn tenant(workshop: &Workshop<'_>, spec: &TenantSpec) -> Result<Tenant, ScenarioError> {
    let id = spec.id.as_str();
    let read = |text: &str| name("vendor.tenant", id, text);
    let from = spec.from.map_or(workshop.scenario.start.0, |i| i.0);
    let campaigns = spec.campaigns.iter().enumerate();
    Ok(Tenant {
        id: id.to_owned(),
        name: read(&spec.name)?,
        paired: spec.paired.as_deref().map(read).transpose()?,
        domain: read(&spec.domain)?,
        return_path_domain: read(&spec.return_path)?,
        helo: read(spec.helo.as_deref().unwrap_or(&spec.name))?,
        address: spec.address,
        dkim: spec.dkim.as_ref().map(|d| TenantKey { selector: d.selector.clone(), seed: workshop.seed_of(id) }),
        lists: spec.lists.iter().map(|list| subscribers(id, list)).collect::<Result<_, _>>()?,
        campaigns: campaigns.map(|(n, c)| campaign(id, n, c, from)).collect::<Result<_, _>>()?,
        from,
        until: spec.until.map(|i| i.0),
    })
}

fn subscribers(id: &str, spec: &ListSpec) -> Result<SubscriberList, ScenarioError> {
    let mut addresses = Vec::new();
    for (domain, &count) in &spec.at {
        if count > SUBSCRIBERS_MAX {
            return Err(wrong("vendor.tenant", id, "has a list of more than 100000 subscribers at one domain"));
        }
        addresses.extend((1..=count).map(|n| format!("guest{n}@{domain}")));
    }
    Ok(SubscriberList { id: spec.id.clone(), addresses })
}

fn campaign(
    id: &str,
    number: usize,
    spec: &CampaignSpec,
    first: askance_record::Timestamp,
) -> Result<Campaign, ScenarioError> {
    let occasions = match (spec.at.is_empty(), spec.every_h, spec.random_h) {
        (false, None, None) => {
            let mut times: Vec<_> = spec.at.iter().map(|i| i.0).collect();
            times.sort_unstable();
            Occasions::At(times)
        }
        (true, Some(hours), None) => Occasions::Every { first, every_s: seconds(id, hours)? },
        (true, None, Some(hours)) => Occasions::Random {
            mean_s: seconds(id, hours)?,
            hours: spec.hours.map(|(from, until)| from..until),
            weekdays_only: spec.weekdays_only,
        },
        _ => return Err(wrong("vendor.tenant", id, "a campaign has one of: at, every_h, random_h")),
    };
    Ok(Campaign {
        id: format!("{}-{}", spec.list, number + 1),
        list: spec.list.clone(),
        audience: spec.audience,
        occasions,
        sender: if spec.transactional { "invitations".to_owned() } else { "news".to_owned() },
        subject: spec.subject.clone(),
        bulk: !spec.transactional,
        per_domain_per_minute: spec.per_domain_per_minute,
        cause: None,
    })
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "bounded just before")]
fn seconds(id: &str, hours: f64) -> Result<u32, ScenarioError> {
    if !(hours * 3600.0 >= 1.0 && hours < 100_000.0) {
        return Err(wrong("vendor.tenant", id, "a campaign's hours are not between a second and ten years"));
    }
    Ok((hours * 3600.0) as u32)
}

fn retry(id: &str, whose: &str) -> Result<RetrySchedule, ScenarioError> {
    Ok(match whose {
        "postfix" => RetrySchedule::Postfix,
        "exim" => RetrySchedule::Exim,
        "qmail" => RetrySchedule::Qmail,
        "opensmtpd" => RetrySchedule::OpenSmtpd,
        "sendmail" => RetrySchedule::Sendmail,
        "exchange" => RetrySchedule::Exchange,
        "kumomta" => RetrySchedule::KumoMta,
        "postal" => RetrySchedule::Postal,
        "haraka" => RetrySchedule::Haraka,
        "stalwart" => RetrySchedule::Stalwart,
        _ => return Err(wrong("vendor", id, "has the retry clock of an unknown program")),
    })
}

fn receiver(workshop: &mut Workshop<'_>, spec: &ReceiverSpec) -> Result<(), ScenarioError> {
    let id = spec.id.as_str();
    let stub = workshop.stub(spec.address, &spec.resolver, &spec.search)?;
    let mut config = ReceiverConfig::new(name("receiver", id, &spec.hostname)?, stub);
    let unknown = |what| move || wrong("receiver", id, what);
    config.profile = Profile::from_id(&spec.program).ok_or_else(unknown("is a program that the lab does not know"))?;
    for filter in &spec.filters {
        let filter = Filter::from_id(filter).ok_or_else(unknown("has a filter that the lab does not know"))?;
        config.filters.push(filter);
    }
    config.domains = spec.domains.iter().map(|d| name("receiver", id, d)).collect::<Result<_, _>>()?;
    config.users = spec.users.clone().map_or(Users::Any, Users::Known);
    config.greylist = spec.greylist_s.map(|delay_s| GreylistConfig { delay_s, ..GreylistConfig::default() });
    let authentication = workshop.cause(id, &spec.authentication);
    let verification = workshop.cause(id, &spec.verification);
    config.causes = Causes {
        verification: Some(verification),
        authentication: Some(authentication),
        content: Some(authentication),
        own: Some(verification),
    };
    config.seed = workshop.seed_of(id);
    workshop.nodes.push(Receiver::node(id, config));
    Ok(())
}

fn listener(spec: &ListenerSpec) -> ListenerConfig {
    ListenerConfig {
        addresses: spec.addresses.clone(),
        hostname: spec.hostname.clone(),
        stage: match spec.stage {
            Stage::Banner => RefuseAt::Banner,
            Stage::Helo => RefuseAt::Helo,
            Stage::Mail => RefuseAt::Mail,
            Stage::Rcpt => RefuseAt::Rcpt,
        },
        refusal: Reply::new(spec.code, &spec.text),
        starttls: spec.starttls,
        tarpit_ms: spec.tarpit_ms,
        let_through: spec.admits.iter().map(|who| admitted(who)).collect(),
    }
}

/// A client by its address, a sender as `from:ADDRESS`, anything else a recipient.
fn admitted(who: &str) -> LetThrough {
    if let Ok(address) = who.parse::<IpAddr>() {
        let prefix_len = if address.is_ipv4() { 32 } else { 128 };
        return LetThrough::Client { address, prefix_len };
    }
    match who.strip_prefix("from:") {
        Some(sender) => LetThrough::Sender(sender.to_owned()),
        None => LetThrough::Recipient(who.to_owned()),
    }
}
