//! What mail servers at the subjects' addresses answered.

use std::collections::BTreeSet;
use std::net::IpAddr;

use crate::assemble::Working;
use crate::json::Survey;

/// One entry for each survey of the case.
pub(crate) fn surveys(working: &Working<'_>) -> Vec<Survey> {
    let heads: BTreeSet<&str> = working.about_subjects().map(|(row, _)| row.name.as_str()).collect();
    let subjects: BTreeSet<IpAddr> =
        heads.into_iter().flat_map(|head| working.attributor.evidence.addresses_of(head)).collect();
    working.records.surveys.iter().map(|rows| rows.of_case(&subjects)).collect()
}
