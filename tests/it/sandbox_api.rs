//! The sandbox as a client of any kind sees it: plain HTTP.

use std::time::Duration;

use adjunct::sandbox::{Options, Sandbox, ServiceAccount};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::jumpcloud::{state, users};

/// A sandbox that lets everybody in.
pub(crate) async fn open(document: Value) -> Sandbox {
    Sandbox::start(state(&document), Options::default()).await.unwrap()
}

/// A client without roots of trust, which take longer to load than all these tests.
pub(crate) fn http() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().tls_certs_only([]).build().unwrap()
}

pub(crate) async fn call(
    sandbox: &Sandbox,
    method: Method,
    path: &str,
    body: Option<Value>,
) -> (StatusCode, Value) {
    let request = http().request(method, sandbox.url().join(path).unwrap());
    let request = match body {
        Some(body) => request.json(&body),
        None => request,
    };
    let response = request.send().await.unwrap();
    let status = response.status();
    (status, serde_json::from_str(&response.text().await.unwrap()).unwrap_or_default())
}

pub(crate) async fn get(sandbox: &Sandbox, path: &str) -> Value {
    let (status, body) = call(sandbox, Method::GET, path, None).await;
    assert_eq!(status, 200, "{path}");
    body
}

fn usernames(list: &Value) -> Vec<&str> {
    list["results"].as_array().unwrap().iter().map(|user| user["username"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn pages_hold_ten_by_default_and_a_hundred_at_most() {
    let sandbox = open(json!({ "users": users(150) })).await;
    for (query, length) in
        [("", 10), ("?limit=0", 10), ("?limit=100", 100), ("?limit=1000", 100), ("?skip=145", 5)]
    {
        let list = get(&sandbox, &format!("/api/systemusers{query}")).await;
        assert_eq!((usernames(&list).len(), &list["totalCount"]), (length, &json!(150)), "{query}");
    }
    let body = json!({ "limit": 1000 });
    let (_, list) = call(&sandbox, Method::POST, "/api/search/systemusers", Some(body)).await;
    assert_eq!(usernames(&list).len(), 150);
    assert_eq!(sandbox.writes(), 0);
}

#[tokio::test]
async fn order_is_another_one_each_time_unless_asked_for() {
    let sandbox = open(json!({ "users": users(12) })).await;
    let first = get(&sandbox, "/api/systemusers").await;
    assert_ne!(usernames(&first), usernames(&get(&sandbox, "/api/systemusers").await));
    let sorted = get(&sandbox, "/api/systemusers?sort=-username&limit=3").await;
    assert_eq!(usernames(&sorted), ["u9", "u8", "u7"]);
    for _ in 0..3 {
        let by_id = get(&sandbox, "/api/systemusers?sort=_id&limit=2&skip=1").await;
        assert_eq!(usernames(&by_id), ["u1", "u2"]);
    }
}

#[tokio::test]
async fn filters_know_case_and_add_up() {
    let sandbox =
        open(json!({ "users": users(20), "groups": [{ "name": "Sales" }, { "name": "sales team" }] })).await;
    let both = "/api/systemusers?filter=username:$eq:u7&filter=email:$ne:x";
    assert_eq!(usernames(&get(&sandbox, both).await), ["u7"]);
    assert!(usernames(&get(&sandbox, "/api/systemusers?filter=username:$eq:U7").await).is_empty());
    let (status, _) = call(&sandbox, Method::GET, "/api/systemusers?filter=username:eq:u7", None).await;
    assert_eq!(status, 400);
    let body = json!({ "searchFilter": { "searchTerm": ["U19"], "fields": ["username"] } });
    let (_, list) = call(&sandbox, Method::POST, "/api/search/systemusers", Some(body)).await;
    assert_eq!(usernames(&list), ["u19"]);
    let groups = get(&sandbox, "/api/v2/usergroups?filter=name:eq:Sales").await;
    assert_eq!(groups.as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn rows_hold_only_the_fields_that_are_asked_for() {
    let id = "5a0000000000000000000001";
    let sandbox = open(json!({ "users": users(1), "groups": [{ "name": "g" }] })).await;
    let user = json!({ "_id": id, "username": "u0", "email": "u0@example.com" });
    let list = get(&sandbox, "/api/systemusers?fields=username%20email").await;
    assert_eq!(list["results"], json!([user]));
    assert_eq!(get(&sandbox, &format!("/api/systemusers/{id}?fields=username%20email")).await, user);
    let body = json!({ "fields": "username email" });
    let (_, list) = call(&sandbox, Method::POST, "/api/search/systemusers", Some(body)).await;
    assert_eq!(list["results"], json!([user]));
    let groups = get(&sandbox, "/api/v2/usergroups?fields=name,email").await;
    assert_eq!(groups, json!([{ "id": "5a0000000000000000000002", "name": "g", "email": "" }]));
}

#[tokio::test]
async fn lists_of_v2_tell_the_total_and_the_next_page_in_headers() {
    let groups: Vec<Value> = (0..25).map(|n| json!({ "name": format!("g{n}") })).collect();
    let sandbox = open(json!({ "groups": groups })).await;
    let mut next = Some(sandbox.url().join("/api/v2/usergroups?sort=name").unwrap().to_string());
    let mut names = Vec::new();
    while let Some(url) = next.take() {
        let response = http().get(url).send().await.unwrap();
        assert_eq!(response.headers()["x-total-count"], "25");
        let link = response.headers().get("link").map(|link| link.to_str().unwrap().to_owned());
        next = link.map(|link| link.split(['<', '>']).nth(1).unwrap().to_owned());
        let page: Vec<Value> = response.json().await.unwrap();
        names.extend(page.iter().map(|group| group["name"].as_str().unwrap().to_owned()));
    }
    assert_eq!(names.len(), 25);
    assert!(names.is_sorted());
}

#[tokio::test]
async fn keys_and_organizations_are_checked() {
    let options = Options { api_key: Some("right".into()), ..Options::default() };
    let sandbox = Sandbox::start(state(&json!({})), options).await.unwrap();
    let id = "5f0000000000000000000001";
    for (path, key, organization, expected) in [
        ("/api/systemusers", None, None, 401),
        ("/api/systemusers", Some("wrong"), None, 401),
        ("/api/systemusers", Some("right"), None, 200),
        ("/api/systemusers", Some("right"), Some(id), 200),
        ("/api/systemusers", Some("right"), Some("corp"), 400),
        ("/api/systemusers", Some("right"), Some("5f0000000000000000000002"), 404),
        ("/api/organizations", Some("right"), Some(id), 403),
        ("/api/v2/administrators", Some("right"), Some(id), 403),
        ("/api/v2/integrations/x", Some("right"), Some(id), 403),
        ("/api/users", Some("right"), Some(id), 403),
        ("/api/organizations", Some("right"), None, 200),
        ("/api/nowhere", Some("right"), None, 404),
    ] {
        let mut request = http().get(sandbox.url().join(path).unwrap());
        for (name, value) in [("x-api-key", key), ("x-org-id", organization)] {
            if let Some(value) = value {
                request = request.header(name, value);
            }
        }
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), expected, "{path} {key:?} {organization:?}");
        if expected >= 400 {
            let error: Value = response.json().await.unwrap();
            assert_eq!(error["code"], expected);
        }
    }
}

#[tokio::test]
async fn an_administrator_of_several_organizations_must_say_which() {
    let other = "5f0000000000000000000002";
    let options = Options { other_organizations: vec![other.to_owned()], ..Options::default() };
    let sandbox = Sandbox::start(state(&json!({})), options).await.unwrap();
    for (path, organization, expected) in [
        ("/api/systemusers", None, 401),
        ("/api/systemusers", Some("5f0000000000000000000001"), 200),
        ("/api/systemusers", Some(other), 404),
        ("/api/organizations", None, 200),
    ] {
        let request = http().get(sandbox.url().join(path).unwrap());
        let request =
            organization.map(|id| request.try_clone().unwrap().header("x-org-id", id)).unwrap_or(request);
        assert_eq!(request.send().await.unwrap().status(), expected, "{path} {organization:?}");
    }
    let list = get(&sandbox, "/api/organizations?sort=_id").await;
    assert_eq!(list["results"][1]["_id"], other);
}

#[tokio::test]
async fn tokens_are_given_for_the_secret_and_end() {
    let account = |seconds| ServiceAccount {
        id: "id".to_owned(),
        secret: "s".into(),
        lifetime: Duration::from_secs(seconds),
    };
    for (lifetime, expected) in [(60, 200), (0, 401)] {
        let options = Options { service_account: Some(account(lifetime)), ..Options::default() };
        let sandbox = Sandbox::start(state(&json!({})), options).await.unwrap();
        let url = |path: &str| sandbox.url().join(path).unwrap();
        let ask = async |secret: &str, form: &'static str| {
            http().post(url("/oauth2/token")).basic_auth("id", Some(secret)).body(form).send().await.unwrap()
        };
        let right = "grant_type=client_credentials&scope=api";
        for (secret, form, status, error) in [
            ("x", right, 401, "invalid_client"),
            ("s", "grant_type=password&scope=api", 400, "unsupported_grant_type"),
            ("s", "grant_type=client_credentials", 400, "invalid_scope"),
        ] {
            let response = ask(secret, form).await;
            assert_eq!(response.status(), status);
            assert_eq!(response.json::<Value>().await.unwrap(), json!({ "error": error }));
        }
        assert_eq!(sandbox.tokens(), 0);
        let answer: Value = ask("s", right).await.json().await.unwrap();
        assert_eq!((&answer["token_type"], &answer["expires_in"]), (&json!("bearer"), &json!(lifetime)));
        let token = answer["access_token"].as_str().unwrap();
        let request = |token: &str| http().get(url("/api/systemusers")).bearer_auth(token);
        assert_eq!(request(token).send().await.unwrap().status(), expected);
        assert_eq!(request("made-up").send().await.unwrap().status(), 401);
        assert_eq!(request(token).header("x-api-key", "k").send().await.unwrap().status(), 401);
        sandbox.expire_tokens();
        assert_eq!(request(token).send().await.unwrap().status(), 401);
        assert_eq!((sandbox.tokens(), sandbox.writes()), (1, 0));
    }
}

#[tokio::test]
async fn a_write_that_breaks_a_rule_changes_nothing() {
    let mut people = users(2);
    people[1]["manager"] = json!("u0");
    people[1]["employeeIdentifier"] = json!("E1");
    let sandbox = open(json!({ "users": people, "groups": [{ "name": "g" }] })).await;
    let before = sandbox.state();
    let (u0, group) =
        ("/api/systemusers/5a0000000000000000000001", "/api/v2/usergroups/5a0000000000000000000003");
    for (method, path, body, expected) in [
        (Method::POST, "/api/systemusers", json!({ "username": "x" }), 400),
        (Method::POST, "/api/systemusers", json!({ "email": "x@example.com" }), 400),
        (Method::POST, "/api/systemusers", json!({ "username": "x", "email": "x" }), 400),
        (Method::POST, "/api/systemusers", json!({ "username": "U1", "email": "x@example.com" }), 400),
        (Method::POST, "/api/systemusers", json!({ "username": "x", "email": "U1@example.com" }), 400),
        (
            Method::POST,
            "/api/systemusers",
            json!({ "username": "x", "email": "x@x.org", "employeeIdentifier": "e1" }),
            400,
        ),
        (
            Method::POST,
            "/api/systemusers",
            json!({ "username": "x", "email": "x@x.org", "manager": "5a" }),
            400,
        ),
        (Method::POST, "/api/systemusers", json!([]), 400),
        (Method::PUT, u0, json!({ "username": "u1" }), 400),
        (Method::PUT, u0, json!({ "username": "" }), 400),
        (Method::PUT, u0, json!({ "state": "STAGED" }), 400),
        (Method::PUT, u0, json!({ "state": "ACTIVATED", "suspended": true }), 400),
        (Method::PUT, u0, json!({ "company": "x", "sudo": "yes" }), 400),
        (Method::PUT, "/api/systemusers/5a", json!({}), 404),
        (Method::DELETE, u0, json!({}), 409),
        (Method::POST, "/api/v2/usergroups", json!({ "name": "G" }), 409),
        (Method::POST, "/api/v2/usergroups", json!({}), 400),
        (Method::PUT, group, json!({ "description": "no name" }), 400),
        (
            Method::POST,
            "/api/v2/usergroups/5a0000000000000000000003/members",
            json!({ "op": "add", "type": "system", "id": "5a0000000000000000000001" }),
            400,
        ),
        (
            Method::POST,
            "/api/v2/usergroups/5a0000000000000000000003/members",
            json!({ "op": "remove", "type": "user", "id": "5a0000000000000000000001" }),
            404,
        ),
    ] {
        let (status, error) = call(&sandbox, method.clone(), path, Some(body.clone())).await;
        assert_eq!(status, expected, "{method} {path} {body}: {error}");
        assert!(!error["message"].as_str().unwrap().is_empty());
    }
    assert_eq!(sandbox.state(), before);
    assert_eq!(sandbox.writes(), 20);
}

#[tokio::test]
async fn a_write_replaces_arrays_whole_and_leaves_out_nothing_else() {
    let sandbox = open(json!({ "users": [{
        "username": "ada", "email": "ada@example.com", "company": "Engines",
        "attributes": [{ "name": "a", "value": "1" }], "phoneNumbers": [{ "type": "work", "number": "1" }],
    }] }))
    .await;
    let body = json!({ "attributes": [{ "name": "b", "value": "2" }], "password": "s3cret", "nonsense": 1 });
    let (status, user) =
        call(&sandbox, Method::PUT, "/api/systemusers/5a0000000000000000000001", Some(body)).await;
    assert_eq!(status, 200);
    assert_eq!(user["attributes"], json!([{ "name": "b", "value": "2" }]));
    assert_eq!(
        (&user["company"], &user["firstname"], &user["suspended"]),
        (&json!("Engines"), &json!(""), &json!(false))
    );
    assert_eq!(user["phoneNumbers"][0]["number"], "1");
    assert!(user["phoneNumbers"][0]["id"].is_string());
    assert_eq!(user.get("password"), None);
    assert!(!sandbox.state().to_json().contains("s3cret"));
}

#[tokio::test]
async fn hands_reports_over_when_told_to() {
    let mut people = users(3);
    people[1]["manager"] = json!("u0");
    let sandbox = open(json!({ "users": people })).await;
    let (status, _) = call(
        &sandbox,
        Method::DELETE,
        "/api/systemusers/5a0000000000000000000001?cascade_manager=5a0000000000000000000003",
        None,
    )
    .await;
    assert_eq!(status, 200);
    let report = get(&sandbox, "/api/systemusers/5a0000000000000000000002").await;
    assert_eq!(report["manager"], "5a0000000000000000000003");
}

#[tokio::test]
async fn members_are_listed_from_both_sides() {
    let sandbox = open(json!({ "users": users(2), "groups": [{ "name": "g", "members": ["u0"] }] })).await;
    let (user, group) = ("5a0000000000000000000001", "5a0000000000000000000003");
    let members = get(&sandbox, &format!("/api/v2/usergroups/{group}/members")).await;
    assert_eq!(members, json!([{ "to": { "type": "user", "id": user } }]));
    let membership = get(&sandbox, &format!("/api/v2/usergroups/{group}/membership")).await;
    assert_eq!((&membership[0]["id"], &membership[0]["type"]), (&json!(user), &json!("user")));
    let groups = get(&sandbox, &format!("/api/v2/users/{user}/memberof")).await;
    assert_eq!((&groups[0]["id"], &groups[0]["type"]), (&json!(group), &json!("user_group")));
    let (status, _) = call(&sandbox, Method::DELETE, &format!("/api/v2/usergroups/{group}"), None).await;
    assert_eq!(status, 200);
    assert_eq!(get(&sandbox, &format!("/api/v2/users/{user}/memberof")).await, json!([]));
}
