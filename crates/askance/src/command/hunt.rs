//! `askance hunt`: every series, ranked and explained.

use askance_case::json::Series;

use crate::cli::Hunt;
use crate::command::Exit;
use crate::diagnose::{CliError, output};
use crate::printer::Printer;
use crate::series::ReadFiles;

pub(crate) fn run(args: &Hunt, out: &mut Printer) -> Result<Exit, CliError> {
    let read = ReadFiles::read(&args.records, args.min_n, out)?;
    let mut series = read.attribute();
    series.sort_by(|a, b| rank(a).cmp(&rank(b)).then(b.n.cmp(&a.n)).then_with(|| a.name.cmp(&b.name)));
    print(&series, args.json_lines, out)?;
    if !args.json_lines {
        read.say_accounts(out);
    }
    Ok(Exit::partial_if(read.skipped))
}

/// What is worth a look stands first: a malicious best, then what nothing explains, then what
/// these records cannot tell, then what is explained.
fn rank(s: &Series) -> u8 {
    match (s.family.as_str(), s.abstained) {
        ("malicious", false) => 0,
        ("none", _) => 1,
        (_, true) => 2,
        _ => 3,
    }
}

/// One JSON object a line, or a table.
pub(crate) fn print(series: &[Series], json_lines: bool, out: &mut Printer) -> Result<(), CliError> {
    if json_lines {
        for s in series {
            let line = serde_json::to_string(s).expect("a series is plain data");
            out.data(&line).map_err(output)?;
            out.data("\n").map_err(output)?;
        }
        return Ok(());
    }
    let text = askance_report::series_text(series, out.width(), out.color());
    out.data(&text).map_err(output)
}
