//! Addresses, aliases, the way back, exchanges.

use askance_proto::dns::Data;
use askance_proto::mail::SpfResult;

use super::{Judge, has_failed};
use crate::answer::State;
use crate::book::Audited;
use crate::finding::{Area, Code};
use crate::posture::{AddressFacts, Posture, PtrName};

impl Judge {
    pub(super) fn addresses(&mut self, posture: &Posture) {
        let (a, aaaa) = (&posture.a, &posture.aaaa);
        let name = &posture.request.name;
        self.unknown(Area::Addresses, [a, aaaa]);
        if a.is_loop() || aaaa.is_loop() {
            self.find(Code::AliasLoop, format!("the aliases of {name} lead back to themselves"), &[a]);
        } else if a.is_alias() && a.state == State::NxDomain {
            self.find(Code::AliasDangling, format!("{name} is an alias that ends in a name that does not exist"), &[a]);
        } else if a.state == State::NxDomain {
            self.find(Code::NameMissing, format!("{name} does not exist"), &[a]);
        } else if a.state.is_absent() && aaaa.state.is_absent() {
            self.find(Code::AddressMissing, format!("{name} has no address"), &[a, aaaa]);
        }
        for address in &posture.addresses {
            self.other_sender(posture, address);
        }
    }

    /// An address that another domain names as its own sender, by PTR record and SPF, and the name's policy does not.
    fn other_sender(&mut self, posture: &Posture, address: &AddressFacts) {
        self.unknown(Area::Addresses, [&address.ptr]);
        let is_other = |name: &&PtrName| name.registered.is_some() && name.registered != posture.registered;
        let Some(other) = address.names.iter().find(is_other) else { return };
        let passes = |policy: Option<&Audited>| policy?.result_of(address.ip).map(|result| result == SpfResult::Pass);
        let theirs = passes(other.spf.as_ref());
        let ours = passes(posture.spf.audited.as_ref());
        match (theirs, ours) {
            (Some(true), Some(false)) => {
                let name = &posture.request.name;
                let domain = other.registered.as_deref().unwrap_or_default();
                let what = format!(
                    "{} of {name} is a sender of {domain} by its PTR record and SPF, and none of {name}",
                    address.ip
                );
                self.find(Code::AddressOtherSender, what, &[&address.ptr, &posture.spf.txt]);
            }
            (Some(false), _) | (_, Some(true)) => {}
            _ => self.leave_open(Area::Addresses),
        }
    }

    pub(super) fn reverse(&mut self, posture: &Posture) {
        if posture.a.state.is_unknown() || posture.aaaa.state.is_unknown() {
            self.leave_open(Area::Reverse);
        }
        for address in &posture.addresses {
            if self.unknown(Area::Reverse, [&address.ptr]) {
                continue;
            }
            let (ip, ptr) = (address.ip, &address.ptr);
            if address.names.is_empty() {
                self.find(Code::PtrMissing, format!("{ip} has no PTR record"), &[ptr]);
                continue;
            }
            let count = ptr.names().count();
            if count > 1 {
                self.find(Code::PtrSeveral, format!("{ip} has {count} PTR records"), &[ptr]);
            }
            match address.confirmed() {
                Some(true) => {}
                Some(false) => {
                    let names: Vec<&str> = address.names.iter().map(|name| name.host.name.key()).collect();
                    self.find(
                        Code::PtrUnconfirmed,
                        format!("PTR of {ip} gives {}, which does not have it", names.join(", ")),
                        &[ptr],
                    );
                }
                None => self.leave_open(Area::Reverse),
            }
            self.ptr_names(posture, address);
        }
    }

    fn ptr_names(&mut self, posture: &Posture, address: &AddressFacts) {
        let (ip, ptr) = (address.ip, &address.ptr);
        for name in &address.names {
            let host = &name.host.name;
            let domain = name.registered.as_deref().unwrap_or(host.key());
            let gone = match name.domain.state {
                State::NxDomain => Some("does not exist"),
                State::Failed | State::Timeout => Some("is not served"),
                _ => None,
            };
            if let Some(how) = gone {
                let what = format!("PTR of {ip} gives {host}; its domain {domain} {how}");
                self.find(Code::PtrZoneGone, what, &[ptr, &name.domain]);
            } else if name.host.is_missing() {
                self.find(
                    Code::PtrNameMissing,
                    format!("PTR of {ip} gives {host}, which does not exist"),
                    &[ptr, &name.host.a],
                );
            } else if has_failed(&name.host.a) && has_failed(&name.host.aaaa) {
                self.leave_open(Area::Reverse);
            }
        }
        let name = &posture.request.name;
        if address.gives(name) == Some(false) {
            self.find(Code::PtrOtherName, format!("no PTR record of {ip} gives {name}"), &[ptr]);
        }
        let is_other = |one: &PtrName| one.registered.is_some() && one.registered != posture.registered;
        if posture.registered.is_some()
            && address.names.len() == ptr.names().count()
            && address.names.iter().all(is_other)
        {
            let mut domains: Vec<&str> = address.names.iter().filter_map(|one| one.registered.as_deref()).collect();
            domains.dedup();
            let own = posture.registered.as_deref().unwrap_or_default();
            let what = format!("PTR of {ip} gives names of {}, not of {own}", domains.join(", "));
            self.find(Code::PtrOtherDomain, what, &[ptr]);
        }
    }

    pub(super) fn mx(&mut self, posture: &Posture) {
        let (mx, name) = (&posture.mx, &posture.request.name);
        if self.unknown(Area::Mx, [mx]) {
            return;
        }
        let nulls = mx.records.iter().filter(|r| matches!(&r.data, Data::Mx { exchange, .. } if exchange.key() == "."));
        let nulls = nulls.count();
        if mx.state.is_absent() && !(posture.a.state.is_absent() && posture.aaaa.state.is_absent()) {
            self.find(Code::MxMissing, format!("{name} has no MX record"), &[mx]);
        } else if nulls > 0 && posture.exchanges.is_empty() {
            self.find(Code::MxNull, format!("{name} takes no mail"), &[mx]);
        } else if nulls > 0 {
            self.find(Code::MxNullWithOthers, format!("{name} has a null MX beside others"), &[mx]);
        }
        for exchange in &posture.exchanges {
            let codes = [Code::MxTargetMissing, Code::MxTargetNoAddress, Code::MxTargetAlias];
            self.host(Area::Mx, &exchange.host, mx, codes);
        }
    }
}
