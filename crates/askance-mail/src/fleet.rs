//! A name beside its siblings: is an oddity one, or do they all look so?

use core::fmt;

use askance_inference::claims::jeffreys;
use askance_record::Name;

use crate::answer::Answer;
use crate::finding::{Area, Code};
use crate::posture::Posture;

mod template;

pub use template::{Template, TemplateMember, TemplatePart};

/// A subject, its siblings, and what they share.
#[derive(Clone, Debug, PartialEq)]
pub struct Fleet {
    /// Whom it is about.
    pub subject: Name,
    /// The columns of the matrix: what any of them shows, and what the subject shares with others.
    pub features: Vec<Feature>,
    /// The rows of the matrix, the subject first: a cell for each feature.
    pub rows: Vec<(Name, Vec<Cell>)>,
    /// The subject's own features, each with its share among the siblings.
    pub compared: Vec<Compared>,
    /// The naming that fits most of the fleet, subject included.
    pub template: Option<Template>,
}

/// Something that a name shows or does not show.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Feature {
    /// A finding of the kind.
    Finding(Code),
    /// The subject's SPF policy, the names' own parts put aside; that there is none counts too.
    SameSpf,
    /// The subject's DMARC record, likewise.
    SameDmarc,
    /// The registered domains of the subject's name servers.
    SameNameServers,
    /// The mailbox of the subject's SOA record.
    SameContact,
    /// The subject's exchanges, the names' own parts put aside.
    SameExchanges,
    /// The registered domains of the subject's PTR names.
    SamePtrDomain,
}

/// Features that compare a value with the subject's.
const SAME: &[Feature] = &[
    Feature::SameSpf,
    Feature::SameDmarc,
    Feature::SameNameServers,
    Feature::SameContact,
    Feature::SameExchanges,
    Feature::SamePtrDomain,
];

/// What a name shows of a feature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cell {
    /// It has it.
    Yes,
    /// It does not have it.
    No,
    /// The records leave it open.
    Unknown,
}

/// How common a feature of the subject is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FleetWord {
    /// Most have it: the lower end of the interval is above one half.
    Norm,
    /// Most do not: the upper end is below one half.
    Apart,
    /// The interval has one half in it.
    Open,
}

/// A feature of the subject among its siblings.
#[derive(Clone, Debug, PartialEq)]
pub struct Compared {
    /// The feature.
    pub feature: Feature,
    /// What the subject has: the finding's sentence, or the value.
    pub value: String,
    /// Siblings that have it.
    pub with: u64,
    /// Siblings of which it is known.
    pub known: u64,
    /// The share of siblings that have it, with the Jeffreys interval (95 %).
    pub share: f64,
    /// Its ends.
    pub interval: (f64, f64),
    /// The likelihood ratio of seeing the feature if the subject was set up apart from its siblings, against if it was
    /// set up as they are: at most this. About 1 where most share the feature.
    pub lr_max: f64,
    /// The same at the ends of the interval; no upper end where no sibling has the feature.
    pub lr_interval: (f64, Option<f64>),
    /// In words.
    pub word: FleetWord,
}

impl Feature {
    /// The stable identifier: a finding's code, or `same-` and what.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Finding(code) => code.as_str(),
            Self::SameSpf => "same-spf",
            Self::SameDmarc => "same-dmarc",
            Self::SameNameServers => "same-name-servers",
            Self::SameContact => "same-contact",
            Self::SameExchanges => "same-exchanges",
            Self::SamePtrDomain => "same-ptr-domain",
        }
    }

    /// What a name has where the feature compares values; `None` where the records leave it open.
    fn value(self, posture: &Posture) -> Option<String> {
        let known = |answer: &Answer| !answer.state.is_unknown();
        let list = |mut values: Vec<String>| {
            values.sort();
            values.dedup();
            if values.is_empty() { "none".to_owned() } else { values.join(" ") }
        };
        let own = |text: &str| without_own(posture, text);
        match self {
            Self::Finding(_) => None,
            Self::SameSpf => {
                let policy = posture.spf.audited.as_ref().filter(|_| known(&posture.spf.txt))?;
                let texts = policy.expansion.root.records.iter();
                Some(list(texts.map(|text| own(&text.escape_ascii().to_string())).collect()))
            }
            Self::SameDmarc => {
                let dmarc = &posture.dmarc;
                match dmarc.applies {
                    Some(at) => {
                        Some(list(dmarc.walk[at].answer.texts().map(|t| own(&t.escape_ascii().to_string())).collect()))
                    }
                    None if dmarc.unknown.is_empty() => Some("none".to_owned()),
                    None => None,
                }
            }
            Self::SameNameServers => {
                let ns = &posture.zone.ns;
                let domains = ns.names().filter_map(crate::posture::registered);
                (known(ns) && posture.zone.apex.is_some()).then(|| list(domains.map(|d| own(&d)).collect()))
            }
            Self::SameContact => {
                let contact = posture.roles.admin_contact.iter().find(|said| said.by.starts_with("SOA "))?;
                Some(own(&contact.says))
            }
            Self::SameExchanges => {
                let mx = &posture.mx;
                known(mx).then(|| list(mx.names().map(|host| own(host.key())).collect()))
            }
            Self::SamePtrDomain => {
                let addresses = &posture.addresses;
                let open =
                    !known(&posture.a) || !known(&posture.aaaa) || addresses.iter().any(|address| !known(&address.ptr));
                let names = addresses.iter().flat_map(|address| &address.names);
                let domains = names.map(|name| name.registered.clone().unwrap_or_default());
                (!open).then(|| list(domains.map(|d| own(&d)).collect()))
            }
        }
    }

    fn cell(self, subject: Option<&str>, posture: &Posture) -> Cell {
        let shows = match self {
            Self::Finding(code) => posture.shows(code),
            _ => self.value(posture).zip(subject).map(|(value, subject)| value == subject),
        };
        match shows {
            Some(true) => Cell::Yes,
            Some(false) => Cell::No,
            None => Cell::Unknown,
        }
    }
}

impl fmt::Display for Feature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FleetWord {
    /// In words for people.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Norm => "the fleet's norm",
            Self::Apart => "apart from the fleet",
            Self::Open => "neither the norm nor apart",
        }
    }
}

/// A text with the name and its registered domain put aside, so that siblings with their own names in it agree.
fn without_own(posture: &Posture, text: &str) -> String {
    let text = text.to_ascii_lowercase();
    let name = posture.request.name.key();
    let text = if name == "." { text } else { text.replace(name, "<name>") };
    match &posture.registered {
        Some(domain) => text.replace(domain.as_str(), "<domain>"),
        None => text,
    }
}

impl Fleet {
    /// Compares a subject with its siblings. The subject itself counts in no share.
    ///
    /// The likelihood ratio is that of a match: the feature is seen for certain at most if the subject was set up apart
    /// (numerator at most 1), and with the fleet's share if it was set up like its siblings. The share in the
    /// denominator is the posterior mean (k + 1/2) / (n + 1) after k of n siblings, so that
    /// `lr_max` = (n + 1) / (k + 1/2).
    ///
    /// # Source
    /// Aitken and Taroni, *Statistics and the Evaluation of Evidence for Forensic Scientists*, 2nd ed. 2004 (the ratio
    /// for a match is the inverse of the share of the feature); Brown, Cai and `DasGupta`, *Interval Estimation for a
    /// Binomial Proportion*, Statistical Science 16 (2001), 3.1 (interval and prior).
    pub fn of(subject: &Posture, siblings: &[Posture]) -> Self {
        let values: Vec<Option<String>> = SAME.iter().map(|feature| feature.value(subject)).collect();
        let all = || core::iter::once(subject).chain(siblings);
        let shown = |code: &&Code| code.area() != Area::Records && all().any(|posture| posture.has(**code));
        let findings = Code::ALL.iter().filter(shown).map(|code| Feature::Finding(*code));
        let features: Vec<Feature> = findings.chain(SAME.iter().copied()).collect();
        let value_of = |feature: Feature| {
            let at = SAME.iter().position(|same| *same == feature)?;
            values.get(at)?.as_deref()
        };
        let row = |posture: &Posture| {
            let cells = features.iter().map(|feature| feature.cell(value_of(*feature), posture)).collect();
            (posture.request.name.clone(), cells)
        };
        let rows: Vec<(Name, Vec<Cell>)> = all().map(row).collect();
        let mut compared = Vec::new();
        for (at, feature) in features.iter().enumerate() {
            let cells = rows.iter().map(|(_, cells)| cells[at]);
            if rows[0].1[at] == Cell::Yes {
                let value = match feature {
                    Feature::Finding(code) => {
                        let said = subject.findings.iter().filter(|finding| finding.code == *code);
                        said.map(|finding| finding.what.as_str()).collect::<Vec<_>>().join("; ")
                    }
                    _ => value_of(*feature).unwrap_or_default().to_owned(),
                };
                compared.push(compare(*feature, value, cells.skip(1)));
            }
        }
        let pairs: Vec<(String, Vec<String>)> = all().map(pair).collect();
        let template = Template::of(&pairs);
        Self { subject: subject.request.name.clone(), features, rows, compared, template }
    }
}

fn compare(feature: Feature, value: String, siblings: impl Iterator<Item = Cell>) -> Compared {
    let (mut with, mut known) = (0, 0);
    for cell in siblings {
        known += u64::from(cell != Cell::Unknown);
        with += u64::from(cell == Cell::Yes);
    }
    let share = jeffreys(with, known);
    let (low, high) = share.interval;
    // The interval's ends are 0 and 1 where none or all have it (Brown, Cai and DasGupta 2001, 3.1).
    let (low, high) = (if with == 0 { 0.0 } else { low }, if with == known { 1.0 } else { high });
    let word = match (low > 0.5, high < 0.5) {
        _ if known == 0 => FleetWord::Open,
        (true, _) => FleetWord::Norm,
        (_, true) => FleetWord::Apart,
        _ => FleetWord::Open,
    };
    Compared {
        feature,
        value,
        with,
        known,
        share: share.share,
        interval: (low, high),
        lr_max: (known as f64 + 1.0) / (with as f64 + 0.5),
        lr_interval: (1.0 / high, (low > 0.0).then(|| 1.0 / low)),
        word,
    }
}

/// A name with the names that its addresses' PTR records give instead.
fn pair(posture: &Posture) -> (String, Vec<String>) {
    let name = posture.request.name.key();
    let partners = posture.addresses.iter().flat_map(|address| &address.names).map(|ptr| ptr.host.name.key());
    (name.to_owned(), partners.filter(|partner| *partner != name).map(str::to_owned).collect())
}
