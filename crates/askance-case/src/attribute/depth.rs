//! One series in depth: what would settle it, and what each survivor would have made.

use askance_inference::predict::{self, GAP_BINS, Predicted, Predictions};
use askance_inference::settle::{PairExpected, Settle};
use askance_inference::state::Role;
use askance_inference::{Attributor as Inference, MechanismId};

use super::Attributor;
use crate::json::{FigureDrawn, GapBin, PredictedJson, Profile, Series, SettleDetail, SettlePair, SurvivorDrawn};
use crate::records::SeriesRow;

/// The gain from which on a record is said to help: a quarter, in bans.
pub(crate) const HELPS: f64 = 0.1;

impl Attributor<'_> {
    /// Attributes one series, and draws what survives: what [`series`](Self::series) does not, for its cost.
    pub fn series_in_depth(&self, row: &SeriesRow) -> Series {
        let mut series = self.series(row);
        self.deepen(row, &mut series);
        series
    }

    /// Adds to an attributed series what its survivors' draws show.
    pub(crate) fn deepen(&self, row: &SeriesRow, series: &mut Series) {
        // Draws are of sequences: an excerpt has no place beside them.
        if self.is_excerpt(&row.tap) {
            return;
        }
        let inference = Inference::new(self.observation(row), self.priors.clone());
        let evidence = self.evidence(row);
        let attribution = inference.attribute(&row.state, &evidence);
        let settled = inference.settle(&row.state, &evidence, &attribution);
        let detail: Vec<SettleDetail> = settled.records.iter().filter_map(detail).collect();
        if !detail.is_empty() {
            let helps = |d: &&SettleDetail| d.expected_log10_lr >= HELPS;
            series.settle = detail.iter().filter(helps).map(|d| d.record.clone()).collect();
            series.settle_detail = detail;
        }
        series.predicted = inference.predict(&row.state, &evidence, &attribution).as_ref().map(predicted);
    }
}

fn detail(settle: &Settle) -> Option<SettleDetail> {
    let expected = settle.expected.as_ref()?;
    Some(SettleDetail {
        kind: settle.kind.as_str().to_owned(),
        record: settle.kind.record().to_owned(),
        why: settle.kind.why().to_owned(),
        expected_log10_lr: expected.gain_bans,
        lo: expected.interval.0,
        hi: expected.interval.1,
        days_needed: expected.days_needed,
        hardest: texts(expected.hardest),
        pairs: expected.pairs.iter().map(pair).collect(),
    })
}

fn pair(of: &PairExpected) -> SettlePair {
    SettlePair {
        pair: texts(of.pair),
        without_log10_lr: of.without_bans,
        with_log10_lr: of.with_bans,
        days_needed: of.days_needed,
    }
}

fn texts((a, b): (MechanismId, MechanismId)) -> [String; 2] {
    [a.as_str().to_owned(), b.as_str().to_owned()]
}

fn predicted(of: &Predictions) -> PredictedJson {
    PredictedJson {
        draws: u64::from(predict::DRAWS),
        observed: profile(&of.observed),
        survivors: of.survivors.iter().map(survivor).collect(),
    }
}

fn survivor(of: &Predicted) -> SurvivorDrawn {
    let figure = |tail: &predict::Tail| FigureDrawn {
        figure: tail.figure.to_string(),
        observed: tail.observed,
        drawn: tail.drawn,
        tail: tail.share,
    };
    SurvivorDrawn {
        mechanism: of.id.as_str().to_owned(),
        n: of.n.to_vec(),
        mean: profile(&of.mean),
        figures: of.tails.iter().map(figure).collect(),
        differs: of.differs.map_or(String::new(), |f| f.to_string()),
        ticks_ms: of.example.iter().map(|t| t.us().div_euclid(1000)).collect(),
    }
}

fn profile(of: &predict::Profile) -> Profile {
    // Half octaves of seconds from a sixteenth of a second upward.
    let edge = |bin: usize| libm::exp2((bin as f64 - 8.0) / 2.0);
    let bins = (0..GAP_BINS).filter(|&bin| of.gap_bins[bin] > 0.0);
    Profile {
        n: of.n,
        gaps_s: of.gaps_s.to_vec(),
        gap_bins: bins
            .map(|bin| GapBin { from_s: edge(bin), to_s: edge(bin + 1), count: millionths(of.gap_bins[bin]) })
            .collect(),
        roles: Role::ALL
            .iter()
            .zip(of.roles)
            .filter(|(_, share)| *share > 0.0)
            .map(|(role, share)| (role.as_str().to_owned(), share))
            .collect(),
        // Digits beyond a millionth would only make the file longer.
        week_hour_utc: of.week_hour.map(|share| millionths(share) as f64 / 1e6).to_vec(),
    }
}

fn millionths(share: f64) -> u64 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of one")]
    let millionths = (share.clamp(0.0, 1.0) * 1e6).round() as u64;
    millionths
}
