use askance_inference::SeriesState;
use askance_inference::state::{Event, RcodeClass, Role};
use askance_record::{Timestamp, Vantage};

use super::*;
use crate::json::KeepsJson;
use crate::records::{FlowRow, SeriesRow};

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_us(seconds * 1_000_000)
}

fn event(seconds: i64, role: Role) -> Event {
    Event { rcode: RcodeClass::NoError, ttl_s: Some(300), ..Event::new(at(seconds), role) }
}

fn row(client: &str, events: &[Event]) -> SeriesRow {
    let mut state = SeriesState::new(1);
    for event in events {
        state.push(event);
    }
    SeriesRow {
        vantage: Vantage::ResolverClient,
        tap: "office".into(),
        client: client.into(),
        name: "a.example".into(),
        n: state.n(),
        first: state.first().expect("events"),
        last: state.last().expect("events"),
        qtypes: vec!["A".into(), "PTR".into(), "TXT".into()],
        members: vec!["_dmarc.a.example".into(), "a.example".into(), "1.2.0.192.in-addr.arpa".into()],
        ttl_max_s: Some(300),
        mail_hosts: Vec::new(),
        names: None,
        addresses: vec!["192.0.2.1".parse().expect("literal")],
        state,
    }
}

/// Two clients over two days, with a flow on each.
fn records() -> (CaseRecords, Vec<SourceView>) {
    let series = vec![
        row(
            "192.0.2.10",
            &[event(0, Role::Ptr), event(1, Role::A), event(90, Role::A), event(100_000, Role::TxtDmarc)],
        ),
        row("192.0.2.11", &[event(5, Role::A), event(90_000, Role::A)]),
    ];
    let flow = |seconds: i64| FlowRow {
        tap: "flows".into(),
        start: at(seconds),
        src: None,
        dst: None,
        dst_port: None,
        proto: "tcp".into(),
    };
    let view = |tap: &str, kind: &str| SourceView {
        tap: tap.into(),
        kind: kind.into(),
        covers: vec![(at(0), at(200_000))],
        ..SourceView::default()
    };
    let records = CaseRecords { series, flows: vec![flow(3), flow(99_999)], ..CaseRecords::default() };
    (records, vec![view("office", "dns"), view("flows", "flow")])
}

/// Each series as its client, rows, and events; then flows and what the lookups' source keeps.
#[track_caller]
fn check(kind: &str, expected: &str) {
    let ablation: Ablation = kind.parse().expect("a kind");
    let (records, views) = records();
    let Ablated { records, views, from } = ablation.apply(&records, &views);
    let mut out = String::new();
    for (row, from) in records.series.iter().zip(&from) {
        let events: Vec<String> = row
            .state
            .events()
            .map(|e| format!("{}@{}/{}", e.role.as_str(), e.ts.as_s(), e.ttl_s.unwrap_or(0)))
            .collect();
        out += &format!("{} {from:?} {}: {}\n", row.client, row.vantage, events.join(" "));
        assert_eq!(row.n, row.state.events().count() as u64, "{kind}");
    }
    let shown = views.iter().find(|v| v.kind == "dns").map(|v| {
        let KeepsJson { types, resolution_s, .. } = &v.keeps;
        format!(
            "{} {resolution_s:?} {:?}",
            types.join(","),
            v.covers.iter().map(|(a, b)| (a.as_s(), b.as_s())).collect::<Vec<_>>()
        )
    });
    out += &format!("{} flows; {}\n", records.flows.len(), shown.unwrap_or_default());
    assert_eq!(out, expected, "{kind}");
}

#[test]
fn types_are_taken_away_and_declared() {
    check(
        "a-only",
        "192.0.2.10 [0] resolver-client: A@1/300 A@90/300\n\
         192.0.2.11 [1] resolver-client: A@5/300 A@90000/300\n\
         2 flows; A None [(0.0, 200000.0)]\n",
    );
    check(
        "forward-only",
        "192.0.2.10 [0] resolver-client: A@1/300 A@90/300 TXT-dmarc@100000/300\n\
         192.0.2.11 [1] resolver-client: A@5/300 A@90000/300\n\
         2 flows; A,AAAA,TXT,MX,NS,SOA,other None [(0.0, 200000.0)]\n",
    );
    let (records, views) = records();
    let kept = Ablation::AOnly.apply(&records, &views).records.series;
    assert_eq!(kept[0].members, ["a.example"], "names that only other types ask for are gone");
    let ptr = CaseRecords { series: vec![row("192.0.2.1", &[event(0, Role::Ptr)])], ..CaseRecords::default() };
    assert!(Ablation::ForwardOnly.apply(&ptr, &views).records.series.is_empty());
}

#[test]
fn ttls_and_times_lose_what_they_should() {
    check(
        "ttl-double",
        "192.0.2.10 [0] resolver-client: PTR@0/600 A@1/600 A@90/600 TXT-dmarc@100000/600\n\
         192.0.2.11 [1] resolver-client: A@5/600 A@90000/600\n\
         2 flows;  None [(0.0, 200000.0)]\n",
    );
    check(
        "no-ttl",
        "192.0.2.10 [0] resolver-client: PTR@0/0 A@1/0 A@90/0 TXT-dmarc@100000/0\n\
         192.0.2.11 [1] resolver-client: A@5/0 A@90000/0\n\
         2 flows;  None [(0.0, 200000.0)]\n",
    );
    check(
        "minute",
        "192.0.2.10 [0] resolver-client: A@0/300 PTR@0/300 A@60/300 TXT-dmarc@99960/300\n\
         192.0.2.11 [1] resolver-client: A@0/300 A@90000/300\n\
         2 flows;  Some(60.0) [(0.0, 200000.0)]\n",
    );
}

#[test]
fn a_window_cuts_lookups_flows_and_coverage_alike() {
    check(
        "days-1",
        "192.0.2.10 [0] resolver-client: PTR@0/300 A@1/300 A@90/300\n\
         192.0.2.11 [1] resolver-client: A@5/300\n\
         1 flows;  None [(0.0, 86400.0)]\n",
    );
    check(
        "no-first-day",
        "192.0.2.10 [0] resolver-client: TXT-dmarc@100000/300\n\
         192.0.2.11 [1] resolver-client: A@90000/300\n\
         1 flows;  None [(86400.0, 200000.0)]\n",
    );
    let (records, mut views) = records();
    views[1].covers = vec![(at(0), at(10))];
    let kept = Ablation::NoFirstDay.apply(&records, &views).views;
    assert_eq!(kept.iter().map(|v| v.tap.as_str()).collect::<Vec<_>>(), ["office"], "a log that ended before");
}

#[test]
fn a_passive_sensor_writes_an_equal_answer_once_an_hour() {
    check(
        "dedup",
        "192.0.2.10 [0] passive: PTR@0/3600 A@1/3600 TXT-dmarc@100000/3600\n\
         192.0.2.11 [1] passive: A@5/3600 A@90000/3600\n\
         2 flows;  None [(0.0, 200000.0)]\n",
    );
}

#[test]
fn merged_clients_are_one_series_of_both() {
    check(
        "merge-2",
        "192.0.2.10 [0, 1] resolver-client: PTR@0/300 A@1/300 A@5/300 A@90/300 A@90000/300 TXT-dmarc@100000/300\n\
         2 flows;  None [(0.0, 200000.0)]\n",
    );
}

#[test]
fn loss_is_the_same_each_time_and_of_its_size() {
    let many: Vec<Event> = (0..4000).map(|i| event(i * 60, Role::A)).collect();
    let whole = CaseRecords { series: vec![row("192.0.2.10", &many)], ..CaseRecords::default() };
    for (kind, expected) in [(Ablation::Loss(10), 3600.0), (Ablation::Loss(50), 2000.0), (Ablation::Loss(90), 400.0)] {
        let n = kind.apply(&whole, &[]).records.series[0].n;
        assert_eq!(n, kind.apply(&whole, &[]).records.series[0].n);
        // Four standard deviations of the widest of the three.
        assert!((n as f64 - expected).abs() < 127.0, "{kind}: {n}");
    }
}

#[test]
fn no_evidence_means_no_logs_beside_the_lookups() {
    let (records, views) = records();
    let found = Ablation::NoEvidence.apply(&records, &views);
    assert_eq!((found.records.flows.len(), found.views.len(), found.records.series.len()), (0, 1, 2));
}

#[test]
fn kinds_come_back_from_their_names() {
    for kind in Ablation::ALL {
        assert_eq!(kind.to_string().parse(), Ok(kind));
        assert!(!kind.words().is_empty());
    }
    assert_eq!("merge-20".parse(), Ok(Ablation::Merge(20)));
    for text in ["merge-1", "merge-21", "loss-0", "loss-100", "days-0", "all", ""] {
        assert_eq!(text.parse::<Ablation>(), Err(()), "{text}");
    }
}
