//! What time it is in a sandbox.

use std::time::Instant;

use jiff::{SignedDuration, Timestamp};

/// The clock of a sandbox. It is set from outside, so that a run can be repeated to the byte.
#[derive(Debug, Clone, Copy, Default)]
pub enum Clock {
    /// There is none: users carry no `created`, and nothing that is planned for a time ever happens.
    #[default]
    None,
    /// It always shows this.
    Stopped(Timestamp),
    /// It showed this at that moment, and goes on.
    Running(Timestamp, Instant),
}

impl Clock {
    /// A clock that shows this and goes on.
    pub fn running_from(now: Timestamp) -> Self {
        Self::Running(now, Instant::now())
    }

    /// The time now, to the millisecond, as JumpCloud shows it.
    pub(super) fn now(self) -> Option<Timestamp> {
        match self {
            Self::None => None,
            Self::Stopped(now) => Some(now),
            Self::Running(then, started) => {
                let passed = SignedDuration::try_from(started.elapsed()).unwrap_or_default();
                let now = then.checked_add(passed).unwrap_or(then);
                Some(Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now))
            }
        }
    }
}
