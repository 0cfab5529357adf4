//! Service accounts: tokens are asked for, kept, renewed, and never shown.

use std::time::Duration;

use adjunct::jumpcloud::{Client, Credential, Credentials, JumpCloudError, Settings};
use adjunct::model::Field;
use adjunct::sandbox::{Fault, FaultKind, Options, Sandbox, ServiceAccount};
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures_util::future::{join_all, try_join_all};
use serde_json::{Value, json};
use url::Url;

use crate::support::jumpcloud::{document, fault, patience, settings, state, users};
use crate::support::scripted::{Scripted, json as answer};

const SECRET: &str = "s3cret-that+nobody/may:see";
const TOKEN: &str = "t0ken-that-nobody-may-see";

fn account(url: Url, secret: &str) -> Client {
    let credentials = Credentials::ServiceAccount { id: "5f1b:881d".to_owned(), secret: secret.into() };
    Client::with_patience(Settings { credentials, ..settings(url) }, patience()).unwrap()
}

/// A sandbox that only a service account may use, and a client that does.
async fn sandbox(document: Value, lifetime: u64, faults: Vec<Fault>) -> (Sandbox, Client) {
    let account_there = ServiceAccount {
        id: "5f1b:881d".to_owned(),
        secret: SECRET.into(),
        lifetime: Duration::from_secs(lifetime),
    };
    let options = Options { service_account: Some(account_there), faults, ..Options::default() };
    let sandbox = Sandbox::start(state(&document), options).await.unwrap();
    let client = account(sandbox.url(), SECRET);
    (sandbox, client)
}

fn ada() -> std::collections::BTreeMap<Field, String> {
    [(Field::Username, "ada".to_owned()), (Field::Email, "ada@example.com".to_owned())].into()
}

#[tokio::test]
async fn one_token_is_asked_for_and_serves_all_requests() {
    let (sandbox, client) = sandbox(json!({ "users": users(500) }), 3600, Vec::new()).await;
    let reads = [client.read_users(), client.read_users(), client.read_users()];
    for read in try_join_all(reads).await.unwrap() {
        assert_eq!(read.len(), 500);
    }
    client.create_user(&ada()).await.unwrap();
    assert_eq!(sandbox.tokens(), 1);
}

#[tokio::test]
async fn a_token_that_is_about_to_end_is_not_used_again() {
    let (sandbox, client) = sandbox(json!({}), 30, Vec::new()).await;
    for tokens in 1..=3 {
        client.read_groups().await.unwrap();
        assert_eq!(sandbox.tokens(), tokens);
    }
}

#[tokio::test]
async fn a_token_that_ended_early_is_renewed_once_for_all() {
    let (sandbox, client) = sandbox(json!({ "users": users(1) }), 3600, Vec::new()).await;
    client.read_users().await.unwrap();
    sandbox.expire_tokens();
    let reads = (0..8).map(|_| client.read_users());
    assert_eq!(try_join_all(reads).await.unwrap().len(), 8);
    assert_eq!(sandbox.tokens(), 2);
    sandbox.expire_tokens();
    // Refused unread, so that it may be sent again.
    client.create_user(&ada()).await.unwrap();
    assert_eq!(document(&sandbox)["users"].as_array().unwrap().len(), 2);
    assert_eq!(sandbox.tokens(), 3);
}

#[tokio::test]
async fn a_wrong_secret_ends_the_run_and_is_not_shown() {
    let (sandbox, _) = sandbox(json!({}), 3600, Vec::new()).await;
    let wrong = "wr0ng-secret";
    let client = account(sandbox.url(), wrong);
    let error = client.read_users().await.unwrap_err();
    assert!(matches!(error, JumpCloudError::KeyRefused { credential: Credential::Secret, .. }), "{error}");
    assert!(error.is_final() && !error.is_unread(), "{error}");
    let paths: Vec<String> = sandbox.requests().into_iter().map(|request| request.path).collect();
    assert_eq!(paths, ["/oauth2/token"]);
    let help = miette::Diagnostic::help(&error).unwrap().to_string();
    assert!(help.contains("service-account") && help.contains("secret"), "{help}");
    assert!(error.to_string().contains("invalid_client"), "{error}");
    assert!(!format!("{error} {error:?} {client:?}").contains(wrong), "{error:?}");
}

#[tokio::test]
async fn a_secret_is_not_shown_in_any_form_in_which_it_was_sent() {
    let encoded = "s3cret-that%2Bnobody%2Fmay%3Asee";
    let basic = STANDARD.encode(format!("5f1b%3A881d:{encoded}"));
    for said in [SECRET.to_owned(), encoded.to_owned(), format!("Basic {basic}")] {
        let body = json!({ "message": format!("{said} is bad") });
        let server = Scripted::start(move |_, _| answer(401, &body)).await;
        let error = account(server.url.clone(), SECRET).read_users().await.unwrap_err();
        let text = format!("{error} {error:?}");
        assert!(text.contains("is bad"), "{text}");
        assert!(![SECRET, encoded, basic.as_str()].iter().any(|secret| text.contains(secret)), "{text}");
    }
}

/// A server that gives out [`TOKEN`] and refuses it with this answer.
async fn refusing(refusal: fn() -> Response) -> Scripted {
    Scripted::start(move |_, request| {
        if request.target == "/oauth2/token" {
            return answer(200, &json!({ "access_token": TOKEN, "token_type": "Bearer" }));
        }
        refusal()
    })
    .await
}

#[tokio::test]
async fn a_token_that_is_refused_again_is_refused_for_good_and_not_shown() {
    let server = refusing(|| answer(401, &json!({ "message": format!("{TOKEN} is bad") }))).await;
    let client = account(server.url.clone(), SECRET);
    let error = client.create_user(&ada()).await.unwrap_err();
    assert!(matches!(error, JumpCloudError::KeyRefused { credential: Credential::Token, .. }), "{error}");
    assert!(error.is_final());
    let targets: Vec<String> = server.seen().into_iter().map(|seen| seen.target).collect();
    assert_eq!(targets, ["/oauth2/token", "/api/systemusers", "/oauth2/token", "/api/systemusers"]);
    let text = format!("{error} {error:?} {client:?}");
    assert!(!text.contains(TOKEN) && text.contains("is bad"), "{text}");
}

#[tokio::test]
async fn a_token_is_not_renewed_for_anything_else_than_401() {
    let server = refusing(|| answer(400, &json!({}))).await;
    account(server.url.clone(), SECRET).create_user(&ada()).await.unwrap_err();
    assert_eq!(server.seen().len(), 2);
}

#[tokio::test]
async fn tokens_are_asked_for_again_after_failures_that_pass() {
    use FaultKind::{DropBefore, Status};
    let kinds = [Status(503), DropBefore, Status(429), Status(500)];
    let faults = kinds.iter().enumerate().map(|(at, kind)| fault("POST", "/oauth2/token", at + 1, *kind));
    let (sandbox, client) = sandbox(json!({}), 3600, faults.collect()).await;
    // Nothing of the create was sent before, so that it may wait for a token.
    client.create_user(&ada()).await.unwrap();
    assert_eq!(document(&sandbox)["users"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn without_a_token_a_read_is_unread_and_a_create_leaves_no_doubt() {
    let faults = (1..=100).map(|nth| fault("POST", "/oauth2/token", nth, FaultKind::Status(503)));
    let (sandbox, client) = sandbox(json!({}), 3600, faults.collect()).await;
    assert!(client.read_users().await.unwrap_err().is_unread());
    let error = client.create_user(&ada()).await.unwrap_err();
    assert!(!error.is_outcome_unknown(), "{error}");
    assert!(error.to_string().contains("/oauth2/token"), "{error}");
    assert_eq!(sandbox.writes(), 0);
}

#[tokio::test]
async fn an_answer_without_a_token_is_unread_and_not_repeated() {
    let server = Scripted::start(|_, _| answer(200, &json!([TOKEN]))).await;
    let error = account(server.url.clone(), SECRET).read_users().await.unwrap_err();
    assert!(matches!(error, JumpCloudError::UnknownForm { .. }) && error.is_unread(), "{error}");
    assert!(!format!("{error:?}").contains(TOKEN), "{error:?}");
}

#[tokio::test]
async fn an_account_without_id_or_secret_is_refused_before_anything_is_sent() {
    for (id, secret) in [("", "s"), ("id", "")] {
        let credentials = Credentials::ServiceAccount { id: id.to_owned(), secret: secret.into() };
        let settings = Settings { credentials, ..settings("http://127.0.0.1:9".parse().unwrap()) };
        let error = Client::new(settings).unwrap_err();
        assert!(matches!(error, JumpCloudError::UnusableSetting { .. }), "{error}");
    }
}

#[tokio::test]
async fn no_two_requests_leave_within_less_than_the_spacing() {
    let server = Scripted::start(|_, _| answer(200, &json!([]))).await;
    let spacing = Some(Duration::from_millis(40));
    let settings = Settings { spacing, ..settings(server.url.clone()) };
    let client = Client::with_patience(settings, patience()).unwrap();
    join_all((0..8).map(|_| client.read_groups())).await;
    let seen = server.seen();
    let (first, last) = (seen[0].at, seen[7].at);
    // The first may have been late on its way, but not by much.
    assert!(last - first >= Duration::from_millis(7 * 40 - 40), "{:?}", last - first);
}
