//! `askance formats`: what is read.

use askance_intake::Format;
use serde_json::json;

use crate::cli::Formats;
use crate::command::Exit;
use crate::diagnose::{CliError, output};
use crate::printer::Printer;

pub(crate) fn run(args: &Formats, out: &mut Printer) -> Result<Exit, CliError> {
    if args.json {
        let formats: Vec<_> = Format::ALL
            .iter()
            .map(|f| json!({ "format": f.as_str(), "kind": f.kind(), "describe": f.describe() }))
            .collect();
        let document = json!({ "schema": "askance.formats/1", "formats": formats });
        out.data(&format!("{document}\n")).map_err(output)?;
        return Ok(Exit::Done);
    }
    for format in Format::ALL {
        out.data(&format!("{:<11} {:<5} {}\n", format.as_str(), format.kind(), format.describe())).map_err(output)?;
    }
    out.data("\nAll of them also inside gzip, zstd, xz, lz4 or bzip2. The content tells the format.\n")
        .map_err(output)?;
    Ok(Exit::Done)
}
