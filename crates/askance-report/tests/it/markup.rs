//! A small reader of HTML: enough to see that tags balance and what stands in them.

/// One tag as written.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Tag<'a> {
    pub(crate) name: &'a str,
    pub(crate) attributes: Vec<(&'a str, &'a str)>,
    pub(crate) closes: bool,
    pub(crate) empty: bool,
}

/// Elements that HTML never closes.
const VOID: [&str; 6] = ["meta", "br", "hr", "link", "input", "img"];

/// Reads all tags in order; panics where the text is not the plain subset that the report writes.
pub(crate) fn tags(html: &str) -> Vec<Tag<'_>> {
    let mut tags = Vec::new();
    let mut rest = html;
    while let Some(start) = rest.find('<') {
        rest = &rest[start + 1..];
        let end = end_of_tag(rest);
        let inside = &rest[..end];
        rest = &rest[end + 1..];
        if inside.starts_with('!') {
            continue;
        }
        let closes = inside.starts_with('/');
        let body = inside.trim_start_matches('/').trim_end_matches('/');
        let name_end = body.find(' ').unwrap_or(body.len());
        let name = &body[..name_end];
        assert!(!name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric()), "tag <{inside}>");
        tags.push(Tag {
            name,
            attributes: attributes(&body[name_end..]),
            closes,
            empty: inside.ends_with('/') || VOID.contains(&name),
        });
        if !closes && ["script", "style"].contains(&name) {
            let close = rest.find(&format!("</{name}>")).expect("raw text is closed");
            rest = &rest[close..];
        }
    }
    tags
}

/// Where the tag ends: the first `>` outside quotes.
fn end_of_tag(text: &str) -> usize {
    let mut quoted = false;
    for (i, c) in text.char_indices() {
        match c {
            '"' => quoted = !quoted,
            '>' if !quoted => return i,
            '<' => assert!(quoted, "< inside a tag: {}", &text[..i]),
            _ => {}
        }
    }
    panic!("a tag without end");
}

fn attributes(text: &str) -> Vec<(&str, &str)> {
    let mut out = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let name_end = rest.find(['=', ' ']).unwrap_or(rest.len());
        let name = &rest[..name_end];
        rest = &rest[name_end..];
        if let Some(value) = rest.strip_prefix("=\"") {
            let end = value.find('"').expect("a closing quote");
            out.push((name, &value[..end]));
            rest = value[end + 1..].trim_start();
        } else {
            assert!(!rest.starts_with('='), "an unquoted value at {rest}");
            out.push((name, ""));
            rest = rest.trim_start();
        }
    }
    out
}

/// Panics unless every element is closed in order.
pub(crate) fn assert_balanced(html: &str) {
    let mut open: Vec<&str> = Vec::new();
    for tag in tags(html) {
        if tag.closes {
            assert_eq!(open.pop(), Some(tag.name), "closing </{}>", tag.name);
        } else if !tag.empty {
            open.push(tag.name);
        }
    }
    assert_eq!(open, Vec::<&str>::new());
}

#[test]
fn the_reader_itself_refuses_what_does_not_balance() {
    assert_balanced("<!DOCTYPE html><p title=\"a > b\">x<br><rect a=\"1\"/></p><script>1<2</script>");
    assert!(std::panic::catch_unwind(|| assert_balanced("<p><b></p></b>")).is_err());
    assert!(std::panic::catch_unwind(|| assert_balanced("<p>")).is_err());
    assert!(std::panic::catch_unwind(|| tags("<p title=x>")).is_err());
}
