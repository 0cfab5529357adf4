//! The wall clock, read once for each command and handed on as a value.

use jiff::{RoundMode, Timestamp, TimestampRound, Unit};

/// The second that has begun.
pub(super) fn this_second() -> Timestamp {
    second_of(now())
}

/// The second in which a moment lies.
pub(super) fn second_of(moment: Timestamp) -> Timestamp {
    moment.round(TimestampRound::new().smallest(Unit::Second).mode(RoundMode::Floor)).unwrap_or(moment)
}

/// The time now.
#[expect(clippy::disallowed_methods, reason = "the one place that reads the clock")]
pub(super) fn now() -> Timestamp {
    Timestamp::now()
}
