//! One series and what explains it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::PredictedJson;

/// All lookups of one name family by one client at one vantage, and what explains them.
///
/// `askance hunt --json-lines` prints one of these a line.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Series {
    /// The vantage.
    pub vantage: String,
    /// Which sources were pooled: a case's source id, or the format for loose files.
    pub tap: String,
    /// The client as the source names it.
    pub client: String,
    /// The party that the case says it belongs to; empty where none.
    pub party: String,
    /// The head of the name family.
    pub name: String,
    /// The names of the family that occur.
    pub members: Vec<String>,
    /// The types asked for.
    pub qtypes: Vec<String>,
    /// True where the family is a subject of the case.
    pub subject: bool,
    /// Lookups.
    pub n: u64,
    /// Bursts of lookups that belong together.
    pub sessions: u64,
    /// First lookup.
    pub first: String,
    /// Last lookup.
    pub last: String,
    /// The mechanism with the highest weight, or `none`.
    pub best: String,
    /// Its family.
    pub family: String,
    /// The mechanisms not separated from it by a factor of 10, itself included.
    pub set: Vec<String>,
    /// Posterior by mechanism under the equal-family prior.
    pub posterior: BTreeMap<String, f64>,
    /// Posterior by mechanism under the operational prior.
    pub posterior_operational: BTreeMap<String, f64>,
    /// Likelihood ratio of `best` against the stated mixture of the rest, decimal logarithm, capped.
    pub log10_lr: f64,
    /// The same before the cap.
    pub log10_lr_uncapped: f64,
    /// The cap that applies.
    pub log10_lr_cap: f64,
    /// ENFSI words for `log10_lr`.
    pub verbal: String,
    /// Prior odds at which the verdict would flip.
    pub tipping_prior_odds: f64,
    /// True where the records do not carry an answer.
    pub abstained: bool,
    /// Two mechanisms that explain it together, where no single one does as well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mixture: Option<Mixture>,
    /// Stretches that different mechanisms explain, in order; empty where one explains all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub segments: Vec<Segment>,
    /// How many caches stand behind the client's address; absent where that cannot be told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caches: Option<Caches>,
    /// What the lookups of this source alone would have given; absent where no mail or flow log adds to them.
    #[serde(default)]
    pub alone: Option<Alone>,
    /// Why, in sentences.
    pub reasons: Vec<String>,
    /// What would settle it: record kinds, best first.
    pub settle: Vec<String>,
    /// Every kind of record that is missing, with what it is expected to add, by falling gain; empty where that was not
    /// simulated, as in `hunt`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub settle_detail: Vec<SettleDetail>,
    /// What each survivor would have made, beside the record; absent where nothing was drawn, as in `hunt`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub predicted: Option<PredictedJson>,
    /// All candidates, best first.
    pub candidates: Vec<Candidate>,
    /// How well the best one fits.
    pub fit: Fit,
    /// Rhythm.
    pub rhythm: RhythmJson,
    /// Demand behind the cache; absent where there is no cache before the tap.
    pub demand: Option<Demand>,
    /// The TTL that the inference used, seconds; absent where unknown.
    pub ttl_s: Option<f64>,
    /// Lookups by day as (date in the display zone, count), days without lookups left out.
    pub daily: Vec<(String, u64)>,
    /// Histogram of gaps between lookups, ascending.
    pub gaps: Vec<GapBin>,
    /// Instants in milliseconds since 1970, at most 4096, thinned evenly beyond that.
    pub ticks_ms: Vec<i64>,
    /// The first records, to look up in the source.
    pub examples: Vec<Example>,
}

/// An attribution without mail and flow logs.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Alone {
    /// The mechanism with the highest weight, or `none`.
    pub best: String,
    /// The mechanisms not separated from it by a factor of 10.
    pub set: Vec<String>,
    /// As [`Series::log10_lr`].
    pub log10_lr: f64,
    /// ENFSI words for it.
    pub verbal: String,
    /// True where the lookups alone do not carry an answer.
    pub abstained: bool,
    /// As [`Candidate::log10_lr`], by mechanism.
    #[serde(default)]
    pub log10_lrs: BTreeMap<String, f64>,
}

/// Two mechanisms behind one series.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Mixture {
    /// The two parts, that with more bursts first.
    pub parts: Vec<Component>,
    /// The pair against the best single mechanism, decimal logarithm, capped.
    pub log10_lr: f64,
}

/// One of two mechanisms behind a series.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Component {
    /// The mechanism that explains its part best.
    pub best: String,
    /// The mechanisms not separated from it on its part.
    pub set: Vec<String>,
    /// Kept lookups of its part.
    pub n: u64,
    /// Bursts of its part.
    pub sessions: u64,
    /// Its share of the bursts, 0 to 1.
    pub share: f64,
    /// 95 % interval of the share.
    pub share_lo: f64,
    /// 95 % interval of the share.
    pub share_hi: f64,
    /// As [`Series::log10_lr`], on its part.
    pub log10_lr: f64,
    /// Median gap of a clock or a sleep loop, seconds; absent where it comes round after no period.
    pub period_s: Option<f64>,
}

/// A stretch of a series that one mechanism explains.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Segment {
    /// First lookup.
    pub from: String,
    /// Last lookup.
    pub to: String,
    /// Kept lookups in it.
    pub n: u64,
    /// Bursts in it.
    pub sessions: u64,
    /// The mechanism that explains it best, or `none`.
    pub best: String,
    /// The mechanisms not separated from it.
    pub set: Vec<String>,
    /// As [`Series::log10_lr`], on the stretch.
    pub log10_lr: f64,
    /// True where the stretch alone does not carry an answer.
    pub abstained: bool,
    /// True where its beginning is also found under the stricter penalty.
    pub firm: bool,
}

/// How many caches stand behind a client's address.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Caches {
    /// The likeliest count; 0 for a client that keeps no answer.
    pub best: u64,
    /// Posterior by count, 0 for none, each equally likely beforehand.
    pub posterior: BTreeMap<u64, f64>,
    /// For how long after a miss a cache does not ask, seconds.
    pub dead_s: f64,
    /// Misses that were used.
    pub misses: u64,
    /// The type that they asked for.
    pub role: String,
}

/// One mechanism's account of a series.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Candidate {
    /// The mechanism.
    pub mechanism: String,
    /// Its family.
    pub family: String,
    /// Decimal logarithm of the likelihood ratio of the best one against this one, tempered and capped; 0 for the best.
    pub log10_behind: f64,
    /// Likelihood ratio of this one against the stated mixture of all others, decimal logarithm, tempered and capped.
    #[serde(default)]
    pub log10_lr: f64,
    /// Log-likelihood of the timing, decimal logarithm relative to the universal code.
    pub timing: f64,
    /// The same for the order of types.
    pub marks: f64,
    /// The same for responses.
    pub responses: f64,
    /// The same for mail and flow logs; absent where no such log covers the series.
    pub cross: Option<f64>,
    /// Why it is out whatever the numbers; empty where it is not.
    pub excluded: String,
    /// True where it may be true but cannot head the answer: what decides it was not seen in these records.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub undecided: bool,
}

/// Posterior predictive check.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Fit {
    /// Kolmogorov-Smirnov p of the rescaled times; absent where too few.
    pub ks_p: Option<f64>,
    /// True where the best mechanism fits poorly.
    pub poor: bool,
}

/// Rhythm of one series.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RhythmJson {
    /// Lookups by hour of the week in UTC, from Monday 00:00; 168 values.
    pub week_hour_utc: Vec<u64>,
    /// The clock period it is locked to, seconds.
    pub clock_period_s: Option<f64>,
    /// Time-zone weights if a person's day made it, best first.
    pub zones: Vec<ZoneWeight>,
}

/// A time-zone offset and its weight.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ZoneWeight {
    /// Offset from UTC, hours.
    pub offset_h: f64,
    /// Weight, 0 to 1.
    pub weight: f64,
}

/// Demand behind a cache.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Demand {
    /// Lookups a day; absent where unidentifiable.
    pub per_day: Option<f64>,
    /// 95 % interval.
    pub lo: f64,
    /// 95 % interval; absent where unbounded.
    pub hi: Option<f64>,
}

/// One bin of a histogram of gaps.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct GapBin {
    /// Lower edge, seconds.
    pub from_s: f64,
    /// Upper edge, seconds.
    pub to_s: f64,
    /// Gaps in it.
    pub count: u64,
}

/// One record, to look up in its source.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Example {
    /// When.
    pub ts: String,
    /// The source's id.
    pub source: String,
    /// Octets from the start of the unwrapped source.
    pub at_byte: u64,
    /// Type, name and answer as read; hostile text.
    pub text: String,
}

/// What a kind of record is expected to add to one series, by simulation.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SettleDetail {
    /// The kind, a stable identifier.
    pub kind: String,
    /// What to ask for.
    pub record: String,
    /// What it would show.
    pub why: String,
    /// Expected likelihood ratio of the truth against the strongest other survivor, less the same without the record;
    /// decimal logarithm, calibrated, not capped.
    pub expected_log10_lr: f64,
    /// 95 % interval of it, from the scatter of the draws alone.
    pub lo: f64,
    /// See `lo`.
    pub hi: f64,
    /// Days of the record until the pair that is hardest to tell apart is told tenfold; absent where not within 56.
    pub days_needed: Option<u32>,
    /// That pair.
    pub hardest: [String; 2],
    /// Each surviving pair by itself.
    pub pairs: Vec<SettlePair>,
}

/// What a kind of record is expected to add for two survivors.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SettlePair {
    /// The two.
    pub pair: [String; 2],
    /// Expected likelihood ratio of the truth over the other, decimal logarithm, without the record; the lesser of the
    /// two ways round.
    pub without_log10_lr: f64,
    /// The same with it.
    pub with_log10_lr: f64,
    /// Days of the record until that is tenfold; absent where not within 56.
    pub days_needed: Option<u32>,
}

/// A kind of record that would separate what survives, over all series of the subjects.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SettleRow {
    /// The kind, a stable identifier.
    #[serde(default)]
    pub kind: String,
    /// The kind of record.
    pub record: String,
    /// Why it would.
    pub why: String,
    /// Pairs that it separates by a factor of two or more in some series.
    pub separates: Vec<[String; 2]>,
    /// Expected separation, decimal logarithm of the likelihood ratio: the mean over the series that lack it; of no
    /// meaning where `interval` is absent.
    pub expected_log10_lr: f64,
    /// 95 % interval of it, from the scatter of the draws alone; absent where nothing was simulated.
    #[serde(default)]
    pub interval: Option<[f64; 2]>,
    /// Days of the record until half of the series have even their hardest pair told tenfold; absent where not within 56.
    #[serde(default)]
    pub days_needed: Option<u32>,
    /// Days until the pair that is told soonest is told tenfold, in half of the series; absent where none is within 56.
    #[serde(default)]
    pub days_first: Option<u32>,
    /// The pair that is hardest in most series.
    #[serde(default)]
    pub hardest: Option<[String; 2]>,
    /// In how many series it would help: by a quarter or more.
    pub series: u64,
    /// Of how many that lack it and were simulated.
    #[serde(default)]
    pub of: u64,
}
