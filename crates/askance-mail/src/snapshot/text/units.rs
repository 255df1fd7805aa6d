//! Times with units, as BIND writes them (`6h`, `1w2d`), in seconds.
//!
//! RFC 1035 knows seconds only; the reader of zones does so too. Most zone files that
//! people keep have units in `$TTL`, in the TTL of records and in the SOA record.

/// Where in a record the reading stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum At {
    /// Before the type: TTL and class.
    Head,
    /// In a SOA record, after so many of its values.
    Soa(usize),
    /// In data that has no times.
    Data,
}

/// The text with every such time in seconds; all else as it is.
pub(super) fn spelt_out(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let (mut at, mut depth) = (At::Head, 0_usize);
    for line in text.split_inclusive('\n') {
        let mut first = depth == 0;
        let mut rest = line;
        if first {
            at = At::Head;
        }
        while let Some((token, tail)) = next(rest) {
            rest = tail;
            match token {
                "(" => depth += 1,
                ")" => depth = depth.saturating_sub(1),
                _ if token.starts_with(';') || token.trim().is_empty() => {}
                _ => {
                    at = push(&mut out, token, at, first);
                    first = false;
                    continue;
                }
            }
            // A line that begins with a blank has no owner.
            first = false;
            out.push_str(token);
        }
    }
    out
}

/// Writes a word and says where the reading stands after it.
fn push(out: &mut String, word: &str, at: At, is_first: bool) -> At {
    let is_ttl = word.eq_ignore_ascii_case("$TTL");
    let seconds = match at {
        At::Head if !is_first => seconds(word),
        At::Soa(3..=6) => seconds(word),
        _ => None,
    };
    match seconds {
        Some(seconds) => out.push_str(&seconds.to_string()),
        None => out.push_str(word),
    }
    match at {
        _ if is_first && (is_ttl || !word.starts_with('$')) => At::Head,
        At::Head if word.eq_ignore_ascii_case("SOA") => At::Soa(0),
        At::Head if seconds.is_some() || ["IN", "CH", "HS"].iter().any(|class| word.eq_ignore_ascii_case(class)) => {
            At::Head
        }
        At::Head if word.bytes().all(|b| b.is_ascii_digit()) => At::Head,
        At::Soa(values) => At::Soa(values + 1),
        _ => At::Data,
    }
}

/// The seconds of `1w2d3h4m5s`; `None` for what has no unit or is something else.
fn seconds(word: &str) -> Option<u64> {
    let (mut sum, mut number, mut units) = (0_u64, None, 0);
    for octet in word.bytes() {
        let factor = match octet.to_ascii_lowercase() {
            digit @ b'0'..=b'9' => {
                number = Some(number.unwrap_or(0_u64).checked_mul(10)?.checked_add(u64::from(digit - b'0'))?);
                continue;
            }
            b's' => 1,
            b'm' => 60,
            b'h' => 3_600,
            b'd' => 86_400,
            b'w' => 604_800,
            _ => return None,
        };
        sum = sum.checked_add(number.take()?.checked_mul(factor)?)?;
        units += 1;
    }
    (units > 0 && number.is_none()).then_some(sum)
}

/// The next word, blank, quotation, comment or parenthesis, and what follows.
fn next(text: &str) -> Option<(&str, &str)> {
    let octets = text.as_bytes();
    let first = *octets.first()?;
    let length = match first {
        b'(' | b')' => 1,
        b';' => octets.iter().position(|b| *b == b'\n').unwrap_or(octets.len()),
        b'"' => {
            let mut at = 1;
            while at < octets.len() && octets[at] != b'"' {
                at += if octets[at] == b'\\' { 2 } else { 1 };
            }
            (at + 1).min(octets.len())
        }
        _ if first.is_ascii_whitespace() => octets.iter().take_while(|b| b.is_ascii_whitespace()).count(),
        _ => {
            let mut at = 0;
            while at < octets.len() && !octets[at].is_ascii_whitespace() && !b"();\"".contains(&octets[at]) {
                at += if octets[at] == b'\\' { 2 } else { 1 };
            }
            at.min(octets.len())
        }
    };
    // An escape before an octet of a longer character is no place to cut: then the rest stays whole.
    Some(text.split_at_checked(length).unwrap_or((text, "")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_with_units_become_seconds_where_times_stand() {
        let text = "$TTL 1h30m\n@ 2h IN SOA ns1 1d.example. ( 1h ; 1d\n 6H\n1w 1d ) ; 2d\n1d 3600 A 192.0.2.1\n IN 5m TXT \"1h\" 1d\n1h 1h A 192.0.2.1\n";
        insta::assert_snapshot!(spelt_out(text), @r#"
        $TTL 5400
        @ 7200 IN SOA ns1 1d.example. ( 1h ; 1d
         21600
        604800 86400 ) ; 2d
        1d 3600 A 192.0.2.1
         IN 300 TXT "1h" 1d
        1h 3600 A 192.0.2.1
        "#);
    }

    #[test]
    fn other_texts_stay_as_they_are() {
        for text in ["", "\\", "\\é x", "\"", "\"\\", "a \"é\\", "))((", ";", "1h", " 18446744073709551616w A"] {
            assert_eq!(spelt_out(text), text);
        }
    }
}
