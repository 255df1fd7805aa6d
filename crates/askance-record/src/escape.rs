//! The escaping functions that every view uses.
//!
//! Names, TXT records, banners and log text are hostile input: a domain name may
//! carry terminal control sequences, a banner may carry markup.

use core::fmt::Write as _;
use std::borrow::Cow;

/// Makes text safe to print on a terminal: control, bidirectional and invisible
/// characters become `\u{…}` escapes, everything else stays.
pub fn escape_terminal(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if is_unsafe(c) {
            write!(out, "\\u{{{:x}}}", u32::from(c)).expect("writing to a String cannot fail");
        } else {
            out.push(c);
        }
    }
    out
}

/// Makes text safe as HTML content and as a double-quoted attribute value.
pub fn escape_html(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c if is_unsafe(c) => {
                write!(out, "\\u{{{:x}}}", u32::from(c)).expect("writing to a String cannot fail");
            }
            c => out.push(c),
        }
    }
    out
}

/// Makes serialised JSON safe to look at: what acts on a terminal or hides from a reader becomes a `\u` escape.
///
/// Serialisers escape only what is below U+0020. All beyond ASCII stands inside of strings, so that the value
/// stays the same (RFC 8259, section 7).
pub fn escape_json(json: &str) -> Cow<'_, str> {
    let acts = |c: char| c >= '\u{7f}' && is_unsafe(c);
    if !json.contains(acts) {
        return Cow::Borrowed(json);
    }
    let mut out = String::with_capacity(json.len() + 16);
    for c in json.chars() {
        if acts(c) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                write!(out, "\\u{unit:04x}").expect("writing to a String cannot fail");
            }
        } else {
            out.push(c);
        }
    }
    Cow::Owned(out)
}

/// Characters that act on a terminal or hide from a reader instead of showing themselves.
fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{00ad}' | '\u{061c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hostile_name_cannot_act_on_a_terminal() {
        assert_eq!(escape_terminal("a\u{1b}[2Jb\u{202e}c"), "a\\u{1b}[2Jb\\u{202e}c");
    }

    #[test]
    fn json_stays_what_it_was_and_acts_on_nothing() {
        let hostile = "caf\u{e9}\u{7f}\u{9b}2J\u{202e}\u{e0041}";
        let json = serde_json::to_string(hostile).expect("a text");
        let escaped = escape_json(&json);
        assert_eq!(escaped, "\"caf\u{e9}\\u007f\\u009b2J\\u202e\\udb40\\udc41\"");
        assert_eq!(serde_json::from_str::<String>(&escaped).expect("JSON"), hostile);
        assert!(matches!(escape_json("{\n  \"a\": \"\u{e9}\"\n}"), Cow::Borrowed(_)));
    }

    #[test]
    fn a_hostile_banner_cannot_act_in_a_page() {
        assert_eq!(escape_html("<img src=x onerror='y'>&\0"), "&lt;img src=x onerror=&#39;y&#39;&gt;&amp;\\u{0}");
    }
}
