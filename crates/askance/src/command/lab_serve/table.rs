//! Who answers where, and what to try.

use core::net::{IpAddr, SocketAddr};

use askance_lab::scenario::{ListenerSpec, Scenario, Stage};
use askance_lab::{Relocation, Story};
use askance_net::PortMap;
use askance_proto::Node;
use askance_record::escape_terminal;

/// Names of zones that one line shows.
const ZONES_SHOWN: usize = 4;

/// The whole table as text.
pub(super) fn of(scenario: &Scenario, story: &Story, moved: &Relocation, ports: PortMap, speed: f64) -> String {
    let mut rows = vec![["party".to_owned(), "address".to_owned(), "port".to_owned(), "what it does".to_owned()]];
    for node in &story.nodes {
        rows.extend(rows_of(scenario, story, node, ports));
    }
    let mut out = format!("{}\n", escape_terminal(&scenario.title));
    out += &format!(
        "from {} to {}, {speed} s of the scenario a second; Ctrl-C ends it\n\n",
        scenario.start.0,
        scenario.end()
    );
    out += &columns(&rows);
    for population in &scenario.populations {
        out += &format!("{}: a population sends no messages and is not here\n", escape_terminal(&population.id));
    }
    let nets: Vec<String> = moved.nets().map(|(from, to)| format!("{from}/24 is {to}/24")).collect();
    if !nets.is_empty() {
        out += &format!("\nAddresses: {}\n", nets.join(", "));
    }
    let examples = examples(scenario, story, ports);
    if !examples.is_empty() {
        out += &format!("\nTry:\n  {}\n", examples.join("\n  "));
    }
    out
}

/// Rows with as much space between columns as they need.
fn columns(rows: &[[String; 4]]) -> String {
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or_default();
    let widths = [width(0), width(1), width(2)];
    let mut out = String::new();
    for [party, address, port, what] in rows {
        let [a, b, c] = widths;
        out += format!("{party:a$}  {address:b$}  {port:c$}  {what}").trim_end();
        out.push('\n');
    }
    out
}

/// One row for each address of a party.
fn rows_of(scenario: &Scenario, story: &Story, node: &Node, ports: PortMap) -> Vec<[String; 4]> {
    let row = |(n, address): (usize, &IpAddr)| {
        let party = if n == 0 { escape_terminal(&node.id) } else { String::new() };
        // At the address that a vendor sends from, the listener there is the vendor's own.
        let listener = scenario.listeners.iter().find(|l| l.id != node.id && l.addresses.contains(address));
        let what = match listener {
            Some(listener) => format!("{}: {}", escape_terminal(&listener.id), refusal(listener)),
            None if n == 0 => what(scenario, story, &node.id),
            None => String::new(),
        };
        [party, address.to_string(), port(node, *address, ports), what]
    };
    node.addresses.iter().enumerate().map(row).collect()
}

/// The real ports that a party listens at, such as `53 udp tcp`.
fn port(node: &Node, address: IpAddr, ports: PortMap) -> String {
    let of = |listens: &[SocketAddr]| -> Vec<u16> {
        listens.iter().filter(|l| l.ip() == address).map(|l| ports.real(l.port())).collect()
    };
    let (udp, tcp) = (of(&node.listens_udp), of(&node.listens_tcp));
    let mut both: Vec<u16> = udp.iter().chain(&tcp).copied().collect();
    both.sort_unstable();
    both.dedup();
    let protocols = |p: &u16| [(&udp, " udp"), (&tcp, " tcp")].map(|(l, name)| if l.contains(p) { name } else { "" });
    let texts: Vec<String> = both.iter().map(|p| format!("{p}{}", protocols(p).concat())).collect();
    if texts.is_empty() { "-".to_owned() } else { texts.join(", ") }
}

/// What a party is, in a few words.
fn what(scenario: &Scenario, story: &Story, id: &str) -> String {
    let zones: Vec<&str> =
        story.zones.iter().filter(|(server, _)| server == id).map(|(_, zone)| zone.origin().key()).collect();
    if id == "root" {
        return "root name server".to_owned();
    }
    if scenario.servers.iter().any(|s| s.id == id) {
        let more = zones.len().saturating_sub(ZONES_SHOWN);
        let shown = zones.iter().take(ZONES_SHOWN).map(|z| escape_terminal(z)).collect::<Vec<_>>().join(" ");
        return format!("name server: {shown}{}", if more > 0 { format!(" and {more} more") } else { String::new() });
    }
    if scenario.resolvers.iter().any(|r| r.id == id) {
        return "resolver".to_owned();
    }
    if let Some(vendor) = scenario.vendors.iter().find(|v| v.id == id) {
        let tenants: Vec<String> = vendor.tenants.iter().map(|t| escape_terminal(&t.id)).collect();
        return format!("sends mail for: {}", tenants.join(" "));
    }
    if let Some(receiver) = scenario.receivers.iter().find(|r| r.id == id) {
        let domains: Vec<String> = receiver.domains.iter().map(|d| escape_terminal(d)).collect();
        return format!("{} that takes mail for: {}", escape_terminal(&receiver.program), domains.join(" "));
    }
    if let Some(listener) = scenario.listeners.iter().find(|l| l.id == id) {
        return refusal(listener);
    }
    let asker = scenario.askers.iter().find(|a| a.id == id).map(|a| &a.mechanism);
    let spoofer = scenario.spoofers.iter().find(|s| s.id == id).map(|s| &s.mechanism);
    match asker.or(spoofer) {
        Some(mechanism) => format!("asks: {}", escape_terminal(mechanism)),
        None => String::new(),
    }
}

fn refusal(listener: &ListenerSpec) -> String {
    format!("refuses mail with {}", listener.code)
}

/// Commands that show something, each for a party that is there.
fn examples(scenario: &Scenario, story: &Story, ports: PortMap) -> Vec<String> {
    let dns = match ports.real(53) {
        53 => String::new(),
        port => format!(" -p {port}"),
    };
    let mut out = Vec::new();
    let forward = story.zones.iter().filter(|(_, zone)| !zone.origin().is_under("arpa"));
    let served = forward.chain(&story.zones).find_map(|(server, zone)| {
        let server = scenario.servers.iter().find(|s| s.id == *server)?.addresses.first()?;
        Some((server, zone.origin().key()))
    });
    if let Some((server, zone)) = served {
        out.push(format!("dig @{server}{dns} +norec {} SOA", escape_terminal(zone)));
    }
    // That of a receiver tells most: it is asked who connects.
    let asked = scenario.receivers.first().and_then(|r| scenario.resolvers.iter().find(|x| x.id == r.resolver));
    let resolver = asked.or(scenario.resolvers.first()).and_then(|r| r.addresses.first());
    if let Some(resolver) = resolver {
        let name = scenario.subjects.first().map_or(".", String::as_str);
        out.push(format!("dig @{resolver}{dns} {}", escape_terminal(name)));
        let sender = scenario.vendors.iter().flat_map(|v| &v.tenants).map(|t| t.address).next();
        out.extend(sender.map(|address| format!("dig @{resolver}{dns} -x {address}")));
    }
    let port = ports.real(25);
    for receiver in scenario.receivers.iter().take(1) {
        let domain = receiver.domains.first().map_or("", String::as_str);
        out.push(format!("swaks --server {}:{port} --to guest1@{}", receiver.address, escape_terminal(domain)));
    }
    for listener in scenario.listeners.iter().take(1) {
        let until = match listener.stage {
            Stage::Banner => "BANNER",
            Stage::Helo => "HELO",
            Stage::Mail => "MAIL",
            Stage::Rcpt => "RCPT",
        };
        let to = "--to someone@hotel-brand.example";
        let address = listener.addresses.first();
        out.extend(address.map(|a| format!("swaks --server {a}:{port} {to} --quit-after {until}")));
    }
    out
}
