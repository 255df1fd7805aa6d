//! The dialogue with a client: commands, what is due before their answers, and the answers.

use askance_record::Timestamp;

use super::{IDLE_US, Owner, Receiver, Why};
use crate::mail::{DmarcPolicy, Field, SpfResult};
use crate::receiver::session::{At, Errand, Wait, Work, names_at_mail, recipient_errands};
use crate::receiver::words::{self, Line, Parting, Refusal};
use crate::receiver::{Check, Content, Filter, Finding, Phase, Program};
use crate::smtp::{Command, Reply};
use crate::{Output, StreamId};

/// Recipients of one message, at most (`smtpd_recipient_limit`).
const RECIPIENTS_MAX: usize = 1000;

/// After so many refused commands a client is sent away (`smtpd_hard_error_limit`).
const ERRORS_MAX: u32 = 20;

impl Receiver {
    /// Goes on with a session until it waits.
    pub(super) fn advance(&mut self, now: Timestamp, id: StreamId) {
        while let Some(session) = self.sessions.get_mut(&id) {
            let Some(work) = &mut session.work else {
                self.timers.set(id, now.plus_us(IDLE_US));
                let Some(command) = session.smtp.next() else {
                    if session.gone {
                        self.end(id, Parting::Lost);
                    }
                    return;
                };
                self.command(now, id, command);
                continue;
            };
            if work.running > 0 {
                return;
            }
            match work.queue.pop_front().filter(|_| work.refusal.is_none()) {
                Some(errand) => self.errand(now, id, errand),
                None => self.conclude(now, id),
            }
        }
    }

    fn command(&mut self, now: Timestamp, id: StreamId, command: Command) {
        let Some(session) = self.sessions.get_mut(&id) else { return };
        let config = &self.config;
        match &command {
            Command::Helo(name) | Command::Ehlo(name) => {
                let extended = matches!(command, Command::Ehlo(_));
                session.hello(name, extended);
                let reply = words::hello(config, &session.facts, extended);
                self.answer(now, id, &command, &reply);
            }
            Command::MailFrom { address, .. } => {
                session.new_message();
                session.facts.sender.clone_from(address);
                session.facts.sender_is_local = config.is_own(address);
                if names_at_mail(config.profile.program()) {
                    session.log.queue_id = self.ids.message(now);
                }
                let tasks = config.profile.tasks(Phase::Mail);
                let queue = tasks.iter().map(|&task| Errand::Task(task)).collect();
                session.work = Some(Work::new(At::Command(command), queue));
            }
            Command::RcptTo { address, .. } => {
                session.facts.recipient.clone_from(address);
                let queue = recipient_errands(config.profile, &config.filters, config.greylist.is_some());
                session.work = Some(Work::new(At::Command(command), queue));
            }
            Command::Message(_) => self.content(now, id, command),
            Command::Data | Command::Noop => {
                let reply = words::assent(config, &command);
                self.answer(now, id, &command, &reply);
            }
            Command::Rset => {
                session.new_message();
                let reply = words::assent(config, &command);
                self.answer(now, id, &command, &reply);
            }
            Command::Quit => {
                let reply = words::assent(config, &command);
                self.answer(now, id, &command, &reply);
                self.end(id, Parting::Quit);
            }
            Command::StartTls | Command::Vrfy(_) | Command::Other(_) | Command::Malformed(_) => {
                let reply = words::dissent(config, &command);
                self.answer(now, id, &command, &reply);
            }
        }
    }

    /// A message has come: what runs behind the server looks at it.
    fn content(&mut self, now: Timestamp, id: StreamId, command: Command) {
        let Command::Message(octets) = command else { return };
        let Some(session) = self.sessions.get_mut(&id) else { return };
        let content = Box::new(Content::read(octets));
        // Exim verifies signatures itself.
        let exim = self.config.profile.program() == Program::Exim && !self.config.filters.contains(&Filter::Dkim);
        let filters = exim.then_some(Filter::Dkim).into_iter().chain(self.config.filters.iter().copied());
        let queue = filters.map(Errand::Content).collect();
        session.work = Some(Work::new(At::Message(content), queue));
        self.timers.set(id, now.plus_us(IDLE_US));
    }

    fn errand(&mut self, now: Timestamp, id: StreamId, errand: Errand) {
        let Some(session) = self.sessions.get_mut(&id) else { return };
        match errand {
            Errand::Task(task) => {
                if let Some(finding) = session.known(task) {
                    let refusal = session.judge(task, &finding);
                    return self.refuse(id, refusal);
                }
                let check = task.check(self.config.profile, &session.facts);
                self.check(now, id, Why::Task(task), check);
            }
            Errand::Ident => self.ident(now, id),
            Errand::Pause => self.pause(now, id),
            Errand::ClientGate => {
                let unknown = session.facts.client_name.confirmed.is_none();
                self.refuse(id, unknown.then_some(Refusal::ClientName));
            }
            Errand::CallOut => self.call_out(now, id),
            Errand::Recipient => {
                let to = &session.facts.recipient;
                let refusal = match (self.config.is_own(to), self.config.has_user(to)) {
                    (true, true) => None,
                    (true, false) => Some(Refusal::User),
                    (false, _) => Some(Refusal::Relay),
                };
                self.refuse(id, refusal);
            }
            Errand::Policy(filter) => {
                let now_s = now.us().div_euclid(1_000_000);
                if let Some(refused) = session.policed {
                    return self.refuse(id, refused.then_some(Refusal::Spf));
                }
                session.policed = Some(false);
                let checks = filter.policy_checks(&session.facts, &self.config.hostname, now_s);
                if let Some(work) = &mut session.work {
                    for check in checks.into_iter().rev() {
                        work.queue.push_front(Errand::Policed(filter, Box::new(check)));
                    }
                }
            }
            Errand::Greylist => {
                let Some(config) = self.config.greylist else { return };
                let facts = &session.facts;
                let admits = self.greylist.admits(now, config, facts.client, &facts.sender, &facts.recipient);
                self.refuse(id, (!admits).then_some(Refusal::Greylisted { delay_s: config.delay_s }));
            }
            Errand::Policed(filter, check) => self.check(now, id, Why::Filter(filter), Some(*check)),
            Errand::Content(filter) => {
                let Some(Work { at: At::Message(content), .. }) = &session.work else { return };
                let now_s = now.us().div_euclid(1_000_000);
                let (facts, signed_by) = (&session.facts, &session.signed_by);
                for check in filter.content_checks(facts, content, signed_by, &self.config.hostname, now_s) {
                    self.check(now, id, Why::Filter(filter), Some(check));
                }
            }
        }
    }

    fn check(&mut self, now: Timestamp, id: StreamId, why: Why, check: Option<Check>) {
        let Some(check) = check else { return };
        if let Some(work) = self.sessions.get_mut(&id).and_then(|session| session.work.as_mut()) {
            work.running += 1;
        }
        if let Some(finding) = self.begin(now, Owner::Session(id), why, check) {
            self.found(id, why, &finding);
        }
    }

    /// A check of a session is done.
    pub(super) fn found(&mut self, id: StreamId, why: Why, finding: &Finding) {
        let Some(session) = self.sessions.get_mut(&id) else { return };
        if let Finding::Dkim(verdict) = finding {
            session.signed_by = verdict.passing_domains().map(str::to_owned).collect();
        }
        let refusal = match why {
            Why::Task(task) => {
                session.settle(task, finding);
                session.judge(task, finding)
            }
            Why::Filter(filter) if self.config.enforces => enforce(filter, finding),
            Why::Filter(_) => None,
        };
        if refusal == Some(Refusal::Spf) {
            session.policed = Some(true);
        }
        if let Some(work) = &mut session.work {
            work.running = work.running.saturating_sub(1);
        }
        self.refuse(id, refusal);
    }

    /// The first refusal stands.
    pub(super) fn refuse(&mut self, id: StreamId, refusal: Option<Refusal>) {
        if let (Some(refusal), Some(session)) = (refusal, self.sessions.get_mut(&id))
            && let Some(work) = &mut session.work
        {
            work.refusal.get_or_insert(refusal);
        }
    }

    /// Everything due before the answer is done.
    fn conclude(&mut self, now: Timestamp, id: StreamId) {
        let Some(session) = self.sessions.get_mut(&id) else { return };
        let Some(work) = session.work.take() else { return };
        let refusal = work.refusal.map(|refusal| refusal.reply(self.config.profile.program(), &session.facts));
        match work.at {
            At::Connect => {
                session.log.connected(&self.config, &session.facts, &mut self.out);
                if !session.gone {
                    let greeting = words::greeting(&self.config, &session.facts, session.early, now);
                    let octets = session.smtp.greet(&greeting);
                    self.out.push(Output::Write { id, octets });
                }
            }
            At::Command(command) => {
                let full = matches!(command, Command::RcptTo { .. }) && session.recipients.len() >= RECIPIENTS_MAX;
                let full = full.then(|| Reply::enhanced(452, (4, 5, 3), "Error: too many recipients"));
                let reply = refusal.or(full).unwrap_or_else(|| words::assent(&self.config, &command));
                if matches!(command, Command::RcptTo { .. }) && reply.is_success() {
                    self.take_recipient(now, id);
                }
                self.answer(now, id, &command, &reply);
            }
            At::Message(content) => {
                let command = Command::Message(Vec::new());
                let reply = refusal.unwrap_or_else(|| self.take_message(now, id, &content));
                self.answer(now, id, &command, &reply);
                if let Some(session) = self.sessions.get_mut(&id) {
                    session.new_message();
                }
            }
        }
    }

    fn take_recipient(&mut self, now: Timestamp, id: StreamId) {
        let Some(session) = self.sessions.get_mut(&id) else { return };
        session.recipients.push(session.facts.recipient.clone());
        if session.recipients.len() == 1 && self.config.profile.program() == Program::Postfix {
            session.log.queue_id = self.ids.message(now);
            session.log.message(&self.config, &session.facts, &Line::Opened, &mut self.out);
        }
    }

    fn take_message(&mut self, now: Timestamp, id: StreamId, content: &Content) -> Reply {
        let Some(session) = self.sessions.get_mut(&id) else { return words::taken(&self.config, "") };
        if session.log.queue_id.is_empty() {
            session.log.queue_id = self.ids.message(now);
        }
        let message = session.log.queue_id.clone();
        let recipients: Vec<_> =
            session.recipients.iter().map(|to| (to.clone(), self.ids.envelope(&message))).collect();
        let message_id = content.message.field("message-id").map(Field::unfolded).unwrap_or_default();
        // Header fields are the client's text: a log line holds none of their control characters.
        let message_id: String = message_id.trim().chars().filter(|c| !c.is_control()).take(256).collect();
        let size = content.message.octets().len();
        let line = Line::Taken { message_id: &message_id, size, recipients: &recipients };
        session.log.message(&self.config, &session.facts, &line, &mut self.out);
        words::taken(&self.config, &message)
    }

    fn answer(&mut self, now: Timestamp, id: StreamId, command: &Command, reply: &Reply) {
        let Some(session) = self.sessions.get_mut(&id) else { return };
        let refused = reply.code >= 400;
        if refused {
            session.errors += 1;
            let verb = match command {
                Command::MailFrom { .. } => Some("MAIL"),
                Command::RcptTo { .. } => Some("RCPT"),
                Command::Message(_) => Some("END-OF-MESSAGE"),
                _ => None,
            };
            if let Some(verb) = verb {
                session.log.message(&self.config, &session.facts, &Line::Refused { verb, reply }, &mut self.out);
            }
        }
        session.log.count(command, reply);
        let too_many = session.errors >= ERRORS_MAX && refused;
        let octets = if too_many {
            session.smtp.answer(&words::too_many_errors(&self.config))
        } else {
            session.smtp.answer(reply)
        };
        if !session.gone {
            self.out.push(Output::Write { id, octets });
        }
        self.timers.set(id, now.plus_us(IDLE_US));
        if session.smtp.is_over() && *command != Command::Quit {
            self.end(id, Parting::Dropped);
        }
    }

    /// The client closed, or the connection broke. Lookups under way go on, as a program's would that is
    /// waiting for its resolver and hears of it later.
    pub(super) fn lost(&mut self, now: Timestamp, id: StreamId) {
        if let Some(session) = self.sessions.get_mut(&id) {
            session.gone = true;
            if session.work.is_none() {
                self.advance(now, id);
            }
        }
    }

    /// The time of a session has come.
    pub(super) fn overdue(&mut self, now: Timestamp, id: StreamId) {
        let Some(session) = self.sessions.get_mut(&id) else { return };
        match &session.work {
            Some(Work { wait: Some(Wait::CallOut), .. }) => self.call_out_takes_long(now, id),
            Some(Work { wait: Some(Wait::Pause), .. }) => self.paused(now, id),
            Some(_) => {}
            None => {
                let octets = words::timeout(&self.config).render();
                self.out.push(Output::Write { id, octets });
                self.end(id, Parting::Timeout);
            }
        }
    }

    fn end(&mut self, id: StreamId, how: Parting) {
        let Some(session) = self.sessions.remove(&id) else { return };
        self.timers.clear(id);
        session.log.parted(&self.config, &session.facts, how, &mut self.out);
        if !session.gone {
            self.out.push(Output::Close { id });
        }
    }
}

/// Whether a filter's finding refuses the message.
fn enforce(filter: Filter, finding: &Finding) -> Option<Refusal> {
    match (filter, finding) {
        (Filter::Spf, Finding::Spf(verdict)) if verdict.result == SpfResult::Fail => Some(Refusal::Spf),
        (_, Finding::Dmarc(verdict)) if verdict.disposition == DmarcPolicy::Reject => Some(Refusal::Dmarc),
        _ => None,
    }
}
