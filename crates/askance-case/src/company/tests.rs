use askance_inference::SeriesState;
use askance_inference::state::{Event, Role};
use askance_record::{Rng, Vantage};

use super::*;

const S: i64 = 1000;
const MINUTE: i64 = 60 * S;
const HOUR: i64 = 60 * MINUTE;

/// One lookup: who, the number of the name, when in milliseconds.
type Lookup<'a> = (&'a str, i64, i64);

fn row(client: &str, name: &str, at_ms: &[i64]) -> SeriesRow {
    let mut state = SeriesState::new(0);
    for &ms in at_ms {
        state.push(&Event::new(Timestamp::from_us(ms * 1000), Role::A));
    }
    SeriesRow {
        vantage: Vantage::ResolverClient,
        tap: "tap".to_owned(),
        client: client.to_owned(),
        name: name.to_owned(),
        n: at_ms.len() as u64,
        first: state.first().expect("a lookup"),
        last: state.last().expect("a lookup"),
        qtypes: vec!["A".to_owned()],
        members: vec![name.to_owned()],
        ttl_max_s: None,
        mail_hosts: Vec::new(),
        addresses: Vec::new(),
        names: None,
        state,
    }
}

fn rows(lookups: &[Lookup<'_>]) -> Vec<SeriesRow> {
    let mut of: BTreeMap<(&str, i64), Vec<i64>> = BTreeMap::new();
    for &(client, name, ms) in lookups {
        of.entry((client, name)).or_default().push(ms);
    }
    of.iter().map(|((client, name), at)| row(client, &format!("n{name}.example"), at)).collect()
}

/// Names come upon one after the other, 1000 seconds apart: what is copied in most tests.
fn history() -> Vec<Lookup<'static>> {
    (0..20).map(|k| ("user", k, 1000 * S * k)).collect()
}

/// What a client's first family has: others in the same minute, order kept, asked before.
fn facts(lookups: &[Lookup<'_>], client: &str) -> (Option<f64>, Option<f64>, Option<f64>) {
    let records = CaseRecords { series: rows(lookups), ..CaseRecords::default() };
    let company = Company::of(&records, |_| true);
    let row = records.series.iter().find(|s| s.client == client).expect("it asked");
    (company.same_minute(row), company.in_order(row), company.asked_before(row))
}

#[track_caller]
fn check(lookups: &[Lookup<'_>], client: &str, facts_wanted: (Option<f64>, Option<f64>, Option<f64>)) {
    assert_eq!(facts(lookups, client), facts_wanted, "{client}");
}

fn with<'a>(mut lookups: Vec<Lookup<'a>>, more: impl IntoIterator<Item = Lookup<'a>>) -> Vec<Lookup<'a>> {
    lookups.extend(more);
    lookups
}

#[test]
fn who_asks_for_little_is_alone_where_all_names_were_kept() {
    let polls = |names| with((0..names).map(|k| ("user", k, 1000 * S * k)).collect(), [("poller", 99, HOUR)]);
    check(&polls(19), "poller", (Some(0.0), None, None));
    // So few names may be all that somebody looked for.
    check(&polls(18), "poller", (None, None, None));
    let records = CaseRecords { series: rows(&polls(19)), ..CaseRecords::default() };
    let company = Company::of(&records, |_| false);
    let poller = records.series.iter().find(|s| s.client == "poller").expect("it asked");
    assert_eq!(company.same_minute(poller), None, "the case says that names were left out");
}

#[test]
fn a_run_through_names_in_the_order_of_others_is_seen() {
    let played = with(history(), (0..20).map(|k| ("replayer", k, 25 * HOUR + S * k)));
    check(&played, "replayer", (Some(19.0), Some(1.0), Some(1.0)));
    check(&played, "user", (Some(0.0), None, Some(0.0)));
    let backwards = with(history(), (0..20).map(|k| ("replayer", 19 - k, 25 * HOUR + S * k)));
    check(&backwards, "replayer", (Some(19.0), Some(0.0), Some(1.0)));
}

#[test]
fn what_is_asked_in_one_instant_is_in_no_order_but_a_copy_all_the_same() {
    let at_once = with(history(), (0..20).map(|k| ("replayer", k, 25 * HOUR)));
    check(&at_once, "replayer", (Some(19.0), None, Some(1.0)));
    // A clock of whole seconds, four lookups in each of them.
    let in_seconds = with(history(), (0..20).map(|k| ("replayer", k, 25 * HOUR + S * (k / 4))));
    check(&in_seconds, "replayer", (Some(19.0), Some(1.0), Some(1.0)));
}

#[test]
fn another_copy_in_between_hides_nothing() {
    let once = with(history(), (0..20).map(|k| ("scrambled", (7 * k) % 20, 25 * HOUR + S * k)));
    let twice = with(once, (0..20).map(|k| ("replayer", k, 26 * HOUR + S * k)));
    check(&twice, "replayer", (Some(19.0), Some(1.0), Some(1.0)));
    let often = with(twice, (0..2000).map(|k| ("replayer", k % 20, 27 * HOUR + 4 * S * k)));
    check(&often, "replayer", (Some(14.0), Some(1.0), Some(1.0)));
}

#[test]
fn a_poller_is_no_replay_of_itself_nor_of_another_that_has_the_same_list() {
    let five = |who, from| (0..500).map(move |k| (who, k % 5, from + MINUTE * (k / 5) + S * (k % 5)));
    check(&with(Vec::new(), five("poller", 0)), "poller", (Some(4.0), None, None));
    let twenty = |who, from| (0..2000).map(move |k| (who, k % 20, from + MINUTE * (k / 20) + S * (k % 20)));
    check(&with(Vec::new(), twenty("poller", 0)), "poller", (Some(19.0), None, Some(0.0)));
    let fleet = with(twenty("first", 0).collect(), twenty("second", HOUR));
    check(&fleet, "second", (Some(19.0), None, Some(0.0)));
    // One that takes its time between targets, and one that does not.
    let slow = (0..2000).map(|k| ("slow", k % 20, 90 * S * k));
    let unlike = with(slow.collect(), twenty("quick", 5 * HOUR));
    check(&unlike, "quick", (Some(19.0), None, Some(0.0)));
}

#[test]
fn a_page_that_others_opened_too_is_no_copy_of_their_visits() {
    let page = |who, from| (0..20).map(move |k| (who, k, from + 100 * k));
    let two = with(page("reader", 0).collect(), page("next", 3 * HOUR));
    // All of it came on one occasion.
    check(&two, "next", (Some(19.0), None, Some(0.05)));
    let many = ["a", "b", "c", "d", "e", "f"].into_iter().zip(0..).flat_map(|(who, k)| page(who, HOUR * k));
    check(&with(page("reader", -HOUR).collect(), many), "f", (Some(19.0), None, Some(0.0)));
}

#[test]
fn a_forwarder_asks_what_its_host_asked_and_a_slower_machine_the_same_list() {
    let forwarded = with(history(), history().into_iter().map(|(_, k, at)| ("forwarder", k, at + 5)));
    check(&forwarded, "forwarder", (Some(0.0), None, Some(0.0)));
    let list = |who, from, step| (0..40).map(move |k| (who, k, from + step * k));
    let both = with(list("slower", 0, 4 * S).collect(), list("faster", HOUR, S));
    let (_, order, before) = facts(&both, "faster");
    assert_eq!((order, before), (None, Some(0.025)));
}

#[test]
fn who_asks_for_many_in_an_order_of_their_own_keeps_half_of_anothers() {
    let mut rng = Rng::new(7);
    let mut draw = |n: u64| i64::try_from(rng.below(n)).expect("small");
    // Two mail servers hear from the same 300 senders, one of them in two days, the other within an hour.
    let heard = (0..300).map(|k| ("mx1", k, draw(172_800) * S)).collect::<Vec<_>>();
    let later = (0..300).map(|k| ("mx2", k, 50 * HOUR + draw(3600) * S)).collect::<Vec<_>>();
    let (company, order, before) = facts(&with(heard, later), "mx2");
    assert!((0.4..0.6).contains(&order.expect("many in one minute")), "{order:?}");
    // Each sender was new to the first: that the names are the same is seen, and is not enough.
    assert_eq!(company, Some(5.0));
    assert!(before.is_some_and(|share| share > 0.8), "{before:?}");
    // In a quiet place too few come within a minute for an order to be spoken of.
    let quiet = [("mx1", 0), ("mx2", 50)]
        .map(|(mx, from)| (0..100).map(|k| (mx, k, from * HOUR + draw(86_400) * S)).collect::<Vec<_>>());
    assert_eq!(facts(&quiet.concat(), "mx2").1, None);
    // Forty people, and an address that many others stand behind: 300 names, few asked for by more than three.
    let people: Vec<String> = (0..40).map(|k| format!("person{k}")).collect();
    let alone = people.iter().flat_map(|who| (0..15).map(move |_| who.as_str())).collect::<Vec<_>>();
    let asked = alone.into_iter().map(|who| (who, draw(300), draw(86_400) * S)).collect::<Vec<_>>();
    let behind = (0..300).map(|k| ("nat", k, 20 * HOUR + draw(10_800) * S)).collect::<Vec<_>>();
    let (_, order, before) = facts(&with(asked, behind), "nat");
    let (order, before) = (order.expect("many in one minute"), before.expect("families"));
    assert!((0.35..0.65).contains(&order) && before < 0.8, "{order} {before}");
}

#[test]
fn a_wave_of_new_clients_is_seen_by_those_who_came_with_it() {
    let mut series = vec![row("old", "n.example", &[0, 500_000 * S, 1_000_000 * S])];
    series.extend((0..19).map(|k| row(&format!("c{k}"), "n.example", &[(600_000 + k * 1000) * S])));
    let company = Company::of(&CaseRecords { series: series.clone(), ..CaseRecords::default() }, |_| true);
    assert_eq!(company.wave(&series[0]), Some(0.0));
    assert_eq!(company.wave(&series[5]), Some(0.95));
}

/// The share of a name's clients in its wave, where they first ask at these shares of the time, in hundredths.
#[track_caller]
fn check_wave(firsts: &[i64], wanted: Option<f64>) {
    let mut series = vec![row("from the start", "n.example", &[0, 100 * HOUR])];
    series.extend(firsts.iter().enumerate().map(|(k, &at)| row(&format!("c{k}"), "n.example", &[at * HOUR])));
    let company = Company::of(&CaseRecords { series: series.clone(), ..CaseRecords::default() }, |_| true);
    assert_eq!(company.wave(series.last().expect("a client")), wanted);
}

#[test]
fn few_clients_make_a_wave_if_chance_would_not() {
    check_wave(&[20, 21, 21, 22], Some(0.8));
    // Not seen is not denied: so few need not come together.
    check_wave(&[20, 21, 21, 60], None);
    check_wave(&[20, 21, 22], None);
    // Six of nine within a tenth of the time: once in 600 times at most. Five: once in 30.
    check_wave(&[20, 21, 22, 23, 24, 25, 40, 60, 80], Some(0.6));
    check_wave(&[20, 21, 22, 23, 24, 35, 50, 60, 80], Some(0.0));
    // What is remembered for a day of four: sixteen of nineteen, and at most seven within a tenth.
    let slow = [30, 31, 33, 35, 36, 38, 39, 41, 42, 44, 45, 47, 50, 52, 53, 54, 20, 75];
    check_wave(&slow, Some(16.0 / 19.0));
    // What was there from the start is no news.
    check_wave(&[0, 1, 2, 3, 4], None);
}

#[test]
fn who_asked_elsewhere_before_is_not_new() {
    let mut series = vec![row("from the start", "n.example", &[0, 100 * HOUR])];
    series.extend((0..19).map(|k| row(&format!("c{k}"), "n.example", &[(20 * HOUR) + k * MINUTE])));
    let share = |series: &[SeriesRow]| {
        let company = Company::of(&CaseRecords { series: series.to_vec(), ..CaseRecords::default() }, |_| true);
        company.wave(&series[5])
    };
    assert_eq!(share(&series), Some(0.95));
    // The name's own servers were asked by all of them, until they stopped answering and the parent zone's were.
    let elsewhere: Vec<SeriesRow> = series[1..]
        .iter()
        .zip(1..)
        .map(|(known, k)| SeriesRow { tap: "another".to_owned(), ..row(&known.client, "n.example", &[k * HOUR]) })
        .collect();
    series.extend(elsewhere);
    assert_eq!(share(&series), Some(0.0));
}

#[test]
fn the_chance_that_some_come_together() {
    // All of four: four times the chance that three others follow one of them.
    assert!((chance_together(4, 4, 0.1) - 0.004).abs() < 1e-12);
    assert!((chance_together(4, 1, 0.1) - 4.0).abs() < 1e-12, "a bound, not a chance");
    assert!((chance_together(10, 6, 0.1) - 210.0 * 6.0 * 1e-5).abs() < 1e-12);
}

/// What a resolver's family `name` has: above its usual minute, order kept, asked before.
fn crowd(lookups: &[Lookup<'_>], client: &str, name: i64) -> (Option<f64>, Option<f64>, Option<f64>) {
    let mut series = rows(lookups);
    for row in &mut series {
        row.vantage = Vantage::Authoritative;
    }
    let records = CaseRecords { series, ..CaseRecords::default() };
    let company = Company::of(&records, |_| true);
    let name = format!("n{name}.example");
    let row = records.series.iter().find(|s| s.client == client && s.name == name).expect("it was asked for");
    assert_eq!(company.same_minute(row), None, "behind a cache a client is a crowd");
    (company.above_usual(row), company.in_order(row), company.asked_before(row))
}

#[test]
fn a_resolver_that_goes_through_the_names_of_another_is_seen_behind_caches() {
    let again: Vec<Lookup<'_>> =
        history().into_iter().chain((0..20).map(|k| ("again", k, 50 * HOUR + k * S))).collect();
    assert_eq!(crowd(&again, "again", 3), (Some(19.0), Some(1.0), Some(1.0)));
    let back: Vec<Lookup<'_>> =
        history().into_iter().chain((0..20).map(|k| ("again", k, 50 * HOUR + 30 * S - k * S))).collect();
    assert_eq!(crowd(&back, "again", 3), (Some(19.0), Some(0.0), Some(1.0)));
}

#[test]
fn a_resolver_is_not_compared_with_the_hosts_behind_it() {
    let mut series = rows(&history());
    let mut own = rows(&(0..20).map(|k| ("again", k, 50 * HOUR + k * S)).collect::<Vec<_>>());
    for row in &mut own {
        row.vantage = Vantage::Authoritative;
    }
    series.append(&mut own);
    let records = CaseRecords { series, ..CaseRecords::default() };
    let company = Company::of(&records, |_| true);
    let row = records.series.last().expect("a row");
    assert_eq!((company.in_order(row), company.asked_before(row)), (None, Some(0.0)));
}

/// What rises above the usual minute of a resolver that nobody asked before, for the family `name`.
#[track_caller]
fn check_crowd(lookups: &[Lookup<'_>], name: i64, wanted: Option<f64>) {
    let (above, order, _) = crowd(lookups, "resolver", name);
    assert_eq!((above, order), (wanted, None));
}

#[test]
fn a_run_through_many_names_rises_above_a_crowd_and_the_crowd_does_not() {
    // Thirty names every minute of a day: a busy resolver.
    let busy = (0..1440)
        .flat_map(|minute| (0..30).map(move |k| ("resolver", 100 + (minute * 7 + k * 3) % 200, minute * MINUTE + k)));
    let run = (0..40).map(|k| ("resolver", k, 600 * MINUTE + 100 * k));
    let both: Vec<Lookup<'_>> = busy.chain(run).collect();
    check_crowd(&both, 7, Some(39.0));
    check_crowd(&both, 107, Some(0.0));
}

#[test]
fn a_quiet_resolver_has_no_usual_company_and_a_small_one_is_no_crowd() {
    let run: Vec<Lookup<'_>> = (0..12).map(|k| ("resolver", k, 100 * k)).chain([("resolver", 3, 24 * HOUR)]).collect();
    check_crowd(&run, 5, Some(11.0));
    check_crowd(&run[..9], 5, None);
}
