//! A server that answers what a test says, for answers that the sandbox never gives.

use std::sync::{Arc, Mutex};
use std::time::Instant;

use axum::Router;
use axum::extract::Request;
use axum::response::Response;
use tokio::net::TcpListener;
use url::Url;

/// A running server; it ends with the test's runtime.
pub(crate) struct Scripted {
    pub(crate) url: Url,
    seen: Arc<Mutex<Vec<Seen>>>,
}

/// A request that arrived.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub(crate) at: Instant,
    /// Path and query.
    pub(crate) target: String,
}

impl Seen {
    /// The value of a query parameter, as a number.
    pub(crate) fn number(&self, name: &str) -> usize {
        let url = Url::parse("http://x").unwrap().join(&self.target).unwrap();
        let (_, value) = url.query_pairs().find(|(key, _)| key == name).unwrap();
        value.parse().unwrap()
    }
}

impl Scripted {
    /// Starts a server that answers each request by `answer(position, request)`, the first at position 0.
    pub(crate) async fn start(answer: impl Fn(usize, &Seen) -> Response + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = Url::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let answer = Arc::new(answer);
        let log = Arc::clone(&seen);
        let router = Router::new().fallback(move |request: Request| {
            let (log, answer) = (Arc::clone(&log), Arc::clone(&answer));
            async move {
                let seen = Seen { at: Instant::now(), target: request.uri().to_string() };
                let position = {
                    let mut log = log.lock().unwrap();
                    log.push(seen.clone());
                    log.len() - 1
                };
                answer(position, &seen)
            }
        });
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, seen }
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }
}

/// An answer of this status with a JSON body.
pub(crate) fn json(status: u16, body: &serde_json::Value) -> Response {
    Response::builder()
        .status(status)
        .header("content-type", "application/json")
        .body(body.to_string().into())
        .unwrap()
}
