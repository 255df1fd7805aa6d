use proptest::prelude::*;

use super::*;

fn event() -> impl Strategy<Value = Event> {
    let ts = prop_oneof![
        (0..40i64 * 86_400).prop_map(Timestamp::from_s),
        any::<i64>().prop_map(Timestamp::from_us),
        (0..3_000_000_000i64).prop_map(Timestamp::from_us),
    ];
    let ttl = prop_oneof![Just(None), Just(Some(300)), any::<u32>().prop_map(Some)];
    (ts, 0..Role::ALL.len(), 0..RcodeClass::ALL.len(), any::<Option<bool>>(), ttl).prop_map(
        |(ts, role, rcode, cached, ttl_s)| Event {
            ts,
            role: Role::ALL[role],
            rcode: RcodeClass::ALL[rcode],
            cached,
            ttl_s,
        },
    )
}

fn state_of(events: &[Event]) -> SeriesState {
    let mut state = SeriesState::new(7);
    for event in events {
        state.push(event);
    }
    state
}

fn octets(state: &SeriesState) -> Vec<u8> {
    let mut out = Vec::new();
    state.encode(&mut out);
    out
}

proptest! {
    #[test]
    fn any_split_in_any_order_is_one_pass(
        events in proptest::collection::vec(event(), 0..60),
        parts in proptest::collection::vec(0..4usize, 60),
    ) {
        let whole = state_of(&events);
        let mut split: [SeriesState; 4] = core::array::from_fn(|_| SeriesState::new(7));
        for (event, part) in events.iter().zip(&parts) {
            split[*part].push(event);
        }
        let mut merged = split[3].clone();
        for part in [1, 0, 2] {
            merged.merge(&split[part]);
        }
        prop_assert_eq!(octets(&merged), octets(&whole));
        prop_assert_eq!(merged, whole);
    }

    #[test]
    fn decode_undoes_encode(events in proptest::collection::vec(event(), 0..60)) {
        let state = state_of(&events);
        prop_assert_eq!(SeriesState::decode(&octets(&state)), Ok(state));
    }

    #[test]
    fn hostile_octets_end_in_an_error_or_a_sound_state(
        mut bytes in proptest::collection::vec(any::<u8>(), 0..120), valid in any::<bool>(),
    ) {
        if valid && bytes.len() > 2 {
            (bytes[0], bytes[1]) = (1, bytes[1] % 3);
        }
        if let Ok(state) = SeriesState::decode(&bytes) {
            prop_assert!(state.heap_size() <= bytes.len() * size_of::<Event>());
            let again = SeriesState::decode(&octets(&state));
            prop_assert_eq!(again.as_ref(), Ok(&state));
        }
    }

    #[test]
    fn one_changed_octet_never_panics(
        events in proptest::collection::vec(event(), 1..20), at in any::<proptest::sample::Index>(), with in any::<u8>(),
    ) {
        let mut bytes = octets(&state_of(&events));
        let at = at.index(bytes.len());
        bytes[at] = with;
        if let Ok(mut state) = SeriesState::decode(&bytes) {
            state.push(&events[0]);
            let copy = state.clone();
            state.merge(&copy);
            prop_assert_eq!(state.n(), copy.n().saturating_mul(2));
        }
    }
}

/// 9000 lookups over 30 days, 300 a day, from a fixed generator.
fn long() -> Vec<Event> {
    (0..9000u64)
        .map(|i| {
            let jitter = i64::try_from(mix64(i) % 200_000_000).expect("small");
            let us = i64::try_from(i).expect("small") * 288_000_000 + jitter;
            let mut event = Event::new(Timestamp::from_us(us), if i % 3 == 0 { Role::Ptr } else { Role::A });
            event.ttl_s = (i % 5 == 0).then_some(3600);
            event
        })
        .collect()
}

#[test]
fn a_full_series_obeys_the_same_laws() {
    let events = long();
    let whole = state_of(&events);
    assert!(whole.overflowed());
    assert_eq!((whole.n(), whole.events().count()), (9000, KEPT_MAX));
    assert_eq!(whole.week_hour().iter().sum::<u32>(), 9000);
    assert_eq!(whole.roles()[usize::from(Role::Ptr.as_u8())], 3000);
    assert_eq!(whole.daily().iter().map(|&(_, count)| count).sum::<u32>(), 9000);
    let mut backwards = SeriesState::new(7);
    for event in events.iter().rev() {
        backwards.push(event);
    }
    assert_eq!(octets(&backwards), octets(&whole));
    for parts in [2usize, 3, 7, 50] {
        let mut merged = SeriesState::new(7);
        for part in (0..parts).rev() {
            let mut state = SeriesState::new(7);
            for event in events.iter().skip(part).step_by(parts) {
                state.push(event);
            }
            let state = SeriesState::decode(&octets(&state)).expect("own octets");
            merged.merge(&state);
        }
        assert_eq!(octets(&merged), octets(&whole), "{parts} parts");
    }
}

#[test]
fn a_full_series_keeps_whole_days() {
    let events = long();
    let state = state_of(&events);
    let per_day = |day: i32| events.iter().filter(|e| e.day() == day).count();
    let mut short = 0;
    let kept: Vec<Event> = state.events().collect();
    for day in kept.chunk_by(|a, b| a.day() == b.day()) {
        short += usize::from(day.len() != per_day(day[0].day()));
    }
    assert_eq!(short, 1, "one day is kept in part");
    let stretches: Vec<usize> = state.stretches().map(<[Event]>::len).collect();
    assert!(stretches.len() > 3, "{stretches:?}");
    assert_eq!(stretches.iter().sum::<usize>(), KEPT_MAX);
    let gaps: u32 = state.log_gaps().iter().sum();
    assert_eq!(gaps as usize, KEPT_MAX - stretches.len());
}

#[test]
fn a_day_beyond_the_cap_keeps_its_earlier_part() {
    let mut state = SeriesState::new(1);
    for i in (0..10_000).rev() {
        state.push(&Event::new(Timestamp::from_s(i), Role::A));
    }
    assert_eq!(state.events().last().expect("kept").ts, Timestamp::from_s(4095));
    assert_eq!(state.last(), Some(Timestamp::from_s(9_999)));
}

#[test]
fn whole_seconds_cost_three_octets() {
    let events: Vec<Event> =
        (0..1000).map(|i| Event::new(Timestamp::from_s(1_456_848_000 + i * 3600), Role::A)).collect();
    let bytes = octets(&state_of(&events)).len();
    assert!(bytes < 3 * 1000 + 40, "{bytes} octets");
}

#[test]
fn the_week_begins_on_monday() {
    // 1970-01-05 was a Monday.
    let mut state = SeriesState::new(0);
    state.push(&Event::new(Timestamp::from_s(4 * 86_400 + 5), Role::A));
    assert_eq!(state.week_hour()[0], 1);
    assert_eq!(state.minute_of_hour()[0], 1);
}

#[test]
fn a_poorer_series_keeps_its_holes() {
    let mut long = SeriesState::new(7);
    for minute in 0..20_000i64 {
        long.push(&Event::new(Timestamp::from_us(minute * 60_000_000), Role::A));
    }
    let thinned = long.map_events(|event| (event.ts.us() % 120_000_000 == 0).then_some(*event));
    assert_eq!(thinned.events().count(), long.events().filter(|e| e.ts.us() % 120_000_000 == 0).count());
    let widest = |state: &SeriesState| {
        let gaps = state.stretches().flat_map(|s| s.windows(2).map(|pair| pair[1].ts.since_s(pair[0].ts)));
        gaps.fold(0.0, f64::max)
    };
    assert!((widest(&long) - 60.0).abs() < 1e-9 && (widest(&thinned) - 120.0).abs() < 1e-9);
    let mut short = SeriesState::new(7);
    short.push(&Event::new(Timestamp::from_us(5), Role::A));
    assert_eq!(short.map_events(|event| Some(*event)), short);
    assert_eq!(short.map_events(|_| None).n(), 0);
}
