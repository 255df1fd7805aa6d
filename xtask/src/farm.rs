//! `cargo xtask null-farm`: how often the tests of claims are wrong where nothing is going on.

#![expect(clippy::print_stdout, reason = "its table is the result")]

mod count;
mod naive;
mod others;
mod scenes;
mod tamper;

use askance_inference::Rng;
use askance_inference::claims::{
    Change, ChangeQuestion, Coverage, Follows, FollowsQuestion, Happening, Member, Period, RiseQuestion, Shape, Side,
    change, cohort, follows_events, rise, usual_windows,
};

use count::{Line, Rate, Tally};
use scenes::{DAY_S, MONDAY_S, Scene, WEEK_S, growing, lookups, rng, stamp, stamps, whole};
use serde_json::json;

/// How to call it.
pub(crate) const USAGE: &str = "\
cargo xtask null-farm [--json] [--claims N] [--only TEST]
    N synthetic claims (1000) for each test in each scene; takes about two minutes if built with
    --config 'profile.dev.package.xtask.opt-level=2'
    TEST: follows-events, rise, change, cohort, stress, others, tamper";

const FARMS: [(&str, Farm); 4] =
    [("follows-events", follows), ("rise", rises), ("change", changes), ("cohort", cohorts)];
const MORE: [&str; 3] = ["stress", "others", "tamper"];

/// One test in one scene, with so many claims.
type Farm = fn(Scene, usize) -> Vec<Line>;

/// Runs all farms and prints their table.
pub(crate) fn run(args: &[String]) -> Result<(), String> {
    let (mut as_json, mut claims, mut only) = (false, 1000, None);
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--json" => as_json = true,
            "--claims" => claims = args.next().and_then(|n| n.parse().ok()).ok_or(USAGE)?,
            "--only" => only = Some(args.next().ok_or(USAGE)?.clone()),
            _ => return Err(USAGE.to_owned()),
        }
    }
    let known = |name: &str| MORE.contains(&name) || FARMS.iter().any(|farm| farm.0 == name);
    if only.as_deref().is_some_and(|only| !known(only)) {
        return Err(USAGE.to_owned());
    }
    let wanted = |name: &str| only.as_deref().is_none_or(|only| only == name);
    let mut lines = Vec::new();
    for (name, farm) in FARMS {
        if wanted(name) {
            for scene in Scene::ALL {
                lines.extend(farm(scene, claims));
            }
        }
    }
    if wanted("stress") {
        lines.extend(stress(claims));
    }
    let mut rates = Vec::new();
    if wanted("others") {
        rates.extend(others::run(claims));
    }
    if wanted("tamper") {
        rates.extend(tamper::run(claims / 5));
    }
    if as_json {
        let lines: Vec<_> = lines.iter().map(Line::json).collect();
        let rates: Vec<_> = rates.iter().map(Rate::json).collect();
        println!("{:#}", json!({ "schema": "askance.null-farm/1", "claims": claims, "lines": lines, "rates": rates }));
    } else {
        if !lines.is_empty() {
            println!("test            scene    tested alarms  KS D   KS p  power  target");
            for line in &lines {
                println!("{}", line.text());
            }
        }
        if !rates.is_empty() {
            println!("\ntest               truth                      answer                   n   share  wanted");
            for rate in &rates {
                println!("{}", rate.text());
            }
        }
    }
    Ok(())
}

/// A scene with `times` its demand where `at` holds.
fn raised(scene: Scene, rng: &mut Rng, times: usize, at: impl Fn(f64) -> bool) -> Vec<f64> {
    let mut all = lookups(scene, rng);
    for _ in 1..times {
        all.extend(lookups(scene, rng).into_iter().filter(|&t| at(t)));
    }
    all.sort_by(f64::total_cmp);
    all
}

/// Events of a claim, and how many its source lists.
const EVENTS: usize = 15;

fn happenings(all: &[f64]) -> Vec<Happening> {
    all.iter().map(|&t| Happening::at(stamp(t))).collect()
}

fn ask_follows(scene: Scene, all: &[f64], events: &[f64], source: &[f64], seed: u64) -> Follows {
    follows_events(&FollowsQuestion {
        lookups: &stamps(all),
        events: &happenings(events),
        windows: &usual_windows(),
        coverage: &whole(scene),
        source: &happenings(source),
        named_beforehand: true,
        seed,
    })
}

fn follows(scene: Scene, claims: usize) -> Vec<Line> {
    let ask = |all: &[f64], events: &[f64], seed: u64| ask_follows(scene, all, events, &[], seed);
    let (mut poisson, mut circular, mut best) = (Tally::default(), Tally::default(), Tally::default());
    let null = Tally::of(claims, |seed| {
        let mut rng = rng(scene, "follows", seed);
        let (all, events) = (lookups(scene, &mut rng), scenes::events(scene, EVENTS, &mut rng));
        poisson.ps.push(naive::poisson_rate(scene, &all, &events));
        circular.ps.push(naive::circular_shift(scene, &all, &events, &mut rng));
        let got = ask(&all, &events, seed);
        best.ps.extend(got.best.map(|at| got.windows[at].p));
        got.p
    });
    let power = Tally::of(claims / 4, |seed| {
        let mut rng = rng(scene, "follows power", seed);
        let events = scenes::events(scene, EVENTS, &mut rng);
        let after = |t: f64| events.iter().any(|&e| e < t && t <= e + DAY_S);
        ask(&raised(scene, &mut rng, 3, after), &events, seed).p
    });
    let naive =
        vec![("Poisson", poisson.alarms()), ("circular shift", circular.alarms()), ("best of 12", best.alarms())];
    let lists = Tally::of(claims, |seed| {
        let mut rng = rng(scene, "lists", seed);
        let (all, source) = (lookups(scene, &mut rng), scenes::events(scene, 60, &mut rng));
        ask_follows(scene, &all, &source[..EVENTS], &source, seed).list_p
    });
    let line = |test, null, power, naive| Line { test, scene: scene.name(), null, power, naive, judged: true };
    vec![line("follows-events", null, Some(power), naive), line("  random lists", lists, None, vec![])]
}

/// Outside of what the tests assume: said, not judged.
fn stress(claims: usize) -> Vec<Line> {
    let line = |test, scene, null| Line { test, scene, null, power: None, naive: vec![], judged: false };
    let both_trend = Tally::of(claims, |seed| {
        let mut rng = rng(Scene::Trend, "both trend", seed);
        let all = lookups(Scene::Trend, &mut rng);
        // The later of two draws: events grow more frequent as well.
        let pairs = scenes::events(Scene::Trend, 2 * EVENTS, &mut rng);
        let events: Vec<f64> = pairs.chunks(2).map(|pair| pair[0].max(pair[1])).collect();
        ask_follows(Scene::Trend, &all, &events, &[], seed).p
    });
    let crowded = Tally::of(claims, |seed| {
        let mut rng = rng(Scene::Bursty, "crowded", seed);
        let all = lookups(Scene::Bursty, &mut rng);
        // Five crises, each with three events within a day or two.
        let crises = scenes::events(Scene::Bursty, 5, &mut rng);
        let events: Vec<f64> = crises.iter().flat_map(|&t| [t, t + 0.2 * DAY_S, t + DAY_S]).collect();
        ask_follows(Scene::Bursty, &all, &events, &[], seed).p
    });
    let mut swings = (Tally::default(), Tally::default());
    for seed in 0..claims as u64 {
        let mut rng = rng(Scene::Smooth, "swings", seed);
        let all = scenes::swinging(Scene::Smooth, &mut rng);
        swings.0.ps.extend(ask_rise(&all, &whole(Scene::Smooth), MONDAY_S + 6.0 * WEEK_S, seed));
        swings.1.ps.extend(ask_change(&all, &whole(Scene::Smooth), seed).p);
    }
    vec![
        line("follows-events", "both trends", both_trend),
        line("follows-events", "crowded", crowded),
        line("rise", "swings", swings.0),
        line("change", "swings", swings.1),
    ]
}

/// Coverage for tests of a level: in the trend scene it is the coverage that grows.
fn covered(scene: Scene) -> (Scene, Coverage) {
    if scene == Scene::Trend { (Scene::Diurnal, growing(scene)) } else { (scene, whole(scene)) }
}

fn ask_rise(all: &[f64], coverage: &Coverage, since: f64, seed: u64) -> Option<f64> {
    let asked = RiseQuestion {
        lookups: &stamps(all),
        coverage,
        coverage_declared: true,
        since: Some(stamp(since)),
        shape: Shape::Step,
        variants: 1,
        seed,
    };
    rise(&asked).p
}

fn ask_change(all: &[f64], coverage: &Coverage, seed: u64) -> Change {
    let lookups = &stamps(all);
    change(&ChangeQuestion { lookups, coverage, coverage_declared: true, when: None, variants: 1, seed })
}

fn rises(scene: Scene, claims: usize) -> Vec<Line> {
    let (inner, coverage) = covered(scene);
    let since = MONDAY_S + if scene == Scene::Short { 2.0 } else { 6.0 } * WEEK_S;
    let ask = |all: &[f64], seed: u64| ask_rise(all, &coverage, since, seed);
    let mut poisson = Tally::default();
    let null = Tally::of(claims, |seed| {
        let all = lookups(inner, &mut rng(scene, "rise", seed));
        poisson.ps.push(two_poissons(&all, &coverage, since, scene.end_s()));
        ask(&all, seed)
    });
    let power =
        Tally::of(claims / 4, |seed| ask(&raised(inner, &mut rng(scene, "rise power", seed), 3, |t| t >= since), seed));
    let naive = vec![("Poisson, no offset", poisson.alarms())];
    vec![Line { test: "rise", scene: scene.name(), null, power: Some(power), naive, judged: true }]
}

/// More after than before, as if every lookup were independent and the cover even.
fn two_poissons(all: &[f64], coverage: &Coverage, since: f64, end: f64) -> f64 {
    let kept = all.iter().filter(|&&t| coverage.contains(stamp(t)));
    let (mut n, mut after) = (0.0, 0.0);
    for &t in kept {
        n += 1.0;
        after += f64::from(u8::from(t >= since));
    }
    let share = (end - since) / (end - MONDAY_S);
    naive::binomial_tail(share, after, n - after)
}

fn changes(scene: Scene, claims: usize) -> Vec<Line> {
    let (inner, coverage) = covered(scene);
    let ask = |all: &[f64], seed: u64| ask_change(all, &coverage, seed);
    let mut cut = Tally::default();
    let null = Tally::of(claims, |seed| {
        let got = ask(&lookups(inner, &mut rng(scene, "change", seed)), seed);
        cut.ps.extend(got.p.map(|_| if got.points.is_empty() { 1.0 } else { 0.0 }));
        got.p
    });
    let at = MONDAY_S + 6.0 * WEEK_S;
    let power = Tally::of(claims / 4, |seed| {
        ask(&raised(inner, &mut rng(scene, "change power", seed), 3, |t| t >= at), seed).p
    });
    let naive = vec![("any cut", cut.alarms())];
    vec![Line { test: "change", scene: scene.name(), null, power: Some(power), naive, judged: true }]
}

fn member(all: &[f64], scene: Scene) -> Member {
    let week = |k: u32| MONDAY_S + f64::from(k) * WEEK_S;
    let period = |k: u32| {
        let inside = all.iter().filter(|&&t| week(k) <= t && t < week(k + 1)).count();
        Period { count: inside as f64, covered_s: WEEK_S }
    };
    let span = (stamp(MONDAY_S), stamp(scene.end_s()));
    Member {
        periods: (0..scene.weeks()).map(period).collect(),
        vantages: vec!["authoritative".to_owned()],
        cover: 1.0,
        ttl_s: 3600,
        role: "sending host".to_owned(),
        operator: "operator".to_owned(),
        contract: Some(span),
        observed: span,
    }
}

fn cohorts(scene: Scene, claims: usize) -> Vec<Line> {
    const PEERS: usize = 19;
    let ask = |label: &str, times: usize, seed: u64| {
        let mut rng = rng(scene, label, seed);
        let subject = member(&raised(scene, &mut rng, times, |_| true), scene);
        let peers: Vec<Member> = (0..PEERS).map(|_| member(&lookups(scene, &mut rng), scene)).collect();
        cohort(&subject, &peers, Side::More, true, 1, seed)
    };
    let (mut poisson, mut ranks) = (Tally::default(), Tally { lattice: Some(PEERS + 1), ..Tally::default() });
    let null = Tally::of(claims, |seed| {
        let got = ask("cohort", 1, seed);
        ranks.ps.extend(got.rank_p);
        // One comparator, every lookup on its own.
        let days = f64::from(scene.weeks()) * 7.0;
        let (own, other) = (got.rate * days, got.rates[0] * days);
        poisson.ps.push(naive::binomial_tail(0.5, own, other));
        got.p
    });
    ranks.claims = claims;
    let mut ranked = Tally::default();
    let power = Tally::of(claims / 4, |seed| {
        let got = ask("cohort power", 3, seed);
        ranked.ps.extend(got.rank_p);
        got.p
    });
    let naive = vec![("Poisson, one peer", poisson.alarms())];
    vec![
        Line { test: "cohort, rates", scene: scene.name(), null, power: Some(power), naive, judged: true },
        Line {
            test: "cohort, rank",
            scene: scene.name(),
            null: ranks,
            power: Some(ranked),
            naive: vec![],
            judged: true,
        },
    ]
}
