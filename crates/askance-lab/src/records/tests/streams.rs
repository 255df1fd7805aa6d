//! Streams as packets and as flows.

use super::*;

fn sensor(format: RecordFormat, at: &str) -> TapConfig {
    TapConfig { at: vec![ip(at)], what: TapKind::Streams, vantage: Vantage::Passive, ..tap(format) }
}

/// A mail session, a refused attempt, one to nobody, one that is open still, and a close by both ends at once.
fn sessions() -> Script {
    let mut script = Script::default();
    let client = |port: u16| SocketAddr::new(ip("192.0.2.10"), port);
    let server = socket("198.51.100.25:25");
    let text = |text: &str| Said::Octets(text.as_bytes().to_vec());
    script.say(0, client(4000), server, Said::Open(true), None);
    script.say(20_000, server, client(4000), text("220 mail1.hotel-brand.example\r\n"), None);
    script.say(30_000, client(4000), server, text("EHLO mx1.northbank.example\r\n"), None);
    script.say(40_000, server, client(4000), Said::Octets(vec![b'x'; 4000]), None);
    script.say(60_000, client(4000), server, text("QUIT\r\n"), None);
    script.say(70_000, server, client(4000), text("221 bye\r\n"), None);
    script.say(70_000, server, client(4000), Said::Close, None);
    script.say(1_000_000, client(4001), socket("198.51.100.25:80"), Said::Open(false), None);
    let nobody = socket("198.51.100.99:25");
    script.0.push((2_000_000, None, client(4002), nobody, Said::Open(true), None));
    script.say(3_000_000, client(4003), server, Said::Open(true), None);
    script.say(4_000_000, client(4004), server, Said::Open(true), None);
    script.say(4_100_000, client(4004), server, Said::Close, None);
    script.say(4_102_000, server, client(4004), Said::Close, None);
    script
}

#[test]
fn flows_at_either_end() {
    let conn = |at: &str| {
        let text = String::from_utf8(record(sensor(RecordFormat::ZeekConn, at), sessions()).0).expect("text");
        text.lines().filter(|line| !line.starts_with('#')).map(str::to_owned).collect::<Vec<_>>().join("\n")
    };
    insta::assert_snapshot!(conn("192.0.2.10"), @"
    1456848000.000000	CVz6U6ofMPYUYoGsQH	192.0.2.10	4000	198.51.100.25	25	tcp	smtp	0.094000	34	4040	SF	-	-	0	ShAdDafF	8	358	10	4444	-
    1456848001.000000	CT60UZd55qIfjMNLkK	192.0.2.10	4001	198.51.100.25	80	tcp	-	0.016000	0	0	REJ	-	-	0	Sr	1	44	1	40	-
    1456848004.000000	Cs2BB8zFqdfBctX77X	192.0.2.10	4004	198.51.100.25	25	tcp	-	0.116000	0	0	SF	-	-	0	ShAFfa	4	164	3	124	-
    1456848002.000000	CQJZpj8yKOfVgCnH6y	192.0.2.10	4002	198.51.100.99	25	tcp	-	15.000000	0	0	S0	-	-	0	S	5	220	0	0	-
    1456848003.000000	C0CJT7uPJD3o4iLh3X	192.0.2.10	4003	198.51.100.25	25	tcp	-	0.016000	0	0	S1	-	-	0	ShA	2	84	1	44	-
    ");
    insta::assert_snapshot!(conn("198.51.100.25"), @"
    1456848000.008000	CVwEg8wswD8VUJjh1K	192.0.2.10	4000	198.51.100.25	25	tcp	smtp	0.078000	34	4040	SF	-	-	0	ShdADafF	8	358	10	4444	-
    1456848001.008000	CKDQnqxO8bLvCwxu04	192.0.2.10	4001	198.51.100.25	80	tcp	-	0.000000	0	0	REJ	-	-	0	Sr	1	44	1	40	-
    1456848004.008000	CbmoKAnJ84P1dO5ADS	192.0.2.10	4004	198.51.100.25	25	tcp	-	0.116000	0	0	SF	-	-	0	ShAfFa	4	164	3	124	-
    1456848003.008000	CQxQCVCd1FivBLWKcd	192.0.2.10	4003	198.51.100.25	25	tcp	-	0.016000	0	0	S1	-	-	0	ShA	2	84	1	44	-
    ");
}

#[test]
fn flows_are_read_back() {
    let tap = sensor(RecordFormat::ZeekConn, "192.0.2.10");
    let contents = read(&record(tap.clone(), sessions()).0, &tap);
    let mut flows: Vec<_> =
        contents.flows.iter().map(|f| (f.start, f.src_port, f.dst, f.dst_port, f.established)).collect();
    flows.sort_unstable();
    let mail1 = Some(ip("198.51.100.25"));
    let expected = [
        (at(0), Some(4000), mail1, Some(25), Some(true)),
        (at(1_000_000), Some(4001), mail1, Some(80), Some(false)),
        (at(2_000_000), Some(4002), Some(ip("198.51.100.99")), Some(25), Some(false)),
        (at(3_000_000), Some(4003), mail1, Some(25), Some(true)),
        (at(4_000_000), Some(4004), mail1, Some(25), Some(true)),
    ];
    assert_eq!(flows, expected);
    assert_eq!(contents.ledger.rejected_count(), 0);
}

#[test]
fn datagram_flows_end_with_silence() {
    let tap = TapConfig { what: TapKind::Everything, ..tap(RecordFormat::ZeekConn) };
    let client = "192.0.2.10:5000";
    let data = || vec![Data::A([198, 51, 100, 25].into())];
    let mut looks: Vec<_> =
        [0, 30_000_000, 200_000_000].map(|us| look(us, client, 1, "a.example", RrType::A, data())).to_vec();
    looks[2].response = None;
    let text = written(tap, &looks);
    let rows = text.lines().filter(|line| !line.starts_with('#'));
    let rows: Vec<_> = rows.map(|row| row.split('\t').skip(6).collect::<Vec<_>>().join(" ")).collect();
    insta::assert_snapshot!(rows.join("\n"), @"
    udp dns 30.000000 76 108 SF - - 0 Dd 2 132 2 164 -
    udp dns - - - S0 - - 0 D 1 66 0 0 -
    ");
}

#[test]
fn both_ends_see_the_same_numbers() {
    // Without link headers the octets of a packet do not depend on where it was captured.
    let packets = |at: &str| {
        let octets = record(sensor(RecordFormat::Pcap, at), sessions()).0;
        let mut packets = Vec::new();
        let mut rest = &octets[24..];
        while !rest.is_empty() {
            let len = u32::from_le_bytes(rest[8..12].try_into().expect("four octets"));
            let (packet, tail) = rest[16..].split_at(usize::try_from(len).expect("small"));
            packets.push(packet.to_vec());
            rest = tail;
        }
        // Nobody but the client sees the attempt to reach nobody.
        packets.retain(|packet| packet[16..20] != [198, 51, 100, 99]);
        packets.sort_unstable();
        packets
    };
    let data = |packets: Vec<Vec<u8>>| packets.into_iter().filter(|packet| packet.len() > 44).collect::<Vec<_>>();
    let (client, server) = (data(packets("192.0.2.10")), data(packets("198.51.100.25")));
    assert_eq!(client.len(), 7);
    let seqs = |all: &[Vec<u8>]| all.iter().map(|packet| packet[20..28].to_vec()).collect::<Vec<_>>();
    assert_eq!(seqs(&client), seqs(&server));
}

#[test]
fn both_zeek_logs_call_a_connection_alike() {
    let client = "192.0.2.10:5000";
    let data = || vec![Data::A([198, 51, 100, 25].into())];
    let mut looks: Vec<_> =
        [0, 30_000_000, 200_000_000].map(|us| look(us, client, 1, "a.example", RrType::A, data())).to_vec();
    looks.push(look(300_000_000, client, 2, "b.example", RrType::A, data()));
    looks[3].tcp = true;
    let uids = |format| {
        let text = written(tap(format), &looks);
        let rows = text.lines().filter(|line| !line.starts_with('#'));
        rows.filter_map(|row| Some(row.split('\t').nth(1)?.to_owned())).collect::<Vec<_>>()
    };
    let (dns, mut conn) = (uids(RecordFormat::ZeekDns), uids(RecordFormat::ZeekConn));
    assert_eq!((dns.len(), conn.len()), (4, 3));
    let mut distinct = dns.clone();
    distinct.dedup();
    assert_eq!(dns[0], dns[1], "one flow within a minute");
    conn.sort_unstable();
    distinct.sort_unstable();
    assert_eq!(distinct, conn);
}
