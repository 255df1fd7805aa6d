//! The fields of one line of delimited text.

use memchr::{memchr, memmem};

/// A quoted field is damaged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct BadQuotes;

/// The fields of one line, lent one after the other.
///
/// # Source
/// RFC 4180 §2 for quotes; a line break inside quotes is not supported, because
/// a line is the unit that the ledger counts.
pub(crate) struct Fields<'a> {
    rest: Option<&'a [u8]>,
    delimiter: &'a [u8],
    quotes: bool,
    scratch: &'a mut Vec<u8>,
}

impl<'a> Fields<'a> {
    pub(crate) fn new(line: &'a [u8], delimiter: &'a [u8], quotes: bool, scratch: &'a mut Vec<u8>) -> Self {
        Self { rest: Some(line), delimiter, quotes, scratch }
    }

    /// The next field without its quotes; `None` after the last one.
    pub(crate) fn next(&mut self) -> Result<Option<&[u8]>, BadQuotes> {
        let Some(rest) = self.rest else { return Ok(None) };
        if self.quotes {
            // Some producers put a blank before the quote.
            let trimmed = rest.trim_ascii_start();
            if let Some(quoted) = trimmed.strip_prefix(b"\"") {
                return self.quoted(quoted).map(Some);
            }
        }
        let end = if let &[octet] = self.delimiter { memchr(octet, rest) } else { memmem::find(rest, self.delimiter) };
        let field = &rest[..end.unwrap_or(rest.len())];
        self.rest = end.map(|end| &rest[end + self.delimiter.len()..]);
        Ok(Some(field))
    }

    fn quoted(&mut self, text: &'a [u8]) -> Result<&[u8], BadQuotes> {
        self.scratch.clear();
        let mut rest = text;
        loop {
            let end = memchr(b'"', rest).ok_or(BadQuotes)?;
            self.scratch.extend_from_slice(&rest[..end]);
            rest = &rest[end + 1..];
            let Some(more) = rest.strip_prefix(b"\"") else { break };
            self.scratch.push(b'"');
            rest = more;
        }
        let after = rest.trim_ascii_start();
        self.rest = match (rest.strip_prefix(self.delimiter), after.is_empty()) {
            (Some(next), _) => Some(next),
            (None, true) => None,
            (None, false) => Some(after.strip_prefix(self.delimiter).ok_or(BadQuotes)?),
        };
        Ok(self.scratch)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(line: &str, delimiter: &str) -> Option<Vec<String>> {
        let mut scratch = Vec::new();
        let mut fields = Fields::new(line.as_bytes(), delimiter.as_bytes(), true, &mut scratch);
        let mut found = Vec::new();
        while let Some(field) = fields.next().ok()? {
            found.push(String::from_utf8_lossy(field).into_owned());
        }
        Some(found)
    }

    #[test]
    fn fields_are_split_and_unquoted() {
        let strings = |list: &[&str]| Some(list.iter().map(ToString::to_string).collect::<Vec<_>>());
        assert_eq!(check("a,b,,c", ","), strings(&["a", "b", "", "c"]));
        assert_eq!(check("", ","), strings(&[""]));
        assert_eq!(check("a||b||c", "||"), strings(&["a", "b", "c"]));
        assert_eq!(check(r#""a,b", "c ""d""",e"#, ","), strings(&["a,b", "c \"d\"", "e"]));
        assert_eq!(check(r#"a,"""#, ","), strings(&["a", ""]));
        assert_eq!(check("\"a\"\tb", "\t"), strings(&["a", "b"]));
        assert_eq!(check(r#"a,"b"#, ","), None);
        assert_eq!(check(r#""a"b,c"#, ","), None);
    }
}
