//! A message to one recipient, or to several of one domain.

use askance_record::{Rng, Timestamp};

use super::tenant::{Campaign, Tenant};
use crate::mail::{Draft, Message};

/// A message on its way. Its octets are made anew for each attempt, always the same.
#[derive(Clone, Debug)]
pub(super) struct Letter {
    pub(super) tenant: usize,
    pub(super) campaign: usize,
    /// Where it goes, an index of destinations.
    pub(super) destination: usize,
    /// Makes its octets, with the vendor's seed.
    pub(super) serial: u64,
    /// Those it was written to.
    pub(super) to: Vec<String>,
    /// Those among them that have it yet to come.
    pub(super) left: Vec<String>,
    /// When it came into the queue, and under which identifier; `None` before its first attempt.
    pub(super) queued: Option<(Timestamp, String)>,
    pub(super) attempts: u32,
}

/// What a reverse path or an unsubscribe address of ours stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Returned {
    /// A bounce of a message to this address.
    Bounce(String),
    /// A wish of this address to be left alone.
    Unsubscribe(String),
}

/// The local part that stands for an address, as `b-guest=tradeschool.example`.
fn tagged(tag: char, address: &str) -> String {
    match address.rsplit_once('@') {
        Some((local, domain)) => format!("{tag}-{local}={domain}"),
        None => format!("{tag}-{address}"),
    }
}

/// Reads what [`tagged`] wrote.
pub(super) fn returned(local: &str) -> Option<Returned> {
    let (tag, rest) = local.split_once('-')?;
    let (local, domain) = rest.rsplit_once('=')?;
    let address = format!("{local}@{domain}");
    match tag {
        "b" | "B" => Some(Returned::Bounce(address)),
        "u" | "U" => Some(Returned::Unsubscribe(address)),
        _ => None,
    }
}

impl Letter {
    /// The reverse path: bulk mail to one recipient names it, so that a bounce tells whose address it was.
    pub(super) fn reverse_path(&self, tenant: &Tenant, campaign: &Campaign) -> String {
        let local = match self.to.as_slice() {
            [one] if campaign.bulk => tagged('b', one),
            _ => campaign.sender.clone(),
        };
        format!("{local}@{}", tenant.return_path_domain)
    }

    /// The message, not yet signed.
    ///
    /// - `seed`: the vendor's
    /// - `date`: when it came into the queue
    pub(super) fn compose(&self, tenant: &Tenant, campaign: &Campaign, seed: u64, date: Timestamp) -> Message {
        let mut rng = Rng::part(seed ^ self.serial, &tenant.id);
        let domain = &tenant.domain;
        let link = format!("https://click.{domain}/{:012x}", rng.bits() >> 16);
        let to = match self.to.as_slice() {
            [one] => one.clone(),
            _ => "undisclosed-recipients:;".to_owned(),
        };
        let subject = &campaign.subject;
        let mut draft = Draft::new(rng.bits())
            .date(date)
            .field("From", &format!("{}@{domain}", campaign.sender))
            .field("To", &to)
            .field("Subject", subject)
            .message_id(domain.raw());
        if campaign.bulk {
            let token = rng.bits();
            let mailbox = format!("{}@{}", tagged('u', &to), tenant.return_path_domain);
            draft = draft
                .field("List-Unsubscribe", &format!("<https://click.{domain}/u/{token:016x}>, <mailto:{mailbox}>"))
                .field("List-Unsubscribe-Post", "List-Unsubscribe=One-Click");
        }
        draft
            .text(&format!("{subject}\n\nRead on: {link}\n"))
            .html(&format!("<html><body><p>{subject}</p><p><a href=\"{link}\">Read on</a></p></body></html>\n"))
            .build()
    }
}
