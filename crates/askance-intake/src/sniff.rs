//! Telling the format from the content, never from a file's name.
//!
//! Captures have a magic number, and a dnstap file begins by naming itself. Text is told by its lines: each line of the first
//! [`PEEK_OCTETS`] votes for the format whose marks it bears, so that a head of
//! start-up messages, a mixed syslog file or a byte order mark does no harm.

use memchr::memchr;
use memchr::memmem::find;

use crate::unwrap::{PEEK_OCTETS, Unwrapped, peek};
use crate::{Format, IntakeError, Options};

/// The format of an input, told from its first octets.
pub(crate) fn sniff(input: &mut Unwrapped, options: &Options) -> Result<Format, IntakeError> {
    if options.csv_map.is_some() {
        return Ok(Format::CsvMap);
    }
    let begins = peek(input, options.source)?;
    let begins = &begins[..begins.len().min(PEEK_OCTETS)];
    of(begins).ok_or_else(|| IntakeError::UnknownFormat {
        begins: begins[..begins.len().min(48)].escape_ascii().to_string().into(),
    })
}

/// The format that the first octets of an unwrapped input show.
fn of(begins: &[u8]) -> Option<Format> {
    match begins {
        [0xd4, 0xc3, 0xb2, 0xa1, ..]
        | [0xa1, 0xb2, 0xc3, 0xd4, ..]
        | [0x4d, 0x3c, 0xb2, 0xa1, ..]
        | [0xa1, 0xb2, 0x3c, 0x4d, ..] => return Some(Format::Pcap),
        [0x0a, 0x0d, 0x0d, 0x0a, ..] => return Some(Format::PcapNg),
        _ if crate::dnstap::begins(begins) => return Some(Format::Dnstap),
        _ => {}
    }
    let text = begins.strip_prefix(b"\xef\xbb\xbf").unwrap_or(begins);
    let mut votes = [0u32; Format::ALL.len()];
    for line in text.split(|&b| b == b'\n') {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        match of_line(line) {
            // A header describes every line after it.
            Some((format, Sure::Header)) => return Some(format),
            Some((format, Sure::Row)) => votes[index(format)] += 1,
            None => {}
        }
    }
    let most = votes.iter().copied().max().filter(|&n| n > 0)?;
    Format::ALL.into_iter().find(|&f| votes[index(f)] == most)
}

/// What one line says about all of them.
enum Sure {
    Header,
    Row,
}

fn index(format: Format) -> usize {
    Format::ALL.iter().position(|&f| f == format).expect("ALL holds every format")
}

fn of_line(line: &[u8]) -> Option<(Format, Sure)> {
    if let Some(path) = line.strip_prefix(b"#path") {
        return match path.trim_ascii() {
            b"dns" => Some((Format::ZeekDns, Sure::Header)),
            b"conn" => Some((Format::ZeekConn, Sure::Header)),
            _ => None,
        };
    }
    if line.starts_with(b"#fields") {
        return Some((zeek_table(line)?, Sure::Header));
    }
    if line.trim_ascii_start().starts_with(b"{") {
        return Some((json(line)?, Sure::Row));
    }
    if flow_header(line) {
        return Some((Format::FlowCsv, Sure::Header));
    }
    Some((log(line)?, Sure::Row))
}

fn has(line: &[u8], mark: &str) -> bool {
    find(line, mark.as_bytes()).is_some()
}

fn zeek_table(line: &[u8]) -> Option<Format> {
    if !has(line, "orig_h") {
        return None;
    }
    if has(line, "conn_state") {
        Some(Format::ZeekConn)
    } else if has(line, "query") || has(line, "qtype") {
        Some(Format::ZeekDns)
    } else {
        None
    }
}

fn json(line: &[u8]) -> Option<Format> {
    if !has(line, "orig_h\"") {
        return None;
    }
    if has(line, "\"conn_state\"") {
        Some(Format::ZeekConn)
    } else if ["\"query\"", "\"qtype\"", "\"qtype_name\"", "\"rcode\"", "\"trans_id\""].iter().any(|k| has(line, k)) {
        Some(Format::ZeekDns)
    } else {
        None
    }
}

/// The format of one log line, where the line bears the marks of one.
fn log(line: &[u8]) -> Option<Format> {
    if has(line, "postfix/") || (has(line, "postfix-") && has(line, "/smtpd[")) {
        return Some(Format::Postfix);
    }
    if has(line, "dnsmasq[") || has(line, "dnsmasq: ") || (has(line, "query[") && has(line, " from ")) {
        return Some(Format::Dnsmasq);
    }
    if has(line, "unbound[") || has(line, "unbound: ") || unbound_thread(line) {
        return Some(Format::Unbound);
    }
    if bind(line) {
        return Some(Format::BindQuery);
    }
    if ["sendmail[", "sm-mta[", "sm-msp-queue[", "sm-acceptingconnections["].iter().any(|m| has(line, m)) {
        return Some(Format::Sendmail);
    }
    if opensmtpd(line) {
        return Some(Format::OpenSmtpd);
    }
    exim(line).then_some(Format::Exim)
}

/// `client @0x7f91b8005490 192.0.2.1#62536 (www.example): query: www.example IN AAAA +E(0)K (192.0.2.2)`
fn bind(line: &[u8]) -> bool {
    let Some(client) = find(line, b"client ") else { return false };
    let rest = &line[client..];
    has(rest, "#")
        && ["query: ", "response: ", "query (cache)", "query failed", "answer: "].iter().any(|m| has(rest, m))
}

/// `[16667:e] info: ` without the program's name, as Unbound writes to a log of its own.
fn unbound_thread(line: &[u8]) -> bool {
    let Some(open) = memchr(b'[', line) else { return false };
    let rest = &line[open + 1..];
    let Some(close) = memchr(b']', rest) else { return false };
    let Some(colon) = memchr(b':', &rest[..close]) else { return false };
    colon > 0
        && rest[..colon].iter().all(u8::is_ascii_digit)
        && rest[colon + 1..close].iter().all(u8::is_ascii_hexdigit)
        && ["info: ", "query: ", "reply: ", "error: ", "notice: ", "warning: ", "debug: "]
            .iter()
            .any(|kind| rest[close + 1..].trim_ascii_start().starts_with(kind.as_bytes()))
}

/// `smtpd[77]: 5a1c7b2e9f0d3c41 smtp connected address=192.0.2.7 host=mail.example`
fn opensmtpd(line: &[u8]) -> bool {
    let Some(at) = find(line, b"smtpd[") else { return false };
    let Some(colon) = find(&line[at..], b"]: ") else { return false };
    let message = &line[at + colon + 3..];
    message.len() > 17 && message[16] == b' ' && message[..16].iter().all(u8::is_ascii_hexdigit)
        || ["info: OpenSMTPD", "smtp-in: ", "smtp-out: ", "relay: "].iter().any(|m| message.starts_with(m.as_bytes()))
}

/// `2022-06-29 13:54:29 H=(smtpclient.test) [192.0.2.14]:17125 F=<info@example> rejected RCPT ...`
fn exim(line: &[u8]) -> bool {
    let shape = |text: &[u8]| {
        text.len() >= 20
            && text[..19]
                .iter()
                .zip(b"dddd-dd-dd dd:dd:dd")
                .all(|(c, s)| if *s == b'd' { c.is_ascii_digit() } else { c == s })
    };
    if has(line, "exim[") {
        return true;
    }
    let marks = [
        " H=",
        " <= ",
        " => ",
        " -> ",
        " == ",
        " ** ",
        " Completed",
        "no host name found",
        "no IP address found",
        "SMTP connection from ",
        "Start queue run",
        "End queue run",
        " exim ",
    ];
    shape(line) && marks.iter().any(|m| has(line, m))
}

/// A header line that names a flow's start and both its ends; [`crate::flow`] reads such tables.
fn flow_header(line: &[u8]) -> bool {
    const NEEDED: [&[&str]; 3] = [
        &["start", "ts", "firstseen", "first_seen"],
        &["src", "sa", "srcaddr", "src_ip", "src_addr"],
        &["dst", "da", "dstaddr", "dst_ip", "dst_addr"],
    ];
    let mut seen = [false; 3];
    for field in line[..line.len().min(4096)].split(|&b| b == b',') {
        let field = field.trim_ascii();
        let field = field.strip_prefix(b"\"").and_then(|f| f.strip_suffix(b"\"")).unwrap_or(field).trim_ascii();
        for (seen, names) in seen.iter_mut().zip(NEEDED) {
            *seen |= names.iter().any(|name| field.eq_ignore_ascii_case(name.as_bytes()));
        }
    }
    seen == [true; 3]
}

#[cfg(test)]
mod tests;
