//! Counts of lookups by client, as somebody published them: a table without times.

use std::io::Read;

use crate::json::{LedgerJson, TallyJson};
use crate::model::MapSpec;
use crate::records::CountRow;

/// The longest example of a refused row, characters.
const EXAMPLE_CHARS: usize = 80;
/// Rows beyond which a table is no table of clients.
const ROWS_MAX: u64 = 1_000_000;

/// Reads a delimited table of counts.
///
/// - `map`: its `delimiter` (a comma where absent), its `columns`, of which `count` and `client` are read and `qname` if it is there,
///   and `qname` for all rows where it is not
/// - `first_subject`: the name of rows whose name nothing tells
/// - returns: the rows, and the account: `in = counts + rejected`
///
/// # Errors
/// Where the input itself cannot be read.
pub fn read_counts(
    input: impl Read,
    tap: &str,
    map: &MapSpec,
    first_subject: Option<&str>,
) -> Result<(Vec<CountRow>, LedgerJson), csv::Error> {
    let at = |name: &str| map.columns.iter().position(|c| c == name);
    let (count, client, qname) = (at("count"), at("client"), at("qname"));
    let name_of_all = map.qname.as_deref().or(first_subject);
    let mut table = csv::ReaderBuilder::new()
        .delimiter(delimiter(map))
        .has_headers(map.header.unwrap_or(false))
        .flexible(true)
        // What encloses a field in quotes is a choice of the writer; a holder's name may hold one quote.
        .quoting(delimiter(map) == b',')
        .from_reader(input);
    let (mut rows, mut ledger) = (Vec::new(), LedgerJson::default());
    let mut record = csv::ByteRecord::new();
    while table.read_byte_record(&mut record)? {
        ledger.units_in += 1;
        let line = record.position().map_or(0, csv::Position::line);
        let field = |at: Option<usize>| at.and_then(|i| record.get(i)).and_then(|f| core::str::from_utf8(f).ok());
        let name = field(qname).or(name_of_all).map(|n| n.trim().trim_end_matches('.').to_ascii_lowercase());
        let read = match (field(count).and_then(|n| n.trim().parse::<u64>().ok()), field(client), name) {
            _ if ledger.units_in > ROWS_MAX => Err("more rows than a table of clients has"),
            (None, ..) => Err("the count is no whole number"),
            (_, None, _) => Err("no client"),
            (_, Some(client), _) if client.trim().is_empty() => Err("no client"),
            (.., None) => Err("no name"),
            (Some(n), Some(client), Some(name)) => {
                Ok(CountRow { tap: tap.to_owned(), name, client: client.trim().to_owned(), n })
            }
        };
        match read {
            Ok(row) => rows.push(row),
            Err(reason) => reject(&mut ledger, reason, line, &record),
        }
    }
    ledger.counts = rows.len() as u64;
    Ok((rows, ledger))
}

fn delimiter(map: &MapSpec) -> u8 {
    match map.delimiter.as_deref() {
        Some("tab") => b'\t',
        Some(text) => text.bytes().next().unwrap_or(b','),
        None => b',',
    }
}

fn reject(ledger: &mut LedgerJson, reason: &str, line: u64, record: &csv::ByteRecord) {
    if let Some(tally) = ledger.rejected.iter_mut().find(|t| t.reason == reason) {
        tally.count += 1;
        return;
    }
    let text = record.iter().map(String::from_utf8_lossy).collect::<Vec<_>>().join(" ");
    ledger.rejected.push(TallyJson {
        reason: reason.to_owned(),
        count: 1,
        first_at: format!("line {line}"),
        example: text.chars().take(EXAMPLE_CHARS).collect(),
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, wanted: &[(&str, u64)], rejected: &[(&str, u64, &str)]) {
        let columns = ["count", "-", "client"].map(str::to_owned).to_vec();
        let map = MapSpec { delimiter: Some("|".to_owned()), columns, ..MapSpec::default() };
        let (rows, ledger) = read_counts(text.as_bytes(), "table", &map, Some("Odd.Example.")).unwrap();
        let got: Vec<(&str, u64)> = rows.iter().map(|r| (r.client.as_str(), r.n)).collect();
        assert_eq!(got, wanted);
        let refused: Vec<(&str, u64, &str)> =
            ledger.rejected.iter().map(|t| (t.reason.as_str(), t.count, t.first_at.as_str())).collect();
        assert_eq!(refused, rejected);
        assert_eq!(ledger.units_in, ledger.counts + ledger.rejected.iter().map(|t| t.count).sum::<u64>());
        assert!(rows.iter().all(|r| r.name == "odd.example" && r.tap == "table"));
    }

    #[test]
    fn every_row_is_a_count_or_refused_with_its_line() {
        check(
            "1422|AS64500|192.0.2.15|JSC \"Bank\"\n729|AS64501|192.0.2.40\n",
            &[("192.0.2.15", 1422), ("192.0.2.40", 729)],
            &[],
        );
        check(
            "many|x|192.0.2.1\n-1|x|192.0.2.1\n3|x\n4|x| \n5|x|192.0.2.5",
            &[("192.0.2.5", 5)],
            &[("the count is no whole number", 2, "line 1"), ("no client", 2, "line 3")],
        );
        check("", &[], &[]);
    }
}
