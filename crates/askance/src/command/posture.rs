//! `askance posture`: what the DNS holds for a name, what follows, and whether its siblings look the same.

mod answers;
mod names;

use std::path::Path;

use askance_mail::json::Document;
use askance_mail::{Evidence, Fleet, Posture, PostureRequest, Role, Severity};

use crate::cli;
use crate::command::Exit;
use crate::diagnose::{CliError, output};
use crate::printer::Printer;
use answers::Answers;

/// What was passed over, each with its reason.
type Problems = Vec<(String, String)>;

/// Whom a name stands beside.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Beside<'a> {
    /// A network, or a file of names.
    Fleet(&'a str),
    /// Names.
    Peers(&'a [String]),
}

pub(crate) fn run(args: &cli::Posture, out: &mut Printer) -> Result<Exit, CliError> {
    let examined = examine(args, args.fleet.as_deref().map(Beside::Fleet), out)?;
    write_page(args.html.as_deref(), &examined.document)?;
    if args.json {
        let text = serde_json::to_string_pretty(&examined.document).expect("the document has plain fields only");
        out.data(&text).and_then(|()| out.data("\n")).map_err(output)?;
    } else {
        let text = askance_report::posture_text(&examined.document, out.width(), out.color());
        out.data(&text).map_err(output)?;
    }
    let skipped = passed_over(&examined.document, out);
    Ok(if examined.has_fault { Exit::No } else { Exit::partial_if(skipped) })
}

/// What an examination found.
pub(crate) struct Examined {
    pub(crate) document: Document,
    /// A name asked for, not a sibling, has a record that breaks a check or a delivery.
    pub(crate) has_fault: bool,
}

/// Audits the names of the arguments, and compares the only one with those that it stands beside.
pub(crate) fn examine(args: &cli::Posture, beside: Option<Beside<'_>>, out: &Printer) -> Result<Examined, CliError> {
    let mut problems = Problems::new();
    let subjects = names::subjects(args, &mut problems)?;
    args.selectors.iter().try_for_each(|text| names::selector(text))?;
    let evidence = args.evidence.iter().map(|text| quotation(text)).collect::<Result<Vec<_>, _>>()?;
    if subjects.len() > 1 && !evidence.is_empty() {
        let help = "give one name with --evidence: a document speaks of one domain";
        return Err(CliError::usage("--evidence with several names", help));
    }
    let answers = Answers::open(&args.answers, &mut problems)?;
    let own = |name| PostureRequest { evidence: evidence.clone(), ..answers.request(name) };
    let mut requests: Vec<PostureRequest> = subjects.iter().cloned().map(own).collect();
    if let Some(beside) = beside {
        let [subject] = &subjects[..] else {
            let help = "a fleet stands beside one name: give one NAME, and the others in a file after --fleet";
            return Err(CliError::usage("--fleet with several names", help));
        };
        let siblings = names::siblings(beside, subject, &answers, &mut problems, out)?;
        requests.extend(siblings.into_iter().map(|name| answers.request(name)));
    }
    for request in &mut requests {
        request.selectors.clone_from(&args.selectors);
    }
    let postures = answers.audit(requests, out)?;
    let (own, siblings) = postures.split_at(subjects.len());
    let fleet = beside.map(|_| Fleet::of(&own[0], siblings));
    let document = Document { problems, ..Document::of(own, fleet.as_ref()) };
    Ok(Examined { document, has_fault: own.iter().any(has_fault) })
}

/// True where a record breaks a check or a delivery.
fn has_fault(posture: &Posture) -> bool {
    posture.findings.iter().any(|finding| finding.code.severity() == Severity::Fault)
}

/// Writes the page, where one is wanted.
pub(crate) fn write_page(path: Option<&Path>, document: &Document) -> Result<(), CliError> {
    let Some(path) = path else { return Ok(()) };
    std::fs::write(path, askance_report::posture_html(document)).map_err(|e| CliError::io(path, e))
}

/// Says that some of the input was passed over; true where it was.
pub(crate) fn passed_over(document: &Document, out: &mut Printer) -> bool {
    let count = document.problems.len();
    if count > 0 {
        out.say(&format!("passed over: {count} of the input's files or lines; see `Not read` (JSON: `problems`)"));
    }
    count > 0
}

/// `ROLE=FILE`: what a document says of a role.
fn quotation(text: &str) -> Result<Evidence, CliError> {
    const ROLES: [Role; 5] =
        [Role::Registrant, Role::AdminContact, Role::DnsOperator, Role::AddressOperator, Role::SendingOperator];
    let split = text.split_once('=');
    let role = split.and_then(|(role, path)| ROLES.into_iter().find(|r| r.as_str() == role).zip(Some(path)));
    let Some((role, path)) = role else {
        let help = "ROLE=FILE, the role being one of registrant, admin-contact, dns-operator, address-operator, \
                    sending-operator; such as registrant=rdap.json";
        return Err(CliError::usage(format!("{text:?} quotes nothing"), help));
    };
    let words = names::read(path.as_ref())?;
    Ok(Evidence { role, source: path.to_owned(), at: None, text: words })
}
