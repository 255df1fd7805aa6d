//! Addresses in header fields (RFC 5322 §3.4).

use core::fmt;

/// A mail address.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address {
    /// Before the last `@`, as spelt, quotes included.
    pub local: String,
    /// After it, in lower case without a final dot.
    pub domain: String,
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.local, self.domain)
    }
}

impl Address {
    /// Reads `local@domain`, with or without angle brackets; `None` where a half is missing or the
    /// domain holds what none can.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let text = text.strip_prefix('<').and_then(|t| t.strip_suffix('>')).unwrap_or(text).trim();
        // A source route, obsolete since RFC 2821: `@a,@b:local@domain`.
        let text = match text.strip_prefix('@').and_then(|route| route.split_once(':')) {
            Some((_, address)) => address,
            None => text,
        };
        let (local, domain) = text.rsplit_once('@')?;
        let domain = domain.trim().trim_end_matches('.').to_ascii_lowercase();
        let local = local.trim();
        let plain =
            domain.chars().all(|c| !c.is_whitespace() && !c.is_control() && !matches!(c, '<' | '>' | '"' | ','));
        (!local.is_empty() && !domain.is_empty() && plain).then(|| Self { local: local.to_owned(), domain })
    }

    /// The addresses of a list in an unfolded field: display names, comments and groups are stepped over.
    pub(super) fn list(value: &str) -> Vec<Self> {
        let mut scan = Scan::default();
        for c in value.chars() {
            scan.take(c);
        }
        scan.flush();
        scan.found
    }
}

/// Where a reader stands in a list of addresses.
#[derive(Default)]
struct Scan {
    found: Vec<Address>,
    /// Words outside angle brackets: a display name, or a bare address.
    words: String,
    angle: Option<String>,
    in_angle: bool,
    in_quotes: bool,
    escaped: bool,
    comments: usize,
}

impl Scan {
    fn take(&mut self, c: char) {
        if self.escaped {
            self.escaped = false;
            self.keep(c);
            return;
        }
        match c {
            '\\' if self.in_quotes || self.comments > 0 => {
                self.escaped = true;
                self.keep(c);
            }
            '"' if self.comments == 0 => {
                self.in_quotes = !self.in_quotes;
                self.keep(c);
            }
            _ if self.in_quotes => self.keep(c),
            '(' => self.comments += 1,
            ')' if self.comments > 0 => self.comments -= 1,
            _ if self.comments > 0 => {}
            '<' if self.angle.is_none() => {
                self.in_angle = true;
                self.angle = Some(String::new());
            }
            '>' => self.in_angle = false,
            _ if self.in_angle => self.keep(c),
            ',' | ';' => self.flush(),
            // The name of a group ends here.
            ':' => self.words.clear(),
            _ => self.keep(c),
        }
    }

    fn keep(&mut self, c: char) {
        if self.comments > 0 {
            return;
        }
        match &mut self.angle {
            Some(angle) if self.in_angle => angle.push(c),
            _ => self.words.push(c),
        }
    }

    fn flush(&mut self) {
        let words = core::mem::take(&mut self.words);
        let text = self.angle.take().unwrap_or(words);
        self.found.extend(Address::parse(&text));
        (self.in_angle, self.in_quotes) = (false, false);
    }
}
