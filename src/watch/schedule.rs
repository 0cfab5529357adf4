//! When the next cycle begins.

use std::time::{Duration, Instant};

/// How much later than an interval after the last one a cycle begins at most, as a part of the interval: services that
/// were started together do not ask together for ever.
const MOST_JITTER: f64 = 0.1;

/// How long nothing is tried after Active Directory has refused the account: each try counts towards its lockout, which
/// ends by itself after a time that is mostly shorter.
pub const REST: Duration = Duration::from_hours(1);

/// When the cycle begins that follows one from `began` to `ended`: an interval after its beginning and a little more, or
/// at once where that is over. `chance` is from 0 to 1.
///
/// Nothing is made up for: a cycle that lasts five intervals is followed by one, not by five.
pub fn next(interval: Duration, chance: f64, began: Instant, ended: Instant) -> Instant {
    let later = interval.mul_f64(MOST_JITTER * chance.clamp(0.0, 1.0));
    (began + interval + later).max(ended)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const MINUTE: Duration = Duration::from_mins(1);

    #[test]
    fn a_cycle_follows_an_interval_after_the_beginning_of_the_one_before() {
        let began = Instant::now();
        assert_eq!(next(MINUTE, 0.0, began, began + MINUTE / 2), began + MINUTE);
        assert_eq!(next(MINUTE, 1.0, began, began + MINUTE / 2), began + Duration::from_secs(66));
    }

    #[test]
    fn a_long_cycle_is_followed_by_one() {
        let began = Instant::now();
        let ended = began + 5 * MINUTE;
        assert_eq!(next(MINUTE, 0.5, began, ended), ended);
        let after = next(MINUTE, 0.0, ended, ended + Duration::from_secs(1));
        assert_eq!(after, ended + MINUTE, "and not at once again");
    }

    proptest! {
        #[test]
        fn cycles_never_overlap_and_never_begin_early(
            millis in 1..200_000_u64,
            chance in 0.0..=1.0_f64,
            lasted in 0..1_000_000_u64,
        ) {
            let (interval, began) = (Duration::from_millis(millis), Instant::now());
            let ended = began + Duration::from_millis(lasted);
            let next = next(interval, chance, began, ended);
            prop_assert!(next >= ended && next >= began + interval);
            prop_assert!(next <= ended.max(began + interval.mul_f64(1.1)));
        }
    }
}
