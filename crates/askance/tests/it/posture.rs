//! `askance posture`: forty-one hotels of the lab, over a resolver and from zone files.

use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::path::Path;

use askance_lab::{Scenario, Story, relocate};
use serde_json::Value;

use crate::lab_serve::served::Served;
use crate::run::{Ran, askance, root, scratch};

const FLEET: &str = include_str!("../../../../scenarios/hotel-fleet.toml");
const GUIDE: &str = include_str!("../../../../docs/reference/posture.md");
const SUBJECT: &str = "mail1.hotel-brand-email.example";
const SIBLINGS: &str = "docs/examples/hotel-fleet.txt";

/// Where the lab serves an address of the fleet's scenario.
fn there(address: &str) -> IpAddr {
    let (_, relocation) = relocate(FLEET).expect("a scenario without IPv6");
    relocation.there(address.parse().expect("an address"))
}

/// The fleet's resolver when it is served with an offset.
fn resolver(offset: u16) -> String {
    SocketAddr::new(there("192.0.2.53"), 53 + offset).to_string()
}

/// The zones as the lab serves them, a file each.
fn zones() -> tempfile::TempDir {
    let (text, _) = relocate(FLEET).expect("a scenario without IPv6");
    let story = Story::build(&Scenario::parse(&text).expect("a scenario"), 1).expect("a story");
    let dir = tempfile::tempdir().expect("a temporary folder");
    for (_, zone) in &story.zones {
        let key = zone.origin().key();
        let name = if key == "." { "root".to_owned() } else { format!("{key}.zone") };
        std::fs::write(dir.path().join(name), zone.to_master_text()).expect("a file in it");
    }
    dir
}

fn posture(args: &[&str]) -> Ran {
    askance(&[&["posture"], args].concat())
}

/// A feature of the subject among its siblings: how many have it, of how many, the likelihood ratio, in words.
#[track_caller]
fn compared(document: &Value, feature: &str) -> String {
    let all = document["fleet"]["compared"].as_array().expect("a comparison");
    let one = all.iter().find(|one| one["feature"] == feature).expect("the subject has it");
    let ratio = one["lr_max"].as_f64().expect("a ratio");
    format!("{} of {}, at most {ratio:.4}, {}", one["with"], one["known"], one["word"].as_str().expect("a word"))
}

/// What the fleet of the lab is to show, however it is asked.
#[track_caller]
fn assert_fleet(document: &Value) {
    assert_eq!(document["schema"], "askance.posture/1");
    assert_eq!(document["problems"], Value::Array(Vec::new()));
    // (n + 1) / (k + 1/2)
    assert_eq!(compared(document, "same-spf"), "40 of 40, at most 1.0123, the fleet's norm");
    assert_eq!(compared(document, "spf-address-outside"), "40 of 40, at most 1.0123, the fleet's norm");
    assert_eq!(compared(document, "dmarc-missing"), "38 of 40, at most 1.0649, the fleet's norm");
    assert_eq!(compared(document, "ptr-zone-gone"), "0 of 40, at most 82.0000, apart from the fleet");
    let template = &document["fleet"]["template"];
    assert_eq!(template["template"], "mail1.<x>-email.example with <x><n>.contact-client.example");
    assert_eq!(template["members"].as_array().expect("names that fit").len(), 40);
    assert_eq!(template["exceptions"], serde_json::json!([[SUBJECT, "partner mail1.old-inn-email.example"]]));
    let findings = document["postures"][0]["findings"].as_array().expect("findings");
    let stale = findings.iter().find(|f| f["code"] == "ptr-zone-gone").expect("the stale record is found");
    assert_eq!(stale["severity"], "fault");
    assert!(stale["records"][0]["text"].as_str().expect("a record").contains("PTR mail1.old-inn-email.example."));
}

/// A document without what depends on who answered, and when: source, date, and what is left of a TTL.
fn asked_alike(document: &Value) -> String {
    let mut document = document.clone();
    let roles = ["registrant", "admin_contact", "dns_operator", "address_operator", "sending_operator"];
    for posture in document["postures"].as_array_mut().expect("postures") {
        (posture["source"], posture["at"]) = (Value::Null, Value::Null);
        for role in roles {
            for said in posture["roles"][role].as_array_mut().expect("statements") {
                (said["source"], said["at"]) = (Value::Null, Value::Null);
            }
        }
    }
    let text = serde_json::to_string_pretty(&document).expect("it was JSON");
    let ttl_masked = |line: &str| {
        let words: Vec<&str> = line.split(' ').collect();
        let is_ttl = |at: usize| words.get(at + 1) == Some(&"IN") && words[at].parse::<u32>().is_ok();
        let words: Vec<&str> = (0..words.len()).map(|at| if is_ttl(at) { "TTL" } else { words[at] }).collect();
        words.join(" ")
    };
    text.lines().map(ttl_masked).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_resolver_and_zone_files_show_the_same_fleet() {
    let served = Served::start("scenarios/hotel-fleet.toml", &["--port-offset", "21500"]);
    let live = posture(&[SUBJECT, "--resolver", &resolver(21_500), "--fleet", SIBLINGS, "--json"]);
    assert_eq!((live.code, live.stderr.as_str()), (1, ""), "the stale record is a fault");
    assert_fleet(&live.json());
    let zones = zones();
    let folder = zones.path().to_str().expect("a plain path");
    let offline = posture(&[SUBJECT, "--zones", folder, "--fleet", SIBLINGS, "--json"]);
    assert_eq!((offline.code, offline.stderr.as_str()), (1, ""));
    assert_fleet(&offline.json());
    assert_eq!(asked_alike(&live.json()), asked_alike(&offline.json()));

    // A network tells a resolver's asker of the names that its reverse records give, and zone files of those that point there.
    let network = format!("{}/24", there("198.51.100.0"));
    let live = posture(&[SUBJECT, "--resolver", &resolver(21_500), "--fleet", &network, "--json"]).json();
    assert_eq!(live["fleet"]["template"]["template"], "<x><n>.contact-client.example");
    assert_eq!(live["fleet"]["rows"].as_array().expect("rows").len(), 41);
    let by_network = posture(&[SUBJECT, "--zones", folder, "--fleet", &network, "--json"]);
    assert_fleet(&by_network.json());
    assert_eq!(served.stop().1, Some(0));
}

/// The commands of the reference, and what it shows of their results.
#[test]
fn the_worked_example_is_what_the_program_says() {
    let served = Served::start("scenarios/hotel-fleet.toml", &["--port-offset", "21600"]);
    let example = GUIDE.split_once("## A worked example").expect("the section is there").1;
    let commands = example.split_once("```sh\n").and_then(|(_, rest)| rest.split_once("```")).expect("commands").0;
    let command = commands.lines().find_map(|line| line.strip_prefix("askance posture ")).expect("the command");
    let (dir, page) = scratch("page.html", b"");
    let command = command.replace(":5353", ":21653").replace("fleet.html", &page);
    let ran = posture(&command.split_whitespace().collect::<Vec<_>>());
    assert_eq!((ran.code, ran.stderr.as_str()), (1, ""));
    let shown = example.split_once("```text\n").and_then(|(_, rest)| rest.split_once("```")).expect("a result").0;
    for part in shown.split("[...]\n") {
        let part = part.replace(":5353", ":21653");
        assert!(ran.stdout.contains(&part), "not printed:\n{part}\nbut:\n{}", ran.stdout);
    }
    let html = std::fs::read_to_string(&page).expect("the page was written");
    for part in ["fits 40 of 41 names", "38 of 40", "ptr-zone-gone", "<table class=\"matrix\">", "&lt;x&gt;"] {
        assert!(html.contains(part), "no {part}");
    }
    assert!(ran.stdout.lines().all(|line| line.chars().count() <= 80), "{}", ran.stdout);
    assert_eq!(served.stop().1, Some(0));
    drop(dir);
}

#[test]
fn snapshots_have_days() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let zone = |text: &str| format!("@ SOA ns1 hostmaster 1 3600 600 86400 300\n@ NS ns1\nns1 A 192.0.2.1\n{text}");
    for (day, text) in [("2016-03-01", "@ TXT \"v=spf1 -all\"\n"), ("2016-05-04", "")] {
        std::fs::create_dir(dir.path().join(day)).expect("a folder");
        std::fs::write(dir.path().join(day).join("hotel-brand.example"), zone(text)).expect("a file");
    }
    let folder = dir.path().to_str().expect("a plain path");
    let check = |more: &[&str], at: &str, spf_missing: bool| {
        let ran = posture(&[&["hotel-brand.example", "--zones", folder, "--json"], more].concat());
        let document = ran.json();
        let posture = &document["postures"][0];
        assert_eq!(posture["at"], at);
        let findings = posture["findings"].as_array().expect("findings");
        assert_eq!(findings.iter().any(|f| f["code"] == "spf-missing"), spf_missing, "{more:?}");
        assert_eq!(ran.code, 0, "{}", ran.stderr);
    };
    check(&[], "2016-05-04T00:00:00Z", true);
    check(&["--as-of", "2016-05-03"], "2016-03-01T00:00:00Z", false);
    check(&["--as-of", "2016-05-04"], "2016-05-04T00:00:00Z", true);
    let early = posture(&["hotel-brand.example", "--zones", folder, "--as-of", "2015-01-01"]);
    assert_eq!(early.code, 2);
    assert!(early.stderr.contains("the first are of 2016-03-01"), "{}", early.stderr);
}

#[test]
fn what_was_passed_over_is_said_and_coded() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let zone = "@ SOA ns1 hostmaster 1 3600 600 86400 300\n@ NS ns1\nns1 A 192.0.2.1\n";
    std::fs::write(dir.path().join("hotel-brand.example"), zone).expect("a file");
    std::fs::write(dir.path().join("notes.txt"), "not a zone").expect("a file");
    let (_list_dir, list) =
        scratch("names", b"# a list\nHotel-Brand.example\nhotel..example\na name\nhotel-brand.example # again\n");
    let folder = dir.path().to_str().expect("a plain path");
    let ran = posture(&["--list", &list, "--zones", folder, "--json"]);
    assert_eq!(ran.code, 3, "{}", ran.stderr);
    let document = ran.json();
    let problems = document["problems"].as_array().expect("problems");
    let said: Vec<String> = problems
        .iter()
        .map(|p| format!("{}: {}", p[0].as_str().unwrap().replace(&list, "names"), p[1].as_str().unwrap()))
        .collect();
    insta::assert_snapshot!(said.join("\n"), @"
    names:3: not a name: name with an empty label
    names:4: more than a name
    notes.txt: line 1: expected IPv4 address
    ");
    assert_eq!(document["postures"].as_array().expect("postures").len(), 1, "one name in two spellings");
    let ran = posture(&["--list", &list, "--zones", folder]);
    assert!(ran.stdout.contains("Not read"), "{}", ran.stdout);
}

#[test]
fn roles_quote_what_others_say() {
    let zones = zones();
    let folder = zones.path().to_str().expect("a plain path");
    let (_dir, rdap) = scratch("rdap.txt", b"Registrant: Hotel Brand <script>\x1b[31m\n");
    let evidence = format!("registrant={rdap}");
    let ran = posture(&[SUBJECT, "--zones", folder, "--evidence", &evidence]);
    assert!(ran.stdout.contains("Hotel Brand <script>\\u{1b}[31m"), "{}", ran.stdout);
    let json = posture(&[SUBJECT, "--zones", folder, "--evidence", &evidence, "--json"]).json();
    assert_eq!(json["postures"][0]["roles"]["registrant"][0]["by"], "quotation");
}

#[test]
fn peers_are_compared_with() {
    let zones = zones();
    let folder = zones.path().to_str().expect("a plain path");
    let peers = ["seaside", "tower", "castle", "forest", "harbour", "garden", "grand-hotel", "old-mill"];
    let peers = peers.map(|x| format!("mail1.{x}-email.example"));
    let mut args = vec!["compare", SUBJECT, "--zones", folder, "--with"];
    args.extend(peers.iter().map(String::as_str));
    let ran = askance(&args);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "no verdict on the name: its fault is one of those compared");
    assert!(ran.stdout.contains("Beside 8 siblings") && !ran.stdout.contains("Findings:"), "{}", ran.stdout);
    let json = askance(&[&args[..], &["--json"]].concat()).json();
    assert_eq!(
        (&json["schema"], &json["peers"][7]),
        (&Value::from("askance.compare/1"), &Value::from(peers[7].as_str()))
    );
    assert_eq!(compared(&json["configuration"], "dmarc-missing"), "8 of 8, at most 1.0588, the fleet's norm");
    assert_eq!(compared(&json["configuration"], "ptr-zone-gone"), "0 of 8, at most 18.0000, apart from the fleet");
    let none = askance(&["compare", SUBJECT, "--zones", folder, "--with", SUBJECT]);
    assert_eq!(none.code, 2);
    assert!(none.stderr.contains("no sibling beside"), "{}", none.stderr);
}

#[test]
fn errors_teach() {
    let (_dir, names) = scratch("names", b"a.example\n");
    let empty = tempfile::tempdir().expect("a temporary folder");
    let empty = empty.path().to_str().expect("a plain path");
    // A port that was free a moment ago: the system says at once that nobody is there.
    let closed = UdpSocket::bind("127.0.0.1:0").and_then(|socket| socket.local_addr()).expect("a port").to_string();
    let check = |args: &[&str], says: &[&str]| {
        let ran = posture(args);
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{args:?}: {}", ran.stderr);
        for part in says {
            assert!(ran.stderr.contains(part), "{args:?}: no {part:?} in {}", ran.stderr);
        }
    };
    check(&["hotel..example", "--zones", empty], &["cli::usage", "empty label"]);
    check(&["198.51.100.29", "--zones", empty], &["cli::usage", "dig +short -x 198.51.100.29"]);
    check(&["a.example", "--zones", empty], &["cli::usage", "no zone file", "RFC 1035"]);
    check(&["a.example", "--zones", "/nowhere/zones"], &["cli::usage", "no such folder", "RFC 1035"]);
    let holds = Path::new(&names).parent().and_then(Path::to_str).expect("a plain path");
    check(&["a.example", "--zones", &names], &["cli::usage", "a file", &format!("--zones {holds}")]);
    check(&["a.example", "--zones", empty, "--as-of", "May"], &["cli::usage", "2016-05-04"]);
    check(&["a.example", "--resolver", "dns.example"], &["cli::usage", "192.0.2.53:5353"]);
    check(&["a.example", "--resolver", &closed], &["net::silent", &closed, "--zones"]);
    check(&["a.example", "b.example", "--resolver", &closed, "--fleet", &names], &["cli::usage", "one name"]);
    check(&["a.example", "--resolver", &closed, "--fleet", "nowhere"], &["cli::usage", "198.51.100.0/24"]);
    check(&["a.example", "--resolver", &closed, "--fleet", &names], &["cli::usage", "no sibling"]);
    check(&["a.example", "--resolver", &closed, "--fleet", "192.0.2.0/16"], &["cli::usage", "1024"]);
    check(&["a.example", "--resolver", &closed, "--evidence", "owner=x"], &["cli::usage", "registrant"]);
    assert!(root().join(SIBLINGS).is_file());
}

#[test]
fn lookups_are_compared_only_where_they_can_be() {
    let args =
        ["compare", "mail1.hotel-brand.example", "--with", "mail2.other-hotel.example", "--case", "cases/stale-ptr"];
    let ran = askance(&[&args[..], &["--source", "forward-auth", "--json"]].concat());
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let document = ran.json();
    assert_eq!(document["schema"], "askance.compare/1");
    let lookups = &document["lookups"];
    assert_eq!(lookups["verdict"], "cannot be tested with these records");
    let finding = lookups["finding"].as_str().expect("a finding");
    assert!(finding.contains("they were not observed for 28 days"), "{finding}");
    let ran = askance(&[&args[..], &["--window", "yesterday"]].concat());
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("no comma between two times"), "{}", ran.stderr);
    let ran = askance(&[&args[..], &["--source", "nowhere"]].concat());
    assert!(ran.code == 2 && ran.stderr.contains("nowhere"), "{}", ran.stderr);
}
