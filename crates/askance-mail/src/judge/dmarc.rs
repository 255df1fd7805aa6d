//! The DMARC policy that applies.

use askance_proto::mail::DmarcPolicy;

use super::Judge;
use crate::answer::Answer;
use crate::finding::{Area, Code};
use crate::posture::{DmarcFound, Posture, takes_reports};

impl Judge {
    pub(super) fn dmarc(&mut self, posture: &Posture) {
        let (dmarc, name) = (&posture.dmarc, &posture.request.name);
        for found in &dmarc.walk {
            if found.count > 1 {
                self.find(
                    Code::DmarcSeveral,
                    format!("{} has {} DMARC records", found.domain, found.count),
                    &[&found.answer],
                );
            } else if found.count == 1 && found.record.is_none() {
                let what = format!("the DMARC record of {} says nothing that can be used", found.domain);
                self.find(Code::DmarcUnreadable, what, &[&found.answer]);
            }
        }
        let Some((at, record)) = dmarc.applies.zip(dmarc.record().map(|(_, record)| record)) else {
            if dmarc.unknown.is_empty() {
                let shown: Vec<&Answer> = dmarc.walk.iter().map(|found| &found.answer).collect();
                self.find(Code::DmarcMissing, format!("no DMARC policy applies to {name}"), &shown);
            } else {
                self.leave_open(Area::Dmarc);
            }
            return;
        };
        let found: &DmarcFound = &dmarc.walk[at];
        let (domain, shown) = (&found.domain, &[&found.answer]);
        if at > 0 {
            self.find(Code::DmarcInherited, format!("the policy that applies to {name} is that of {domain}"), shown);
        }
        if dmarc.policy == Some(DmarcPolicy::None) {
            self.find(Code::DmarcNone, format!("the policy of {domain} is p=none for {name}"), shown);
        }
        let below = record.subdomain_policy.min(record.missing_policy);
        if below < record.policy {
            let what = format!("the policy of {domain} is {} and {below} for names below", record.policy);
            self.find(Code::DmarcSubdomainWeaker, what, shown);
        }
        if record.aggregate_reports.is_empty() {
            self.find(Code::DmarcNoReports, format!("the record of {domain} asks for no reports"), shown);
        }
        for (host, answer) in &dmarc.reports {
            match takes_reports(answer) {
                Some(true) => {}
                Some(false) => {
                    let what = format!("reports of {domain} go to {host}, which does not say that it takes them");
                    self.find(Code::DmarcReportUnauthorised, what, &[&found.answer, answer]);
                }
                None => self.leave_open(Area::Dmarc),
            }
        }
    }
}
