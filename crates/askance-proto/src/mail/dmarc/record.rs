//! Policy records (RFC 7489 §6.3, RFC 9989 §4.7).

use core::fmt;

/// What a domain owner wants done with messages that fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DmarcPolicy {
    /// Nothing.
    None,
    /// Treat them with suspicion.
    Quarantine,
    /// Refuse them.
    Reject,
}

impl DmarcPolicy {
    /// One step milder: what a policy that is tested, or not drawn, turns into.
    #[must_use]
    pub const fn milder(self) -> Self {
        match self {
            Self::Reject => Self::Quarantine,
            Self::Quarantine | Self::None => Self::None,
        }
    }

    fn parse(word: &str) -> Option<Self> {
        [Self::None, Self::Quarantine, Self::Reject].into_iter().find(|p| p.as_str().eq_ignore_ascii_case(word))
    }

    /// The word of the record.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Quarantine => "quarantine",
            Self::Reject => "reject",
        }
    }
}

impl fmt::Display for DmarcPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// `psd=`: whether the domain is one under which others register (RFC 9989 §4.7).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Psd {
    /// It is.
    Yes,
    /// It is not: it is an organizational domain.
    No,
    /// Not said.
    #[default]
    Unknown,
}

/// A record, defaults filled in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DmarcRecord {
    /// `p`: for the domain itself.
    pub policy: DmarcPolicy,
    /// `sp`: for names below it.
    pub subdomain_policy: DmarcPolicy,
    /// `np`: for names below it that do not exist.
    pub missing_policy: DmarcPolicy,
    /// `adkim=s`: DKIM aligns with the same domain only.
    pub strict_dkim: bool,
    /// `aspf=s`: SPF aligns with the same domain only.
    pub strict_spf: bool,
    /// `pct`: percentage of messages that the policy is for; 100 under RFC 9989, which dropped it.
    pub percentage: u8,
    /// `t=y`: the policy is only tested (RFC 9989).
    pub testing: bool,
    /// `psd`.
    pub psd: Psd,
    /// `rua`: where aggregate reports go.
    pub aggregate_reports: Vec<String>,
    /// `ruf`: where failure reports go.
    pub failure_reports: Vec<String>,
}

impl DmarcRecord {
    /// True where a TXT record is a DMARC record: it begins with `v=DMARC1`.
    pub fn is_one(text: &[u8]) -> bool {
        let first = text.split(|&b| b == b';').next().unwrap_or_default();
        let Some(equals) = first.iter().position(|&b| b == b'=') else { return false };
        let (name, value) = first.split_at(equals);
        name.trim_ascii().eq_ignore_ascii_case(b"v") && value[1..].trim_ascii() == b"DMARC1"
    }

    /// Reads a TXT record; `None` where it is no DMARC record, or says nothing that can be used.
    ///
    /// Unknown tags are stepped over, and bad values give way to defaults. A record whose
    /// `p`, `sp` or `np` is bad says `p=none` where it asks for reports, and nothing otherwise.
    ///
    /// # Source
    /// RFC 7489 §6.3, §6.6.3; RFC 9989 §4.7, §4.10.1.
    pub fn parse(text: &[u8]) -> Option<Self> {
        if !Self::is_one(text) {
            return None;
        }
        let text = String::from_utf8_lossy(text);
        let tags = text.split(';').filter_map(|tag| tag.split_once('='));
        let tags: Vec<(String, &str)> =
            tags.map(|(name, value)| (name.trim().to_ascii_lowercase(), value.trim())).collect();
        // Where a tag comes twice the first counts.
        let get = |name: &str| tags.iter().find(|(known, _)| known == name).map(|(_, value)| *value);
        let policy = |name| get(name).map(DmarcPolicy::parse);
        let aggregate_reports = addresses(get("rua"));
        let (own, sub, missing) = match (policy("p"), policy("sp"), policy("np")) {
            (Some(Some(own)), None | Some(Some(_)), None | Some(Some(_))) => (own, policy("sp"), policy("np")),
            _ if aggregate_reports.is_empty() => return None,
            _ => (DmarcPolicy::None, None, None),
        };
        let subdomain_policy = sub.flatten().unwrap_or(own);
        let is = |name, word: &str| get(name).is_some_and(|value| value.eq_ignore_ascii_case(word));
        Some(Self {
            policy: own,
            subdomain_policy,
            missing_policy: missing.flatten().unwrap_or(subdomain_policy),
            strict_dkim: is("adkim", "s"),
            strict_spf: is("aspf", "s"),
            percentage: get("pct").and_then(|pct| pct.parse().ok()).filter(|pct| *pct <= 100).unwrap_or(100),
            testing: is("t", "y"),
            psd: match get("psd") {
                Some("y" | "Y") => Psd::Yes,
                Some("n" | "N") => Psd::No,
                _ => Psd::Unknown,
            },
            aggregate_reports,
            failure_reports: addresses(get("ruf")),
        })
    }
}

/// The URIs of a list, those without scheme left out.
fn addresses(list: Option<&str>) -> Vec<String> {
    let uris = list.unwrap_or_default().split(',').map(str::trim);
    uris.filter(|uri| uri.split_once(':').is_some_and(|(scheme, rest)| !scheme.is_empty() && !rest.is_empty()))
        .map(str::to_owned)
        .collect()
}
