use askance_inference::SeriesState;
use askance_inference::state::{Event, Role};
use askance_record::Vantage;

use super::*;

fn row(client: &str, name: &str, at_s: &[i64]) -> SeriesRow {
    let mut state = SeriesState::new(0);
    for &s in at_s {
        state.push(&Event::new(Timestamp::from_s(s), Role::A));
    }
    SeriesRow {
        vantage: Vantage::ResolverClient,
        tap: "tap".to_owned(),
        client: client.to_owned(),
        name: name.to_owned(),
        n: at_s.len() as u64,
        first: state.first().expect("a lookup"),
        last: state.last().expect("a lookup"),
        qtypes: vec!["A".to_owned()],
        members: vec![name.to_owned()],
        ttl_max_s: None,
        addresses: Vec::new(),
        names: None,
        state,
    }
}

#[test]
fn a_run_through_names_in_the_order_of_others_is_seen() {
    let names: Vec<String> = (0..20).map(|k| format!("n{k}.example")).collect();
    let mut series = Vec::new();
    for (k, name) in names.iter().enumerate() {
        let k = i64::try_from(k).expect("small");
        series.push(row("user", name, &[1000 * k]));
        series.push(row("replayer", name, &[90_000 + k]));
    }
    let company = Company::of(&CaseRecords { series: series.clone(), ..CaseRecords::default() });
    let of = |client: &str| series.iter().find(|s| s.client == client && s.name == "n3.example").expect("a row");
    assert_eq!(company.same_minute(of("replayer")), Some(19.0));
    assert_eq!(company.in_order(of("replayer")), Some(1.0));
    assert_eq!(company.same_minute(of("user")), Some(0.0));
    assert_eq!(company.in_order(of("user")), None);
}

#[test]
fn a_wave_of_new_clients_is_seen_by_those_who_came_with_it() {
    let mut series = vec![row("old", "n.example", &[0, 500_000, 1_000_000])];
    series.extend((0..19).map(|k| row(&format!("c{k}"), "n.example", &[600_000 + k * 1000])));
    let company = Company::of(&CaseRecords { series: series.clone(), ..CaseRecords::default() });
    assert_eq!(company.wave(&series[0]), Some(0.0));
    assert_eq!(company.wave(&series[5]), Some(0.95));
}
