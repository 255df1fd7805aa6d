//! Draws through a vantage with one more kind of record, scored by the ordinary attributor.

use askance_record::Rng;

use super::kinds::RecordKind;
use super::matched::Matched;
use super::{Cost, MEMBERS_MAX};
use crate::attribute::{Attribution, Attributor, Facts};
use crate::cross::Cross;
use crate::math::bans;
use crate::observe::{Evidence, Population};
use crate::parts::Parts;
use crate::score::Scores;
use crate::sessions::Sessions;
use crate::simulate::draw;
use crate::state::SeriesState;

/// Sessions of a draw that are scored; a longer span is scaled up from them.
const SESSIONS_SCORED: f64 = 64.0;
/// Lookups of a draw that are scored.
const LOOKUPS_SCORED: f64 = 192.0;
/// No draw says more than this, in bans: what one record excludes must not swamp the mean.
const SAYS_MOST: f64 = 4.0;

/// Calibrated scores of the survivors, nats, in their order.
pub(super) type Sample = [f64; MEMBERS_MAX];

/// Samples by slot (no record more, or one kind of the view), by truth, by draw.
#[derive(Debug)]
pub(super) struct Samples(pub(super) Vec<Vec<Vec<Sample>>>);

/// What one draw says for its truth against the strongest other survivor, in bans.
pub(super) fn lr_of_truth(sample: &Sample, truth: usize, members: usize) -> f64 {
    let others = (0..members).filter(|&o| o != truth);
    others.map(|o| lr(sample, truth, o)).fold(SAYS_MOST, f64::min)
}

/// The mean LR of the truth over the other, in bans; the lesser of the two ways round.
pub(super) fn lesser_lr(samples: &[Vec<Sample>], a: usize, b: usize) -> f64 {
    let mean = |truth: usize, other: usize| {
        let all = &samples[truth];
        all.iter().map(|s| lr(s, truth, other)).sum::<f64>() / all.len().max(1) as f64
    };
    mean(a, b).min(mean(b, a))
}

fn lr(sample: &Sample, truth: usize, other: usize) -> f64 {
    let difference = bans(sample[truth] - sample[other]);
    // Two that are both excluded differ by nothing that can be said.
    if difference.is_nan() { 0.0 } else { difference.clamp(-SAYS_MOST, SAYS_MOST) }
}

/// A vantage to draw through, with the kinds of record that need no other scoring of the lookups.
#[derive(Debug)]
pub(super) struct View {
    attributor: Attributor,
    /// Slot 0 is the view without a record more, if it is the series' own.
    slots: Vec<Option<RecordKind>>,
    /// The survivors under this vantage.
    matched: Vec<Matched>,
    /// (sessions, lookups) a day of each.
    rates: Vec<(f64, f64)>,
}

impl View {
    /// The series' own view first, then those of the kinds that change what is seen of the lookups.
    pub(super) fn all(
        own: &Attributor,
        evidence: &Evidence,
        of: &Attribution,
        matched: &[Matched],
        key: u64,
    ) -> Vec<Self> {
        let missing = RecordKind::ALL.into_iter().filter(|k| k.is_missing(&own.given, evidence, of.ttl_s));
        let (apart, beside): (Vec<RecordKind>, Vec<RecordKind>) = missing.partition(|k| k.changes_lookups());
        let slots = core::iter::once(None).chain(beside.into_iter().map(Some)).collect();
        let mut out = vec![Self::new(own.clone(), slots, matched, key)];
        for kind in apart {
            let seen = kind.seen_with(&own.given);
            let attributor = Attributor::with(seen, own.priors.clone(), own.calibration.clone());
            let matched: Vec<Matched> = matched.iter().map(|m| kind.through(m, &attributor)).collect();
            out.push(Self::new(attributor, vec![Some(kind)], &matched, key));
        }
        out
    }

    fn new(attributor: Attributor, slots: Vec<Option<RecordKind>>, matched: &[Matched], key: u64) -> Self {
        let rates = matched.iter().map(|m| m.trial(&mut Rng::part(key, "trial"))).collect();
        Self { attributor, slots, matched: matched.to_vec(), rates }
    }

    pub(super) fn kinds(&self) -> impl Iterator<Item = Option<RecordKind>> + '_ {
        self.slots.iter().copied()
    }

    /// The spans to draw for a series of `days`: the own view also stands for longer ones.
    pub(super) fn spans(&self, days: f64) -> Vec<f64> {
        if self.slots[0].is_none() { vec![days, 2.0 * days, 4.0 * days] } else { vec![days] }
    }

    /// The longest span that is scored whole, in days.
    fn window(&self, member: usize) -> f64 {
        let (sessions, lookups) = self.rates[member];
        (SESSIONS_SCORED / sessions.max(1e-6)).min(LOOKUPS_SCORED / lookups.max(1e-6))
    }

    /// Lookups that one draw of each survivor over these spans is expected to have scored.
    pub(super) fn cost(&self, spans: &[f64]) -> f64 {
        let of = |member: usize| -> f64 {
            let window = self.window(member);
            let whole: f64 = spans.iter().filter(|&&days| days <= window).sum();
            let cut = if spans.iter().any(|&days| days > window) { window } else { 0.0 };
            (whole + cut) * self.rates[member].1
        };
        (0..self.matched.len()).map(of).sum()
    }
}

/// The maker of draws, and what they cost.
#[derive(Debug)]
pub(super) struct Draws<'a> {
    evidence: &'a Evidence,
    ttl_known: bool,
    key: u64,
    pub(super) cost: Cost,
}

impl<'a> Draws<'a> {
    /// - `evidence`: what is known of the series beside its lookups
    /// - `ttl_known`: whether the TTL was
    pub(super) fn new(evidence: &'a Evidence, ttl_known: bool, key: u64) -> Self {
        Self { evidence, ttl_known, key, cost: Cost::default() }
    }

    /// Samples of each span, from `count` draws of each survivor.
    pub(super) fn spans(&mut self, view: &View, spans: &[f64], count: u32) -> Vec<Samples> {
        let slots = view.slots.len();
        let empty = || Samples(vec![vec![Vec::new(); view.matched.len()]; slots]);
        let mut out: Vec<Samples> = spans.iter().map(|_| empty()).collect();
        for member in 0..view.matched.len() {
            let window = view.window(member);
            for number in 0..count {
                let mut cut: Option<Scored> = None;
                for (samples, &days) in out.iter_mut().zip(spans) {
                    let scored = if days <= window {
                        &self.one(view, member, number, days)
                    } else {
                        cut.get_or_insert_with(|| self.one(view, member, number, window))
                    };
                    for (slot, sample) in scored.samples(view, days).into_iter().enumerate() {
                        samples.0[slot][member].push(sample);
                    }
                }
            }
        }
        out
    }

    /// Draws and scores one series of `days`.
    fn one(&mut self, view: &View, member: usize, number: u32, days: f64) -> Scored {
        let mut matched = view.matched[member].clone();
        let mut rng = Rng::part(self.key, &format!("{} {number}", matched.id));
        matched.vary(&mut rng, self.ttl_known);
        let whole = (days - matched.given.days).abs() < 1e-9;
        if !whole {
            matched.given.observation.coverage.clear();
            let later_s = rng.uniform(0.0, 7.0 * 86_400.0);
            #[expect(clippy::cast_possible_truncation, reason = "within a week")]
            let later_us = (later_s * 1e6) as i64;
            matched.given.start = matched.given.start.plus_us(later_us);
            matched.given.days = days;
        }
        matched.around.lookups_max = 2 * 192;
        for kind in view.slots.iter().flatten() {
            kind.keep(&mut matched.around.kept);
        }
        let drawn = draw(matched.id, &mut rng, &matched.given, &matched.around);
        let mut state = SeriesState::new(self.key);
        for event in &drawn.events {
            state.push(event);
        }
        self.cost.draws += 1;
        self.cost.lookups += drawn.events.len() as u64;
        Scored::of(view, &state, &self.known(drawn.evidence), days)
    }

    /// Drawn evidence, with what is known of the family whatever the records.
    fn known(&self, drawn: Evidence) -> Evidence {
        let company = drawn.population.unwrap_or_default();
        let known = self.evidence.population.unwrap_or_default();
        let population =
            Population { same_minute_families: company.same_minute_families, order_kept: company.order_kept, ..known };
        Evidence {
            population: (self.evidence.population.is_some() || drawn.population.is_some()).then_some(population),
            names: self.evidence.names,
            names_a_peer: self.evidence.names_a_peer,
            published: self.evidence.published.clone(),
            pooled_log_gaps: self.evidence.pooled_log_gaps,
            ..drawn
        }
    }
}

/// A scored draw.
#[derive(Debug)]
struct Scored {
    /// Days that were drawn.
    days: f64,
    /// The parts by slot.
    slots: Vec<Parts>,
}

impl Scored {
    fn of(view: &View, state: &SeriesState, evidence: &Evidence, days: f64) -> Self {
        let Attributor { given, tables, .. } = &view.attributor;
        let all = Sessions::of(state, given);
        // Other records leave what the lookups score as it is: only their own part is found slot by slot.
        let scores = Scores::of(state, &all, given, evidence, tables);
        let of = |&kept: &Option<RecordKind>| {
            let masked = masked(evidence, &view.slots, kept);
            let cross = Cross::of(&all, &masked, scores.ttl_s, given);
            let facts = Facts::of(&all, given, &cross, scores.timing.atoms.is_no_code(scores.ttl_s));
            Parts { ln_cross: cross.ln, ..scores.parts(all.len(), given, &masked, facts.excluded()) }
        };
        Self { days, slots: view.slots.iter().map(of).collect() }
    }

    /// The survivors' scores as a series of `days` would have them, by slot.
    fn samples(&self, view: &View, days: f64) -> Vec<Sample> {
        let scale = days / self.days;
        let of = |parts: &Parts| {
            let scores = scaled(parts, scale).scores(&view.attributor.calibration);
            let mut sample = [f64::NEG_INFINITY; MEMBERS_MAX];
            for (slot, matched) in sample.iter_mut().zip(&view.matched) {
                *slot = scores[matched.id.index()];
            }
            sample
        };
        self.slots.iter().map(of).collect()
    }
}

/// The evidence without the records that only other slots keep.
fn masked(evidence: &Evidence, slots: &[Option<RecordKind>], kept: Option<RecordKind>) -> Evidence {
    let mut out = evidence.clone();
    for kind in slots.iter().flatten().filter(|k| Some(**k) != kept) {
        match kind {
            RecordKind::MailLog => out.mail = None,
            RecordKind::FlowRecords => out.flows = None,
            RecordKind::SameMinuteNames => {
                if let Some(population) = &mut out.population {
                    (population.same_minute_families, population.order_kept) = (None, None);
                }
            }
            _ => {}
        }
    }
    out
}

/// The parts of a series `scale` times as long whose further days are like those drawn.
fn scaled(parts: &Parts, scale: f64) -> Parts {
    let mut out = parts.clone();
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count, and casts saturate")]
    let sessions = (f64::from(parts.sessions) * scale).round() as u32;
    out.sessions = sessions.max(1);
    let timing = out.ln_engines.iter_mut().chain(&mut out.ln_programs);
    for ln in timing.chain(&mut out.ln_responses).chain(&mut out.ln_cross) {
        *ln *= scale;
    }
    out
}
