//! What the sandbox was asked for.

use maud::{Markup, html};

use super::ROWS;
use super::frame::Frame;
use super::look::Look;
use super::table::{pager, table};
use super::value::{nothing, number, text, time};
use crate::sandbox::http::{Latest, Request};
use crate::sandbox::server::Server;

pub(super) fn page(server: &Server, look: &Look) -> Frame {
    let Latest { kept, all, .. } = server.requests.latest(0, 0);
    let part = look.part(kept);
    let Latest { requests, .. } = server.requests.latest(part.first, ROWS);
    let forgotten = all.saturating_sub(u64::try_from(kept).unwrap_or(u64::MAX));
    let content = html! {
        h1 { "Requests" }
        p.muted {
            "The newest first. Looking at these pages is not among them."
            @if forgotten > 0 { " The " (number(forgotten)) " oldest are forgotten." }
        }
        (pager(look, part, "requests"))
        @if !requests.is_empty() { (list(requests.iter().map(|(number, request)| (*number, &**request)))) }
        @if part.last > 0 { (pager(look, part, "requests")) }
    };
    Frame { place: "/requests", title: "Requests".to_owned(), is_usually_live: true, content }
}

/// Requests as a table.
pub(super) fn list<'r>(requests: impl IntoIterator<Item = (u64, &'r Request)>) -> Markup {
    let rows = requests.into_iter().map(|(place, request)| {
        html! {
            td.number { (number(place)) }
            td.time { @if let Some(at) = request.at { (time(at)) } @else { (nothing()) } }
            td { (outcome(request)) }
            td { (method(request)) }
            td.path { (address(request)) }
            td.number { (duration(request)) }
            td { @for remark in &request.remarks { div.remark { (text(remark)) } } }
        }
    });
    table("Requests", &["No.", "Time (UTC)", "Status", "Method", "Path and query", "Took", "Remarks"], rows)
}

fn method(request: &Request) -> Markup {
    let class = if request.is_write() { "method write" } else { "method" };
    html! { span class=(class) { (text(&request.method)) } }
}

fn address(request: &Request) -> Markup {
    html! {
        code { (text(&request.path)) @if !request.query.is_empty() { span.muted { "?" (text(&request.query)) } } }
    }
}

fn outcome(request: &Request) -> Markup {
    match (request.status, request.duration) {
        (Some(status), _) => {
            let class = match status {
                ..400 => "tag good",
                400..500 => "tag warn",
                _ => "tag bad",
            };
            html! { span class=(class) { (status) } }
        }
        (None, None) => html! { span.tag { "under way" } },
        (None, Some(_)) => html! { span class="tag bad" { "no answer" } },
    }
}

fn duration(request: &Request) -> Markup {
    match request.duration {
        Some(duration) if duration.as_millis() >= 10_000 => {
            html! { (format!("{:.1} s", duration.as_secs_f64())) }
        }
        Some(duration) => html! { (format!("{:.1} ms", duration.as_secs_f64() * 1_000.0)) },
        None => nothing(),
    }
}
