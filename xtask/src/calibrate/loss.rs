//! How badly a calibration answers for labelled series, and which way is better.

use askance_inference::calibration::{Class, ENGINES, FACTS, PROGRAMS, TemperLaw};
use askance_inference::{Calibration, Family, MECHANISMS, MechanismId as M, Parts, Priors};

use super::weigh::Case;

/// Precisions of the penalties: five configurations' worth of belief in the weights where they start, and a hundred in
/// offsets of zero, which no record of one mechanism should move for all others.
const WEIGHT_PRECISION: f64 = 5.0;
const BIAS_PRECISION: f64 = 100.0;
/// Standard deviations of the tempers' ln at one session, and of its growth, around their start.
const TEMPER_SD: [f64; 2] = [0.7, 0.2];
/// Of the ln of the power of a kind of single facts, around one.
const FACTS_SD: f64 = 0.7;
/// What an engine that a mechanism's density does not have starts with, and a program: behind a cache, or half
/// recorded, most mechanisms keep the time of something else now and then. What is asked for strays less.
const STRAY_TIMING: f64 = 0.01;
const STRAY_MARKS: f64 = 0.001;
/// Share of series that are like nothing here, and could be any mechanism: so few cannot bend the fit, and a truth
/// that was excluded costs much, not everything.
const FOREIGN: f64 = 0.02;

/// Where the numbers of one class of vantage begin: tempers (two for each law) at nought, then the ln of the powers
/// of single facts, offsets, weights of engines, weights of programs, and the next class.
const FACTS_AT: usize = 6;
const BIAS_AT: usize = FACTS_AT + FACTS;
const TIMING_AT: usize = BIAS_AT + MECHANISMS;
const MARKS_AT: usize = TIMING_AT + MECHANISMS * ENGINES;
const OF_CLASS: usize = MARKS_AT + MECHANISMS * PROGRAMS;

/// How many numbers are fitted.
pub(super) const NUMBERS: usize = 2 * OF_CLASS;

/// The loss as a function of the numbers that are fitted.
pub(super) struct Loss<'a> {
    cases: Vec<Case<'a>>,
    prior: [f64; MECHANISMS],
    start: Calibration,
    /// ln of the weights that the fit starts from, in either class; -inf where there can be none.
    ln_timing: [[f64; ENGINES]; MECHANISMS],
    ln_marks: [[f64; PROGRAMS]; MECHANISMS],
    /// By class: mechanisms of which something was recorded.
    seen: [[bool; MECHANISMS]; 2],
    /// Numbers that stay where they start.
    held: Vec<bool>,
}

impl<'a> Loss<'a> {
    pub(super) fn new(cases: Vec<Case<'a>>, priors: &Priors) -> Self {
        let start = Calibration::starting();
        let seen = [false, true].map(|behind_cache| {
            let mut seen = [false; MECHANISMS];
            for case in cases.iter().filter(|case| case.parts.behind_cache == behind_cache) {
                case.truth.iter().zip(&mut seen).for_each(|(truth, seen)| *seen |= truth);
            }
            seen
        });
        Self {
            prior: priors.of_families(),
            ln_timing: ln_weights(&start.direct.timing, STRAY_TIMING),
            ln_marks: ln_weights(&start.direct.marks, STRAY_MARKS),
            held: seen.iter().flat_map(held).collect(),
            cases,
            start,
            seen,
        }
    }

    /// The numbers of the start.
    pub(super) fn start(&self) -> Vec<f64> {
        let mut out = vec![0.0; NUMBERS];
        for (behind_cache, class) in [(false, &self.start.direct), (true, &self.start.cached)] {
            let of = usize::from(behind_cache) * OF_CLASS;
            for (k, law) in laws(class).into_iter().enumerate() {
                (out[of + 2 * k], out[of + 2 * k + 1]) = (law.alpha, law.beta);
            }
        }
        out
    }

    /// The loss at `numbers`, and its gradient.
    pub(super) fn at(&self, numbers: &[f64]) -> (f64, Vec<f64>) {
        let classes = [false, true].map(|behind_cache| self.class(numbers, behind_cache));
        let (mut sum, mut gradient) = self.penalty(numbers);
        for case in &self.cases {
            let side = usize::from(case.parts.behind_cache);
            let scored = Mixed::of(case.parts, &classes[side]);
            sum += scored.learn(case, &classes[side], &self.prior, &mut gradient[side * OF_CLASS..][..OF_CLASS]);
        }
        gradient.iter_mut().zip(&self.held).filter(|(_, held)| **held).for_each(|(slope, _)| *slope = 0.0);
        (sum, gradient)
    }

    /// Numbers that stay where they start.
    #[cfg(test)]
    pub(super) fn held(&self) -> &[bool] {
        &self.held
    }

    /// The scores of a series at `numbers`.
    #[cfg(test)]
    pub(super) fn scores(&self, parts: &Parts, numbers: &[f64]) -> [f64; MECHANISMS] {
        Mixed::of(parts, &self.class(numbers, parts.behind_cache)).scores
    }

    fn penalty(&self, numbers: &[f64]) -> (f64, Vec<f64>) {
        let (mut sum, mut gradient) = (0.0, vec![0.0; NUMBERS]);
        let start = self.start();
        for (at, (now, from)) in numbers.iter().zip(&start).enumerate() {
            let inside = at % OF_CLASS;
            let precision = match inside {
                0..FACTS_AT => 1.0 / (TEMPER_SD[inside % 2] * TEMPER_SD[inside % 2]),
                FACTS_AT..BIAS_AT => 1.0 / (FACTS_SD * FACTS_SD),
                BIAS_AT..TIMING_AT => BIAS_PRECISION,
                _ => WEIGHT_PRECISION,
            };
            sum += 0.5 * precision * (now - from) * (now - from);
            gradient[at] = precision * (now - from);
        }
        (sum, gradient)
    }

    /// The numbers of a class, read; weights are not made to sum to one.
    fn class(&self, numbers: &[f64], behind_cache: bool) -> Numbers {
        let of = &numbers[usize::from(behind_cache) * OF_CLASS..][..OF_CLASS];
        let cell = |ln: f64, number: f64| if ln.is_finite() { ln + number } else { f64::NEG_INFINITY };
        let start = if behind_cache { &self.start.cached } else { &self.start.direct };
        let most = laws(start).map(|law| law.most);
        Numbers {
            laws: core::array::from_fn(|k| TemperLaw { alpha: of[2 * k], beta: of[2 * k + 1], most: most[k] }),
            facts: core::array::from_fn(|k| libm::exp(of[FACTS_AT + k])),
            bias: core::array::from_fn(|k| of[BIAS_AT + k]),
            timing: Weights::of(core::array::from_fn(|k| {
                core::array::from_fn(|e| cell(self.ln_timing[k][e], of[TIMING_AT + k * ENGINES + e]))
            })),
            marks: Weights::of(core::array::from_fn(|k| {
                core::array::from_fn(|p| cell(self.ln_marks[k][p], of[MARKS_AT + k * PROGRAMS + p]))
            })),
        }
    }

    /// The calibration that numbers stand for: weights sum to one, and offsets take up what they summed to.
    pub(super) fn calibration(&self, numbers: &[f64]) -> Calibration {
        let mut out = self.start.clone();
        for behind_cache in [false, true] {
            let n = self.class(numbers, behind_cache);
            let seen = &self.seen[usize::from(behind_cache)];
            let class = out.class_mut(behind_cache);
            let [time, marks, cross] =
                n.laws.map(|law| TemperLaw { alpha: round(law.alpha), beta: round(law.beta), ..law });
            (class.temper.time, class.temper.marks, class.temper.cross) = (time, marks, cross);
            class.facts = n.facts.map(round);
            for k in (0..MECHANISMS).filter(|&k| seen[k]) {
                // A density that leaves some to no engine keeps what it leaves.
                let ln_kept = libm::log(self.start.direct.timing[k].iter().sum());
                let excess = [ln_sum(&n.timing.ln[k]) - ln_kept, ln_sum(&n.marks.ln[k])];
                class.timing[k] = n.timing.ln[k].map(|ln| round(libm::exp(ln - excess[0])));
                class.marks[k] = n.marks.ln[k].map(|ln| round(libm::exp(ln - excess[1])));
                class.bias[k] = round(n.bias[k] + excess[0] + excess[1]);
            }
        }
        out
    }
}

fn round(x: f64) -> f64 {
    (x * 1e4).round() / 1e4
}

fn laws(class: &Class) -> [TemperLaw; 3] {
    [class.temper.time, class.temper.marks, class.temper.cross]
}

/// What is hostile, and what is nothing known, must fit by its own density, and by all of it: what was recorded of it
/// is too little to say which part of it the next one will show.
fn is_own(m: M) -> bool {
    m.family() == Family::Malicious || m == M::None
}

/// The numbers of one class that stay where they start: the weights of [`is_own`] mechanisms, and everything of a
/// mechanism that was never recorded, since its absence here is no evidence against it.
fn held(seen: &[bool; MECHANISMS]) -> Vec<bool> {
    let mut held = vec![false; OF_CLASS];
    for (k, m) in M::ALL.into_iter().enumerate() {
        held[BIAS_AT + k] = !seen[k];
        held[TIMING_AT + k * ENGINES..][..ENGINES].fill(!seen[k] || is_own(m));
        held[MARKS_AT + k * PROGRAMS..][..PROGRAMS].fill(!seen[k] || is_own(m));
    }
    held
}

fn ln_weights<const N: usize>(weights: &[[f64; N]; MECHANISMS], stray: f64) -> [[f64; N]; MECHANISMS] {
    core::array::from_fn(|k| {
        weights[k].map(|weight| match (weight > 0.0, is_own(M::ALL[k])) {
            (true, _) => libm::log(weight),
            (false, true) => f64::NEG_INFINITY,
            (false, false) => libm::log(stray),
        })
    })
}

/// What is fitted for one class, as the scores need it.
struct Numbers {
    laws: [TemperLaw; 3],
    facts: [f64; FACTS],
    bias: [f64; MECHANISMS],
    timing: Weights<ENGINES>,
    marks: Weights<PROGRAMS>,
}

/// Weights, which need not sum to one, and their ln.
struct Weights<const N: usize> {
    ln: [[f64; N]; MECHANISMS],
    plain: [[f64; N]; MECHANISMS],
}

impl<const N: usize> Weights<N> {
    fn of(ln: [[f64; N]; MECHANISMS]) -> Self {
        Self { plain: ln.map(|row| row.map(libm::exp)), ln }
    }
}

/// ln of a sum; -inf for nothing.
fn ln_sum(ln: &[f64]) -> f64 {
    let top = ln.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if top == f64::NEG_INFINITY { top } else { top + libm::log(ln.iter().map(|x| libm::exp(x - top)).sum()) }
}

/// A mixture of each mechanism, with what each component carries of it.
struct Mixture<const N: usize> {
    ln: [f64; MECHANISMS],
    shares: [[f64; N]; MECHANISMS],
}

impl<const N: usize> Mixture<N> {
    fn of(weights: &Weights<N>, ln: &[f64; N]) -> Self {
        let mut out = Self { ln: [f64::NEG_INFINITY; MECHANISMS], shares: [[0.0; N]; MECHANISMS] };
        let top = ln.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let relative = ln.map(|ln| libm::exp(ln - top));
        for k in 0..MECHANISMS {
            let joint: [f64; N] = core::array::from_fn(|e| weights.plain[k][e] * relative[e]);
            let sum: f64 = joint.iter().sum();
            if sum > 1e-200 {
                out.ln[k] = top + libm::log(sum);
                out.shares[k] = joint.map(|x| x / sum);
            } else {
                // So far below the top that only logarithms can tell.
                let joint: [f64; N] = core::array::from_fn(|e| weights.ln[k][e] + ln[e]);
                out.ln[k] = ln_sum(&joint);
                if out.ln[k].is_finite() {
                    out.shares[k] = joint.map(|x| libm::exp(x - out.ln[k]));
                }
            }
        }
        out
    }

    /// The mean of `values` over a mechanism's components.
    fn mean(&self, k: usize, values: &[f64; N]) -> f64 {
        self.shares[k].iter().zip(values).filter(|(share, _)| **share > 0.0).map(|(share, value)| share * value).sum()
    }
}

/// A series scored by a calibration that is being fitted.
struct Mixed<'a> {
    parts: &'a Parts,
    tau: [f64; 3],
    engines: Mixture<ENGINES>,
    programs: Mixture<PROGRAMS>,
    scores: [f64; MECHANISMS],
}

impl<'a> Mixed<'a> {
    fn of(parts: &'a Parts, class: &Numbers) -> Self {
        let tau = class.laws.map(|law| law.tau(parts.sessions));
        let engines = Mixture::of(&class.timing, &parts.tempered_engines(tau[0]));
        let programs = Mixture::of(&class.marks, &parts.ln_programs.map(|ln| ln / tau[1]));
        let scores = core::array::from_fn(|k| {
            let facts = parts.ln_fact(k, &class.facts);
            let rest = parts.ln_responses[k] / tau[1] + parts.ln_cross[k] / tau[2] + facts;
            if parts.excluded[k] { f64::NEG_INFINITY } else { engines.ln[k] + programs.ln[k] + rest + class.bias[k] }
        });
        Self { parts, tau, engines, programs, scores }
    }

    /// Adds the slope of this case's loss to `gradient`; returns the loss.
    fn learn(&self, case: &Case<'_>, class: &Numbers, prior: &[f64; MECHANISMS], gradient: &mut [f64]) -> f64 {
        let joint: [f64; MECHANISMS] = core::array::from_fn(|k| libm::log(prior[k]) + self.scores[k]);
        let total = ln_sum(&joint);
        let truth = ln_sum(&core::array::from_fn::<_, MECHANISMS, _>(|k| {
            if case.truth[k] { joint[k] - total } else { f64::NEG_INFINITY }
        }));
        let own = (1.0 - FOREIGN) * libm::exp(truth);
        let told = own + FOREIGN / MECHANISMS as f64;
        // The share of this case that is not foreign learns.
        let weight = case.weight * own / told;
        if !truth.is_finite() {
            return -case.weight * libm::log(told);
        }
        let mut taus = [0.0; 3];
        for k in (0..MECHANISMS).filter(|&k| joint[k].is_finite()) {
            let p = libm::exp(joint[k] - total);
            let slope = weight * (p - if case.truth[k] { libm::exp(joint[k] - total - truth) } else { 0.0 });
            for (at, (fact, power)) in self.parts.ln_facts.iter().zip(class.facts).enumerate() {
                gradient[FACTS_AT + at] += slope * power * fact[k];
            }
            gradient[BIAS_AT + k] += slope;
            for (e, share) in self.engines.shares[k].iter().enumerate() {
                gradient[TIMING_AT + k * ENGINES + e] += slope * share;
            }
            for (p, share) in self.programs.shares[k].iter().enumerate() {
                gradient[MARKS_AT + k * PROGRAMS + p] += slope * share;
            }
            let by_marks = self.programs.mean(k, &self.parts.ln_programs) + self.parts.ln_responses[k];
            let tempered = [self.engines.mean(k, &self.parts.ln_engines), by_marks, self.parts.ln_cross[k]];
            for (tau, part) in taus.iter_mut().zip(tempered) {
                *tau -= slope * part;
            }
        }
        let ln_n = libm::log(f64::from(self.parts.sessions.max(1)));
        for (at, (law, slope)) in class.laws.iter().zip(taus).enumerate() {
            let free = libm::exp((law.alpha + law.beta * ln_n).min(30.0));
            // At its limits a divisor does not move.
            if free > 1.0 && free < law.most {
                gradient[2 * at] += slope / self.tau[at];
                gradient[2 * at + 1] += slope * ln_n / self.tau[at];
            }
        }
        -case.weight * libm::log(told)
    }
}
