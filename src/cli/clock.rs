//! The wall clock, read once for each command and handed on as a value.

use jiff::{Timestamp, Unit};

/// The time now, to the second.
pub(super) fn this_second() -> Timestamp {
    let now = now();
    now.round(Unit::Second).unwrap_or(now)
}

/// The time now.
#[expect(clippy::disallowed_methods, reason = "the one place that reads the clock")]
pub(super) fn now() -> Timestamp {
    Timestamp::now()
}
