//! `askance explain`: one name in depth.

use crate::cli::Explain;
use crate::command::Exit;
use crate::diagnose::{CliError, output};
use crate::printer::Printer;
use crate::series::ReadFiles;

pub(crate) fn run(args: &Explain, out: &mut Printer) -> Result<Exit, CliError> {
    let read = ReadFiles::read(&args.records, 1, out)?;
    let key = askance_record::Name::parse(&args.name).map_err(|e| {
        CliError::usage(
            format!("{:?} is not a name: {e}", args.name),
            "a domain name such as mail1.hotel-brand.example",
        )
    })?;
    let spinner = out.spinner("drawing what survives");
    let series = read.attribute_in_depth(|row| {
        let named = row.name == key.key() || row.members.iter().any(|m| m == key.key());
        named && args.client.as_ref().is_none_or(|c| *c == row.client)
    });
    spinner.finish_and_clear();
    if series.is_empty() {
        out.say(&format!("No lookup of {key} is in these records."));
        return Ok(Exit::No);
    }
    if args.json_lines {
        crate::command::hunt::print(&series, true, out)?;
    } else {
        for s in &series {
            let text = askance_report::explain_text(s, out.width(), out.color());
            out.data(&text).map_err(output)?;
            out.data("\n").map_err(output)?;
        }
    }
    Ok(Exit::partial_if(read.skipped))
}
