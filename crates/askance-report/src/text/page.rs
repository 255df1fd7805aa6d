//! Lines of bounded width, with weights and colours.

use askance_record::escape_terminal;
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

/// How a piece of text looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Look {
    #[default]
    Plain,
    Bold,
    Dim,
    /// A colour of the 256.
    Ink(u8),
}

/// Text with its look; made safe when it is made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Piece {
    text: String,
    look: Look,
}

impl Piece {
    pub(super) fn new(text: &str, look: Look) -> Self {
        // A line end in a text of the case is a space here; other control characters show themselves.
        Self { text: escape_terminal(&text.replace("\r\n", " ").replace(['\n', '\t'], " ")), look }
    }

    pub(super) fn plain(text: &str) -> Self {
        Self::new(text, Look::Plain)
    }

    pub(super) fn bold(text: &str) -> Self {
        Self::new(text, Look::Bold)
    }

    pub(super) fn dim(text: &str) -> Self {
        Self::new(text, Look::Dim)
    }

    pub(super) fn width(&self) -> usize {
        self.text.width()
    }

    /// Cut to `width` columns, an ellipsis in the middle, so that both ends of a name stay.
    fn fitted(&self, width: usize) -> Self {
        if self.width() <= width {
            return self.clone();
        }
        let tail_width = width.saturating_sub(1) / 2;
        let (head, _) = split_at_width(&self.text, width.saturating_sub(1) - tail_width);
        let mut tail = Vec::new();
        let mut used = 0;
        for c in self.text.chars().rev() {
            used += c.width().unwrap_or(0);
            if used > tail_width {
                break;
            }
            tail.push(c);
        }
        let text = head.chars().chain(['…']).chain(tail.into_iter().rev()).collect();
        Self { text, look: self.look }
    }
}

/// The longest head of at most `width` columns, and the rest.
fn split_at_width(text: &str, width: usize) -> (&str, &str) {
    let mut used = 0;
    for (at, c) in text.char_indices() {
        used += c.width().unwrap_or(0);
        if used > width {
            return text.split_at(at);
        }
    }
    (text, "")
}

/// A column of a table.
#[derive(Clone, Copy, Debug)]
pub(super) struct Column {
    pub(super) head: &'static str,
    pub(super) right: bool,
    /// May be cut to this many columns where the page is narrow; not cut where absent.
    pub(super) cut_to: Option<usize>,
}

/// A row of a table, with what stands above and below it.
#[derive(Clone, Debug, Default)]
pub(super) struct Row {
    pub(super) above: Vec<Piece>,
    pub(super) cells: Vec<Piece>,
    pub(super) below: Vec<Piece>,
}

/// Text under construction.
pub(super) struct Page {
    out: String,
    width: usize,
    color: bool,
}

impl Page {
    pub(super) fn new(width: usize, color: bool) -> Self {
        Self { out: String::new(), width, color }
    }

    pub(super) fn width(&self) -> usize {
        self.width
    }

    pub(super) fn finish(self) -> String {
        self.out
    }

    /// An empty line; never two in a row, none at the start.
    pub(super) fn gap(&mut self) {
        if !self.out.is_empty() && !self.out.ends_with("\n\n") {
            self.out.push('\n');
        }
    }

    /// A heading with its rule.
    pub(super) fn heading(&mut self, text: &str) {
        self.gap();
        let rule = self.width.saturating_sub(text.width() + 1);
        self.line(0, &[Piece::bold(text), Piece::plain(" "), Piece::dim(&"─".repeat(rule))]);
    }

    /// A paragraph: `first` columns in on its first line, `then` on the others.
    pub(super) fn paragraph(&mut self, first: usize, then: usize, pieces: &[Piece]) {
        self.flow(first, first, then, Vec::new(), pieces);
    }

    /// A paragraph beside a label, which has `width` columns.
    pub(super) fn beside(&mut self, label: &Piece, width: usize, pieces: &[Piece]) {
        let label = label.fitted(width);
        let fill = Piece::plain(&" ".repeat(width - label.width()));
        self.flow(0, width, width, vec![label, fill], pieces);
    }

    /// Lines of words. The first begins at `margin` with what `line` holds, its words at `first`; the others at `then`.
    fn flow(&mut self, margin: usize, first: usize, then: usize, mut line: Vec<Piece>, pieces: &[Piece]) {
        let (mut margin, mut indent, mut used) = (margin, first, first);
        let mut space = false;
        for piece in pieces {
            for (i, word) in piece.text.split(' ').enumerate() {
                space |= i > 0;
                let mut word = word;
                let mut room = usize::from(space && used > indent);
                if used > indent && used + room + word.width() > self.width {
                    self.line(margin, &line);
                    line.clear();
                    (margin, indent, used, room) = (then, then, then, 0);
                }
                // A word wider than the page is cut where the page ends.
                while used + room + word.width() > self.width {
                    let (head, rest) = split_at_width(word, (self.width - used - room).max(2));
                    line.push(Piece { text: head.to_owned(), look: piece.look });
                    self.line(margin, &line);
                    line.clear();
                    (margin, indent, used, room) = (then, then, then, 0);
                    word = rest;
                }
                if !word.is_empty() {
                    if room > 0 {
                        line.push(Piece::plain(" "));
                    }
                    line.push(Piece { text: word.to_owned(), look: piece.look });
                    used += room + word.width();
                    space = false;
                }
            }
        }
        if !line.is_empty() {
            self.line(margin, &line);
        }
    }

    /// A table; columns that may be cut are, from the widest, until the rows fit.
    pub(super) fn table(&mut self, indent: usize, columns: &[Column], rows: &[Row]) {
        let mut widths: Vec<usize> = columns
            .iter()
            .enumerate()
            .map(|(i, c)| {
                let cells = rows.iter().filter_map(|row| row.cells.get(i)).map(Piece::width);
                cells.max().unwrap_or(0).max(c.head.width())
            })
            .collect();
        let gaps = 2 * columns.len().saturating_sub(1);
        let room = self.width.saturating_sub(indent + gaps);
        while widths.iter().sum::<usize>() > room {
            let widest = (0..columns.len())
                .filter(|i| columns[*i].cut_to.is_some_and(|least| widths[*i] > least))
                .max_by_key(|i| widths[*i]);
            let Some(i) = widest else { break };
            widths[i] -= 1;
        }
        if columns.iter().any(|c| !c.head.is_empty()) {
            let heads: Vec<Piece> = columns.iter().map(|c| Piece::dim(c.head)).collect();
            self.row(indent, columns, &widths, &heads);
        }
        for row in rows {
            self.paragraph(indent.saturating_sub(2), indent, &row.above);
            self.row(indent, columns, &widths, &row.cells);
            self.paragraph(indent + 2, indent + 2, &row.below);
        }
    }

    fn row(&mut self, indent: usize, columns: &[Column], widths: &[usize], cells: &[Piece]) {
        let mut line = Vec::new();
        for (i, (cell, width)) in cells.iter().zip(widths).enumerate() {
            let cell = cell.fitted(*width);
            let fill = Piece::plain(&" ".repeat(width - cell.width()));
            let gap = Piece::plain(if i + 1 < cells.len() { "  " } else { "" });
            if columns[i].right {
                line.extend([fill, cell, gap]);
            } else {
                line.extend([cell, fill, gap]);
            }
        }
        self.line(indent, &line);
    }

    /// One line, cut at the page's width whatever comes, without spaces at its end.
    pub(super) fn line(&mut self, indent: usize, pieces: &[Piece]) {
        let mut room = self.width.saturating_sub(indent);
        let last = pieces.iter().rposition(|p| !p.text.trim().is_empty()).map_or(0, |i| i + 1);
        self.out.push_str(&" ".repeat(indent.min(self.width)));
        for (i, piece) in pieces.iter().take(last).enumerate() {
            let (mut text, _) = split_at_width(&piece.text, room);
            room -= text.width();
            if i + 1 == last {
                text = text.trim_end();
            }
            self.write(text, piece.look);
        }
        self.out.truncate(self.out.trim_end_matches(' ').len());
        self.out.push('\n');
    }

    fn write(&mut self, text: &str, look: Look) {
        let code = match look {
            Look::Plain => None,
            Look::Bold => Some("1".to_owned()),
            Look::Dim => Some("2".to_owned()),
            Look::Ink(n) => Some(format!("38;5;{n}")),
        };
        match code {
            Some(code) if self.color && !text.trim().is_empty() => {
                self.out.push_str("\u{1b}[");
                self.out.push_str(&code);
                self.out.push('m');
                self.out.push_str(text);
                self.out.push_str("\u{1b}[0m");
            }
            _ => self.out.push_str(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(width: usize, write: impl Fn(&mut Page), expected: &str) {
        let mut page = Page::new(width, false);
        write(&mut page);
        assert_eq!(page.finish(), expected);
    }

    #[test]
    fn words_wrap_and_a_long_word_is_cut() {
        check(
            12,
            |p| p.paragraph(0, 2, &[Piece::plain("one two three abcdefghijklmnop q")]),
            "one two\n  three\n  abcdefghij\n  klmnop q\n",
        );
        check(12, |p| p.paragraph(2, 2, &[Piece::bold("(a)"), Piece::plain(", b")]), "  (a), b\n");
        check(8, |p| p.paragraph(0, 0, &[Piece::plain("漢字漢字漢字")]), "漢字漢字\n漢字\n");
    }

    #[test]
    fn words_stand_beside_their_label() {
        check(
            14,
            |p| p.beside(&Piece::plain("SPF"), 6, &[Piece::plain("one two abcdefghijkl")]),
            "SPF   one two\n      abcdefgh\n      ijkl\n",
        );
        check(14, |p| p.beside(&Piece::plain("a long label"), 6, &[Piece::plain("one")]), "a l…elone\n");
    }

    #[test]
    fn a_table_cuts_only_what_may_be_cut() {
        let columns =
            [Column { head: "name", right: false, cut_to: Some(5) }, Column { head: "n", right: true, cut_to: None }];
        let cells = vec![Piece::plain("abcdefghijklmn"), Piece::plain("1,422")];
        let rows = [Row { above: Vec::new(), cells, below: vec![Piece::dim("or so")] }];
        check(14, |p| p.table(0, &columns, &rows), "name         n\nabc…lmn  1,422\n  or so\n");
    }

    #[test]
    fn control_sequences_show_themselves() {
        let mut page = Page::new(40, true);
        page.line(0, &[Piece::new("a\u{1b}[2Jb\nc", Look::Bold)]);
        assert_eq!(page.finish(), "\u{1b}[1ma\\u{1b}[2Jb c\u{1b}[0m\n");
    }
}
