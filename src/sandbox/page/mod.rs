//! A look inside: what the sandbox holds and what it was asked for, as pages for people.
//!
//! They are made here whole, without a script. They only show; nothing on them changes anything, and looking at them
//! leaves no trace in the log of requests.

mod access;
mod bindings;
mod frame;
mod groups;
mod look;
mod outbox;
mod overview;
mod requests;
mod table;
mod user;
mod users;
mod value;

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, State as Extract};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::middleware::from_fn_with_state;
use axum::response::Response;
use axum::routing::{MethodRouter, get};

use self::frame::{Frame, message};
use self::look::Look;
use super::server::Server;
use super::state::id::Id;

/// How many rows a page shows.
const ROWS: usize = 100;

/// The pages. None of their paths begins as one of JumpCloud's does.
pub(super) fn router(server: &Arc<Server>) -> Router<Arc<Server>> {
    let style = async || ([(CONTENT_TYPE, "text/css; charset=utf-8")], include_str!("style.css"));
    Router::new()
        .route("/", page(overview::page))
        .route("/users", page(users::page))
        .route("/users/{id}", page_of(user::page))
        .route("/groups", page(groups::page))
        .route("/groups/{id}", page_of(groups::page_of_one))
        .route("/requests", page(requests::page))
        .route("/outbox", page(outbox::page))
        .route("/style.css", get(style))
        // Browsers ask for it by themselves; it need not show up among the requests.
        .route("/favicon.ico", get(async || StatusCode::NO_CONTENT))
        .layer(from_fn_with_state(Arc::clone(server), access::check))
}

type Page = fn(&Server, &Look) -> Frame;
type PageOfOne = fn(&Server, &Look, Id) -> Option<Frame>;

fn page(page: Page) -> MethodRouter<Arc<Server>> {
    get(async move |Extract(server): Extract<Arc<Server>>, look: Look| {
        aside(move || page(&server, &look).answer(&server, &look)).await
    })
}

fn page_of(page: PageOfOne) -> MethodRouter<Arc<Server>> {
    get(async move |Extract(server): Extract<Arc<Server>>, Path(id): Path<String>, look: Look| {
        aside(move || match id.parse().ok().and_then(|id| page(&server, &look, id)) {
            Some(frame) => frame.answer(&server, &look),
            None => message(StatusCode::NOT_FOUND, "There is nothing of this id, or not any more."),
        })
        .await
    })
}

/// Makes a page where it keeps no request of the API waiting: a search looks at every user.
async fn aside(make: impl FnOnce() -> Response + Send + 'static) -> Response {
    let failed = |_| message(StatusCode::INTERNAL_SERVER_ERROR, "The page could not be made.");
    tokio::task::spawn_blocking(make).await.unwrap_or_else(failed)
}
