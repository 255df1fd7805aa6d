//! What neighbours in a survey have in common, in words.

use askance_case::json::SurveyNetwork;

use crate::format::count;

/// Such as `3 send-only, 1 open`.
pub(crate) fn classes_phrase(network: &SurveyNetwork) -> String {
    let mut classes: Vec<_> = network.classes.iter().collect();
    classes.sort_by_key(|(class, n)| (core::cmp::Reverse(**n), class.as_str()));
    classes.iter().map(|(class, n)| format!("{} {class}", count(**n))).collect::<Vec<_>>().join(", ")
}

/// What stands behind the classes; empty for a host without neighbours.
pub(crate) fn alike_phrase(network: &SurveyNetwork) -> String {
    match (network.targets, network.alike, network.classes.len()) {
        (0 | 1, ..) => String::new(),
        (_, true, _) => "; all told the same, but for names and numbers".to_owned(),
        (_, false, 1) => "; told in different words".to_owned(),
        (_, false, _) => "; not alike".to_owned(),
    }
}
