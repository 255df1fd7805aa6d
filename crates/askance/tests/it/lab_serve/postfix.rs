//! A real Postfix that takes mail from the lab's vendor, and asks the lab who connects.

use std::path::Path;
use std::process::{Command, Stdio};

use super::served::{Namespace, Running, content, wait_for};
use super::{Served, print_of, skip, there};
use crate::run::scratch;

const SCENARIO: &str = include_str!("../data/real-receiver.toml");

/// A receiver that wants the name of whoever connects to lead back to the address, and throws mail away.
fn main_cf(folder: &str, address: &str) -> String {
    format!(
        "compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
maillog_file = {folder}/mail.log
maillog_file_prefixes = {folder}
myhostname = mx1.northbank.example
mydestination = northbank.example
mynetworks = 127.0.0.1/32
inet_interfaces = {address}
inet_protocols = ipv4
local_recipient_maps =
local_transport = discard:taken
alias_maps =
alias_database =
smtpd_client_restrictions = reject_unknown_client_hostname
smtpd_relay_restrictions = reject_unauth_destination
smtpd_peername_lookup = yes
"
    )
}

/// The services that such a receiver needs; none in a chroot.
const MASTER_CF: &str = "\
smtp inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
proxymap unix - - n - - proxymap
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
anvil unix - - n - 1 anvil
pickup unix n - n 60 1 pickup
postlog unix-dgram n - n - 1 postlogd
";

/// Owner and access that Postfix insists on.
fn prepare(folder: &Path, address: &str) {
    use std::os::unix::fs::PermissionsExt as _;
    let access = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(folder, access).expect("our own folder");
    let text = folder.to_str().expect("a plain path");
    for name in ["queue", "data", "config"] {
        std::fs::create_dir(folder.join(name)).expect("a folder in it");
    }
    let own = Command::new("chown").args(["postfix:postfix", &format!("{text}/data")]).status().expect("chown");
    assert!(own.success(), "Debian's package makes the user");
    std::fs::write(folder.join("config/main.cf"), main_cf(text, address)).expect("a file");
    std::fs::write(folder.join("config/master.cf"), MASTER_CF).expect("a file");
}

#[test]
fn a_real_postfix_takes_a_campaign_and_asks_the_lab_who_connects() {
    let Some(_) = print_of(Command::new("/usr/sbin/postconf").arg("mail_version")) else { return skip("Postfix") };
    let resolver = there(SCENARIO, "192.0.2.53");
    let address = there(SCENARIO, "192.0.2.10").to_string();
    let (dir, path) = scratch("resolv.conf", format!("nameserver {resolver}\noptions timeout:5\n").as_bytes());
    // Questions to the lab come from the server's own address, as they would from a machine of its own.
    let setup = format!(
        "mount --bind {path} /etc/resolv.conf
        ip address add {address}/32 dev lo
        ip route replace table local local {resolver}/32 dev lo src {address}"
    );
    let Some(namespace) = Namespace::new(&setup) else {
        return skip("namespaces, or right to make them");
    };
    prepare(dir.path(), &address);
    let config = format!("{}/config", dir.path().display());
    let output = std::fs::File::create(dir.path().join("output")).expect("a file");
    let errors = output.try_clone().expect("the same file");
    let mut command = namespace.command_of_many("/usr/sbin/postfix");
    command.args(["-c", &config, "start-fg"]).stdin(Stdio::null()).stdout(output).stderr(errors);
    let postfix = Running::start(&mut command);
    let log = dir.path().join("mail.log");
    wait_for(&log, 1, "daemon started");
    let records = format!("{}/kept", dir.path().display());
    let served =
        Served::start_in(&namespace, "crates/askance/tests/it/data/real-receiver.toml", &["--records", &records]);
    let text = wait_for(&log, 2, "status=sent (taken)");
    drop(postfix);
    let host = there(SCENARIO, "198.51.100.29");
    assert!(text.contains(&format!("connect from mail1.hotel-brand-email.example[{host}]")), "{text}");
    assert!(!text.contains("unknown["), "{text}");
    let (stderr, code) = served.stop();
    assert_eq!(code, Some(0), "{stderr}");
    // What the lab's resolver was asked by Postfix: who is this address, and does the name lead back to it?
    let log = content(&dir.path().join("kept/records/northbank.unbound.log"));
    let reversed = host.to_string().rsplit('.').collect::<Vec<_>>().join(".");
    let asked: Vec<String> = log
        .lines()
        .filter_map(|line| line.split(" info: ").nth(1))
        .filter_map(|line| line.strip_prefix(&format!("{address} ")))
        .filter(|line| line.ends_with(" IN"))
        .map(str::to_owned)
        .collect();
    let expected = [format!("{reversed}.in-addr.arpa. PTR IN"), "mail1.hotel-brand-email.example. A IN".to_owned()];
    assert_eq!(asked.get(..2), Some(&expected[..]), "{log}");
}
