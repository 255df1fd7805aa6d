//! The tables: what each identifier is called, and its shape.

use askance_record::Vantage;

/// A family of mechanisms: one colour and one shape in every view.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Family {
    Mail,
    Cache,
    Human,
    Misconfiguration,
    ThirdParty,
    Malicious,
    Nothing,
}

impl Family {
    pub(crate) const ALL: [Self; 7] = [
        Self::Mail,
        Self::Cache,
        Self::Human,
        Self::Misconfiguration,
        Self::ThirdParty,
        Self::Malicious,
        Self::Nothing,
    ];

    /// The family of a mechanism.
    pub(crate) fn of(mechanism: &str) -> Self {
        MECHANISMS.iter().find(|m| m.id == mechanism).map_or(Self::Nothing, |m| m.family)
    }

    pub(crate) const fn label(self) -> &'static str {
        match self {
            Self::Mail => "mail",
            Self::Cache => "cache and poll",
            Self::Human => "human",
            Self::Misconfiguration => "misconfiguration",
            Self::ThirdParty => "third party",
            Self::Malicious => "malicious",
            Self::Nothing => "none of these",
        }
    }

    /// The shape in text; the page draws the same one.
    pub(crate) const fn glyph(self) -> char {
        match self {
            Self::Mail => '■',
            Self::Cache => '●',
            Self::Human => '▲',
            Self::Misconfiguration => '◆',
            Self::ThirdParty => '▼',
            Self::Malicious => '✚',
            Self::Nothing => '○',
        }
    }

    /// The class in the style sheet.
    pub(crate) const fn class(self) -> &'static str {
        match self {
            Self::Mail => "f-mail",
            Self::Cache => "f-cache",
            Self::Human => "f-human",
            Self::Misconfiguration => "f-misc",
            Self::ThirdParty => "f-third",
            Self::Malicious => "f-mal",
            Self::Nothing => "f-none",
        }
    }

    /// The colour in a terminal of 256 colours, next to the Okabe-Ito colour of the page.
    pub(crate) const fn ansi(self) -> u8 {
        match self {
            Self::Mail => 32,
            Self::Cache => 74,
            Self::Human => 175,
            Self::Misconfiguration => 172,
            Self::ThirdParty => 36,
            Self::Malicious => 179,
            Self::Nothing => 245,
        }
    }
}

/// What a mechanism is called and what it is.
pub(crate) struct Mechanism {
    pub(crate) id: &'static str,
    pub(crate) label: &'static str,
    pub(crate) gloss: &'static str,
    pub(crate) family: Family,
}

const fn row(id: &'static str, label: &'static str, family: Family, gloss: &'static str) -> Mechanism {
    Mechanism { id, label, gloss, family }
}

/// The mechanisms, in the order of the glossary.
pub(crate) const MECHANISMS: [Mechanism; 17] = [
    row(
        "sender-verification",
        "sender verification",
        Family::Mail,
        "A mail receiver checks who is sending: it asks for the name of the sending address, then for the address of that name.",
    ),
    row(
        "mail-authentication",
        "mail authentication",
        Family::Mail,
        "A mail receiver reads the SPF, DKIM and DMARC records of a sending domain.",
    ),
    row(
        "delivery-retry",
        "delivery and retry",
        Family::Mail,
        "A mail sender looks for the receiver of a message and tries again on a schedule.",
    ),
    row(
        "cache-refresh",
        "cache refresh",
        Family::Cache,
        "Steady demand behind a cache: a lookup goes out whenever the stored answer has run out.",
    ),
    row("scheduled-poll", "scheduled poll", Family::Cache, "A job asks by the clock."),
    row(
        "firewall-object",
        "firewall object",
        Family::Cache,
        "A firewall keeps the addresses of a name in one of its rules up to date.",
    ),
    row("human-use", "human use", Family::Human, "People use the name, in the hours in which people work or read."),
    row(
        "retry-loop",
        "retry loop",
        Family::Misconfiguration,
        "A program asks again and again because it gets no answer it can use.",
    ),
    row(
        "search-suffix-leak",
        "search-suffix leak",
        Family::Misconfiguration,
        "A host tries a name again with its own domain appended.",
    ),
    row(
        "replay",
        "replay",
        Family::Misconfiguration,
        "Lookups that a sensor or a log kept are repeated later by somebody else.",
    ),
    row(
        "stored-mail-rescan",
        "stored-mail rescan",
        Family::ThirdParty,
        "A program looks through stored mail or logs again and meets old names.",
    ),
    row("crawler", "crawler", Family::ThirdParty, "A program collects names, or follows links before a person does."),
    row("publicity", "publicity", Family::ThirdParty, "People and programs ask because the name became known."),
    row("beacon", "beacon", Family::Malicious, "A program reports to whoever runs the name, at intervals with jitter."),
    row("tunnel", "tunnel", Family::Malicious, "Data travels inside the names that are asked for."),
    row("timing-channel", "timing channel", Family::Malicious, "Data travels in the spacing of the lookups."),
    row("none", "none of these", Family::Nothing, "None of the mechanisms considered explains the records."),
];

/// What a mechanism is called; an unknown identifier is called by itself.
pub(crate) fn label(mechanism: &str) -> String {
    MECHANISMS.iter().find(|m| m.id == mechanism).map_or_else(|| mechanism.to_owned(), |m| m.label.to_owned())
}

/// What a mechanism is; empty for an unknown identifier.
pub(crate) fn gloss(mechanism: &str) -> &'static str {
    MECHANISMS.iter().find(|m| m.id == mechanism).map_or("", |m| m.gloss)
}

/// What one line means at a vantage.
pub(crate) fn vantage_phrase(vantage: &str) -> &'static str {
    match vantage.parse::<Vantage>() {
        Ok(Vantage::Stub) => "On the asking host: one line is one program's question.",
        Ok(Vantage::ResolverClient) => "Between clients and their resolver: one line is one host's question.",
        Ok(Vantage::ResolverUpstream) => {
            "Above a resolver: one line is a question that its cache could not answer. Hosts are not visible."
        }
        Ok(Vantage::Authoritative) => {
            "At the name server of the zone: one line is a question that a resolver's cache could not answer. \
             The client is a resolver; hosts behind it are not visible."
        }
        Ok(Vantage::Passive) => {
            "A union of sensors: which resolvers it covers is unknown, and repeated answers may have been dropped."
        }
        Err(()) => "",
    }
}

/// What one line means in a source that is not about lookups.
pub(crate) fn kind_phrase(kind: &str) -> &'static str {
    match kind {
        "flow" => "One line is a flow between two addresses. Names are not visible in it.",
        "mail" => "One line is a step in the handling of a message by a mail server.",
        "counts" => "One line is a count of lookups by one client, counted by whoever published it.",
        "zone" => "A zone file: what the name service was told to answer, not what was asked.",
        "survey" => "What mail servers answered when they were asked on purpose.",
        _ => "Not a log of lookups.",
    }
}

/// A verdict on a claim, with a shape that does not judge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Supported,
    WeaklySupported,
    DoesNotDiscriminate,
    Contradicted,
    CannotBeTested,
    Recorded,
    Other,
}

impl Verdict {
    pub(crate) fn of(word: &str) -> Self {
        match word {
            "supported" => Self::Supported,
            "weakly supported" => Self::WeaklySupported,
            "does not discriminate" => Self::DoesNotDiscriminate,
            "contradicted" => Self::Contradicted,
            "cannot be tested with these records" => Self::CannotBeTested,
            "recorded" => Self::Recorded,
            _ => Self::Other,
        }
    }

    /// Full, empty, crossed, half: the same weight of ink for and against.
    pub(crate) const fn glyph(self) -> char {
        match self {
            Self::Supported => '●',
            Self::WeaklySupported => '◕',
            Self::DoesNotDiscriminate => '◐',
            Self::Contradicted => '⊗',
            Self::CannotBeTested => '◌',
            Self::Recorded => '❝',
            Self::Other => '·',
        }
    }
}
