//! What one source is, and what its vantage cannot show.

use askance_record::Vantage;

use crate::assemble::Working;
use crate::json::{KeepsJson, Source};

/// The source with what the case declares and what follows from its vantage.
pub(crate) fn describe_source(working: &Working<'_>, read: &Source) -> Source {
    let mut out = read.clone();
    let Some(spec) = working.case.source(&read.id) else { return out };
    out.synthetic = spec.synthetic;
    out.covers = spec.covers.iter().map(|[from, to]| [from.start().to_string(), to.end().to_string()]).collect();
    out.keeps = KeepsJson {
        types: spec.keeps.types.clone(),
        names: spec.keeps.names.clone(),
        resolution_s: spec.keeps.resolution_s,
        addresses: spec.keeps.addresses.clone(),
    };
    if spec.is_counts() {
        out.cannot_show = counts_cannot_show();
    } else if out.kind == "dns" || out.kind == "csv-map" {
        let seen = working.records.series.iter().find(|row| row.tap == read.id).map(|row| row.vantage);
        if out.vantage.is_empty() {
            out.vantage = seen.map_or(String::new(), |v| v.as_str().to_owned());
        }
        out.cannot_show = cannot_show(working, &out, seen);
    }
    out.cannot_show.extend(declared_limits(&spec.keeps));
    out
}

/// What the case itself says of the limits of a source.
fn declared_limits(keeps: &crate::Keeps) -> Vec<String> {
    let mut out = Vec::new();
    if let Some(how) = &keeps.chosen {
        out.push(format!("What was left out: the rows were chosen ({how})."));
    }
    if let Some([seen, of]) = keeps.servers.filter(|[seen, of]| seen < of) {
        out.push(format!("What the other servers were asked: it was kept at {seen} of {of}."));
    }
    if keeps.parent_zone {
        out.push("What caches of the delegation hid: it was kept at a server of a zone above.".to_owned());
    }
    if !keeps.clients_confirmed {
        out.push("Who asked: nothing shows that a lookup came from the address that it bears.".to_owned());
    }
    out
}

/// What counts without times cannot show.
fn counts_cannot_show() -> Vec<String> {
    vec![
        "When anybody asked: these are counts, made by whoever published them.".to_owned(),
        "Which rows were counted, which were left out, and over which time, beyond what the source says.".to_owned(),
        "Which types were asked for, and what was answered.".to_owned(),
        "Whether a lookup was followed by a connection.".to_owned(),
    ]
}

fn cannot_show(working: &Working<'_>, source: &Source, vantage: Option<Vantage>) -> Vec<String> {
    let mut out = Vec::new();
    let row = working.records.series.iter().find(|row| row.tap == source.id);
    if let Some(seen) = row.map(|row| working.attributor.observation(row)) {
        if !seen.ptr_visible && seen.forward_visible {
            out.push(
                "PTR lookups go to another server: that none is here says nothing about whether one was made."
                    .to_owned(),
            );
        }
        if !seen.forward_visible {
            out.push(
                "Only lookups of reverse names can appear; what was asked about the name that they answer with cannot."
                    .to_owned(),
            );
        }
        if !seen.types_known {
            out.push("Which types were asked for: the rows bear none.".to_owned());
        }
        if !seen.responses_visible {
            out.push("Answers are not recorded: failures cannot be told from successes.".to_owned());
        }
    }
    match vantage {
        Some(Vantage::Authoritative | Vantage::ResolverUpstream) => {
            out.push("Clients are resolvers: which host behind one asked cannot be told.".to_owned());
            out.push("Only cache misses appear: how often a name was asked for in all cannot be counted.".to_owned());
        }
        Some(Vantage::Passive) => out.push("Sensors see some resolvers: who is missing cannot be told.".to_owned()),
        Some(Vantage::ResolverClient) => {
            out.push("Clients of other resolvers do not appear.".to_owned());
        }
        Some(Vantage::Stub) | None => {}
    }
    if !source.keeps.addresses.is_empty() {
        out.push(format!("Only connections of {} are kept.", source.keeps.addresses.join(", ")));
    }
    if !source.keeps.types.is_empty() {
        out.push(format!("Only the types {} are kept.", source.keeps.types.join(", ")));
    }
    out.push("Whether a lookup was followed by a connection.".to_owned());
    out
}
