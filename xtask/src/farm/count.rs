//! Counting: how often p is at most 0.05, and whether it is uniform.

use askance_inference::ks_p;
use serde_json::{Value, json};

/// Outcomes of many claims about which nothing is true, or all of which are.
#[derive(Clone, Debug, Default)]
pub(super) struct Tally {
    pub(super) claims: usize,
    pub(super) ps: Vec<f64>,
    /// Steps between possible values of p, where they are few.
    pub(super) lattice: Option<usize>,
}

impl Tally {
    pub(super) fn of(claims: usize, test: impl FnMut(u64) -> Option<f64>) -> Self {
        let ps = (0..claims as u64).filter_map(test).collect();
        Self { claims, ps, lattice: None }
    }

    /// Share of tested claims with p of at most 0.05; `None` if none was tested.
    pub(super) fn alarms(&self) -> Option<f64> {
        let found = self.ps.iter().filter(|&&p| p <= 0.05 + 1e-12).count();
        (!self.ps.is_empty()).then(|| found as f64 / self.ps.len() as f64)
    }

    /// Kolmogorov and Smirnov's distance from the uniform law (on the lattice, where there is one), and its p.
    pub(super) fn uniform(&self) -> Option<(f64, f64)> {
        let n = self.ps.len();
        if n < 20 {
            return None;
        }
        let mut sorted = self.ps.clone();
        sorted.sort_by(f64::total_cmp);
        let below = |x: f64| sorted.partition_point(|&p| p <= x + 1e-12) as f64 / n as f64;
        let d = match self.lattice {
            Some(steps) => {
                (1..=steps).map(|k| k as f64 / steps as f64).map(|x| (below(x) - x).abs()).fold(0.0, f64::max)
            }
            None => sorted
                .iter()
                .enumerate()
                .map(|(i, &p)| ((i + 1) as f64 / n as f64 - p).max(p - i as f64 / n as f64))
                .fold(0.0, f64::max),
        };
        Some((d, ks_p(d, n)))
    }
}

/// A line of the result: one test in one scene.
#[derive(Clone, Debug)]
pub(super) struct Line {
    pub(super) test: &'static str,
    pub(super) scene: &'static str,
    pub(super) null: Tally,
    pub(super) power: Option<Tally>,
    /// (name, share of false alarms) of tests that people run in its place.
    pub(super) naive: Vec<(&'static str, Option<f64>)>,
    /// Whether the target holds for it.
    pub(super) judged: bool,
}

impl Line {
    /// `None` where it is only told or could not be tested.
    pub(super) fn met(&self) -> Option<bool> {
        if !self.judged || self.null.ps.is_empty() {
            return None;
        }
        let alarms = self.null.alarms().is_none_or(|a| (0.03..=0.06).contains(&a));
        let uniform = self.null.uniform().is_none_or(|(_, p)| p > 0.01);
        let power = self.power.as_ref().and_then(Tally::alarms).is_none_or(|p| p >= 0.8);
        Some(alarms && uniform && power)
    }

    pub(super) fn text(&self) -> String {
        let share = |x: Option<f64>| x.map_or("-".to_owned(), |x| format!("{x:.3}"));
        let (d, p) = self.null.uniform().unzip();
        let naive: Vec<String> = self.naive.iter().map(|(name, rate)| format!("{name} {}", share(*rate))).collect();
        let verdict = match self.met() {
            _ if self.null.ps.is_empty() => "cannot be tested",
            None => "",
            Some(true) => "met",
            Some(false) => "missed",
        };
        format!(
            "{:<15} {:<11} {:>5} {:>6} {:>6} {:>6} {:>6}  {:<7} {}",
            self.test,
            self.scene,
            self.null.ps.len(),
            share(self.null.alarms()),
            share(d),
            share(p),
            share(self.power.as_ref().and_then(Tally::alarms)),
            verdict,
            naive.join(", ")
        )
        .trim_end()
        .to_owned()
    }

    pub(super) fn json(&self) -> Value {
        let naive: serde_json::Map<String, Value> =
            self.naive.iter().map(|(name, rate)| ((*name).to_owned(), json!(rate))).collect();
        json!({
            "test": self.test,
            "scene": self.scene,
            "claims": self.null.claims,
            "tested": self.null.ps.len(),
            "false_alarms": self.null.alarms(),
            "ks_distance": self.null.uniform().map(|u| u.0),
            "ks_p": self.null.uniform().map(|u| u.1),
            "power": self.power.as_ref().and_then(Tally::alarms),
            "naive": naive,
            "met": self.met(),
        })
    }
}

/// How often a test gives an answer, given what is true.
#[derive(Clone, Debug)]
pub(super) struct Rate {
    pub(super) test: &'static str,
    pub(super) truth: String,
    pub(super) answer: &'static str,
    pub(super) n: usize,
    pub(super) share: f64,
    /// (least, most) wanted; `None` where it is only told.
    pub(super) wanted: Option<(f64, f64)>,
}

impl Rate {
    pub(super) fn of(
        test: &'static str,
        truth: impl Into<String>,
        answer: &'static str,
        wanted: Option<(f64, f64)>,
        n: usize,
        holds: impl FnMut(u64) -> bool,
    ) -> Self {
        let found = (0..n as u64).map(holds).filter(|&h| h).count();
        Self { test, truth: truth.into(), answer, n, share: found as f64 / n.max(1) as f64, wanted }
    }

    pub(super) fn met(&self) -> Option<bool> {
        self.wanted.filter(|_| self.n > 0).map(|(least, most)| least <= self.share && self.share <= most)
    }

    pub(super) fn text(&self) -> String {
        let wanted = match (self.wanted, self.met()) {
            _ if self.n == 0 => "cannot be tested".to_owned(),
            (Some((least, most)), Some(met)) => {
                let bound = if least > 0.0 { format!(">= {least:.2}") } else { format!("<= {most:.2}") };
                format!("{bound} {}", if met { "met" } else { "missed" })
            }
            _ => String::new(),
        };
        let Self { test, truth, answer, n, share, .. } = self;
        format!("{test:<18} {truth:<26} {answer:<22} {n:>5}  {share:.3}  {wanted}").trim_end().to_owned()
    }

    pub(super) fn json(&self) -> Value {
        let (least, most) = self.wanted.unzip();
        json!({
            "test": self.test, "truth": self.truth, "answer": self.answer, "n": self.n, "share": self.share,
            "least": least, "most": most, "met": self.met(),
        })
    }
}
