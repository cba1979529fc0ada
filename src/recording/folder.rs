//! The files of a folder: one after the other, compressed, the oldest removed when they become too many.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::domain::{ChainName, Timestamp};

/// How the names of recordings end.
pub const FILE_ENDING: &str = ".jsonl.gz";
/// Seconds of a day.
const DAY: i64 = 86_400;
/// Characters of a time in a file's name: `20260102T030405678Z`.
const TIME_LENGTH: usize = 19;
/// Names that are tried for a new file, a millisecond apart.
const NAMES_AT_MOST: u32 = 1_000;

/// Bounds of recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Compressed bytes after which another file is begun; so it is on another day (UTC).
    pub file_bytes: u64,
    /// Compressed bytes of all recordings of a chain in the folder; the oldest are removed.
    pub folder_bytes: u64,
    /// Blocks after which all pools are written again, so that a file can be cut there.
    pub full_every: u64,
    /// Blocks that may wait to be written; more are dropped.
    pub queue: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { file_bytes: 64 << 20, folder_bytes: 4 << 30, full_every: 500, queue: 256 }
    }
}

/// Counts what goes through.
struct Counted {
    file: File,
    bytes: u64,
}

impl Write for Counted {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.bytes = self.bytes.saturating_add(u64::try_from(written).unwrap_or(u64::MAX));
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// The recordings of one chain.
pub(super) struct Folder {
    path: PathBuf,
    /// How their names begin.
    prefix: String,
    limits: Limits,
    open: Option<(GzEncoder<Counted>, i64)>,
}

impl Folder {
    pub(super) fn new(path: &Path, chain: &ChainName, limits: Limits) -> Self {
        let plain = |character: char| if character.is_ascii_alphanumeric() { character } else { '-' };
        let prefix = chain.as_str().chars().map(plain).chain(['-']).collect();
        Self { path: path.to_owned(), prefix, limits, open: None }
    }

    /// Whether what is written at `at` begins another file.
    pub(super) fn is_due(&self, at: Timestamp) -> bool {
        match &self.open {
            Some((file, day)) => file.get_ref().bytes >= self.limits.file_bytes || *day != day_of(at),
            None => true,
        }
    }

    /// Begins another file with `header`.
    pub(super) fn begin(&mut self, at: Timestamp, header: &[u8]) -> io::Result<()> {
        self.finish()?;
        fs::create_dir_all(&self.path)?;
        self.prune()?;
        let counted = Counted { file: self.create(at)?, bytes: 0 };
        self.open = Some((GzEncoder::new(counted, Compression::default()), day_of(at)));
        self.write(header)
    }

    fn create(&self, at: Timestamp) -> io::Result<File> {
        let mut last = io::Error::from(io::ErrorKind::AlreadyExists);
        for later in 0..NAMES_AT_MOST {
            let time = at.plus(Duration::from_millis(u64::from(later))).to_string();
            let time: String = time.chars().filter(char::is_ascii_alphanumeric).collect();
            match File::create_new(self.path.join(format!("{}{time}{FILE_ENDING}", self.prefix))) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => last = error,
                created => return created,
            }
        }
        Err(last)
    }

    /// Writes a line; what was written can be read from then on, however the process ends.
    pub(super) fn write(&mut self, line: &[u8]) -> io::Result<()> {
        let Some((file, _)) = &mut self.open else { return Err(io::ErrorKind::NotFound.into()) };
        file.write_all(line)?;
        file.write_all(b"\n")?;
        file.flush()
    }

    /// Ends the open file.
    pub(super) fn finish(&mut self) -> io::Result<()> {
        self.open.take().map_or(Ok(()), |(file, _)| file.finish().map(|_| ()))
    }

    /// Removes the oldest recordings of this chain until another file has room.
    fn prune(&self) -> io::Result<()> {
        let mut files: Vec<(PathBuf, u64)> = Vec::new();
        for entry in fs::read_dir(&self.path)? {
            let entry = entry?;
            let is_ours = entry.file_name().to_str().is_some_and(|name| self.is_ours(name));
            if is_ours && entry.file_type()?.is_file() {
                files.push((entry.path(), entry.metadata()?.len()));
            }
        }
        // Names of one length with the time in them.
        files.sort();
        let mut total = files.iter().fold(self.limits.file_bytes, |sum, (_, size)| sum.saturating_add(*size));
        for (path, size) in files {
            if total <= self.limits.folder_bytes {
                break;
            }
            fs::remove_file(path)?;
            total = total.saturating_sub(size);
        }
        Ok(())
    }

    /// Whether a file of this name was written for this chain.
    fn is_ours(&self, name: &str) -> bool {
        let time = name.strip_prefix(&self.prefix).and_then(|rest| rest.strip_suffix(FILE_ENDING));
        time.is_some_and(|time| {
            time.len() == TIME_LENGTH
                && time.ends_with('Z')
                && time.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'T' | b'Z'))
        })
    }
}

const fn day_of(at: Timestamp) -> i64 {
    at.seconds().div_euclid(DAY)
}
