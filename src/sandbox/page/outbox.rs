//! The mails that JumpCloud would have sent.

use maud::{Markup, html};

use super::bindings::user_link;
use super::frame::Frame;
use super::look::Look;
use super::table::{pager, table};
use super::value::{count, nothing, text, time};
use crate::sandbox::mail::{Mail, MailKind};
use crate::sandbox::server::Server;

pub(super) fn page(server: &Server, look: &Look) -> Frame {
    let (part, mails) = server.look_at_mails(|mails| {
        let part = look.part(mails.len());
        let newest_first = mails.iter().enumerate().rev().skip(part.first).take(part.length);
        (part, newest_first.map(|(place, (at, mail))| (place + 1, *at, mail.clone())).collect::<Vec<_>>())
    });
    let rows: Vec<Markup> = server.read(|state| {
        let row = |(place, at, mail): &(usize, Option<jiff::Timestamp>, Mail)| {
            html! {
                td.number { (count(*place)) }
                td.time { @if let Some(at) = at { (time(*at)) } @else { (nothing()) } }
                th class="text mail" scope="row" { (text(&mail.to)) }
                td { (kind(mail.kind)) }
                td.text { (user_link(state, &mail.user)) }
            }
        };
        mails.iter().map(row).collect()
    });
    let content = html! {
        h1 { "Outbox" }
        p.muted { "The mails that JumpCloud would have sent, the newest first. The sandbox sends none." }
        (pager(look, part, "mails"))
        @if !rows.is_empty() { (table("Mails", &["No.", "Time (UTC)", "To", "What", "User"], rows)) }
        @if part.last > 0 { (pager(look, part, "mails")) }
    };
    Frame { place: "/outbox", title: "Outbox".to_owned(), is_usually_live: true, content }
}

fn kind(kind: MailKind) -> Markup {
    match kind {
        MailKind::Welcome => html! { span.tag { "welcome" } " You have an account" },
        MailKind::Activation => html! { span.tag { "activation" } " Choose a password" },
    }
}
