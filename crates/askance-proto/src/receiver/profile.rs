//! Which program a receiver behaves like, and what that program checks when.

use crate::receiver::{Canonical, Check, ClientNameCheck, Facts, FirstOf, RouteCheck, Trouble};

/// Which program, in which configuration, a receiver behaves like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Profile {
    /// Postfix 3.7 as shipped: it looks the client's name up and decides nothing by it.
    #[default]
    Postfix,
    /// Postfix with `reject_unknown_client_hostname` alone.
    PostfixNamedClients,
    /// Postfix with `reject_unknown_client_hostname`, `_helo_hostname` and `_sender_domain`.
    PostfixStrict,
    /// Postfix with `reject_unverified_sender`: a call-out to the sender's exchange.
    PostfixVerify,
    /// Exim 4.96 as shipped: `host_lookup = *`, `require verify = sender`.
    Exim,
    /// Exim with `verify = helo` and `verify = reverse_host_lookup` too.
    EximStrict,
    /// Exim with `verify = sender/callout`.
    EximCallout,
    /// `OpenSMTPD` 6.8.
    OpenSmtpd,
    /// Sendmail 8.17 with the stock macros.
    Sendmail,
}

/// When in a session checks are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Phase {
    /// Before the greeting.
    Connect,
    /// Before the answer to `MAIL FROM`.
    Mail,
    /// Before the answer to `RCPT TO`.
    Rcpt,
}

/// One check that a profile makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Task {
    /// The client's name.
    ClientName,
    /// The client's name once more, where the first attempt gave none and the HELO name is to be compared with it.
    ClientNameForHelo,
    /// The client's name once more, where the attempts before could not be made.
    ClientNameRetry,
    /// Records of the HELO name.
    HeloRecords,
    /// Addresses of the HELO name, where it is not the client's confirmed name.
    HeloAddresses,
    /// Records of the reverse path's domain.
    SenderRecords,
    /// Where mail to the reverse path goes.
    SenderRoute,
    /// The canonical name of the reverse path's domain.
    SenderCanonical,
    /// The canonical name of the forward path's domain.
    RecipientCanonical,
}

/// How long a task's finding stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scope {
    /// It is sought each time.
    Once,
    /// It is sought once for a message.
    Message,
    /// It is sought once after each HELO.
    Helo,
}

/// Which program family a profile belongs to: what decides wording, greeting and call-outs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Program {
    /// Postfix.
    Postfix,
    /// Exim.
    Exim,
    /// `OpenSMTPD`.
    OpenSmtpd,
    /// Sendmail.
    Sendmail,
}

impl Profile {
    /// All profiles.
    pub const ALL: [Self; 9] = [
        Self::Postfix,
        Self::PostfixNamedClients,
        Self::PostfixStrict,
        Self::PostfixVerify,
        Self::Exim,
        Self::EximStrict,
        Self::EximCallout,
        Self::OpenSmtpd,
        Self::Sendmail,
    ];

    /// The stable identifier.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Postfix => "postfix",
            Self::PostfixNamedClients => "postfix-named-clients",
            Self::PostfixStrict => "postfix-strict",
            Self::PostfixVerify => "postfix-verify",
            Self::Exim => "exim",
            Self::EximStrict => "exim-strict",
            Self::EximCallout => "exim-callout",
            Self::OpenSmtpd => "opensmtpd",
            Self::Sendmail => "sendmail",
        }
    }

    /// The profile of this identifier.
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|profile| profile.as_str() == id)
    }

    /// The program.
    pub const fn program(self) -> Program {
        match self {
            Self::Postfix | Self::PostfixNamedClients | Self::PostfixStrict | Self::PostfixVerify => Program::Postfix,
            Self::Exim | Self::EximStrict | Self::EximCallout => Program::Exim,
            Self::OpenSmtpd => Program::OpenSmtpd,
            Self::Sendmail => Program::Sendmail,
        }
    }

    /// What is checked in a phase, in order; the first finding that refuses ends it.
    pub const fn tasks(self, phase: Phase) -> &'static [Task] {
        match (self, phase) {
            (_, Phase::Connect) => &[Task::ClientName],
            (Self::Sendmail, Phase::Mail) => &[Task::SenderCanonical],
            (Self::Sendmail, Phase::Rcpt) => &[Task::RecipientCanonical],
            (_, Phase::Mail) | (Self::Postfix | Self::PostfixNamedClients | Self::OpenSmtpd, Phase::Rcpt) => &[],
            // smtpd_delay_reject = yes: what concerns HELO and MAIL waits for RCPT, and is asked for each.
            (Self::PostfixStrict, Phase::Rcpt) => &[Task::HeloRecords, Task::SenderRecords],
            (Self::PostfixVerify | Self::Exim | Self::EximCallout, Phase::Rcpt) => &[Task::SenderRoute],
            (Self::EximStrict, Phase::Rcpt) => {
                &[Task::ClientNameForHelo, Task::HeloAddresses, Task::ClientNameRetry, Task::SenderRoute]
            }
        }
    }

    /// Whether a client whose address has no confirmed name is refused.
    pub const fn wants_client_name(self) -> bool {
        matches!(self, Self::PostfixNamedClients | Self::PostfixStrict | Self::EximStrict)
    }

    /// Whether a sender's address is asked about at its exchange.
    pub const fn calls_out(self) -> bool {
        matches!(self, Self::PostfixVerify | Self::EximCallout)
    }

    /// Whether a lookup that failed is remembered for the rest of the connection and not made again (Exim's `dns.c`).
    pub const fn remembers_failures(self) -> bool {
        matches!(self.program(), Program::Exim)
    }
}

impl Task {
    /// How long the finding stands.
    pub const fn scope(self) -> Scope {
        match self {
            Self::SenderRoute => Scope::Message,
            Self::ClientNameForHelo | Self::HeloAddresses => Scope::Helo,
            _ => Scope::Once,
        }
    }

    /// The check to make; none where there is nothing to ask.
    pub fn check(self, profile: Profile, facts: &Facts) -> Option<Check> {
        let unconfirmed = facts.client_name.confirmed.is_none();
        let retry = facts.client_name.trouble.is_some_and(Trouble::is_temporary);
        match self {
            Self::ClientName => Some(client_name(profile, facts)),
            Self::ClientNameForHelo if unconfirmed && facts.helo_name().is_some() => Some(client_name(profile, facts)),
            Self::ClientNameRetry if retry => Some(client_name(profile, facts)),
            Self::ClientNameForHelo | Self::ClientNameRetry => None,
            Self::HeloRecords => Some(Check::FirstOf(FirstOf::helo(facts.helo_name()?, facts.ipv6))),
            Self::HeloAddresses => {
                let helo = facts
                    .helo_name()
                    .filter(|helo| facts.client_name.confirmed.as_ref().is_none_or(|name| name.key() != helo.key()))?;
                Some(Check::Route(RouteCheck::exim_host(helo, facts.ipv6)))
            }
            Self::SenderRecords => Some(Check::FirstOf(FirstOf::sender(facts.foreign_sender_domain()?, facts.ipv6))),
            Self::SenderRoute => {
                let domain = facts.foreign_sender_domain()?;
                Some(Check::Route(match profile.program() {
                    Program::Exim => RouteCheck::exim(domain, facts.ipv6),
                    _ => RouteCheck::postfix(domain, facts.ipv6),
                }))
            }
            Self::SenderCanonical => Some(Check::Canonical(Canonical::new(facts.sender_domain()?, &facts.search))),
            Self::RecipientCanonical => {
                Some(Check::Canonical(Canonical::new(facts.recipient_domain()?, &facts.search)))
            }
        }
    }
}

fn client_name(profile: Profile, facts: &Facts) -> Check {
    Check::ClientName(match profile.program() {
        Program::Postfix | Program::OpenSmtpd => ClientNameCheck::library(facts.client),
        Program::Exim => ClientNameCheck::exim(facts.client, facts.ipv6),
        Program::Sendmail => ClientNameCheck::sendmail(facts.client, facts.own),
    })
}
