//! Before strangers are asked: do the `EHLO` name and our addresses lead to each other?

use core::net::IpAddr;

use askance_net::{Lookups, block_on, own_address};
use askance_proto::survey::{Identified, PlanRequest, identified, questions_about};
use askance_record::{Name, escape_terminal};

use crate::cli::Survey;
use crate::diagnose::CliError;
use crate::printer::Printer;

/// Looks the name and the addresses up; says what is not as it should be.
pub(super) fn is_confirmed(
    args: &Survey,
    request: &PlanRequest,
    stranger: IpAddr,
    out: &mut Printer,
) -> Result<bool, CliError> {
    let text = request.senders.first().map(|sender| sender.helo.as_str()).unwrap_or_default();
    let helo = Name::parse(text).map_err(|e| CliError::usage(format!("--ehlo {text:?}: {e}"), "a full host name"))?;
    let addresses = match (&args.seen_as[..], &request.sources[..]) {
        ([], []) => vec![own_address(stranger).map_err(|e| {
            CliError::usage(format!("no way to {stranger}: {e}"), "say with --source from which own address to ask")
        })?],
        ([], own) => own.to_vec(),
        (seen, _) => seen.to_vec(),
    };
    let lookups = Lookups::new(&crate::resolver::servers(args.resolver.as_deref())?, addresses.len() + 2);
    let questions = questions_about(&helo, &addresses);
    let heard = block_on(lookups.ask(&questions, &mut || ()))??;
    let replies: Vec<_> = heard.into_iter().map(|heard| heard.reply).collect();
    let found = identified(&helo, &addresses, &replies);
    for one in found.iter().filter(|one| !one.confirmed) {
        out.say(&unconfirmed(text, one));
    }
    Ok(found.iter().all(|one| one.confirmed))
}

fn unconfirmed(helo: &str, one: &Identified) -> String {
    let list = |items: Vec<String>| if items.is_empty() { "nothing".to_owned() } else { items.join(" ") };
    let pointers = list(one.pointers.iter().map(|name| escape_terminal(name.key())).collect());
    let leads_to = list(one.leads_to.iter().map(ToString::to_string).collect());
    let silent = if one.unanswered { ", and a question had no answer" } else { "" };
    let helo = escape_terminal(helo);
    format!("The PTR of {} gives {pointers}; {helo} leads to {leads_to}{silent}.", one.address)
}
