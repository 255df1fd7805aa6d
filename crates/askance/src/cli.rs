//! The command line.

use std::net::IpAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

/// Explains suspicious DNS lookups: which mechanism made them, how strongly the
/// records support that against the alternatives, and what would settle it.
#[derive(Debug, Parser)]
#[command(name = "askance", version, propagate_version = true, max_term_width = 80)]
#[command(after_help = "Exit codes: 0 done; 1 a check answered \"no\"; 2 error; 3 done, but some input was skipped.")]
pub(crate) struct Cli {
    /// Say nothing but the result.
    #[arg(short, long, global = true)]
    pub(crate) quiet: bool,
    /// When to use colour.
    #[arg(long, global = true, value_enum, default_value_t = When::Auto)]
    pub(crate) color: When,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// When to do something that only suits a terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum When {
    /// On a terminal.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Read a case, attribute its series, test its claims, write the report.
    #[command(after_help = "Example:\n  askance investigate cases/stale-ptr --out out/stale-ptr")]
    Investigate(Investigate),
    /// Read logs and captures of any format into a Parquet archive.
    #[command(after_help = "Example:\n  askance intake named-query.log.gz resolver.pcap --archive lookups.askance")]
    Intake(Intake),
    /// Rank and explain every series of lookups by one client for one name.
    #[command(after_help = "Example:\n  askance hunt dns.log\n  askance hunt --archive lookups.askance --json-lines")]
    Hunt(Hunt),
    /// Explain one name in depth: candidates, likelihood ratios, what would settle it.
    #[command(after_help = "Example:\n  askance explain mail1.hotel-brand.example dns.log")]
    Explain(Explain),
    /// Say what the DNS holds for mail names, what follows, and whether their siblings look the same.
    #[command(
        after_help = "Example:\n  askance posture mail1.hotel-brand-email.example\n  askance posture mail1.hotel-brand-email.example --zones zones/ --as-of 2016-05-04\n  askance posture mail1.hotel-brand-email.example --fleet siblings.txt --html posture.html\n\nWithout --zones it asks the system's resolver, or that of --resolver, and nobody else.\nExit code 1: a name asked for has a finding of the severity fault.\ndocs/reference/posture.md lists every finding."
    )]
    Posture(Posture),
    /// Compare the configuration of a name, or how often it is looked up, with its peers.
    #[command(
        after_help = "Example:\n  askance compare mail1.hotel-brand-email.example --with mail1.seaside-email.example mail1.tower-email.example\n\nWithout --zones it asks the system's resolver, or that of --resolver, and nobody else.\nWith --case it compares how often they are looked up, by the records of a case, under conditions that can veto:\n  askance compare mail1.hotel-brand.example --with mail2.other-hotel.example --case cases/stale-ptr"
    )]
    Compare(Compare),
    /// Ask an archive in SQL.
    #[command(
        after_help = "Example:\n  askance query \"SELECT qname, count(*) AS n FROM lookups GROUP BY 1 ORDER BY 2 DESC LIMIT 10\" --archive lookups.askance\n\nTables: lookups, flows, mail, ledger."
    )]
    Query(Query),
    /// Measure accuracy and calibration against labels.
    #[command(
        after_help = "Example:\n  askance evaluate cases/stale-ptr\n  askance evaluate corpus/mechanisms/* --ablate all --plots out/plots\n  askance evaluate corpus/mechanisms/* --scores out/scores.jsonl\n\nRecorded and simulated series are never added up together. docs/reference/evaluate.md\nsays what each number means."
    )]
    Evaluate(Evaluate),
    /// Write the HTML report of a case JSON again.
    #[command(after_help = "Example:\n  askance report out/stale-ptr/case.json --out report.html")]
    Report(Report),
    /// Ask mail servers what they are to strangers, politely and without sending anything.
    #[command(
        after_help = "Example:\n  askance survey 192.168.7.0/24 --dry-run\n  askance survey 192.168.7.0/24 --from survey@probe.example --from post@other.example\n\nStages, classes and etiquette: docs/reference/survey.md. Begun again with the same journal\nit goes on where it was and asks nobody twice."
    )]
    Survey(Survey),
    /// Recompute the hashes of a case and say what changed.
    #[command(
        after_help = "Example:\n  askance verify cases/stale-ptr\n  askance verify cases/stale-ptr --against out/stale-ptr/case.json\n  askance verify cases/stale-ptr --timestamp-request root.tsq\n\nNothing is sent. To have the request stamped and to check the answer:\n  openssl ts -query -in root.tsq -text\n  curl -H 'Content-Type: application/timestamp-query' --data-binary @root.tsq \\\n    -o root.tsr https://stamps.example/\n  openssl ts -verify -queryfile root.tsq -in root.tsr -CAfile authority.pem\n\nExit code 1: something changed or is missing. \"Unchanged\" says nothing about\nwhether the records were complete. What is hashed: docs/reference/custody.md"
    )]
    Verify(Verify),
    /// Re-create a story in a laboratory: its records, and the truth beside them.
    #[command(subcommand)]
    Lab(Lab),
    /// List the formats that are read.
    #[command(after_help = "Example:\n  askance formats")]
    Formats(Formats),
    /// Print shell completions.
    #[command(after_help = "Example:\n  askance completions bash > /etc/bash_completion.d/askance")]
    Completions(Completions),
    /// Print the manual page.
    #[command(after_help = "Example:\n  askance man > askance.1")]
    Man,
}

#[derive(Debug, Args)]
pub(crate) struct Investigate {
    /// The case folder, or its case.toml.
    pub(crate) case: PathBuf,
    /// Where to write report.html, case.json, custody.json and the archive.
    #[arg(
        long,
        value_name = "DIR",
        help = "Where to write report.html, case.json, custody.json and the archive [default: out/NAME]"
    )]
    pub(crate) out: Option<PathBuf>,
    /// Print the case JSON instead of the summary.
    #[arg(long)]
    pub(crate) json: bool,
    /// Leave out sources that the case marks as synthetic.
    #[arg(long)]
    pub(crate) without_synthetic: bool,
}

/// How to read inputs that do not tell everything themselves.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct InputOptions {
    /// Format of all inputs, when their content does not tell.
    #[arg(long, value_name = "FORMAT")]
    pub(crate) format: Option<String>,
    /// Where the lookups were seen: stub, resolver-client, resolver-upstream, authoritative, passive.
    #[arg(long, value_name = "VANTAGE")]
    pub(crate) vantage: Option<String>,
    /// Time zone of stamps that name none.
    #[arg(long, value_name = "ZONE")]
    pub(crate) zone: Option<String>,
    /// Year of the first stamp, when stamps name none.
    #[arg(long, value_name = "YEAR")]
    pub(crate) year: Option<i16>,
    /// Columns of delimited text, such as 'delimiter=|;columns=ts,qname,client;qtype=A'.
    #[arg(long, value_name = "MAP")]
    pub(crate) csv_map: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Intake {
    /// Logs and captures; compressed ones too.
    #[arg(required = true, value_name = "INPUT")]
    pub(crate) inputs: Vec<PathBuf>,
    /// The archive to add to.
    #[arg(long, value_name = "DIR")]
    pub(crate) archive: PathBuf,
    #[command(flatten)]
    pub(crate) options: InputOptions,
    /// Print the ledger as one JSON document.
    #[arg(long)]
    pub(crate) json: bool,
}

/// Records to look at: files, or an archive made by `intake`.
#[derive(Clone, Debug, Args)]
pub(crate) struct Records {
    /// Logs and captures; compressed ones too.
    #[arg(value_name = "INPUT", required_unless_present = "archive", conflicts_with = "archive")]
    pub(crate) inputs: Vec<PathBuf>,
    /// An archive made by `intake`.
    #[arg(long, value_name = "DIR")]
    pub(crate) archive: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) options: InputOptions,
}

#[derive(Debug, Args)]
pub(crate) struct Hunt {
    #[command(flatten)]
    pub(crate) records: Records,
    /// Print one JSON object a series.
    #[arg(long)]
    pub(crate) json_lines: bool,
    /// Leave out series of fewer lookups.
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) min_n: u64,
}

#[derive(Debug, Args)]
pub(crate) struct Explain {
    /// The name.
    pub(crate) name: String,
    #[command(flatten)]
    pub(crate) records: Records,
    /// Only this client's lookups.
    #[arg(long)]
    pub(crate) client: Option<String>,
    /// Print one JSON object a series.
    #[arg(long)]
    pub(crate) json_lines: bool,
}

/// Who answers what is asked of the DNS.
#[derive(Clone, Debug, Args)]
pub(crate) struct AnswerOptions {
    /// Answer from the zone files of a folder, or of its newest dated subfolder, and ask nobody.
    #[arg(long, value_name = "DIR")]
    pub(crate) zones: Option<PathBuf>,
    /// Of which day the zone files are; of dated subfolders the last one until then is taken.
    #[arg(long, value_name = "DATE", requires = "zones")]
    pub(crate) as_of: Option<String>,
    /// The resolver to ask, instead of the system's.
    #[arg(long, value_name = "ADDR[:PORT]", conflicts_with = "zones")]
    pub(crate) resolver: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Posture {
    /// The names.
    #[arg(value_name = "NAME", required_unless_present = "list")]
    pub(crate) names: Vec<String>,
    /// More names, one a line; `#` begins a comment.
    #[arg(long, value_name = "FILE")]
    pub(crate) list: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) answers: AnswerOptions,
    /// Compare with siblings: a network, or a file of names.
    #[arg(long, value_name = "CIDR|FILE")]
    pub(crate) fleet: Option<String>,
    /// A selector of DKIM keys, beside those that are known; may be repeated.
    #[arg(long = "selector", value_name = "S")]
    pub(crate) selectors: Vec<String>,
    /// What a file says of a role, quoted: registrant, admin-contact, dns-operator, address-operator or
    /// sending-operator; may be repeated.
    #[arg(long = "evidence", value_name = "ROLE=FILE")]
    pub(crate) evidence: Vec<String>,
    /// Write the same as a page.
    #[arg(long, value_name = "FILE")]
    pub(crate) html: Option<PathBuf>,
    /// Print one JSON document.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Compare {
    /// The name.
    pub(crate) name: String,
    /// Its peers.
    #[arg(long, value_name = "PEER", required = true, num_args = 1..)]
    pub(crate) with: Vec<String>,
    /// Compare how often they are looked up, by the records of a case, in place of their configuration.
    #[arg(long, value_name = "CASE", conflicts_with_all = ["zones", "as_of", "resolver", "html"])]
    pub(crate) case: Option<PathBuf>,
    /// Of a case: the source to look at, instead of the first that shows the name.
    #[arg(long, value_name = "ID", requires = "case")]
    pub(crate) source: Option<String>,
    /// Of a case: the period, as two instants or days with a comma between them.
    #[arg(long, value_name = "FROM,TO", requires = "case")]
    pub(crate) window: Option<String>,
    /// Of a case: the peers were chosen before the records were looked at.
    #[arg(long, requires = "case")]
    pub(crate) chosen_beforehand: bool,
    #[command(flatten)]
    pub(crate) answers: AnswerOptions,
    /// Write the same as a page, with the facts and findings of the name.
    #[arg(long, value_name = "FILE")]
    pub(crate) html: Option<PathBuf>,
    /// Print one JSON document.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Query {
    /// The statement.
    pub(crate) sql: String,
    /// An archive made by `intake`.
    #[arg(long, value_name = "DIR")]
    pub(crate) archive: PathBuf,
    /// Print one JSON object a row.
    #[arg(long, conflicts_with = "csv")]
    pub(crate) json_lines: bool,
    /// Print comma-separated values.
    #[arg(long)]
    pub(crate) csv: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Evaluate {
    /// Folders with case.toml and labels.csv.
    #[arg(required = true, value_name = "DIR")]
    pub(crate) labelled: Vec<PathBuf>,
    /// Take something away and attribute again: a-only, forward-only, no-ttl,
    /// ttl-double, minute, hour, loss-10|50|90, dedup, days-1|3|7|14,
    /// no-first-day, merge-2..20, no-evidence, no-m0, no-temper, or all of them.
    #[arg(long, value_name = "KIND", value_delimiter = ',')]
    pub(crate) ablate: Vec<String>,
    /// Count only series of programs that this file lists in a part.
    #[arg(long, value_name = "FILE", requires = "part")]
    pub(crate) split: Option<PathBuf>,
    /// Which part of the split.
    #[arg(long, value_enum, requires = "split")]
    pub(crate) part: Option<SplitPart>,
    /// Draw the evaluation into this folder: SVG files and a page.
    #[arg(long, value_name = "DIR")]
    pub(crate) plots: Option<PathBuf>,
    /// Write what each labelled series scored, as JSON lines for `cargo xtask calibrate`.
    #[arg(long, value_name = "FILE")]
    pub(crate) scores: Option<PathBuf>,
    /// Print the evaluation as one JSON document.
    #[arg(long)]
    pub(crate) json: bool,
}

/// A part of a split.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum SplitPart {
    /// What a calibration is fitted on.
    Fit,
    /// What it is tested on.
    Test,
}

#[derive(Debug, Args)]
pub(crate) struct Report {
    /// A case JSON that `investigate` wrote.
    pub(crate) case_json: PathBuf,
    /// Where to write the page; standard output where absent.
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
}

/// Whom to ask, as whom, and how fast.
#[derive(Debug, Args)]
pub(crate) struct Survey {
    /// Addresses and ranges, such as 192.168.7.25 or 192.168.7.0/24.
    #[arg(value_name = "TARGET", required_unless_present = "list")]
    pub(crate) targets: Vec<String>,
    /// More of them, one a line; # begins a comment.
    #[arg(long, value_name = "FILE")]
    pub(crate) list: Vec<PathBuf>,
    /// Never to be asked: an address, a range, or a file of them.
    #[arg(long, value_name = "FILE|RANGE")]
    pub(crate) exclude: Vec<String>,
    /// A mailbox that somebody reads, for MAIL FROM; a second one tells a selection by sender.
    #[arg(
        long,
        value_name = "MAILBOX",
        help = "A mailbox that somebody reads, for MAIL FROM; a second one tells a selection by sender [default: survey@ and \
                postmaster@ this host, where nobody outside is asked; postmaster@ the same domain where one is given]"
    )]
    pub(crate) from: Vec<String>,
    /// Ask as the first sender only: half the connections, and no class that needs two.
    #[arg(long)]
    pub(crate) one_sender: bool,
    /// An own address to ask from; two or more tell a selection by client.
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) source: Vec<IpAddr>,
    /// Own host name, for EHLO.
    #[arg(long, value_name = "NAME", help = "Own host name, for EHLO [default: the domain of the first --from]")]
    pub(crate) ehlo: Option<String>,
    /// The address that targets outside see, where a translator hides the own one.
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) seen_as: Vec<IpAddr>,
    /// The resolver that confirms the EHLO name, instead of the system's.
    #[arg(long, value_name = "ADDR[:PORT]")]
    pub(crate) resolver: Option<String>,
    /// A recipient that the targets are known to serve; two at most count.
    #[arg(long, value_name = "MAILBOX")]
    pub(crate) to: Vec<String>,
    /// An own mailbox, asked about where all others are refused.
    #[arg(
        long,
        value_name = "MAILBOX",
        help = "An own mailbox, asked about where all others are refused [default: the first --from]"
    )]
    pub(crate) relay_to: Option<String>,
    /// Port of the targets.
    #[arg(long, value_name = "N", default_value_t = 25)]
    pub(crate) port: u16,
    /// Connections begun in one second, at most.
    #[arg(long, value_name = "N", default_value_t = 10.0)]
    pub(crate) rate: f64,
    /// Seconds between two connections to one /24 (IPv6: /48).
    #[arg(long, value_name = "S", default_value_t = 2.0)]
    pub(crate) pause: f64,
    /// Connections at a time.
    #[arg(long, value_name = "N", default_value_t = 32)]
    pub(crate) at_once: usize,
    /// Connections at a time to one /24; above 1 on loopback and in private ranges only.
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) per_network: usize,
    /// Connections in all, at most, those of interrupted runs included.
    #[arg(long, value_name = "N")]
    pub(crate) budget: Option<u64>,
    /// Where every step is written as it is made, and read when the survey goes on.
    #[arg(long, value_name = "FILE", default_value = "survey.jsonl")]
    pub(crate) journal: PathBuf,
    /// Why targets outside loopback and private ranges may be asked; stands in every result.
    #[arg(long, value_name = "REASON")]
    pub(crate) i_may_probe: Option<String>,
    /// Ask more than 1024 addresses.
    #[arg(long)]
    pub(crate) more_than_a_22: bool,
    /// Print what would be asked, of whom and how fast; connect to nobody.
    #[arg(long)]
    pub(crate) dry_run: bool,
    #[command(flatten)]
    pub(crate) form: SurveyForm,
}

/// In which form a survey prints its results, where not as text.
#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct SurveyForm {
    /// Print one JSON object a target, as results come.
    #[arg(long, conflicts_with = "json")]
    pub(crate) json_lines: bool,
    /// Print the survey as one JSON document.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Verify {
    /// The case folder, or its case.toml.
    pub(crate) case: PathBuf,
    /// The case JSON of an earlier investigation to compare with; with the custody.json
    /// beside it, the places that changed are named.
    #[arg(long, value_name = "FILE")]
    pub(crate) against: Option<PathBuf>,
    /// Write a request for an outside time stamp (RFC 3161) over the custody root, unless
    /// something changed.
    #[arg(long, value_name = "FILE")]
    pub(crate) timestamp_request: Option<PathBuf>,
    /// Print the result as one JSON document.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Lab {
    /// Run a scenario in virtual time; write its records, labels.csv and case.toml.
    #[command(
        after_help = "Example:\n  askance lab simulate scenarios/hotel-bank.toml --seed 1 --out out/hotel-bank\n  askance investigate out/hotel-bank"
    )]
    Simulate(Simulate),
    /// Explain a scenario: who is there, what they do, what is recorded, what is true.
    #[command(after_help = "Example:\n  askance lab check scenarios/hotel-bank.toml")]
    Check(LabCheck),
    /// Run a scenario's parties on this machine's loopback addresses, for real programs to talk to.
    #[command(
        after_help = "Example:\n  askance lab serve scenarios/two-hosts.toml --port-offset 5300\n  dig @127.64.0.53 -p 5353 mail1.hotel-brand-email.example"
    )]
    Serve(LabServe),
}

#[derive(Debug, Args)]
pub(crate) struct Simulate {
    /// The scenario.
    pub(crate) scenario: PathBuf,
    /// Decides everything that is left to chance: the same seed gives the same octets on every machine.
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) seed: u64,
    /// Where to write the case folder.
    #[arg(long, value_name = "DIR", help = "Where to write the case folder [default: out/NAME]")]
    pub(crate) out: Option<PathBuf>,
    /// Print what was written as one JSON document.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct LabCheck {
    /// The scenario.
    pub(crate) scenario: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct LabServe {
    /// The scenario.
    pub(crate) scenario: PathBuf,
    /// What is left to chance follows from it.
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) seed: u64,
    /// Added to ports below 1024, so that nobody needs to be root.
    #[arg(long, value_name = "P", default_value_t = 0)]
    pub(crate) port_offset: u16,
    /// Seconds of the scenario in one second; delays of the machine and of other programs grow alike.
    #[arg(long, value_name = "X", default_value_t = 1.0)]
    pub(crate) speed: f64,
    /// Keep the scenario's records in this new folder, without labels: sockets carry no truth.
    #[arg(long, value_name = "DIR")]
    pub(crate) records: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Formats {
    /// Print the list as one JSON document.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Completions {
    /// The shell.
    pub(crate) shell: clap_complete::Shell,
}
