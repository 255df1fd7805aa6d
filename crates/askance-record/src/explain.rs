//! Errors that teach.

/// What an error tells beyond its message: a stable code and a way out.
///
/// The same code and help reach the terminal, `--json` and the report.
/// Codes are listed in `docs/reference/errors.md`.
pub trait Explain: std::error::Error {
    /// A stable identifier such as `intake::truncated-frame`.
    fn code(&self) -> &'static str;

    /// One sentence that says what to do next.
    fn help(&self) -> Option<String> {
        None
    }
}
