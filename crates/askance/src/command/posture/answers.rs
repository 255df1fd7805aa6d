//! Who answers an audit: zone files of some day, or a resolver now.

use core::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use askance_mail::{Answer, Audits, Posture, PostureRequest, Snapshot};
use askance_net::{Lookups, NetError, block_on};
use askance_proto::dns::Heard;
use askance_proto::{Inquiry, Outcome, Question, Reply, Step};
use askance_record::{Name, Timestamp};
use indicatif::ProgressBar;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::Problems;
use crate::cli;
use crate::diagnose::CliError;
use crate::printer::Printer;

/// Questions under way at a time.
const PARALLEL: usize = 32;

/// What `--zones` takes.
const ZONES_HELP: &str = "a folder of master files (RFC 1035 section 5), one zone a file, each with its SOA record";

/// Who answers, in words, and of which time the answers are.
pub(super) struct Answers {
    from: Origin,
    source: String,
    at: Option<Timestamp>,
}

enum Origin {
    Zones(Box<Snapshot>),
    Live(Lookups, Vec<SocketAddr>),
}

impl Answers {
    /// Reads the zone files, or finds the resolver.
    pub(super) fn open(options: &cli::AnswerOptions, problems: &mut Problems) -> Result<Self, CliError> {
        match &options.zones {
            Some(folder) => Self::of_zones(folder, options.as_of.as_deref(), problems),
            None => Self::live(options.resolver.as_deref()),
        }
    }

    fn of_zones(folder: &Path, as_of: Option<&str>, problems: &mut Problems) -> Result<Self, CliError> {
        let as_of = as_of.map(date).transpose()?;
        let (folder, day) = dated(folder, as_of)?;
        let snapshot = Snapshot::read_folder(&folder)?;
        if snapshot.zones().next().is_none() {
            let first = snapshot.problems.first().map_or_else(String::new, |(file, why)| format!(" ({file}: {why})"));
            let error = CliError::usage(format!("no zone file among its files{first}"), ZONES_HELP);
            return Err(error.about(folder.display().to_string()));
        }
        problems.extend(snapshot.problems.iter().cloned());
        let at = day.and_then(|day| day.to_zoned(TimeZone::UTC).ok()).map(|day| Timestamp::from(day.timestamp()));
        let source = format!("zone files in {}", folder.display());
        Ok(Self { from: Origin::Zones(Box::new(snapshot)), source, at })
    }

    fn live(resolver: Option<&str>) -> Result<Self, CliError> {
        let servers = crate::resolver::servers(resolver)?;
        let list: Vec<String> = servers.iter().map(ToString::to_string).collect();
        let whose = if resolver.is_some() { "resolver" } else { "system's resolver" };
        let source = format!("answers of the {whose} {}", list.join(", "));
        Ok(Self { from: Origin::Live(Lookups::new(&servers, PARALLEL), servers), source, at: Some(now()) })
    }

    /// A request for a name, with where the answers are from.
    pub(super) fn request(&self, name: Name) -> PostureRequest {
        PostureRequest { at: self.at, ..PostureRequest::new(name, self.source.clone()) }
    }

    /// The zones; `None` where a resolver answers.
    pub(super) fn snapshot(&self) -> Option<&Snapshot> {
        match &self.from {
            Origin::Zones(snapshot) => Some(snapshot),
            Origin::Live(..) => None,
        }
    }

    /// Audits names together.
    pub(super) fn audit(&self, requests: Vec<PostureRequest>, out: &Printer) -> Result<Vec<Posture>, CliError> {
        let mut audits = Audits::new(requests);
        let (lookups, servers) = match &self.from {
            Origin::Zones(snapshot) => return Ok(audits.run(|question| snapshot.answer(question))),
            Origin::Live(lookups, servers) => (lookups, servers),
        };
        let mut talk = Talk { lookups, servers, bar: out.spinner("asking"), asked: 0 };
        let postures = block_on(async {
            let mut answers = Vec::new();
            loop {
                match audits.answer(answers) {
                    Step::Done(postures) => return Ok::<_, CliError>(postures),
                    Step::Ask(questions) => {
                        let heard = talk.ask(&questions, audits.progress()).await?;
                        answers = heard.into_iter().map(answer).collect();
                    }
                }
            }
        })??;
        talk.bar.finish_and_clear();
        Ok(postures)
    }

    /// Runs an inquiry by a resolver to its end; nobody answers one here where there are zones.
    pub(super) fn inquire<V>(
        &self,
        mut inquiry: impl Inquiry<Verdict = Vec<V>>,
        out: &Printer,
    ) -> Result<Vec<V>, CliError> {
        let Origin::Live(lookups, servers) = &self.from else { return Ok(Vec::new()) };
        let mut talk = Talk { lookups, servers, bar: out.spinner("asking for names"), asked: 0 };
        let verdict = block_on(async {
            let mut replies: Vec<Reply> = Vec::new();
            loop {
                match inquiry.step(&replies) {
                    Step::Done(verdict) => return Ok::<_, CliError>(verdict),
                    Step::Ask(questions) => {
                        let heard = talk.ask(&questions, (0, 0)).await?;
                        replies = heard.into_iter().map(|heard| heard.reply).collect();
                    }
                }
            }
        })??;
        talk.bar.finish_and_clear();
        Ok(verdict)
    }
}

/// Questions to a resolver while somebody looks on.
struct Talk<'a> {
    lookups: &'a Lookups,
    servers: &'a [SocketAddr],
    bar: ProgressBar,
    asked: usize,
}

impl Talk<'_> {
    /// Asks a batch. Where nobody answers the first one at all, nobody will.
    async fn ask(&mut self, questions: &[Question], (done, all): (usize, usize)) -> Result<Vec<Heard>, CliError> {
        let (bar, mut asked) = (self.bar.clone(), self.asked);
        let names = if all > 1 { format!("; {done} of {all} names done") } else { String::new() };
        let mut tell = || {
            asked += 1;
            bar.set_message(format!("{asked} lookups answered{names}"));
        };
        let heard = self.lookups.ask(questions, &mut tell).await?;
        if self.asked == 0 && heard.iter().all(|heard| heard.reply.outcome == Outcome::Timeout) {
            self.bar.finish_and_clear();
            let servers: Vec<String> = self.servers.iter().map(ToString::to_string).collect();
            return Err(NetError::Silent { servers: servers.join(", ") }.into());
        }
        self.asked = asked;
        Ok(heard)
    }
}

/// What a resolver said, as an audit takes it. Without AD it is not known whether anybody validated.
fn answer(heard: Heard) -> Answer {
    let authentic = heard.authentic.then_some(true);
    Answer { authentic, ..Answer::from(heard.reply) }
}

/// A day such as `2016-05-04`.
fn date(text: &str) -> Result<Date, CliError> {
    text.parse().map_err(|_| CliError::usage(format!("--as-of {text:?} is not a date"), "a day such as 2016-05-04"))
}

/// The folder of zone files, and of which day they are: the last dated subfolder until `as_of`, or the folder itself.
fn dated(folder: &Path, as_of: Option<Date>) -> Result<(PathBuf, Option<Date>), CliError> {
    if folder.is_file() {
        let holds = folder.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let help =
            format!("give the folder that it is in, whose other zones may matter as well: --zones {}", holds.display());
        return Err(CliError::usage("a file, where --zones takes a folder", help).about(folder.display().to_string()));
    }
    if !folder.exists() {
        return Err(CliError::usage("no such folder", ZONES_HELP).about(folder.display().to_string()));
    }
    let mut days: Vec<(Date, PathBuf)> = Vec::new();
    for entry in folder.read_dir().map_err(|e| CliError::io(folder, e))? {
        let path = entry.map_err(|e| CliError::io(folder, e))?.path();
        let day = path.file_name().and_then(|name| name.to_str()).and_then(|name| name.parse::<Date>().ok());
        days.extend(day.filter(|_| path.is_dir()).map(|day| (day, path)));
    }
    days.sort();
    if days.is_empty() {
        return Ok((folder.to_owned(), as_of));
    }
    let until = days.iter().rfind(|(day, _)| as_of.is_none_or(|as_of| *day <= as_of));
    match (until, days.first()) {
        (Some((day, path)), _) => Ok((path.clone(), Some(*day))),
        (None, first) => {
            let first = first.map_or_else(String::new, |(day, _)| day.to_string());
            let message = format!("no zone files until --as-of; the first are of {first}");
            let error = CliError::usage(message, "choose a later day");
            Err(error.about(folder.display().to_string()))
        }
    }
}

/// The time of day, which stands with what a resolver says.
#[expect(clippy::disallowed_methods, reason = "the edge: answers have a time")]
fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_s(i64::try_from(since.as_secs()).unwrap_or(i64::MAX / 1_000_000))
}
