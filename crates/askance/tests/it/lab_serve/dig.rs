//! A real dig at the lab's name servers and resolvers.

use std::process::Command;

use super::{Served, TWO_HOSTS, print_of, skip, there};

const OFFSET: &str = "21400";
const PORT: &str = "21453";

/// What dig prints of an answer of the server that the scenario puts at `server`.
fn dig(server: &str, more: &[&str]) -> Option<String> {
    let server = format!("@{}", there(TWO_HOSTS, server));
    let mut command = Command::new("dig");
    command.args([&server, "-p", PORT, "+tries=1", "+time=5", "+noall", "+comments", "+answer", "+authority"]);
    command.args(more);
    // How wide the columns are depends on the names.
    let one_space = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
    print_of(&mut command).map(|(text, _)| text.lines().map(one_space).collect::<Vec<_>>().join("\n"))
}

#[test]
fn a_real_dig_is_answered_by_name_servers_and_resolvers() {
    if print_of(Command::new("dig").arg("-v")).is_none() {
        return skip("dig");
    }
    let served = Served::start("scenarios/two-hosts.toml", &["--port-offset", OFFSET]);
    let check = |server: &str, more: &[&str], says: &[&str]| {
        let text = dig(server, more).expect("dig is there");
        for part in says {
            assert!(text.contains(part), "no {part:?} from {server} for {more:?}:\n{text}");
        }
    };
    let host = there(TWO_HOSTS, "198.51.100.29").to_string();
    let name = "mail1.hotel-brand-email.example";
    let address = format!("{name}. 600 IN A {host}");
    check("198.18.0.53", &["+norec", name, "A"], &["status: NOERROR", "flags: qr aa;", &address]);
    check("198.18.0.53", &["+norec", "+tcp", name, "A"], &["status: NOERROR", "flags: qr aa;", &address]);
    check("198.18.0.53", &["+norec", &format!("no-{name}"), "A"], &["status: NXDOMAIN", "flags: qr aa;", " SOA "]);
    check("198.18.0.53", &["+norec", "northbank.example", "MX"], &["status: REFUSED"]);
    check("198.18.0.54", &["+norec", "-x", &host], &["flags: qr aa;", &format!("PTR {name}.")]);
    check("198.18.0.1", &["+norec", name, "A"], &["status: NOERROR", "flags: qr;", "NS crm-dns.name-servers.test."]);
    check("192.0.2.53", &[name, "A"], &["status: NOERROR", "flags: qr rd ra;", &format!("IN A {host}")]);
    check("192.0.2.53", &["-x", &host], &["status: NOERROR", "flags: qr rd ra;", &format!("PTR {name}.")]);
    check("192.0.2.53", &[&format!("no-{name}"), "A"], &["status: NXDOMAIN", "flags: qr rd ra;"]);
    let (stderr, code) = served.stop();
    assert_eq!(code, Some(0), "{stderr}");
    assert!(stderr.contains("; 9 from other programs;"), "{stderr}");
}
