//! Records beside the name: MTA-STS, TLS reports, BIMI, TLSA of the exchanges.

use askance_proto::mail::DmarcPolicy;

use super::Judge;
use crate::answer::{Answer, State};
use crate::finding::{Area, Code};
use crate::posture::{Posture, TextFacts};

impl Judge {
    pub(super) fn policies(&mut self, posture: &Posture) {
        self.mta_sts(posture);
        let (tls_rpt, name) = (&posture.tls_rpt, &posture.request.name);
        if self.one(
            Area::TlsRpt,
            tls_rpt,
            [Code::TlsRptMissing, Code::TlsRptUnreadable],
            "TLS reporting record",
            name.key(),
        ) {
            let uris = tls_rpt.tag("rua").unwrap_or_default();
            let is_target = |uri: &str| ["mailto:", "https:"].iter().any(|s| uri.trim().starts_with(s));
            if !uris.split(',').all(is_target) {
                let what = format!("the TLS reporting record of {name} names nobody to report to");
                self.find(Code::TlsRptUnreadable, what, &[&tls_rpt.answer]);
            }
        }
        self.bimi(posture);
        self.dane(posture);
    }

    /// Missing, several, or one that is to be looked at: then true.
    fn one(&mut self, area: Area, facts: &TextFacts, codes: [Code; 2], what: &str, name: &str) -> bool {
        let [missing, unreadable] = codes;
        if self.unknown(area, [&facts.answer]) {
            return false;
        }
        match facts.records.len() {
            0 => self.find(missing, format!("{name} has no {what}"), &[&facts.answer]),
            1 => return true,
            count => self.find(unreadable, format!("{name} has {count} {what}s"), &[&facts.answer]),
        }
        false
    }

    fn mta_sts(&mut self, posture: &Posture) {
        let (facts, name) = (&posture.mta_sts, &posture.request.name);
        let codes = [Code::MtaStsMissing, Code::MtaStsUnreadable];
        if !self.one(Area::MtaSts, facts, codes, "MTA-STS record", name.key()) {
            return;
        }
        let id = facts.tag("id").unwrap_or_default();
        if id.is_empty() || id.len() > 32 || !id.bytes().all(|b| b.is_ascii_alphanumeric()) {
            let what = format!("the MTA-STS record of {name} has no usable id");
            self.find(Code::MtaStsUnreadable, what, &[&facts.answer]);
        }
        self.find(Code::MtaStsNotFetched, format!("the MTA-STS policy of {name} was not fetched"), &[&facts.answer]);
        let Some(host) = &posture.mta_sts_host else { return };
        match host.has_address() {
            Some(true) => {}
            Some(false) => {
                let what = format!("{} has no address, so that nobody can fetch the policy", host.name);
                self.find(Code::MtaStsHostMissing, what, &[host.shown()]);
            }
            None => self.leave_open(Area::MtaSts),
        }
    }

    fn bimi(&mut self, posture: &Posture) {
        let (facts, name) = (&posture.bimi, &posture.request.name);
        if !self.one(Area::Bimi, facts, [Code::BimiMissing, Code::BimiUnreadable], "BIMI record", name.key()) {
            return;
        }
        let place = facts.tag("l").unwrap_or_default();
        // An empty place says that the domain takes no part.
        if !place.is_empty() && !place.starts_with("https://") {
            let what = format!("the BIMI record of {name} names no place to fetch from");
            self.find(Code::BimiUnreadable, what, &[&facts.answer]);
        }
        if !posture.dmarc.unknown.is_empty() && posture.dmarc.applies.is_none() {
            self.leave_open(Area::Bimi);
        } else if !place.is_empty() && posture.dmarc.policy.is_none_or(|policy| policy == DmarcPolicy::None) {
            let what = format!("{name} has a BIMI record and no DMARC policy that asks for something");
            self.find(Code::BimiWithoutPolicy, what, &[&facts.answer]);
        }
    }

    fn dane(&mut self, posture: &Posture) {
        let name = &posture.request.name;
        let tlsa: Vec<&Answer> = posture.exchanges.iter().map(|exchange| &exchange.tlsa).collect();
        let is_unknown = self.unknown(Area::Dane, tlsa.iter().copied().chain([&posture.mx]));
        if posture.zone.apex.is_none() && !tlsa.is_empty() {
            self.leave_open(Area::Dane);
        }
        if !tlsa.is_empty() && !is_unknown && tlsa.iter().all(|answer| answer.state != State::Found) {
            self.find(Code::DaneMissing, format!("no exchange of {name} has TLSA records"), &tlsa);
        }
        for answer in tlsa {
            let host = &answer.qname;
            for octets in answer.octets() {
                match octets {
                    // Usage, selector, matching type, then data: SHA-256 has 32 octets, SHA-512 has 64.
                    [0..=3, 0 | 1, matching @ 0..=2, data @ ..]
                        if !data.is_empty()
                            && [None, Some(32), Some(64)][usize::from(*matching)].is_none_or(|n| n == data.len()) =>
                    {
                        if octets[0] < 2 {
                            let what = format!("{host} has a TLSA record of usage {}", octets[0]);
                            self.find(Code::DaneUsage, what, &[answer]);
                        }
                    }
                    _ => {
                        self.find(
                            Code::DaneUnreadable,
                            format!("a TLSA record of {host} breaks its format"),
                            &[answer],
                        );
                    }
                }
            }
            let own = posture.zone.apex.as_ref().is_some_and(|apex| host.is_under(apex.key()));
            let unsigned = posture.zone.dnskey.state.is_absent() || posture.zone.ds.state.is_absent();
            if answer.state != State::Found || answer.authentic == Some(true) {
                continue;
            }
            if answer.authentic == Some(false) || own && unsigned {
                self.find(Code::DaneUnsigned, format!("the TLSA records of {host} are not signed"), &[answer]);
            } else if !own || posture.zone.dnskey.state.is_unknown() || posture.zone.ds.state.is_unknown() {
                self.leave_open(Area::Dane);
            }
        }
    }
}
