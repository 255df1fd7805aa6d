//! Hosts of a test, on threads of its own process: they keep the log that proves what a survey did.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{IpAddr, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread;
use std::time::{Duration, Instant};

/// How long a test waits for what a survey is about to do.
const PATIENCE: Duration = Duration::from_mins(1);

/// What the hosts saw, in order.
#[derive(Default)]
pub(crate) struct Log {
    /// Connections by host, each with its beginning, its end, and whether it was held.
    pub(crate) visits: Vec<Visit>,
    /// From this connection on, of all hosts together, nobody is answered.
    hold_from: usize,
    /// Those who are held.
    held: Vec<TcpStream>,
}

/// One connection as its host saw it.
#[derive(Clone, Debug)]
pub(crate) struct Visit {
    pub(crate) host: IpAddr,
    pub(crate) began: Instant,
    pub(crate) ended: Option<Instant>,
    pub(crate) held: bool,
    pub(crate) said: Vec<String>,
}

/// Hosts that share a log.
#[derive(Clone)]
pub(crate) struct Hosts {
    port: u16,
    shared: Arc<(Mutex<Log>, Condvar)>,
}

impl Hosts {
    /// Nobody yet; all will listen at this port.
    pub(crate) fn new(port: u16) -> Self {
        let log = Log { hold_from: usize::MAX, ..Log::default() };
        Self { port, shared: Arc::new((Mutex::new(log), Condvar::new())) }
    }

    /// Lets a host listen; `says` has what it answers to a command, to `""` its greeting.
    pub(crate) fn listen(&self, address: &str, says: fn(&str) -> &'static str) {
        let host: IpAddr = address.parse().expect("an address");
        let listener = TcpListener::bind(SocketAddr::new(host, self.port)).expect("a free port");
        let hosts = self.clone();
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let hosts = hosts.clone();
                thread::spawn(move || hosts.converse(stream, host, says));
            }
        });
    }

    fn converse(&self, stream: TcpStream, host: IpAddr, says: fn(&str) -> &'static str) {
        let (n, held) = self.change(|log| {
            let (n, began) = (log.visits.len(), Instant::now());
            let held = n + 1 >= log.hold_from;
            log.visits.push(Visit { host, began, ended: None, held, said: Vec::new() });
            if held {
                log.held.push(stream.try_clone().expect("another handle"));
            }
            (n, held)
        });
        let mut stream = BufReader::new(stream);
        let mut line = String::new();
        loop {
            if !held && stream.get_mut().write_all(says(line.trim_end()).as_bytes()).is_err() {
                break;
            }
            line.clear();
            if !matches!(stream.read_line(&mut line), Ok(1..)) {
                break;
            }
            self.change(|log| log.visits[n].said.push(line.trim_end().to_owned()));
        }
        self.change(|log| log.visits[n].ended = Some(Instant::now()));
    }

    fn change<T>(&self, change: impl FnOnce(&mut Log) -> T) -> T {
        let result = change(&mut self.log());
        self.shared.1.notify_all();
        result
    }

    /// What was seen until now.
    pub(crate) fn log(&self) -> MutexGuard<'_, Log> {
        self.shared.0.lock().expect("no host panics")
    }

    /// From the n-th connection on, counted from 1 over all hosts, nobody is answered.
    pub(crate) fn hold_from(&self, n: usize) {
        self.change(|log| log.hold_from = n);
    }

    /// Hangs up on everybody who is held, and holds nobody any more.
    pub(crate) fn hang_up(&self) {
        self.change(|log| {
            log.hold_from = usize::MAX;
            // Whoever has left already cannot be hung up on.
            log.held.drain(..).for_each(|stream| drop(stream.shutdown(std::net::Shutdown::Both)));
        });
    }

    /// Waits until the log is as wanted.
    #[track_caller]
    pub(crate) fn wait(&self, what: &str, mut is_so: impl FnMut(&Log) -> bool) {
        let waited = self.shared.1.wait_timeout_while(self.log(), PATIENCE, |log| !is_so(log)).expect("no host panics");
        assert!(!waited.1.timed_out(), "{what} did not come: {:?}", waited.0.visits);
    }

    /// The most visitors at a time, by what `of` says of a host.
    pub(crate) fn most_at_a_time<K: Ord>(&self, of: impl Fn(IpAddr) -> K) -> BTreeMap<K, usize> {
        let visits = self.log().visits.clone();
        let mut most = BTreeMap::new();
        for visit in &visits {
            let key = of(visit.host);
            let there =
                |v: &&Visit| of(v.host) == key && v.began <= visit.began && v.ended.is_none_or(|end| end > visit.began);
            let now = visits.iter().filter(there).count();
            let entry = most.entry(key).or_insert(0);
            *entry = now.max(*entry);
        }
        most
    }
}

/// A mail server that takes everything.
pub(crate) fn open(command: &str) -> &'static str {
    match command.split(' ').next().unwrap_or_default() {
        "" => "220 mx.brand.example ESMTP\r\n",
        "QUIT" => "221 2.0.0 Bye\r\n",
        _ => "250 2.0.0 Ok\r\n",
    }
}

/// One that takes no mail, and says so in its greeting.
pub(crate) fn sends(_: &str) -> &'static str {
    "521 mx.brand.example does not accept mail\r\n"
}
