//! One command line of a client (RFC 5321 §4.1).

use crate::smtp::Reply;

/// What a client wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// `HELO` with the name that the client gives itself.
    Helo(String),
    /// `EHLO` with the name that the client gives itself.
    Ehlo(String),
    /// `MAIL FROM`.
    MailFrom {
        /// The reverse path without brackets and source route; empty for `<>`.
        address: String,
        /// The words after it, such as `SIZE=1070`.
        params: Vec<String>,
    },
    /// `RCPT TO`.
    RcptTo {
        /// The forward path without brackets and source route; `postmaster` may stand alone.
        address: String,
        /// The words after it.
        params: Vec<String>,
    },
    /// `DATA`; the content follows if the answer is 354.
    Data,
    /// The content of a message, dots unstuffed, without the final dot.
    Message(Vec<u8>),
    /// `RSET`.
    Rset,
    /// `NOOP`.
    Noop,
    /// `QUIT`.
    Quit,
    /// `STARTTLS` (RFC 3207); 220 forgets everything said before.
    StartTls,
    /// `VRFY` with its argument.
    Vrfy(String),
    /// Any other line.
    Other(String),
    /// Something that the protocol itself answers, wherever it is sent: bad syntax or sequence. Answer with this.
    Malformed(Reply),
}

/// Longest path, in octets (RFC 5321 §4.5.3.1.3).
const PATH_OCTETS_MAX: usize = 256;

/// Reads one line without its end.
pub(super) fn parse(line: &[u8]) -> Command {
    // Anything but printable ASCII needs SMTPUTF8 (RFC 6531), which is never offered.
    let clean = line.iter().all(|&b| b == b'\t' || (b' '..=b'~').contains(&b));
    let Some(line) = core::str::from_utf8(line).ok().filter(|_| clean) else {
        return refuse(500, (5, 5, 2), "Error: bad syntax");
    };
    let line = line.trim_end();
    let (verb, rest) = line.split_once([' ', '\t']).unwrap_or((line, ""));
    let rest = rest.trim();
    match verb.to_ascii_uppercase().as_str() {
        "HELO" => named(rest, "HELO", Command::Helo),
        "EHLO" => named(rest, "EHLO", Command::Ehlo),
        "MAIL" => match path(rest, "FROM") {
            Some((address, params)) => Command::MailFrom { address, params },
            None => refuse(501, (5, 5, 4), "Syntax: MAIL FROM:<address>"),
        },
        "RCPT" => match path(rest, "TO").filter(|(address, _)| !address.is_empty()) {
            Some((address, params)) => Command::RcptTo { address, params },
            None => refuse(501, (5, 5, 4), "Syntax: RCPT TO:<address>"),
        },
        "DATA" => bare(rest, "DATA", Command::Data),
        "RSET" => bare(rest, "RSET", Command::Rset),
        "QUIT" => bare(rest, "QUIT", Command::Quit),
        "STARTTLS" => bare(rest, "STARTTLS", Command::StartTls),
        "NOOP" => Command::Noop,
        "VRFY" => Command::Vrfy(rest.to_owned()),
        _ => Command::Other(line.to_owned()),
    }
}

pub(super) fn refuse(code: u16, enhanced: (u8, u16, u16), text: &str) -> Command {
    Command::Malformed(Reply::enhanced(code, enhanced, text))
}

fn named(name: &str, verb: &str, make: fn(String) -> Command) -> Command {
    if name.is_empty() || name.contains([' ', '\t']) {
        return Command::Malformed(Reply::new(501, format!("Syntax: {verb} hostname")));
    }
    make(name.to_owned())
}

fn bare(rest: &str, verb: &str, command: Command) -> Command {
    if rest.is_empty() { command } else { refuse(501, (5, 5, 4), &format!("Syntax: {verb}")) }
}

/// `FROM:<path> words`; a space after the colon is let pass, as most servers do.
fn path(rest: &str, word: &str) -> Option<(String, Vec<String>)> {
    let (found, rest) = rest.split_once(':')?;
    if !found.trim_end().eq_ignore_ascii_case(word) {
        return None;
    }
    let rest = rest.trim_start().strip_prefix('<')?;
    let mut quoted = false;
    let mut escaped = false;
    let end = rest.bytes().position(|b| {
        match b {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => quoted = !quoted,
            _ => {}
        }
        b == b'>' && !quoted && !escaped
    })?;
    let (path, params) = (rest.get(..end)?, rest.get(end + 1..)?);
    if !(params.is_empty() || params.starts_with([' ', '\t'])) || path.len() > PATH_OCTETS_MAX {
        return None;
    }
    let address = match path.strip_prefix('@') {
        Some(route) => route.split_once(':')?.1, // RFC 5321 §4.1.2: a source route is read and ignored
        None => path,
    };
    if address.contains([' ', '\t', '<']) && !address.starts_with('"') {
        return None;
    }
    Some((address.to_owned(), params.split_whitespace().map(str::to_owned).collect()))
}
