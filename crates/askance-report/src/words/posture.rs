//! What a posture says, as lines that both the page and the terminal show.

use askance_mail::json::{
    AddressJson, ComparedJson, DkimJson, FindingJson, FleetJson, FleetRow, LookupJson, PostureJson, StatementJson,
    TextJson,
};
use askance_record::RrType;

use crate::format::{counted, fmt_sig, share};

/// Severities, the gravest first, each with one and many.
pub(crate) const SEVERITIES: [(&str, &str, &str); 4] = [
    ("fault", "fault", "faults"),
    ("warn", "warning", "warnings"),
    ("note", "note", "notes"),
    ("info", "info", "info"),
];

/// Names of one fleet that are listed with what sets them apart.
const MEMBERS_MAX: usize = 3;
/// Networks that pass and are named.
const NETWORKS_MAX: usize = 8;

/// One fact: what it is, and the lines that say it.
pub(crate) type Fact = (&'static str, Vec<String>);

/// Findings by severity, the gravest first; of one severity in their order.
pub(crate) fn gravest_first(findings: &[FindingJson]) -> Vec<&FindingJson> {
    let rank = |finding: &&FindingJson| {
        SEVERITIES.iter().position(|(word, ..)| *word == finding.severity).unwrap_or(SEVERITIES.len())
    };
    let mut sorted: Vec<&FindingJson> = findings.iter().collect();
    sorted.sort_by_key(rank);
    sorted
}

/// How many findings there are of each severity.
pub(crate) fn tally(posture: &PostureJson) -> String {
    let count = |severity: &str| posture.findings.iter().filter(|f| f.severity == severity).count() as u64;
    let parts = SEVERITIES.iter().filter(|(word, ..)| count(word) > 0);
    let parts: Vec<String> = parts.map(|(word, one, many)| counted(count(word), one, many)).collect();
    if parts.is_empty() { "nothing found".to_owned() } else { parts.join(", ") }
}

/// What a lookup's end is in words.
fn ended(state: &str) -> &str {
    match state {
        "no-data" => "none",
        "nxdomain" => "none; the name does not exist",
        "failed" => "unknown: the lookup failed",
        "timeout" => "unknown: nobody answered",
        "not-in-records" => "unknown: not in these records",
        other => other,
    }
}

/// The lookup of a type at the name itself or in its zone.
fn lookup<'a>(posture: &'a PostureJson, rtype: &str) -> Option<&'a LookupJson> {
    posture.lookups.iter().find(|lookup| lookup.rtype == rtype)
}

/// Its records of the type, without owner and TTL: of some types in the form of RFC 3597 §5.
fn data(lookup: &LookupJson) -> Vec<String> {
    let mut marks = vec![format!(" IN {} ", lookup.rtype)];
    marks.extend(RrType::from_mnemonic(&lookup.rtype).map(|rtype| format!(" IN TYPE{} ", rtype.0)));
    let data = |line: &str| marks.iter().find_map(|mark| Some(line.split_once(mark)?.1.to_owned()));
    lookup.text.lines().filter_map(data).collect()
}

/// Records of a type as [`data`] gives them; or how the lookup ended.
fn records(posture: &PostureJson, rtype: &str) -> Vec<String> {
    let Some(lookup) = lookup(posture, rtype) else { return vec!["not looked up".to_owned()] };
    let found = data(lookup);
    if !found.is_empty() {
        return found;
    }
    vec![if lookup.text.contains(" IN ") { "only an alias".to_owned() } else { ended(&lookup.text).to_owned() }]
}

/// `0 issue "ca.example"` (RFC 8659 §4.1.1) for a record in the form of RFC 3597 §5; one that breaks its format as it stands.
fn caa(data: String) -> String {
    let digits: String = data.split_whitespace().skip(2).collect();
    let octet = |pair: &[u8]| u8::from_str_radix(core::str::from_utf8(pair).ok()?, 16).ok();
    let octets: Option<Vec<u8>> = digits.as_bytes().chunks(2).map(octet).collect();
    match octets.as_deref() {
        Some([flags, length, rest @ ..]) if usize::from(*length) <= rest.len() => {
            let (tag, value) = rest.split_at(usize::from(*length));
            format!("{flags} {} \"{}\"", tag.escape_ascii(), value.escape_ascii())
        }
        _ => data,
    }
}

/// The facts, one part of the configuration after the other.
pub(crate) fn facts(posture: &PostureJson) -> Vec<Fact> {
    vec![
        ("addresses", addresses(posture)),
        ("mail goes to", exchanges(posture)),
        ("SPF", spf(posture)),
        ("DKIM", dkim(posture)),
        ("DMARC", dmarc(posture)),
        ("MTA-STS", text(&posture.mta_sts)),
        ("TLS-RPT", text(&posture.tls_rpt)),
        ("BIMI", text(&posture.bimi)),
        ("zone", zone(posture)),
        ("DNSSEC", vec![format!("{}; {}", presence(posture, "DS"), presence(posture, "DNSKEY"))]),
        ("CAA", records(posture, "CAA").into_iter().map(caa).collect()),
    ]
}

fn presence(posture: &PostureJson, rtype: &str) -> String {
    match lookup(posture, rtype).map_or(0, |lookup| data(lookup).len() as u64) {
        0 => format!("{rtype} {}", records(posture, rtype)[0]),
        count => format!("{rtype} {}", counted(count, "record", "records")),
    }
}

fn addresses(posture: &PostureJson) -> Vec<String> {
    if posture.addresses.is_empty() {
        return vec![format!("A {}; AAAA {}", records(posture, "A")[0], records(posture, "AAAA")[0])];
    }
    posture.addresses.iter().map(address).collect()
}

fn address(address: &AddressJson) -> String {
    let ip = &address.ip;
    if address.ptr.is_empty() {
        return format!("{ip}, PTR {}", ended(&address.ptr_state));
    }
    let back = match (address.forward_confirmed, address.gives_name) {
        (Some(true), Some(true)) => "this name, and back",
        (Some(true), _) => "another name, which leads back",
        (Some(false), _) => "which does not lead back",
        (None, _) => "the way back is unknown",
    };
    format!("{ip}, PTR {} ({back})", address.ptr.join(", "))
}

fn exchanges(posture: &PostureJson) -> Vec<String> {
    let one = |exchange: &askance_mail::json::ExchangeJson| {
        let addresses =
            if exchange.addresses.is_empty() { "no address".to_owned() } else { exchange.addresses.join(" ") };
        format!("{} {} ({addresses})", exchange.preference, exchange.host)
    };
    if posture.exchanges.is_empty() { records(posture, "MX") } else { posture.exchanges.iter().map(one).collect() }
}

fn spf(posture: &PostureJson) -> Vec<String> {
    let Some(spf) = &posture.spf else {
        let txt = posture.lookups.iter().find(|lookup| lookup.rtype == "TXT");
        let found = txt.is_some_and(|txt| txt.text.contains(" IN TXT "));
        return if found { vec!["none among the TXT records".to_owned()] } else { records(posture, "TXT") };
    };
    let mut lines = spf.records.clone();
    lines.push(format!("takes {} of 10 lookups", spf.lookups));
    let shown = spf.passing.get(..NETWORKS_MAX).unwrap_or(&spf.passing);
    let more = spf.passing.len() - shown.len();
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    lines.push(if shown.is_empty() {
        "lets no address pass".to_owned()
    } else {
        format!("lets {}{more} pass", shown.join(" "))
    });
    lines.extend(
        spf.checks
            .iter()
            .map(|check| format!("{} of {}: {}", check.ip, check.host, check.result.as_deref().unwrap_or("unknown"))),
    );
    lines
}

fn dkim(posture: &PostureJson) -> Vec<String> {
    let one = |key: &DkimJson| {
        let kind = key.kind.as_deref().unwrap_or("no key");
        let bits = key.bits.map_or_else(String::new, |bits| format!(" {bits} bits"));
        let fault = key.fault.as_deref().map_or_else(String::new, |fault| format!(" ({fault})"));
        format!("{}: {kind}{bits}{fault}{}", key.selector, if key.testing { ", only testing" } else { "" })
    };
    let tried = counted(posture.dkim_tried.len() as u64, "selector", "selectors");
    let mut lines: Vec<String> = posture.dkim.iter().map(one).collect();
    match posture.dkim_unknown.len() {
        0 if lines.is_empty() => lines.push(format!("no key at the {tried} tried; selectors cannot be listed")),
        0 => {}
        open if open == posture.dkim_tried.len() => {
            lines.push(format!("unknown: nothing is known of the {tried} tried"));
        }
        open => lines.push(format!("unknown at {open} of the {tried} tried")),
    }
    lines
}

fn dmarc(posture: &PostureJson) -> Vec<String> {
    let dmarc = &posture.dmarc;
    match (&dmarc.domain, &dmarc.policy) {
        (Some(domain), policy) => {
            let policy = policy.as_deref().unwrap_or("none that can be used");
            let mut lines = vec![format!("{policy}, by the record of {domain}")];
            if !dmarc.reports.is_empty() {
                lines.push(format!("reports to {}", dmarc.reports.join(" ")));
            }
            lines
        }
        (None, _) if dmarc.unknown.is_empty() => {
            let asked: Vec<&str> = dmarc.walk.iter().map(|(domain, _)| domain.as_str()).collect();
            vec![format!("none (asked of {})", asked.join(", "))]
        }
        (None, _) => vec![format!("unknown: nothing is known of {}", dmarc.unknown.join(", "))],
    }
}

fn text(text: &TextJson) -> Vec<String> {
    match text.state.as_str() {
        "found" if text.records.is_empty() => vec!["none among the TXT records".to_owned()],
        "found" => text.records.clone(),
        state => vec![ended(state).to_owned()],
    }
}

fn zone(posture: &PostureJson) -> Vec<String> {
    let apex = posture.zone.as_deref().unwrap_or("unknown: no record shows where it begins");
    vec![apex.to_owned(), format!("served by {}", records(posture, "NS").join(" "))]
}

/// The five roles with what is said of each.
pub(crate) fn roles(posture: &PostureJson) -> [(&'static str, &'static str, &[StatementJson]); 5] {
    let roles = &posture.roles;
    [
        ("registrant", "is named in the registration of the domain", &roles.registrant),
        ("admin contact", "is whom the domain names for questions", &roles.admin_contact),
        ("DNS operator", "runs its name servers", &roles.dns_operator),
        ("address operator", "runs the network of its addresses", &roles.address_operator),
        ("sending operator", "sends from its addresses or in its name", &roles.sending_operator),
    ]
}

/// Statements that say the same, with what shows each: what is said, and by what.
pub(crate) fn together(statements: &[StatementJson]) -> Vec<(&str, Vec<&StatementJson>)> {
    let mut said: Vec<(&str, Vec<&StatementJson>)> = Vec::new();
    for statement in statements {
        match said.iter_mut().find(|(says, _)| *says == statement.says) {
            Some((_, by)) => by.push(statement),
            None => said.push((&statement.says, vec![statement])),
        }
    }
    said
}

/// The features of the subject: apart from the fleet first, then those that are neither, then the norm.
pub(crate) fn apart_first(fleet: &FleetJson) -> Vec<&ComparedJson> {
    let mut sorted: Vec<&ComparedJson> = fleet.compared.iter().collect();
    sorted.sort_by_key(|compared| rank(compared));
    sorted
}

fn rank(compared: &ComparedJson) -> usize {
    match compared.word.as_str() {
        "apart from the fleet" => 0,
        "the fleet's norm" => 2,
        _ => 1,
    }
}

/// One word for a share among siblings.
pub(crate) fn short_word(compared: &ComparedJson) -> &'static str {
    ["apart", "neither", "norm"][rank(compared)]
}

/// What the comparison comes to, in one or two sentences.
pub(crate) fn fleet_sentence(fleet: &FleetJson) -> String {
    let siblings = fleet.rows.len().saturating_sub(1) as u64;
    if siblings == 0 {
        return "There are no siblings to compare with.".to_owned();
    }
    let of = |wanted: usize| fleet.compared.iter().filter(|compared| rank(compared) == wanted).count() as u64;
    format!(
        "Of {} of {}, {} the norm among its {}, {} apart from them, {} neither.",
        counted(fleet.compared.len() as u64, "feature", "features"),
        fleet.subject,
        are(of(2)),
        counted(siblings, "sibling", "siblings"),
        are(of(0)),
        are(of(1)),
    )
}

fn are(n: u64) -> String {
    if n == 1 { "1 is".to_owned() } else { format!("{n} are") }
}

/// A share of siblings with its interval: `0 to 6 %`.
pub(crate) fn interval(compared: &ComparedJson) -> String {
    let [low, high] = compared.interval;
    format!("{} to {}", share(low), share(high))
}

/// The likelihood ratio: `<= 82`.
pub(crate) fn ratio(compared: &ComparedJson) -> String {
    if compared.known == 0 { "none known".to_owned() } else { format!("\u{2264} {}", fmt_sig(compared.lr_max, 3)) }
}

/// What the ratio of a feature that is apart, or the norm, says.
pub(crate) const RATIO_WORDS: &str = "LR: how many times likelier the feature is, at most, if the subject was set up apart from its \
                                      siblings than if it was set up as they are; near 1 it says nothing";

/// The naming template: a headline, then members and exceptions.
pub(crate) fn naming(fleet: &FleetJson) -> Option<(String, Vec<String>)> {
    let template = fleet.template.as_ref()?;
    let (fits, all) = (template.members.len(), template.members.len() + template.exceptions.len());
    let headline = format!("{} fits {fits} of {all} names ({})", template.template, share(template.coverage));
    let members = template.members.iter().take(MEMBERS_MAX).map(|(name, _, partner)| {
        partner.as_ref().map_or_else(|| name.clone(), |partner| format!("{name} with {partner}"))
    });
    Some((headline, members.collect()))
}

/// Letters for columns: a to z, A to Z, then digits; a `+` for further ones.
pub(crate) fn letter(column: usize) -> char {
    let letters = ('a'..='z').chain('A'..='Z').chain('0'..='9');
    letters.clone().nth(column).unwrap_or('+')
}

/// A cell: has it, has it not, unknown.
pub(crate) fn cell(cell: Option<bool>) -> char {
    match cell {
        Some(true) => '\u{25cf}',
        Some(false) => '\u{b7}',
        None => '?',
    }
}

/// Rows that look alike, as one: the first of them in order, with the further names.
pub(crate) fn alike(rows: &[FleetRow]) -> Vec<(&FleetRow, Vec<&str>)> {
    let mut groups: Vec<(&FleetRow, Vec<&str>)> = Vec::new();
    for (at, row) in rows.iter().enumerate() {
        // The subject, which is first, stands alone.
        match groups.iter_mut().skip(1).find(|(first, _)| at > 0 && first.cells == row.cells) {
            Some((_, names)) => names.push(&row.name),
            None => groups.push((row, Vec::new())),
        }
    }
    groups
}
