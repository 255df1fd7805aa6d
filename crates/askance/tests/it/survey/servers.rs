//! Real Postfix, Exim and OpenSMTPD, greylisting by a real postgrey among them, each found to be what it is.
//!
//! All listen on 127.95.0.0/16 of a network namespace, so that they have port 25. Postfix and postgrey are installed; Exim
//! and OpenSMTPD, which cannot be installed beside it, run in a root folder that `.ci/mail-servers` made.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::{classes, journal};
use crate::lab_serve::served::{Namespace, Running, Served, content, look, wait_for};
use crate::lab_serve::{print_of, skip, there};
use crate::run::Ran;

const EXIM: &str = include_str!("../data/survey/exim.conf");
const SMTPD: &str = include_str!("../data/survey/smtpd.conf");
const GREY_FILTER: &str = include_str!("../data/survey/grey-filter.sh");
const MAIN_CF: &str = include_str!("../data/survey/main.cf");
const MASTER_CF: &str = include_str!("../data/survey/master.cf");
const NAMES: &str = include_str!("../data/survey/names.toml");
const PASSWD: &str = "\
root:x:0:0::/:/bin/sh
Debian-exim:x:903:903::/:/bin/sh
opensmtpd:x:904:904::/var/lib/opensmtpd/empty:/bin/sh
opensmtpq:x:905:905::/var/lib/opensmtpd/empty:/bin/sh
office:x:906:906::/:/bin/sh
";
const GROUP: &str = "root:x:0:\nmail:x:8:\nDebian-exim:x:903:\nopensmtpd:x:904:\nopensmtpq:x:905:\noffice:x:906:\n";

/// What ends with the test, in this order.
struct Servers {
    _daemons: Vec<Running>,
    namespace: Namespace,
    dir: tempfile::TempDir,
}

impl Servers {
    /// Starts all of them; `None`, and why, where this machine cannot.
    fn start() -> Result<Self, &'static str> {
        let root =
            unpacked().ok_or("folder ASKANCE_MAIL_SERVERS with Exim and OpenSMTPD (.ci/mail-servers makes it)")?;
        for program in ["/usr/sbin/postconf", "/usr/sbin/postgrey"] {
            if !Path::new(program).exists() {
                return Err("Postfix, or no postgrey");
            }
        }
        let dir = tempfile::tempdir().expect("a temporary folder");
        let d = dir.path().to_str().expect("a plain path").to_owned();
        let r = root.to_str().expect("a plain path");
        prepare(dir.path()).expect("our own folder");
        // Each has its own files below the test's folder; the unpacked root is only read.
        let setup = format!(
            "ip address add 192.0.2.25/32 dev lo
            mount --bind {d}/etc/resolv.conf /etc/resolv.conf
            for name in etc var; do mount --bind {d}/$name {r}/$name; done
            mount --bind /dev {r}/dev
            mount --bind /proc {r}/proc
            chown postfix:postfix {d}/postfix/data {d}/grey
            chown -R 903:903 {d}/var/spool/exim {d}/var/log"
        );
        let namespace = Namespace::new(&setup).ok_or("namespaces, or right to make them")?;
        let daemon = |command: &mut Command, name: &str| {
            let output = fs::File::create(dir.path().join(name)).expect("a file");
            let errors = output.try_clone().expect("the same file");
            Running::start(command.stdin(Stdio::null()).stdout(output).stderr(errors))
        };
        let many = |program: &str, args: &[&str]| {
            let mut command = namespace.command_of_many(program);
            command.args(args);
            command
        };
        let grey = format!("--dbdir={d}/grey");
        let grey = ["--inet=127.95.0.9:10023", &grey, "--user=postfix", "--group=postfix"];
        let daemons = vec![
            daemon(&mut many("/usr/sbin/postgrey", &grey), "postgrey.out"),
            daemon(&mut many("/usr/sbin/postfix", &["-c", &format!("{d}/postfix/config"), "start-fg"]), "postfix.out"),
            daemon(&mut many("chroot", &[r, "/usr/sbin/exim4", "-C", "/etc/exim.conf", "-bdf", "-q1h"]), "exim.out"),
            daemon(&mut many("chroot", &[r, "/usr/sbin/smtpd", "-d"]), "smtpd.out"),
        ];
        wait_for(&dir.path().join("mail.log"), 1, "daemon started");
        for address in ["127.95.0.9/10023", "127.95.2.4/25", "127.95.3.4/25"] {
            let connects = || {
                let mut bash = namespace.command("bash");
                print_of(bash.args(["-c", &format!(": </dev/tcp/{address}")])).is_some_and(|(_, code)| code == Some(0))
            };
            look(connects);
            let said = ["postgrey.out", "exim.out", "smtpd.out"].map(|name| content(&dir.path().join(name)));
            assert!(connects(), "nobody listens at {address}: {said:?}");
        }
        Ok(Self { _daemons: daemons, namespace, dir })
    }

    /// `askance survey` beside them.
    fn survey(&self, args: &[&str]) -> Command {
        let mut command = self.namespace.command(env!("CARGO_BIN_EXE_askance"));
        command.arg("survey").args(args).stdin(Stdio::null());
        command
    }
}

/// The root folder that `.ci/mail-servers` made.
fn unpacked() -> Option<PathBuf> {
    let folder = PathBuf::from(std::env::var_os("ASKANCE_MAIL_SERVERS")?);
    folder.join("versions").exists().then(|| folder.join("root"))
}

/// Configuration and empty folders, below the test's own.
fn prepare(dir: &Path) -> std::io::Result<()> {
    let open = |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode));
    open(dir, 0o755)?;
    for folder in ["etc", "grey", "var/log", "var/run", "var/spool/exim", "var/spool/smtpd", "var/lib/opensmtpd/empty"]
    {
        fs::create_dir_all(dir.join(folder))?;
    }
    open(&dir.join("var/spool/smtpd"), 0o711)?;
    for folder in ["queue", "data", "config"] {
        fs::create_dir_all(dir.join("postfix").join(folder))?;
    }
    let text = dir.to_str().expect("a plain path");
    for (path, content) in [
        ("etc/passwd", PASSWD),
        ("etc/group", GROUP),
        ("etc/nsswitch.conf", "passwd: files\ngroup: files\nhosts: files dns\n"),
        ("etc/hosts", "127.0.0.1 localhost\n"),
        ("etc/resolv.conf", "nameserver 127.0.0.1\n"),
        ("etc/mailname", "mx.ferry-line.example\n"),
        ("etc/aliases", ""),
        ("etc/exim.conf", EXIM),
        ("etc/smtpd.conf", SMTPD),
        ("etc/grey-filter.sh", GREY_FILTER),
        ("postfix/config/main.cf", &MAIN_CF.replace("{folder}", text)),
        ("postfix/config/master.cf", MASTER_CF),
    ] {
        fs::write(dir.join(path), content)?;
        open(&dir.join(path), 0o644)?;
    }
    open(&dir.join("etc/grey-filter.sh"), 0o755)
}

#[test]
fn real_servers_are_found_to_be_what_they_are() {
    let servers = match Servers::start() {
        Ok(servers) => servers,
        Err(missing) => return skip(missing),
    };
    each_is_classified(&servers);
    killed_and_begun_again_none_is_asked_twice(&servers);
    strangers_are_asked_by_a_name_that_leads_back(&servers);
}

/// What the servers of one program are found to be, each by two senders.
fn found(servers: &Servers, network: &str, domain: &str) -> String {
    let (_dir, journal) = journal();
    let hosts: Vec<String> = (1..=5).map(|n| format!("{network}.{n}")).collect();
    let mut command =
        servers.survey(&["--from", "survey@probe.example", "--from", "post@other.example", "--json-lines"]);
    command.args(["--pause", "0", "--per-network", "8", "--rate", "1000", "--journal", &journal]);
    let output = command.args(["--to", &format!("office@{domain}")]).args(hosts).output().expect("it runs");
    let text = |octets: &[u8]| String::from_utf8_lossy(octets).into_owned();
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let ran = Ran { stdout: text(&output.stdout), stderr: text(&output.stderr), code: 0 };
    let lines = classes(&ran).join("\n");
    lines.replace(&format!("{network}."), &format!("{domain} "))
}

fn each_is_classified(servers: &Servers) {
    let programs = [
        found(servers, "127.95.1", "river-college.example"),
        found(servers, "127.95.2", "ferry-line.example"),
        found(servers, "127.95.3", "orchard-coop.example"),
    ];
    insta::assert_snapshot!(programs.join("\n"), @"
    river-college.example 1 open at rcpt 250
    river-college.example 2 closed at banner 554
    river-college.example 3 greylisting at rcpt 450
    river-college.example 4 send-only at rcpt 554
    river-college.example 5 refused-us at banner 554
    ferry-line.example 1 open at rcpt 250
    ferry-line.example 2 closed at banner 554
    ferry-line.example 3 greylisting at rcpt 451
    ferry-line.example 4 send-only at rcpt 550
    ferry-line.example 5 closed at connect -
    orchard-coop.example 1 open at rcpt 250
    orchard-coop.example 2 closed at banner 554
    orchard-coop.example 3 greylisting at rcpt 451
    orchard-coop.example 4 send-only at rcpt 550
    orchard-coop.example 5 closed at connect -
    ");
}

/// With the limits that are on by default, and by what Postfix wrote down about its visitors.
fn killed_and_begun_again_none_is_asked_twice(servers: &Servers) {
    let (_dir, journal) = journal();
    let log = servers.dir.path().join("mail.log");
    let before = content(&log).matches(": connect from").count();
    // What came before is over.
    wait_for(&log, before, ": disconnect from");
    let args = ["127.95.1.0/29", "--exclude", "127.95.1.6", "--one-sender", "--journal", &journal];
    let mut child = servers.survey(&args).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it runs");
    wait_for(&log, before + 2, ": connect from");
    child.kill().expect("it runs");
    child.wait().expect("it is our child");
    let done = servers.survey(&args).output().expect("it runs");
    assert_eq!(done.status.code(), Some(0), "{}", String::from_utf8_lossy(&done.stderr));
    let text = wait_for(&log, before + 5, ": disconnect from");
    let mut there = 0;
    let visits =
        text.lines().filter(|line| line.contains("connect from")).map(|line| !line.contains("disconnect from"));
    let of_this: Vec<bool> = visits.skip(2 * before).collect();
    for came in &of_this {
        there += if *came { 1 } else { -1 };
        assert!((0..=1).contains(&there), "two visitors at once: {text}");
    }
    assert_eq!(of_this.iter().filter(|came| **came).count(), 5, "each of five once: {text}");
}

/// An address that is somebody else's wherever there is a network.
fn strangers_are_asked_by_a_name_that_leads_back(servers: &Servers) {
    let served = Served::start_in(&servers.namespace, "crates/askance/tests/it/data/survey/names.toml", &[]);
    let at = |address: &str| there(NAMES, address).to_string();
    let (own, resolver) = (at("198.51.100.9"), at("192.0.2.53"));
    let ask = |more: &[&str]| {
        let (_dir, journal) = journal();
        let mut command =
            servers.survey(&["192.0.2.25", "--json-lines", "--i-may-probe", "It is ours", "--source", &own]);
        command
            .args(["--resolver", &resolver, "--journal", &journal, "--to", "office@river-college.example"])
            .args(more);
        let output = command.output().expect("it runs");
        let text = |octets: &[u8]| String::from_utf8_lossy(octets).into_owned();
        Ran { stdout: text(&output.stdout), stderr: text(&output.stderr), code: output.status.code().unwrap_or(-1) }
    };
    let connects = || content(&servers.dir.path().join("mail.log")).matches(": connect from").count();
    let before = connects();
    let other = ask(&["--from", "survey@probe.example", "--ehlo", "other.probe.example"]);
    assert_eq!(other.code, 2, "{}", other.stderr);
    let said = format!("The PTR of {own} gives probe.example; other.probe.example leads to {}.", at("198.51.100.10"));
    assert!(other.stderr.contains(&said) && other.stderr.contains("survey::unconfirmed"), "{}", other.stderr);
    let hasty = ask(&["--from", "survey@probe.example", "--pause", "1"]);
    assert!(hasty.code == 2 && hasty.stderr.contains("survey::impolite"), "{}", hasty.stderr);
    assert_eq!(connects(), before, "nobody is asked by those");
    let ran = ask(&["--from", "survey@probe.example"]);
    assert_eq!(classes(&ran), ["192.0.2.25 open at rcpt 250"], "{}", ran.stderr);
    let line = &ran.json_lines()[0];
    assert_eq!((&line["reason"], &line["helo_confirmed"]), (&"It is ours".into(), &true.into()));
    assert_eq!(served.stop().1, Some(0));
}
