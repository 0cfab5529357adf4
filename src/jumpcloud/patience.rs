//! How long to wait for an answer, and how often to ask again.

use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};

/// Repetitions after a failure that may pass (connection lost, timeout, 500, 502, 503, 504).
const REPEATS_AFTER_FAILURE: usize = 5;

/// Repetitions after a 429. More than after a failure: among many requests that wait for the same allowance, some
/// have to lose several times.
const REPEATS_AFTER_REFUSAL: usize = 12;

/// Time limits and delays of a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// Longest wait for one answer, from sending to its last byte.
    pub timeout: Duration,
    /// Delay before the first repetition. It doubles with each further one, and a random part of up to its own length
    /// comes on top.
    pub first_delay: Duration,
    /// Where the doubling ends.
    pub longest_delay: Duration,
    /// The most that a `Retry-After` is obeyed for.
    pub longest_pause: Duration,
}

impl Default for Patience {
    /// 30 s for an answer, delays from 0.5 s to 30 s, pauses of up to 60 s.
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(30),
            first_delay: Duration::from_millis(500),
            longest_delay: Duration::from_secs(30),
            longest_pause: Duration::from_mins(1),
        }
    }
}

/// The delays that one request has left, for each reason to repeat it.
pub(super) struct Delays {
    pub(super) after_failure: ExponentialBackoff,
    pub(super) after_refusal: ExponentialBackoff,
}

impl Patience {
    pub(super) fn delays(&self) -> Delays {
        let delays = ExponentialBuilder::new()
            .with_min_delay(self.first_delay)
            .with_max_delay(self.longest_delay)
            .with_jitter();
        Delays {
            after_failure: delays.with_max_times(REPEATS_AFTER_FAILURE).build(),
            after_refusal: delays.with_max_times(REPEATS_AFTER_REFUSAL).build(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_double_with_a_random_part_and_end() {
        let patience = Patience { longest_delay: Duration::from_secs(2), ..Patience::default() };
        let delays: Vec<Duration> = patience.delays().after_failure.collect();
        assert_eq!(delays.len(), REPEATS_AFTER_FAILURE);
        for (delay, base) in delays.iter().zip([500, 1000, 2000, 2000, 2000]) {
            let base = Duration::from_millis(base);
            assert!(*delay >= base && *delay <= base * 2, "{delay:?} for {base:?}");
        }
    }
}
