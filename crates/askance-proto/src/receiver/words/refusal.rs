//! Why a command is refused, and how each program says so.

use crate::receiver::{CallOut, Facts, Program};
use crate::smtp::Reply;

/// Why a command is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// The client's address has no confirmed name.
    ClientName,
    /// The HELO name does not exist, or is not the client's.
    Helo,
    /// The reverse path's domain does not exist, or cannot be asked for now.
    Sender {
        /// Whether it may be tried again.
        temporary: bool,
    },
    /// The reverse path's domain takes no mail (RFC 7505).
    NullMx,
    /// The call-out did not confirm the reverse path.
    CallOut(CallOut),
    /// The call-out is still under way.
    CallOutPending,
    /// The forward path is somebody else's.
    Relay,
    /// The forward path does not exist.
    User,
    /// A stranger is to come back.
    Greylisted {
        /// After how long, in seconds.
        delay_s: u32,
    },
    /// The client may not send for the domain.
    Spf,
    /// The author's domain wants the message refused.
    Dmarc,
}

impl Refusal {
    /// The reply.
    pub(crate) fn reply(&self, program: Program, facts: &Facts) -> Reply {
        match program {
            Program::Postfix => self.postfix(facts),
            Program::Exim => self.exim(facts),
            Program::OpenSmtpd => self.opensmtpd(facts),
            Program::Sendmail => self.sendmail(facts),
        }
    }

    fn postfix(&self, facts: &Facts) -> Reply {
        let Facts { client, helo, sender, recipient, .. } = facts;
        let rejected = |text: String| format!("<{sender}>: Sender address rejected: {text}");
        let to = |text: &str| format!("<{recipient}>: Recipient address rejected: {text}");
        let domain = |path: &str| path.rsplit_once('@').map_or_else(String::new, |(_, domain)| domain.to_owned());
        let (code, enhanced, text) = match self {
            Self::ClientName => {
                (450, (4, 7, 25), format!("Client host rejected: cannot find your hostname, [{client}]"))
            }
            Self::Helo => (450, (4, 7, 1), format!("<{helo}>: Helo command rejected: Host not found")),
            Self::Sender { .. } => (450, (4, 1, 8), rejected("Domain not found".to_owned())),
            Self::NullMx => {
                (550, (5, 7, 27), rejected(format!("Domain {} does not accept mail (nullMX)", domain(sender))))
            }
            Self::CallOut(_) | Self::CallOutPending => {
                let said = match self {
                    Self::CallOut(CallOut::Refused(reply) | CallOut::Deferred(Some(reply))) => {
                        format!("host said: {reply}")
                    }
                    Self::CallOutPending => "Address verification in progress".to_owned(),
                    _ => "conversation with the exchange failed".to_owned(),
                };
                (450, (4, 1, 7), rejected(format!("unverified address: {said}")))
            }
            Self::Relay => (454, (4, 7, 1), format!("<{recipient}>: Relay access denied")),
            Self::User => (550, (5, 1, 1), to("User unknown in local recipient table")),
            Self::Greylisted { .. } => {
                let help = format!("http://postgrey.schweikert.ch/help/{}.html", domain(recipient));
                (450, (4, 2, 0), to(&format!("Greylisted, see {help}")))
            }
            Self::Spf => (550, (5, 7, 23), to("Message rejected due to: SPF fail - not authorized.")),
            Self::Dmarc => (550, (5, 7, 1), "rejected by DMARC policy".to_owned()),
        };
        Reply::enhanced(code, enhanced, text)
    }

    fn exim(&self, facts: &Facts) -> Reply {
        let Facts { client, sender, recipient, .. } = facts;
        let lines = |code: u16, lines: &[String]| Reply { code, enhanced: None, lines: lines.to_vec() };
        let unverified = format!("Verification failed for <{sender}>");
        let failed = "Sender verify failed".to_owned();
        match self {
            Self::ClientName | Self::Helo => Reply::new(550, "Administrative prohibition"),
            Self::Sender { temporary: true }
            | Self::CallOutPending
            | Self::CallOut(CallOut::Deferred(_) | CallOut::Accepted) => {
                Reply::new(451, "Could not complete sender verify")
            }
            Self::Sender { temporary: false } | Self::NullMx => {
                lines(550, &[unverified, "Unrouteable address".to_owned(), failed])
            }
            Self::CallOut(CallOut::Refused(reply)) => {
                let sent = format!("Sent:     RCPT TO:<{sender}>");
                lines(550, &[unverified, sent, format!("Response: {reply}"), failed])
            }
            Self::Relay => Reply::new(550, "relay not permitted"),
            Self::User => Reply::new(550, "Unrouteable address"),
            Self::Greylisted { .. } => Reply::new(
                451,
                format!(
                    "{client} is not yet authorized to deliver mail from <{sender}> to <{recipient}>. Please try later."
                ),
            ),
            Self::Spf => Reply::new(550, format!("[SPF] {client} is not allowed to send mail for <{sender}>.")),
            Self::Dmarc => Reply::new(550, "Message from this domain failed DMARC"),
        }
    }

    fn opensmtpd(&self, facts: &Facts) -> Reply {
        match self {
            Self::Relay | Self::User => Reply::new(550, format!("Invalid recipient: <{}>", facts.recipient)),
            Self::Greylisted { .. } => Reply::enhanced(451, (4, 7, 1), "Greylisted, please try again later"),
            Self::Spf => Reply::enhanced(550, (5, 7, 23), "SPF check failed"),
            Self::Dmarc => Reply::enhanced(550, (5, 7, 1), "DMARC policy violation"),
            Self::ClientName => Reply::new(550, "rDNS is required"),
            Self::Helo | Self::Sender { .. } | Self::NullMx | Self::CallOut(_) | Self::CallOutPending => {
                Reply::enhanced(550, (5, 7, 1), "Sender rejected")
            }
        }
    }

    fn sendmail(&self, facts: &Facts) -> Reply {
        let Facts { sender, recipient, .. } = facts;
        match self {
            Self::Sender { temporary: true } => {
                Reply::enhanced(451, (4, 1, 8), format!("Domain of sender address {sender} does not resolve"))
            }
            Self::Sender { temporary: false }
            | Self::NullMx
            | Self::CallOut(_)
            | Self::CallOutPending
            | Self::Helo
            | Self::ClientName => {
                let text = format!("<{sender}>... Domain of sender address {sender} does not exist");
                Reply::enhanced(553, (5, 1, 8), text)
            }
            Self::Relay => Reply::enhanced(550, (5, 7, 1), format!("<{recipient}>... Relaying denied")),
            Self::User => Reply::enhanced(550, (5, 1, 1), format!("<{recipient}>... User unknown")),
            Self::Greylisted { delay_s } => {
                let (h, m, s) = (delay_s / 3600, delay_s / 60 % 60, delay_s % 60);
                let text = format!("Greylisting in action, please come back in {h:02}:{m:02}:{s:02}");
                Reply::enhanced(451, (4, 7, 1), text)
            }
            Self::Spf => Reply::enhanced(550, (5, 7, 23), "SPF check failed"),
            Self::Dmarc => Reply::enhanced(550, (5, 7, 1), "rejected by DMARC policy"),
        }
    }
}
