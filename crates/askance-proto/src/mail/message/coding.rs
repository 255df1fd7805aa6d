//! Transfer encodings, encoded words and parameters (RFC 2045, RFC 2047).

use base64::Engine as _;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD};

/// The longest line of an encoded body (RFC 2045 §6.7, §6.8), in octets.
const LINE_OCTETS_MAX: usize = 76;

/// Decodes base64 that may lack padding or have stray bits at its end.
const TOLERANT: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// Text with lines ended by CRLF, whatever ended them before; the last line too.
pub(super) fn with_crlf(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 32);
    for line in text.replace("\r\n", "\n").replace('\r', "\n").split_terminator('\n') {
        out.push_str(line);
        out.push_str("\r\n");
    }
    out
}

/// Base64 in lines (RFC 2045 §6.8).
pub(super) fn to_base64(octets: &[u8]) -> String {
    let mut out = String::new();
    // 57 octets make a line of 76.
    for chunk in octets.chunks(57) {
        STANDARD.encode_string(chunk, &mut out);
        out.push_str("\r\n");
    }
    out
}

/// Octets of base64 text; characters of no meaning are left out, as RFC 2045 §6.8 asks.
pub(super) fn from_base64(text: &[u8]) -> Vec<u8> {
    let mut digits: Vec<u8> =
        text.iter().copied().filter(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/')).collect();
    // One digit alone holds no octet.
    if digits.len() % 4 == 1 {
        digits.pop();
    }
    TOLERANT.decode(&digits).unwrap_or_default()
}

/// Quoted-printable of text with CRLF lines (RFC 2045 §6.7).
pub(super) fn to_quoted_printable(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 8);
    for line in text.split_terminator("\r\n") {
        let mut column = 0;
        let last = line.len().saturating_sub(1);
        for (i, octet) in line.bytes().enumerate() {
            let blank = matches!(octet, b' ' | b'\t');
            let plain = octet != b'=' && (octet.is_ascii_graphic() || blank && i != last);
            let width = if plain { 1 } else { 3 };
            if column + width >= LINE_OCTETS_MAX {
                out.push_str("=\r\n");
                column = 0;
            }
            if plain {
                out.push(char::from(octet));
            } else {
                out.push_str(&format!("={octet:02X}"));
            }
            column += width;
        }
        out.push_str("\r\n");
    }
    out
}

/// Octets of quoted-printable text; an `=` that escapes nothing stays as it is.
pub(super) fn from_quoted_printable(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    for line in text.split_inclusive(|&b| b == b'\n') {
        let (content, end) = match line.strip_suffix(b"\r\n").or_else(|| line.strip_suffix(b"\n")) {
            Some(content) => (content, &line[content.len()..]),
            None => (line, &[][..]),
        };
        let content = content.trim_ascii_end();
        let (content, end) = match content.strip_suffix(b"=") {
            Some(soft) => (soft, &[][..]),
            None => (content, end),
        };
        let mut rest = content;
        while let Some((&first, tail)) = rest.split_first() {
            let escaped = (first == b'=').then(|| hex_octet(tail)).flatten();
            out.push(escaped.unwrap_or(first));
            rest = if escaped.is_some() { &tail[2..] } else { tail };
        }
        out.extend_from_slice(end);
    }
    out
}

fn hex_octet(text: &[u8]) -> Option<u8> {
    let digits = text.get(..2).filter(|digits| digits.iter().all(u8::is_ascii_hexdigit))?;
    u8::from_str_radix(str::from_utf8(digits).ok()?, 16).ok()
}

/// A value in ASCII: runs of words that are not become encoded words of UTF-8 (RFC 2047).
pub(super) fn encode_words(value: &str) -> String {
    let mut out: Vec<String> = Vec::new();
    let mut run: Vec<&str> = Vec::new();
    for word in value.split(' ') {
        if word.is_ascii() {
            flush_run(&mut run, &mut out);
            out.push(word.to_owned());
        } else {
            run.push(word);
        }
    }
    flush_run(&mut run, &mut out);
    out.join(" ")
}

fn flush_run(run: &mut Vec<&str>, out: &mut Vec<String>) {
    let text = run.join(" ");
    run.clear();
    let mut chunk = String::new();
    for c in text.chars() {
        // 45 octets make 60 digits: with its frame an encoded word has at most 75 characters.
        if chunk.len() + c.len_utf8() > 45 {
            out.push(encoded_word(&chunk));
            chunk.clear();
        }
        chunk.push(c);
    }
    if !chunk.is_empty() {
        out.push(encoded_word(&chunk));
    }
}

fn encoded_word(text: &str) -> String {
    format!("=?utf-8?B?{}?=", STANDARD.encode(text))
}

/// A parameter of a structured value, such as `boundary` of a media type.
pub(super) fn parameter(value: &str, name: &str) -> Option<String> {
    let mut rest = value.split_once(';')?.1;
    loop {
        let (key, after) = rest.split_once('=')?;
        let after = after.trim_start();
        let (found, tail) = match after.strip_prefix('"') {
            Some(quoted) => unquote(quoted),
            None => {
                let (found, tail) = after.split_once(';').unwrap_or((after, ""));
                (found.trim().to_owned(), tail)
            }
        };
        // What stands before the last semicolon is a parameter without a value.
        if key.rsplit(';').next().unwrap_or_default().trim().eq_ignore_ascii_case(name) {
            return Some(found);
        }
        rest = tail;
    }
}

/// The text up to the closing quote without escapes, and what follows it.
fn unquote(quoted: &str) -> (String, &str) {
    let mut found = String::new();
    let mut letters = quoted.chars();
    while let Some(c) = letters.next() {
        match c {
            '"' => break,
            '\\' => found.extend(letters.next()),
            c => found.push(c),
        }
    }
    (found, letters.as_str())
}
