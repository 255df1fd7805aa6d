//! `askance posture`: what the DNS holds for a name, what follows, and whether its siblings look the same.

mod answers;
mod names;

use askance_mail::json::Document;
use askance_mail::{Evidence, Fleet, Posture, PostureRequest, Role, Severity};

use crate::cli;
use crate::command::Exit;
use crate::diagnose::{CliError, output};
use crate::printer::Printer;
use answers::Answers;

/// What was passed over, each with its reason.
type Problems = Vec<(String, String)>;

pub(crate) fn run(args: &cli::Posture, out: &mut Printer) -> Result<Exit, CliError> {
    let mut problems = Problems::new();
    let subjects = names::subjects(args, &mut problems)?;
    let evidence = args.evidence.iter().map(|text| quotation(text)).collect::<Result<Vec<_>, _>>()?;
    if subjects.len() > 1 && !evidence.is_empty() {
        let help = "give one name with --evidence: a document speaks of one domain";
        return Err(CliError::usage("--evidence with several names", help));
    }
    let answers = Answers::open(args, &mut problems)?;
    let mut requests: Vec<PostureRequest> = subjects.iter().cloned().map(|name| answers.request(name)).collect();
    for request in &mut requests {
        request.evidence.clone_from(&evidence);
    }
    let own = requests.len();
    if let Some(fleet) = &args.fleet {
        let [subject] = &subjects[..] else {
            let help = "a fleet stands beside one name: give one NAME, and the others in a file after --fleet";
            return Err(CliError::usage("--fleet with several names", help));
        };
        let siblings = names::siblings(fleet, subject, &answers, &mut problems, out)?;
        requests.extend(siblings.into_iter().map(|name| answers.request(name)));
    }
    for request in &mut requests {
        request.selectors.clone_from(&args.selectors);
    }
    let postures = answers.audit(requests, out)?;
    let (own, siblings) = postures.split_at(own);
    let fleet = args.fleet.as_ref().map(|_| Fleet::of(&own[0], siblings));
    let document = Document { problems, ..Document::of(own, fleet.as_ref()) };
    show(args, &document, out)?;
    Ok(if own.iter().any(has_fault) { Exit::No } else { Exit::partial_if(!document.problems.is_empty()) })
}

/// True where a record breaks a check or a delivery.
fn has_fault(posture: &Posture) -> bool {
    posture.findings.iter().any(|finding| finding.code.severity() == Severity::Fault)
}

/// Prints the document, writes the page, and says what was passed over.
fn show(args: &cli::Posture, document: &Document, out: &mut Printer) -> Result<(), CliError> {
    if let Some(path) = &args.html {
        let page = askance_report::posture_html(document);
        std::fs::write(path, page).map_err(|e| CliError::io(path, e))?;
    }
    if args.json {
        let text = serde_json::to_string_pretty(document).expect("the document has plain fields only");
        out.data(&text).and_then(|()| out.data("\n")).map_err(output)?;
    } else {
        let text = askance_report::posture_text(document, out.width(), out.color());
        out.data(&text).map_err(output)?;
    }
    if !document.problems.is_empty() {
        out.say(&format!("{} parts of the input were passed over: see `problems`", document.problems.len()));
    }
    Ok(())
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
