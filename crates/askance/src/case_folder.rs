//! A case folder on disk: its file, its sources, their hashes.

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use askance_case::{
    Case, Difference, FileTree, Keeps, NodeHash, SourceCustody, SourceKind, SourceSpec, TreeHasher, difference, sha256,
};
use askance_intake::{CsvMap, Format, IntakeError, Options};
use askance_record::{Resolution, SourceId};
use sha2::{Digest as _, Sha256};

use crate::diagnose::CliError;
use crate::reading::{Input, parse_format, parse_vantage, parse_zone};

/// The largest case file that is read, octets.
const CASE_OCTETS_MAX: u64 = 16 << 20;

/// A case folder.
pub(crate) struct CaseFolder {
    /// The folder.
    pub(crate) dir: PathBuf,
    /// What `case.toml` says.
    pub(crate) case: Case,
    /// SHA-256 of `case.toml`.
    pub(crate) case_sha256: NodeHash,
}

impl CaseFolder {
    /// Reads a case folder, given itself or its `case.toml`.
    pub(crate) fn open(path: &Path) -> Result<Self, CliError> {
        let (dir, file) = if path.is_dir() {
            (path.to_owned(), path.join("case.toml"))
        } else {
            (path.parent().map(Path::to_owned).unwrap_or_default(), path.to_owned())
        };
        let mut text = String::new();
        if !file.exists() {
            return Err(CliError::usage(
                "there is no such case",
                "a case is a folder with case.toml beside its records; cases/stale-ptr/case.toml is an example to copy",
            )
            .about(file.display().to_string()));
        }
        let opened = File::open(&file).map_err(|e| CliError::io(&file, e))?;
        let size = opened.take(CASE_OCTETS_MAX + 1).read_to_string(&mut text).map_err(|e| CliError::io(&file, e))?;
        if size as u64 > CASE_OCTETS_MAX {
            return Err(CliError::usage("a case file has at most 16 MiB", "records belong into sources")
                .about(file.display().to_string()));
        }
        let case = Case::parse(&text).map_err(|e| CliError::from(e).about(file.display().to_string()))?;
        Ok(Self { dir, case, case_sha256: sha256(text.as_bytes()) })
    }

    /// The name of the case: that of its folder.
    pub(crate) fn name(&self) -> String {
        let full = std::fs::canonicalize(&self.dir).unwrap_or_else(|_| self.dir.clone());
        full.file_name().map_or_else(|| "case".to_owned(), |n| n.to_string_lossy().into_owned())
    }

    /// The files of a source, in order of their names.
    pub(crate) fn files(&self, spec: &SourceSpec) -> Result<Vec<PathBuf>, CliError> {
        let pattern = self.dir.join(&spec.path);
        let is_glob = spec.path.contains(['*', '?', '[']);
        if !is_glob {
            return Ok(if pattern.is_file() { vec![pattern] } else { Vec::new() });
        }
        // Only the part that the case wrote is a pattern; the folder's own name is taken as it is.
        let folder = glob::Pattern::escape(&self.dir.to_string_lossy());
        let found = glob::glob(&format!("{folder}/{}", spec.path)).map_err(|e| {
            CliError::usage(format!("source {:?}: path: {e}", spec.id), "`*` and `?` stand for other characters")
        })?;
        let mut files: Vec<PathBuf> = found.filter_map(Result::ok).filter(|p| p.is_file()).collect();
        files.sort();
        Ok(files)
    }

    /// The files of a source that has at least one.
    pub(crate) fn some_files(&self, spec: &SourceSpec) -> Result<Vec<PathBuf>, CliError> {
        let files = self.files(spec)?;
        if files.is_empty() {
            return Err(CliError::usage(
                format!("source {:?}: no file at {:?}", spec.id, spec.path),
                "paths are relative to the case folder",
            ));
        }
        Ok(files)
    }

    /// The hashes of a source: of its octets, and of each file in parts. Holds no more than a buffer and the parts.
    pub(crate) fn custody_of(&self, spec: &SourceSpec) -> Result<SourceCustody, CliError> {
        let mut whole = Sha256::new();
        let mut trees = Vec::new();
        let mut buffer = vec![0; 64 << 10];
        for path in self.files(spec)? {
            let mut file = File::open(&path).map_err(|e| CliError::io(&path, e))?;
            let mut hasher = TreeHasher::default();
            loop {
                let n = file.read(&mut buffer).map_err(|e| CliError::io(&path, e))?;
                if n == 0 {
                    break;
                }
                whole.update(&buffer[..n]);
                hasher.update(&buffer[..n]);
            }
            trees.push(hasher.finish(&self.relative(&path)));
        }
        Ok(SourceCustody::new(&spec.id, NodeHash(whole.finalize().into()), trees))
    }

    /// Where a file differs from the tree that was kept of it; none where nothing does.
    pub(crate) fn difference(&self, earlier: &FileTree, now: &FileTree) -> Result<Option<Difference>, CliError> {
        let path = self.dir.join(&now.path);
        let open = &mut |at: u64| {
            let mut file = File::open(&path)?;
            file.seek(SeekFrom::Start(at))?;
            Ok(file)
        };
        difference(earlier, now.size, open).map_err(|e| CliError::io(&path, e))
    }

    /// A file's path as the case sees it.
    fn relative(&self, path: &Path) -> String {
        path.strip_prefix(&self.dir).unwrap_or(path).to_string_lossy().into_owned()
    }

    /// The inputs of a source: one for each file, all of one tap.
    pub(crate) fn inputs(&self, number: usize, spec: &SourceSpec) -> Result<Vec<Input>, CliError> {
        let files = self.some_files(spec)?;
        let about = |e: CliError| e.about(format!("source {:?}", spec.id));
        let options = options(number, spec).map_err(about)?;
        let single = files.len() == 1;
        Ok(files
            .into_iter()
            .map(|path| Input {
                id: if single { spec.id.clone() } else { format!("{}/{}", spec.id, name(&path)) },
                path,
                options: options.clone(),
                tap: Some(spec.id.clone()),
                resolution: declared_resolution(&spec.keeps),
            })
            .collect())
    }
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

fn declared_resolution(keeps: &Keeps) -> Option<Resolution> {
    keeps.resolution_s.map(Resolution::from_step_s)
}

fn options(number: usize, spec: &SourceSpec) -> Result<Options, CliError> {
    let csv_map = match &spec.map {
        Some(map) => Some(CsvMap::parse(&map.to_text()).map_err(|e| CliError::from(IntakeError::CsvMap(e)))?),
        None => None,
    };
    let format = match (spec.format.as_str(), spec.kind) {
        ("auto", SourceKind::CsvMap) => Some(Format::CsvMap),
        ("auto", _) => None,
        (text, _) => Some(parse_format(text)?),
    };
    Ok(Options {
        source: SourceId(u32::try_from(number).unwrap_or(u32::MAX)),
        format,
        vantage: spec.vantage.as_deref().map(parse_vantage).transpose()?,
        zone: spec.zone.as_deref().map(parse_zone).transpose()?,
        year: spec.year,
        csv_map,
        ..Options::default()
    })
}
