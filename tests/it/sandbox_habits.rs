//! What JumpCloud may do or not: each habit, and what it is like without.

use std::collections::BTreeSet;

use adjunct::sandbox::{Conditions, Habit, Options, Sandbox};
use reqwest::Method;
use serde_json::{Value, json};

use crate::sandbox_api::{call, get, http};
use crate::support::jumpcloud::{client, state, users};

async fn with(habits: &[Habit], document: &Value) -> Sandbox {
    let conditions = Conditions { habits: habits.iter().copied().collect(), ..Conditions::default() };
    Sandbox::start(state(document), Options { conditions, ..Options::default() }).await.unwrap()
}

fn groups(count: usize) -> Value {
    let groups: Vec<Value> = (0..count).map(|n| json!({ "name": format!("g{n:02}") })).collect();
    json!({ "groups": groups, "users": users(count) })
}

async fn names(sandbox: &Sandbox, query: &str) -> Vec<String> {
    let list = get(sandbox, &format!("/api/v2/usergroups{query}")).await;
    list.as_array().unwrap().iter().map(|group| group["name"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn lists_that_nobody_sorts_have_an_order_only_by_habit() {
    for (habits, same) in [(&[][..], false), (&[Habit::StableOrder], true)] {
        let sandbox = with(habits, &groups(9)).await;
        assert_eq!(names(&sandbox, "").await == names(&sandbox, "").await, same);
        assert_eq!(names(&sandbox, "?sort=name").await, names(&sandbox, "?sort=name").await);
    }
}

#[tokio::test]
async fn lists_say_where_the_next_page_is_and_how_long_they_are_unless_by_habit() {
    for (habits, link, total) in [
        (&[][..], true, true),
        (&[Habit::NoLink], false, true),
        (&[Habit::NoTotalCount], true, false),
        (&[Habit::NoLink, Habit::NoTotalCount], false, false),
    ] {
        let sandbox = with(habits, &groups(5)).await;
        let url = sandbox.url().join("/api/v2/usergroups?limit=2&sort=name").unwrap();
        let response = http().get(url).send().await.unwrap();
        let has = |name: &str| response.headers().contains_key(name);
        assert_eq!((has("link"), has("x-total-count")), (link, total), "{habits:?}");
        // API v1 says it in its body, always.
        assert_eq!(get(&sandbox, "/api/systemusers").await["totalCount"], 5);
    }
}

/// The names on pages of three, in the order of names.
async fn pages(sandbox: &Sandbox) -> Vec<String> {
    let mut all = Vec::new();
    for skip in [0, 3, 6, 9] {
        all.extend(names(sandbox, &format!("?limit=3&sort=name&skip={skip}")).await);
    }
    all
}

#[tokio::test]
async fn rows_shift_between_pages_by_habit() {
    let whole = pages(&with(&[], &groups(12)).await).await;
    assert_eq!(whole.len(), 12);
    let shifted = pages(&with(&[Habit::ShiftingPages], &groups(12)).await).await;
    let seen: BTreeSet<&String> = shifted.iter().collect();
    assert!(seen.len() < whole.len(), "a row is on no page: {shifted:?}");
    assert!(seen.len() < shifted.len(), "a row is on two pages: {shifted:?}");
}

#[tokio::test]
async fn adjunct_takes_no_list_for_whole_whose_pages_shift() {
    let sandbox = with(&[Habit::ShiftingPages], &groups(250)).await;
    let url = sandbox.url();
    let error = client(url).read_groups().await.unwrap_err();
    assert!(error.to_string().contains("changed"), "{error}");
}

#[tokio::test]
async fn a_duplicate_is_a_wrong_value_or_by_habit_a_conflict() {
    for (habits, expected) in [(&[][..], 400), (&[Habit::ConflictOnDuplicates], 409)] {
        let sandbox = with(habits, &groups(1)).await;
        for (path, body) in [
            ("/api/systemusers", json!({ "username": "u0", "email": "other@example.com" })),
            ("/api/systemusers", json!({ "username": "other", "email": "u0@example.com" })),
            ("/api/v2/usergroups", json!({ "name": "g00" })),
        ] {
            let (status, refusal) = call(&sandbox, Method::POST, path, Some(body.clone())).await;
            let expected = if path.contains("groups") { 409 } else { expected };
            assert_eq!((status.as_u16(), &refusal["code"]), (expected, &json!(expected)), "{body}");
        }
        // A value that is wrong by itself stays one.
        let (status, _) =
            call(&sandbox, Method::POST, "/api/systemusers", Some(json!({ "username": "x" }))).await;
        assert_eq!(status, 400);
    }
}
