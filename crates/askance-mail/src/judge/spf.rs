//! What an SPF policy comes to.

use askance_proto::Question;
use askance_proto::mail::{SpfExpansion, SpfPolicy, SpfReason, SpfResult, SpfTerm, SpfTermKind};

use super::Judge;
use crate::answer::State;
use crate::finding::{Area, Code, Finding, Shown};
use crate::posture::Posture;

impl Judge {
    pub(super) fn spf(&mut self, posture: &Posture) {
        let name = &posture.request.name;
        let txt = &posture.spf.txt;
        let Some(audited) = &posture.spf.audited else {
            self.leave_open(Area::Spf);
            return;
        };
        if txt.state == State::NotInRecords || !audited.unknown.is_empty() {
            self.leave_open(Area::Spf);
        }
        let expansion = &audited.expansion;
        if !posture.spf.is_present() {
            let failed = self.unknown(Area::Spf, [txt]);
            if !failed {
                self.find(Code::SpfMissing, format!("{name} has no SPF policy"), &[txt]);
            }
            return;
        }
        if name.labels().count() < 2 {
            return;
        }
        for (_, policy) in expansion.policies() {
            self.faults(posture, policy);
            for term in &policy.terms {
                self.term(policy, term, &audited.unknown);
            }
        }
        self.limits(posture, expansion);
        self.outcome(posture, expansion);
        self.outside(posture);
    }

    fn in_policy(&mut self, code: Code, what: String, policy: &SpfPolicy) {
        let texts: Vec<String> = policy.records.iter().map(|text| text.escape_ascii().to_string()).collect();
        let text = if texts.is_empty() { "no-data".to_owned() } else { texts.join("\n") };
        let shown = Shown { name: policy.domain.clone(), rtype: askance_record::RrType::TXT, text };
        self.findings.push(Finding { code, what, records: vec![shown] });
    }

    fn faults(&mut self, posture: &Posture, policy: &SpfPolicy) {
        for fault in &policy.faults {
            let code = match fault.reason {
                SpfReason::SeveralPolicies => Code::SpfSeveral,
                SpfReason::Version
                | SpfReason::Octet
                | SpfReason::UnknownMechanism
                | SpfReason::ModifierName
                | SpfReason::Repeated
                | SpfReason::MissingDomain
                | SpfReason::Unwanted
                | SpfReason::Macro
                | SpfReason::TopLabel
                | SpfReason::Address
                | SpfReason::Prefix => Code::SpfSyntax,
                // Told where the term that leads there stands, or where the name has no policy at all.
                _ => continue,
            };
            let whose = if policy.domain.eq_ignore_ascii_case(posture.request.name.key()) { "" } else { "included " };
            let what = match code {
                Code::SpfSeveral => format!("{} has {} SPF policies", policy.domain, policy.records.len()),
                _ => format!("the {whose}policy of {}: {fault}", policy.domain),
            };
            self.in_policy(code, what, policy);
        }
    }

    fn term(&mut self, policy: &SpfPolicy, term: &SpfTerm, unknown: &[Question]) {
        let at = format!("`{}` of {}", term.text, policy.domain);
        if term.kind == SpfTermKind::Ptr {
            self.in_policy(Code::SpfPtr, format!("{at} asks for PTR records of every sender"), policy);
        }
        let decides = term.result.is_some() || term.kind == SpfTermKind::Redirect;
        // Not by `reached`: an error before a term, or a lookup that is not in the records, keeps senders from it too.
        let after_all = policy.terms.iter().any(|all| all.kind == SpfTermKind::All && all.at.start < term.at.start);
        let beside_all =
            term.kind == SpfTermKind::Redirect && policy.terms.iter().any(|all| all.kind == SpfTermKind::All);
        if decides && (after_all || beside_all) {
            self.in_policy(Code::SpfUnreached, format!("no sender reaches {at}"), policy);
        }
        let reasons = [&term.stop, &term.limits.v4, &term.limits.v6];
        let mut told: Vec<&SpfReason> = Vec::new();
        for reason in reasons.into_iter().flatten() {
            if told.contains(&reason) {
                continue;
            }
            told.push(reason);
            match reason {
                SpfReason::NoTargetPolicy => {
                    self.in_policy(Code::SpfIncludeMissing, format!("{at} leads to a domain without policy"), policy);
                }
                SpfReason::Circle => {
                    self.in_policy(Code::SpfCircle, format!("{at} leads back to a policy before it"), policy);
                }
                SpfReason::TooManyExchanges(count) => {
                    self.in_policy(Code::SpfLookups, format!("{at} has {count} exchanges"), policy);
                }
                SpfReason::Lookup { qname, qtype, .. } => {
                    let is_blank = unknown.iter().any(|q| q.qname.key() == qname.key() && q.qtype == *qtype);
                    if !is_blank {
                        self.in_policy(Code::SpfTemporary, format!("{at}: {reason}"), policy);
                    }
                }
                _ => {}
            }
        }
    }

    fn limits(&mut self, posture: &Posture, expansion: &SpfExpansion) {
        let name = &posture.request.name;
        let (lookups, voids) = (expansion.lookups(), expansion.voids());
        if lookups > 10 {
            self.in_policy(Code::SpfLookups, format!("the policy of {name} takes {lookups} lookups"), &expansion.root);
        }
        if voids.v4.max(voids.v6) > 2 {
            let what = format!("{} lookups of the policy of {name} find nothing", voids.v4.max(voids.v6));
            self.in_policy(Code::SpfVoids, what, &expansion.root);
        }
    }

    fn outcome(&mut self, posture: &Posture, expansion: &SpfExpansion) {
        let root = &expansion.root;
        let name = &posture.request.name;
        let all =
            |term: &SpfTerm| term.kind == SpfTermKind::All && term.result == Some(SpfResult::Pass) && term.reached;
        if root.terms.iter().any(all) || expansion.passing().networks().iter().any(|(_, bits)| *bits == 0) {
            self.in_policy(Code::SpfPassAll, format!("the policy of {name} lets every address pass"), root);
        }
        let ends = |term: &SpfTerm| matches!(term.kind, SpfTermKind::All | SpfTermKind::Redirect);
        if root.faults.is_empty() && !root.terms.iter().any(ends) {
            self.in_policy(
                Code::SpfNoEnd,
                format!("the policy of {name} says nothing of senders that no term names"),
                root,
            );
        }
    }

    fn outside(&mut self, posture: &Posture) {
        // An address that is not known may be one that does not pass.
        let hosts = posture.exchanges.iter().map(|exchange| &exchange.host);
        let hosts = hosts.chain(posture.addresses.iter().flat_map(|address| &address.names).map(|name| &name.host));
        let around =
            hosts.flat_map(|host| [&host.a, &host.aaaa]).chain(posture.addresses.iter().map(|address| &address.ptr));
        self.unknown(Area::Spf, around.chain([&posture.a, &posture.aaaa, &posture.mx]));
        let name = &posture.request.name;
        let mut outside = Vec::new();
        for check in &posture.spf.checks {
            match check.result {
                None => self.leave_open(Area::Spf),
                Some(SpfResult::Pass) => {}
                Some(result) => outside.push(format!("{} ({} {}: {result})", check.ip, check.of.as_str(), check.host)),
            }
        }
        if let (false, Some(audited)) = (outside.is_empty(), &posture.spf.audited) {
            let what = format!("not passing under the policy of {name}: {}", outside.join(", "));
            self.in_policy(Code::SpfAddressOutside, what, &audited.expansion.root);
        }
    }
}
