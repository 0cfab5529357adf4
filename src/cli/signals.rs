//! What ends a program from outside: Ctrl-C, or a service manager's SIGTERM.

use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::error::CliError;

/// Listens from its making on, not only from the first wait: whoever is told afterwards that the program runs may end it
/// at once.
#[derive(Debug)]
pub(super) struct Signals {
    #[cfg(unix)]
    both: Option<[tokio::signal::unix::Signal; 2]>,
}

impl Signals {
    #[cfg(unix)]
    pub(super) fn listen() -> Self {
        use tokio::signal::unix::{SignalKind, signal};
        let interrupted = signal(SignalKind::interrupt());
        let terminated = signal(SignalKind::terminate());
        Self { both: interrupted.and_then(|interrupted| Ok([interrupted, terminated?])).ok() }
    }

    #[cfg(not(unix))]
    pub(super) fn listen() -> Self {
        Self {}
    }

    /// Waits for the next one.
    pub(super) async fn next(&mut self) {
        #[cfg(unix)]
        if let Some([interrupted, terminated]) = &mut self.both {
            tokio::select! {
                _ = interrupted.recv() => {}
                _ = terminated.recv() => {}
            }
            return;
        }
        // An error means that the signal cannot be heard: then only a kill ends the program.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

/// Hears of the first request to stop, which lets what is in flight be finished, and of the second, which does not.
#[derive(Debug)]
pub(super) struct Stop {
    /// Whether somebody has asked.
    is_asked: watch::Receiver<bool>,
    /// Whether somebody has asked again.
    is_insisted: watch::Receiver<bool>,
    listener: JoinHandle<()>,
}

impl Stop {
    /// `on_first` is called when the first one comes.
    pub(super) fn listen(on_first: impl FnOnce() + Send + 'static) -> Self {
        let mut signals = Signals::listen();
        let (ask, is_asked) = watch::channel(false);
        let (insist, is_insisted) = watch::channel(false);
        let listener = tokio::spawn(async move {
            signals.next().await;
            on_first();
            // The receivers live as long as the service.
            let _ = ask.send(true);
            signals.next().await;
            let _ = insist.send(true);
        });
        Self { is_asked, is_insisted, listener }
    }

    /// For those who finish what they do and begin nothing when it turns true.
    pub(super) fn asked(&self) -> watch::Receiver<bool> {
        self.is_asked.clone()
    }

    /// Whether somebody has asked.
    pub(super) fn was_asked(&self) -> bool {
        *self.is_asked.borrow()
    }

    /// Waits until somebody asks.
    pub(super) async fn once(&self) {
        turned_true(self.is_asked.clone()).await;
    }

    /// Waits until somebody asks again.
    pub(super) async fn twice(&self) {
        turned_true(self.is_insisted.clone()).await;
    }

    /// Runs something that writes nothing until it ends or somebody asks to stop.
    pub(super) async fn or_end<T>(
        &self,
        work: impl Future<Output = Result<T, CliError>>,
    ) -> Result<T, CliError> {
        tokio::select! {
            biased;
            () = self.once() => Err(CliError::Interrupted),
            result = work => result,
        }
    }
}

async fn turned_true(mut flag: watch::Receiver<bool>) {
    if flag.wait_for(|is_true| *is_true).await.is_err() {
        // Nobody can ask any more.
        std::future::pending::<()>().await;
    }
}

impl Drop for Stop {
    fn drop(&mut self) {
        self.listener.abort();
    }
}
