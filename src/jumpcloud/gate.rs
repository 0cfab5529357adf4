//! The gate that every request of a client passes: it closes while JumpCloud wants to be left alone.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

/// One for all clones of a client, so that a 429 to one request holds back all others.
#[derive(Default)]
pub(super) struct Gate {
    opens: Mutex<Option<Instant>>,
    is_shut: AtomicBool,
}

impl Gate {
    /// Waits until the gate is open.
    pub(super) async fn pass(&self) {
        loop {
            let opens = *self.opens.lock().unwrap_or_else(PoisonError::into_inner);
            match opens {
                Some(opens) if opens > Instant::now() => sleep_until(opens).await,
                Some(_) | None => return,
            }
        }
    }

    /// Closes the gate for a time; never opens it earlier than somebody else asked for.
    pub(super) fn close_for(&self, pause: Duration) {
        let opens = Instant::now() + pause;
        let mut latest = self.opens.lock().unwrap_or_else(PoisonError::into_inner);
        *latest = (*latest).max(Some(opens));
    }

    /// Shuts the gate for good.
    pub(super) fn shut(&self) {
        self.is_shut.store(true, Ordering::Release);
    }

    /// Whether the gate is shut for good.
    pub(super) fn is_shut(&self) -> bool {
        self.is_shut.load(Ordering::Acquire)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shorter_pause_does_not_open_the_gate_early() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(async {
            let gate = Gate::default();
            let start = Instant::now();
            gate.close_for(Duration::from_millis(40));
            gate.close_for(Duration::from_millis(1));
            gate.pass().await;
            assert!(start.elapsed() >= Duration::from_millis(40));
            gate.pass().await;
        });
    }
}
