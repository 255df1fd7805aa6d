//! The two escaping functions that every view uses.
//!
//! Names, TXT records, banners and log text are hostile input: a domain name may
//! carry terminal control sequences, a banner may carry markup.

use core::fmt::Write as _;

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
    fn a_hostile_banner_cannot_act_in_a_page() {
        assert_eq!(escape_html("<img src=x onerror='y'>&\0"), "&lt;img src=x onerror=&#39;y&#39;&gt;&amp;\\u{0}");
    }
}
