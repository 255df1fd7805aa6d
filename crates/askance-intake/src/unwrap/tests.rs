use std::io::{Cursor, Write};

use super::*;

const WRAPPERS: [Wrapper; 5] = [Wrapper::Gzip, Wrapper::Zstd, Wrapper::Xz, Wrapper::Lz4, Wrapper::Bzip2];

fn wrap(wrapper: Wrapper, octets: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    match wrapper {
        Wrapper::Gzip => {
            let mut w = flate2::write::GzEncoder::new(&mut out, flate2::Compression::fast());
            w.write_all(octets).expect("to memory");
            w.finish().expect("to memory");
        }
        Wrapper::Zstd => {
            let mut w = zstd::stream::write::Encoder::new(&mut out, 1).expect("to memory");
            w.include_checksum(true).expect("a known parameter");
            w.write_all(octets).expect("to memory");
            w.finish().expect("to memory");
        }
        Wrapper::Xz => {
            let mut w = liblzma::write::XzEncoder::new(&mut out, 1);
            w.write_all(octets).expect("to memory");
            w.finish().expect("to memory");
        }
        Wrapper::Lz4 => {
            let info = lz4_flex::frame::FrameInfo::new().content_checksum(true);
            let mut w = lz4_flex::frame::FrameEncoder::with_frame_info(info, &mut out);
            w.write_all(octets).expect("to memory");
            w.finish().expect("to memory");
        }
        Wrapper::Bzip2 => {
            let mut w = bzip2::write::BzEncoder::new(&mut out, bzip2::Compression::fast());
            w.write_all(octets).expect("to memory");
            w.finish().expect("to memory");
        }
    }
    out
}

/// Unwraps and reads to the end; the octets that came out, the wrappers and how it ended.
fn read(octets: &[u8], limits: &Limits) -> (Vec<u8>, Vec<Wrapper>, Result<(), IntakeError>) {
    let (mut out, mut wrappers) = (Vec::new(), Vec::new());
    let input = unwrap(Box::new(Cursor::new(octets.to_vec())), SourceId(0), limits, &mut wrappers);
    let end = input.and_then(|mut input| {
        input.read_to_end(&mut out).map(|_| ()).map_err(|e| IntakeError::from_read(start(SourceId(0)), e))
    });
    (out, wrappers, end)
}

fn sample() -> Vec<u8> {
    (0u32..4000)
        .flat_map(|n| format!("{} a line of no meaning\n", n.wrapping_mul(2_654_435_761)).into_bytes())
        .collect()
}

#[test]
fn members_and_layers_are_opened() {
    let sample = sample();
    for wrapper in WRAPPERS {
        let mut two = wrap(wrapper, &sample);
        two.extend(wrap(wrapper, b"and more"));
        let (out, wrappers, end) = read(&two, &Limits::DEFAULT);
        assert!(end.is_ok(), "{wrapper:?}: {end:?}");
        assert_eq!(out, [&sample[..], b"and more"].concat(), "{wrapper:?}");
        assert_eq!(wrappers, [wrapper]);
        let (out, wrappers, end) = read(&wrap(Wrapper::Gzip, &two), &Limits::DEFAULT);
        assert!(end.is_ok() && out.len() == sample.len() + 8);
        assert_eq!(wrappers, [Wrapper::Gzip, wrapper]);
    }
}

#[test]
fn a_cut_wrapper_keeps_what_came_out_and_is_an_error() {
    let sample = sample();
    for wrapper in WRAPPERS {
        let whole = wrap(wrapper, &sample);
        for cut in (12..whole.len()).step_by(97).chain(whole.len() - 12..whole.len()) {
            let (out, _, end) = read(&whole[..cut], &Limits::DEFAULT);
            assert!(sample.starts_with(&out), "{wrapper:?} cut at {cut}");
            assert!(matches!(end, Err(IntakeError::Wrapper { .. })), "{wrapper:?} cut at {cut}: {end:?}");
        }
    }
}

#[test]
fn damage_names_its_wrapper() {
    for wrapper in WRAPPERS {
        let mut whole = wrap(wrapper, &sample());
        let middle = whole.len() / 2;
        for octet in &mut whole[middle..middle + 16] {
            *octet ^= 0x5a;
        }
        let (_, _, end) = read(&whole, &Limits::DEFAULT);
        match end {
            Err(IntakeError::Wrapper { wrapper: name, .. }) => assert_eq!(name, wrapper.as_str()),
            other => panic!("{wrapper:?}: {other:?}"),
        }
    }
}

#[test]
fn wrappers_inside_wrappers_are_bounded() {
    let mut octets = b"x".to_vec();
    for _ in 0..3 {
        octets = wrap(Wrapper::Gzip, &octets);
    }
    assert!(matches!(read(&octets, &Limits::TINY).2, Err(IntakeError::Bomb { what: "wrappers inside wrappers" })));
    assert!(read(&octets, &Limits::DEFAULT).2.is_ok());
}

#[test]
fn a_zip_bomb_is_an_error() {
    let zeros = vec![0u8; 1 << 20];
    let mut w = zstd::stream::write::Encoder::new(Vec::new(), 1).expect("to memory");
    for _ in 0..96 {
        w.write_all(&zeros).expect("to memory");
    }
    let bomb = w.finish().expect("to memory");
    let limits = Limits { expansion_max: 2_000, ..Limits::DEFAULT };
    let input = unwrap(Box::new(Cursor::new(bomb)), SourceId(0), &limits, &mut Vec::new());
    let end = input.and_then(|mut input| {
        io::copy(&mut input, &mut io::sink()).map_err(|e| IntakeError::from_read(start(SourceId(0)), e))
    });
    assert!(matches!(end, Err(IntakeError::Bomb { what: "expansion" })), "{end:?}");
}

#[test]
fn an_input_that_fails_is_not_called_damaged() {
    struct Failing(Cursor<Vec<u8>>);
    impl Read for Failing {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            match self.0.read(into)? {
                0 => Err(io::Error::other("the disk is gone")),
                n => Ok(n),
            }
        }
    }
    for wrapper in WRAPPERS {
        let whole = wrap(wrapper, &sample());
        let failing = Failing(Cursor::new(whole[..whole.len() / 2].to_vec()));
        let end = unwrap(Box::new(failing), SourceId(0), &Limits::DEFAULT, &mut Vec::new()).and_then(|mut input| {
            io::copy(&mut input, &mut io::sink()).map_err(|e| IntakeError::from_read(start(SourceId(0)), e))
        });
        assert!(matches!(end, Err(IntakeError::Read { .. })), "{wrapper:?}: {end:?}");
    }
}

#[test]
fn nothing_is_empty() {
    assert!(matches!(read(b"", &Limits::DEFAULT).2, Err(IntakeError::Empty)));
    assert!(matches!(read(&wrap(Wrapper::Gzip, b""), &Limits::DEFAULT).2, Err(IntakeError::Empty)));
}

#[test]
fn plain_text_is_not_unwrapped() {
    let (out, wrappers, end) = read(b"BZh9 is no bzip2", &Limits::DEFAULT);
    assert!(end.is_ok() && wrappers.is_empty());
    assert_eq!(out, b"BZh9 is no bzip2");
}
