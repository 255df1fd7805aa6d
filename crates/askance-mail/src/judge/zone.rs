//! The zone: name servers, CAA, presence of DNSSEC.

use super::Judge;
use crate::answer::{Answer, State};
use crate::finding::{Area, Code};
use crate::posture::Posture;

impl Judge {
    pub(super) fn zone(&mut self, posture: &Posture) {
        let zone = &posture.zone;
        self.caa(&posture.caa, posture.request.name.key());
        let Some(apex) = &zone.apex else {
            // Without the beginning of the zone nothing can be said of it.
            for area in [Area::Zone, Area::Dnssec] {
                self.leave_open(area);
            }
            return;
        };
        if !self.unknown(Area::Zone, [&zone.ns]) {
            if zone.hosts.len() == 1 {
                self.find(Code::NsSingle, format!("{apex} has one name server"), &[&zone.ns]);
            }
            for host in &zone.hosts {
                let codes = [Code::NsTargetMissing, Code::NsTargetMissing, Code::NsTargetAlias];
                self.host(Area::Zone, host, &zone.ns, codes);
            }
        }
        let (key, ds) = (&zone.dnskey, &zone.ds);
        match (key.state, ds.state) {
            (State::Found, ds_state) if ds_state.is_absent() => {
                self.find(Code::DnssecNoDs, format!("{apex} has keys, and no DS record"), &[key, ds]);
            }
            (key_state, State::Found) if key_state.is_absent() => {
                self.find(Code::DnssecNoKey, format!("{apex} has a DS record, and no keys"), &[key, ds]);
            }
            (key_state, ds_state) if key_state.is_absent() && ds_state.is_absent() => {
                self.find(Code::DnssecUnsigned, format!("{apex} is not signed"), &[key, ds]);
            }
            (State::Found, State::Found) => {}
            // No key: unsigned or broken, which only the parent's DS record tells.
            _ => self.leave_open(Area::Dnssec),
        }
    }

    fn caa(&mut self, caa: &Answer, name: &str) {
        if self.unknown(Area::Caa, [caa]) {
            return;
        }
        if caa.state.is_absent() {
            self.find(Code::CaaMissing, format!("no CAA record applies to {name}"), &[caa]);
        }
        // Flags, length of the tag, tag, value (RFC 8659 §4.1).
        let reads = |octets: &[u8]| match octets {
            [_, length, rest @ ..] => {
                let tag = rest.get(..usize::from(*length)).unwrap_or_default();
                !tag.is_empty() && tag.iter().all(u8::is_ascii_alphanumeric)
            }
            _ => false,
        };
        if !caa.octets().all(reads) {
            self.find(Code::CaaUnreadable, format!("a CAA record of {} breaks its format", caa.qname), &[caa]);
        }
    }
}
