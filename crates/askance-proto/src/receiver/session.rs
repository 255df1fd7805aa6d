//! One session of a receiver.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use askance_record::{Name, RrType, Timestamp};

use crate::StreamId;
use crate::inquiry::Outcome;
use crate::receiver::words::{Log, Refusal};
use crate::receiver::{Check, Content, Facts, Filter, Finding, Phase, Profile, Program, Scope, Standing, Task};
use crate::smtp::{Command, ServerSession};

/// Names that a session remembers, at most.
const NAMES_MAX: usize = 1000;

/// One session of a receiver.
#[derive(Debug)]
pub(super) struct Session {
    pub(super) smtp: ServerSession,
    pub(super) facts: Facts,
    pub(super) log: Log,
    /// What the client waits for.
    pub(super) work: Option<Work>,
    /// Findings that stand until the next message or HELO.
    pub(super) settled: BTreeMap<Task, Finding>,
    /// Canonical names looked up before (Sendmail keeps them for the connection).
    pub(super) canonical: BTreeMap<Name, Standing>,
    /// Lookups that failed before (Exim does not make them again in the same process).
    pub(super) failures: BTreeMap<(Name, RrType), Outcome>,
    /// Forward paths taken.
    pub(super) recipients: Vec<String>,
    /// Whether the policy service has seen this message, and refused it.
    pub(super) policed: Option<bool>,
    /// The domains whose signatures of this message passed.
    pub(super) signed_by: Vec<String>,
    /// Commands refused.
    pub(super) errors: u32,
    /// The client's port.
    pub(super) port: u16,
    /// Whether the client has spoken before the greeting.
    pub(super) early: bool,
    /// Whether the client has left while its lookups are still under way.
    pub(super) gone: bool,
}

/// What a client waits for.
#[derive(Debug)]
pub(super) struct Work {
    pub(super) at: At,
    pub(super) queue: VecDeque<Errand>,
    /// Checks under way.
    pub(super) running: usize,
    /// What else is waited for, which the session's timer ends.
    pub(super) wait: Option<Wait>,
    pub(super) refusal: Option<Refusal>,
}

/// What the session's timer ends, besides silence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wait {
    /// A call-out.
    CallOut,
    /// The pause before the greeting.
    Pause,
}

/// Where in the session the client waits.
#[derive(Debug)]
pub(super) enum At {
    /// For the greeting.
    Connect,
    /// For the answer to `MAIL FROM` or `RCPT TO`.
    Command(Command),
    /// For the answer to a message.
    Message(Box<Content>),
}

/// One thing to be done before the answer.
#[derive(Debug)]
pub(super) enum Errand {
    /// A check of the profile.
    Task(Task),
    /// The client's host is asked who it is (RFC 1413).
    Ident,
    /// The greeting is held back.
    Pause,
    /// A client without confirmed name is refused.
    ClientGate,
    /// The sender's exchange is asked.
    CallOut,
    /// The forward path must be the receiver's.
    Recipient,
    /// A policy service is asked.
    Policy(Filter),
    /// A stranger is put off.
    Greylist,
    /// One check of a policy service.
    Policed(Filter, Box<Check>),
    /// A filter looks at the message, with all its checks at once.
    Content(Filter),
}

impl Work {
    pub(super) fn new(at: At, queue: VecDeque<Errand>) -> Self {
        Self { at, queue, running: 0, wait: None, refusal: None }
    }
}

impl Session {
    pub(super) fn new(smtp: ServerSession, facts: Facts, port: u16, session_id: String) -> Self {
        Self {
            smtp,
            facts,
            log: Log::new(session_id),
            work: None,
            settled: BTreeMap::new(),
            canonical: BTreeMap::new(),
            failures: BTreeMap::new(),
            recipients: Vec::new(),
            policed: None,
            signed_by: Vec::new(),
            errors: 0,
            port,
            early: false,
            gone: false,
        }
    }

    /// The client has said HELO or EHLO.
    pub(super) fn hello(&mut self, name: &str, extended: bool) {
        name.clone_into(&mut self.facts.helo);
        self.log.extended = extended;
        self.settled.retain(|task, _| task.scope() != Scope::Helo);
        self.new_message();
    }

    /// A message begins, or is given up.
    pub(super) fn new_message(&mut self) {
        self.facts.sender.clear();
        self.facts.sender_is_local = false;
        self.facts.recipient.clear();
        self.settled.retain(|task, _| task.scope() != Scope::Message);
        self.recipients.clear();
        self.policed = None;
        self.signed_by.clear();
        self.log.queue_id.clear();
    }

    /// What is known already of what a task would look up.
    pub(super) fn known(&self, task: Task) -> Option<Finding> {
        let domain = match task {
            Task::SenderCanonical => self.facts.sender_domain(),
            Task::RecipientCanonical => self.facts.recipient_domain(),
            _ => return self.settled.get(&task).cloned(),
        };
        self.canonical.get(&domain?).map(|standing| Finding::Standing(*standing))
    }

    /// Keeps a finding as long as it stands.
    pub(super) fn settle(&mut self, task: Task, finding: &Finding) {
        if let Finding::ClientName(name) = finding {
            self.facts.client_name = name.clone();
        }
        let domain = match task {
            Task::SenderCanonical => self.facts.sender_domain(),
            Task::RecipientCanonical => self.facts.recipient_domain(),
            _ => None,
        };
        if let (Some(domain), Finding::Standing(standing)) = (domain, finding)
            && *standing != Standing::Temporary
        {
            if self.canonical.len() >= NAMES_MAX {
                self.canonical.clear();
            }
            self.canonical.insert(domain, *standing);
        }
        if task.scope() != Scope::Once {
            self.settled.insert(task, finding.clone());
        }
    }

    /// Whether a finding refuses what the client wants.
    pub(super) fn judge(&self, task: Task, finding: &Finding) -> Option<Refusal> {
        let standing = match finding {
            Finding::Standing(standing) => *standing,
            Finding::Route(route) if task == Task::HeloAddresses => {
                let client = self.facts.client.to_canonical();
                let same = route.addresses.iter().any(|address| address.to_canonical() == client);
                return (!same).then_some(Refusal::Helo);
            }
            Finding::Route(route) => route.standing,
            _ => return None,
        };
        match (task, standing) {
            (Task::RecipientCanonical, _)
            | (_, Standing::Known)
            | (Task::HeloRecords | Task::SenderCanonical, Standing::NullMx) => None,
            (Task::HeloRecords, _) => Some(Refusal::Helo),
            (_, Standing::NullMx) => Some(Refusal::NullMx),
            (_, Standing::Unknown) => Some(Refusal::Sender { temporary: false }),
            (_, Standing::Temporary) => Some(Refusal::Sender { temporary: true }),
        }
    }
}

/// What is to be done before the greeting.
pub(super) fn connect_errands(profile: Profile) -> VecDeque<Errand> {
    let mut queue: VecDeque<_> = profile.tasks(Phase::Connect).iter().map(|&task| Errand::Task(task)).collect();
    if profile.program() == Program::Sendmail {
        queue.extend([Errand::Ident, Errand::Pause]);
    }
    queue
}

/// What is to be done before `RCPT TO` is answered.
pub(super) fn recipient_errands(profile: Profile, filters: &[Filter], greylisted: bool) -> VecDeque<Errand> {
    let mut queue = VecDeque::new();
    // Postfix refuses before it asks further; Exim has asked again by then, for `verify = helo`.
    if profile.wants_client_name() && profile.program() == Program::Postfix {
        queue.push_back(Errand::ClientGate);
    }
    for &task in profile.tasks(Phase::Rcpt) {
        // Postfix leaves the route of a probe to the probe, which a cached answer spares.
        if !(profile == Profile::PostfixVerify && task == Task::SenderRoute) {
            queue.push_back(Errand::Task(task));
        }
        if task == Task::ClientNameRetry {
            queue.push_back(Errand::ClientGate);
        }
    }
    if profile.calls_out() {
        queue.push_back(Errand::CallOut);
    }
    queue.push_back(Errand::Recipient);
    queue.extend(filters.iter().filter(|filter| filter.is_policy()).map(|&filter| Errand::Policy(filter)));
    if greylisted {
        queue.push_back(Errand::Greylist);
    }
    queue
}

/// When each stream is to be looked at again.
#[derive(Debug, Default)]
pub(super) struct Timers {
    by_time: BTreeSet<(Timestamp, StreamId)>,
    by_stream: BTreeMap<StreamId, Timestamp>,
}

impl Timers {
    pub(super) fn set(&mut self, id: StreamId, at: Timestamp) {
        self.clear(id);
        self.by_time.insert((at, id));
        self.by_stream.insert(id, at);
    }

    pub(super) fn clear(&mut self, id: StreamId) {
        if let Some(at) = self.by_stream.remove(&id) {
            self.by_time.remove(&(at, id));
        }
    }

    pub(super) fn first(&self) -> Option<Timestamp> {
        self.by_time.first().map(|(at, _)| *at)
    }

    /// The next stream whose time has come.
    pub(super) fn pop(&mut self, now: Timestamp) -> Option<StreamId> {
        let &(at, id) = self.by_time.first()?;
        (at <= now).then(|| self.clear(id))?;
        Some(id)
    }
}

/// When a program gives its messages an identifier.
pub(super) fn names_at_mail(program: Program) -> bool {
    program == Program::Sendmail
}
