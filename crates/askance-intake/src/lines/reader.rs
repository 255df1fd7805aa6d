//! The reader that all line-oriented formats share.

use askance_record::{At, Batch, Ledger};

use super::{Line, Lines};
use crate::{Flow, IntakeError, Options, ReadRecords, unwrap::Unwrapped};

/// Where a parser puts its rows and its account.
pub(crate) struct Out<'a> {
    pub(crate) batch: &'a mut Batch,
    pub(crate) ledger: &'a mut Ledger,
}

impl Out<'_> {
    /// Counts the lookup that was just pushed.
    pub(crate) fn took_lookup(&mut self) {
        self.ledger.units_in += 1;
        self.ledger.lookups += 1;
    }

    /// Counts a unit that was joined to a lookup.
    pub(crate) fn took_paired(&mut self) {
        self.ledger.units_in += 1;
        self.ledger.paired += 1;
    }
}

/// What one line-oriented format adds to [`LineReader`].
///
/// A line ends in exactly one of: one row, `paired`, `rejected`, `unrelated`, or
/// waiting inside the parser for a line that completes it.
pub(crate) trait ParseLine: Send {
    /// Takes one line and yields at most one row.
    fn line(&mut self, at: At, line: &[u8], out: &mut Out<'_>) -> Result<(), IntakeError>;

    /// Yields one row that waits no longer, or any waiting row where `all`; false where there is none.
    fn drain(&mut self, _all: bool, _out: &mut Out<'_>) -> bool {
        false
    }

    /// Notes what became certain only at the input's end.
    fn finish(&mut self, _ledger: &mut Ledger) {}
}

enum State {
    Reading,
    /// No more lines; rows may still wait inside the parser.
    Draining(Option<IntakeError>),
    Done,
}

/// A streaming reader over [`Lines`].
pub(crate) struct LineReader<P> {
    lines: Lines,
    parser: P,
    ledger: Ledger,
    state: State,
}

impl<P: ParseLine> LineReader<P> {
    pub(crate) fn new(input: Unwrapped, options: &Options, parser: P) -> Self {
        let lines = Lines::new(input, options.source, options.limits.line_octets_max);
        Self { lines, parser, ledger: Ledger::default(), state: State::Reading }
    }

    fn read_line(&mut self, batch: &mut Batch) {
        let mut out = Out { batch, ledger: &mut self.ledger };
        match self.lines.next() {
            Line::Octets(at, line) => {
                if let Err(error) = self.parser.line(at, line, &mut out) {
                    self.state = State::Draining(Some(error));
                }
            }
            Line::TooLong(at, beginning) => out.ledger.reject("line over the length limit", at, beginning),
            Line::End => self.state = State::Draining(None),
            Line::Failed(at, source, beginning) => {
                if !beginning.is_empty() {
                    out.ledger.reject("line cut by a read error", at, beginning);
                }
                self.state = State::Draining(Some(IntakeError::from_read(at, source)));
            }
        }
    }
}

impl<P: ParseLine> ReadRecords for LineReader<P> {
    fn read(&mut self, batch: &mut Batch) -> Result<Flow, IntakeError> {
        while batch.room() > 0 {
            match &mut self.state {
                State::Reading => {
                    let mut out = Out { batch, ledger: &mut self.ledger };
                    if !self.parser.drain(false, &mut out) {
                        self.read_line(batch);
                    }
                }
                State::Draining(error) => {
                    let mut out = Out { batch, ledger: &mut self.ledger };
                    if !self.parser.drain(true, &mut out) {
                        let error = error.take();
                        self.parser.finish(&mut self.ledger);
                        self.state = State::Done;
                        return error.map_or(Ok(Flow::End), Err);
                    }
                }
                State::Done => return Ok(Flow::End),
            }
        }
        Ok(Flow::More)
    }

    fn ledger(&self) -> &Ledger {
        &self.ledger
    }
}
