//! The head that syslog puts before a program's own text.
//!
//! # Source
//! RFC 3164 §4 (`Mon DD HH:MM:SS host program[pid]: text`), RFC 5424 §6, and the forms
//! in which rsyslog, syslog-ng and `journalctl -o short-iso` write them.

use super::scan::Scan;
use crate::stamp::{NoStamp, Stamp, find};

/// The head of a line that went through syslog, and the rest.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Head<'a> {
    pub(crate) stamp: Stamp,
    pub(crate) host: &'a [u8],
    /// The program without its process identifier.
    pub(crate) program: &'a [u8],
    pub(crate) rest: &'a [u8],
}

/// Reads a stamp, a host and `program[pid]: ` at the start of a line; the host may be missing.
pub(crate) fn head(line: &[u8]) -> Result<Head<'_>, NoStamp> {
    let (stamp, mut scan) = stamp(line)?;
    scan.blanks();
    let after_stamp = scan.rest;
    let first = scan.word().unwrap_or_default();
    if let Some(program) = program_of(first) {
        scan.blanks();
        return Ok(Head { stamp, host: b"", program, rest: scan.rest });
    }
    let mut ahead = scan;
    let second = ahead.word().unwrap_or_default();
    if let Some(program) = program_of(second) {
        ahead.blanks();
        return Ok(Head { stamp, host: first, program, rest: ahead.rest });
    }
    if line.first() == Some(&b'<') {
        // RFC 5424: host, program, pid, message identifier, structured data.
        ahead.word();
        ahead.word();
        ahead.blanks();
        let bracketed = ahead.rest.first() == Some(&b'[');
        if bracketed {
            ahead.until(b']')
        } else {
            ahead.word()
        };
        ahead.blanks();
        return Ok(Head { stamp, host: first, program: second, rest: ahead.rest });
    }
    Ok(Head { stamp, host: b"", program: b"", rest: after_stamp })
}

/// The stamp at the start of a line, after `<PRI>` and a version number if they stand there.
pub(crate) fn stamp(line: &[u8]) -> Result<(Stamp, Scan<'_>), NoStamp> {
    let mut scan = Scan::new(line);
    if scan.eat(b"<") {
        scan.until(b'>').ok_or(NoStamp::Absent)?;
        scan.eat(b"1 ");
    }
    let stamp = find(scan.rest)?;
    scan.rest = &scan.rest[stamp.len..];
    Ok((stamp, scan))
}

/// The program of `program[pid]:` or `program:`.
fn program_of(word: &[u8]) -> Option<&[u8]> {
    let tag = word.strip_suffix(b":")?;
    let program = match tag.strip_suffix(b"]") {
        Some(open) => open.rsplitn(2, |&b| b == b'[').nth(1)?,
        None => tag,
    };
    (!program.is_empty()).then_some(program)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(line: &str) -> [&str; 3] {
        let head = head(line.as_bytes()).expect("a stamp");
        [head.host, head.program, head.rest].map(|part| core::str::from_utf8(part).unwrap())
    }

    #[test]
    fn heads_of_every_kind_are_read() {
        assert_eq!(check("Nov 13 10:59:46 keira named[20]: a b"), ["keira", "named", "a b"]);
        assert_eq!(check("Aug  9 09:06:36 dnsmasq[1]: query"), ["", "dnsmasq", "query"]);
        assert_eq!(check("2019-10-08T11:29:05+02:00 h unbound[17265]: [17265:13] i"), ["h", "unbound", "[17265:13] i"]);
        assert_eq!(check("<22>May 11 04:02:37 h postfix/smtpd[2]: c"), ["h", "postfix/smtpd", "c"]);
        assert_eq!(check("<22>1 2026-05-11T04:02:37Z h smtpd 12 - - c d"), ["h", "smtpd", "c d"]);
        assert_eq!(check("<22>1 2026-05-11T04:02:37Z h smtpd 12 - [x a=\"1\"] c d"), ["h", "smtpd", "c d"]);
        assert_eq!(check("19-Oct-2022 05:34:02.425 client x"), ["", "", "client x"]);
        assert_eq!(check("19-Oct-2022 05:34:02.425"), ["", "", ""]);
    }
}
