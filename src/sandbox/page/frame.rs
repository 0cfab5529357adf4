//! What all pages have around what they show.

use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};
use maud::{DOCTYPE, Markup, html};

use super::look::Look;
use super::value::{text, time};
use crate::sandbox::server::Server;

/// How often a live page refreshes itself, in seconds.
const REFRESH: u32 = 2;

/// The pages that are reached from everywhere.
const PLACES: [(&str, &str); 5] = [
    ("/", "Overview"),
    ("/users", "Users"),
    ("/groups", "Groups"),
    ("/requests", "Requests"),
    ("/outbox", "Outbox"),
];

/// A page.
pub(super) struct Frame {
    /// The path of the place that it belongs to.
    pub(super) place: &'static str,
    pub(super) title: String,
    /// Whether it refreshes itself unless its address says otherwise. Where people type, it should not.
    pub(super) is_usually_live: bool,
    pub(super) content: Markup,
}

impl Frame {
    pub(super) fn answer(self, server: &Server, look: &Look) -> Response {
        let Self { place, title, is_usually_live, content } = self;
        let is_live = look.is_live(is_usually_live);
        let organization = server.read(|state| state.organization.name.clone());
        let body = html! {
            header {
                a.skip href="#main" { "Skip to the content" }
                div.bar {
                    p.brand { a href="/" { (text(&organization)) } " " span.tag { "sandbox" } }
                    nav aria-label="Pages" {
                        @for (path, name) in PLACES {
                            a href=(path) aria-current=[(path == place).then_some("page")] { (name) }
                        }
                    }
                    p class=(if is_live { "live on" } else { "live" }) {
                        @if is_live {
                            "Refreshed every " (REFRESH) " seconds · "
                            a href=(look.with_live(false)) { "Pause" }
                        } @else {
                            a href=(look.with_live(true)) { "Refresh every " (REFRESH) " seconds" }
                        }
                    }
                }
            }
            main #main {
                (content)
            }
            footer {
                p {
                    @if let Some(now) = server.now() { "As of " (time(now)) " UTC." }
                }
                p { "A local JumpCloud, held by adjunct. These pages only show: nothing on them changes anything." }
            }
        };
        Html(document(&format!("{title} – {organization}"), is_live, &body).into_string()).into_response()
    }
}

/// A page that only says something.
pub(super) fn message(status: StatusCode, sentence: &str) -> Response {
    let title = status.canonical_reason().unwrap_or("Sandbox");
    let body = html! {
        main #main {
            h1 { (title) }
            p { (sentence) }
            p { a href="/" { "Overview" } }
        }
    };
    (status, Html(document(title, false, &body).into_string())).into_response()
}

fn document(title: &str, is_live: bool, body: &Markup) -> Markup {
    // A title holds text only: what would be marked elsewhere is left out.
    let title: String = title.chars().filter(|character| !super::value::is_unseen(*character)).collect();
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="robots" content="noindex";
                @if is_live { meta http-equiv="refresh" content=(REFRESH); }
                title { (title) }
                link rel="stylesheet" href="/style.css";
            }
            body { (body) }
        }
    }
}
