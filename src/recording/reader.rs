//! Reading a recording line by line.

use std::fs::File;
use std::io::{self, BufRead, BufReader, ErrorKind, Read};
use std::path::Path;
use std::sync::Arc;

use flate2::bufread::MultiGzDecoder;

use super::Block;
use super::header::{BEGIN, Header};
use super::line::Decoder;
use crate::domain::pool::Pool;

/// Longest line that is read, and written.
pub const MAX_LINE_BYTES: u64 = 128 << 20;
/// The first bytes of what gzip wrote.
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// Why a recording cannot be read further.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The system or gzip says no.
    #[error("line {line} cannot be read: {error}")]
    Io {
        /// Line, from 1.
        line: u64,
        /// What went wrong.
        error: io::Error,
    },
    /// A line is longer than any recorder writes.
    #[error("line {line} is longer than {limit} bytes; no recorder writes such lines")]
    TooLong {
        /// Line, from 1.
        line: u64,
        /// Bytes.
        limit: u64,
    },
    /// A line is not what it should be.
    #[error("line {line}: {reason}")]
    Line {
        /// Line, from 1.
        line: u64,
        /// What is wrong.
        reason: String,
    },
}

/// What a line of a recording is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entry {
    /// A header: what follows is about it.
    Header(Box<Header>),
    /// A block.
    Block(Box<Block>),
}

/// Reads a recording; holds one line and one state of every pool. A last line that was cut off is left out.
pub struct Reader {
    input: Box<dyn BufRead>,
    limit: u64,
    line: u64,
    buffer: Vec<u8>,
    decoder: Option<Decoder>,
    cut: bool,
    ended: bool,
}

impl Reader {
    /// Of the file at `path`.
    ///
    /// # Errors
    /// What the system says.
    pub fn open(path: &Path) -> io::Result<Self> {
        Self::new(File::open(path)?)
    }

    /// Of `input`, plain or compressed with gzip.
    ///
    /// # Errors
    /// That the first bytes cannot be read.
    pub fn new(input: impl Read + 'static) -> io::Result<Self> {
        let mut input = BufReader::new(input);
        let is_gzip = input.fill_buf()?.starts_with(&GZIP);
        let input: Box<dyn BufRead> =
            if is_gzip { Box::new(BufReader::new(MultiGzDecoder::new(input))) } else { Box::new(input) };
        Ok(Self {
            input,
            limit: MAX_LINE_BYTES,
            line: 0,
            buffer: Vec::new(),
            decoder: None,
            cut: false,
            ended: false,
        })
    }

    /// The same with lines of at most `limit` bytes.
    #[must_use]
    pub fn with_limit(mut self, limit: u64) -> Self {
        self.limit = limit;
        self
    }

    /// All pools as of the last block.
    pub fn pools(&self) -> &[Option<Arc<Pool>>] {
        self.decoder.as_ref().map_or(&[], Decoder::pools)
    }

    /// Whether the recording ends within a line, as one does whose daemon was killed. Known at the end.
    pub const fn is_cut(&self) -> bool {
        self.cut
    }

    /// The next line into the buffer; `false` at the end.
    fn fill(&mut self) -> Result<bool, ReadError> {
        self.buffer.clear();
        self.line = self.line.saturating_add(1);
        let line = self.line;
        let read = (&mut self.input).take(self.limit.saturating_add(1)).read_until(b'\n', &mut self.buffer);
        match read {
            Ok(_) => {}
            // The end of a file that was still being compressed.
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => self.cut = true,
            Err(error) => return Err(ReadError::Io { line, error }),
        }
        if u64::try_from(self.buffer.len()).map_or(true, |length| length > self.limit) {
            return Err(ReadError::TooLong { line, limit: self.limit });
        }
        Ok(!self.buffer.is_empty())
    }

    fn read(&mut self) -> Result<Option<Entry>, ReadError> {
        loop {
            if self.cut || !self.fill()? {
                return if self.decoder.is_none() {
                    Err(ReadError::Line { line: 1, reason: "the file is empty".to_owned() })
                } else {
                    Ok(None)
                };
            }
            let is_whole = self.buffer.last() == Some(&b'\n');
            let line = self.buffer.trim_ascii();
            if line.is_empty() {
                continue;
            }
            let decoded = match &mut self.decoder {
                Some(decoder) if !line.starts_with(BEGIN) => {
                    decoder.decode(line).map(|block| Entry::Block(Box::new(block)))
                }
                Some(_) | None => Header::decode(line).map(|header| {
                    self.decoder = Some(Decoder::new(&header));
                    Entry::Header(Box::new(header))
                }),
            };
            return match decoded {
                Ok(entry) => Ok(Some(entry)),
                // Only of a recording can it be said that it was cut.
                Err(_) if !is_whole && self.decoder.is_some() => {
                    self.cut = true;
                    Ok(None)
                }
                Err(reason) => Err(ReadError::Line { line: self.line, reason }),
            };
        }
    }
}

impl Iterator for Reader {
    type Item = Result<Entry, ReadError>;

    /// The next line; nothing follows an error.
    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let entry = self.read().transpose();
        self.ended = !matches!(entry, Some(Ok(_)));
        entry
    }
}
