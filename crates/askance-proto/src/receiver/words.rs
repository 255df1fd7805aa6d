//! What the programs say: replies and log lines in their own words.
//!
//! # Source
//! Recorded: `cases/stale-ptr/records/mail-*.log.zst`; the replies as the senders' logs quote them.
//! Texts that the recording lacks: Postfix `smtpd_check.c`, Exim `smtp_in.c` and `acl.c`,
//! `OpenSMTPD` `smtp_session.c`, Sendmail `srvrsmtp.c` and `proto.m4`.

mod ids;
mod log;
mod refusal;

use askance_record::Timestamp;

pub(super) use ids::Ids;
pub(super) use log::{Line, Log, Parting};
pub(super) use refusal::Refusal;

use crate::receiver::{Facts, Program, ReceiverConfig};
use crate::smtp::{Command, MESSAGE_OCTETS_MAX, Reply};

/// The greeting.
///
/// - `early`: whether the client has spoken before it, which Sendmail refuses (`greet_pause`)
pub(super) fn greeting(config: &ReceiverConfig, facts: &Facts, early: bool, now: Timestamp) -> Reply {
    let host = &config.hostname;
    if early && config.profile.program() == Program::Sendmail {
        return Reply::new(554, format!("{host} ESMTP not accepting messages"));
    }
    let date = now.to_jiff().strftime("%a, %d %b %Y %H:%M:%S +0000");
    Reply::new(
        220,
        match config.profile.program() {
            Program::Postfix => format!("{host} ESMTP Postfix (Debian/GNU)"),
            Program::Exim => format!("{host} ESMTP Exim 4.96 {date}"),
            Program::OpenSmtpd => format!("{host} ESMTP OpenSMTPD"),
            Program::Sendmail => {
                let name = sendmail_client(facts);
                let state = if facts.client_name.confirmed.is_some() { "OK" } else { "FAIL" };
                format!(
                    "{host} ESMTP Sendmail 8.17.1.9/8.17.1.9/Debian-2; {date}; (No UCE/UBE) logging access from: \
                 {name}({state})-{name} [{}]",
                    facts.client
                )
            }
        },
    )
}

/// The answer to `EHLO` (`extended`) or `HELO`.
pub(super) fn hello(config: &ReceiverConfig, facts: &Facts, extended: bool) -> Reply {
    let (host, client) = (&config.hostname, facts.client);
    let first = match config.profile.program() {
        Program::Postfix => host.to_string(),
        Program::Exim => format!("{host} Hello {} [{client}]", exim_client(facts)),
        Program::OpenSmtpd => format!("{host} Hello {} [{client}], pleased to meet you", facts.helo),
        Program::Sendmail => format!("{host} Hello {} [{client}], pleased to meet you", sendmail_client(facts)),
    };
    let mut reply = Reply::new(250, first);
    if extended {
        let size = format!("SIZE {MESSAGE_OCTETS_MAX}");
        let words: &[&str] = match config.profile.program() {
            Program::Postfix => &["PIPELINING", &size, "VRFY", "ENHANCEDSTATUSCODES", "8BITMIME"],
            Program::Exim => &[&size, "8BITMIME", "PIPELINING"],
            Program::OpenSmtpd => &["8BITMIME", "ENHANCEDSTATUSCODES", &size],
            Program::Sendmail => &["ENHANCEDSTATUSCODES", "PIPELINING", "8BITMIME", &size],
        };
        reply.lines.extend(words.iter().map(|&word| word.to_owned()));
    }
    reply
}

fn exim_client(facts: &Facts) -> String {
    facts.client_name.confirmed.as_ref().map_or_else(|| facts.helo.clone(), ToString::to_string)
}

/// The client's name, or its address in brackets, and whether Sendmail doubts it.
fn sendmail_client(facts: &Facts) -> String {
    match &facts.client_name.reverse {
        Some(name) if facts.client_name.confirmed.is_some() => name.to_string(),
        Some(name) => format!("{name} (may be forged)"),
        None => format!("[{}]", facts.client),
    }
}

/// The answer to a command that needs no thought and is let pass.
pub(super) fn assent(config: &ReceiverConfig, command: &Command) -> Reply {
    use Program::{Exim, OpenSmtpd, Postfix, Sendmail};
    let program = config.profile.program();
    let with = |enhanced, text: String| match program {
        Exim => Reply::new(250, text),
        _ => Reply::enhanced(250, enhanced, text),
    };
    let ok = if program == Exim { "OK" } else { "Ok" };
    match command {
        Command::MailFrom { address, .. } => match program {
            Sendmail => with((2, 1, 0), format!("<{address}>... Sender ok")),
            OpenSmtpd => with((2, 0, 0), ok.to_owned()),
            Postfix | Exim => with((2, 1, 0), ok.to_owned()),
        },
        Command::RcptTo { address, .. } => with(
            (2, 1, 5),
            match program {
                Postfix => ok.to_owned(),
                Exim => "Accepted".to_owned(),
                OpenSmtpd => "Destination address valid: Recipient ok".to_owned(),
                Sendmail => format!("<{address}>... Recipient ok"),
            },
        ),
        Command::Data => Reply::new(
            354,
            match program {
                Postfix => "End data with <CR><LF>.<CR><LF>",
                Exim => "Enter message, ending with \".\" on a line by itself",
                OpenSmtpd | Sendmail => "Enter mail, end with \".\" on a line by itself",
            },
        ),
        Command::Rset => with(
            (2, 0, 0),
            match program {
                Postfix => ok.to_owned(),
                Exim => "Reset OK".to_owned(),
                OpenSmtpd | Sendmail => "Reset state".to_owned(),
            },
        ),
        Command::Quit => {
            let text = match program {
                Postfix | OpenSmtpd => "Bye".to_owned(),
                Exim | Sendmail => format!("{} closing connection", config.hostname),
            };
            if program == Exim { Reply::new(221, text) } else { Reply::enhanced(221, (2, 0, 0), text) }
        }
        _ => with((2, 0, 0), ok.to_owned()),
    }
}

/// The answer to a command that is not understood or not offered.
pub(super) fn dissent(config: &ReceiverConfig, command: &Command) -> Reply {
    let vrfy = matches!(command, Command::Vrfy(_));
    match (config.profile.program(), command) {
        (_, Command::Malformed(reply)) => reply.clone(),
        (Program::Postfix, Command::Vrfy(argument)) => Reply::enhanced(252, (2, 0, 0), argument.clone()),
        (Program::Exim, _) if vrfy => Reply::new(252, "Administrative prohibition"),
        (Program::Exim, Command::StartTls) => Reply::new(503, "STARTTLS command used when not advertised"),
        (Program::Exim, _) => Reply::new(500, "unrecognized command"),
        (_, _) if vrfy => {
            Reply::enhanced(252, (2, 5, 2), "Cannot VRFY user; try RCPT to attempt delivery (or try finger)")
        }
        (Program::Postfix, Command::StartTls) => Reply::enhanced(502, (5, 5, 1), "Error: command not implemented"),
        (Program::Postfix, _) => Reply::enhanced(502, (5, 5, 2), "Error: command not recognized"),
        (Program::OpenSmtpd, _) => Reply::enhanced(500, (5, 5, 1), "Invalid command: Command unrecognized"),
        (Program::Sendmail, Command::Other(line)) => {
            Reply::enhanced(500, (5, 5, 1), format!("Command unrecognized: \"{line}\""))
        }
        (Program::Sendmail, _) => Reply::enhanced(500, (5, 5, 1), "Command unrecognized"),
    }
}

/// The answer to a message that is taken.
pub(super) fn taken(config: &ReceiverConfig, queue_id: &str) -> Reply {
    match config.profile.program() {
        Program::Postfix => Reply::enhanced(250, (2, 0, 0), format!("Ok: queued as {queue_id}")),
        Program::Exim => Reply::new(250, format!("OK id={queue_id}")),
        _ => Reply::enhanced(250, (2, 0, 0), format!("{queue_id} Message accepted for delivery")),
    }
}

/// What a client is told that said nothing for too long.
pub(super) fn timeout(config: &ReceiverConfig) -> Reply {
    let host = &config.hostname;
    match config.profile.program() {
        Program::Exim => Reply::new(421, format!("{host}: SMTP command timeout - closing connection")),
        Program::Sendmail => Reply::enhanced(421, (4, 4, 1), format!("{host} timeout waiting for input")),
        _ => Reply::enhanced(421, (4, 4, 2), format!("{host} Error: timeout exceeded")),
    }
}

/// What a client is told that made too many mistakes.
pub(super) fn too_many_errors(config: &ReceiverConfig) -> Reply {
    let host = &config.hostname;
    match config.profile.program() {
        Program::Exim => Reply::new(421, format!("{host}: Too many syntax or protocol errors")),
        _ => Reply::enhanced(421, (4, 7, 0), format!("{host} Error: too many errors")),
    }
}

/// What a client is told when too many others are served.
pub(super) fn too_busy(config: &ReceiverConfig) -> Reply {
    match config.profile.program() {
        Program::Exim => Reply::new(421, "Too many concurrent SMTP connections; please try again later."),
        _ => Reply::enhanced(421, (4, 3, 2), format!("{} Error: too many connections", config.hostname)),
    }
}
