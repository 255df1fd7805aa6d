//! The log of one session, as its program words it.

use core::fmt::Write as _;

use crate::Outbox;
use crate::receiver::{ClientName, Facts, Program, ReceiverConfig, Trouble};
use crate::smtp::{Command, Reply};

/// The verbs that Postfix counts, in its order.
const VERBS: [&str; 10] = ["helo", "ehlo", "starttls", "mail", "rcpt", "data", "rset", "noop", "vrfy", "quit"];

/// How a session ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Parting {
    /// With `QUIT`.
    Quit,
    /// The connection broke.
    Lost,
    /// The client said nothing for too long.
    Timeout,
    /// It was sent away.
    Dropped,
}

/// Something about a message.
#[derive(Clone, Debug)]
pub(crate) enum Line<'a> {
    /// The first recipient is taken.
    Opened,
    /// A command is refused.
    Refused {
        /// The verb.
        verb: &'static str,
        /// The answer.
        reply: &'a Reply,
    },
    /// A message is taken and delivered.
    Taken {
        /// Its identifier field, brackets included; empty where it has none.
        message_id: &'a str,
        /// Its octets.
        size: usize,
        /// Its forward paths, each with the identifier of its envelope.
        recipients: &'a [(String, String)],
    },
}

/// The log of one session.
#[derive(Clone, Debug, Default)]
pub(crate) struct Log {
    /// Of the session.
    pub(crate) session_id: String,
    /// Of the message; empty before there is one.
    pub(crate) queue_id: String,
    /// Whether the client said `EHLO`.
    pub(crate) extended: bool,
    /// Commands taken and all commands, by verb; the last is any other.
    tally: [(u32, u32); VERBS.len() + 1],
    /// The command before the present.
    last: &'static str,
    /// Whether `MAIL` was ever said.
    mailed: bool,
}

impl Log {
    /// The log of a session just begun.
    pub(crate) fn new(session_id: String) -> Self {
        Self { session_id, ..Self::default() }
    }

    /// Counts a command and its answer.
    pub(crate) fn count(&mut self, command: &Command, reply: &Reply) {
        self.last = verb(command);
        self.mailed |= matches!(command, Command::MailFrom { .. });
        if matches!(command, Command::Message(_)) {
            return;
        }
        let name = self.last.to_ascii_lowercase();
        // A `DATA` that the protocol itself refuses for want of recipients.
        let name = if *command == Command::Malformed(reply.clone()) && reply.code == 554 { "data" } else { &name };
        let at = VERBS.iter().position(|verb| *verb == name).unwrap_or(VERBS.len());
        self.tally[at].0 += u32::from(reply.code < 400);
        self.tally[at].1 += 1;
    }

    /// The client has connected and its name has been looked up.
    pub(crate) fn connected(&self, config: &ReceiverConfig, facts: &Facts, out: &mut Outbox) {
        let client = facts.client;
        let ClientName { reverse, trouble, .. } = &facts.client_name;
        match config.profile.program() {
            Program::Postfix => {
                if let (Some(name), Some(trouble)) = (reverse, trouble) {
                    let why = match trouble {
                        Trouble::NoForward => ": Name or service not known",
                        Trouble::ForwardFailed => ": Temporary failure in name resolution",
                        _ => "",
                    };
                    let text = format!("warning: hostname {name} does not resolve to address {client}{why}");
                    put(config, out, "postfix/smtpd", text);
                }
                put(config, out, "postfix/smtpd", format!("connect from {}", postfix_client(facts)));
            }
            Program::Exim if *trouble == Some(Trouble::NoReverse) => {
                put(config, out, "exim", format!("no host name found for IP address {client}"));
            }
            Program::Exim | Program::Sendmail => {}
            Program::OpenSmtpd => {
                let name = reverse.as_ref().map_or_else(|| "<unknown>".to_owned(), ToString::to_string);
                let text = format!("{} smtp connected address={} host={name}", self.session_id, bracketed(facts));
                put(config, out, "smtpd", text);
            }
        }
    }

    /// The client is gone.
    pub(crate) fn parted(&self, config: &ReceiverConfig, facts: &Facts, how: Parting, out: &mut Outbox) {
        match config.profile.program() {
            Program::Postfix => {
                let client = postfix_client(facts);
                let after = if self.last.is_empty() { "CONNECT" } else { self.last };
                let what = match how {
                    Parting::Lost => Some("lost connection"),
                    Parting::Timeout => Some("timeout"),
                    Parting::Dropped => Some("too many errors"),
                    Parting::Quit => None,
                };
                if let Some(what) = what {
                    put(config, out, "postfix/smtpd", format!("{what} after {after} from {client}"));
                }
                put(config, out, "postfix/smtpd", format!("disconnect from {client}{}", self.tallied()));
            }
            Program::Exim => {
                let host = exim_host(facts);
                let text = match how {
                    Parting::Quit => return,
                    Parting::Lost => format!("unexpected disconnection while reading SMTP command from {host}"),
                    Parting::Timeout => format!("SMTP command timeout on connection from {host}"),
                    Parting::Dropped => {
                        format!("SMTP call from {host} dropped: too many syntax or protocol errors")
                    }
                };
                put(config, out, "exim", text);
            }
            Program::OpenSmtpd => {
                let reason = match how {
                    Parting::Quit => "quit",
                    Parting::Lost | Parting::Dropped => "disconnect",
                    Parting::Timeout => "timeout",
                };
                put(config, out, "smtpd", format!("{} smtp disconnected reason={reason}", self.session_id));
            }
            Program::Sendmail => self.parted_sendmail(config, facts, how, out),
        }
    }

    fn parted_sendmail(&self, config: &ReceiverConfig, facts: &Facts, how: Parting, out: &mut Outbox) {
        let id = if self.queue_id.is_empty() { "NOQUEUE" } else { &self.queue_id };
        let relay = sendmail_relay(facts);
        let text = match how {
            Parting::Quit if self.mailed => return,
            Parting::Quit | Parting::Dropped => {
                format!("{id}: {relay} did not issue MAIL/EXPN/VRFY/ETRN during connection to MTA-v4")
            }
            Parting::Lost => {
                let after = if self.last.is_empty() { "startup".to_owned() } else { self.last.to_ascii_lowercase() };
                format!("{id}: lost input channel from {relay} to MTA-v4 after {after}")
            }
            Parting::Timeout => format!("{id}: timeout waiting for input from {relay} during server cmd read"),
        };
        put(config, out, "sm-mta", text);
    }

    /// Something about a message.
    pub(crate) fn message(&self, config: &ReceiverConfig, facts: &Facts, line: &Line<'_>, out: &mut Outbox) {
        match config.profile.program() {
            Program::Postfix => self.postfix(config, facts, line, out),
            Program::Exim => self.exim(config, facts, line, out),
            Program::OpenSmtpd => self.opensmtpd(config, facts, line, out),
            Program::Sendmail => self.sendmail(config, facts, line, out),
        }
    }

    fn proto(&self) -> &'static str {
        if self.extended { "ESMTP" } else { "SMTP" }
    }

    fn postfix(&self, config: &ReceiverConfig, facts: &Facts, line: &Line<'_>, out: &mut Outbox) {
        let (id, client, sender) = (&self.queue_id, postfix_client(facts), &facts.sender);
        match line {
            Line::Opened => put(config, out, "postfix/smtpd", format!("{id}: client={client}")),
            Line::Refused { verb, reply } => {
                let id = if id.is_empty() { "NOQUEUE" } else { id };
                let text = format!(
                    "{id}: reject: {verb} from {client}: {reply}; from=<{sender}> to=<{}> proto={} helo=<{}>",
                    facts.recipient,
                    self.proto(),
                    facts.helo
                );
                put(config, out, "postfix/smtpd", text);
            }
            Line::Taken { message_id, size, recipients } => {
                put(config, out, "postfix/cleanup", format!("{id}: message-id={message_id}"));
                let nrcpt = recipients.len();
                let text = format!("{id}: from=<{sender}>, size={size}, nrcpt={nrcpt} (queue active)");
                put(config, out, "postfix/qmgr", text);
                for (to, _) in *recipients {
                    let text = format!(
                        "{id}: to=<{to}>, relay=local, delay=0, delays=0/0/0/0, dsn=2.0.0, status=sent (delivered to \
                         mailbox)"
                    );
                    put(config, out, "postfix/local", text);
                }
                put(config, out, "postfix/qmgr", format!("{id}: removed"));
            }
        }
    }

    fn exim(&self, config: &ReceiverConfig, facts: &Facts, line: &Line<'_>, out: &mut Outbox) {
        let (id, host, sender) = (&self.queue_id, exim_host(facts), &facts.sender);
        match line {
            Line::Opened => {}
            Line::Refused { verb, reply } => {
                let why = reply.lines.last().map_or("", String::as_str);
                let what = match *verb {
                    "RCPT" => format!("rejected RCPT <{}>: {why}", facts.recipient),
                    verb => format!("rejected {verb}: {why}"),
                };
                put(config, out, "exim", format!("H={host} F=<{sender}> {what}"));
            }
            Line::Taken { message_id, size, recipients } => {
                let from = if sender.is_empty() { "<>" } else { sender };
                let proto = self.proto().to_ascii_lowercase();
                let bare = message_id.trim_start_matches('<').trim_end_matches('>');
                let mut text = format!("{id} <= {from} H={host} P={proto} S={size}");
                if !bare.is_empty() {
                    write!(text, " id={bare}").expect("writing to a String cannot fail");
                }
                put(config, out, "exim", text);
                for (to, _) in *recipients {
                    let user = to.split('@').next().unwrap_or_default();
                    put(config, out, "exim", format!("{id} => {user} <{to}> R=local_user T=mail_spool"));
                }
                put(config, out, "exim", format!("{id} Completed"));
            }
        }
    }

    fn opensmtpd(&self, config: &ReceiverConfig, facts: &Facts, line: &Line<'_>, out: &mut Outbox) {
        let (id, session, sender) = (&self.queue_id, &self.session_id, &facts.sender);
        match line {
            Line::Opened => {}
            Line::Refused { verb, reply } => {
                let command = match *verb {
                    "RCPT" => format!("RCPT TO:<{}>", facts.recipient),
                    "MAIL" => format!("MAIL FROM:<{sender}>"),
                    verb => verb.to_owned(),
                };
                let text = format!("{session} smtp failed-command command=\"{command}\" result=\"{reply}\"");
                put(config, out, "smtpd", text);
            }
            Line::Taken { size, recipients, .. } => {
                let (nrcpt, proto) = (recipients.len(), self.proto());
                let text = format!("{session} smtp message msgid={id} size={size} nrcpt={nrcpt} proto={proto}");
                put(config, out, "smtpd", text);
                for (to, evpid) in *recipients {
                    let text = format!("{session} smtp envelope evpid={evpid} from=<{sender}> to=<{to}>");
                    put(config, out, "smtpd", text);
                }
                for (to, evpid) in *recipients {
                    let user = to.split('@').next().unwrap_or_default();
                    let text = format!(
                        "{session} mda delivery evpid={evpid} from=<{sender}> to=<{to}> rcpt=<{to}> user={user} \
                         delay=0s result=Ok stat=Delivered"
                    );
                    put(config, out, "smtpd", text);
                }
            }
        }
    }

    fn sendmail(&self, config: &ReceiverConfig, facts: &Facts, line: &Line<'_>, out: &mut Outbox) {
        let (id, sender, relay) = (&self.queue_id, &facts.sender, sendmail_relay(facts));
        let proto = self.proto();
        match line {
            Line::Opened => {}
            Line::Refused { verb, reply } => {
                let id = if id.is_empty() { "NOQUEUE" } else { id };
                let (ruleset, argument) =
                    if *verb == "RCPT" { ("check_rcpt", &facts.recipient) } else { ("check_mail", sender) };
                let text = format!("{id}: ruleset={ruleset}, arg1=<{argument}>, relay={relay}, reject={reply}");
                put(config, out, "sm-mta", text);
            }
            Line::Taken { message_id, size, recipients } => {
                let nrcpts = recipients.len();
                let text = format!(
                    "{id}: from=<{sender}>, size={size}, class=0, nrcpts={nrcpts}, msgid={message_id}, \
                     proto={proto}, daemon=MTA-v4, relay={relay}"
                );
                put(config, out, "sm-mta", text);
                for (to, _) in *recipients {
                    let text = format!(
                        "{id}: to=<{to}>, delay=00:00:00, xdelay=00:00:00, mailer=local, pri={}, dsn=2.0.0, stat=Sent",
                        30_000 + size
                    );
                    put(config, out, "sm-mta", text);
                }
            }
        }
    }

    /// ` ehlo=1 mail=1 rcpt=0/1 quit=1 commands=3/4`.
    fn tallied(&self) -> String {
        let mut text = String::new();
        let mut all = (0, 0);
        let names = VERBS.iter().copied().chain(["unknown"]).chain(["commands"]);
        for (name, &(good, total)) in names.zip(self.tally.iter().chain([&(0, 0)])) {
            let (good, total) = if name == "commands" { all } else { (good, total) };
            all = (all.0 + good, all.1 + total);
            if total == 0 && name != "commands" {
                continue;
            }
            let written =
                if good == total { write!(text, " {name}={good}") } else { write!(text, " {name}={good}/{total}") };
            written.expect("writing to a String cannot fail");
        }
        text
    }
}

fn put(config: &ReceiverConfig, out: &mut Outbox, program: &'static str, text: String) {
    if config.logs {
        out.log(program, text);
    }
}

/// The verb as Postfix logs it.
fn verb(command: &Command) -> &'static str {
    match command {
        Command::Helo(_) => "HELO",
        Command::Ehlo(_) => "EHLO",
        Command::MailFrom { .. } => "MAIL",
        Command::RcptTo { .. } => "RCPT",
        Command::Data => "DATA",
        Command::Message(_) => "END-OF-MESSAGE",
        Command::Rset => "RSET",
        Command::Noop => "NOOP",
        Command::Quit => "QUIT",
        Command::StartTls => "STARTTLS",
        Command::Vrfy(_) => "VRFY",
        Command::Other(_) | Command::Malformed(_) => "UNKNOWN",
    }
}

fn postfix_client(facts: &Facts) -> String {
    let name = facts.client_name.confirmed.as_ref().map_or_else(|| "unknown".to_owned(), ToString::to_string);
    format!("{name}[{}]", facts.client)
}

/// `name (helo) [ip]`, `name [ip]` where both are alike, `(helo) [ip]` where there is no name.
fn exim_host(facts: &Facts) -> String {
    let Facts { client, helo, .. } = facts;
    match &facts.client_name.confirmed {
        Some(name) if helo.is_empty() || name.key().eq_ignore_ascii_case(helo) => format!("{name} [{client}]"),
        Some(name) => format!("{name} ({helo}) [{client}]"),
        None if helo.is_empty() => format!("[{client}]"),
        None => format!("({helo}) [{client}]"),
    }
}

fn sendmail_relay(facts: &Facts) -> String {
    let client = facts.client;
    match &facts.client_name.reverse {
        Some(name) if facts.client_name.confirmed.is_some() => format!("{name} [{client}]"),
        Some(name) => format!("{name} [{client}] (may be forged)"),
        None => format!("[{client}]"),
    }
}

fn bracketed(facts: &Facts) -> String {
    if facts.client.is_ipv6() { format!("[{}]", facts.client) } else { facts.client.to_string() }
}
