//! Vendors, receivers and listeners in scenario files.

use core::net::IpAddr;
use std::collections::BTreeMap;

use serde::Deserialize;

use super::Instant;

/// `[[vendor]]`: a bulk-mail platform that sends for tenants.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VendorSpec {
    /// Its id.
    pub id: String,
    /// Host name of the platform.
    pub hostname: String,
    /// Its own address, to which bounces come.
    pub address: IpAddr,
    /// Id of its resolver.
    pub resolver: String,
    /// Whose retry clock its queue has: `postfix`, `exim`, `qmail`, `opensmtpd`, `sendmail`, `exchange`, `kumomta`, `postal`,
    /// `haraka`, `stalwart`.
    #[serde(default = "postfix")]
    pub retry: String,
    /// Mechanism of its own lookups (MX and addresses of the domains it sends to).
    #[serde(default = "delivery_retry")]
    pub mechanism: String,
    /// For whom it sends.
    #[serde(default, rename = "tenant")]
    pub tenants: Vec<TenantSpec>,
}

/// `[[vendor.tenant]]`: a client of the vendor, or another application that sends from its hosts.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TenantSpec {
    /// Its id.
    pub id: String,
    /// The host name that stands for its sending address.
    pub name: String,
    /// The second name that the platform gives to the same address.
    #[serde(default)]
    pub paired: Option<String>,
    /// Domain of its From addresses.
    pub domain: String,
    /// Domain of its envelope senders.
    pub return_path: String,
    /// What it says in HELO; `name` where absent.
    #[serde(default)]
    pub helo: Option<String>,
    /// Address that it sends from.
    pub address: IpAddr,
    /// Signs its mail.
    #[serde(default)]
    pub dkim: Option<DkimSpec>,
    /// Id of the server on which the platform sets up the tenant's records when the story begins; none are made where absent.
    #[serde(default)]
    pub onboard_at: Option<String>,
    /// TTL of these records, in seconds.
    #[serde(default = "hour")]
    pub ttl_s: u32,
    /// Not before.
    #[serde(default)]
    pub from: Option<Instant>,
    /// The contract's end: no campaign after it, and the names stay as they are.
    #[serde(default)]
    pub until: Option<Instant>,
    /// Whom it writes to.
    #[serde(default)]
    pub lists: Vec<ListSpec>,
    /// When it writes.
    #[serde(default)]
    pub campaigns: Vec<CampaignSpec>,
}

/// How a tenant signs.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DkimSpec {
    /// Selector of the key.
    pub selector: String,
}

/// One of a tenant's `lists`: subscribers.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListSpec {
    /// Its id.
    pub id: String,
    /// How many subscribers at which domain.
    pub at: BTreeMap<String, u32>,
}

/// One of a tenant's `campaigns`: mail to a list. It has one of `at`, `every_h`, `random_h`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CampaignSpec {
    /// Id of the list.
    pub list: String,
    /// Subject.
    pub subject: String,
    /// At these times.
    #[serde(default)]
    pub at: Vec<Instant>,
    /// Every so many hours, from the contract's (or the story's) beginning on.
    #[serde(default)]
    pub every_h: Option<f64>,
    /// Now and then: mean hours from one time to the next, counted inside `hours` and `weekdays_only`.
    #[serde(default)]
    pub random_h: Option<f64>,
    /// Hours of the day in UTC, from and until, for `random_h`.
    #[serde(default)]
    pub hours: Option<(u8, u8)>,
    /// No Saturdays and Sundays, for `random_h`.
    #[serde(default)]
    pub weekdays_only: bool,
    /// To so many of the list, drawn anew each time; all where absent.
    #[serde(default)]
    pub audience: Option<u16>,
    /// Single messages of an application, without unsubscribe link and reverse path of its own for each recipient.
    #[serde(default)]
    pub transactional: bool,
    /// Recipients of one domain in a minute.
    #[serde(default = "sixty")]
    pub per_domain_per_minute: u32,
}

/// `[[receiver]]`: a mail server that receives.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReceiverSpec {
    /// Its id.
    pub id: String,
    /// Host name.
    pub hostname: String,
    /// Address.
    pub address: IpAddr,
    /// Id of its resolver.
    pub resolver: String,
    /// Which program it is: `postfix`, `postfix-named-clients`, `postfix-strict`, `postfix-verify`, `exim`, `exim-strict`, `exim-callout`, `opensmtpd`,
    /// `sendmail`.
    pub program: String,
    /// What looks at messages after DATA, in order: `spf`, `dkim`, `dmarc`, `rspamd`, `spamassassin`.
    #[serde(default)]
    pub filters: Vec<String>,
    /// Domains that it accepts mail for.
    pub domains: Vec<String>,
    /// Addresses that exist; all where absent.
    #[serde(default)]
    pub users: Option<Vec<String>>,
    /// Search list of its host.
    #[serde(default)]
    pub search: Vec<String>,
    /// Refuses first attempts for this long, in seconds.
    #[serde(default)]
    pub greylist_s: Option<u32>,
    /// Mechanism of what it asks about who connects.
    #[serde(default = "sender_verification")]
    pub verification: String,
    /// Mechanism of what it asks about who signs and sends.
    #[serde(default = "mail_authentication")]
    pub authentication: String,
}

/// `[[listener]]`: a host that accepts connections and refuses mail.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListenerSpec {
    /// Its id.
    pub id: String,
    /// Host name.
    pub hostname: String,
    /// Addresses.
    pub addresses: Vec<IpAddr>,
    /// Code of the refusal, such as 521, 554, 550.
    pub code: u16,
    /// Its text; `{client}` and `{hostname}` are filled in.
    pub text: String,
    /// At which command it refuses.
    #[serde(default)]
    pub stage: Stage,
    /// Offers STARTTLS.
    #[serde(default)]
    pub starttls: bool,
    /// Waits so long before each reply, in milliseconds.
    #[serde(default)]
    pub tarpit_ms: u32,
    /// Whom it serves as any server would: clients by address, senders as `from:ADDRESS`, else recipients.
    #[serde(default)]
    pub admits: Vec<String>,
}

/// At which command a listener refuses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// In its greeting.
    #[default]
    Banner,
    /// At HELO or EHLO.
    Helo,
    /// At MAIL FROM.
    Mail,
    /// At RCPT TO.
    Rcpt,
}

fn postfix() -> String {
    "postfix".to_owned()
}

fn delivery_retry() -> String {
    "delivery-retry".to_owned()
}

fn sender_verification() -> String {
    "sender-verification".to_owned()
}

fn mail_authentication() -> String {
    "mail-authentication".to_owned()
}

fn hour() -> u32 {
    3600
}

fn sixty() -> u32 {
    60
}
