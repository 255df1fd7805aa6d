use std::io::{BufReader, Cursor, Read};

use super::*;

fn check(octets: &[u8], capacity: usize, max: usize) -> Vec<String> {
    let input: Unwrapped = BufReader::with_capacity(capacity, Box::new(Cursor::new(octets.to_vec())));
    let mut lines = Lines::new(input, SourceId(0), max);
    let mut seen = Vec::new();
    loop {
        seen.push(match lines.next() {
            Line::Octets(at, line) => format!("{}@{} {:?}", at.unit, at.byte, String::from_utf8_lossy(line)),
            Line::TooLong(at, line) => format!("{}@{} long {:?}", at.unit, at.byte, String::from_utf8_lossy(line)),
            Line::Failed(at, error, line) => {
                format!("{}@{} {error} {:?}", at.unit, at.byte, String::from_utf8_lossy(line))
            }
            Line::End => return seen,
        });
    }
}

#[test]
fn lines_are_the_same_whatever_the_buffer() {
    let text = b"\xef\xbb\xbfone\r\ntwo\n\n\0x\r\r\na line beyond the limit\ntwelve long.\r\nlast";
    for capacity in [1, 2, 3, 7, 16, 64, 1024] {
        assert_eq!(
            check(text, capacity, 12),
            [
                "line 1@0 \"one\"",
                "line 2@8 \"two\"",
                "line 3@12 \"\"",
                "line 4@13 \"\\0x\\r\"",
                "line 5@18 long \"a line beyon\"",
                "line 6@42 \"twelve long.\"",
                "line 7@56 \"last\"",
            ],
            "capacity {capacity}"
        );
    }
}

struct FailsAfter(Cursor<Vec<u8>>);

impl Read for FailsAfter {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        match self.0.read(into)? {
            0 => Err(std::io::Error::other("gone")),
            n => Ok(n),
        }
    }
}

#[test]
fn a_failure_tells_where_and_what_was_cut() {
    let input: Unwrapped = BufReader::with_capacity(4, Box::new(FailsAfter(Cursor::new(b"one\ntw".to_vec()))));
    let mut lines = Lines::new(input, SourceId(0), 100);
    assert!(matches!(lines.next(), Line::Octets(_, b"one")));
    match lines.next() {
        Line::Failed(at, _, cut) => assert_eq!((at.byte, cut), (4, &b"tw"[..])),
        _ => panic!("a failure was due"),
    }
}
