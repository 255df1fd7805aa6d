use super::*;
use crate::lines::check::{options, rows_with, unwrapped};

fn check(map: &str, input: &str) -> String {
    let csv_map = Some(CsvMap::parse(map).expect("a map"));
    rows_with(&Options { csv_map, ..options() }, |options| reader(unwrapped(input), options))
}

#[test]
fn published_sets_are_read() {
    insta::assert_snapshot!(check(
        "delimiter=|;columns=ts,qname,client;qtype=A;resolution=1s",
        "2016-07-20T10:55:33.000Z|mail1.example|client-7\n2016-05-04T00:00:00.000Z|Mail1.example.|192.0.2.1\n\n"
    ), @"
    line 1 2016-07-20T10:55:33Z passive client-7 > - mail1.example - A query - [-] -
    line 2 2016-05-04T00:00:00Z passive 192.0.2.1 > - Mail1.example - A query - [-] -
    in 2 paired 0 duplicates 0
    unrelated 1 empty line, first line 3
    assumed time stamps resolve 1s
    assumed the vantage is passive: columns do not tell where lookups were seen
    assumed where no column tells the type, it is A, as the column map says
    ");
    insta::assert_snapshot!(check(
        "delimiter=||;columns=ts,client,server,qclass,qname,qtype,answers,ttl,count",
        "1322849924.408856||10.1.1.1||8.8.8.8||IN||upload.youtube.com.||A||74.125.43.117||46587||5\n"
    ), @"
    line 1 2011-12-02T18:18:44.408856Z passive 10.1.1.1 > 8.8.8.8 upload.youtube.com IN A both - [-] - count=5 ttl=46587s = @ - - 74.125.43.117
    in 1 paired 0 duplicates 0
    assumed the vantage is passive: columns do not tell where lookups were seen
    ");
    insta::assert_snapshot!(check(
        "columns=ts:Timestamp,qname:Domain,qtype:Query Type,client:Internal IP,rcode:Response Code;header=yes",
        "\"Timestamp\",\"Identity\",\"Internal IP\",\"Query Type\",\"Response Code\",\"Domain\"\r\n\
         \"2020-07-23 23:49:54\",\"user, one\", \"192.168.1.1\",\"1 (A)\",\"NOERROR\",\"www.elastic.co.\"\r\n"
    ), @"
    line 2 2020-07-23T23:49:54Z passive 192.168.1.1 > - www.elastic.co - A both NOERROR [-] -
    in 1 paired 0 duplicates 0
    unrelated 1 header line, first line 1
    assumed stamps that name no zone are taken as UTC
    assumed time stamps resolve 1s
    assumed the vantage is passive: columns do not tell where lookups were seen
    ");
}

#[test]
fn every_column_is_read_or_refused() {
    let map = "delimiter=tab;columns=ts,-,client,client_port,server,transport,id,qname,qtype,qclass,rcode,flags,answers,ttl,count;header=yes;time=%d/%m/%Y %H:%M:%S";
    let good = "04/05/2016 10:00:00\tx\t192.0.2.1\t53\tns1\tudp\t4711\tx.example\tAAAA\tIN\t3\tqr rd ra\t2001:db8::1, 2001:db8::2\t300\t12";
    let mut input = format!("header\n{good}\n");
    for (from, to) in [
        ("04/05", "34/05"),
        ("\t53\t", "\t70000\t"),
        ("udp", "pigeon"),
        ("4711", "x"),
        ("x.example", "x..example"),
        ("AAAA", "QUAD"),
        ("\tIN", "\tOUT"),
        ("\t3\t", "\tMAYBE\t"),
        ("ra\t", "zz\t"),
        ("\t300", "\tlong"),
        ("\t12", "\t0"),
        ("\tx.example\tAAAA\tIN\t3\tqr rd ra\t2001:db8::1, 2001:db8::2\t300\t12", ""),
        ("\tns1", "\t\"ns1"),
    ] {
        input.push_str(&good.replacen(from, to, 1));
        input.push('\n');
    }
    insta::assert_snapshot!(check(map, &input), @"
    line 2 2016-05-04T10:00:00Z passive 192.0.2.1#53 > ns1 x.example IN AAAA both NXDOMAIN [rd ra] udp id=4711 count=12 ttl=300s = @ - - 2001:db8::1; @ - - 2001:db8::2
    in 14 paired 0 duplicates 0
    rejected 1 bad TTL, first line 12
    rejected 1 bad client port, first line 4
    rejected 1 bad count, first line 13
    rejected 1 bad message identifier, first line 6
    rejected 1 damaged quotes, first line 15
    rejected 1 name with an empty label, first line 7
    rejected 1 no time stamp, first line 3
    rejected 1 too few fields, first line 14
    rejected 1 unknown flag, first line 11
    rejected 1 unknown query class, first line 9
    rejected 1 unknown query type, first line 8
    rejected 1 unknown response code, first line 10
    rejected 1 unknown transport, first line 5
    unrelated 1 header line, first line 1
    assumed stamps that name no zone are taken as UTC
    assumed time stamps resolve 1s
    assumed the vantage is passive: columns do not tell where lookups were seen
    ");
}

#[test]
fn a_map_that_cannot_work_is_refused() {
    let refusal = |text: &str| CsvMap::parse(text).expect_err("no map").to_string();
    assert_eq!(refusal(""), "no column holds ts");
    assert_eq!(refusal("columns=ts"), "no column holds qname");
    assert_eq!(refusal("columns=ts,ts,qname"), "column ts is named twice");
    assert_eq!(refusal("columns=ts,qname,who"), "there is no column \"who\"");
    assert_eq!(refusal("columns=ts,qname;delimiter="), "delimiter cannot be \"\"");
    assert_eq!(refusal("columns=ts,qname;quotes=perhaps"), "quotes cannot be \"perhaps\"");
    assert_eq!(refusal("columns=ts,qname;resolution=2s"), "resolution cannot be \"2s\"");
    assert_eq!(refusal("columns=ts,qname;qtype=QUAD"), "qtype cannot be \"QUAD\"");
    assert_eq!(refusal("columns=ts,qname;colour=red"), "\"colour=red\" is no part of a column map");
    assert_eq!(refusal("columns"), "\"columns\" is no part of a column map");
    let opened = |map: Option<CsvMap>| reader(unwrapped(""), &Options { csv_map: map, ..options() }).err();
    assert!(matches!(opened(None), Some(IntakeError::CsvMap(CsvMapError::Missing))));
    let pattern = CsvMap::parse("columns=ts,qname;time=%!").unwrap();
    assert!(matches!(opened(Some(pattern)), Some(IntakeError::CsvMap(CsvMapError::Time { .. }))));
}

#[test]
fn a_header_must_name_the_columns() {
    insta::assert_snapshot!(check("columns=ts:time,qname:name;header=yes", "time,query\n1,x\n"), @"
    error: the input needs a column map
    in 0 paired 0 duplicates 0
    unrelated 1 header line, first line 1
    ");
}
