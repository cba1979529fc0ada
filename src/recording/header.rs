//! The first line of a recording.

use serde::{Deserialize, Serialize};

use crate::domain::Timestamp;
use crate::strategies::arbitrage::Goal;

/// The version of the format that is written, and the only one that is read.
pub const VERSION: u32 = 1;
/// How a header begins; no other line does.
pub(super) const BEGIN: &[u8] = b"{\"recording\":";
/// Most pools a recording may have: room is made for all of them before the first is read.
const MOST_POOLS: usize = 1_000_000;

/// What stays the same from block to block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// When the recorder was started. Files of one start follow each other without a gap but for blocks that were
    /// dropped; another start begins anew.
    pub started: Timestamp,
    /// How many pools there are, known or not.
    pub pools: usize,
    /// What arbitrage may do. Its `busy` is part of every block instead.
    pub goal: Goal,
}

/// As it is written.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    recording: u32,
    started: Timestamp,
    pools: usize,
    goal: Goal,
}

#[derive(Deserialize)]
struct Version {
    recording: u32,
}

impl Header {
    /// The line, without its end.
    ///
    /// # Errors
    /// [`serde_json::Error`] when it cannot be written as JSON.
    pub fn encode(&self) -> Result<Vec<u8>, serde_json::Error> {
        let Self { started, pools, ref goal } = *self;
        serde_json::to_vec(&Line { recording: VERSION, started, pools, goal: goal.clone() })
    }

    /// From a line.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn decode(line: &[u8]) -> Result<Self, String> {
        let no_header =
            "this is no header of a recording; `purser run` writes one with `record = \"FOLDER\"`";
        if !line.trim_ascii_start().starts_with(BEGIN) {
            return Err(no_header.to_owned());
        }
        let Version { recording } =
            serde_json::from_slice(line).map_err(|error| format!("{no_header} ({error})"))?;
        if recording != VERSION {
            return Err(format!(
                "the recording is of version {recording}; this build reads version {VERSION}"
            ));
        }
        let line: Line = serde_json::from_slice(line).map_err(|error| error.to_string())?;
        if line.pools > MOST_POOLS {
            return Err(format!("{} pools are more than the {MOST_POOLS} that are read", line.pools));
        }
        Ok(Self { started: line.started, pools: line.pools, goal: line.goal })
    }
}
