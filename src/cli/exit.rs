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
    /// Another run is at work on the same policy and organization, or on the same local organization; nothing was written.
    Locked,
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
            Self::Locked => 7,
            Self::Interrupted => 130,
        }
    }

    /// The exit code of a run over several policies: the worst, in the order 130 1 6 7 5 3 4 2 0.
    pub(super) fn worst(exits: impl IntoIterator<Item = Self>) -> Self {
        exits.into_iter().min_by_key(|exit| exit.rank()).unwrap_or(Self::Done)
    }

    /// How bad it is; the worst is 0.
    fn rank(self) -> u8 {
        match self {
            Self::Interrupted => 0,
            Self::Error => 1,
            Self::Unread => 2,
            Self::Locked => 3,
            Self::Stale => 4,
            Self::Guard => 5,
            Self::Partial => 6,
            Self::Changes => 7,
            Self::Done => 8,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_of_several_is_the_first_in_the_promised_order() {
        let order = [
            Exit::Interrupted,
            Exit::Error,
            Exit::Unread,
            Exit::Locked,
            Exit::Stale,
            Exit::Guard,
            Exit::Partial,
            Exit::Changes,
            Exit::Done,
        ];
        assert_eq!(order.map(Exit::code), [130, 1, 6, 7, 5, 3, 4, 2, 0]);
        for (position, exit) in order.iter().enumerate() {
            for other in &order[position..] {
                assert_eq!((Exit::worst([*exit, *other]), Exit::worst([*other, *exit])), (*exit, *exit));
            }
        }
        assert_eq!(Exit::worst([]), Exit::Done);
    }
}
