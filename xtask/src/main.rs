//! The project's own checks: `cargo xtask ci|quick|tidy|fence|licences|pictures|examples|calibrate|null-farm`.

mod calibrate;
mod examples;
mod farm;
mod fence;
mod licences;
mod pictures;
mod steps;
mod tidy;

use std::process::ExitCode;

/// What `cargo xtask` can do.
const USAGE: &str = "\
cargo xtask ci      everything that must hold, as CI runs it
cargo xtask quick   fmt, tidy, fence, clippy and tests of the light crates
cargo xtask tidy    sizes, headings, docs that name what exists, pictures
cargo xtask fence   the edge table of ARCHITECTURE.md
cargo xtask licences  every dependency is under a permissive licence
cargo xtask calibrate SCORES.jsonl...  fit tempers, offsets and caps on labelled series (--leave-one-out: how far that carries)
cargo xtask null-farm  how often the tests of claims are wrong where nothing is going on (--json)
cargo xtask pictures  draw the pictures of docs/explanation/mechanisms again
cargo xtask examples FOLDER  run the worked examples of those pages again, with the `askance` in FOLDER
";

fn main() -> ExitCode {
    let task = std::env::args().nth(1).unwrap_or_default();
    let outcome = match task.as_str() {
        "ci" => steps::ci(),
        "quick" => steps::quick(),
        "tidy" => tidy::run(),
        "fence" => fence::run(),
        "licences" => licences::run(),
        "pictures" => pictures::run(),
        "calibrate" => calibrate::run(&std::env::args().skip(2).collect::<Vec<_>>()),
        "null-farm" => farm::run(&std::env::args().skip(2).collect::<Vec<_>>()),
        "examples" => examples::run(std::env::args().nth(2)),
        _ => Err(USAGE.to_owned()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            steps::say(&message);
            ExitCode::FAILURE
        }
    }
}
