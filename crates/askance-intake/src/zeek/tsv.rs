//! Zeek's TSV: directives, fields and escapes.

use memchr::memchr;

use crate::text::scan::Scan;

/// The columns that are read, in both logs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Column {
    Ts,
    Uid,
    OrigH,
    OrigP,
    RespH,
    RespP,
    Proto,
    TransId,
    Rtt,
    Query,
    Qclass,
    Qtype,
    QtypeName,
    Rcode,
    RcodeName,
    Aa,
    Tc,
    Rd,
    Ra,
    Answers,
    Ttls,
    Duration,
    OrigBytes,
    RespBytes,
    ConnState,
    OrigPkts,
    RespPkts,
    OrigIpBytes,
    RespIpBytes,
    Other,
}

impl Column {
    /// By Zeek's name; Corelight and Security Onion write `_` for the dot.
    pub(super) fn of(name: &[u8]) -> Self {
        match name {
            b"ts" => Self::Ts,
            b"uid" => Self::Uid,
            b"id.orig_h" | b"id_orig_h" => Self::OrigH,
            b"id.orig_p" | b"id_orig_p" => Self::OrigP,
            b"id.resp_h" | b"id_resp_h" => Self::RespH,
            b"id.resp_p" | b"id_resp_p" => Self::RespP,
            b"proto" => Self::Proto,
            b"trans_id" => Self::TransId,
            b"rtt" => Self::Rtt,
            b"query" => Self::Query,
            b"qclass" => Self::Qclass,
            b"qtype" => Self::Qtype,
            b"qtype_name" => Self::QtypeName,
            b"rcode" => Self::Rcode,
            b"rcode_name" => Self::RcodeName,
            b"AA" => Self::Aa,
            b"TC" => Self::Tc,
            b"RD" => Self::Rd,
            b"RA" => Self::Ra,
            b"answers" => Self::Answers,
            b"TTLs" => Self::Ttls,
            b"duration" => Self::Duration,
            b"orig_bytes" => Self::OrigBytes,
            b"resp_bytes" => Self::RespBytes,
            b"conn_state" => Self::ConnState,
            b"orig_pkts" => Self::OrigPkts,
            b"resp_pkts" => Self::RespPkts,
            b"orig_ip_bytes" => Self::OrigIpBytes,
            b"resp_ip_bytes" => Self::RespIpBytes,
            _ => Self::Other,
        }
    }
}

/// What the directives say; they recur where files were joined.
#[derive(Clone, Debug)]
pub(super) struct Schema {
    pub(super) separator: u8,
    pub(super) set_separator: u8,
    pub(super) empty: Vec<u8>,
    pub(super) unset: Vec<u8>,
    pub(super) columns: Vec<Column>,
    other_log: bool,
}

impl Default for Schema {
    fn default() -> Self {
        Self {
            separator: b'\t',
            set_separator: b',',
            empty: b"(empty)".to_vec(),
            unset: b"-".to_vec(),
            columns: Vec::new(),
            other_log: false,
        }
    }
}

impl Schema {
    pub(super) fn is_known(&self) -> bool {
        !self.columns.is_empty()
    }

    /// True behind a `#path` of another log.
    pub(super) fn is_other_log(&self) -> bool {
        self.other_log
    }

    /// Takes a line that begins with `#`.
    pub(super) fn directive(&mut self, line: &[u8], conn: bool) {
        let mut scan = Scan::new(line);
        if scan.eat(b"#separator ") {
            // The one directive that has a blank; its value is always escaped.
            let mut octets = Vec::new();
            unescape(scan.rest.trim_ascii(), &mut octets);
            if let [separator] = octets[..] {
                self.separator = separator;
            }
            return;
        }
        let separator = self.separator;
        let key = scan.up_to(separator);
        match key {
            b"#set_separator" => self.set_separator = scan.rest.first().copied().unwrap_or(b','),
            b"#empty_field" => self.empty = scan.rest.to_vec(),
            b"#unset_field" => self.unset = scan.rest.to_vec(),
            b"#path" => {
                let path = scan.up_to(separator);
                // Rotated and clustered logs keep the base name (`dns_red`, `conn-00`).
                self.other_log = !path.starts_with(if conn { b"conn".as_slice() } else { b"dns" });
            }
            b"#fields" => self.columns = scan.rest.split(|&b| b == separator).map(Column::of).collect(),
            _ => {}
        }
    }

    /// Calls `each` with every column's value that is neither unset nor of no interest.
    pub(super) fn for_each<'a, E>(
        &self,
        line: &'a [u8],
        mut each: impl FnMut(Column, &'a [u8]) -> Result<(), E>,
    ) -> Result<usize, E> {
        let mut rest = Some(line);
        let mut n = 0;
        for &column in &self.columns {
            let Some(text) = rest else { break };
            let end = memchr(self.separator, text);
            let value = &text[..end.unwrap_or(text.len())];
            rest = end.map(|end| &text[end + 1..]);
            n += 1;
            if column != Column::Other && value != self.unset {
                each(column, value)?;
            }
        }
        Ok(n)
    }

    /// The octets of a value: `\xHH` undone, the mark for "empty" taken away.
    pub(super) fn octets<'a>(&self, value: &'a [u8], scratch: &'a mut Vec<u8>) -> &'a [u8] {
        if value == self.empty {
            return b"";
        }
        if memchr(b'\\', value).is_none() {
            return value;
        }
        scratch.clear();
        unescape(value, scratch);
        scratch
    }
}

/// Undoes `\xHH` and `\\`.
pub(super) fn unescape(text: &[u8], into: &mut Vec<u8>) {
    let mut rest = text;
    while let Some(i) = memchr(b'\\', rest) {
        into.extend_from_slice(&rest[..i]);
        rest = &rest[i + 1..];
        let hex = |at: usize| rest.get(at).and_then(|&b| char::from(b).to_digit(16)).and_then(|d| u8::try_from(d).ok());
        if let (Some(b'x'), Some(high), Some(low)) = (rest.first(), hex(1), hex(2)) {
            into.push(high << 4 | low);
            rest = &rest[3..];
        } else if rest.first() == Some(&b'\\') {
            into.push(b'\\');
            rest = &rest[1..];
        } else {
            into.push(b'\\');
        }
    }
    into.extend_from_slice(rest);
}
