//! How a person, a service manager or a closing terminal asks the program to stop.
//!
//! Ctrl-C, SIGTERM and SIGHUP say the same: stop as soon as nothing is lost by it. Whoever says it twice does not want to
//! wait, whatever the program is at.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::error::CliError;
use super::exit::Exit;
use super::terminal;

/// Hears of being asked to stop.
struct Signals {
    #[cfg(unix)]
    kinds: Vec<tokio::signal::unix::Signal>,
}

impl Signals {
    /// It hears from the call on, not only from the first time that it is waited for: whoever is told afterwards that the
    /// program runs may end it at once.
    #[cfg(unix)]
    fn listen() -> Self {
        use tokio::signal::unix::{SignalKind, signal};
        let kinds = [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()];
        let is_heard = |kind: &SignalKind| *kind != SignalKind::hangup() || !ignores_hangup();
        Self { kinds: kinds.into_iter().filter(is_heard).filter_map(|kind| signal(kind).ok()).collect() }
    }

    #[cfg(not(unix))]
    fn listen() -> Self {
        Self {}
    }

    /// Waits for the next one.
    #[cfg(unix)]
    async fn next(&mut self) {
        use futures_util::future::select_all;
        if self.kinds.is_empty() {
            // None can be heard: then only a kill ends the program.
            std::future::pending::<()>().await;
        }
        select_all(self.kinds.iter_mut().map(|kind| Box::pin(kind.recv()))).await;
    }

    /// Waits for the next one.
    #[cfg(not(unix))]
    async fn next(&mut self) {
        if tokio::signal::ctrl_c().await.is_err() {
            // None can be heard: then only a kill ends the program.
            std::future::pending::<()>().await;
        }
    }
}

/// Whether the program was started to outlive its terminal, as with `nohup`; known on Linux alone.
#[cfg(unix)]
fn ignores_hangup() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    // SIGHUP is the first of the signals.
    ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).is_some_and(|mask| mask & 1 == 1)
}

/// Makes of a file that may not grow any more (`ulimit -f`) an error of the write to it. Else its signal would end the
/// program in the middle of a run, without a report.
#[cfg(unix)]
pub(super) fn outlive_full_files() {
    use tokio::signal::unix::{SignalKind, signal};
    // SIGXFSZ, on every system but Linux on MIPS.
    let number = if cfg!(any(target_arch = "mips", target_arch = "mips64")) { 31 } else { 25 };
    // It is handled from now on, whether or not anybody listens. Where it cannot be, the program works as well.
    let _ = signal(SignalKind::from_raw(number));
}

/// No other system sends such a signal.
#[cfg(not(unix))]
pub(super) fn outlive_full_files() {}

/// Ends the program when it is asked for a second time; what is in flight is then as after a kill. Without a word: standard
/// error may be a log that machines read.
#[expect(clippy::exit, reason = "whatever the program is at may never end")]
async fn end_at_the_next(mut signals: Signals) {
    signals.next().await;
    std::process::exit(Exit::Interrupted.code().into());
}

/// Waits until somebody ends the program. It hears from the call on.
pub(super) fn until_stopped() -> impl Future<Output = ()> {
    let mut signals = Signals::listen();
    async move { signals.next().await }
}

/// Runs something that writes nothing until it ends or the person gives up. Whatever blocks it does not keep a second
/// signal from being heard.
pub(super) async fn until_interrupted<T>(
    work: impl Future<Output = Result<T, CliError>>,
) -> Result<T, CliError> {
    Interrupt::listen().or_end(work).await
}

/// Hears of being asked to stop during a run: once is enough for all that is left. A run has one, from before it reads to
/// after its last write, so that nothing is said between two of them, where nobody hears it.
pub(super) struct Interrupt {
    asked: watch::Receiver<bool>,
    writes: Arc<AtomicBool>,
    listener: JoinHandle<()>,
}

impl Interrupt {
    /// Whoever asks while it writes is told that it was heard; before that the end says so.
    pub(super) fn listen() -> Self {
        Self::hear(|writes| {
            if writes {
                terminal::say("\nStopping: what is in flight is finished first.\n");
            }
        })
    }

    /// Does this when it was heard, which is told whether the run writes.
    pub(super) fn hear(answer: impl FnOnce(bool) + Send + 'static) -> Self {
        let (ask, asked) = watch::channel(false);
        let writes = Arc::new(AtomicBool::new(false));
        let is_writing = Arc::clone(&writes);
        let mut signals = Signals::listen();
        let listener = tokio::spawn(async move {
            signals.next().await;
            answer(is_writing.load(Ordering::SeqCst));
            // The receiver lives as long as the run.
            let _ = ask.send(true);
            end_at_the_next(signals).await;
        });
        Self { asked, writes, listener }
    }

    /// From now on the run writes, unless it was asked before.
    pub(super) fn begin_to_write(&self) -> Result<(), CliError> {
        self.writes.store(true, Ordering::SeqCst);
        if self.is_asked() { Err(CliError::Interrupted) } else { Ok(()) }
    }

    /// Turns true when it was asked for.
    pub(super) fn asked(&self) -> watch::Receiver<bool> {
        self.asked.clone()
    }

    pub(super) fn is_asked(&self) -> bool {
        *self.asked.borrow()
    }

    /// Runs something that writes nothing until it ends or the person gives up.
    pub(super) async fn or_end<T>(
        &self,
        work: impl Future<Output = Result<T, CliError>>,
    ) -> Result<T, CliError> {
        tokio::select! {
            result = work => result,
            () = self.once_asked() => Err(CliError::Interrupted),
        }
    }

    /// Waits until it is asked for.
    pub(super) async fn once_asked(&self) {
        let mut asked = self.asked.clone();
        if asked.wait_for(|asked| *asked).await.is_err() {
            // Nobody can ask any more.
            std::future::pending::<()>().await;
        }
    }
}

impl Drop for Interrupt {
    fn drop(&mut self) {
        self.listener.abort();
    }
}
