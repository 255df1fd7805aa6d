//! Fits a calibration on labelled series.
//!
//! # What is fitted
//! Tempers (a divisor's ln at one session and its growth, for timing, marks and cross evidence, before
//! and behind a cache) and one offset a mechanism, by the multinomial log loss of the posterior under the
//! family prior. Scores are shifted, not likelihood ratios mapped one by one, so that likelihood ratios
//! and posteriors stay two views of one table (ADR 0013). Each mechanism weighs alike, inside it each
//! program, inside it each series: a program that was recorded often is still one program.
//!
//! # What keeps it honest
//! A mechanism of which nothing was recorded keeps the offset zero. Offsets are drawn to zero and tempers to
//! their starting values by quadratic penalties, and the total weight of the data is the number of software
//! configurations, not of series. No earlier fit plays a part: the same series give the same calibration.
//! The offset of `none` is not fitted by likelihood, as no recording is labelled so: it is raised until a
//! stated share of true series is refused.

use std::collections::{BTreeMap, BTreeSet};

use crate::calibration::{Calibration, FittedOn, Scored, TemperLaw};
use crate::math::{ln_add, ln_sum};
use crate::mechanism::{MECHANISMS, MechanismId as M, Priors, spread};
use crate::parts::Decision;

/// Precision of the penalty on offsets: one configuration's worth of belief in zero.
const L2: f64 = 1.0;
/// Standard deviations of the tempers around their start.
const ALPHA_SD: f64 = 0.7;
const BETA_SD: f64 = 0.2;
/// Share of true series of 30 lookups or more that may be refused as `none`.
pub const REFUSED: f64 = 0.05;
/// Steps of the search over tempers, relative to the standard deviations.
const STEPS: [f64; 4] = [0.5, 0.25, 0.1, 0.04];
const SWEEPS: usize = 8;

/// A series ready for fitting.
struct Case<'a> {
    scored: &'a Scored,
    truth: [bool; MECHANISMS],
    weight: f64,
}

/// Fits tempers and offsets on `series`, starting from and drawn to [`Calibration::starting`].
///
/// - `series`: at least one; those without a known label are left out
/// - returns: a calibration whose caps are still those of the start
///
/// Cost: some hundred passes over the series.
pub fn fit(series: &[Scored], priors: &Priors) -> Calibration {
    let cases = weighted(series);
    let prior = spread(&priors.family);
    let start = Calibration::starting();
    let mut out = Calibration { fitted_on: fitted_on(series), ..start.clone() };
    let loss = Loss { cases: &cases, prior: &prior, start: &start };
    fit_biases(&mut out, &loss);
    for step in STEPS {
        for _ in 0..SWEEPS {
            let moved = sweep(&mut out, &loss, step);
            fit_biases(&mut out, &loss);
            if !moved {
                break;
            }
        }
    }
    raise_none(&mut out, series, priors);
    out
}

fn fitted_on(series: &[Scored]) -> FittedOn {
    let configurations: BTreeSet<String> = series.iter().map(Scored::configuration).collect();
    let programs: BTreeSet<&str> = series.iter().map(|s| s.program.as_str()).collect();
    FittedOn {
        series: u32::try_from(series.iter().filter(|s| s.ablation.is_empty()).count()).unwrap_or(u32::MAX),
        configurations: u32::try_from(configurations.len()).unwrap_or(u32::MAX),
        programs: programs.into_iter().map(str::to_owned).collect(),
        left_out: Vec::new(),
    }
}

/// Weights: mechanisms alike, programs alike inside them, series alike inside those; their sum is
/// the number of configurations.
fn weighted(series: &[Scored]) -> Vec<Case<'_>> {
    let mut counts: BTreeMap<(&str, &str), f64> = BTreeMap::new();
    let labelled = || series.iter().filter(|s| s.truth.iter().any(|t| t.parse::<M>().is_ok()));
    for s in labelled() {
        *counts.entry((s.truth[0].as_str(), s.program.as_str())).or_default() += 1.0;
    }
    let mut programs: BTreeMap<&str, f64> = BTreeMap::new();
    for (truth, _) in counts.keys() {
        *programs.entry(truth).or_default() += 1.0;
    }
    let configurations: BTreeSet<String> = labelled().map(Scored::configuration).collect();
    let each = configurations.len() as f64 / programs.len().max(1) as f64;
    labelled()
        .map(|scored| {
            let key = (scored.truth[0].as_str(), scored.program.as_str());
            let weight = each / programs[key.0] / counts[&key];
            let truth = M::ALL.map(|m| scored.truth.iter().any(|t| t == m.as_str()));
            Case { scored, truth, weight }
        })
        .collect()
}

struct Loss<'a> {
    cases: &'a [Case<'a>],
    prior: &'a [f64; MECHANISMS],
    start: &'a Calibration,
}

impl Loss<'_> {
    /// ln posterior by mechanism of one case.
    fn ln_posterior(&self, scores: &[f64; MECHANISMS]) -> [f64; MECHANISMS] {
        let joint: [f64; MECHANISMS] = core::array::from_fn(|k| libm::log(self.prior[k]) + scores[k]);
        let total = joint.iter().fold(f64::NEG_INFINITY, |sum, &x| ln_add(sum, x));
        joint.map(|x| x - total)
    }

    /// Weighted log loss and penalties.
    fn of(&self, calibration: &Calibration) -> f64 {
        let mut sum = self.penalty(calibration);
        for case in self.cases {
            let ln = self.ln_posterior(&case.scored.parts.scores(calibration));
            let truth = ln_sum(ln.iter().zip(case.truth).filter(|(_, is)| *is).map(|(ln, _)| *ln));
            // A truth that was excluded costs much, not everything.
            sum -= case.weight * truth.max(-20.0);
        }
        sum
    }

    fn penalty(&self, calibration: &Calibration) -> f64 {
        let mut sum: f64 = calibration.bias.values().map(|b| 0.5 * L2 * b * b).sum();
        for (now, start) in laws(calibration).into_iter().zip(laws(self.start)) {
            let (a, b) = ((now.alpha - start.alpha) / ALPHA_SD, (now.beta - start.beta) / BETA_SD);
            sum += 0.5 * (a * a + b * b);
        }
        sum
    }
}

fn laws(c: &Calibration) -> [TemperLaw; 6] {
    let (d, b) = (c.temper.direct, c.temper.cached);
    [d.time, d.marks, d.cross, b.time, b.marks, b.cross]
}

fn law_mut(c: &mut Calibration, at: usize) -> &mut TemperLaw {
    let side = if at < 3 { &mut c.temper.direct } else { &mut c.temper.cached };
    match at % 3 {
        0 => &mut side.time,
        1 => &mut side.marks,
        _ => &mut side.cross,
    }
}

/// One pass over all twelve parameters of the tempers; true where any of them moved.
fn sweep(calibration: &mut Calibration, loss: &Loss<'_>, step: f64) -> bool {
    let mut best = loss.of(calibration);
    let mut moved = false;
    for at in 0..12 {
        for sign in [1.0, -1.0] {
            let mut tried = calibration.clone();
            let law = law_mut(&mut tried, at / 2);
            if at % 2 == 0 {
                law.alpha += sign * step * ALPHA_SD;
            } else {
                law.beta = (law.beta + sign * step * BETA_SD).clamp(0.0, 1.0);
            }
            let value = loss.of(&tried);
            if value < best - 1e-6 {
                (best, moved) = (value, true);
                *calibration = tried;
                break;
            }
        }
    }
    moved
}

/// Newton steps on one offset after another; the loss is convex in them.
fn fit_biases(calibration: &mut Calibration, loss: &Loss<'_>) {
    let mut bias = calibration.biases();
    let base: Vec<[f64; MECHANISMS]> = loss
        .cases
        .iter()
        .map(|case| {
            let scores = case.scored.parts.scores(calibration);
            core::array::from_fn(|k| scores[k] - bias[k])
        })
        .collect();
    // What was never recorded keeps its offset of zero: its absence here is no evidence against it.
    let seen: [bool; MECHANISMS] = core::array::from_fn(|k| loss.cases.iter().any(|case| case.truth[k]));
    for _ in 0..12 {
        let (mut gradient, mut curvature) = (bias.map(|b| L2 * b), [L2; MECHANISMS]);
        for (case, base) in loss.cases.iter().zip(&base) {
            let ln = loss.ln_posterior(&core::array::from_fn(|k| base[k] + bias[k]));
            let truth = ln_sum(ln.iter().zip(case.truth).filter(|(_, is)| *is).map(|(ln, _)| *ln));
            for k in 0..MECHANISMS {
                let p = libm::exp(ln[k]);
                let responsible = if case.truth[k] && truth.is_finite() { libm::exp(ln[k] - truth) } else { 0.0 };
                gradient[k] += case.weight * (p - responsible);
                curvature[k] += case.weight * p * (1.0 - p);
            }
        }
        for k in (0..MECHANISMS).filter(|&k| seen[k]) {
            bias[k] -= (gradient[k] / (2.0 * curvature[k])).clamp(-1.0, 1.0);
        }
    }
    calibration.bias = M::ALL
        .into_iter()
        .filter(|&m| seen[m.index()])
        .map(|m| (m.as_str().to_owned(), (bias[m.index()] * 1e4).round() / 1e4))
        .collect();
}

/// Raises the offset of `none` until [`REFUSED`] of the true series are refused, each program alike.
fn raise_none(calibration: &mut Calibration, series: &[Scored], priors: &Priors) {
    let long: Vec<Scored> = series.iter().filter(|s| s.n >= 30 && s.ablation.is_empty()).cloned().collect();
    let cases = weighted(&long);
    let total: f64 = cases.iter().map(|c| c.weight).sum();
    let mut refused = |offset: f64| {
        calibration.bias.insert(M::None.as_str().to_owned(), offset);
        let gone = |case: &&Case<'_>| Decision::of(&case.scored.parts, calibration, priors).best == M::None;
        cases.iter().filter(gone).map(|c| c.weight).sum::<f64>() / total.max(1e-9)
    };
    let (mut low, mut high) = (-4.0, 6.0);
    for _ in 0..20 {
        let middle = 0.5 * (low + high);
        if refused(middle) > REFUSED { high = middle } else { low = middle }
    }
    refused((low * 1e4).round() / 1e4);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parts::Parts;

    /// A series whose truth leads by `lead` nats a session in timing alone.
    fn scored(truth: M, program: &str, sessions: u32, wrong: bool) -> Scored {
        let mut ln_cross = [0.0; MECHANISMS];
        let winner = if wrong { M::HumanUse } else { truth };
        ln_cross[winner.index()] = f64::from(sessions);
        Scored {
            folder: "test".to_owned(),
            origin: "simulated".to_owned(),
            vantage: "resolver-client".to_owned(),
            client: "192.0.2.1".to_owned(),
            name: "a.example".to_owned(),
            n: u64::from(sessions),
            truth: vec![truth.as_str().to_owned()],
            program: program.to_owned(),
            resolver: "unbound".to_owned(),
            ttl_s: Some(300),
            ablation: String::new(),
            parts: Parts {
                sessions,
                behind_cache: false,
                ln_tied: 0.0,
                ln_engines: [0.0; crate::timing::ENGINES],
                ln_programs: [0.0; crate::marks::PROGRAMS],
                ln_responses: [0.0; MECHANISMS],
                ln_cross,
                ln_population: [0.0; MECHANISMS],
                excluded: [false; MECHANISMS],
                undecided: [false; MECHANISMS],
            },
        }
    }

    #[test]
    fn scores_that_are_often_wrong_are_tempered_more() {
        let of = |wrong_of_ten: usize| {
            let series: Vec<Scored> = (0..10)
                .map(|k| scored(M::ScheduledPoll, &format!("p{k}"), 40, k < wrong_of_ten))
                .chain((0..10).map(|k| scored(M::HumanUse, &format!("h{k}"), 40, false)))
                .collect();
            fit(&series, &Priors::default()).temper.direct.cross.tau(40)
        };
        let (clean, dirty) = (of(0), of(3));
        assert!(dirty > 1.5 * clean, "{clean} {dirty}");
    }

    #[test]
    fn a_program_recorded_often_is_still_one_program() {
        let mut series = vec![scored(M::ScheduledPoll, "a", 40, false), scored(M::ScheduledPoll, "b", 40, true)];
        series.extend((0..50).map(|_| scored(M::ScheduledPoll, "a", 40, false)));
        let cases = weighted(&series);
        let of =
            |program: &str| -> f64 { cases.iter().filter(|c| c.scored.program == program).map(|c| c.weight).sum() };
        assert!((of("a") - of("b")).abs() < 1e-9);
    }
}
