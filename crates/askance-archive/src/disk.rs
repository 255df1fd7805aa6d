//! The few steps that change an archive on disk, each of them able to fail.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
#[cfg(test)]
use std::sync::{Arc, Mutex};

use crate::ArchiveError;

/// All writing goes through here, so that a test can pull the plug after any step.
#[derive(Clone, Debug, Default)]
pub(crate) struct Disk {
    #[cfg(test)]
    fault: Option<Arc<Mutex<Fault>>>,
}

/// When the disk gives up, in tests.
#[cfg(test)]
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fault {
    /// Steps (creating, syncing, renaming, removing) until everything fails.
    pub(crate) steps_left: u64,
    /// Octets until the disk is full.
    pub(crate) octets_left: u64,
}

/// A file under its temporary name.
pub(crate) struct Draft {
    file: BufWriter<File>,
    disk: Disk,
    path: PathBuf,
    octets: u64,
}

impl Disk {
    #[cfg(test)]
    pub(crate) fn failing(fault: Fault) -> Self {
        Self { fault: Some(Arc::new(Mutex::new(fault))) }
    }

    #[cfg(test)]
    fn step(&self) -> io::Result<()> {
        if let Some(fault) = &self.fault {
            let mut fault = fault.lock().expect("one thread");
            fault.steps_left =
                fault.steps_left.checked_sub(1).ok_or_else(|| io::Error::other("the plug was pulled"))?;
        }
        Ok(())
    }

    #[cfg(not(test))]
    #[expect(clippy::unnecessary_wraps, clippy::unused_self, reason = "fails in tests only")]
    fn step(&self) -> io::Result<()> {
        Ok(())
    }

    #[cfg(test)]
    fn spend(&self, octets: usize) -> io::Result<()> {
        if let Some(fault) = &self.fault {
            let mut fault = fault.lock().expect("one thread");
            fault.octets_left =
                fault.octets_left.checked_sub(octets as u64).ok_or(io::Error::from(io::ErrorKind::StorageFull))?;
        }
        Ok(())
    }

    #[cfg(not(test))]
    #[expect(clippy::unnecessary_wraps, clippy::unused_self, reason = "fails in tests only")]
    fn spend(&self, _octets: usize) -> io::Result<()> {
        Ok(())
    }

    /// Starts a file under a temporary name.
    pub(crate) fn create(&self, path: &Path) -> Result<Draft, ArchiveError> {
        self.step()
            .and_then(|()| File::create(path))
            .map(|file| Draft { file: BufWriter::new(file), disk: self.clone(), path: path.into(), octets: 0 })
            .map_err(ArchiveError::io("create", path))
    }

    /// Removes a file that no manifest names.
    pub(crate) fn remove(&self, path: &Path) -> Result<(), ArchiveError> {
        self.step().and_then(|()| fs::remove_file(path)).map_err(ArchiveError::io("remove", path))
    }

    fn rename(&self, from: &Path, to: &Path) -> Result<(), ArchiveError> {
        self.step().and_then(|()| fs::rename(from, to)).map_err(ArchiveError::io("rename", from))?;
        let folder = to.parent().expect("files of an archive are in its folders");
        self.step().and_then(|()| sync_folder(folder)).map_err(ArchiveError::io("sync", folder))
    }
}

impl Draft {
    /// Makes the file durable under its final name; returns its size in octets.
    pub(crate) fn publish(mut self, to: &Path) -> Result<u64, ArchiveError> {
        self.file.flush().map_err(ArchiveError::io("write", &self.path))?;
        self.disk.step().and_then(|()| self.file.get_ref().sync_all()).map_err(ArchiveError::io("sync", &self.path))?;
        self.disk.rename(&self.path, to)?;
        Ok(self.octets)
    }
}

impl Write for Draft {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        self.disk.spend(octets.len())?;
        let n = self.file.write(octets)?;
        self.octets += n as u64;
        Ok(n)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// Makes renames inside a folder durable, where the system has a way to.
#[cfg(unix)]
fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

#[cfg(not(unix))]
fn sync_folder(_folder: &Path) -> io::Result<()> {
    Ok(())
}
