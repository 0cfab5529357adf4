//! The pages of a sandbox over HTTP: what they show, who may see them, and what the log of requests says.

use std::time::Duration;

use adjunct::sandbox::{Clock, FaultKind, Options, Sandbox};
use reqwest::header::{AUTHORIZATION, HOST};
use reqwest::{Method, Response, StatusCode};
use serde_json::{Value, json};

use crate::sandbox_api::{call, open};
use crate::support::jumpcloud::{fault, state, users};

const PATHS: [&str; 8] = [
    "/",
    "/users",
    "/users/5a0000000000000000000001",
    "/groups",
    "/groups/5a0000000000000000000003",
    "/requests",
    "/outbox",
    "/style.css",
];

fn small() -> Value {
    json!({ "users": users(2), "groups": [{ "name": "g", "members": ["u0"] }] })
}

async fn ask(sandbox: &Sandbox, method: Method, path: &str, headers: &[(&str, &str)]) -> Response {
    let client = reqwest::Client::builder().no_proxy().tls_certs_only([]).build().unwrap();
    let mut request = client.request(method, sandbox.url().join(path).unwrap());
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.send().await.unwrap()
}

async fn page(sandbox: &Sandbox, path: &str) -> String {
    let response = ask(sandbox, Method::GET, path, &[]).await;
    assert_eq!(response.status(), 200, "{path}");
    response.text().await.unwrap()
}

#[tokio::test]
async fn pages_only_show_and_run_nothing() {
    let sandbox = open(small()).await;
    let before = sandbox.state();
    for path in PATHS {
        let response = ask(&sandbox, Method::GET, path, &[]).await;
        assert_eq!(response.status(), 200, "{path}");
        let kind = if path == "/style.css" { "text/css; charset=utf-8" } else { "text/html; charset=utf-8" };
        for (name, expected) in [
            ("content-type", kind),
            (
                "content-security-policy",
                "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
            ),
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
            ("referrer-policy", "no-referrer"),
            ("cache-control", "no-store"),
            ("cross-origin-resource-policy", "same-origin"),
        ] {
            assert_eq!(response.headers()[name], expected, "{path}");
        }
        let text = response.text().await.unwrap();
        assert!(
            !text.contains("<script") && !text.contains(" style=") && !text.contains("javascript:"),
            "{path}: {text}"
        );
        for method in [Method::POST, Method::PUT, Method::PATCH, Method::DELETE] {
            let status = ask(&sandbox, method.clone(), path, &[]).await.status();
            assert_eq!(status, StatusCode::METHOD_NOT_ALLOWED, "{method} {path}");
        }
    }
    for path in ["/users/5a00", "/users/5a0000000000000000000003", "/groups/..%2f", "/groups/%3Cscript%3E"] {
        assert_eq!(ask(&sandbox, Method::GET, path, &[]).await.status(), 404, "{path}");
    }
    assert_eq!((sandbox.requests().len(), sandbox.writes()), (0, 0), "looking is no request");
    assert_eq!(sandbox.state(), before);
}

#[tokio::test]
async fn many_users_are_searched_and_shown_a_hundred_at_a_time() {
    let sandbox = open(json!({ "users": users(1_050), "groups": [{ "name": "all", "members": (0..250).map(|n| format!("u{n}")).collect::<Vec<_>>() }] })).await;
    for (path, shown, rows, first) in [
        ("/users", "1–100 of 1,050", 100, ">u0<"),
        ("/users?page=3", "201–300 of 1,050", 100, ">u200<"),
        ("/users?page=11", "1,001–1,050 of 1,050", 50, ">u1049<"),
        ("/users?page=999", "1,001–1,050 of 1,050", 50, ">u1049<"),
        ("/users?page=-1&q=", "1–100 of 1,050", 100, ">u0<"),
        ("/users?q=U104", "1–11 of 11", 11, ">u1049<"),
        ("/users?q=04@Example", "1–10 of 10", 10, ">u1004<"),
        ("/users?q=u1&page=2", "101–161 of 161", 61, ">u1049<"),
        ("/users?q=%3Cscript%3E", "None", 0, "value=\"&lt;script&gt;\""),
        ("/users?q=5a0000000000000000000001", "1–1 of 1", 1, ">u0<"),
        ("/groups/5a000000000000000000041b", "1–100 of 250", 100, ">u99<"),
        ("/groups/5a000000000000000000041b?page=3", "201–250 of 250", 50, ">u249<"),
    ] {
        let text = page(&sandbox, path).await;
        assert!(text.contains(shown) && text.contains(first), "{path}: {text}");
        assert_eq!(text.matches("<th class=\"text\" scope=\"row\">").count(), rows, "{path}");
    }
    let text = page(&sandbox, "/users?q=u1&page=2&live=yes").await;
    assert!(text.contains("href=\"/users?q=u1&amp;live=yes\" rel=\"prev\""), "{text}");
    assert!(
        text.contains("http-equiv=\"refresh\"")
            && text.contains("href=\"/users?q=u1&amp;page=2&amp;live=no\"")
    );
}

#[tokio::test]
async fn pages_refresh_themselves_unless_they_are_paused_or_typed_in() {
    let sandbox = open(small()).await;
    for (path, is_live) in [
        ("/", true),
        ("/requests", true),
        ("/outbox", true),
        ("/requests?live=no", false),
        ("/users", false),
        ("/users?live=yes", true),
        ("/groups", false),
        ("/groups/5a0000000000000000000003?live=yes", true),
    ] {
        let text = page(&sandbox, path).await;
        assert_eq!(text.contains("<meta http-equiv=\"refresh\" content=\"2\">"), is_live, "{path}");
        assert_eq!(text.contains(">Pause</a>"), is_live, "{path}");
    }
}

#[tokio::test]
async fn no_other_site_can_borrow_a_visitor_of_this_machine() {
    let sandbox = open(small()).await;
    let port = sandbox.url().port().unwrap();
    for (host, expected) in [
        (format!("localhost:{port}"), 200),
        (format!("127.0.0.1:{port}"), 200),
        (format!("[::1]:{port}"), 200),
        (format!("evil.example:{port}"), 403),
        (format!("127.0.0.1.evil.example:{port}"), 403),
        (format!("192.0.2.1:{port}"), 403),
        (String::new(), 403),
    ] {
        for path in PATHS {
            let response = ask(&sandbox, Method::GET, path, &[(HOST.as_str(), &host)]).await;
            assert_eq!(response.status(), expected, "{host} {path}");
            assert!(expected == 200 || !response.text().await.unwrap().contains("u0@example.com"));
        }
    }
}

#[tokio::test]
async fn with_a_key_it_takes_the_key_or_the_machine_itself() {
    let options = Options { api_key: Some("ri:ght".into()), ..Options::default() };
    let options = Options { listen: ([0, 0, 0, 0], 0).into(), ..options };
    let sandbox = Sandbox::start(state(&small()), options).await.unwrap();
    // `x:ri:ght`, `:ri:ght`, `x:wrong`, and no pair.
    for (host, authorization, other, expected) in [
        ("localhost", None, None, 200),
        ("sandbox.example", None, None, 401),
        ("localhost", None, Some("x-forwarded-for"), 401),
        ("sandbox.example", Some("Basic eDpyaTpnaHQ="), None, 200),
        ("sandbox.example", Some("basic OnJpOmdodA=="), None, 200),
        ("sandbox.example", Some("Basic eDp3cm9uZw=="), None, 401),
        ("sandbox.example", Some("Basic ####"), None, 401),
        ("sandbox.example", Some("Bearer ri:ght"), None, 401),
    ] {
        for path in PATHS {
            let mut headers = vec![(HOST.as_str(), host)];
            headers.extend(authorization.map(|value| (AUTHORIZATION.as_str(), value)));
            headers.extend(other.map(|name| (name, "192.0.2.1")));
            let response = ask(&sandbox, Method::GET, path, &headers).await;
            assert_eq!(response.status(), expected, "{headers:?} {path}");
            let asks = response.headers().contains_key("www-authenticate");
            assert_eq!(asks, expected == 401);
            assert!(expected == 200 || !response.text().await.unwrap().contains("u0@example.com"));
        }
    }
}

#[tokio::test]
async fn the_log_says_what_became_of_each_request() {
    let now = "2026-03-01T12:00:00Z".parse().unwrap();
    let faults = vec![
        fault("GET", "/api/systemusers", 2, FaultKind::Status(503)),
        fault("DELETE", "/api/systemusers", 1, FaultKind::DropAfter),
    ];
    let options = Options { clock: Clock::Stopped(now), faults, ..Options::default() };
    let sandbox = Sandbox::start(state(&small()), options).await.unwrap();
    let user = "/api/systemusers/5a0000000000000000000002";
    for (method, path, body) in [
        (Method::GET, "/api/systemusers?limit=1", None),
        (Method::GET, "/api/systemusers", None),
        (Method::PUT, user, Some(json!({ "created": "x", "nonsense": 1, "company": "y" }))),
        (Method::PUT, user, Some(json!({ "sudo": "yes", "Sudo": true }))),
        (Method::POST, "/api/v2/usergroups", Some(json!({ "name": "h", "colour": "red" }))),
        (Method::GET, "/api/nowhere", None),
    ] {
        call(&sandbox, method, path, body).await;
    }
    let client = reqwest::Client::builder().no_proxy().tls_certs_only([]).build().unwrap();
    client.delete(sandbox.url().join(user).unwrap()).send().await.unwrap_err();
    let requests = sandbox.requests();
    let became: Vec<(Option<u16>, Vec<&str>)> = requests
        .iter()
        .map(|request| (request.status, request.remarks.iter().map(String::as_str).collect()))
        .collect();
    assert_eq!(
        became,
        [
            (Some(200), vec![]),
            (Some(503), vec!["a fault on demand"]),
            (
                Some(200),
                vec![
                    "created cannot be set here, and was skipped",
                    "nonsense is not known here, and was skipped",
                ]
            ),
            (
                Some(400),
                vec!["sudo has a value of the wrong type", "Sudo is not known here, and was skipped"]
            ),
            (Some(201), vec!["colour is not known here, and was skipped"]),
            (Some(404), vec![]),
            (None, vec!["dropped on demand"]),
        ]
    );
    assert!(requests.iter().all(|request| request.at == Some(now)));
    assert!(requests.iter().all(|request| request.duration.is_some_and(|took| took > Duration::ZERO)));
    assert_eq!(requests[0].query, "limit=1");
    let text = page(&sandbox, "/requests").await;
    assert!(text.contains("1–7 of 7") && text.contains("2026-03-01</span> 12:00:00.000"), "{text}");
    assert!(text.contains(">no answer<") && text.contains("nonsense is not known here"), "{text}");
    let newest_first = text.find("DELETE").unwrap() < text.find("/api/nowhere").unwrap();
    assert!(newest_first && text.find("/api/nowhere").unwrap() < text.find("limit=1").unwrap());
}

#[tokio::test]
async fn the_outbox_holds_what_would_have_been_sent() {
    let options =
        Options { clock: Clock::Stopped("2026-03-01T12:00:00Z".parse().unwrap()), ..Options::default() };
    let sandbox = Sandbox::start(state(&small()), options).await.unwrap();
    assert!(page(&sandbox, "/outbox").await.contains("None"));
    for (name, password) in [("lin", None), ("mei", Some("s3cret-w0rd"))] {
        let body = json!({ "username": name, "email": format!("{name}@example.com"), "password": password });
        let body = body.as_object().unwrap().iter().filter(|(_, value)| !value.is_null());
        let body = Value::Object(body.map(|(name, value)| (name.clone(), value.clone())).collect());
        assert_eq!(call(&sandbox, Method::POST, "/api/systemusers", Some(body)).await.0, 200);
    }
    let text = page(&sandbox, "/outbox").await;
    let mail = |text: &str, address: &str, kind: &str| text.find(address).unwrap() < text.find(kind).unwrap();
    assert!(
        mail(&text, "mei@example.com", ">welcome<") && mail(&text, "lin@example.com", ">activation<"),
        "{text}"
    );
    assert!(text.find("mei@example.com") < text.find("lin@example.com"));
    assert!(text.contains("2026-03-01</span> 12:00:00.000"));
    for path in ["/", "/requests", "/users/5a0000000000000000000005"] {
        assert!(!page(&sandbox, path).await.contains("s3cret-w0rd"), "{path}");
    }
}
