//! Other people's programs read what is written. A test says why where it cannot run.

use std::path::Path;
use std::process::Command;

use super::*;

/// The lines that a program prints about a file; `None`, with the reason told, where it is not installed.
#[expect(clippy::print_stderr, reason = "a test that skips says so")]
fn lines(program: &str, args: &[&str], octets: &[u8]) -> Option<Vec<String>> {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("records");
    std::fs::write(&path, octets).expect("a file");
    let path: &Path = &path;
    match Command::new(program).args(args).arg(path).env("TZ", "UTC").output() {
        Ok(output) => {
            let stderr = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "{program}: {stderr}");
            Some(String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect())
        }
        Err(error) => {
            eprintln!("skipped: {program} cannot be run here: {error}");
            None
        }
    }
}

const CHECKED: [&str; 8] = [
    "-o",
    "ip.check_checksum:TRUE",
    "-o",
    "udp.check_checksum:TRUE",
    "-o",
    "tcp.check_checksum:TRUE",
    "-o",
    "tcp.analyze_sequence_numbers:TRUE",
];

/// tshark's fields of the packets that a filter lets through.
fn tshark(octets: &[u8], filter: &str, fields: &[&str]) -> Option<Vec<String>> {
    let mut args: Vec<&str> = CHECKED.to_vec();
    args.extend(["-n", "-Y", filter, "-T", "fields", "-E", "separator=|"]);
    for field in fields {
        args.extend(["-e", field]);
    }
    args.push("-r");
    lines("tshark", &args, octets)
}

fn capture(at: &[&str], what: TapKind, script: Script) -> Vec<u8> {
    let at = at.iter().map(|text| ip(text)).collect();
    record(TapConfig { at, what, ..tap(RecordFormat::Pcap) }, script).0
}

#[test]
fn tshark_reads_lookups() {
    let mut script = Script::default();
    for look in &check_of_a_sender() {
        script.look(look);
    }
    let octets = capture(&["192.0.2.53", "2001:db8::53"], TapKind::ClientSide, script);
    let fields = [
        "frame.time_epoch",
        "ip.src",
        "udp.srcport",
        "tcp.srcport",
        "dns.id",
        "dns.flags.response",
        "dns.flags.rcode",
        "dns.qry.name",
        "dns.qry.type",
        "dns.time",
    ];
    let Some(found) = tshark(&octets, "dns", &fields) else { return };
    insta::assert_snapshot!(found.join("\n"), @"
    1456848001.508000000|192.0.2.10|41234||0x0001|0||25.100.51.198.in-addr.arpa|12|
    1456848001.552027000|192.0.2.53|53||0x0001|1|0|25.100.51.198.in-addr.arpa|12|0.044027000
    1456848002.008000000|192.0.2.10|41235||0x0002|0||Mail1.Hotel-Brand.example|1|
    1456848002.008000000|192.0.2.53|53||0x0002|1|3|Mail1.Hotel-Brand.example|1|0.000000000
    1456848003.008000000||5353||0x0003|0||a(b.c d.example|16|
    1456848003.008000000||53||0x0003|1|0|a(b.c d.example|16|0.000000000
    1456848004.008000000|192.0.2.10||41234|0x0004|0||<Root>|2|
    1456848004.008000000|192.0.2.53||53|0x0004|1|0|<Root>|2|0.000000000
    1456848005.008000000|192.0.2.10|41234||0x0005|0||lost.example|1|
    ");
    faultless(&octets);
}

/// No checksum is wrong, nothing is malformed, and TCP finds nothing to remark.
fn faultless(octets: &[u8]) {
    const REMARKED: &str = "_ws.malformed || tcp.analysis.flags || _ws.expert.severity >= 0x600000";
    const UNSOUND: &str = "ip.checksum.status == 0 || udp.checksum.status == 0 || tcp.checksum.status == 0";
    let fields = ["frame.number", "_ws.col.Info", "_ws.expert.message"];
    // That a reset resets is no fault.
    for filter in [&format!("({REMARKED}) && !(tcp.flags.reset == 1)"), UNSOUND] {
        assert_eq!(tshark(octets, filter, &fields).expect("tshark ran before"), Vec::<String>::new());
    }
    let sound = "(ip.checksum.status == 1 || ipv6) && (udp.checksum.status == 1 || tcp.checksum.status == 1)";
    let [all, sound] = ["frame", sound].map(|filter| tshark(octets, filter, &fields).expect("tshark ran before").len());
    assert_eq!(sound, all, "every checksum was looked at");
}

#[test]
fn tshark_follows_streams() {
    for at in ["192.0.2.10", "198.51.100.25"] {
        let mut script = Script::default();
        let (client, server) = (socket("192.0.2.10:4000"), socket("198.51.100.25:25"));
        script.say(0, client, server, Said::Open(true), None);
        script.say(60_000, server, client, Said::Octets(b"220 mail1.hotel-brand.example\r\n".to_vec()), None);
        script.say(100_000, client, server, Said::Octets(b"EHLO mx1.northbank.example\r\n".to_vec()), None);
        script.say(140_000, server, client, Said::Octets(vec![b'x'; 4000]), None);
        script.say(200_000, client, server, Said::Close, None);
        script.say(1_000_000, socket("192.0.2.10:4001"), server, Said::Open(false), None);
        script.say(2_000_000, socket("192.0.2.10:4002"), server, Said::Open(true), None);
        script.say(2_100_000, socket("192.0.2.10:4002"), server, Said::Close, None);
        script.say(2_102_000, server, socket("192.0.2.10:4002"), Said::Close, None);
        let octets = capture(&[at], TapKind::Streams, script);
        let fields = ["frame.time_relative", "tcp.srcport", "tcp.flags.str", "tcp.seq", "tcp.ack", "tcp.len"];
        let Some(found) = tshark(&octets, "tcp", &fields) else { return };
        if at == "192.0.2.10" {
            insta::assert_snapshot!(found.join("\n"), @"
            0.000000000|4000|··········S·|0|0|0
            0.016000000|25|·······A··S·|0|1|0
            0.016000000|4000|·······A····|1|1|0
            0.068000000|25|·······AP···|1|1|31
            0.068000000|4000|·······A····|1|32|0
            0.100000000|4000|·······AP···|1|32|28
            0.116000000|25|·······A····|32|29|0
            0.148000000|25|·······A····|32|29|1460
            0.148000000|25|·······A····|1492|29|1460
            0.148000000|25|·······AP···|2952|29|1080
            0.148000000|4000|·······A····|29|4032|0
            0.200000000|4000|·······A···F|29|4032|0
            0.216000000|25|·······A···F|4032|30|0
            0.216000000|4000|·······A····|30|4033|0
            1.000000000|4001|··········S·|0|0|0
            1.016000000|25|·······A·R··|1|1|0
            2.000000000|4002|··········S·|0|0|0
            2.016000000|25|·······A··S·|0|1|0
            2.016000000|4002|·······A····|1|1|0
            2.100000000|4002|·······A···F|1|1|0
            2.110000000|25|·······A···F|1|1|0
            2.116000000|25|·······A····|2|2|0
            2.116000000|4002|·······A····|2|2|0
            ");
        }
        assert_eq!(found.len(), 23, "{at}");
        faultless(&octets);
    }
}

#[test]
fn dnstap_read_reads_both_sides() {
    let mut looks = check_of_a_sender();
    let mut upstream = look(1_510_000, "192.0.2.53:6000", 77, "100.51.198.in-addr.arpa", RrType::NS, vec![]);
    upstream.server = socket(AUTH);
    looks.push(upstream);
    let mut script = Script::default();
    for look in &looks {
        script.look(look);
    }
    let tap = TapConfig {
        at: vec![ip("192.0.2.53"), ip("2001:db8::53")],
        what: TapKind::Everything,
        ..tap(RecordFormat::Dnstap)
    };
    let (octets, kept) = record(tap, script);
    assert_eq!(kept.written()[0].rows, 11);
    let Some(found) = lines("dnstap-read", &[], &octets) else { return };
    insta::assert_snapshot!(found.join("\n"), @r"
    01-Mar-2016 16:00:01.508 CQ 192.0.2.10:41234 -> 192.0.2.53:53 UDP 55b 25.100.51.198.in-addr.arpa/IN/PTR
    01-Mar-2016 16:00:01.510 RQ 192.0.2.53:6000 -> 198.51.100.53:53 UDP 52b 100.51.198.in-addr.arpa/IN/NS
    01-Mar-2016 16:00:01.526 RR 192.0.2.53:6000 <- 198.51.100.53:53 UDP 52b 100.51.198.in-addr.arpa/IN/NS
    01-Mar-2016 16:00:01.552 CR 192.0.2.10:41234 <- 192.0.2.53:53 UDP 94b 25.100.51.198.in-addr.arpa/IN/PTR
    01-Mar-2016 16:00:02.008 CQ 192.0.2.10:41235 -> 192.0.2.53:53 UDP 54b Mail1.Hotel-Brand.example/IN/A
    01-Mar-2016 16:00:02.008 CR 192.0.2.10:41235 <- 192.0.2.53:53 UDP 54b Mail1.Hotel-Brand.example/IN/A
    01-Mar-2016 16:00:03.008 CQ 2001:db8::10:5353 -> 2001:db8::53:53 UDP 33b a\(b\.c\032d.example/IN/TXT
    01-Mar-2016 16:00:03.008 CR 2001:db8::10:5353 <- 2001:db8::53:53 UDP 73b a\(b\.c\032d.example/IN/TXT
    01-Mar-2016 16:00:04.008 CQ 192.0.2.10:41234 -> 192.0.2.53:53 TCP 28b ./IN/NS
    01-Mar-2016 16:00:04.008 CR 192.0.2.10:41234 <- 192.0.2.53:53 TCP 52b ./IN/NS
    01-Mar-2016 16:00:05.008 CQ 192.0.2.10:41234 -> 192.0.2.53:53 UDP 41b lost.example/IN/A
    ");
}
