//! The wall clock, read once for each command and handed on as a value.

use jiff::{RoundMode, Timestamp, TimestampRound, Unit};

/// The second that has begun.
pub(super) fn this_second() -> Timestamp {
    let now = now();
    now.round(TimestampRound::new().smallest(Unit::Second).mode(RoundMode::Floor)).unwrap_or(now)
}

/// The time now.
#[expect(clippy::disallowed_methods, reason = "the one place that reads the clock")]
pub(super) fn now() -> Timestamp {
    Timestamp::now()
}
