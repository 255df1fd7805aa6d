//! Which roles a session asks for, in which order.
//!
//! A session is a walk start -> role -> role -> end. Each mechanism is a mixture of
//! programs, each program a table of transition probabilities; the data correct it
//! at a rate of [`KAPPAS`] pseudo-counts, so that an unusual but steady program
//! costs a bounded amount. Tables stand for what programs *ask*; what a vantage
//! cannot show is taken out of the walk (not merely renormalised), and a cache in
//! between thins it.

mod profiles;
#[cfg(test)]
mod tests;

use crate::math::{ln_add, ln_sum};
use crate::mechanism::{MECHANISMS, MechanismId};
use crate::observe::Observation;
use crate::sessions::Sessions;
use crate::state::{Event, Role};

use profiles::{Program, programs, row};

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
pub(crate) const PROGRAMS: usize = Program::ALL.len();

/// ln of a mechanism's mixture of programs, each one's score divided by `tau` before it is mixed.
pub(crate) fn ln_programs(m: MechanismId, ln: &[f64; PROGRAMS], tau: f64) -> f64 {
    let of = |&(program, weight): &(Program, f64)| libm::log(weight) + ln[program as usize] / tau;
    ln_sum(programs(m).iter().map(of))
}

/// A program as a vantage shows it.
#[derive(Clone, Debug)]
struct Shown {
    program: Program,
    /// After an answer, and after a failed answer.
    matrices: [Matrix; 2],
    /// ln of the share of its sessions that is shown at all.
    ln_visible: f64,
}

/// All programs as a vantage shows them: the same for every series of a source.
#[derive(Clone, Debug)]
pub(crate) struct Tables {
    visible: [bool; Role::COUNT],
    thinned: bool,
    shown: Vec<Shown>,
}

impl Tables {
    pub(crate) fn new(given: &Observation) -> Self {
        let mut visible = [false; Role::COUNT];
        for &role in Role::ALL {
            visible[usize::from(role.as_u8())] = given.shows(role);
        }
        Self::of(visible, given.vantage.is_behind_cache())
    }

    fn of(visible: [bool; Role::COUNT], thinned: bool) -> Self {
        let shown = Program::ALL.iter().map(|&program| show(program, &visible, thinned)).collect();
        Self { visible, thinned, shown }
    }

    /// The tables for a series that shows roles which the source's declaration forgot.
    pub(crate) fn widened(&self, all: &Sessions) -> Option<Self> {
        let mut visible = self.visible;
        for event in &all.events {
            visible[usize::from(event.role.as_u8())] = true;
        }
        (visible != self.visible).then(|| Self::of(visible, self.thinned))
    }
}

/// Scores the marks of a series under every program.
#[derive(Debug)]
pub(crate) struct Marks<'a> {
    tables: &'a Tables,
    /// By program and by kappa: ln so far, and a product not yet taken into it.
    scores: Vec<[(f64, f64); 2]>,
    counts: [Matrix; 2],
    totals: [[f64; STATES]; 2],
}

impl<'a> Marks<'a> {
    pub(crate) fn new(tables: &'a Tables) -> Self {
        Self {
            tables,
            scores: vec![[(0.0, 1.0); 2]; tables.shown.len()],
            counts: [[[0.0; STATES]; STATES]; 2],
            totals: [[0.0; STATES]; 2],
        }
    }

    /// ln probability of all marks so far, by program, with the share of its sessions that it
    /// would show at this vantage at all.
    pub(crate) fn programs(&self) -> [f64; PROGRAMS] {
        let mut out = [0.0; PROGRAMS];
        for ((out, shown), scores) in out.iter_mut().zip(&self.tables.shown).zip(&self.scores) {
            let [slow, quick] = scores.map(|(ln, product)| ln + libm::log(product));
            *out = shown.ln_visible + ln_add(slow, quick) - core::f64::consts::LN_2;
        }
        out
    }

    /// The same by mechanism.
    pub(crate) fn ln(&self) -> [f64; MECHANISMS] {
        let by_program = self.programs();
        MechanismId::ALL.map(|m| ln_programs(m, &by_program, 1.0))
    }

    /// Scores one session's marks, then learns them.
    ///
    /// Cost: O(lookups x programs), no allocation.
    pub(crate) fn step(&mut self, session: &[Event]) {
        let mut row = EDGE;
        let mut failed = 0;
        for event in session.iter().map(Some).chain(core::iter::once(None)) {
            let column = event.map_or(EDGE, |e| usize::from(e.role.as_u8()));
            let seen = self.counts[failed][row][column];
            let total = self.totals[failed][row];
            for (shown, scores) in self.tables.shown.iter().zip(&mut self.scores) {
                let p = shown.matrices[failed][row][column];
                for ((ln, product), kappa) in scores.iter_mut().zip(shown.program.kappas()) {
                    *product *= (kappa * p + seen) / (kappa + total);
                    if *product < 1e-250 {
                        *ln += libm::log(*product);
                        *product = 1.0;
                    }
                }
            }
            self.counts[failed][row][column] += 1.0;
            self.totals[failed][row] += 1.0;
            row = column;
            failed = usize::from(event.is_some_and(|e| e.rcode.is_failure()));
        }
    }
}

impl Program {
    /// Pseudo-counts of a row, slow and quick to learn.
    const fn kappas(self) -> [f64; 2] {
        if matches!(self, Self::Free) { [KAPPA_FREE; 2] } else { KAPPAS }
    }
}

/// A program as a vantage shows it.
fn show(program: Program, visible: &[bool; Role::COUNT], thinned: bool) -> Shown {
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
        if thinned {
            matrix = thin(&matrix);
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
    Shown { program, matrices, ln_visible: libm::log(visible_share) }
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

/// A cache answers some of the steps: with probability 0.4 a role is skipped.
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

/// Divides by the sum after adding `floor` to each cell.
fn normalise(cells: &mut [f64; STATES], floor: f64) {
    let total: f64 = cells.iter().map(|c| c + floor).sum();
    for cell in cells {
        *cell = if total > 0.0 { (*cell + floor) / total } else { 1.0 / STATES as f64 };
    }
}
