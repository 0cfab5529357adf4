//! Lists that change while they are read, and servers that page in odd ways.

use std::sync::Mutex;

use adjunct::jumpcloud::JumpCloudError;
use adjunct::model::{JumpCloudGroupId, JumpCloudUserId};
use axum::response::Response;
use serde_json::{Value, json};

use crate::support::jumpcloud::client;
use crate::support::scripted::{Scripted, Seen, json as answer};

/// Rows `first..last` of users, as ids that sort.
fn rows(ids: impl IntoIterator<Item = usize>) -> Vec<Value> {
    ids.into_iter().map(|n| json!({ "_id": format!("{n:024}"), "username": format!("u{n}") })).collect()
}

fn ids(rows: &[Value]) -> Vec<&str> {
    rows.iter().map(|row| row["_id"].as_str().unwrap()).collect()
}

fn page(rows: &[Value], request: &Seen) -> Vec<Value> {
    rows.iter().skip(request.number("skip")).take(request.number("limit").min(100)).cloned().collect()
}

fn users(rows: &[Value], request: &Seen) -> Response {
    answer(200, &json!({ "results": page(rows, request), "totalCount": rows.len() }))
}

/// A list of 300 users, to which `change` happens before the request of this position.
async fn changing(position: usize, change: fn(&mut Vec<Value>)) -> Scripted {
    let state = Mutex::new(rows(0..300));
    Scripted::start(move |now, request| {
        let mut state = state.lock().unwrap();
        if now == position {
            change(&mut state);
        }
        users(&state, request)
    })
    .await
}

#[tokio::test]
async fn reads_again_when_rows_come_or_go_between_pages() {
    type Change = fn(&mut Vec<Value>);
    let changes: [(&str, Change); 4] = [
        ("a deletion ahead", |rows| drop(rows.remove(5))),
        ("a creation at the end", |rows| rows.extend(self::rows([300]))),
        // The total stays the same; only the seam shows it.
        ("a deletion and a creation", |rows| {
            rows.remove(5);
            rows.extend(self::rows([300]));
        }),
        ("a deletion of everything", Vec::clear),
    ];
    for (what, change) in changes {
        let before = rows(0..300);
        let mut after = before.clone();
        change(&mut after);
        for position in [1, 2, 3] {
            let server = changing(position, change).await;
            let read = client(server.url.clone()).read_users().await.unwrap();
            let read: Vec<&str> = read.keys().map(JumpCloudUserId::as_str).collect();
            // What is read is one moment of the list: the one before the change or the one after it.
            assert!(read == ids(&before) || read == ids(&after), "{what} at {position}: {read:?}");
        }
    }
}

#[tokio::test]
async fn gives_up_on_a_list_that_never_holds_still() {
    let server = Scripted::start(|position, request| users(&rows(position..position + 250), request)).await;
    let error = client(server.url.clone()).read_users().await.unwrap_err();
    assert!(matches!(error, JumpCloudError::Shifted { tries: 3, .. }), "{error}");
    assert!(error.is_unread());
    assert!(error.to_string().contains("/api/systemusers"), "{error}");
}

#[tokio::test]
async fn refuses_a_list_that_repeats_or_withholds_rows() {
    let twice = |_: usize, request: &Seen| users(&rows([0, 1, 1]), request);
    let fewer = |_: usize, request: &Seen| {
        answer(200, &json!({ "results": page(&rows(0..5), request), "totalCount": 6 }))
    };
    let more = |_: usize, request: &Seen| {
        answer(200, &json!({ "results": page(&rows(0..5), request), "totalCount": 4 }))
    };
    let one = |_: usize, request: &Seen| {
        let page: Vec<Value> = page(&rows(0..50), request).into_iter().take(1).collect();
        answer(200, &json!({ "results": page, "totalCount": 50 }))
    };
    let none = |_: usize, _: &Seen| answer(200, &json!({ "results": [], "totalCount": 50 }));
    for (what, server) in [
        ("twice", Scripted::start(twice).await),
        ("fewer", Scripted::start(fewer).await),
        ("more", Scripted::start(more).await),
        ("one at a time", Scripted::start(one).await),
        ("none at all", Scripted::start(none).await),
    ] {
        let error = client(server.url.clone()).read_users().await.unwrap_err();
        assert!(matches!(error, JumpCloudError::Shifted { .. }) && error.is_unread(), "{what}: {error}");
    }
}

#[tokio::test]
async fn takes_pages_that_are_shorter_than_asked_for() {
    for (most, count) in [(10, 50), (10, 10), (10, 11), (10, 19), (2, 7), (99, 250), (50, 99)] {
        let server = Scripted::start(move |_, request| {
            let page: Vec<Value> = page(&rows(0..count), request).into_iter().take(most).collect();
            answer(200, &json!({ "results": page, "totalCount": count }))
        })
        .await;
        let read = client(server.url.clone()).read_users().await.unwrap();
        assert_eq!(read.len(), count, "{most} at a time");
    }
}

#[tokio::test]
async fn reads_to_the_end_when_no_total_is_told() {
    for count in [0, 1, 2, 10, 99, 100, 101, 199, 250] {
        let server = Scripted::start(move |_, request| {
            answer(200, &json!({ "results": page(&rows(0..count), request), "totalCount": null }))
        })
        .await;
        let read = client(server.url.clone()).read_users().await.unwrap();
        assert_eq!(read.len(), count);
    }
    // Ten at a time, whatever is asked for: a short page is no end.
    let server = Scripted::start(|_, request| {
        let page: Vec<Value> = page(&rows(0..35), request).into_iter().take(10).collect();
        answer(200, &json!({ "results": page }))
    })
    .await;
    assert_eq!(client(server.url.clone()).read_users().await.unwrap().len(), 35);
}

#[tokio::test]
async fn follows_no_link_to_another_host() {
    let thief = Scripted::start(|_, _| answer(200, &json!([]))).await;
    let link = format!("<{}next>; rel=\"next\"", thief.url);
    let server = Scripted::start(move |_, request| {
        let groups: Vec<Value> =
            (0..250).map(|n| json!({ "id": format!("{n:024}"), "name": format!("g{n}") })).collect();
        let mut response = answer(200, &json!(page(&groups, request)));
        response.headers_mut().insert("link", link.parse().unwrap());
        response
    })
    .await;
    assert_eq!(client(server.url.clone()).read_groups().await.unwrap().len(), 250);
    assert!(thief.seen().is_empty());
}

#[tokio::test]
async fn members_that_come_twice_count_once() {
    let server = Scripted::start(|_, request| {
        let ids = ["a", "b", "b", "c"];
        let members: Vec<Value> =
            ids.iter().map(|id| json!({ "type": "user", "id": id, "paths": [] })).collect();
        answer(200, &json!(page(&members, request)))
    })
    .await;
    let group = JumpCloudGroupId::new("g");
    let read = client(server.url.clone()).read_members(std::slice::from_ref(&group)).await.unwrap();
    assert_eq!(read[&group].iter().map(JumpCloudUserId::as_str).collect::<String>(), "abc");
}
