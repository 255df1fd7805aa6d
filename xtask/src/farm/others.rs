//! Tests that answer with a ratio or an interval: how often they mislead.

use askance_inference::Rng;
use askance_inference::claims::{
    Behind, Happening, Hours, Order, configuration_is_odd, first_mover, hours, lookup_implies_connection,
    one_client_or_two, reaction, top_share,
};

use super::count::{Rate, Tally};
use super::scenes::{DAY_S, MONDAY_S, Scene, lookups, rng, stamp, stamps, whole};

const TTL_S: f64 = 3600.0;
/// At most this share may be misled.
const RARE: Option<(f64, f64)> = Some((0.0, 0.05));
/// At least this share must be told.
const OFTEN: Option<(f64, f64)> = Some((0.8, 1.0));

pub(super) fn run(claims: usize) -> Vec<Rate> {
    let mut all = one_or_two(claims / 4);
    all.extend(hours_kept(claims / 5));
    all.extend(connections(claims));
    all.extend(pairs(claims));
    all.extend(firsts(claims));
    all.extend(odd(claims));
    all.extend(shares(claims / 5));
    all
}

/// What one cache of an hour lets through.
fn behind_cache(demand: &[f64]) -> Vec<f64> {
    let mut out: Vec<f64> = Vec::new();
    for &t in demand {
        if out.last().is_none_or(|last| t - last >= TTL_S) {
            out.push(t);
        }
    }
    out
}

fn one_or_two(n: usize) -> Vec<Rate> {
    let ask = |a: &[f64], b: &[f64], scene: Scene, seed: u64| {
        one_client_or_two(&stamps(a), &stamps(b), 3600, &whole(scene), 1, seed).behind
    };
    let mut out = Vec::new();
    for scene in Scene::ALL {
        let is_one = |b: Behind| matches!(b, Behind::OneCache | Behind::OneDemand);
        out.push(Rate::of("one-client-or-two", format!("two, {}", scene.name()), "one", RARE, n, |seed| {
            let mut rng = rng(scene, "two caches", seed);
            let (a, b) = (behind_cache(&lookups(scene, &mut rng)), behind_cache(&lookups(scene, &mut rng)));
            is_one(ask(&a, &b, scene, seed))
        }));
        out.push(Rate::of(
            "one-client-or-two",
            format!("one cache, {}", scene.name()),
            "one cache",
            OFTEN,
            n,
            |seed| {
                let mut rng = rng(scene, "one cache", seed);
                let mut demand = lookups(scene, &mut rng);
                demand.extend(lookups(scene, &mut rng));
                demand.sort_by(f64::total_cmp);
                let (a, b): (Vec<f64>, Vec<f64>) = behind_cache(&demand).into_iter().partition(|_| rng.chance(0.6));
                ask(&a, &b, scene, seed) == Behind::OneCache
            },
        ));
        out.push(Rate::of(
            "one-client-or-two",
            format!("one demand, {}", scene.name()),
            "one demand",
            OFTEN,
            n,
            |seed| {
                let mut rng = rng(scene, "one demand", seed);
                let demand = behind_cache(&lookups(scene, &mut rng));
                // Each act stirs both caches, which lose a tenth each.
                let mut side = || {
                    let mut kept = Vec::new();
                    for t in &demand {
                        if rng.chance(0.9) {
                            kept.push(t + rng.uniform(0.0, 2.0));
                        }
                    }
                    behind_cache(&kept)
                };
                let (a, b) = (side(), side());
                ask(&a, &b, scene, seed) == Behind::OneDemand
            },
        ));
    }
    out
}

fn hours_kept(n: usize) -> Vec<Rate> {
    let scene = Scene::Diurnal;
    let poisson = |rng: &mut Rng, mean_s: f64| {
        let (mut t, mut all) = (MONDAY_S, Vec::new());
        while t < scene.end_s() {
            t += rng.exponential(mean_s);
            all.push(t);
        }
        behind_cache(&all)
    };
    let ask = |all: &[f64], claimed: &[i8]| hours(&stamps(all), &whole(scene), 3600, claimed, 1);
    let office = |seed| lookups(scene, &mut Rng::part(seed, "hours office"));
    let full = |seed| poisson(&mut Rng::part(seed, "hours full"), 60.0);
    vec![
        Rate::of("rhythm", "round the clock", "people's hours", RARE, n, |seed| {
            ask(&poisson(&mut Rng::part(seed, "hours flat"), 4.0 * 3600.0), &[]).hours == Hours::OfPeople
        }),
        Rate::of("rhythm", "bursts at any hour", "people's hours", RARE, n, |seed| {
            ask(&lookups(Scene::Bursty, &mut Rng::part(seed, "hours bursty")), &[]).hours == Hours::OfPeople
        }),
        Rate::of("rhythm", "full cache", "unidentifiable", Some((0.95, 1.0)), n, |seed| {
            ask(&full(seed), &[]).hours == Hours::Unidentifiable
        }),
        Rate::of("rhythm", "office", "people's hours", OFTEN, n, |seed| {
            ask(&office(seed), &[]).hours == Hours::OfPeople
        }),
        Rate::of("rhythm", "office in UTC", "UTC or next to it", OFTEN, n, |seed| {
            ask(&office(seed), &[-1, 0, 1]).zone_log10_lr.is_some_and(|lr| lr >= 1.0)
        }),
        Rate::of("rhythm", "office in UTC", "UTC+6 to UTC+8", RARE, n, |seed| {
            ask(&office(seed), &[6, 7, 8]).zone_log10_lr.is_some_and(|lr| lr >= 0.3)
        }),
    ]
}

fn connections(n: usize) -> Vec<Rate> {
    Scene::ALL
        .into_iter()
        .map(|scene| {
            let tally = Tally::of(n, |seed| {
                let mut rng = rng(scene, "flows", seed);
                let (asked, flows) = (lookups(scene, &mut rng), lookups(scene, &mut rng));
                let span = [(stamp(MONDAY_S), stamp(scene.end_s()))];
                lookup_implies_connection(&stamps(&asked), &stamps(&flows), 3600, &span).and_then(|c| c.p)
            });
            Rate {
                test: "lookup-connection",
                truth: format!("unrelated, {}", scene.name()),
                answer: "p <= 0.05",
                n: tally.ps.len(),
                share: tally.alarms().unwrap_or(0.0),
                wanted: Some((0.0, 0.06)),
            }
        })
        .collect()
}

/// Acts that have nothing to do with each other, B about every ten days.
fn pairs(n: usize) -> Vec<Rate> {
    let at = |s: f64| Happening::at(stamp(s));
    let unrelated = |seed: u64, pairs: usize| {
        let mut rng = Rng::part(seed, "reaction");
        let a = MONDAY_S + rng.uniform(0.0, 90.0 * DAY_S);
        let b = a + rng.exponential(10.0 * DAY_S);
        reaction(at(a), at(b), 0.1, pairs, &[]).log10_lr
    };
    vec![
        Rate::of("reaction", "chance, one pair", "least LR >= 10", RARE, n, |seed| unrelated(seed, 1).0 >= 1.0),
        Rate::of("reaction", "chance, one pair", "greatest LR >= 10", None, n, |seed| unrelated(seed, 1).1 >= 1.0),
        Rate::of("reaction", "chance, best of ten", "least LR >= 10", RARE, n, |seed| {
            (0..10).any(|k| unrelated(seed * 10 + k, 10).0 >= 1.0)
        }),
        Rate::of("reaction", "clock times unknown", "any order", Some((0.0, 0.0)), n, |seed| {
            let mut rng = Rng::part(seed, "order");
            let day = |t: f64| Happening { from: stamp(t), to: stamp(t + DAY_S) };
            let a = MONDAY_S + rng.uniform(0.0, 10.0) * DAY_S;
            let b = a + rng.uniform(-0.9, 0.9) * DAY_S;
            let got = reaction(day(a), day(b), 0.1, 1, &[]);
            got.order != Order::Open || got.log10_lr.0 > f64::NEG_INFINITY
        }),
    ]
}

fn firsts(n: usize) -> Vec<Rate> {
    let draw = |seed: u64| {
        let mut rng = Rng::part(seed, "first");
        let rates: Vec<f64> = (0..8).map(|_| libm::exp(1.5 * rng.normal())).collect();
        let counts: Vec<(u64, f64)> = rates
            .iter()
            .map(|rate| {
                let mut t = 0.0;
                let mut n = 0;
                loop {
                    t += rng.exponential(1.0 / rate);
                    if t > 60.0 {
                        return (n, 60.0 * DAY_S);
                    }
                    n += 1;
                }
            })
            .collect();
        let waits: Vec<f64> = rates.iter().map(|rate| rng.exponential(1.0 / rate)).collect();
        let first = (0..8).min_by(|&a, &b| waits[a].total_cmp(&waits[b])).expect("eight");
        first_mover(&counts, first, 1)
    };
    vec![
        Rate::of("first-mover", "nobody knew", "p <= 0.05", Some((0.0, 0.06)), n, |seed| {
            draw(seed).p.is_some_and(|p| p <= 0.05)
        }),
        Rate::of("first-mover", "nobody knew", "greatest LR >= 10", None, n, |seed| {
            draw(seed).log10_lr_max.is_some_and(|lr| lr >= 1.0)
        }),
    ]
}

fn odd(n: usize) -> Vec<Rate> {
    let draw = |seed: u64| {
        let mut rng = Rng::part(seed, "odd");
        // A setting that some share of a fleet has; of a host that has it not nobody claims that it is odd.
        loop {
            let share = rng.unit();
            let alike = (0..40).filter(|_| rng.chance(share)).count() as u64;
            if rng.chance(share) {
                return configuration_is_odd((1, 1), (40, alike), 1);
            }
        }
    };
    vec![
        Rate::of("configuration-odd", "one of the fleet", "p <= 0.05", Some((0.0, 0.06)), n, |seed| {
            draw(seed).p.is_some_and(|p| p <= 0.05)
        }),
        Rate::of("configuration-odd", "one of the fleet", "LR >= 10", RARE, n, |seed| {
            draw(seed).log10_lr_max.is_some_and(|lr| lr >= 1.0)
        }),
    ]
}

fn shares(n: usize) -> Vec<Rate> {
    // Six clients of known weight, each in bursts of its own; the three heaviest have 0.84.
    let weights = [0.4, 0.25, 0.19, 0.08, 0.05, 0.03];
    let draw = |seed: u64| {
        let mut rng = Rng::part(seed, "shares");
        let days: Vec<Vec<u64>> = (0..90)
            .map(|_| {
                weights
                    .iter()
                    .map(|w| {
                        let mut n = 0;
                        // Acts of this day, each of one to twenty lookups.
                        let mut t = rng.exponential(1.0);
                        while t < 4.0 * w {
                            n += 1 + rng.below(20);
                            t += rng.exponential(1.0);
                        }
                        n
                    })
                    .collect()
            })
            .collect();
        top_share(&days, 3, seed).expect("lookups").interval
    };
    vec![Rate::of("concentration", "top three have 0.84", "interval holds it", Some((0.9, 1.0)), n, |seed| {
        let (low, high) = draw(seed);
        low <= 0.84 && 0.84 <= high
    })]
}
