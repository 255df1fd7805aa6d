//! Delivery status notifications (RFC 3464): made and read.

use askance_record::Timestamp;

use crate::mail::{Field, Message};
use crate::smtp::{Reply, Stage};

/// Octets of a message that are looked at; the rest of a larger one is ignored.
const OCTETS_MAX: usize = 1 << 20;
/// Recipients of one notification that are looked at.
const RECIPIENTS_MAX: usize = 256;
/// Longest boundary (RFC 2046 §5.1.1).
const BOUNDARY_MAX: usize = 70;

/// A delivery status notification: what became of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bounce {
    /// The mail server that reports.
    pub reporting_mta: String,
    /// When it took the message, as the report writes it.
    pub arrival_date: Option<String>,
    /// What became of it for each recipient, at least one.
    pub recipients: Vec<BounceRecipient>,
    /// The header of the message in question, where it is returned.
    pub original_header: Vec<u8>,
}

/// What became of a message for one recipient (RFC 3464 §2.3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BounceRecipient {
    /// The address that delivery was tried to.
    pub address: String,
    /// What was done.
    pub action: BounceAction,
    /// The enhanced status code (RFC 3463).
    pub status: (u8, u16, u16),
    /// The mail server that said so, if it was another.
    pub remote_mta: Option<String>,
    /// Its words.
    pub diagnostic: Option<String>,
}

/// What a mail server did for a recipient (RFC 3464 §2.3.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BounceAction {
    /// It gave up.
    Failed,
    /// It goes on trying.
    Delayed,
    /// It delivered.
    Delivered,
    /// It handed the message to a server that sends no reports.
    Relayed,
    /// It handed the message to several addresses.
    Expanded,
}

/// Whether an address is worth another message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BounceClass {
    /// The address is of no use: a bulk sender never writes to it again.
    Hard,
    /// Something else stood in the way: full mailbox, policy, content, network.
    Soft,
}

impl BounceClass {
    /// Judges an enhanced status code.
    ///
    /// Hard are permanent failures whose subject is the address, and a disabled mailbox.
    /// # Source
    /// RFC 3463 §3.2, §3.3; RFC 7505 §4.2 (5.1.10, null MX).
    pub const fn of_status(status: (u8, u16, u16)) -> Self {
        match status {
            (5, 1, 0..=4 | 6 | 10) | (5, 2, 1) => Self::Hard,
            _ => Self::Soft,
        }
    }

    /// Judges the reply at a stage of a session.
    ///
    /// Without an enhanced code only a refusal of the recipient speaks of the address; what is said
    /// to the connection or the sender does not.
    pub fn of_reply(stage: Stage, reply: &Reply) -> Self {
        match reply.enhanced {
            Some(status) => Self::of_status(status),
            None if stage == Stage::Rcpt && matches!(reply.code, 550 | 551 | 553) => Self::Hard,
            None => Self::Soft,
        }
    }
}

impl BounceAction {
    const ALL: [Self; 5] = [Self::Failed, Self::Delayed, Self::Delivered, Self::Relayed, Self::Expanded];

    /// The word in the report.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Failed => "failed",
            Self::Delayed => "delayed",
            Self::Delivered => "delivered",
            Self::Relayed => "relayed",
            Self::Expanded => "expanded",
        }
    }
}

impl Bounce {
    /// Writes the notification as a message of content type `multipart/report`, lines ended by CR LF.
    ///
    /// - `to`: the reverse path of the message in question
    /// - `id`: unique among the server's messages; letters, digits, dots and hyphens
    /// - `now`: the `Date`
    ///
    /// # Source
    /// RFC 3464 §2, RFC 6522 §3.
    pub fn render(&self, to: &str, id: &str, now: Timestamp) -> Vec<u8> {
        let host = one_line(&self.reporting_mta);
        let boundary = format!("{id}.{}/{host}", now.us().div_euclid(1_000_000));
        let boundary: String = boundary.chars().take(BOUNDARY_MAX).collect();
        let date = now.to_jiff().strftime("%a, %d %b %Y %H:%M:%S +0000").to_string();
        let mut out = String::new();
        let mut line = |text: &str| {
            out.push_str(text);
            out.push_str("\r\n");
        };
        let delayed = self.recipients.iter().all(|r| r.action == BounceAction::Delayed);
        line(&format!("From: MAILER-DAEMON@{host} (Mail Delivery System)"));
        line(&format!("To: {}", one_line(to)));
        line(if delayed {
            "Subject: Delayed Mail (still being retried)"
        } else {
            "Subject: Undelivered Mail Returned to Sender"
        });
        line(&format!("Date: {date}"));
        line(&format!("Message-ID: <{id}@{host}>"));
        line("Auto-Submitted: auto-replied");
        line("MIME-Version: 1.0");
        line(&format!("Content-Type: multipart/report; report-type=delivery-status;\r\n\tboundary=\"{boundary}\""));
        line("");
        line(&format!(
            "--{boundary}\r\nContent-Description: Notification\r\nContent-Type: text/plain; charset=us-ascii\r\n"
        ));
        line(&format!("This is the mail system at host {host}.\r\n"));
        for r in &self.recipients {
            let said = r.diagnostic.as_deref().unwrap_or("no further explanation");
            line(&format!("<{}>: {}", one_line(&r.address), one_line(said)));
        }
        line("");
        line(&format!(
            "--{boundary}\r\nContent-Description: Delivery report\r\nContent-Type: message/delivery-status\r\n"
        ));
        line(&format!("Reporting-MTA: dns; {host}"));
        if let Some(date) = &self.arrival_date {
            line(&format!("Arrival-Date: {}", one_line(date)));
        }
        for r in &self.recipients {
            let (class, subject, detail) = r.status;
            line(&format!("\r\nFinal-Recipient: rfc822; {}", one_line(&r.address)));
            line(&format!("Action: {}\r\nStatus: {class}.{subject}.{detail}", r.action.as_str()));
            if let Some(remote) = &r.remote_mta {
                line(&format!("Remote-MTA: dns; {}", one_line(remote)));
            }
            if let Some(said) = &r.diagnostic {
                line(&format!("Diagnostic-Code: smtp; {}", one_line(said)));
            }
        }
        line("");
        line(&format!(
            "--{boundary}\r\nContent-Description: Undelivered Message Headers\r\nContent-Type: text/rfc822-headers\r\n"
        ));
        let mut out = out.into_bytes();
        out.extend_from_slice(&self.original_header);
        out.extend_from_slice(format!("\r\n--{boundary}--\r\n").as_bytes());
        out
    }

    /// Reads a notification; `None` where the message is none, or names no recipient.
    ///
    /// Work and memory are bounded: at most 1 MiB and 256 recipients are looked at.
    pub fn parse(message: &[u8]) -> Option<Self> {
        let message = Message::read(message.get(..OCTETS_MAX).unwrap_or(message).to_vec());
        if message.media_type() != "multipart/report" {
            return None;
        }
        let (mut found, mut original_header) = (None, Vec::new());
        for part in message.leaves() {
            match part.media_type().as_str() {
                "message/delivery-status" | "message/global-delivery-status" => {
                    found = found.or_else(|| Self::status(&part.decoded_body()));
                }
                "text/rfc822-headers" | "message/rfc822" | "message/global-headers" => {
                    original_header = next_group(&part.decoded_body()).0.to_vec();
                }
                _ => {}
            }
        }
        found.map(|bounce| Self { original_header, ..bounce })
    }

    /// The body of the `message/delivery-status` part: groups of fields between empty lines.
    fn status(body: &[u8]) -> Option<Self> {
        let (first, mut rest) = next_group(body);
        let message = Message::read(first.to_vec());
        let mut recipients = Vec::new();
        while !rest.is_empty() && recipients.len() < RECIPIENTS_MAX {
            let (group, after) = next_group(rest);
            rest = after;
            recipients.extend(recipient(&Message::read(group.to_vec())));
        }
        let reporting_mta = value(&message, "reporting-mta").map(|v| untyped(&v)).unwrap_or_default();
        let arrival_date = value(&message, "arrival-date");
        (!recipients.is_empty()).then_some(Self {
            reporting_mta,
            arrival_date,
            recipients,
            original_header: Vec::new(),
        })
    }
}

fn recipient(group: &Message) -> Option<BounceRecipient> {
    let action = value(group, "action")?;
    let action = BounceAction::ALL.into_iter().find(|a| a.as_str().eq_ignore_ascii_case(&action))?;
    let status = value(group, "status")?;
    let mut digits = status.split_whitespace().next()?.splitn(3, '.').map(|part| part.parse::<u16>().ok());
    let (class, subject, detail) = (digits.next()??, digits.next()??, digits.next()??);
    let class = u8::try_from(class).ok().filter(|class| matches!(class, 2 | 4 | 5))?;
    let address = value(group, "final-recipient").or_else(|| value(group, "original-recipient"))?;
    Some(BounceRecipient {
        address: untyped(&address).trim_matches(['<', '>']).to_owned(),
        action,
        status: (class, subject, detail),
        remote_mta: value(group, "remote-mta").map(|v| untyped(&v)),
        diagnostic: value(group, "diagnostic-code").map(|v| untyped(&v)),
    })
}

/// What follows the type in `rfc822; address` or `dns; host`.
fn untyped(value: &str) -> String {
    value.split_once(';').map_or(value, |(_, rest)| rest).trim().to_owned()
}

fn value(fields: &Message, name: &str) -> Option<String> {
    fields.field(name).map(Field::unfolded)
}

/// Lines before the first empty line, and what is after it; leading empty lines are skipped.
fn next_group(text: &[u8]) -> (&[u8], &[u8]) {
    let (mut begin, mut at) = (0, 0);
    for line in text.split_inclusive(|&b| b == b'\n') {
        let end = at + line.len();
        if matches!(line, b"\n" | b"\r\n") {
            if at > begin {
                return (text.get(begin..at).unwrap_or_default(), text.get(end..).unwrap_or_default());
            }
            begin = end;
        }
        at = end;
    }
    (text.get(begin..).unwrap_or_default(), &[])
}

/// A text that cannot break out of its line.
fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests;
