//! The project's own checks: `cargo xtask ci|quick|tidy|fence`.

mod fence;
mod licences;
mod steps;
mod tidy;

use std::process::ExitCode;

/// What `cargo xtask` can do.
const USAGE: &str = "\
cargo xtask ci      everything that must hold, as CI runs it
cargo xtask quick   fmt, tidy, fence, clippy and tests of the light crates
cargo xtask tidy    sizes, headings, docs that name what exists
cargo xtask fence   the edge table of ARCHITECTURE.md
cargo xtask licences  every dependency is under a permissive licence
";

fn main() -> ExitCode {
    let task = std::env::args().nth(1).unwrap_or_default();
    let outcome = match task.as_str() {
        "ci" => steps::ci(),
        "quick" => steps::quick(),
        "tidy" => tidy::run(),
        "fence" => fence::run(),
        "licences" => licences::run(),
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
