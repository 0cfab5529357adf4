//! The clock of a leaving user, kept in JumpCloud so that no local file matters.

use std::fmt;
use std::str::FromStr;

use jiff::{Timestamp, Unit};

use super::Cause;

/// Why and since when a user is leaving or suspended: `left 2026-11-22T05:12:43Z`, the cause and an RFC 3339 time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Departure {
    /// Why.
    pub cause: Cause,
    /// Since when, to the second.
    pub since: Timestamp,
}

/// A text that is no [`Departure`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a cause and an RFC 3339 time, such as `left 2026-11-22T05:12:43Z`")]
pub struct InvalidDeparture;

/// What stands in a plan for a time that is not known before the apply.
const TIME_OF_APPLY: &str = "(time of apply)";

impl Departure {
    /// Custom attribute of a user under a grace period.
    pub const LEAVING: &'static str = "adLeaving";
    /// Custom attribute of a user whose suspension is ours.
    pub const SUSPENDED: &'static str = "adSuspended";

    /// The value in a plan: the time is that of the apply.
    pub fn planned(cause: Cause) -> String {
        format!("{cause} {TIME_OF_APPLY}")
    }

    /// What is written for a value of a plan at the time `now`.
    pub fn written(planned: &str, now: Timestamp) -> String {
        let now = now.round(Unit::Second).unwrap_or(now);
        planned.replace(TIME_OF_APPLY, &now.to_string())
    }
}

impl fmt::Display for Departure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.cause, self.since)
    }
}

impl FromStr for Departure {
    type Err = InvalidDeparture;

    fn from_str(text: &str) -> Result<Self, InvalidDeparture> {
        let (cause, since) = text.split_once(' ').ok_or(InvalidDeparture)?;
        let cause =
            Cause::ALL.into_iter().find(|known| known.to_string() == cause).ok_or(InvalidDeparture)?;
        let since = since.parse().map_err(|_| InvalidDeparture)?;
        Ok(Self { cause, since })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_is_written_at_the_time_of_apply() {
        let now: Timestamp = "2026-11-22T05:12:43.4Z".parse().unwrap();
        for cause in Cause::ALL {
            let written = Departure::written(&Departure::planned(cause), now);
            assert_eq!(written, format!("{cause} 2026-11-22T05:12:43Z"));
            let read: Departure = written.parse().unwrap();
            assert_eq!((read.cause, read.to_string()), (cause, written));
        }
    }

    #[test]
    fn refuses_what_names_no_cause_or_no_time() {
        for text in ["", "left", "left (time of apply)", "gone 2026-11-22T05:12:43Z", "left 2026-11-22"] {
            assert!(text.parse::<Departure>().is_err(), "{text}");
        }
    }
}
