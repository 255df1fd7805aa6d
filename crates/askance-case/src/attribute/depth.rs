//! One series in depth: what would settle it.

use askance_inference::settle::{PairExpected, Settle};
use askance_inference::{Attributor as Inference, MechanismId};

use super::Attributor;
use crate::json::{Series, SettleDetail, SettlePair};
use crate::records::SeriesRow;

/// The gain from which on a record is said to help: a quarter, in bans.
pub(crate) const HELPS: f64 = 0.1;

impl Attributor<'_> {
    /// Attributes one series, and draws what survives: what [`series`](Self::series) does not, for its cost.
    pub fn series_in_depth(&self, row: &SeriesRow) -> Series {
        let mut series = self.attribute(row);
        self.deepen(row, &mut series);
        series
    }

    /// Adds to an attributed series what its survivors' draws show.
    pub(crate) fn deepen(&self, row: &SeriesRow, series: &mut Series) {
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
