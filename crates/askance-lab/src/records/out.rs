//! A file that counts and hashes what is written to it.

use core::fmt;
use core::fmt::Write as _;
use std::io::{self, BufWriter, Write};

use sha2::{Digest as _, Sha256};

/// A file that counts and hashes what is written to it.
pub(super) struct Out {
    inner: BufWriter<Box<dyn Write>>,
    hasher: Sha256,
    octets: u64,
    rows: u64,
}

impl Out {
    pub(super) fn new(inner: Box<dyn Write>) -> Self {
        Self { inner: BufWriter::new(inner), hasher: Sha256::new(), octets: 0, rows: 0 }
    }

    /// Counts a row.
    pub(super) fn row(&mut self) {
        self.rows += 1;
    }

    pub(super) fn rows(&self) -> u64 {
        self.rows
    }

    pub(super) fn octets(&self) -> u64 {
        self.octets
    }

    /// SHA-256 of everything so far, hexadecimal.
    pub(super) fn sha256(&self) -> String {
        self.hasher.clone().finalize().iter().fold(String::with_capacity(64), |mut text, octet| {
            write!(text, "{octet:02x}").expect("writing to a String cannot fail");
            text
        })
    }
}

impl Write for Out {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        let n = self.inner.write(octets)?;
        let taken = octets.get(..n).unwrap_or(octets);
        self.hasher.update(taken);
        self.octets += taken.len() as u64;
        Ok(n)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

impl fmt::Debug for Out {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Out").field("octets", &self.octets).field("rows", &self.rows).finish_non_exhaustive()
    }
}
