//! Which roles a session asks for, in which order.
//!
//! A session is a walk start -> role -> role -> end. Each mechanism is a mixture of
//! programs, each program a table of transition probabilities; the data correct it
//! at a rate of [`KAPPAS`] pseudo-counts, so that an unusual but steady program
//! costs a bounded amount. Tables stand for what programs *ask*; what a vantage
//! cannot show is taken out of the walk (not merely renormalised), and a cache in
//! between thins it.

mod profiles;
mod skips;
#[cfg(test)]
mod tests;

use crate::math::{LnProduct, Mixable};
use crate::mechanism::{MECHANISMS, MechanismId};
use crate::observe::{Evidence, Observation};
use crate::sessions::Sessions;
use crate::state::{Event, Role};

pub(crate) use profiles::PROGRAM_NAMES;
use profiles::{Program, programs, row};
use skips::{Skips, skips};

/// States of the walk: the roles, then start (as a row) or end (as a column).
const STATES: usize = Role::COUNT + 1;
/// Position of start among rows and of end among columns.
const EDGE: usize = Role::COUNT;
/// Pseudo-counts that a row of a program's table is worth: as the table says, or steady in a way of
/// its own; half of the weight each. Starting values.
const KAPPAS: [f64; 2] = [20.0, 2.0];
/// The same for the table without an opinion: a quarter a cell, as in the universal code of gaps.
const KAPPA_FREE: f64 = 0.25 * STATES as f64;
/// The least share of its sessions that a program is taken to show anywhere.
const VISIBLE_MIN: f64 = 0.05;

/// Transition probabilities; rows and columns as in [`STATES`].
type Matrix = [[f64; STATES]; STATES];

/// How many programs there are.
pub const PROGRAMS: usize = Program::ALL.len();

/// [`programs`] as a table.
pub(crate) fn declared() -> [[f64; PROGRAMS]; MECHANISMS] {
    let mut table = [[0.0; PROGRAMS]; MECHANISMS];
    for m in MechanismId::ALL {
        for &(program, weight) in programs(m) {
            table[m.index()][program as usize] = weight;
        }
    }
    table
}

/// ln of a mechanism's mixture.
pub(crate) fn ln_mix(all: &Mixable<PROGRAMS>, m: MechanismId) -> f64 {
    all.ln_mix(programs(m).iter().map(|&(program, weight)| (program as usize, weight)))
}

/// A program as a vantage shows it.
struct Shown {
    /// After an answer, and after a failed answer.
    matrices: [Matrix; 2],
    /// The share of its sessions that is shown at all.
    visible_share: f64,
}

/// What a cache hides.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Thinned {
    /// There is none.
    No,
    /// TTLs are alike, or not known.
    Evenly,
    /// Each role as its TTL says.
    By(Skips),
}

/// One cell of all programs' matrices, side by side: they are always asked together.
type Cell = [f64; PROGRAMS];

/// All programs as a vantage shows them: the same for every series of a source.
#[derive(Clone, Debug)]
pub(crate) struct Tables {
    visible: [bool; Role::COUNT],
    thinned: Thinned,
    /// Rows after an answer, then those after a failed answer; by column.
    rows: Vec<[Cell; STATES]>,
    /// By program: the share of its sessions that is shown at all.
    visible_share: [f64; PROGRAMS],
}

impl Tables {
    pub(crate) fn new(given: &Observation) -> Self {
        let mut visible = [false; Role::COUNT];
        for &role in Role::ALL {
            visible[usize::from(role.as_u8())] = given.shows(role);
        }
        Self::of(visible, if given.vantage.is_behind_cache() { Thinned::Evenly } else { Thinned::No })
    }

    fn of(visible: [bool; Role::COUNT], thinned: Thinned) -> Self {
        let mut tables = Self {
            visible,
            thinned,
            rows: vec![[[0.0; PROGRAMS]; STATES]; 2 * STATES],
            visible_share: [0.0; PROGRAMS],
        };
        for (k, program) in Program::ALL.into_iter().enumerate() {
            let shown = show(program, &visible, &thinned);
            for (cell, p) in tables.rows.as_flattened_mut().iter_mut().zip(shown.matrices.as_flattened().as_flattened())
            {
                cell[k] = *p;
            }
            tables.visible_share[k] = shown.visible_share;
        }
        tables
    }

    /// The tables for a series that shows roles which the source's declaration forgot, or whose types a cache
    /// hides unequally; `None` where these do.
    pub(crate) fn fitted(&self, all: &Sessions, given: &Observation, evidence: &Evidence) -> Option<Self> {
        let mut visible = self.visible;
        for event in &all.events {
            visible[usize::from(event.role.as_u8())] = true;
        }
        let unequal = skips(all, given, evidence);
        (visible != self.visible || unequal.is_some())
            .then(|| Self::of(visible, unequal.map_or(self.thinned, Thinned::By)))
    }
}

/// Scores the marks of a series under every program.
#[derive(Debug)]
pub(crate) struct Marks<'a> {
    tables: &'a Tables,
    /// Slow and quick to learn.
    scores: [Score; 2],
    counts: [Matrix; 2],
    totals: [[f64; STATES]; 2],
}

/// By program: ln so far, and a product not yet taken into it.
#[derive(Clone, Copy, Debug)]
struct Score {
    ln: [f64; PROGRAMS],
    product: [f64; PROGRAMS],
}

impl Score {
    /// - `kappas`: pseudo-counts of the row
    /// - `seen`, `total`: counts of the cell and of its row
    #[inline]
    fn times(&mut self, cell: &Cell, kappas: &[f64; PROGRAMS], seen: f64, total: f64) {
        let mut is_small = false;
        for ((product, p), kappa) in self.product.iter_mut().zip(cell).zip(kappas) {
            *product *= (kappa * p + seen) / (kappa + total);
            is_small |= *product < 1e-250;
        }
        if is_small {
            for (ln, product) in self.ln.iter_mut().zip(&mut self.product) {
                *ln += libm::log(*product);
                *product = 1.0;
            }
        }
    }
}

impl<'a> Marks<'a> {
    pub(crate) fn new(tables: &'a Tables) -> Self {
        Self {
            tables,
            scores: [Score { ln: [0.0; PROGRAMS], product: [1.0; PROGRAMS] }; 2],
            counts: [[[0.0; STATES]; STATES]; 2],
            totals: [[0.0; STATES]; 2],
        }
    }

    /// Probability of all marks so far, by program, with the share of its sessions that it
    /// would show at this vantage at all.
    pub(crate) fn products(&self) -> [LnProduct; PROGRAMS] {
        let [slow, quick] = &self.scores;
        core::array::from_fn(|k| self.seen(slow, quick, k))
    }

    /// ln of it.
    pub(crate) fn programs(&self) -> [f64; PROGRAMS] {
        self.products().map(|product| product.ln())
    }

    /// The same by mechanism.
    pub(crate) fn ln(&self) -> [f64; MECHANISMS] {
        let programs = Mixable::of(self.products());
        MechanismId::ALL.map(|m| ln_mix(&programs, m))
    }

    /// One program's probability of all marks so far: half of either rate of learning.
    fn seen(&self, slow: &Score, quick: &Score, k: usize) -> LnProduct {
        let top = slow.ln[k].max(quick.ln[k]);
        let sum: f64 = [slow, quick].map(|s| LnProduct::new(s.ln[k], s.product[k]).relative(top)).iter().sum();
        LnProduct::new(top, self.tables.visible_share[k] * 0.5 * sum)
    }

    /// Scores one session's marks, then learns them.
    ///
    /// Cost: O(lookups x programs), no allocation.
    pub(crate) fn step(&mut self, session: &[Event]) {
        let mut row = EDGE;
        let mut failed = 0;
        for event in session.iter().map(Some).chain(core::iter::once(None)) {
            let column = event.map_or(EDGE, |e| usize::from(e.role.as_u8()));
            let seen = &mut self.counts[failed][row][column];
            let total = &mut self.totals[failed][row];
            let cell = &self.tables.rows[failed * STATES + row][column];
            for (score, kappas) in self.scores.iter_mut().zip(&PROGRAM_KAPPAS) {
                score.times(cell, kappas, *seen, *total);
            }
            *seen += 1.0;
            *total += 1.0;
            row = column;
            failed = usize::from(event.is_some_and(|e| e.rcode.is_failure()));
        }
    }
}

/// Pseudo-counts of a row by program, slow and quick to learn.
const PROGRAM_KAPPAS: [[f64; PROGRAMS]; 2] = {
    let mut kappas = [[KAPPAS[0]; PROGRAMS], [KAPPAS[1]; PROGRAMS]];
    kappas[0][Program::Free as usize] = KAPPA_FREE;
    kappas[1][Program::Free as usize] = KAPPA_FREE;
    kappas
};

/// A program as a vantage shows it.
fn show(program: Program, visible: &[bool; Role::COUNT], thinned: &Thinned) -> Shown {
    let mut visible_share = 1.0;
    let matrices = [false, true].map(|failed| {
        let mut matrix = [[0.0; STATES]; STATES];
        for (at, cells) in matrix.iter_mut().enumerate() {
            *cells = row(program, Role::ALL.get(at).copied(), failed);
            normalise(cells, 1e-4);
        }
        for hidden in (0..Role::COUNT).filter(|&k| !visible[k]) {
            pass_through(&mut matrix, hidden);
        }
        match thinned {
            Thinned::No => {}
            Thinned::Evenly => matrix = thin(&matrix),
            Thinned::By(skips) => matrix = thin_by(&matrix, skips),
        }
        if !failed {
            visible_share = (1.0 - matrix[EDGE][EDGE]).clamp(VISIBLE_MIN, 1.0);
        }
        // A session that shows nothing is not in the record.
        matrix[EDGE][EDGE] = 0.0;
        for cells in &mut matrix {
            normalise(cells, 0.0);
        }
        matrix
    });
    Shown { matrices, visible_share }
}

/// Takes one state out of the walk: what led into it now leads to where it led.
fn pass_through(matrix: &mut Matrix, hidden: usize) {
    let leave = 1.0 - matrix[hidden][hidden];
    let onward = matrix[hidden];
    for cells in matrix.iter_mut() {
        let into = cells[hidden];
        if into > 0.0 {
            for (column, cell) in cells.iter_mut().enumerate() {
                if column != hidden && leave > 0.0 {
                    *cell += into * onward[column] / leave;
                }
            }
            cells[hidden] = 0.0;
        }
    }
}

/// A cache answers some of the steps: with probability 0.4 a role is skipped, one at a time.
fn thin(matrix: &Matrix) -> Matrix {
    const SKIP: f64 = 0.4;
    let mut out = *matrix;
    for (row, cells) in out.iter_mut().enumerate() {
        for (column, cell) in cells.iter_mut().enumerate() {
            let direct = matrix[row][column];
            let skipped: f64 = (0..Role::COUNT).map(|via| matrix[row][via] * matrix[via][column]).sum();
            let keep = if column == EDGE { 1.0 } else { 1.0 - SKIP };
            *cell = keep * direct + SKIP * skipped;
        }
    }
    out
}

/// The same with a probability for each role, any number of steps skipped.
///
/// What is seen next, `v`, obeys v = M K + M S v, with K the kept and S the skipped share of each role: a linear
/// system whose rows sum to less than one, so that elimination needs no pivots.
fn thin_by(matrix: &Matrix, skips: &Skips) -> Matrix {
    let mut left: Matrix = [[0.0; STATES]; STATES];
    let mut seen = *matrix;
    for row in 0..STATES {
        for (column, skip) in skips.iter().enumerate() {
            seen[row][column] *= 1.0 - skip;
            left[row][column] = -skip * matrix[row][column];
        }
        left[row][row] += 1.0;
    }
    // The start is no step to be skipped: its column is zero but for itself.
    for pivot in 0..EDGE {
        let (lefts, seens) = (left[pivot], seen[pivot]);
        for row in (0..STATES).filter(|&row| row != pivot) {
            let by = left[row][pivot] / lefts[pivot];
            for column in 0..STATES {
                left[row][column] -= by * lefts[column];
                seen[row][column] -= by * seens[column];
            }
        }
    }
    for (row, cells) in seen.iter_mut().enumerate() {
        for cell in cells {
            *cell /= left[row][row];
        }
    }
    seen
}

/// Divides by the sum after adding `floor` to each cell.
fn normalise(cells: &mut [f64; STATES], floor: f64) {
    let total: f64 = cells.iter().map(|c| c + floor).sum();
    for cell in cells {
        *cell = if total > 0.0 { (*cell + floor) / total } else { 1.0 / STATES as f64 };
    }
}
