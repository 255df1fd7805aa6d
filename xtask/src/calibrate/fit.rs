//! Fits a calibration on labelled series.
//!
//! # What is fitted
//! For each class of vantage: tempers (a divisor's ln at one session and its growth, for timing, marks and cross
//! evidence), the power of each kind of single facts, one offset a mechanism, and the weights of engines and programs
//! in each mechanism's mixture, by the multinomial log loss of the posterior under the family prior. Scores are shifted, not likelihood ratios
//! mapped one by one, so that likelihood ratios and posteriors stay two views of one table (ADR 0013, 0015). Each
//! mechanism weighs alike, inside it each program, inside it each series: a program that was recorded often is
//! still one program. What is drawn from a mechanism's own density counts as one program as well.
//!
//! # What keeps it honest
//! A mechanism of which nothing was recorded keeps its start. All numbers are drawn to their start by quadratic
//! penalties, and the total weight of the data is the number of software configurations, not of series. No
//! earlier fit plays a part: the same series give the same calibration. Nothing is fitted for `none`, as no
//! recording is labelled so: its offset is raised until a stated share of true series is refused. Hostile
//! mechanisms get no engine that their own density lacks.

use std::cell::RefCell;
use std::collections::BTreeSet;

use argmin::core::{CostFunction, Error, Executor, Gradient, State as _};
use argmin::solver::linesearch::MoreThuenteLineSearch;
use argmin::solver::quasinewton::LBFGS;
use askance_inference::calibration::{FittedOn, Scored};
use askance_inference::{Calibration, Decision, MechanismId as M, Priors};

use super::loss::Loss;
use super::weigh::{Case, weighted};
use crate::steps::say;

/// Share of true series of 30 lookups or more that may be refused as `none`.
const REFUSED: f64 = 0.05;
/// The most that the offset of `none` is raised to, nats: it stands for what nobody recorded, not for what is common.
const NONE_MAX: f64 = 1.0;
/// Steps of the descent: the loss falls by less than a thousandth of a nat a step long before.
const STEPS: u64 = 200;
/// Steps that the descent remembers.
const MEMORY: usize = 10;

/// Fits on `series`, starting from and drawn to [`Calibration::starting`].
///
/// - `series`: recorded ones, at least one; those without a known label are left out
/// - `drawn`: series drawn from the mechanisms' own densities, each mechanism's as one more program
/// - returns: a calibration whose caps are still those of the start
///
/// Cost: some two hundred passes over the series.
///
/// # Errors
/// The descent could not go on, as where a score is not a number.
pub(super) fn fit(series: &[Scored], drawn: &[Scored], priors: &Priors) -> Result<Calibration, String> {
    let all: Vec<Scored> = series.iter().chain(drawn).cloned().collect();
    let loss = Loss::new(weighted(&all), priors);
    let descent = Descent { loss: &loss, last: RefCell::default() };
    let solver =
        LBFGS::new(MoreThuenteLineSearch::new(), MEMORY).with_tolerance_cost(1e-6).map_err(|e| e.to_string())?;
    let done = Executor::new(descent, solver)
        .configure(|state| state.param(loss.start()).max_iters(STEPS))
        .timer(false)
        .run()
        .map_err(|e| e.to_string())?;
    say(&format!(
        "loss {:.1} nats after {} steps: {}",
        done.state().get_best_cost(),
        done.state().get_iter(),
        done.state().get_termination_status()
    ));
    let best = done.state().get_best_param().ok_or("the descent found no calibration")?;
    let mut out = Calibration { fitted_on: fitted_on(series), ..loss.calibration(best) };
    raise_none(&mut out, series, priors);
    Ok(out)
}

/// The loss as the descent asks for it: a value, then often the slope at the same place.
struct Descent<'a> {
    loss: &'a Loss<'a>,
    last: RefCell<Option<At>>,
}

/// A place, the loss there and its slope.
#[derive(Clone)]
struct At {
    numbers: Vec<f64>,
    value: f64,
    slope: Vec<f64>,
}

impl Descent<'_> {
    fn at(&self, numbers: &[f64]) -> At {
        let mut last = self.last.borrow_mut();
        if let Some(known) = last.as_ref().filter(|known| known.numbers == numbers) {
            return known.clone();
        }
        let (value, slope) = self.loss.at(numbers);
        let at = At { numbers: numbers.to_vec(), value, slope };
        *last = Some(at.clone());
        at
    }
}

impl CostFunction for Descent<'_> {
    type Param = Vec<f64>;
    type Output = f64;

    fn cost(&self, numbers: &Vec<f64>) -> Result<f64, Error> {
        Ok(self.at(numbers).value)
    }
}

impl Gradient for Descent<'_> {
    type Param = Vec<f64>;
    type Gradient = Vec<f64>;

    fn gradient(&self, numbers: &Vec<f64>) -> Result<Vec<f64>, Error> {
        Ok(self.at(numbers).slope)
    }
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

/// Raises the offset of `none`, in each class, until [`REFUSED`] of its true series are refused, each program alike.
fn raise_none(calibration: &mut Calibration, series: &[Scored], priors: &Priors) {
    for behind_cache in [false, true] {
        let own = |s: &&Scored| s.n >= 30 && s.ablation.is_empty() && s.parts.behind_cache == behind_cache;
        let long: Vec<Scored> = series.iter().filter(own).cloned().collect();
        let cases = weighted(&long);
        let total: f64 = cases.iter().map(|c| c.weight).sum();
        let mut refused = |offset: f64| {
            calibration.class_mut(behind_cache).bias[M::None.index()] = offset;
            let gone = |case: &&Case<'_>| Decision::of(case.parts, calibration, priors).best == M::None;
            cases.iter().filter(gone).map(|c| c.weight).sum::<f64>() / total.max(1e-9)
        };
        let (mut low, mut high) = (-4.0, NONE_MAX);
        for _ in 0..20 {
            let middle = 0.5 * (low + high);
            if refused(middle) > REFUSED { high = middle } else { low = middle }
        }
        refused((low * 1e4).round() / 1e4);
    }
}

#[cfg(test)]
mod tests {
    use askance_inference::calibration::{ENGINES, FACTS, PROGRAMS};
    use askance_inference::{MECHANISMS, Parts};

    use super::*;

    /// A series whose truth, or people if `wrong`, lead by a nat a session in cross evidence alone.
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
                ln_engines: [0.0; ENGINES],
                ln_programs: [0.0; PROGRAMS],
                ln_responses: [0.0; MECHANISMS],
                ln_cross,
                ln_facts: [[0.0; MECHANISMS]; FACTS],
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
            fit(&series, &[], &Priors::default()).expect("a fit").direct.temper.cross.tau(40)
        };
        let (clean, dirty) = (of(0), of(3));
        assert!(dirty > 1.5 * clean, "{clean} {dirty}");
    }

    #[test]
    fn a_program_recorded_often_is_still_one_program() {
        let mut series = vec![scored(M::ScheduledPoll, "a", 40, false), scored(M::ScheduledPoll, "b", 40, true)];
        series.extend((0..50).map(|_| scored(M::ScheduledPoll, "a", 40, false)));
        let cases = weighted(&series);
        let of = |program: &str| -> f64 {
            let own = series.iter().zip(&cases).filter(|(s, _)| s.program == program);
            own.map(|(_, case)| case.weight).sum()
        };
        assert!((of("a") - of("b")).abs() < 1e-9);
    }

    #[test]
    fn the_slope_is_the_slope() {
        let mut series: Vec<Scored> = Vec::new();
        for (k, (truth, n)) in
            [(M::ScheduledPoll, 7), (M::HumanUse, 10), (M::DeliveryRetry, 13)].into_iter().enumerate()
        {
            let mut s = scored(truth, "p", n, k == 1);
            s.parts.ln_engines = core::array::from_fn(|e| -20.0 + ((e * 7 + k * 5) % 11) as f64);
            s.parts.ln_programs = core::array::from_fn(|p| -9.0 + ((p * 5 + k * 3) % 7) as f64);
            s.parts.ln_facts =
                core::array::from_fn(|f| core::array::from_fn(|m| -2.0 + ((m * 3 + f * 5 + k) % 7) as f64));
            s.parts.behind_cache = k == 2;
            series.push(s);
        }
        let loss = Loss::new(weighted(&series), &Priors::default());
        let mut at = loss.start();
        at.iter_mut().enumerate().for_each(|(k, x)| *x += 0.01 * (k % 13) as f64);
        let slope = loss.at(&at).1;
        for k in 0..at.len() {
            let value = |by: f64| {
                let mut moved = at.clone();
                moved[k] += by;
                loss.at(&moved).0
            };
            let measured = (value(1e-5) - value(-1e-5)) / 2e-5;
            let wanted = if loss.held()[k] { 0.0 } else { measured };
            assert!((slope[k] - wanted).abs() < 1e-4, "{k}: {} {wanted}", slope[k]);
        }
        // Offset and weights of the three, each in the class where it was recorded, all tempers and powers.
        assert_eq!(loss.held().iter().filter(|held| !**held).count(), 12 + 2 * FACTS + 3 * (1 + ENGINES + PROGRAMS));
    }

    #[test]
    fn numbers_and_the_calibration_they_stand_for_score_alike() {
        let series = [scored(M::ScheduledPoll, "a", 9, false), scored(M::HumanUse, "b", 9, false)];
        let loss = Loss::new(weighted(&series), &Priors::default());
        let mut at = loss.start();
        at.iter_mut().enumerate().for_each(|(k, x)| *x += 0.02 * (k % 7) as f64);
        let scores = series[0].parts.scores(&loss.calibration(&at));
        let moved = loss.scores(&series[0].parts, &at);
        for m in [M::ScheduledPoll, M::HumanUse] {
            assert!((scores[m.index()] - moved[m.index()]).abs() < 2e-3, "{m}: {scores:?} {moved:?}");
        }
    }
}
