//! `askance compare`: the configuration of a name beside that of its peers.

use serde_json::json;

use crate::cli;
use crate::command::Exit;
use crate::command::posture::{Beside, examine, passed_over, write_page};
use crate::diagnose::{CliError, output};
use crate::printer::Printer;

pub(crate) fn run(args: &cli::Compare, out: &mut Printer) -> Result<Exit, CliError> {
    let posture = cli::Posture {
        names: vec![args.name.clone()],
        list: None,
        zones: args.zones.clone(),
        as_of: args.as_of.clone(),
        resolver: args.resolver.clone(),
        fleet: None,
        selectors: Vec::new(),
        evidence: Vec::new(),
        html: args.html.clone(),
        json: args.json,
    };
    let document = examine(&posture, Some(Beside::Peers(&args.with)), out)?.document;
    write_page(args.html.as_deref(), &document)?;
    if args.json {
        let compared =
            json!({ "schema": "askance.compare/1", "name": args.name, "peers": args.with, "configuration": document });
        out.data(&format!("{compared:#}\n")).map_err(output)?;
    } else {
        let text = askance_report::compared_text(&document, out.width(), out.color());
        out.data(&text).map_err(output)?;
    }
    Ok(Exit::partial_if(passed_over(&document, out)))
}
