//! Words that assume what is to be shown, and what to say instead.
//!
//! A claim can smuggle its conclusion into its vocabulary: who says "X's server" has settled who ran it, who says
//! "contacted" has settled that a lookup was a connection. The words of claims stand as they were made, with these
//! remarks beside them; the words of reports must not raise any.

use crate::json::Wording;

/// What a rule looks for, in words of lower case.
struct Rule {
    /// Any of these sequences of words.
    phrases: &'static [&'static str],
    why: &'static str,
    instead: &'static str,
    /// The remark does not stand where the sentence holds one of these words.
    unless: &'static [&'static str],
    /// It stands only where one of these words follows in the sentence; always where there is none.
    about: &'static [&'static str],
}

const RULES: &[Rule] = &[
    Rule {
        phrases: &[
            "connected to",
            "connecting to",
            "connects to",
            "connection with the server",
            "connections to a",
            "connect to",
            "secret connections",
            "secretly connecting",
        ],
        why: "a lookup is not a connection, and only flows show connections",
        instead: "\"looked up the name\", or what the flow log shows",
        unless: &["flow", "flows", "lookup is", "not a connection", "without"],
        about: &[],
    },
    Rule {
        phrases: &[
            "pinged",
            "pinging",
            "accessed",
            "communicated with",
            "communicating with",
            "talked to",
            "communications with",
        ],
        why: "a lookup asks a name server about a name; the host behind the name learns nothing of it",
        instead: "\"looked up\", \"asked for the address of\"",
        unless: &[],
        about: &[],
    },
    Rule {
        phrases: &["contacted", "contacting", "reached out", "reaching out", "reach out"],
        why: "a lookup asks a name server about a name; the host behind the name learns nothing of it",
        instead: "\"looked up\", \"asked for the address of\"",
        unless: &[],
        // People contact people.
        about: THINGS,
    },
    Rule {
        phrases: &[
            "deleted the server",
            "deleted the email server",
            "deleted the mail server",
            "removed the server",
            "removed the email server",
            "the server was deleted",
            "the server was removed",
        ],
        why: "records of a name can be removed while the host goes on",
        instead: "\"removed the records of the name\"",
        unless: &[],
        about: &[],
    },
    Rule {
        phrases: &[
            "the server accepts",
            "the server is configured",
            "the server is not configured",
            "the server is set up",
        ],
        why: "a name, an address and the host at it may be run by three parties; which is meant is left open",
        instead: "\"the host at ADDRESS\", \"the name NAME\": the one that was looked at",
        unless: &[],
        about: &[],
    },
    Rule {
        phrases: &["consistent with"],
        why: "records can be consistent with many explanations; alone it hides a ratio of 1",
        instead: "how much more likely the records are if it is so than if an alternative named beside it is",
        unless: &["as well as with", "than", "times", "ratio", "equally"],
        about: &[],
    },
    Rule {
        phrases: &[
            "probability that",
            "chance that",
            "probably",
            "likely that",
            "in all likelihood",
            "certainly",
            "no doubt",
        ],
        why: "a probability of an explanation needs a prior, and none is named",
        instead: "a likelihood ratio with its alternatives, or the prior in the same sentence",
        unless: &["prior", "by chance", "p ="],
        about: &[],
    },
    Rule {
        phrases: &["the only explanation", "proves", "proof that", "conclusively", "beyond doubt", "unequivocally"],
        why: "records support one explanation against others; what is not listed is not excluded",
        instead: "which explanations were compared, and by how much",
        unless: &["proves no", "proves nothing", "not proof"],
        about: &[],
    },
    Rule {
        phrases: &["shady", "suspicious ties", "bogus", "conspiracy", "hoax", "innocuous", "nefarious"],
        why: "an adjective about people or motives, which no record here bears on",
        instead: "what was recorded",
        unless: &[],
        about: &[],
    },
];

/// What a lookup is about.
const THINGS: &[&str] = &["server", "servers", "domain", "host", "hosts", "machine", "name", "address"];

/// Things of which one speaks as if they had an owner.
const OWNED: &[&str] =
    &["server", "servers", "domain", "host", "machine", "mail server", "email server", "email", "domain name"];

/// Remarks on a text, in its order; each phrase once.
///
/// Cost: O(length x rules).
pub fn wording(text: &str) -> Vec<Wording> {
    let lower = text.to_lowercase().replace('’', "'");
    let mut found: Vec<(usize, Wording)> = Vec::new();
    let mut offset = 0;
    for sentence in sentences(&lower) {
        for rule in RULES.iter().filter(|rule| !rule.unless.iter().any(|word| holds(sentence, word).is_some())) {
            for phrase in rule.phrases {
                let about = |at: usize| {
                    let rest = sentence.get(at + phrase.len()..).unwrap_or_default();
                    rule.about.is_empty() || rule.about.iter().any(|thing| holds(rest, thing).is_some())
                };
                if let Some(at) = holds(sentence, phrase).filter(|at| about(*at) && !is_denied(sentence, *at)) {
                    found.push((offset + at, remark(phrase, rule.why, rule.instead)));
                }
            }
        }
        if let Some((at, phrase)) = owner(sentence) {
            found.push((offset + at, remark(&phrase, OWNER, ROLE)));
        }
        offset += sentence.len();
    }
    found.extend(named_owner(text).into_iter().map(|(at, phrase)| (at, remark(&phrase, OWNER, ROLE))));
    found.sort_by(|a, b| a.0.cmp(&b.0).then_with(|| a.1.phrase.cmp(&b.1.phrase)));
    let mut out: Vec<Wording> = Vec::new();
    for (_, remark) in found {
        if !out.iter().any(|known| known.phrase == remark.phrase) {
            out.push(remark);
        }
    }
    out
}

/// The sentences of a text, each with its end; a dot inside a number ends none.
fn sentences(text: &str) -> Vec<&str> {
    let ends = text.char_indices().filter(|&(at, c)| {
        let next = text.get(at + c.len_utf8()..).and_then(|rest| rest.chars().next());
        c == '\n' || (matches!(c, '.' | ';' | '!' | '?') && next.is_none_or(char::is_whitespace))
    });
    let mut out = Vec::new();
    let mut start = 0;
    for (at, c) in ends {
        out.extend(text.get(start..at + c.len_utf8()));
        start = at + c.len_utf8();
    }
    out.extend(text.get(start..).filter(|rest| !rest.is_empty()));
    out
}

fn remark(phrase: &str, why: &str, instead: &str) -> Wording {
    Wording { phrase: phrase.to_owned(), why: why.to_owned(), instead: instead.to_owned() }
}

/// How many words before a phrase may deny it.
const DENIAL_WORDS: usize = 6;

/// True where what stands at a position is denied: "there is no X server", "the answer is not secret connections".
fn is_denied(sentence: &str, at: usize) -> bool {
    let before = sentence.get(..at).unwrap_or_default();
    before.split_whitespace().rev().take(DENIAL_WORDS).any(|word| {
        let word = word.to_lowercase().replace('’', "'");
        matches!(word.as_str(), "no" | "not" | "never" | "without") || word.ends_with("n't")
    })
}

/// Where a phrase stands in a sentence, between other words.
fn holds(sentence: &str, phrase: &str) -> Option<usize> {
    let inside = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '-');
    sentence.match_indices(phrase).map(|(at, _)| at).find(|&at| {
        let before = sentence.get(..at).and_then(|s| s.chars().next_back());
        let after = sentence.get(at + phrase.len()..).and_then(|s| s.chars().next());
        !inside(before) && !inside(after)
    })
}

const OWNER: &str = "a name or host has five roles, and the phrase gives all of them to one";
const ROLE: &str = "\"a name registered for X\", \"a host operated by Y\": the role that is meant";

/// "the X server", where X is a name of its own: told by its capital inside a sentence, abbreviations left out.
fn named_owner(text: &str) -> Vec<(usize, String)> {
    let mut out = Vec::new();
    let mut before: Option<(usize, &str)> = None;
    let mut inside = false;
    let mut next = 0;
    for spaced in text.split_inclusive(char::is_whitespace) {
        let (at, word) = (next, spaced.trim_end());
        next += spaced.len();
        let bare = word.trim_matches(|c: char| !c.is_alphanumeric());
        let owned = OWNED.contains(&bare.to_lowercase().as_str());
        if let Some((start, name)) = before.filter(|&(start, _)| owned && !is_denied(text, start)) {
            out.push((start, format!("{} {}", name.to_lowercase(), bare.to_lowercase())));
        }
        let mut letters = bare.chars();
        let capital = letters.next().is_some_and(char::is_uppercase) && letters.any(char::is_lowercase);
        let ends = word.ends_with(['.', '!', '?', ';', ',']);
        // Of possessives the other rule speaks.
        let possessive = bare.contains(['\'', '’']);
        before = (inside && capital && !ends && !possessive).then_some((at, bare));
        inside = !word.ends_with(['.', '!', '?']);
    }
    out
}

/// "X's server".
fn owner(sentence: &str) -> Option<(usize, String)> {
    for (at, _) in sentence.match_indices("'s ") {
        let start = sentence.get(..at)?.rfind(|c: char| c.is_whitespace() || c == '"' || c == '(').map_or(0, |i| i + 1);
        let who = sentence.get(start..at)?;
        let rest = sentence.get(at + 3..)?;
        // "it's", "that's": no possessives.
        if matches!(who, "" | "it" | "that" | "there" | "what" | "he" | "she" | "let" | "here") {
            continue;
        }
        let thing = OWNED.iter().filter(|thing| holds(rest, thing) == Some(0)).max_by_key(|thing| thing.len());
        if let Some(thing) = thing {
            return Some((start, format!("{who}'s {thing}")));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, phrases: &[&str]) {
        let found = wording(text);
        assert_eq!(found.iter().map(|w| w.phrase.as_str()).collect::<Vec<_>>(), phrases, "{text}");
        assert!(found.iter().all(|w| !w.why.is_empty() && !w.instead.is_empty()));
    }

    #[test]
    fn premises_in_words_are_found() {
        check("The bank contacted Hotel Brand's server and pinged it.", &["contacted", "brand's server", "pinged"]);
        check("Computer X is trying to connect to Computer Y.", &["connect to"]);
        check("This is consistent with a channel.", &["consistent with"]);
        check("There is a 90 % probability that it was them.", &["probability that"]);
        check("It proves unequivocally that they talked to each other.", &["proves", "unequivocally", "talked to"]);
        check("Alfa Bank’s servers keep asking.", &["bank's servers"]);
        check("They learned of the new Hotel Brand server name.", &["brand server"]);
        check("In autumn Hotel Brand deleted the email server.", &["deleted the email server"]);
        check("The bank reached out to the new domain.", &["reached out"]);
    }

    #[test]
    fn neutral_words_raise_nothing() {
        check("The client looked up the name 40 times; a flow log shows that it connected to it twice by flows.", &[]);
        check(
            "These records are 20 times more likely if mail servers checked a sender; consistent with both at a ratio of 1.",
            &[],
        );
        check("With a prior of 0.1 the probability that it was so is 0.4.", &[]);
        check("It's the server's name that was asked for. That's a host.", &[]);
        check("Reconnected tools and unaccessed mail.", &[]);
        check("There is no Hotel server, and the answer isn't secret connections to a Hotel server.", &[]);
        check("A newspaper contacting the bank, and an agency calling the vendor, came before.", &[]);
        check("Mail servers and DNS servers asked for it. Name servers answered.", &[]);
        check("", &[]);
        check("’s server", &[]);
    }
}
