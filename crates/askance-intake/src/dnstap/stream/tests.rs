use std::io::Cursor;

use super::*;
use crate::Limits;

fn control(kind: u32, content_types: &[&[u8]]) -> Vec<u8> {
    let mut payload = kind.to_be_bytes().to_vec();
    for content_type in content_types {
        payload.extend(1u32.to_be_bytes());
        payload.extend(u32::try_from(content_type.len()).expect("short").to_be_bytes());
        payload.extend(*content_type);
    }
    let mut octets = vec![0; 4];
    octets.extend(u32::try_from(payload.len()).expect("short").to_be_bytes());
    octets.extend(payload);
    octets
}

fn start() -> Vec<u8> {
    control(START, &[CONTENT_TYPE])
}

fn frame(octets: &[u8]) -> Vec<u8> {
    [&u32::try_from(octets.len()).expect("short").to_be_bytes(), octets].concat()
}

/// Frames with where they stand, and what is to be said: rejections, assumptions, the error.
fn read(parts: &[Vec<u8>]) -> (Vec<(u64, Vec<u8>)>, String) {
    let input = Box::new(Cursor::new(parts.concat()));
    let input = crate::unwrap::unwrap(input, SourceId(0), &Limits::DEFAULT, &mut Vec::new()).expect("not empty");
    let mut ledger = Ledger::default();
    let mut frames = Vec::new();
    let said = Stream::open(input, SourceId(0), 100).and_then(|mut stream| {
        while let Some(at) = stream.next(&mut ledger)? {
            assert_eq!(at.unit, Unit::Frame(stream.count));
            frames.push((at.byte, stream.octets().to_vec()));
        }
        assert!(stream.next(&mut ledger)?.is_none(), "the end stays the end");
        Ok(())
    });
    let mut said: Vec<String> = said.err().iter().map(ToString::to_string).collect();
    said.extend(ledger.rejected.iter().map(|(reason, t)| format!("{}x {reason} first at {}", t.count, t.first_at)));
    said.extend(ledger.assumptions);
    (frames, said.join("; "))
}

#[track_caller]
fn check(parts: &[Vec<u8>], frames: &[(u64, &[u8])], expected: &str) {
    let (found, said) = read(parts);
    let found: Vec<_> = found.iter().map(|(byte, octets)| (*byte, octets.as_slice())).collect();
    assert_eq!((found.as_slice(), said.as_str()), (frames, expected));
}

#[test]
fn a_file_is_start_frames_stop() {
    check(&[start(), frame(b"a"), frame(b"bc"), control(STOP, &[])], &[(42, b"a"), (47, b"bc")], "");
    check(&[start(), control(STOP, &[])], &[], "");
    check(&[start(), frame(b"a")], &[(42, b"a")], UNENDED_ASSUMED);
    check(&[control(START, &[]), frame(b"a"), control(STOP, &[])], &[(16 - 4, b"a")], "");
}

#[test]
fn files_in_a_row_and_both_ends_of_a_socket() {
    let (stop, other) = (control(STOP, &[]), control(77, &[b"protobuf:else"]));
    check(
        &[start(), frame(b"a"), stop.clone(), start(), other, frame(b"b"), stop.clone()],
        &[(42, b"a"), (42 + 5 + 12 + 42 + 33, b"b")],
        "",
    );
    let ready = control(READY, &[b"protobuf:else", CONTENT_TYPE]);
    let conversation = [ready, control(ACCEPT, &[CONTENT_TYPE]), start(), frame(b"a"), stop, control(5, &[])];
    check(&conversation, &[(63 + 42 + 42, b"a")], "");
}

#[test]
fn another_content_type_is_said() {
    let else_ = || control(START, &[b"protobuf:else"]);
    let refused = "the frame stream is damaged at";
    let (frames, said) = read(&[else_(), frame(b"a")]);
    assert_eq!((frames.len(), said.starts_with(refused)), (0, true), "{said}");
    let (frames, said) = read(&[start(), frame(b"a"), control(STOP, &[]), else_(), frame(b"b")]);
    assert_eq!((frames.len(), said.contains("its content type is not that of dnstap")), (1, true), "{said}");
}

#[test]
fn what_does_not_begin_as_a_stream() {
    for (parts, what) in [
        (vec![frame(b"a")], "it does not begin with a control frame"),
        (vec![vec![0, 0]], "it does not begin with a control frame"),
        (vec![vec![0; 6]], "the input ends inside its first control frame"),
        (vec![vec![0; 8]], "a damaged control frame"),
        (vec![start()[..20].to_vec()], "the input ends inside its first control frame"),
        (vec![control(STOP, &[])], "it begins with neither START nor READY nor ACCEPT"),
        (vec![vec![0, 0, 0, 0, 0, 0, 2, 1, 0, 0, 0, 2]], "a control frame longer than any"),
    ] {
        let (frames, said) = read(&parts);
        assert!(frames.is_empty() && said.ends_with(what), "{parts:?}: {said}");
    }
}

#[test]
fn a_long_frame_is_stepped_over_and_a_cut_one_said() {
    let long = frame(&[7; 101]);
    let stop = control(STOP, &[]);
    check(
        &[start(), long, frame(&[8; 100]), stop],
        &[(147, &[8; 100])],
        "1x frame over the length limit first at frame 1 (byte 42)",
    );
    for n in 1..9 {
        let cut = frame(b"abcde")[..n].to_vec();
        let expected = "1x stream cut inside a frame first at frame 2 (byte 47)";
        check(&[start(), frame(b"a"), cut], &[(42, b"a")], expected);
    }
    let cut = frame(&[7; 101])[..60].to_vec();
    check(&[start(), cut], &[], "1x stream cut inside a frame first at frame 1 (byte 42)");
}

#[test]
fn a_length_that_cannot_be_ends_the_stream() {
    let (frames, said) = read(&[start(), frame(b"a"), vec![0xff; 4], frame(b"b")]);
    assert_eq!(frames.len(), 1);
    assert!(said.contains("a frame length that no stream has") && said.contains("1x damaged frame header"), "{said}");
}

#[test]
fn the_beginning_tells() {
    assert!(begins(&start()));
    assert!(begins(&[control(READY, &[b"protobuf:else", CONTENT_TYPE]), start()].concat()));
    assert!(begins(&control(ACCEPT, &[CONTENT_TYPE])));
    assert!(!begins(&start()[..41]));
    assert!(!begins(&control(START, &[])));
    assert!(!begins(&control(START, &[b"protobuf:else"])));
    assert!(!begins(&control(STOP, &[CONTENT_TYPE])));
    assert!(!begins(&[0; 64]));
    assert!(!begins(b""));
}
