//! The two streams: results on standard output, words and progress on standard error.

use std::io::{self, IsTerminal as _, Write as _};
use std::time::Duration;

use askance_record::escape_json;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::cli::When;

/// Owns both streams.
pub(crate) struct Printer {
    quiet: bool,
    color: bool,
    width: usize,
    stdout: io::BufWriter<io::Stdout>,
}

impl Printer {
    pub(crate) fn new(quiet: bool, color: When) -> Self {
        let terminal = io::stdout().is_terminal();
        let color = match color {
            When::Always => true,
            When::Never => false,
            When::Auto => terminal && no_color().is_none(),
        };
        let width = terminal_size::terminal_size().map_or(80, |(w, _)| usize::from(w.0)).clamp(60, 100);
        Self { quiet, color, width, stdout: io::BufWriter::new(io::stdout()) }
    }

    /// How many columns text may use.
    pub(crate) fn width(&self) -> usize {
        self.width
    }

    /// True where colour is wanted.
    pub(crate) fn color(&self) -> bool {
        self.color
    }

    /// Writes a part of the result.
    ///
    /// Text and pages come escaped; what JSON leaves raw is escaped here, where no command can forget it.
    pub(crate) fn data(&mut self, text: &str) -> io::Result<()> {
        self.stdout.write_all(escape_json(text).as_bytes())
    }

    /// Where a long result is streamed to.
    pub(crate) fn stdout(&mut self) -> &mut impl io::Write {
        &mut self.stdout
    }

    /// Makes sure that the result is out.
    pub(crate) fn flush(&mut self) -> io::Result<()> {
        self.stdout.flush()
    }

    /// Says something to the person, also when quiet: only for errors.
    #[expect(clippy::unused_self, reason = "the printer owns both streams")]
    pub(crate) fn words(&mut self, text: &str) {
        // A closed standard error leaves nobody to tell.
        let _gone = writeln!(io::stderr(), "{text}");
    }

    /// Says something to the person, unless they asked for quiet.
    pub(crate) fn say(&mut self, text: &str) {
        if !self.quiet {
            self.words(text);
        }
    }

    /// A bar over `total` octets; hidden unless standard error is a terminal.
    pub(crate) fn progress(&self, what: &str, total: u64) -> ProgressBar {
        if self.quiet || !io::stderr().is_terminal() {
            return ProgressBar::hidden();
        }
        let bar = ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::stderr());
        let style = ProgressStyle::with_template("{msg:28!} {wide_bar} {bytes:>10} of {total_bytes:10} {eta:>5}")
            .expect("the template is fixed");
        bar.set_style(style);
        bar.set_message(askance_record::escape_terminal(what));
        bar
    }

    /// A bar over `total` hours of a story; hidden unless standard error is a terminal.
    pub(crate) fn steps(&self, what: &str, total: u64) -> ProgressBar {
        if self.quiet || !io::stderr().is_terminal() {
            return ProgressBar::hidden();
        }
        let bar = ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::stderr());
        let style = ProgressStyle::with_template("{msg:28!} {wide_bar} hour {pos} of {len} {eta:>5}")
            .expect("the template is fixed");
        bar.set_style(style);
        bar.set_message(askance_record::escape_terminal(what));
        bar
    }

    /// A bar over `total` hosts that are asked; hidden unless standard error is a terminal.
    pub(crate) fn hosts(&self, what: &str, total: u64) -> ProgressBar {
        if self.quiet || !io::stderr().is_terminal() {
            return ProgressBar::hidden();
        }
        let bar = ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::stderr());
        let style = ProgressStyle::with_template("{msg:28!} {wide_bar} {pos} of {len} {eta:>5}")
            .expect("the template is fixed");
        bar.set_style(style);
        bar.set_message(askance_record::escape_terminal(what));
        bar.enable_steady_tick(Duration::from_secs(1));
        bar
    }

    /// A spinner for work without a known length; hidden unless standard error is a terminal.
    pub(crate) fn spinner(&self, what: &str) -> ProgressBar {
        if self.quiet || !io::stderr().is_terminal() {
            return ProgressBar::hidden();
        }
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
        bar.set_message(what.to_owned());
        bar.enable_steady_tick(Duration::from_millis(120));
        bar
    }
}

#[expect(clippy::disallowed_methods, reason = "the edge reads the environment (https://no-color.org)")]
fn no_color() -> Option<std::ffi::OsString> {
    std::env::var_os("NO_COLOR").filter(|v| !v.is_empty())
}
