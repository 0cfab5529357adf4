//! Connections: how many there are, how long each may take, and what reaches the API of what they bring.
//!
//! A client cannot hold more than its share: a connection that makes no headway is closed, one too many waits until
//! another ends, and no request takes more memory than its limits say.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Request, Response};
use hyper::body::Incoming;
use hyper::server::conn::http1::{Builder, Parts};
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::AsyncWriteExt as _;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};

use super::body::{Bodies, Unread};
use super::pace::Paced;
use super::request_log::NoAnswer;
use crate::sandbox::refusal::Refusal;

/// The longest head of a request: its line and its headers.
const LONGEST_HEAD: usize = 64 * 1024;
/// The most headers of a request.
const MOST_HEADERS: usize = 100;
/// What a connection may hold back of what was read or is to be written.
const BUFFER: usize = 2 * LONGEST_HEAD;
/// How long to wait when no connection can be taken, as when there are too many open files.
const PAUSE: Duration = Duration::from_millis(100);

/// What clients may ask of a sandbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// How long a connection may take to bring the head of a request, how long again for its body, and how long it may
    /// leave an answer unread.
    pub patience: Duration,
    /// The most connections at a time. Who comes then waits until another ends.
    pub connections: usize,
    /// The longest body of a request, in bytes.
    pub body: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { patience: Duration::from_secs(30), connections: 512, body: 10_000_000 }
    }
}

/// Serves until it is stopped, and then until the requests under way are answered.
pub(in crate::sandbox) async fn serve(
    listener: TcpListener,
    router: Router,
    limits: Limits,
    stopped: impl Future<Output = ()>,
) {
    let places = Arc::new(Semaphore::new(limits.connections));
    let bodies = Arc::new(Bodies::new(limits));
    let (stop, stopping) = watch::channel(());
    let accepting = async {
        loop {
            // The semaphore is never closed.
            let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
            let (stream, peer) = match listener.accept().await {
                Ok(accepted) => accepted,
                Err(error) => {
                    if !is_of_one_connection(&error) {
                        tokio::time::sleep(PAUSE).await;
                    }
                    continue;
                }
            };
            let serving = connection(
                stream,
                peer,
                router.clone(),
                Arc::clone(&bodies),
                limits.patience,
                stopping.clone(),
            );
            tokio::spawn(async move {
                serving.await;
                drop(place);
            });
        }
    };
    tokio::select! {
        () = accepting => {}
        () = stopped => {}
    }
    drop((listener, stopping));
    let _ = stop.send(());
    stop.closed().await;
}

/// Whether the next connection may be as good as any.
fn is_of_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted)
}

/// Answers the requests of one connection.
async fn connection(
    stream: TcpStream,
    peer: SocketAddr,
    router: Router,
    bodies: Arc<Bodies>,
    patience: Duration,
    mut stopping: watch::Receiver<()>,
) {
    // Small answers leave at once; without this the last packet may wait for the client.
    let _ = stream.set_nodelay(true);
    let api = TowerToHyperService::new(router);
    let service = service_fn(move |request| answer(request, peer, api.clone(), Arc::clone(&bodies)));
    let mut builder = Builder::new();
    builder
        .timer(TokioTimer::new())
        .header_read_timeout(patience)
        .max_header_size(LONGEST_HEAD)
        .max_headers(MOST_HEADERS)
        .max_buf_size(BUFFER);
    let mut connection = builder.serve_connection(TokioIo::new(Paced::new(stream, patience)), service);
    let ended = tokio::select! {
        ended = &mut connection => Some(ended),
        _ = stopping.changed() => None,
    };
    let ended = if let Some(ended) = ended {
        ended
    } else {
        Pin::new(&mut connection).graceful_shutdown();
        (&mut connection).await
    };
    // An error is the client's: it went away, or spoke no HTTP and was told so.
    if ended.is_err_and(|error| error.is_timeout()) {
        let Parts { io, read_buf, .. } = connection.into_parts();
        if !read_buf.is_empty() {
            let _ = io.into_inner().write_all(late_head().as_bytes()).await;
        }
    }
}

/// The answer to the head of a request that did not come to its end: [`Refusal::late`] as it goes over the line.
fn late_head() -> String {
    let body = Refusal::late().body().to_string();
    format!(
        "HTTP/1.1 408 Request Timeout\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\
         connection: close\r\n\r\n{body}",
        body.len()
    )
}

/// Answers one request. Its body is read before anything else, so that a client who is refused gets to know why. An
/// error closes the connection.
async fn answer(
    request: Request<Incoming>,
    peer: SocketAddr,
    api: TowerToHyperService<Router>,
    bodies: Arc<Bodies>,
) -> io::Result<Response<Body>> {
    let (head, body) = request.into_parts();
    let read = bodies.read(&head.headers, Body::new(body)).await;
    let mut request = Request::from_parts(head, Body::empty());
    request.extensions_mut().insert(ConnectInfo(peer));
    let place = match read {
        Ok((body, place)) => {
            *request.body_mut() = Body::from(body);
            place
        }
        Err(refusal) => {
            request.extensions_mut().insert(Unread(refusal));
            None
        }
    };
    let Ok(answer) = api.call(request).await;
    drop(place);
    if answer.extensions().get::<NoAnswer>().is_some() {
        return Err(io::Error::other("dropped on demand"));
    }
    Ok(answer)
}
