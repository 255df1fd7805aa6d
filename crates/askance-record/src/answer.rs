//! Answer records, and their text in the archive.

use core::fmt::Write as _;

use crate::{Name, RrType};

/// One record of an answer section, as far as the source shows it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// The record's owner, where the source gives it and it is not the name asked for.
    pub owner: Option<Name>,
    /// The record's type, where the source gives it.
    pub rtype: Option<RrType>,
    /// Time to live as seen at the vantage, seconds.
    pub ttl_s: Option<u32>,
    /// RDATA in presentation form, names without a final dot; hostile text.
    pub data: String,
}

/// Appends answers as `owner ttl type data`, joined by `; `; `-` stands for what is unknown,
/// `@` for the name asked for. A semicolon or control character inside data becomes `\DDD`.
pub fn write_answers(answers: &[Answer], out: &mut String) {
    for (i, answer) in answers.iter().enumerate() {
        if i > 0 {
            out.push_str("; ");
        }
        out.push_str(answer.owner.as_ref().map_or("@", Name::raw));
        match answer.ttl_s {
            Some(ttl_s) => write!(out, " {ttl_s} ").expect("writing to a String cannot fail"),
            None => out.push_str(" - "),
        }
        match answer.rtype {
            Some(rtype) => write!(out, "{rtype} ").expect("writing to a String cannot fail"),
            None => out.push_str("- "),
        }
        for c in answer.data.chars() {
            if c == ';' || c.is_control() {
                let mut octets = [0; 4];
                for octet in c.encode_utf8(&mut octets).bytes() {
                    write!(out, "\\{octet:03}").expect("writing to a String cannot fail");
                }
            } else {
                out.push(c);
            }
        }
    }
}

/// Reads what [`write_answers`] wrote; parts that do not have its form are left out.
pub fn read_answers(text: &str) -> Vec<Answer> {
    text.split("; ")
        .filter_map(|part| {
            let mut fields = part.splitn(4, ' ');
            let (owner, ttl, rtype, data) = (fields.next()?, fields.next()?, fields.next()?, fields.next()?);
            Some(Answer {
                owner: if owner == "@" { None } else { Name::parse(owner).ok() },
                rtype: RrType::from_mnemonic(rtype),
                ttl_s: ttl.parse().ok(),
                data: data.to_owned(),
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_round_trip() {
        let answers = vec![
            Answer { owner: None, rtype: Some(RrType::CNAME), ttl_s: Some(3600), data: "mx.example".into() },
            Answer {
                owner: Some(Name::parse("mx.example").expect("literal")),
                rtype: Some(RrType::TXT),
                ttl_s: None,
                data: r#""a b" "c""#.into(),
            },
        ];
        let mut text = String::new();
        write_answers(&answers, &mut text);
        assert_eq!(text, r#"@ 3600 CNAME mx.example; mx.example - TXT "a b" "c""#);
        assert_eq!(read_answers(&text), answers);
    }

    #[test]
    fn data_cannot_break_out_of_its_place() {
        let answers = vec![Answer { data: "x; evil 1 A 192.0.2.1\n".into(), ..Answer::default() }];
        let mut text = String::new();
        write_answers(&answers, &mut text);
        assert_eq!(read_answers(&text).len(), 1);
        assert!(!text.contains('\n'));
    }
}
