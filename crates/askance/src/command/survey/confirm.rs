//! Before strangers are asked: do the `EHLO` name and our addresses lead to each other?

use core::net::{IpAddr, SocketAddr};
use std::fs::File;
use std::io::{ErrorKind, Read as _};

use askance_net::{Lookups, block_on, own_address, resolvers_of};
use askance_proto::survey::{Identified, PlanRequest, identified, questions_about};
use askance_record::{Name, escape_terminal};

use crate::cli::Survey;
use crate::diagnose::CliError;
use crate::printer::Printer;

/// What the system's resolvers are named in.
const RESOLV_CONF: &str = "/etc/resolv.conf";
/// What is read of that file, octets.
const RESOLV_CONF_OCTETS_MAX: u64 = 64 << 10;

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
    let lookups = Lookups::new(&resolvers(args)?, addresses.len() + 2);
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

/// Who is asked about names.
fn resolvers(args: &Survey) -> Result<Vec<SocketAddr>, CliError> {
    if let Some(text) = &args.resolver {
        let address = text.parse().or_else(|_| text.parse().map(|ip| SocketAddr::new(ip, 53)));
        let wrong =
            |_| CliError::usage(format!("--resolver {text:?} is no address"), "such as 192.0.2.53 or 127.0.0.1:5353");
        return Ok(vec![address.map_err(wrong)?]);
    }
    let mut text = String::new();
    match File::open(RESOLV_CONF).and_then(|f| f.take(RESOLV_CONF_OCTETS_MAX).read_to_string(&mut text)) {
        // As the C library: without the file, the resolver on this machine.
        Err(error) if error.kind() != ErrorKind::NotFound => Err(CliError::io(RESOLV_CONF, error)),
        _ => Ok(resolvers_of(&text)),
    }
}
