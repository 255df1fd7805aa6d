//! The binary as a child that serves, and daemons of others beside it.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use crate::run::root;

/// How long a foreign program may take to do what a test waits for.
const PATIENCE: Duration = Duration::from_secs(30);

/// A child that does not outlive the test.
pub(crate) struct Running(Child);

impl Running {
    pub(crate) fn start(command: &mut Command) -> Self {
        Self(command.spawn().expect("a program that is there"))
    }

    /// Asks it to end, and says how it did.
    pub(crate) fn interrupt(&mut self) -> Option<i32> {
        let pid = self.0.id().to_string();
        let asked = Command::new("kill").args(["-INT", &pid]).status().expect("kill is everywhere");
        assert!(asked.success(), "it ran until here");
        self.0.wait().expect("it is our child").code()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

/// `askance lab serve`, ready.
pub(crate) struct Served {
    child: Running,
    stderr: PathBuf,
    _dir: tempfile::TempDir,
    _stdout: BufReader<ChildStdout>,
}

impl Served {
    /// Serves a scenario, and returns when all sockets are open.
    pub(crate) fn start(scenario: &str, more: &[&str]) -> Self {
        Self::start_with(Command::new(env!("CARGO_BIN_EXE_askance")), scenario, more)
    }

    /// The same in a namespace.
    pub(crate) fn start_in(namespace: &Namespace, scenario: &str, more: &[&str]) -> Self {
        Self::start_with(namespace.command(env!("CARGO_BIN_EXE_askance")), scenario, more)
    }

    fn start_with(mut command: Command, scenario: &str, more: &[&str]) -> Self {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let stderr = dir.path().join("stderr");
        let file = File::create(&stderr).expect("a file in it");
        // Whoever enters a namespace is in its root folder.
        command.args(["lab", "serve"]).arg(root().join(scenario)).args(more).stderr(file);
        let mut child = Running::start(command.stdout(Stdio::piped()));
        let mut stdout = BufReader::new(child.0.stdout.take().expect("piped"));
        let mut line = String::new();
        stdout.read_line(&mut line).expect("standard output is UTF-8");
        assert_eq!(line, "ready\n", "{}", content(&stderr));
        Self { child, stderr, _dir: dir, _stdout: stdout }
    }

    /// Interrupts it; what it said, and how it ended.
    pub(crate) fn stop(mut self) -> (String, Option<i32>) {
        let code = self.child.interrupt();
        (content(&self.stderr), code)
    }
}

/// The text of a file, empty where there is none yet.
pub(crate) fn content(path: &Path) -> String {
    let mut text = Vec::new();
    File::open(path).and_then(|mut f| f.read_to_end(&mut text)).ok();
    String::from_utf8_lossy(&text).into_owned()
}

/// Waits until a log says something, and returns all of it.
///
/// Foreign daemons tell of themselves in files only, so these are looked at now and then, for a bounded time.
#[track_caller]
pub(crate) fn wait_for(log: &Path, count: usize, what: &str) -> String {
    let text = || content(log);
    look(|| text().matches(what).count() >= count);
    let text = text();
    assert!(text.matches(what).count() >= count, "{what:?} is not {count} times in the log:\n{text}");
    text
}

/// Looks at something of a foreign daemon until it is so, for a bounded time.
pub(crate) fn look(mut is_so: impl FnMut() -> bool) {
    let began = Instant::now();
    while !is_so() && began.elapsed() < PATIENCE {
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Network and mounts of its own, in which everybody may have port 53.
pub(crate) struct Namespace {
    pid: String,
    _holder: Running,
    _stdin: ChildStdin,
}

impl Namespace {
    /// A namespace whose loopback interface is up, after `setup`; `None` where the machine gives none.
    pub(crate) fn new(setup: &str) -> Option<Self> {
        // The kernel ends whatever is left in the namespace of processes with its first one, which ends with ours.
        let script = format!(
            "set -e; ip link set lo up; {setup}\nread -r pid rest </proc/self/stat; echo $pid; exec cat >/dev/null"
        );
        let arguments = ["--mount", "--net", "--pid", "--fork", "--kill-child", "sh", "-c", &script];
        let mut command = Command::new("unshare");
        command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut holder = Running(command.spawn().ok()?);
        let stdin = holder.0.stdin.take().expect("piped");
        let mut pid = String::new();
        let mut stdout = BufReader::new(holder.0.stdout.take().expect("piped"));
        stdout.read_line(&mut pid).expect("a number");
        let pid = pid.trim().to_owned();
        (!pid.is_empty()).then_some(Self { pid, _holder: holder, _stdin: stdin })
    }

    /// A program in its network and mounts; its own process, so that signals reach it.
    pub(crate) fn command(&self, program: &str) -> Command {
        let mut command = Command::new("nsenter");
        command.args(["--target", &self.pid, "--mount", "--net", "--", program]);
        command
    }

    /// A program that starts others, all of which end with the namespace.
    pub(crate) fn command_of_many(&self, program: &str) -> Command {
        let mut command = Command::new("nsenter");
        command.args(["--target", &self.pid, "--mount", "--net", "--pid", "--", program]);
        command
    }
}
