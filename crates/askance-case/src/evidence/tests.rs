use askance_inference::SeriesState;
use askance_inference::state::{Event, Role};
use askance_record::Vantage;

use super::*;

const CLIENT: &str = "192.0.2.10";

fn row(name: &str, role: Role, addresses: &[&str], mail_hosts: &[&str]) -> SeriesRow {
    let mut state = SeriesState::new(1);
    state.push(&Event::new(Timestamp::from_s(0), role));
    SeriesRow {
        vantage: Vantage::ResolverClient,
        tap: "office".into(),
        client: CLIENT.into(),
        name: name.into(),
        n: 1,
        first: Timestamp::from_s(0),
        last: Timestamp::from_s(0),
        qtypes: Vec::new(),
        members: vec![name.into()],
        ttl_max_s: None,
        addresses: addresses.iter().map(|text| text.parse().expect("an address")).collect(),
        mail_hosts: mail_hosts.iter().map(|host| (*host).into()).collect(),
        names: None,
        state,
    }
}

fn index(series: &[SeriesRow], ports: &[Option<u16>]) -> EvidenceIndex {
    let flow = |dst_port: &Option<u16>| FlowRow {
        tap: "flows".into(),
        start: Timestamp::from_s(1),
        src: CLIENT.parse().ok(),
        dst: "198.51.100.25".parse().ok(),
        dst_port: *dst_port,
        proto: "tcp".into(),
    };
    let view = SourceView {
        tap: "flows".into(),
        kind: "flow".into(),
        covers: vec![(Timestamp::from_s(0), Timestamp::from_s(60))],
        ..SourceView::default()
    };
    let records =
        CaseRecords { series: series.to_vec(), flows: ports.iter().map(flow).collect(), ..CaseRecords::default() };
    EvidenceIndex::new(None, &[view], &records)
}

#[test]
fn connections_to_the_hosts_of_an_mx_record_follow_its_lookups() {
    let rows = [
        row("a.example", Role::Mx, &[], &["mx1.a.example", "elsewhere.example"]),
        row("mx1.a.example", Role::A, &["198.51.100.25"], &[]),
        row("b.example", Role::Mx, &[], &["elsewhere.example"]),
    ];
    let index = index(&rows, &[Some(25), Some(587), Some(80), None]);
    let follow = |row: &SeriesRow| index.flows_that_follow(None, row);
    let found = follow(&rows[0]).expect("an address is known");
    assert_eq!((found.from_client.len(), found.mail_ports), (4, Some(2.0 / 3.0)));
    // Connections to the answers themselves are another question.
    assert_eq!(index.flows(None, &rows[0]).expect("a flow log").from_client.len(), 0);
    assert_eq!(follow(&rows[1]).expect("its own").from_client.len(), 4);
    // Nobody knows what its host stands for: that no connection is seen says nothing.
    assert_eq!(follow(&rows[2]), None);
}

#[test]
fn a_connection_before_a_reverse_lookup_is_not_long_after_the_last_one() {
    let flows: Vec<Timestamp> = (1..6).map(|k| Timestamp::from_s(900 * k)).collect();
    let asked = |role: Role, after_s: i64| {
        let mut row = row("a.example", role, &["198.51.100.25"], &[]);
        (1..6).for_each(|k| row.state.push(&Event::new(Timestamp::from_s(900 * k + after_s), role)));
        late_share(&row, &flows, 0.0)
    };
    assert_eq!(asked(Role::Ptr, 1), None, "a peer's name is asked for once it is there");
    assert_eq!(asked(Role::A, -1), Some(0.0));
    assert_eq!(asked(Role::A, 1), Some(1.0), "an address that was known is asked for again afterwards");
}

#[test]
fn without_a_known_port_nothing_is_said_of_ports() {
    let rows = [row("mx1.a.example", Role::A, &["198.51.100.25"], &[])];
    assert_eq!(index(&rows, &[None]).flows_that_follow(None, &rows[0]).expect("flows").mail_ports, None);
    assert_eq!(index(&rows, &[]).flows_that_follow(None, &rows[0]).expect("flows").mail_ports, None);
}
