//! One address with an organization behind each key, as the real JumpCloud is.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use url::Url;

use super::crossing::forward;

/// A running junction. It ends when dropped.
#[derive(Debug)]
pub(crate) struct Junction {
    url: Url,
    _runtime: Runtime,
}

impl Junction {
    /// The keys, each with the address that it leads to.
    pub(crate) fn of(ways: [(&'static str, String); 2]) -> Self {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let ways = Arc::new(ways.map(|(key, url)| (key, url.parse::<Url>().unwrap())));
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
        let router = Router::new().fallback(move |request: Request| {
            let ways = Arc::clone(&ways);
            async move {
                let key = request.headers().get("x-api-key").map(|key| key.to_str().unwrap().to_owned());
                match ways.iter().find(|(known, _)| key.as_deref() == Some(*known)) {
                    Some((_, target)) => forward(target, request).await,
                    None => Response::builder().status(401).body(Body::empty()).unwrap(),
                }
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
