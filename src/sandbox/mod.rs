//! A local JumpCloud: enough of its API over HTTP, on the loopback interface, to plan and apply against.
//!
//! It behaves as JumpCloud documents itself, the awkward parts included: pages of ten by default and of a hundred at
//! most, no stable order without `sort`, arrays that a write replaces whole, managers who cannot be deleted while they
//! have reports. It is not for production data, holds no passwords and sends no mail, but says which it would have sent.
//! Nor does it write into a domain, but says what a sync agent would have written there. These, the events of Directory
//! Insights and the log of requests are of the running sandbox alone; a state file holds none of them.
//!
//! At its root it shows to people what it holds and what it was asked for, in pages for a browser.
//!
//! Invariants:
//! - The same state and the same requests give the same ids and the same answers.
//! - With a state file, a write is in its log before its answer leaves; without a write the file is never touched.
//! - A refused write changes nothing.
//! - Looking at its pages changes nothing and is in no log.

mod api;
mod clock;
mod conditions;
mod control;
mod dynamic;
mod error;
mod faults;
mod http;
mod insights;
mod jobs;
mod mail;
mod page;
mod refusal;
mod server;
mod snapshot;
mod state;
mod store;
mod writeback;

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use secrecy::SecretString;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use url::Url;

pub use clock::Clock;
pub use conditions::{Conditions, Habit, Rate, parse_duration};
pub use error::SandboxError;
pub use faults::{Fault, FaultError, FaultKind, Turn};
pub use http::{Limits, Request, ServiceAccount};
pub use mail::{Mail, MailKind};
pub use snapshot::{Copied, Meaning, Snapshot, SnapshotDirectory};
pub use state::State;
pub use store::StateFile;
pub use writeback::{Writeback, WritebackKind};

use server::Server;

/// How a sandbox is run.
#[derive(Debug)]
pub struct Options {
    /// Where to listen; a free port of 127.0.0.1 by default.
    pub listen: SocketAddr,
    /// The key that requests must carry (`x-api-key`); none lets everybody in.
    pub api_key: Option<SecretString>,
    /// The service account that gets tokens at `/oauth2/token`; none gives out no tokens. With one, requests need a token
    /// or the key.
    pub service_account: Option<ServiceAccount>,
    /// Ids of organizations that are seen beside the state's own, and of which nothing is held. With any, requests must
    /// say which they mean.
    pub other_organizations: Vec<String>,
    /// Where the state is kept after each write; none keeps it in memory.
    pub state_file: Option<StateFile>,
    /// What time it is.
    pub clock: Clock,
    /// What goes wrong, and when.
    pub faults: Vec<Fault>,
    /// Under which conditions it answers.
    pub conditions: Conditions,
    /// What chance begins with: the same seed, the same jitter.
    pub seed: u64,
    /// What clients may ask of it.
    pub limits: Limits,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            listen: (Ipv4Addr::LOCALHOST, 0).into(),
            api_key: None,
            service_account: None,
            other_organizations: Vec::new(),
            state_file: None,
            clock: Clock::None,
            faults: Vec::new(),
            conditions: Conditions::default(),
            seed: 0,
            limits: Limits::default(),
        }
    }
}

/// A running sandbox. It stops taking connections when dropped.
#[derive(Debug)]
pub struct Sandbox {
    server: Arc<Server>,
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<()>,
}

impl Sandbox {
    /// Starts a sandbox on the running tokio runtime.
    ///
    /// # Errors
    /// When the address cannot be listened on.
    pub async fn start(state: State, options: Options) -> io::Result<Self> {
        let listener = TcpListener::bind(options.listen).await?;
        let making_ready = tokio::task::spawn_blocking(move || {
            state.make_ready();
            state
        });
        let state = making_ready.await.map_err(io::Error::other)?;
        let address = listener.local_addr()?;
        let url = Url::parse(&format!("http://{address}/")).map_err(io::Error::other)?;
        let limits = options.limits;
        let server = Arc::new(Server::new(state, options, url));
        let (stop, stopped) = oneshot::channel();
        let stopped = async move {
            // A sandbox that was dropped is stopped as well.
            let _ = stopped.await;
        };
        let router = server::router(Arc::clone(&server));
        let task = tokio::spawn(http::serve(listener, router, limits, stopped));
        Ok(Self { server, address, stop: Some(stop), task })
    }

    /// Scheme, host and port, to be used in the place of the console's address.
    pub fn url(&self) -> Url {
        self.server.url.clone()
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// A copy of the state as it is now.
    pub fn state(&self) -> State {
        self.server.state()
    }

    /// The latest requests, oldest first; up to 100,000 are kept, fewer where they are very long.
    pub fn requests(&self) -> Vec<Request> {
        self.server.requests.all()
    }

    /// The mails that JumpCloud would have sent, oldest first; the latest 100,000 are kept.
    pub fn mails(&self) -> Vec<Mail> {
        self.server.mails()
    }

    /// What JumpCloud would have written into Active Directory, oldest first; the latest 100,000 are kept.
    pub fn writebacks(&self) -> Vec<Writeback> {
        self.server.writebacks()
    }

    /// How many tokens were given out.
    pub fn tokens(&self) -> usize {
        self.server.gatekeeper.tokens()
    }

    /// Ends every token that was given out so far.
    pub fn expire_tokens(&self) {
        self.server.gatekeeper.expire_tokens();
    }

    /// How many requests could have changed something, refused ones included.
    pub fn writes(&self) -> usize {
        self.server.writes()
    }

    /// Stops taking connections, lets those that are open finish their requests, brings what was written into the state
    /// file, and ends.
    ///
    /// # Errors
    /// When the state file cannot be written. Nothing is lost: the log beside it holds the rest.
    pub async fn stop(mut self) -> io::Result<()> {
        self.server.end_pauses();
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        let _ = (&mut self.task).await;
        self.server.fold()
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.server.end_pauses();
        // A sandbox that is stopped has nothing left to do here; what cannot be written now is still in the log.
        let _ = self.server.fold();
    }
}
