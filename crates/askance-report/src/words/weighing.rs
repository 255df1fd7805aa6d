//! What sources weigh, in a sentence.

use askance_case::json::{Weighing, WeighingColumn};

use crate::format;

/// Where the columns of a table stand: those that were recorded first.
pub(crate) fn recorded_first(w: &Weighing) -> Vec<usize> {
    let of =
        |synthetic: bool| w.columns.iter().enumerate().filter(move |(_, c)| c.synthetic == synthetic).map(|(at, _)| at);
    of(false).chain(of(true)).collect()
}

/// One sentence for each source that was recorded; for the generated ones where there is nothing else.
pub(crate) fn weighing_finding(w: &Weighing) -> String {
    let generated = w.columns.iter().all(|c| c.synthetic);
    let mut told = Vec::new();
    let mut silent = Vec::new();
    for (at, column) in w.columns.iter().enumerate().filter(|(_, c)| generated || !c.synthetic) {
        let best = w
            .rows
            .iter()
            .filter_map(|row| Some((row.cells.get(at)?.log10_lr?, row.mechanism.as_str())))
            .filter(|(lr, _)| lr.is_finite())
            .max_by(|a, b| a.0.total_cmp(&b.0));
        match best {
            Some((lr, mechanism)) if column.told > 0 && lr >= core::f64::consts::LOG10_2 => told.push(format!(
                "at {} {} is {} likelier than the others together",
                said(column),
                super::label(mechanism),
                format::times(lr)
            )),
            _ => silent.push(said(column)),
        }
    }
    if !silent.is_empty() {
        told.push(format!("at {} no hypothesis stands out", silent.join(", ")));
    }
    format::capital(&told.join("; ")) + "."
}

fn said(column: &WeighingColumn) -> String {
    if column.beside { format!("{} with mail and flow logs", column.source) } else { column.source.clone() }
}
