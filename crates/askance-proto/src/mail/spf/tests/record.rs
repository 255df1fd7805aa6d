//! Records: what is wrong with them and where, and that they can be written again.

use super::*;

/// The record written again, or each fault.
fn read(text: &str) -> String {
    match SpfRecord::parse(text.as_bytes()) {
        Ok(record) => record.to_string(),
        Err(faults) => faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"),
    }
}

#[test]
fn a_record_is_written_with_the_fewest_letters() {
    for (text, written) in [
        ("V=SPF1", "v=spf1"),
        ("v=spf1  +A/32//128   -ALL ", "v=spf1 a -all"),
        ("v=spf1 mx:a.example/24//64 a/0 a//0", "v=spf1 mx:a.example/24//64 a/0 a//0"),
        ("v=spf1 ?ip4:192.0.2.1/32 ~ip6:2001:DB8:0::/32", "v=spf1 ?ip4:192.0.2.1 ~ip6:2001:db8::/32"),
        ("v=spf1 exp=%{D2R.}.a.example Redirect=a.example.", "v=spf1 exp=%{D2r}.a.example redirect=a.example."),
        ("v=spf1 exists:%{l1r+-}%%%_%-%{i}", "v=spf1 exists:%{l1r+-}%%%_%-%{i}"),
        ("v=spf1 a:x/y.example ptr:%{d} m.1-_=%{c}:/", "v=spf1 a:x/y.example ptr:%{d} m.1-_=%{c}:/"),
        ("v=spf1 include:a.1-2", "v=spf1 include:a.1-2"),
    ] {
        assert_eq!(read(text), written, "{text}");
    }
}

#[test]
fn every_fault_is_named_in_its_place() {
    insta::assert_snapshot!(read("v=spf1 ipv4:192.0.2.1 include a:b.example/33 a/ -all mx:a.123 foo"), @"
    no such mechanism at octet 7 (`ipv4:192.0.2.1`)
    no domain at octet 22 (`include`)
    no prefix length at octet 30 (`a:b.example/33`)
    no prefix length at octet 45 (`a/`)
    no top label at the end of the domain at octet 53 (`mx:a.123`)
    no such mechanism at octet 62 (`foo`)
    ");
    insta::assert_snapshot!(read("v=spf1 ip4:192.0.2.01 ip4:192.0.2.0/024 ip4:2001:db8::1 ip6:192.0.2.1 ip6:::/129 ip4"), @"
    no address at octet 7 (`ip4:192.0.2.01`)
    no prefix length at octet 22 (`ip4:192.0.2.0/024`)
    no address at octet 40 (`ip4:2001:db8::1`)
    no address at octet 56 (`ip6:192.0.2.1`)
    no prefix length at octet 70 (`ip6:::/129`)
    no address at octet 81 (`ip4`)
    ");
    insta::assert_snapshot!(read("v=spf1 redirect=a.example exp=b.example redirect=c.example EXP=b.example -x=1 all:a.example ptr/24"), @"
    a modifier that stands there before at octet 40 (`redirect=c.example`)
    a modifier that stands there before at octet 59 (`EXP=b.example`)
    no name for a modifier at octet 73 (`-x=1`)
    an argument where none may stand at octet 78 (`all:a.example`)
    an argument where none may stand at octet 92 (`ptr/24`)
    ");
    insta::assert_snapshot!(read("v=spf1 a:%{x} include: redirect= a:b\tc.example a:h\u{f4}tel.example exists:%% include:%%_ a:%{d0}.example"), @r"
    no such macro at octet 7 (`a:%{x}`)
    no domain at octet 14 (`include:`)
    no domain at octet 23 (`redirect=`)
    an octet that is not printable ASCII at octet 33 (`a:b\tc.example`)
    an octet that is not printable ASCII at octet 47 (`a:h\xc3\xb4tel.example`)
    no top label at the end of the domain at octet 74 (`include:%%_`)
    no such macro at octet 86 (`a:%{d0}.example`)
    ");
    assert_eq!(read("v=spf10 -all"), "no `v=spf1` at its beginning");
    assert_eq!(read("spf1"), "no `v=spf1` at its beginning");
}

proptest! {
    #[test]
    fn what_is_written_reads_the_same(text in terms()) {
        if let Ok(record) = SpfRecord::parse(text.as_bytes()) {
            let written = record.to_string();
            let again = SpfRecord::parse(written.as_bytes()).expect("a record");
            let kinds = |record: &SpfRecord| record.terms.iter().map(|term| term.kind.clone()).collect::<Vec<_>>();
            prop_assert_eq!(kinds(&again), kinds(&record), "{}", written);
            prop_assert_eq!(again.to_string(), written);
            for term in &record.terms {
                prop_assert_eq!(text.get(term.at.clone()), Some(term.text.as_str()));
            }
        }
    }

    #[test]
    fn any_octets_are_read_or_refused_in_place(octets in prop::collection::vec(any::<u8>(), 0..80)) {
        let text = [b"v=spf1 ", &octets[..]].concat();
        if let Err(faults) = SpfRecord::parse(&text) {
            prop_assert!(!faults.is_empty());
            for fault in faults {
                let term = text.get(fault.at.clone()).expect("inside");
                prop_assert_eq!(term.escape_ascii().to_string(), fault.term);
            }
        }
    }
}
