//! A tenant: its names, its address, what it sends, and the DNS records that a vendor sets up for it.

use core::net::{IpAddr, SocketAddr};

use askance_record::{Name, Rng, Timestamp};

use super::occasions::Occasions;
use crate::Cause;
use crate::dns::{Data, Record};
use crate::mail::SigningKey;

/// One client of the vendor, or one application that sends from its addresses.
///
/// Two tenants may share an address, one after the other or at once: the reverse record then names one of
/// them, as nobody changed it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tenant {
    /// Its name in the scenario, unique.
    pub id: String,
    /// The host name registered for it, such as `mail1.hotel-brand-email.example`; the reverse record of `address` names it.
    pub name: Name,
    /// A second name of the same address under a domain of the vendor.
    pub paired: Option<Name>,
    /// The domain in `From`.
    pub domain: Name,
    /// The domain of the reverse path, where bounces go.
    pub return_path_domain: Name,
    /// The name given in `EHLO`; often one of the vendor's own.
    pub helo: Name,
    /// The address that it sends from.
    pub address: IpAddr,
    /// Its DKIM key, if it signs.
    pub dkim: Option<TenantKey>,
    /// Whom it writes to.
    pub lists: Vec<SubscriberList>,
    /// What it sends.
    pub campaigns: Vec<Campaign>,
    /// When its contract begins.
    pub from: Timestamp,
    /// When it ends: nothing new is sent from then on. Its DNS records stay until somebody deletes them.
    pub until: Option<Timestamp>,
}

/// A DKIM key, made from a seed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TenantKey {
    /// The selector (RFC 6376 §3.1).
    pub selector: String,
    /// What the key pair is made from.
    pub seed: u64,
}

impl TenantKey {
    /// The Ed25519 key pair of the seed and the selector.
    pub fn signing_key(&self) -> SigningKey {
        let mut rng = Rng::part(self.seed, &format!("dkim/{}", self.selector));
        let mut octets = [0; 32];
        for chunk in octets.chunks_exact_mut(8) {
            chunk.copy_from_slice(&rng.bits().to_le_bytes());
        }
        SigningKey::ed25519_from_seed(octets)
    }
}

/// Addresses that are written to together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubscriberList {
    /// Its name, unique for the tenant.
    pub id: String,
    /// The addresses, `local@domain`.
    pub addresses: Vec<String>,
}

/// A mailing, or an application's messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Campaign {
    /// Its name, unique for the tenant.
    pub id: String,
    /// The [`SubscriberList`] that it goes to.
    pub list: String,
    /// How many of the list each occasion writes to, drawn anew; `None`: all of them.
    pub audience: Option<u16>,
    /// When it is sent.
    pub occasions: Occasions,
    /// The local part in `From`.
    pub sender: String,
    /// The subject line.
    pub subject: String,
    /// Whether it is bulk mail: an unsubscribe link (RFC 8058) and a reverse path of its own for each recipient.
    pub bulk: bool,
    /// Most recipients of one domain in a minute; 0: no limit.
    pub per_domain_per_minute: u32,
    /// Ground truth of its lookups and connections; `None`: the vendor's own.
    pub cause: Option<Cause>,
}

/// The vendor's own names that its tenants' records point to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VendorNames {
    /// Where bounces come in, such as `rp.crm-vendor.example`: has the MX.
    pub bounces: Name,
    /// The mail exchange behind it.
    pub exchange: Name,
    /// What tenants' SPF records include.
    pub spf: Name,
    /// What tracking links lead to.
    pub tracking: Name,
}

impl Tenant {
    /// The records that the vendor sets up when the tenant comes.
    ///
    /// Its host name, the paired name and the `EHLO` name with the address; the return path as an alias of the
    /// vendor's, or as an MX where it bears other records; SPF; the DKIM key; the tracking name; the reverse
    /// record. No DMARC record: that is the client's own affair, and often missing.
    ///
    /// - `ttl_s`: of every record, seconds
    /// - returns: records of several zones, no name twice with the same data
    pub fn zone_records(&self, vendor: &VendorNames, ttl_s: u32) -> Vec<Record> {
        let mut out: Vec<Record> = Vec::new();
        let mut push = |owner: &Name, data: Data| {
            if !out.iter().any(|r| r.owner == *owner && r.data == data) {
                out.push(Record { owner: owner.clone(), ttl_s, data });
            }
        };
        for name in [Some(&self.name), self.paired.as_ref(), Some(&self.helo)].into_iter().flatten() {
            push(name, address(self.address));
        }
        if [&self.domain, &self.name, &self.helo].contains(&&self.return_path_domain) {
            push(&self.return_path_domain, Data::Mx { preference: 10, exchange: vendor.exchange.clone() });
        } else if self.return_path_domain != vendor.bounces {
            push(&self.return_path_domain, Data::Cname(vendor.bounces.clone()));
        }
        push(&self.domain, text(&format!("v=spf1 include:{} ~all", vendor.spf)));
        if let Some(key) = &self.dkim
            && let Some(owner) = below(&format!("{}._domainkey", key.selector), &self.domain)
        {
            push(&owner, text(&key.signing_key().key_record()));
        }
        if let Some(owner) = below("click", &self.domain) {
            push(&owner, Data::Cname(vendor.tracking.clone()));
        }
        push(&Name::of_reverse(self.address), Data::Ptr(self.name.clone()));
        out
    }
}

impl VendorNames {
    /// The vendor's usual names: `rp`, `spf` and `click` below its zone, the exchange being its host.
    ///
    /// # Panics
    /// Where `zone` is so long that a label does not fit before it.
    pub fn below(zone: &Name, exchange: Name) -> Self {
        let name = |label| below(label, zone).expect("a zone leaves room for a label");
        Self { bounces: name("rp"), exchange, spf: name("spf"), tracking: name("click") }
    }

    /// The vendor's own records.
    ///
    /// - `listen`: where bounces come in
    /// - `senders`: addresses that tenants send from
    /// - `ttl_s`: of every record, seconds
    pub fn zone_records(&self, listen: SocketAddr, senders: &[IpAddr], ttl_s: u32) -> Vec<Record> {
        let mut senders = senders.to_vec();
        senders.sort_unstable();
        senders.dedup();
        let mut spf = "v=spf1 ".to_owned();
        for ip in senders {
            spf.push_str(&format!("ip{}:{ip} ", if ip.is_ipv4() { 4 } else { 6 }));
        }
        let spf = text(&(spf + "~all"));
        let record = |owner: &Name, data| Record { owner: owner.clone(), ttl_s, data };
        vec![
            record(&self.exchange, address(listen.ip())),
            record(&self.bounces, Data::Mx { preference: 10, exchange: self.exchange.clone() }),
            record(&self.bounces, spf.clone()),
            record(&self.spf, spf),
            record(&self.tracking, address(listen.ip())),
            record(&Name::of_reverse(listen.ip()), Data::Ptr(self.exchange.clone())),
        ]
    }
}

fn address(ip: IpAddr) -> Data {
    match ip {
        IpAddr::V4(ip) => Data::A(ip),
        IpAddr::V6(ip) => Data::Aaaa(ip),
    }
}

/// A TXT record, cut into strings of 255 octets.
fn text(text: &str) -> Data {
    Data::Txt(text.as_bytes().chunks(255).map(<[u8]>::to_vec).collect())
}

fn below(label: &str, zone: &Name) -> Option<Name> {
    Name::parse(&format!("{label}.{}", zone.raw())).ok()
}
