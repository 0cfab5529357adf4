//! How many requests may come: a token bucket.

use std::num::NonZeroU32;
use std::time::{Duration, Instant};

use super::Rate;

/// A bucket of tokens, of which each request takes one; they come back one by one.
#[derive(Debug, Default)]
pub(in crate::sandbox) struct Bucket {
    /// When it is full again; none when it was never taken from.
    full_at: Option<Instant>,
}

impl Bucket {
    /// Takes a token, or says how long it takes until there is one.
    pub(in crate::sandbox) fn take(
        &mut self,
        rate: Rate,
        burst: Option<NonZeroU32>,
        now: Instant,
    ) -> Result<(), Duration> {
        let interval = rate.interval();
        let room = interval * burst.map_or(1, NonZeroU32::get);
        // Without this request it would be full then; with it, an interval later.
        let full_at = self.full_at.map_or(now, |full_at| full_at.max(now)) + interval;
        let missing = full_at.duration_since(now).saturating_sub(room);
        if missing.is_zero() {
            self.full_at = Some(full_at);
            Ok(())
        } else {
            Err(missing)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_passes_and_then_one_in_each_interval() {
        let (rate, burst) = ("10/s".parse().unwrap(), NonZeroU32::new(3));
        let start = Instant::now();
        let at = |milliseconds| start + Duration::from_millis(milliseconds);
        let mut bucket = Bucket::default();
        for _ in 0..3 {
            assert_eq!(bucket.take(rate, burst, at(0)), Ok(()));
        }
        assert_eq!(bucket.take(rate, burst, at(0)), Err(Duration::from_millis(100)));
        assert_eq!(bucket.take(rate, burst, at(40)), Err(Duration::from_millis(60)));
        assert_eq!(bucket.take(rate, burst, at(100)), Ok(()));
        assert!(bucket.take(rate, burst, at(100)).is_err());
        // A quiet time gives back the burst, and no more.
        for _ in 0..3 {
            assert_eq!(bucket.take(rate, burst, at(10_000)), Ok(()));
        }
        assert!(bucket.take(rate, burst, at(10_000)).is_err());
    }

    #[test]
    fn without_a_burst_one_passes() {
        let mut bucket = Bucket::default();
        let (rate, now) = ("1/h".parse().unwrap(), Instant::now());
        assert_eq!(bucket.take(rate, None, now), Ok(()));
        assert_eq!(bucket.take(rate, None, now), Err(Duration::from_hours(1)));
    }
}
