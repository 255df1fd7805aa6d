//! Records that were edited: whether it is noticed, and whether whole ones are left alone.

use askance_inference::Rng;
use askance_inference::claims::{Completeness, CompletenessQuestion, Row, complete};

use super::count::Rate;
use super::scenes::{DAY_S, MONDAY_S, Scene, stamp, whole};

const TTL_S: f64 = 3600.0;
/// Share of one client's rows that is edited.
const EDITED: f64 = 0.1;
/// The client whose rows are edited.
const VICTIM: u32 = 1;

/// What the record holds.
#[derive(Clone, Copy, PartialEq)]
enum Record {
    /// Answers with what was left of their TTL.
    Remaining,
    /// Cache misses, and the same from another sensor.
    TwoVantages,
    /// Cache misses of a known TTL.
    Misses,
    /// Times alone.
    Bare,
}

#[derive(Clone, Copy, PartialEq)]
enum Edit {
    None,
    Deleted,
    Duplicated,
    Shifted,
}

impl Edit {
    fn name(self) -> &'static str {
        match self {
            Self::None => "whole",
            Self::Deleted => "deleted",
            Self::Duplicated => "duplicated",
            Self::Shifted => "shifted",
        }
    }
}

pub(super) fn run(cases: usize) -> Vec<Rate> {
    let (noticed, quiet) = (Some((0.9, 1.0)), Some((0.0, 0.05)));
    let mut out = Vec::new();
    for (record, name) in [
        (Record::Remaining, "TTLs"),
        (Record::TwoVantages, "two vantages"),
        (Record::Misses, "misses"),
        (Record::Bare, "bare"),
    ] {
        for edit in [Edit::None, Edit::Deleted, Edit::Duplicated, Edit::Shifted] {
            let truth = format!("{}, {name}", edit.name());
            if edit == Edit::None {
                let alarmed = |seed| case(record, edit, seed).found.iter().any(|f| f.noticed);
                out.push(Rate::of("complete", truth, "noticed", quiet, cases, alarmed));
            } else if leaves_a_trace(record, edit) {
                let told = |seed| case(record, edit, seed).found.iter().any(|f| f.noticed && f.client == VICTIM);
                out.push(Rate::of("complete", truth, "noticed", noticed, cases, told));
            } else {
                let says_so = |seed| !is_knowable(&case(record, edit, seed), edit);
                out.push(Rate::of("complete", truth, "cannot know", Some((1.0, 1.0)), cases, says_so));
            }
        }
    }
    out
}

/// What a record can show is stated here (ADR 0022): if the test were asked, it could excuse itself.
fn leaves_a_trace(record: Record, edit: Edit) -> bool {
    match record {
        Record::Remaining | Record::TwoVantages => true,
        Record::Misses => edit != Edit::Deleted,
        Record::Bare => false,
    }
}

fn is_knowable(got: &Completeness, edit: Edit) -> bool {
    match edit {
        Edit::None => true,
        Edit::Deleted => got.knowable.deletion,
        Edit::Duplicated => got.knowable.duplication,
        Edit::Shifted => got.knowable.shift,
    }
}

/// Three busy clients and a few rare ones over five weeks.
fn case(record: Record, edit: Edit, seed: u64) -> Completeness {
    let mut rng = Rng::part(seed, &format!("tamper {} {}", record as u8, edit as u8));
    let mut rows = Vec::new();
    for client in 1..=5 {
        let per_day = if client > 3 { 0.3 } else { rng.uniform(15.0, 60.0) };
        // One of the others may be several caches behind one address.
        let caches = if client == 3 && rng.chance(0.3) { 3 } else { 1 };
        rows.extend(client_rows(client, per_day, caches, record, &mut rng));
    }
    let mut second = rows.clone();
    sensor(&mut rows, 0.0, &mut rng);
    let ahead = rng.uniform(-5.0, 5.0);
    sensor(&mut second, ahead, &mut rng);
    edited(&mut rows, edit, &mut rng);
    let coverage = whole(Scene::Short);
    let bare = |rows: &[Row]| rows.iter().map(|r| Row { remaining_s: None, ..*r }).collect::<Vec<Row>>();
    if record != Record::Remaining {
        (rows, second) = (bare(&rows), bare(&second));
    }
    complete(&CompletenessQuestion {
        rows: &rows,
        ttl_s: (record != Record::Bare).then_some(3600),
        are_misses: matches!(record, Record::Misses | Record::TwoVantages),
        coverage: &coverage,
        second: (record == Record::TwoVantages).then_some((&second, &coverage)),
    })
}

/// Demand with the hours of an office through caches of an hour, some of which refresh early.
fn client_rows(client: u32, per_day: f64, caches: u32, record: Record, rng: &mut Rng) -> Vec<Row> {
    let mut made = vec![f64::NEG_INFINITY; caches as usize];
    let prefetches = rng.chance(0.3);
    let (mut t, mut rows) = (MONDAY_S, Vec::new());
    loop {
        t += rng.exponential(DAY_S / per_day);
        if t >= Scene::Short.end_s() {
            return rows;
        }
        let hour = (t - MONDAY_S) % DAY_S / 3600.0;
        if !(8.0..20.0).contains(&hour) && rng.chance(0.5) {
            continue;
        }
        let cache = rng.below(u64::from(caches));
        let own = &mut made[usize::try_from(cache).expect("a few")];
        let age = t - *own;
        let is_miss = age >= TTL_S || (prefetches && age >= 0.9 * TTL_S);
        let left = if age >= TTL_S { TTL_S } else { TTL_S - age };
        if is_miss {
            *own = t;
        }
        if is_miss || record == Record::Remaining {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 3600")]
            let remaining_s = Some(left as u32);
            let number = client * 10 + u32::try_from(cache).expect("a few");
            // Where rows are misses, only the client is known.
            let cache = if record == Record::Remaining { number } else { client };
            rows.push(Row { client, cache, question: 0, t: stamp(t), remaining_s });
        }
    }
}

/// What a sensor makes of rows: loses some, sees some twice, and has a clock of its own.
fn sensor(rows: &mut Vec<Row>, ahead_s: f64, rng: &mut Rng) {
    let loss = rng.uniform(0.0, 0.015);
    let again = rng.uniform(0.0, 0.01);
    let mut out = Vec::new();
    for row in rows.iter() {
        if rng.chance(loss) {
            continue;
        }
        let times = if rng.chance(again) { 2 } else { 1 };
        for later in 0..times {
            let off_us = (ahead_s + f64::from(later) + rng.uniform(0.0, 0.2)) * 1e6;
            #[expect(clippy::cast_possible_truncation, reason = "seconds")]
            let off_us = off_us as i64;
            out.push(Row { t: row.t.plus_us(off_us), ..*row });
        }
    }
    *rows = out;
}

fn edited(rows: &mut Vec<Row>, edit: Edit, rng: &mut Rng) {
    let mut out = Vec::new();
    for row in rows.iter() {
        let chosen = row.client == VICTIM && edit != Edit::None && rng.chance(EDITED);
        match (chosen, edit) {
            (true, Edit::Deleted) => {}
            (true, Edit::Duplicated) => out.extend([*row, Row { t: row.t.plus_us(1000), ..*row }]),
            (true, Edit::Shifted) => {
                let by = rng.uniform(600.0, 6.0 * 3600.0) * if rng.chance(0.5) { 1e6 } else { -1e6 };
                #[expect(clippy::cast_possible_truncation, reason = "hours")]
                let by = by as i64;
                out.push(Row { t: row.t.plus_us(by), ..*row });
            }
            _ => out.push(*row),
        }
    }
    *rows = out;
}
