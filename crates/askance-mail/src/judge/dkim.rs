//! Keys at selectors.

use askance_proto::mail::{DkimFault, DkimKey, DkimKeyKind};

use super::Judge;
use crate::finding::{Area, Code};
use crate::posture::{DkimFound, Posture};

impl Judge {
    pub(super) fn dkim(&mut self, posture: &Posture) {
        let (dkim, name) = (&posture.dkim, &posture.request.name);
        if !dkim.unknown.is_empty() {
            self.leave_open(Area::Dkim);
        } else if dkim.found.is_empty() {
            let what = format!("no key of {name} at the {} selectors tried", dkim.tried.len());
            self.find(Code::DkimNoneFound, what, &[]);
        }
        for found in &dkim.found {
            let at = format!("selector {}", found.selector);
            if found.keys.len() > 1 {
                self.find(Code::DkimSeveral, format!("{at} has {} records", found.keys.len()), &[&found.answer]);
            }
            for key in &found.keys {
                match key {
                    Ok(key) => self.key(&at, key, found),
                    Err(DkimFault::KeyRevoked) => {
                        self.find(Code::DkimRevoked, format!("the key of {at} is revoked"), &[&found.answer]);
                    }
                    Err(_) => {
                        self.find(
                            Code::DkimUnreadable,
                            format!("{at} gives no key that can be used"),
                            &[&found.answer],
                        );
                    }
                }
            }
        }
    }

    fn key(&mut self, at: &str, key: &DkimKey, found: &DkimFound) {
        if key.testing {
            self.find(Code::DkimTesting, format!("the key of {at} is for tests"), &[&found.answer]);
        }
        let what = format!("the key of {at} has {} bits", key.bits);
        match key.kind {
            DkimKeyKind::Rsa if key.bits < 1024 => self.find(Code::DkimKeyWeak, what, &[&found.answer]),
            DkimKeyKind::Rsa if key.bits < 2048 => self.find(Code::DkimKeyShort, what, &[&found.answer]),
            DkimKeyKind::Rsa | DkimKeyKind::Ed25519 => {}
        }
    }
}
