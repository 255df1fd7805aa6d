//! A real Unbound that asks the lab's root, delegations and servers.

use std::process::{Command, Stdio};

use super::served::{Namespace, Running, content, wait_for};
use super::{Served, TWO_HOSTS, print_of, skip, there};
use crate::run::scratch;

/// Where Unbound listens, and where it asks from.
const LISTENS: &str = "127.0.0.2";
const ASKS: &str = "127.0.0.3";

/// Unbound as a resolver for the lab's root. What it knows of loopback and `test` by itself is taken from it.
fn config(folder: &str) -> String {
    format!(
        "server:
  interface: {LISTENS}
  outgoing-interface: {ASKS}
  access-control: 127.0.0.0/8 allow
  do-daemonize: no
  username: \"\"
  chroot: \"\"
  directory: \"{folder}\"
  pidfile: \"\"
  use-syslog: no
  logfile: \"{folder}/unbound.log\"
  verbosity: 1
  do-ip6: no
  do-not-query-localhost: no
  module-config: \"iterator\"
  root-hints: \"{folder}/root.hints\"
  local-zone: \"127.in-addr.arpa.\" nodefault
  local-zone: \"test.\" nodefault
remote-control:
  control-enable: no
"
    )
}

#[test]
fn a_real_unbound_resolves_through_the_lab_s_delegations() {
    let unbound = ["/usr/sbin/unbound", "unbound"].into_iter().find(|p| print_of(Command::new(p).arg("-V")).is_some());
    let (Some(unbound), Some(_)) = (unbound, print_of(Command::new("dig").arg("-v"))) else {
        return skip("unbound or dig");
    };
    let Some(namespace) = Namespace::new("") else { return skip("namespaces, or right to make them") };
    let root = there(TWO_HOSTS, "198.18.0.1");
    let hints = format!(". 3600 NS root.name-servers.test.\nroot.name-servers.test. 3600 A {root}\n");
    let (dir, _) = scratch("root.hints", hints.as_bytes());
    let folder = dir.path().to_str().expect("a plain path");
    let records = format!("{folder}/kept");
    std::fs::write(dir.path().join("unbound.conf"), config(folder)).expect("a file");
    let served = Served::start_in(&namespace, "scenarios/two-hosts.toml", &["--records", &records]);
    let mut command = namespace.command(unbound);
    command.args(["-d", "-c", &format!("{folder}/unbound.conf")]).stderr(Stdio::null());
    let daemon = Running::start(&mut command);
    wait_for(&dir.path().join("unbound.log"), 1, "start of service");
    let dig = |more: &[&str]| {
        let mut command = namespace.command("dig");
        command.args([&format!("@{LISTENS}"), "+tries=1", "+time=9", "+short"]).args(more);
        print_of(&mut command).expect("dig is there").0
    };
    let host = there(TWO_HOSTS, "198.51.100.29").to_string();
    let name = "mail1.hotel-brand-email.example";
    assert_eq!(dig(&[name, "A"]), format!("{host}\n"));
    assert_eq!(dig(&["-x", &host]), format!("{name}.\n"));
    assert_eq!(dig(&[name, "A"]), format!("{host}\n"), "from its cache");
    drop(daemon);
    let (stderr, code) = served.stop();
    assert_eq!(code, Some(0), "{stderr}");
    let log = content(&dir.path().join("kept/records/forward-names.query.log"));
    let asked: Vec<&str> =
        log.lines().filter(|l| l.contains(ASKS) && l.contains(&format!("query: {name} IN A "))).collect();
    assert_eq!(asked.len(), 1, "{log}");
    assert!(asked[0].starts_with("03-Mar-2025 12:"), "{log}");
}
