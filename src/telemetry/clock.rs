//! The one place that reads the wall clock. Everything pure gets the time handed in.

use std::time::{SystemTime, UNIX_EPOCH};

use crate::domain::Timestamp;

/// Now. A clock before 1970 reads as 1970, which makes every price stale and stops everything.
pub fn now() -> Timestamp {
    let millis = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis());
    Timestamp::from_millis(i64::try_from(millis).unwrap_or(i64::MAX))
}
