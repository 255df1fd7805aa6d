//! A file that is hashed while somebody else reads it.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, Read};
use std::sync::{Arc, Mutex, PoisonError};

use indicatif::ProgressBar;
use sha2::{Digest as _, Sha256};

/// The file, what was hashed of it, and its progress bar.
struct Shared {
    file: File,
    hasher: Sha256,
    octets: u64,
    bar: ProgressBar,
}

impl Shared {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.file.read(buffer)?;
        self.hasher.update(&buffer[..n]);
        self.octets += n as u64;
        self.bar.set_position(self.octets);
        Ok(n)
    }
}

/// Keeps a hand on a file while a reader has it.
pub(crate) struct Hashing(Arc<Mutex<Shared>>);

impl Hashing {
    pub(crate) fn new(file: File, bar: ProgressBar) -> Self {
        Self(Arc::new(Mutex::new(Shared { file, hasher: Sha256::new(), octets: 0, bar })))
    }

    /// What the intake reads from.
    pub(crate) fn reader(&self) -> impl Read + Send + 'static {
        Shadow(Arc::clone(&self.0))
    }

    /// Hashes what the intake left unread and returns the SHA-256 and size of the whole file.
    pub(crate) fn finish(self) -> io::Result<(String, u64)> {
        let mut shared = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut buffer = vec![0; 64 << 10];
        while shared.read(&mut buffer)? > 0 {}
        let hex = shared.hasher.clone().finalize().iter().fold(String::with_capacity(64), |mut out, octet| {
            write!(out, "{octet:02x}").expect("writing to a String cannot fail");
            out
        });
        Ok((hex, shared.octets))
    }
}

struct Shadow(Arc<Mutex<Shared>>);

impl Read for Shadow {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).read(buffer)
    }
}
