//! A way to JumpCloud on which answers are altered: JumpCloud as it might be, beside the sandbox as it is.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use url::Url;

use super::crossing::forward;

/// A running way. It ends when dropped.
#[derive(Debug)]
pub(crate) struct Altering {
    url: Url,
    _runtime: Runtime,
}

impl Altering {
    /// A way to the server at `target`. `alter` gets method and path of each request, such as `GET /api/systemusers`, and
    /// the JSON of its answer. A refusal that it alters is none.
    pub(crate) fn to(target: &str, alter: impl Fn(&str, &mut Value) + Send + Sync + 'static) -> Self {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
        let target: Arc<Url> = Arc::new(target.parse().unwrap());
        let alter = Arc::new(alter);
        let router = Router::new().fallback(move |request: Request| {
            let (target, alter) = (Arc::clone(&target), Arc::clone(&alter));
            async move {
                let words = format!("{} {}", request.method(), request.uri().path());
                let (mut parts, body) = forward(&target, request).await.into_parts();
                let body = to_bytes(body, usize::MAX).await.unwrap();
                let Ok(before) = serde_json::from_slice::<Value>(&body) else {
                    return Response::from_parts(parts, Body::from(body));
                };
                let mut value = before.clone();
                alter(&words, &mut value);
                if value != before {
                    parts.status = StatusCode::OK;
                }
                Response::from_parts(parts, Body::from(value.to_string()))
            }
        });
        runtime.spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { url, _runtime: runtime }
    }

    /// What `url` of a policy takes.
    pub(crate) fn url(&self) -> &str {
        self.url.as_str()
    }
}
