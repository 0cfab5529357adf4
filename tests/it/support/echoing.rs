//! A way to JumpCloud that sends back what it was sent: every header of a request, secrets among them, in the answer.

use std::fmt::Write as _;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::Request;
use axum::http::Method;
use axum::response::Response;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use url::Url;

use super::crossing::forward;

/// Which requests it answers in this way; the others are passed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Echoed {
    Nothing,
    Tokens,
    Reads,
    Writes,
}

/// How it answers them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Echo {
    pub(crate) echoed: Echoed,
    pub(crate) status: u16,
    pub(crate) form: Form,
}

/// The form of an answer.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Form {
    /// An error as JumpCloud writes it.
    Message,
    /// A page in HTML.
    Page,
    /// A JSON text, where an object or an array belongs.
    Text,
}

/// A running way. It ends when dropped.
#[derive(Debug)]
pub(crate) struct Echoing {
    url: Url,
    secrets: Arc<Mutex<Vec<String>>>,
    _runtime: Runtime,
}

impl Echoing {
    pub(crate) fn to(target: &str, echo: Echo) -> Self {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
        let target: Arc<Url> = Arc::new(target.parse().unwrap());
        let secrets = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&secrets);
        let router = Router::new().fallback(move |request: Request| {
            let (target, log) = (Arc::clone(&target), Arc::clone(&log));
            async move {
                let mut headers = String::new();
                for (name, value) in request.headers() {
                    let value = value.to_str().unwrap();
                    writeln!(headers, "{name}: {value}").unwrap();
                    if name == "x-api-key" || name == "authorization" {
                        log.lock().unwrap().push(value.rsplit(' ').next().unwrap().to_owned());
                    }
                }
                let is_token = request.uri().path().starts_with("/oauth2/");
                let is_read = request.method() == Method::GET;
                let is_echoed = match echo.echoed {
                    Echoed::Nothing => false,
                    Echoed::Tokens => is_token,
                    Echoed::Reads => is_read && !is_token,
                    Echoed::Writes => !is_read && !is_token,
                };
                if is_echoed { answer(echo, &headers) } else { forward(&target, request).await }
            }
        });
        runtime.spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { url, secrets, _runtime: runtime }
    }

    /// What `url` of a policy takes.
    pub(crate) fn url(&self) -> &str {
        self.url.as_str()
    }

    /// Every key, token and encoded secret that came.
    pub(crate) fn secrets(&self) -> Vec<String> {
        self.secrets.lock().unwrap().clone()
    }
}

fn answer(echo: Echo, headers: &str) -> Response {
    let (kind, body) = match echo.form {
        Form::Message => ("application/json", json!({ "message": headers, "error": headers }).to_string()),
        Form::Page => ("text/html", format!("<html><pre>{headers}</pre></html>")),
        Form::Text => ("application/json", json!(headers).to_string()),
    };
    Response::builder().status(echo.status).header("content-type", kind).body(body.into()).unwrap()
}
