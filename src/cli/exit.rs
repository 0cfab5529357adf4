//! Exit codes.

/// How a command ended. The numbers are a public promise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Done, or nothing to do.
    Done,
    /// Usage, policy, refused credentials, TLS, missing container or group, declined.
    Error,
    /// Changes are planned; only with `--detailed-exitcode`.
    Changes,
    /// Stopped by a guard; nothing was written.
    Guard,
    /// Applied in part.
    Partial,
    /// The approved plan does not fit any more; nothing was written.
    Stale,
    /// A side could not be read whole; nothing was planned.
    Unread,
    /// Interrupted.
    Interrupted,
}

impl Exit {
    /// The number that the process ends with.
    pub fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Error => 1,
            Self::Changes => 2,
            Self::Guard => 3,
            Self::Partial => 4,
            Self::Stale => 5,
            Self::Unread => 6,
            Self::Interrupted => 130,
        }
    }
}
