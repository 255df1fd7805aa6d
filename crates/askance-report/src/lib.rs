//! Views of the case JSON: one HTML file and terminal text.
//!
//! A view reads [`askance_case::json::CaseReport`], or [`askance_mail::json::Document`], and nothing else, and it computes
//! nothing that belongs to the analysis: it orders, scales, rounds and words. Every
//! text in a case may be hostile, since names, banners and log lines come from
//! strangers; all of it passes through `askance_record::escape_*` in one helper for
//! each view.
//!
//! - [`html`] makes one self-contained page: no request of any kind, readable with
//!   scripts off, in light and dark, on paper and on a telephone.
//! - [`terminal`] makes the summary that `askance investigate` prints.
//! - [`series_text`] and [`explain_text`] are what `hunt` and `explain` print, [`survey_line`] and [`survey_summary`] what `survey` does.
//! - [`posture_html`] and [`posture_text`] show the document of `askance posture`, [`compared_text`] its comparison.
//! - [`chart`] is the canvas of the page, which the pictures of the documentation use as well.
//! - [`evaluation_files`] draws what `evaluate` measured.
//! - [`mod@format`] holds the one way in which a number or an instant is written.

pub mod chart;
pub mod format;
mod html;
mod plots;
mod text;
mod words;

pub use html::{html, posture_html};
pub use plots::evaluation_files;
pub use text::{
    claim_text, compared_text, explain_text, posture_text, series_text, survey_line, survey_summary, terminal,
};
