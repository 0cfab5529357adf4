//! A way to JumpCloud that ends at one chosen write: what a process that dies there leaves behind can be looked at.
//!
//! Everything is passed on, there and back, until that write. Then the test hears of it, and the client gets no answer
//! before the test says so.

use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, Mutex, mpsc};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::Method;
use axum::http::header::{CONTENT_LENGTH, HOST, TRANSFER_ENCODING};
use axum::response::Response;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use url::Url;

use super::cases::at_each;

/// Where the way ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cut {
    /// Which write, counted from 1.
    pub(crate) write: usize,
    pub(crate) side: Side,
}

/// On which side of the write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    /// It does not reach JumpCloud.
    Before,
    /// JumpCloud carries it out, and the answer does not come back.
    After,
}

impl fmt::Display for Cut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let side = match self.side {
            Side::Before => "before",
            Side::After => "after",
        };
        write!(f, "{side} write {}", self.write)
    }
}

/// Tries every place at which a run of so many writes can end, some at a time. Fails with all that `problems` says.
pub(crate) fn at_every_cut(writes: usize, problems: impl Fn(Cut) -> Vec<String> + Sync) {
    assert!(writes > 0, "there is nothing to interrupt");
    let cuts = (1..=writes).flat_map(|write| [Side::Before, Side::After].map(|side| Cut { write, side }));
    at_each(cuts, problems);
}

/// A running way, for one client. It ends when dropped.
#[derive(Debug)]
pub(crate) struct Crossing {
    url: Url,
    reached: mpsc::Receiver<String>,
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

#[derive(Debug)]
struct Shared {
    target: Url,
    cut: Cut,
    go_on: Notify,
    writes: AtomicUsize,
    reached: Mutex<mpsc::Sender<String>>,
}

/// Far longer than a run of the binary takes.
const LONGEST_RUN: Duration = Duration::from_secs(20);

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| {
    tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap()
});

static CLIENT: LazyLock<reqwest::Client> =
    LazyLock::new(|| reqwest::Client::builder().no_proxy().build().unwrap());

impl Crossing {
    /// A way to the server at `target`.
    pub(crate) fn to(target: &str, cut: Cut) -> Self {
        let (sender, reached) = mpsc::channel();
        let shared = Arc::new(Shared {
            target: target.parse().unwrap(),
            cut,
            go_on: Notify::new(),
            writes: AtomicUsize::new(0),
            reached: Mutex::new(sender),
        });
        let listener = RUNTIME.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
        let passing = Arc::clone(&shared);
        let router = Router::new().fallback(move |request: Request| pass(Arc::clone(&passing), request));
        let task = RUNTIME.spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { url, reached, shared, task }
    }

    /// What `url` of a policy takes.
    pub(crate) fn url(&self) -> &str {
        self.url.as_str()
    }

    /// Waits for the write at which the way ends, and names it; none when it does not come.
    pub(crate) fn reached(&self) -> Option<String> {
        self.reached.recv_timeout(LONGEST_RUN).ok()
    }

    /// Lets that write through after all, and everything behind it.
    pub(crate) fn go_on(&self) {
        self.shared.go_on.notify_one();
    }
}

impl Drop for Crossing {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn pass(shared: Arc<Shared>, request: Request) -> Response {
    let path = request.uri().path().to_owned();
    let is_write = request.method() != Method::GET && !path.starts_with("/api/search/");
    let number = if is_write { shared.writes.fetch_add(1, Ordering::SeqCst) + 1 } else { 0 };
    let is_cut = number == shared.cut.write;
    let words = format!("{} {path}", request.method());
    let wait = async {
        shared.reached.lock().unwrap().send(words).unwrap();
        shared.go_on.notified().await;
    };
    if is_cut && shared.cut.side == Side::Before {
        wait.await;
        return forward(&shared.target, request).await;
    }
    let answer = forward(&shared.target, request).await;
    if is_cut {
        wait.await;
    }
    answer
}

/// Sends the same request to the server, and its answer back.
pub(crate) async fn forward(target: &Url, request: Request) -> Response {
    let (mut parts, body) = request.into_parts();
    parts.headers.remove(HOST);
    parts.headers.remove(CONTENT_LENGTH);
    let url = target.join(&parts.uri.to_string()).unwrap();
    let body = to_bytes(body, usize::MAX).await.unwrap();
    let answer = CLIENT.request(parts.method, url).headers(parts.headers).body(body).send().await.unwrap();
    let mut response = Response::builder().status(answer.status());
    for (name, value) in answer.headers() {
        if name != CONTENT_LENGTH && name != TRANSFER_ENCODING {
            response = response.header(name, value);
        }
    }
    response.body(Body::from(answer.bytes().await.unwrap())).unwrap()
}
