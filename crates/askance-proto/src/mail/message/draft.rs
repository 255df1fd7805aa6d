//! A message in the making.

use askance_record::{Rng, Timestamp};

use super::{Message, coding};

/// The line length that folding aims at (RFC 5322 §2.1.1), in octets without CRLF.
const FOLD_OCTETS: usize = 78;

/// How bodies are carried through SMTP.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Transfer {
    /// Mostly readable (RFC 2045 §6.7).
    #[default]
    QuotedPrintable,
    /// Not (RFC 2045 §6.8).
    Base64,
}

/// A message in the making: fields in the order given, then MIME fields, then the bodies.
///
/// Its octets depend on what it is given and nothing else.
///
/// # Example
/// ```
/// use askance_proto::mail::Draft;
/// let message = Draft::new(7)
///     .field("From", "Hotel Brand <news@hotel-brand.example>")
///     .field("Subject", "Summer")
///     .text("Come and see.\n")
///     .build();
/// assert_eq!(message.authors()[0].domain, "hotel-brand.example");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    seed: u64,
    fields: Vec<(String, String)>,
    kind: String,
    parts: Vec<(String, String)>,
    transfer: Transfer,
}

impl Draft {
    /// An empty message.
    ///
    /// - `seed`: makes the Message-ID and the boundary
    pub fn new(seed: u64) -> Self {
        Self {
            seed,
            fields: Vec::new(),
            kind: "alternative".to_owned(),
            parts: Vec::new(),
            transfer: Transfer::default(),
        }
    }

    /// Adds a field below those before it.
    ///
    /// - `value`: in one line; line breaks and other controls in it become spaces, words that are not ASCII
    ///   become encoded words (RFC 2047)
    #[must_use]
    pub fn field(mut self, name: &str, value: &str) -> Self {
        self.fields.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Adds `Date`, in UTC (RFC 5322 §3.3).
    #[must_use]
    pub fn date(self, at: Timestamp) -> Self {
        let text = at.to_jiff().strftime("%a, %d %b %Y %H:%M:%S +0000").to_string();
        self.field("Date", &text)
    }

    /// Adds `Message-ID`, of the seed and the domain.
    #[must_use]
    pub fn message_id(self, domain: &str) -> Self {
        let mut rng = Rng::part(self.seed, "message-id");
        let text = format!("<{:016x}.{:08x}@{domain}>", rng.bits(), rng.bits() >> 32);
        self.field("Message-ID", &text)
    }

    /// Adds a body in plain text.
    #[must_use]
    pub fn text(self, body: &str) -> Self {
        self.part("text/plain; charset=utf-8", body)
    }

    /// Adds a body in HTML; after a plain one it is its alternative.
    #[must_use]
    pub fn html(self, body: &str) -> Self {
        self.part("text/html; charset=utf-8", body)
    }

    /// Adds a body of any kind. Two or more make the message multipart.
    ///
    /// - `content_type`: media type with parameters
    #[must_use]
    pub fn part(mut self, content_type: &str, body: &str) -> Self {
        self.parts.push((content_type.to_owned(), body.to_owned()));
        self
    }

    /// Says what the bodies are to one another, such as `report; report-type=delivery-status`
    /// (RFC 2046 §5.1); `alternative` where nothing is said.
    #[must_use]
    pub fn multipart(mut self, kind: &str) -> Self {
        kind.clone_into(&mut self.kind);
        self
    }

    /// Chooses the encoding of the bodies.
    #[must_use]
    pub fn transfer(mut self, transfer: Transfer) -> Self {
        self.transfer = transfer;
        self
    }

    /// The message.
    pub fn build(&self) -> Message {
        let mut out = String::new();
        for (name, value) in &self.fields {
            out.push_str(&fold(name, value));
        }
        out.push_str("MIME-Version: 1.0\r\n");
        match self.parts.as_slice() {
            [] => self.entity("text/plain; charset=utf-8", "", &mut out),
            [(content_type, body)] => self.entity(content_type, body, &mut out),
            parts => {
                // `=_` occurs in neither encoding, so that no body can hold the boundary.
                let boundary = format!("=_{:016x}", Rng::part(self.seed, "boundary").bits());
                out.push_str(&fold("Content-Type", &format!("multipart/{}; boundary=\"{boundary}\"", self.kind)));
                for (content_type, body) in parts {
                    out.push_str(&format!("\r\n--{boundary}\r\n"));
                    self.entity(content_type, body, &mut out);
                }
                out.push_str(&format!("\r\n--{boundary}--\r\n"));
            }
        }
        Message::read(out.into_bytes())
    }

    fn entity(&self, content_type: &str, body: &str, out: &mut String) {
        let body = coding::with_crlf(body);
        let (word, coded) = match self.transfer {
            Transfer::QuotedPrintable => ("quoted-printable", coding::to_quoted_printable(&body)),
            Transfer::Base64 => ("base64", coding::to_base64(body.as_bytes())),
        };
        out.push_str(&fold("Content-Type", content_type));
        out.push_str(&format!("Content-Transfer-Encoding: {word}\r\n\r\n{coded}"));
    }
}

/// A field with its line ends: folded at spaces, so that lines stay short where words do.
fn fold(name: &str, value: &str) -> String {
    let clean: String = value.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let mut out = format!("{name}:");
    let mut column = out.len();
    let mut first = true;
    for word in coding::encode_words(clean.trim()).split(' ') {
        // A fold before an empty word would leave a line of blanks.
        if !first && !word.is_empty() && column + 1 + word.len() > FOLD_OCTETS {
            out.push_str("\r\n");
            column = 0;
        }
        out.push(' ');
        out.push_str(word);
        column += 1 + word.len();
        first = false;
    }
    out.push_str("\r\n");
    out
}
