//! A problem at a place of a file that a person wrote.

use crate::escape_terminal;

/// What is wrong where in a text, as case and scenario files show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextProblem {
    /// From 1.
    pub line: usize,
    /// From 1.
    pub column: usize,
    /// What.
    pub message: String,
    /// The line, safe to print.
    pub shown: String,
    /// The nearest known key, where the problem is an unknown one.
    pub nearest: Option<String>,
}

impl TextProblem {
    /// Places a problem in its text.
    ///
    /// - `offset`: octets from the start; beyond the end counts as the end
    /// - `message`: what is wrong; where it names an unknown field and the known ones in serde's words, the nearest is found
    pub fn at(text: &str, offset: usize, message: &str) -> Self {
        let before = text.get(..offset.min(text.len())).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().map_or(0, |tail| tail.chars().count()) + 1;
        let message = message.replace('\n', "; ");
        let shown = escape_terminal(text.lines().nth(line - 1).unwrap_or_default());
        Self { line, column, nearest: nearest_key(&message), message, shown }
    }
}

/// The known key nearest to the unknown one that serde's message names.
fn nearest_key(message: &str) -> Option<String> {
    let rest = message.strip_prefix("unknown field `").or_else(|| message.strip_prefix("unknown variant `"))?;
    let mut ticked = rest.split('`');
    let unknown = ticked.next()?;
    let known: Vec<&str> = ticked.skip(1).step_by(2).collect();
    known
        .into_iter()
        .map(|key| (edit_distance(unknown, key), key))
        .min()
        .filter(|(distance, key)| *distance <= key.len().max(unknown.len()) / 2)
        .map(|(_, key)| key.to_owned())
}

/// Levenshtein's distance between two short words.
fn edit_distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, ca) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, cb) in b.iter().enumerate() {
            let substituted = diagonal + usize::from(ca != *cb);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_has_its_line_and_the_nearest_key() {
        let message = "unknown field `cover`, expected one of `id`, `covers`";
        let problem = TextProblem::at("id = 1\ncover\u{1b} = 2", 7, message);
        assert_eq!((problem.line, problem.column, problem.nearest.as_deref()), (2, 1, Some("covers")));
        assert_eq!(problem.shown, "cover\\u{1b} = 2");
        assert_eq!(TextProblem::at("", 9, "nothing there").line, 1);
    }
}
