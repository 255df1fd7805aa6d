use std::path::Path;

use askance_record::{Batch, FlowRecord, Ledger, Lookup, MailEvent, MailKind, Name, Timestamp};
use proptest::prelude::*;

use super::ArchiveWriter;
use crate::disk::{Disk, Fault};
use crate::samples::{batch_of, ledger_of, lookup, meta, read_back, shown};
use crate::{Archive, ArchiveError, Committed, SourceEntry, SourceKey, Table};

fn some_lookups(n: u8) -> Vec<Lookup> {
    let row = |i: u8| Lookup {
        ts: Timestamp::from_s(i64::from(i)),
        qname: Name::parse(&format!("n{}.example", i % 3)).expect("name"),
        ..Lookup::default()
    };
    (0..n).map(row).collect()
}

/// Commits `n` lookups and a flow and a mail event as a source, in row groups of one row.
fn commit(dir: &Path, disk: Disk, id: &str, n: u8) -> Result<SourceEntry, ArchiveError> {
    let mut writer = ArchiveWriter::open_on(dir, disk, 1)?;
    let mut source = writer.begin(meta(id));
    source.push(&batch_of(&some_lookups(n)))?;
    let mut batch = Batch::with_room(2);
    *batch.flows.push() = FlowRecord { proto: "tcp".into(), dst_port: Some(25), ..FlowRecord::default() };
    *batch.mail.push() = MailEvent { kind: MailKind::Reject, from: "a@b.example".into(), ..MailEvent::default() };
    source.push(&batch)?;
    let ledger = Ledger { units_in: u64::from(n) + 2, flows: 1, mail: 1, ..ledger_of(usize::from(n)) };
    Ok(source.finish(&format!("sha of {id}"), 7, &ledger)?.entry().clone())
}

fn ids(dir: &Path) -> Vec<String> {
    Archive::open(dir).expect("readable").sources().iter().map(|s| s.id.clone()).collect()
}

fn files_on_disk(dir: &Path) -> usize {
    let count = |t: Table| std::fs::read_dir(dir.join(t.as_str())).expect("folder").count();
    Table::ALL.into_iter().map(count).sum()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Every row comes out as it went in, in files that are sorted, with the equal ones counted.
    #[test]
    fn rows_in_are_rows_out(lookups in proptest::collection::vec(lookup(), 0..40), group_rows in 1usize..9) {
        let dir = tempfile::tempdir().expect("folder");
        let mut writer = ArchiveWriter::open_on(dir.path(), Disk::default(), group_rows).expect("archive");
        let mut source = writer.begin(meta("log"));
        for part in lookups.chunks(7) {
            source.push(&batch_of(part)).expect("push");
        }
        let entry = source.finish("00", 1, &ledger_of(lookups.len())).expect("commit").entry().clone();
        let files = read_back(dir.path(), Table::Lookups);

        let mut want: Vec<String> = lookups.iter().map(|l| shown(l, "log", true)).collect();
        let mut got: Vec<String> = files.concat();
        want.sort();
        got.sort();
        prop_assert_eq!(&got, &want);
        prop_assert_eq!(entry.ledger.lookups, lookups.len() as u64);

        for rows in &files {
            let keys: Vec<_> = rows.iter().map(|row| sort_key(row)).collect();
            let mut names: Option<Vec<String>> = None;
            for group in keys.chunks(group_rows) {
                prop_assert!(group.is_sorted_by_key(|key| key.1), "{:?}", group);
                let least = group.iter().map(|key| &key.0).min().cloned();
                prop_assert!(names <= least, "{:?}", keys);
                names = group.iter().map(|key| &key.0).max().cloned();
            }
        }
        let by_chunk = lookups.chunks(8 * group_rows).map(|chunk| {
            let mut facts: Vec<String> = chunk.iter().map(|l| shown(l, "log", false)).collect();
            facts.sort();
            facts.windows(2).filter(|pair| pair[0] == pair[1]).count() as u64
        });
        prop_assert_eq!(entry.ledger.duplicates, by_chunk.sum::<u64>());
        let ends = (lookups.iter().map(|l| l.ts).min(), lookups.iter().map(|l| l.ts).max());
        prop_assert_eq!((entry.first(), entry.last()), ends);
    }
}

/// The labels from the right, and the instant of a row.
fn sort_key(row: &str) -> (Vec<String>, i64) {
    let cells: Vec<&str> = row.split('|').collect();
    let name = Name::parse(cells[7]).expect("a key");
    let mut labels: Vec<String> = name.labels().map(str::to_owned).collect();
    labels.reverse();
    (labels, cells[0].parse().expect("instant"))
}

#[test]
fn all_three_tables_are_written() {
    let dir = tempfile::tempdir().expect("folder");
    commit(dir.path(), Disk::default(), "a", 1).expect("commit");
    let shown = [Table::Flows, Table::Mail].map(|t| read_back(dir.path(), t).concat().join("\n"));
    insta::assert_snapshot!(shown.join("\n"), @r"
    0|NULL|NULL|NULL|NULL|25|tcp|NULL|NULL|NULL|NULL|a|tap|0|line|0
    0|reject|NULL|NULL|NULL|NULL|NULL|NULL|a@b.example|NULL|NULL|NULL|a|tap|0|line|0
    ");
}

#[test]
fn the_manifest_is_a_format() {
    let dir = tempfile::tempdir().expect("folder");
    let mut writer = ArchiveWriter::open_or_create(dir.path()).expect("archive");
    let source = writer.begin(meta("a"));
    let mut ledger = Ledger::default();
    ledger.reject("bad name", askance_record::At::default(), b"x..y");
    ledger.assume("times are UTC");
    source.finish("00", 4, &ledger).expect("commit");
    let file = std::fs::File::open(dir.path().join("manifest.json")).expect("there");
    insta::assert_snapshot!(std::io::read_to_string(file).expect("text"), @r#"
    {
      "schema": "askance.archive/1",
      "sources": [
        {
          "id": "a",
          "sha256": "00",
          "size": 4,
          "format": "bind",
          "vantage": "resolver-client",
          "tap": "tap",
          "options": "zone=UTC",
          "resolution": null,
          "first_us": null,
          "last_us": null,
          "ledger": {
            "in": 1,
            "lookups": 0,
            "flows": 0,
            "mail": 0,
            "paired": 0,
            "rejected": [
              {
                "reason": "bad name",
                "count": 1,
                "first_at": "line 0",
                "first_byte": 0,
                "example": "x..y"
              }
            ],
            "unrelated": [],
            "duplicates": 0,
            "assumptions": [
              "times are UTC"
            ]
          },
          "files": []
        }
      ]
    }
    "#);
}

#[test]
fn the_same_input_is_not_added_twice() {
    let dir = tempfile::tempdir().expect("folder");
    let mut writer = ArchiveWriter::open_or_create(dir.path()).expect("archive");
    let lookups = some_lookups(3);
    let mut outcomes = Vec::new();
    for (id, sha256) in [("log", "aa"), ("log", "aa"), ("copy of log", "aa"), ("log", "bb")] {
        let mut source = writer.begin(meta(id));
        source.push(&batch_of(&lookups)).expect("push");
        outcomes.push(match source.finish(sha256, 1, &ledger_of(3)).expect("commit") {
            Committed::Added(entry) => format!("added {}", entry.id),
            Committed::AlreadyPresent(entry) => format!("present as {}", entry.id),
        });
    }
    assert_eq!(outcomes, ["added log", "present as log", "present as log", "added log#2"]);
    assert_eq!(files_on_disk(dir.path()), 2);
    let key = SourceKey { sha256: "bb".into(), options: "zone=UTC".into() };
    assert_eq!(writer.contains(&key).map(|s| s.id.as_str()), Some("log#2"));
    let other_zone = SourceKey { options: "zone=Europe/Moscow".into(), ..key };
    assert_eq!(writer.contains(&other_zone), None);
}

#[test]
fn a_ledger_that_does_not_account_for_the_rows_is_refused() {
    let dir = tempfile::tempdir().expect("folder");
    let mut writer = ArchiveWriter::open_or_create(dir.path()).expect("archive");
    let mut source = writer.begin(meta("log"));
    source.push(&batch_of(&some_lookups(3))).expect("push");
    let error = source.finish("aa", 1, &ledger_of(4)).expect_err("3 are not 4");
    assert_eq!(error.to_string(), "the ledger of the source counts 4 lookups, but 3 came");
    assert_eq!(ids(dir.path()), Vec::<String>::new());
}

/// Pulls the plug after every step in turn: what was committed before is always readable, the new
/// source is there wholly or not at all, and the next writer can go on.
#[test]
fn a_kill_at_any_step_leaves_a_readable_archive() {
    let mut kept = 0;
    for steps_left in 0..200 {
        let dir = tempfile::tempdir().expect("folder");
        commit(dir.path(), Disk::default(), "first", 5).expect("a sound disk");
        let disk = Disk::failing(Fault { steps_left, octets_left: u64::MAX });
        let outcome = commit(dir.path(), disk, "second", 9);
        let seen = ids(dir.path());
        assert_eq!(seen.first().map(String::as_str), Some("first"));
        let second = seen.len() == 2;
        kept += u32::from(second);
        let rows = read_back(dir.path(), Table::Lookups).concat().len();
        assert_eq!(rows, if second { 14 } else { 5 }, "after {steps_left} steps");
        assert!(second || outcome.is_err(), "a commit that reports success must be there");

        let on_disk = files_on_disk(dir.path());
        let writer = ArchiveWriter::open_or_create(dir.path()).expect("can go on");
        assert_eq!(on_disk - writer.leftovers().len(), files_on_disk(dir.path()));
        assert_eq!(files_on_disk(dir.path()), if second { 7 } else { 3 }, "after {steps_left} steps");
        drop(writer);
        if outcome.is_ok() {
            assert!(steps_left > 10 && kept > 0);
            return;
        }
        commit(dir.path(), Disk::default(), "third", 2).expect("can go on");
        assert_eq!(ids(dir.path()).last().map(String::as_str), Some("third"));
    }
    panic!("200 steps should be enough for one source");
}

/// Fills the disk after every few octets in turn.
#[test]
fn a_full_disk_leaves_a_readable_archive() {
    let dir = tempfile::tempdir().expect("folder");
    commit(dir.path(), Disk::default(), "first", 5).expect("a sound disk");
    let mut octets_left = 0;
    loop {
        let disk = Disk::failing(Fault { steps_left: u64::MAX, octets_left });
        let Err(error) = commit(dir.path(), disk, "second", 9) else { break };
        assert_eq!(ids(dir.path()), ["first"], "{octets_left} octets");
        assert_eq!(read_back(dir.path(), Table::Lookups).concat().len(), 5);
        let mut text = error.to_string();
        let mut cause: Option<&dyn std::error::Error> = Some(&error);
        while let Some(inner) = cause {
            text.push_str(&inner.to_string());
            cause = inner.source();
        }
        assert!(text.contains("storage") || text.contains("space"), "{text}");
        octets_left += 997;
    }
    assert!(octets_left > 10_000);
    assert_eq!(ids(dir.path()), ["first", "second"]);
}

#[test]
fn one_process_writes_at_a_time() {
    let dir = tempfile::tempdir().expect("folder");
    let writer = ArchiveWriter::open_or_create(dir.path()).expect("archive");
    assert!(matches!(ArchiveWriter::open_or_create(dir.path()), Err(ArchiveError::Locked { .. })));
    drop(writer);
    ArchiveWriter::open_or_create(dir.path()).expect("free again");
}

#[test]
fn what_is_not_an_archive_is_refused() {
    let dir = tempfile::tempdir().expect("folder");
    assert!(matches!(Archive::open(dir.path()), Err(ArchiveError::NotAnArchive { .. })));
    for (manifest, want) in [
        ("{", "cannot understand"),
        (
            r#"{"schema":"askance.archive/9","sources":[]}"#,
            "does not have the form askance.archive/1: askance.archive/9",
        ),
    ] {
        std::fs::write(dir.path().join("manifest.json"), manifest).expect("written");
        let text = Archive::open(dir.path()).expect_err("refused").to_string();
        assert!(text.contains(want), "{text}");
    }
}

#[test]
fn a_manifest_cannot_point_outside_and_missing_files_are_told() {
    let dir = tempfile::tempdir().expect("folder");
    let entry = commit(dir.path(), Disk::default(), "a", 1).expect("commit");
    std::fs::remove_file(dir.path().join(&entry.files[0].path)).expect("removed");
    assert!(matches!(Archive::open(dir.path()), Err(ArchiveError::Damaged { octets_found: 0, .. })));

    let manifest = dir.path().join("manifest.json");
    let text = std::io::read_to_string(std::fs::File::open(&manifest).expect("there")).expect("text");
    std::fs::write(&manifest, text.replace(&entry.files[0].path, "lookups/../../x.parquet")).expect("written");
    assert!(matches!(Archive::open(dir.path()), Err(ArchiveError::Form { .. })));
}
