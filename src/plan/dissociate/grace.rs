//! The grace period of a leaving user. The clock is on the user in JumpCloud: nothing local decides when it ends.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::model::{Cause, Departure, Field, User};

/// How far a grace period is.
#[derive(Debug, Clone, Copy)]
pub(super) enum Grace {
    /// It begins with this run: the user bears no clock, or one for another cause, or one that cannot be read.
    Begins(Duration),
    /// It goes on until this time; none for one that ends beyond all time.
    Runs(Option<Timestamp>),
    /// It began at this time, and is over.
    Over(Timestamp),
}

impl Grace {
    pub(super) fn read(user: &User, cause: Cause, length: Duration, now: Timestamp) -> Self {
        let leaving = user.field(&Field::custom(Departure::LEAVING));
        let leaving: Option<Departure> = leaving.and_then(|text| text.parse().ok());
        let Some(Departure { since, .. }) = leaving.filter(|leaving| leaving.cause == cause) else {
            return Self::Begins(length);
        };
        let until = SignedDuration::try_from(length).ok().and_then(|length| since.checked_add(length).ok());
        if until.is_some_and(|until| now >= until) { Self::Over(since) } else { Self::Runs(until) }
    }

    /// When what is done `then` is done: `removed after 7d, unless it returns`.
    pub(super) fn words(self, then: &str) -> String {
        match self {
            Self::Begins(length) => format!("{then} after {}, unless it returns", in_longest_unit(length)),
            Self::Runs(Some(until)) => format!("{then} after {until}, unless it returns"),
            Self::Runs(None) => "its grace period never ends".to_owned(),
            Self::Over(since) => format!("its grace period, which began at {since}, is over"),
        }
    }
}

/// `7d`, `36h`: as a policy writes it, weeks as days.
fn in_longest_unit(length: Duration) -> String {
    let seconds = length.as_secs();
    let units = [("d", 24 * 60 * 60), ("h", 60 * 60), ("m", 60), ("s", 1)];
    let unit = units.into_iter().find(|(_, unit)| seconds.is_multiple_of(*unit));
    unit.map_or_else(String::new, |(name, unit)| format!("{}{name}", seconds / unit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_shown_in_the_longest_unit_that_fits() {
        for (seconds, text) in [(604_800, "7d"), (129_600, "36h"), (90 * 60, "90m"), (61, "61s")] {
            assert_eq!(in_longest_unit(Duration::from_secs(seconds)), text);
        }
    }
}
