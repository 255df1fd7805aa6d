//! From scores to an answer: best, set, likelihood ratio, words, reasons.
//!
//! # From nats to what may be said
//! 1. Scores are tempered by divisors that grow with the number of sessions, and each mechanism's
//!    score is shifted by an offset; both are data, fitted on labelled traffic ([`Calibration`]).
//!    Evidence is tempered before engines and programs are mixed: the weights are prior belief.
//! 2. LR(m) = `p(D|m) / sum over j != m of w_j p(D|j)`, with w the prior shares of the rest.
//! 3. The LR is capped at what the calibration's number of independent software configurations
//!    allows to be said: log10(N + 1), narrowed where misleading cases ask for it.
//! 4. The set holds every mechanism that the best does not beat by a factor of ten, and every
//!    one whose lead does not hold up from day to day (Vuong's z below 2 over at least five days).
//!
//! The score of the end of a series (no lookup until the coverage ends) is left out:
//! programs are switched off, and that says nothing of what they were.

mod reasons;
#[cfg(test)]
mod tests;

use askance_record::Timestamp;

use crate::caches::{Caches, caches};
use crate::calibration::Calibration;
use crate::cross::Cross;
use crate::demand::{Demand, demand_of};
use crate::facts::AS_TOLD;
use crate::fit::Ppc;
use crate::marks::Tables;
use crate::mechanism::{MECHANISMS, MechanismId as M, Priors, spread};
use crate::observe::{Evidence, Observation};
use crate::parts::{Decision, Parts, SEPARATED, against_rest};
use crate::response::failed_share;
use crate::rhythm::Rhythm;
use crate::score::{Scores, rescaled_gaps};
use crate::segments::{Segment, segments};
use crate::sessions::Sessions;
use crate::settle::{Settle, by_rule};
use crate::state::{Role, SeriesState};
use crate::superpose::{Mixture, superposition};
use crate::verbal::enfsi_lowered;

/// Fewer lookups than this decide nothing unless marks do.
const LOOKUPS_MIN: u64 = 10;
/// Sessions without a mark that a mechanism always makes, from which on it is excluded.
const SESSIONS_MIN: usize = 5;
const SESSIONS_MANY: usize = 30;

/// One mechanism's account of a series; all logs natural unless said.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    /// The mechanism.
    pub id: M,
    /// Timing.
    pub ln_time: f64,
    /// Roles and their order, given what the vantage shows.
    pub ln_marks: f64,
    /// How lookups were answered.
    pub ln_responses: f64,
    /// Mail log, flows, population.
    pub ln_cross: f64,
    /// The sum, lowered to that of `none` where the mechanism may not be the answer.
    pub ln_total: f64,
    /// Against the mixture of all others, tempered and capped, in bans.
    pub log10_lr: f64,
    /// Why the records rule it out, where they do.
    pub excluded_because: Option<String>,
    /// True where it may be true but cannot head the answer: what decides it was not seen in these records.
    pub undecided: bool,
}

/// What a series is attributed to, how strongly, and why.
#[derive(Clone, Debug, PartialEq)]
pub struct Attribution {
    /// Lookups.
    pub n: u64,
    /// Sessions among the kept lookups.
    pub sessions: usize,
    /// The earliest lookup.
    pub first: Option<Timestamp>,
    /// The latest lookup.
    pub last: Option<Timestamp>,
    /// The mechanism that explains the series best; see `abstained`.
    pub best: M,
    /// All mechanisms that are not separated from the best, which stands first.
    pub set: Vec<M>,
    /// Posterior under the family prior, by mechanism.
    pub posterior: Vec<(M, f64)>,
    /// Posterior under the operational prior, by mechanism.
    pub posterior_operational: Vec<(M, f64)>,
    /// Best against the mixture of the rest: tempered, capped, in bans.
    pub log10_lr: f64,
    /// The same before the cap.
    pub log10_lr_uncapped: f64,
    /// The same, neither tempered nor capped: for the methods page only.
    pub log10_lr_raw: f64,
    /// True where the cap was reached.
    pub capped: bool,
    /// The words for `log10_lr`, one band lower where the fit is poor.
    pub verbal: &'static str,
    /// True where the records do not allow an answer; `best` then only heads the set.
    pub abstained: bool,
    /// Plain sentences: what speaks for it, what cannot be seen, why it is not stronger.
    pub reasons: Vec<String>,
    /// All mechanisms, by falling score.
    pub candidates: Vec<Candidate>,
    /// Best against each other mechanism: tempered, capped, in bans.
    pub pairwise: Vec<(M, f64)>,
    /// Two mechanisms that explain it together, where no single one does as well.
    pub mixture: Option<Mixture>,
    /// Stretches that different mechanisms explain, in order; empty where one explains all.
    pub segments: Vec<Segment>,
    /// Which records would separate what is left, by rule: without numbers, those that tell most pairs apart first.
    /// [`Attributor::settle`] finds the numbers.
    pub settle: Vec<Settle>,
    /// Whether the best fits at all.
    pub fit: Ppc,
    /// When in the week, and whether by the clock.
    pub rhythm: Rhythm,
    /// How many caches stand behind the client's address, where it can be told.
    pub caches: Option<Caches>,
    /// Demand behind the cache, where it can be told.
    pub demand: Option<Demand>,
    /// The TTL used, in seconds, where one is known.
    pub ttl_s: Option<u32>,
    /// What was scored, part by part.
    pub parts: Parts,
}

/// Attributes one series.
///
/// - `state`: the lookups of one (vantage, client, family)
/// - `given`: what could have been seen of it
/// - `evidence`: what other records say
/// - returns: the same for the same input on every platform
///
/// Cost: a few microseconds a lookup, and about 100 microseconds for `given`; for many series of
/// one source, [`Attributor`] pays the latter once.
pub fn attribute(state: &SeriesState, given: &Observation, evidence: &Evidence, priors: &Priors) -> Attribution {
    Attributor::new(given.clone(), priors.clone()).attribute(state, evidence)
}

/// Attributes many series of one source.
#[derive(Clone, Debug)]
pub struct Attributor {
    pub(crate) given: Observation,
    pub(crate) priors: Priors,
    pub(crate) tables: Tables,
    pub(crate) calibration: Calibration,
}

impl Attributor {
    /// Prepares for series seen under `given`, with the calibration that is embedded.
    pub fn new(given: Observation, priors: Priors) -> Self {
        Self::with(given, priors, Calibration::embedded().clone())
    }

    /// The same with another calibration.
    pub fn with(given: Observation, priors: Priors, calibration: Calibration) -> Self {
        let tables = Tables::new(&given);
        Self { given, priors, tables, calibration }
    }

    /// What the series were seen under.
    pub fn observation(&self) -> &Observation {
        &self.given
    }

    /// Attributes one series; as [`attribute`].
    pub fn attribute(&self, state: &SeriesState, evidence: &Evidence) -> Attribution {
        let all = Sessions::of(state, &self.given);
        let account = self.account(state, &all, evidence);
        let best = account.judged.decision.best;
        let Scores { timing, ttl_s, .. } = &account.scores;
        let rescaled = rescaled_gaps(best, &all, &self.given, evidence, *ttl_s, &timing.carriers(best));
        let fit = Ppc::of(best, &rescaled);
        let segments = segments(self, state, evidence, &all, &account);
        let mixture = if segments.is_empty() {
            superposition(self, state, evidence, &all, &account, &self.calibration)
        } else {
            None
        };
        let work = Work { all, account, fit, segments, mixture, calibration: &self.calibration };
        answer(state, &self.given, evidence, &work)
    }

    /// Scores and judges the sessions `all`, which are some or all of those of `state`.
    pub(crate) fn account(&self, state: &SeriesState, all: &Sessions, evidence: &Evidence) -> Account {
        let scores = Scores::of(state, all, &self.given, evidence, &self.tables);
        let facts = Facts::of(all, &self.given, &scores.cross, scores.timing.atoms.is_no_code(scores.ttl_s));
        let parts = scores.parts(all.len(), &self.given, evidence, facts.excluded());
        let judged = Judged::of(&scores, parts, &self.calibration, &self.priors);
        Account { lookups: all.events.len() as u64, scores, facts, judged }
    }

    /// A likelihood ratio in bans, held to what the calibration can say.
    pub(crate) fn capped(&self, log10_lr: f64) -> f64 {
        self.calibration.capped(log10_lr)
    }
}

/// What one pass over sessions gives.
pub(crate) struct Account {
    pub(crate) lookups: u64,
    pub(crate) scores: Scores,
    pub(crate) facts: Facts,
    pub(crate) judged: Judged,
}

impl Account {
    /// ln p(sessions | mechanism), without the company of the series: that is a single fact of all of it, which
    /// must not count once for each part. Minus infinity where excluded.
    pub(crate) fn ln_alone(&self, m: M) -> f64 {
        self.judged.totals[m.index()] - self.judged.parts.ln_fact(m.index(), &AS_TOLD)
    }

    /// The same of the best mechanism.
    pub(crate) fn ln_best(&self) -> f64 {
        self.ln_alone(self.judged.decision.best)
    }

    /// True where these sessions alone do not allow an answer.
    pub(crate) fn is_silent(&self) -> bool {
        !reasons::why_abstain(self).is_empty()
    }
}

/// Everything that an answer is put together from.
struct Work<'a> {
    all: Sessions,
    account: Account,
    fit: Ppc,
    segments: Vec<Segment>,
    mixture: Option<Mixture>,
    calibration: &'a Calibration,
}

fn answer(state: &SeriesState, given: &Observation, evidence: &Evidence, work: &Work<'_>) -> Attribution {
    let Work { all, account, fit, segments, mixture, calibration } = work;
    let Account { scores, facts, judged, .. } = account;
    let decision = &judged.decision;
    let log10_lr_all = judged.log10_lr();
    let caches = caches(all, given, evidence);
    let log10_lr = calibration.capped(log10_lr_all);
    let pair = |m: M| calibration.capped(decision.pairs[m.index()]);
    let mut attribution = Attribution {
        n: state.n(),
        sessions: all.len(),
        first: state.first(),
        last: state.last(),
        best: decision.best,
        set: decision.set.clone(),
        posterior: paired(&decision.posterior),
        posterior_operational: paired(&decision.operational),
        log10_lr,
        log10_lr_uncapped: log10_lr_all,
        log10_lr_raw: judged.log10_lr_raw(),
        capped: log10_lr_all > calibration.cap.high || log10_lr_all < calibration.cap.low,
        verbal: enfsi_lowered(log10_lr, usize::from(fit.poor)),
        abstained: false,
        reasons: Vec::new(),
        candidates: judged.candidates(scores, facts, calibration),
        pairwise: M::ALL.into_iter().filter(|&m| m != decision.best).map(|m| (m, pair(m))).collect(),
        mixture: mixture.clone(),
        segments: segments.clone(),
        settle: by_rule(&decision.set, given, evidence, scores.ttl_s),
        fit: *fit,
        rhythm: Rhythm::of(state, all, &scores.timing),
        demand: demand_of(state, all, given, scores.ttl_s, caches.as_ref(), decision.best.is_loop()),
        caches,
        ttl_s: scores.ttl_s,
        parts: judged.parts.clone(),
    };
    let mut silence = reasons::why_abstain(account);
    silence.extend(reasons::several(&attribution));
    attribution.abstained = !silence.is_empty();
    attribution.reasons = reasons::reasons(&attribution, work, given, evidence, state);
    attribution.reasons.extend(reasons::limits(judged));
    attribution.reasons.extend(silence);
    attribution
}

fn paired(values: &[f64; MECHANISMS]) -> Vec<(M, f64)> {
    M::ALL.into_iter().zip(*values).collect()
}

/// What was counted in the sessions: the decisive marks.
#[derive(Clone, Debug)]
pub(crate) struct Facts {
    /// Share of sessions in which a PTR is followed by an address lookup.
    pub(crate) pair: f64,
    /// Share of sessions that ask for SPF, DKIM or DMARC records.
    pub(crate) txt: f64,
    /// Share of sessions that begin with MX.
    pub(crate) mx: f64,
    /// Share of sessions with a search-suffix variant.
    pub(crate) suffix: f64,
    /// Share of sessions that ask for names made up as they are asked.
    pub(crate) generated: f64,
    /// Share of known answers that failed.
    pub(crate) failed: Option<f64>,
    pub(crate) sessions: usize,
    /// Share of sessions with any PTR.
    pub(crate) ptr: f64,
    /// Share of sessions with any MX.
    pub(crate) any_mx: f64,
    /// Whether SPF, DKIM and DMARC records could be seen, PTR in front of any cache, and names under a search suffix.
    pub(crate) visible: [bool; 3],
    /// True where the gaps are many, and no small alphabet in free order.
    pub(crate) no_code: bool,
    /// True where most sessions come with a mail connection, or with the check of a peer that belongs to one.
    pub(crate) with_mail: bool,
}

impl Facts {
    pub(crate) fn of(all: &Sessions, given: &Observation, cross: &Cross, no_code: bool) -> Self {
        let address = |role: Role| matches!(role, Role::A | Role::Aaaa);
        let text = |role: Role| matches!(role, Role::TxtSpf | Role::TxtDkim | Role::TxtDmarc);
        Self {
            pair: all.share(|s| {
                let ptr = s.iter().position(|e| e.role == Role::Ptr);
                ptr.is_some_and(|at| s[at..].iter().any(|e| address(e.role)))
            }),
            txt: all.share(|s| s.iter().any(|e| text(e.role))),
            mx: all.share(|s| s[0].role == Role::Mx),
            suffix: all.share(|s| s.iter().any(|e| e.role == Role::SuffixVariant)),
            generated: all.share(|s| s.iter().any(|e| e.role == Role::Generated)),
            failed: failed_share(all).filter(|_| given.responses_visible),
            sessions: all.len(),
            ptr: all.share(|s| s.iter().any(|e| e.role == Role::Ptr)),
            any_mx: all.share(|s| s.iter().any(|e| e.role == Role::Mx)),
            visible: [
                given.shows(Role::TxtSpf) && given.shows(Role::TxtDmarc) && given.shows(Role::TxtDkim),
                given.shows(Role::Ptr) && !given.vantage.is_behind_cache(),
                given.suffix_visible,
            ],
            no_code,
            with_mail: [cross.arrivals, cross.checks].into_iter().flatten().any(|m| m.hits >= 0.5 * m.of),
        }
    }

    /// True where marks alone say much.
    pub(crate) fn decisive(&self) -> bool {
        self.sessions >= 3 && [self.pair, self.txt, self.mx, self.suffix].into_iter().any(|share| share >= 0.5)
    }

    /// Mechanisms that cannot be the answer, by [`M::ALL`].
    pub(crate) fn excluded(&self) -> [bool; MECHANISMS] {
        M::ALL.map(|m| self.excludes(m).is_some())
    }

    /// Why a mechanism cannot be the answer, whatever its score.
    fn excludes(&self, m: M) -> Option<String> {
        let [text, ptr, suffix] = self.visible;
        let enough = self.sessions >= SESSIONS_MIN;
        let none = |share: f64| share <= 0.0;
        match m {
            M::Tunnel if self.generated < 0.5 => {
                Some("the names asked for are asked for again and again: they carry no data".to_owned())
            }
            M::TimingChannel if self.no_code => {
                Some("the gaps are not a few sizes in an order that nothing foretells".to_owned())
            }
            M::RetryLoop if self.failed.is_some_and(|share| share < 0.05) => {
                Some("a retry loop stops on success, and nearly every lookup was answered".to_owned())
            }
            // At the servers of the suffix there is the variant only: a name that fails may be one.
            M::SearchSuffixLeak if none(self.suffix) && self.failed.is_none_or(|share| share < 0.5) => Some(
                if suffix {
                    "no lookup with a search suffix is among the records"
                } else {
                    "these lookups are of the name itself; what a leak makes, with a suffix appended, this source does not keep"
                }
                .to_owned(),
            ),
            // The PTR may stand in another family, so its absence is left to the marks for a while.
            M::SenderVerification
                if ptr
                    && self.sessions >= SESSIONS_MANY
                    && none(self.ptr)
                    && none(self.any_mx)
                    && !self.with_mail
                    && self.generated < 0.5 =>
            {
                Some(unseen("for PTR"))
            }
            M::MailAuthentication if text && enough && none(self.txt) => Some(unseen("for SPF, DKIM or DMARC records")),
            _ => None,
        }
    }
}

fn unseen(what: &str) -> String {
    format!("no lookup {what} was seen, and this vantage would show it")
}

/// The decision, and how far it holds up from day to day.
pub(crate) struct Judged {
    pub(crate) parts: Parts,
    pub(crate) decision: Decision,
    /// Untempered totals.
    measured: [f64; MECHANISMS],
    /// The same; minus infinity where excluded.
    pub(crate) totals: [f64; MECHANISMS],
    /// True where a member of the set is there only because the lead over it does not hold from day to day.
    pub(crate) rests_on_few_days: bool,
    prior: [f64; MECHANISMS],
}

impl Judged {
    fn of(scores: &Scores, parts: Parts, calibration: &Calibration, priors: &Priors) -> Self {
        let mut decision = Decision::of(&parts, calibration, priors);
        let best = decision.best;
        let mut rests_on_few_days = false;
        for m in M::ALL {
            let lead = decision.pairs[m.index()];
            if (SEPARATED..2.0 * SEPARATED).contains(&lead) && unstable(scores, best, m) {
                rests_on_few_days = true;
                decision.set.push(m);
            }
        }
        let pairs = decision.pairs;
        decision.set[1..].sort_by(|a, b| pairs[a.index()].total_cmp(&pairs[b.index()]));
        let measured = parts.measured();
        let totals = parts.possible(measured);
        Self { parts, decision, measured, totals, rests_on_few_days, prior: spread(&priors.family) }
    }

    /// The best against the mixture of the rest, bans, not capped.
    pub(crate) fn log10_lr(&self) -> f64 {
        let all = self.decision.log10_lr(self.decision.best);
        if self.rests_on_few_days { all.min(SEPARATED) } else { all }
    }

    fn log10_lr_raw(&self) -> f64 {
        against_rest(self.decision.best, &self.totals, &self.prior)
    }

    fn candidates(&self, scores: &Scores, facts: &Facts, calibration: &Calibration) -> Vec<Candidate> {
        let ratios = self.decision.log10_lrs();
        let mut out: Vec<Candidate> = M::ALL
            .into_iter()
            .map(|id| {
                let k = id.index();
                Candidate {
                    id,
                    ln_time: scores.ln_time[k],
                    ln_marks: scores.ln_marks[k],
                    ln_responses: scores.ln_responses[k],
                    ln_cross: scores.cross.ln[k] + self.parts.ln_fact(k, &AS_TOLD),
                    ln_total: self.measured[k],
                    log10_lr: calibration.capped(ratios[k]),
                    excluded_because: facts.excludes(id),
                    undecided: self.parts.undecided[k],
                }
            })
            .collect();
        out.sort_by(|a, b| self.totals[b.id.index()].total_cmp(&self.totals[a.id.index()]));
        out
    }
}

/// True where the lead over `other` does not hold up from day to day.
fn unstable(scores: &Scores, best: M, other: M) -> bool {
    let leads = scores.leads_by_day(best, other);
    let count = leads.len() as f64;
    let sum: f64 = leads.iter().sum();
    if leads.len() < 5 || sum <= 0.0 {
        return false;
    }
    let mean = sum / count;
    let variance = leads.iter().map(|d| (d - mean) * (d - mean)).sum::<f64>() / (count - 1.0);
    sum < 2.0 * libm::sqrt(count * variance)
}
