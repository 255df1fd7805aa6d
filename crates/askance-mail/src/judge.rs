//! From what the records say to findings. Nothing is concluded from what they do not hold.

use askance_record::RrType;

use crate::answer::{Answer, State};
use crate::finding::{Area, Code, Finding, Shown};
use crate::posture::{HostFacts, Posture};

mod addresses;
mod dkim;
mod dmarc;
mod policies;
mod spf;
mod zone;

/// Findings as they come up, and the parts of the configuration in which something is unknown.
#[derive(Debug, Default)]
struct Judge {
    findings: Vec<Finding>,
    unknown: Vec<Area>,
}

impl Judge {
    fn find(&mut self, code: Code, what: impl Into<String>, records: &[&Answer]) {
        let records = records.iter().map(|answer| Shown::from(*answer)).collect();
        self.findings.push(Finding { code, what: what.into(), records });
    }

    /// Notes that a part cannot be told whole where one of these answers is unknown; says whether that is so.
    fn unknown<'a>(&mut self, area: Area, answers: impl IntoIterator<Item = &'a Answer>) -> bool {
        let is_unknown = answers.into_iter().any(|answer| answer.state.is_unknown());
        if is_unknown {
            self.leave_open(area);
        }
        is_unknown
    }

    fn leave_open(&mut self, area: Area) {
        if !self.unknown.contains(&area) {
            self.unknown.push(area);
        }
    }

    /// A host that a record of `by` names: missing, without address, an alias.
    fn host(&mut self, area: Area, host: &HostFacts, by: &Answer, codes: [Code; 3]) {
        let [missing, no_address, alias] = codes;
        let what = format!("{} {} names {}", by.qtype, by.qname, host.name);
        if host.is_missing() {
            self.find(missing, format!("{what}, which does not exist"), &[by, host.shown()]);
        } else {
            match host.has_address() {
                Some(false) => {
                    self.find(no_address, format!("{what}, which has no address"), &[by, &host.a, &host.aaaa]);
                }
                Some(true) => {}
                None => self.leave_open(area),
            }
        }
        if host.is_alias() {
            self.find(alias, format!("{what}, which is an alias"), &[by, host.shown()]);
        }
    }
}

/// The findings, by the order of their codes, and the parts that are unknown.
pub(crate) fn judge(posture: &Posture) -> (Vec<Finding>, Vec<Area>) {
    let mut judge = Judge::default();
    judge.records(posture);
    judge.addresses(posture);
    judge.reverse(posture);
    judge.mx(posture);
    judge.zone(posture);
    judge.spf(posture);
    judge.dkim(posture);
    judge.dmarc(posture);
    judge.policies(posture);
    let Judge { mut findings, mut unknown } = judge;
    findings.sort_by_key(|finding| finding.code);
    unknown.sort();
    (findings, unknown)
}

impl Judge {
    fn records(&mut self, posture: &Posture) {
        let blank = &posture.not_in_records;
        if let (Some(first), count) = (blank.first(), blank.len()) {
            let what = match count {
                1 => format!("not in these records: {} {}", first.qtype, first.qname),
                _ => format!("not in these records: {count} lookups, the first {} {}", first.qtype, first.qname),
            };
            let shown = |q: &askance_proto::Question| Shown {
                name: q.qname.key().to_owned(),
                rtype: q.qtype,
                text: State::NotInRecords.as_str().to_owned(),
            };
            let records = blank.iter().map(shown).collect();
            self.findings.push(Finding { code: Code::NotInRecords, what, records });
        }
        if posture.cut {
            self.find(Code::QuestionsCut, "the configuration leads to more lookups than an audit makes", &[]);
            for code in Code::ALL {
                self.leave_open(code.area());
            }
        }
        let failed = [&posture.a, &posture.aaaa, &posture.mx, &posture.spf.txt, &posture.zone.soa, &posture.zone.ns];
        let failed: Vec<&Answer> = failed.into_iter().filter(|a| has_failed(a)).collect();
        let mut types: Vec<RrType> = failed.iter().map(|a| a.qtype).collect();
        types.dedup();
        if let Some(first) = failed.first() {
            let types: Vec<String> = types.iter().map(ToString::to_string).collect();
            self.find(Code::LookupFailed, format!("lookups of {} for {} fail", types.join(", "), first.qname), &failed);
        }
        let reverse = posture.addresses.iter().filter(|address| has_failed(&address.ptr));
        for address in reverse {
            self.find(
                Code::LookupFailed,
                format!("the lookup of the PTR record of {} fails", address.ip),
                &[&address.ptr],
            );
        }
    }
}

/// True where a server failed or was silent; a circle of aliases is a finding of its own.
fn has_failed(answer: &Answer) -> bool {
    matches!(answer.state, State::Failed | State::Timeout) && !answer.is_loop()
}
