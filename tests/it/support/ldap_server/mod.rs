//! A scripted LDAP server: a small Active Directory over real TLS, which can break off in every way that a real one
//! can.
//!
//! ```ignore
//! let server = Script::new()
//!     .entry(Entry::user("CN=Ada,OU=Staff,DC=corp,DC=example,DC=com"))
//!     .entry(Entry::group("CN=JumpCloud,OU=Staff,DC=corp,DC=example,DC=com").members([…]))
//!     .page_cap(1000)
//!     .end_search("objectClass=group", 1, Ending::Result(51))
//!     .start();
//! ```
//!
//! It answers base and subtree searches with filters of `and`, `or`, `not`, equality and presence, paged results bound
//! to their connection, ranges, extended DNs, `<GUID=…>` bases and `memberOf` as Active Directory does, and says
//! protocolError to everything but bind, search, unbind and StartTLS. It runs in a thread of its own until it is
//! dropped, so that tests of the binary can use it as well as async ones.

#![expect(clippy::wildcard_enum_match_arm, reason = "the codec's enums are non-exhaustive")]
#![expect(clippy::no_effect_underscore_binding, reason = "the codec's derives write such bindings")]

mod connection;
mod entry;
mod form;
mod script;
mod search;
mod tls;

use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use tokio::net::TcpListener;
use tokio::sync::oneshot;

pub(crate) use entry::{Entry, sid};
pub(crate) use script::{CutEnd, Ending, RangeFault, Script};

/// The DN of the domain that every server holds.
pub(crate) const DOMAIN: &str = "DC=corp,DC=example,DC=com";
/// The only account that may bind.
pub(crate) const ACCOUNT: &str = r"CORP\jcimport";
/// Its password.
pub(crate) const PASSWORD: &str = "correct horse battery staple";

/// A running server.
pub(crate) struct LdapServer {
    url: String,
    ca_pem: String,
    script: Arc<Mutex<Script>>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl LdapServer {
    fn start(script: Script) -> Self {
        let (tls, ca_pem) = tls::configure(&script.host_names, script.validity);
        let is_plain = script.has(script::Habit::StartTls) || script.has(script::Habit::Plain);
        let scheme = if is_plain { "ldap" } else { "ldaps" };
        let script = Arc::new(Mutex::new(script));
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let url = format!("{scheme}://127.0.0.1:{}", listener.local_addr().unwrap().port());
        let (stop, stopped) = oneshot::channel();
        let shared = Arc::clone(&script);
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async move {
                let listener = TcpListener::from_std(listener).unwrap();
                let accept = async {
                    while let Ok((stream, _)) = listener.accept().await {
                        tokio::spawn(connection::serve(stream, tls.clone(), Arc::clone(&shared)));
                    }
                };
                tokio::select! { () = accept => {}, _ = stopped => {} }
            });
        });
        Self { url, ca_pem, script, stop: Some(stop), thread: Some(thread) }
    }

    /// `ldaps://127.0.0.1:PORT`, or `ldap://…` of a server that begins without TLS.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// The certificate of the CA that issued the server's.
    pub(crate) fn ca_pem(&self) -> &str {
        &self.ca_pem
    }

    /// What was asked so far, one line a request: `bind NAME`, or `search BASE SCOPE FILTER [ATTRIBUTES]`.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.script.lock().unwrap().requests.clone()
    }

    /// How many connections were made so far.
    pub(crate) fn connections(&self) -> usize {
        self.script.lock().unwrap().connections
    }

    /// How many bytes of LDAP messages were sent so far, on all connections.
    pub(crate) fn bytes_sent(&self) -> usize {
        self.script.lock().unwrap().bytes_sent
    }

    /// All that came without TLS so far.
    pub(crate) fn clear_text(&self) -> Vec<u8> {
        self.script.lock().unwrap().clear_text.clone()
    }

    /// From now on, ends each search whose filter contains `filter` once it has sent `after` entries.
    pub(crate) fn end_searches(&self, filter: &str, after: usize, ending: Ending) {
        self.script.lock().unwrap().fault = Some(script::Fault { filter: filter.to_owned(), after, ending });
    }

    /// Changes the directory under the feet of whoever reads it.
    pub(crate) fn edit(&self, change: impl FnOnce(&mut Vec<Entry>)) {
        change(&mut self.script.lock().unwrap().entries);
    }
}

impl Drop for LdapServer {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap();
        }
    }
}
