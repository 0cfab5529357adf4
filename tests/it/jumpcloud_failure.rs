//! Failures of JumpCloud, and what the client does about them.

use std::collections::BTreeMap;
use std::time::Duration;

use adjunct::jumpcloud::{Client, Credentials, JumpCloudError, Patience, Settings};
use adjunct::model::{Field, JumpCloudUserId};
use adjunct::sandbox::{Fault, FaultKind};
use axum::response::Response;
use serde_json::json;

use crate::support::jumpcloud::{
    KEY, client, document, fault, patience, sandbox, sandbox_with, settings, users,
};
use crate::support::scripted::{Scripted, json as answer};

const USERS: &str = "/api/systemusers";

fn ada() -> BTreeMap<Field, String> {
    [(Field::Username, "ada".to_owned()), (Field::Email, "ada@example.com".to_owned())].into()
}

fn faults(method: &str, path: &str, kinds: &[FaultKind]) -> Vec<Fault> {
    kinds.iter().enumerate().map(|(position, kind)| fault(method, path, position + 1, *kind)).collect()
}

#[tokio::test]
async fn reads_go_on_after_failures_that_pass() {
    use FaultKind::{DropAfter, DropBefore, Status};
    let kinds = [Status(500), Status(502), DropBefore, Status(503), DropAfter];
    let (sandbox, client) = sandbox_with(json!({ "users": users(3) }), faults("GET", USERS, &kinds)).await;
    assert_eq!(client.read_users().await.unwrap().len(), 3);
    assert_eq!(sandbox.requests().len(), 6);
}

#[tokio::test]
async fn reads_end_unread_after_failures_that_stay() {
    for kind in [FaultKind::Status(504), FaultKind::DropBefore] {
        let (sandbox, client) = sandbox_with(json!({}), faults("GET", USERS, &[kind; 20])).await;
        let error = client.read_users().await.unwrap_err();
        assert!(error.is_unread() && !error.is_outcome_unknown(), "{error}");
        assert!(error.to_string().contains("GET /api/systemusers"), "{error}");
        assert_eq!(sandbox.requests().len(), 6);
    }
}

#[tokio::test]
async fn writes_that_say_the_same_twice_go_on_after_failures_that_pass() {
    use FaultKind::{DropAfter, DropBefore, Status};
    let kinds = [DropAfter, DropBefore, Status(500), Status(429)];
    let all = ["PUT", "DELETE", "POST"].iter().flat_map(|method| {
        let path = if *method == "POST" { "/api/v2/usergroups/" } else { "/api/" };
        faults(method, path, &kinds)
    });
    let state = json!({ "users": users(2), "groups": [{ "name": "g", "members": ["u1"] }] });
    let (sandbox, client) = sandbox_with(state, all.collect()).await;
    let group = client.read_groups().await.unwrap().pop_first().unwrap().0;
    let users: Vec<JumpCloudUserId> = client.read_users().await.unwrap().into_keys().collect();
    client.add_member(&group, &users[0]).await.unwrap();
    client.update_user(&users[0], &[(Field::Company, Some("Engines".to_owned()))].into()).await.unwrap();
    client.remove_user(&users[1]).await.unwrap();
    let document = document(&sandbox);
    assert_eq!(document["users"][0]["company"], "Engines");
    assert_eq!(document["users"].as_array().unwrap().len(), 1);
    assert_eq!(document["groups"][0]["members"], json!(["u0"]));
}

#[tokio::test]
async fn a_removal_of_a_member_whose_answer_was_lost_is_done() {
    let state = json!({ "users": users(2), "groups": [{ "name": "g", "members": ["u0", "u1"] }] });
    let lost = faults("POST", "/api/v2/usergroups/", &[FaultKind::DropAfter]);
    let (sandbox, client) = sandbox_with(state, lost).await;
    let group = client.read_groups().await.unwrap().pop_first().unwrap().0;
    let (user, _) = client.read_users().await.unwrap().pop_first().unwrap();
    client.remove_member(&group, &user).await.unwrap();
    assert_eq!(document(&sandbox)["groups"][0]["members"], json!(["u1"]));
}

#[tokio::test]
async fn a_create_whose_answer_was_lost_is_not_sent_again() {
    for (kind, exists) in [(FaultKind::DropAfter, 1), (FaultKind::DropBefore, 0), (FaultKind::Status(503), 0)]
    {
        let (sandbox, client) = sandbox_with(json!({}), faults("POST", USERS, &[kind])).await;
        let error = client.create_user(&ada()).await.unwrap_err();
        assert!(error.is_outcome_unknown() && !error.is_unread(), "{error}");
        assert_eq!(sandbox.writes(), 1, "{kind:?}");
        assert_eq!(client.find_users("ada").await.unwrap().len(), exists, "{kind:?}");

        let (sandbox, client) = sandbox_with(json!({}), faults("POST", "/api/v2/usergroups", &[kind])).await;
        let error = client.create_group("g", "").await.unwrap_err();
        assert!(error.is_outcome_unknown(), "{error}");
        assert_eq!(sandbox.writes(), 1, "{kind:?}");
        assert_eq!(client.find_groups("g").await.unwrap().len(), exists, "{kind:?}");
    }
}

#[tokio::test]
async fn a_create_without_an_id_in_its_answer_may_have_happened() {
    let server = Scripted::start(|_, _| answer(200, &json!({ "ok": true }))).await;
    let error = client(server.url.clone()).create_user(&ada()).await.unwrap_err();
    assert!(matches!(error, JumpCloudError::UnknownForm { .. }) && error.is_outcome_unknown(), "{error}");
    assert_eq!(server.seen().len(), 1);
}

#[tokio::test]
async fn a_create_that_was_refused_for_its_rate_is_sent_again() {
    let kinds = [FaultKind::Status(429); 8];
    let (sandbox, client) = sandbox_with(json!({}), faults("POST", USERS, &kinds)).await;
    client.create_user(&ada()).await.unwrap();
    assert_eq!(sandbox.writes(), 9);
    assert_eq!(client.read_users().await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_rate_that_is_refused_for_good_leaves_a_read_unread() {
    let (_sandbox, client) =
        sandbox_with(json!({}), faults("GET", USERS, &[FaultKind::Status(429); 50])).await;
    let error = client.read_users().await.unwrap_err();
    assert!(matches!(error, JumpCloudError::Busy { .. }) && error.is_unread(), "{error}");
}

#[tokio::test]
async fn no_request_leaves_before_the_time_that_a_429_asked_for() {
    let server = Scripted::start(|position, _| {
        if position == 0 {
            let mut response = answer(429, &json!({ "message": "slow down" }));
            response.headers_mut().insert("retry-after", "1".parse().unwrap());
            return response;
        }
        answer(200, &json!([]))
    })
    .await;
    let client = client(server.url.clone());
    client.read_groups().await.unwrap();
    let first = server.seen()[0].at;
    let others = [client.read_groups(), client.read_groups()];
    futures_util::future::try_join_all(others).await.unwrap();
    for later in &server.seen()[1..] {
        assert!(later.at - first >= Duration::from_secs(1), "{later:?}");
    }
}

#[tokio::test]
async fn a_429_to_one_request_holds_back_all_others() {
    let server = Scripted::start(|position, _| {
        if position == 0 {
            let mut response = answer(429, &json!({}));
            response.headers_mut().insert("retry-after", "3600".parse().unwrap());
            return response;
        }
        answer(200, &json!([]))
    })
    .await;
    let patience = Patience { longest_pause: Duration::from_millis(300), ..patience() };
    let client = Client::with_patience(settings(server.url.clone()), patience).unwrap();
    let busy = client.clone();
    let busy = tokio::spawn(async move { busy.read_groups().await });
    while server.seen().is_empty() {
        tokio::task::yield_now().await;
    }
    // The answer is on its way: a few reads may still slip in ahead of it, but not twenty.
    for _ in 0..20 {
        client.read_groups().await.unwrap();
    }
    busy.await.unwrap().unwrap();
    let seen = server.seen();
    // The hour was cut to the longest pause that the client was given.
    assert!(seen[20].at - seen[0].at >= Duration::from_millis(300));
}

#[tokio::test]
async fn a_create_that_a_503_asks_to_delay_is_not_sent_again_but_delays_the_rest() {
    let server = Scripted::start(|position, _| {
        let mut response = answer(if position == 0 { 503 } else { 200 }, &json!([]));
        response.headers_mut().insert("retry-after", "1".parse().unwrap());
        response
    })
    .await;
    let client = client(server.url.clone());
    assert_eq!(client.create_group("g", "").await.unwrap_err().status(), Some(503));
    client.read_groups().await.unwrap();
    let seen = server.seen();
    assert_eq!(seen.len(), 2);
    assert!(seen[1].at - seen[0].at >= Duration::from_secs(1));
}

#[tokio::test]
async fn a_refused_key_ends_the_run_and_is_not_shown() {
    let (sandbox, _) = sandbox(json!({})).await;
    let wrong = "wr0ng-key";
    let settings = Settings { credentials: Credentials::ApiKey(wrong.into()), ..settings(sandbox.url()) };
    let client = Client::with_patience(settings.clone(), patience()).unwrap();
    let error = client.read_users().await.unwrap_err();
    assert!(matches!(error, JumpCloudError::KeyRefused { .. }), "{error}");
    assert!(error.is_final() && !error.is_unread());
    assert_eq!(sandbox.requests().len(), 1);
    for text in [format!("{error} {error:?} {client:?} {settings:?}"), help(&error)] {
        assert!(!text.contains(wrong), "{text}");
    }
    assert!(help(&error).contains("api-key"));
}

#[tokio::test]
async fn the_key_is_in_no_error_even_if_the_server_repeats_it() {
    let server = Scripted::start(|position, _| {
        let body = json!({ "message": format!("bad key {KEY}") });
        match position {
            0 => answer(401, &body),
            1 => answer(400, &body),
            2 => answer(403, &body),
            _ => answer(200, &body),
        }
    })
    .await;
    let client = client(server.url.clone());
    for status in [Some(401), Some(400), Some(403), None] {
        let error = client.create_user(&ada()).await.unwrap_err();
        assert_eq!(error.status(), status);
        assert!(!format!("{error} {error:?}").contains(KEY), "{error:?}");
    }
}

#[tokio::test]
async fn an_unusable_key_is_refused_before_it_is_sent() {
    for key in ["", "two\nlines"] {
        let settings = Settings {
            credentials: Credentials::ApiKey(key.into()),
            ..settings("http://127.0.0.1:9".parse().unwrap())
        };
        let error = Client::new(settings).unwrap_err();
        assert!(matches!(error, JumpCloudError::UnusableSetting { what: "API key" }), "{error}");
    }
}

#[tokio::test]
async fn a_blocked_address_stops_every_request_at_once() {
    let server = Scripted::start(|_, _| {
        Response::builder()
            .status(403)
            .header("content-type", "text/html")
            .body("<html>blocked</html>".into())
            .unwrap()
    })
    .await;
    let client = client(server.url.clone());
    for _ in 0..2 {
        let error = client.read_users().await.unwrap_err();
        assert!(matches!(error, JumpCloudError::Blocked { .. }) && error.is_final(), "{error}");
    }
    client.create_user(&ada()).await.unwrap_err();
    assert_eq!(server.seen().len(), 1);
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let elsewhere = Scripted::start(|_, _| answer(200, &json!([]))).await;
    let target = elsewhere.url.to_string();
    let server = Scripted::start(move |_, _| {
        Response::builder().status(302).header("location", &target).body("".into()).unwrap()
    })
    .await;
    let error = client(server.url.clone()).read_groups().await.unwrap_err();
    assert_eq!(error.status(), Some(302));
    assert!(elsewhere.seen().is_empty());
}

#[tokio::test]
async fn an_answer_of_another_form_names_the_request() {
    for body in ["<html>hello</html>", "", "{}", r#"{"results":{}}"#, r#"{"results":[{}],"totalCount":1}"#] {
        let server = Scripted::start(move |_, _| Response::new(body.into())).await;
        let error = client(server.url.clone()).read_users().await.unwrap_err();
        assert!(matches!(error, JumpCloudError::UnknownForm { .. }) && error.is_unread(), "{error}");
        assert!(error.to_string().contains("GET /api/systemusers?"), "{error}");
    }
}

#[tokio::test]
async fn nobody_listening_is_unread_and_leaves_no_doubt_about_a_create() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
    drop(listener);
    let client = client(url);
    assert!(client.read_users().await.unwrap_err().is_unread());
    let error = client.create_user(&ada()).await.unwrap_err();
    assert!(matches!(error, JumpCloudError::Connect { .. }) && !error.is_outcome_unknown(), "{error}");
}

#[tokio::test]
async fn silence_ends_at_the_timeout() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
    let patience = Patience { timeout: Duration::from_millis(50), ..patience() };
    let client = Client::with_patience(settings(url), patience).unwrap();
    let error = client.create_user(&ada()).await.unwrap_err();
    assert!(matches!(error, JumpCloudError::Lost { .. }) && error.is_outcome_unknown(), "{error}");
    assert!(client.read_users().await.unwrap_err().is_unread());
}

fn help(error: &JumpCloudError) -> String {
    miette::Diagnostic::help(error).map(|help| help.to_string()).unwrap_or_default()
}
