//! The bad days of a sandbox, as clients meet them, and the endpoint that brings them about.

use adjunct::jumpcloud::JumpCloudError;
use reqwest::header::{CONTENT_TYPE, HOST, RETRY_AFTER};
use reqwest::{Method, Response, StatusCode};
use serde_json::{Value, json};

use crate::sandbox_api::{call, get, http, open};
use crate::support::jumpcloud::{client, users};
use crate::support::served::Served;

/// A sandbox of its own process, and a client without a key.
struct Remote {
    served: Served,
    http: reqwest::Client,
}

impl Remote {
    fn start(arguments: &[&str]) -> Self {
        Self { served: Served::start(arguments), http: http() }
    }

    async fn send(&self, method: Method, path: &str, body: Option<Value>) -> reqwest::Result<Response> {
        let request =
            self.http.request(method, format!("{}{}", self.served.url, path.trim_start_matches('/')));
        match body {
            Some(body) => request.json(&body),
            None => request,
        }
        .send()
        .await
    }

    async fn status(&self, method: Method, path: &str, body: Option<Value>) -> Option<u16> {
        self.send(method, path, body).await.ok().map(|response| response.status().as_u16())
    }

    /// Waits until the latest request of the API is one for this path that has no answer yet.
    async fn under_way(&self, path: &str) {
        loop {
            let latest = self.get("/sandbox/requests?limit=1").await;
            if latest[0]["path"] == path {
                assert_eq!(latest[0]["milliseconds"], Value::Null);
                return;
            }
        }
    }

    async fn get(&self, path: &str) -> Value {
        self.send(Method::GET, path, None).await.unwrap().json().await.unwrap()
    }
}

fn ada() -> Value {
    json!({ "username": "ada", "email": "ada@example.com" })
}

#[tokio::test]
async fn a_chosen_request_fails_and_no_other() {
    let remote = Remote::start(&[
        "--fault",
        "POST /api/systemusers nth=2 status=503 retry-after=7",
        "--fault",
        "GET /api/v2/usergroups/*/members every=3 status=500",
    ]);
    let user = |name: &str| Some(json!({ "username": name, "email": format!("{name}@example.com") }));
    let mut statuses = Vec::new();
    for name in ["a", "b", "c"] {
        let response = remote.send(Method::POST, "/api/systemusers", user(name)).await.unwrap();
        let retry_after = response.headers().get(RETRY_AFTER).map(|value| value.to_str().unwrap().to_owned());
        statuses.push((response.status().as_u16(), retry_after));
    }
    assert_eq!(statuses, [(200, None), (503, Some("7".to_owned())), (200, None)]);
    assert_eq!(remote.get("/api/systemusers").await["totalCount"], 2, "what fails is not carried out");

    let group = remote.send(Method::POST, "/api/v2/usergroups", Some(json!({ "name": "g" }))).await.unwrap();
    let group: Value = group.json().await.unwrap();
    let members = format!("/api/v2/usergroups/{}/members", group["id"].as_str().unwrap());
    let mut statuses = Vec::new();
    for _ in 0..6 {
        statuses.push(remote.status(Method::GET, &members, None).await.unwrap());
    }
    assert_eq!(statuses, [200, 200, 500, 200, 200, 500]);
}

#[tokio::test]
async fn a_connection_ends_before_the_work_or_after_it() {
    for (drop, users) in [("before", 0), ("after", 1)] {
        let remote = Remote::start(&["--fault", &format!("POST /api/systemusers drop={drop}")]);
        assert_eq!(remote.status(Method::POST, "/api/systemusers", Some(ada())).await, None, "{drop}");
        assert_eq!(remote.get("/api/systemusers").await["totalCount"], users, "{drop}");
    }
}

#[tokio::test]
async fn an_answer_without_a_body_is_dropped_as_any() {
    for drop in ["before", "after"] {
        let remote = Remote::start(&["--fault", &format!("HEAD * nth=1 drop={drop}")]);
        assert_eq!(remote.status(Method::HEAD, "/api/systemusers", None).await, None, "{drop}");
        assert_eq!(remote.status(Method::HEAD, "/api/systemusers", None).await, Some(200), "{drop}");
    }
}

#[tokio::test]
async fn a_stall_ends_with_its_time_or_never() {
    let remote =
        Remote::start(&["--fault", "GET /api/systemusers stall", "--fault", "GET /api/v2/* stall=1us"]);
    assert_eq!(remote.status(Method::GET, "/api/v2/usergroups", None).await, Some(200));
    let stalled = remote.send(Method::GET, "/api/systemusers", None);
    // No time makes it end.
    tokio::select! {
        answer = stalled => panic!("{answer:?}"),
        () = remote.under_way("/api/systemusers") => {}
    }
}

#[cfg(unix)]
#[tokio::test]
async fn a_stall_does_not_keep_the_sandbox_from_ending() {
    let mut remote = Remote::start(&["--fault", "GET /api/systemusers stall"]);
    let url = format!("{}api/systemusers", remote.served.url);
    let stalled = tokio::spawn(remote.http.get(url).send());
    while remote.get("/sandbox/faults").await[0]["seen"] != 1 {}
    remote.served.terminate();
    assert!(stalled.await.unwrap().is_err());
    assert!(remote.served.wait().success());
}

#[tokio::test]
async fn a_blocked_address_gets_a_page_and_adjunct_says_what_that_means() {
    let remote = Remote::start(&["--fault", "* * ip-block"]);
    let response = remote.send(Method::GET, "/api/systemusers", None).await.unwrap();
    assert_eq!(response.status(), StatusCode::FORBIDDEN);
    assert_eq!(response.headers()[CONTENT_TYPE], "text/html; charset=utf-8");
    assert!(response.text().await.unwrap().contains("blocked due to suspected abuse"));
    let error = client(remote.served.url.parse().unwrap()).create_group("g", "").await.unwrap_err();
    assert!(matches!(error, JumpCloudError::Blocked { .. }), "{error:?}");
}

#[tokio::test]
async fn a_rate_lets_a_burst_pass_and_says_when_to_come_again_or_not() {
    for (argument, expected) in [(&["--retry-after"][..], Some("3600")), (&[], None)] {
        let remote = Remote::start(&[&["--rate", "1/h", "--burst", "2"], argument].concat());
        for _ in 0..2 {
            assert_eq!(remote.status(Method::GET, "/api/systemusers", None).await, Some(200));
        }
        let response = remote.send(Method::POST, "/api/systemusers", Some(ada())).await.unwrap();
        assert_eq!(response.status(), StatusCode::TOO_MANY_REQUESTS);
        assert_eq!(response.headers().get(RETRY_AFTER).map(|value| value.to_str().unwrap()), expected);
        let refusal: Value = response.json().await.unwrap();
        assert_eq!((&refusal["code"], &refusal["status"]), (&json!(429), &json!("RESOURCE_EXHAUSTED")));
        // The control endpoint is not counted, and ends it.
        remote.send(Method::PATCH, "/sandbox/conditions", Some(json!({ "rate": null }))).await.unwrap();
        assert_eq!(remote.get("/api/systemusers").await["totalCount"], 0);
    }
}

#[tokio::test]
async fn every_answer_waits_for_its_latency() {
    let remote = Remote::start(&["--latency", "20h", "--jitter", "1h"]);
    let waiting = remote.send(Method::POST, "/api/systemusers", Some(ada()));
    tokio::select! {
        answer = waiting => panic!("{answer:?}"),
        () = remote.under_way("/api/systemusers") => {}
    }
    let conditions = json!({ "latency": null, "jitter": null });
    assert_eq!(remote.status(Method::PATCH, "/sandbox/conditions", Some(conditions)).await, Some(200));
    assert_eq!(remote.get("/api/systemusers").await["totalCount"], 0);
}

#[tokio::test]
async fn connections_show_late_and_rules_know_them_at_once() {
    let document = json!({
        "users": users(3),
        "groups": [{ "name": "g", "members": ["u0"] }],
        "activeDirectories": [{ "domain": "DC=example;DC=com", "useCase": "ADASAUTHORITY" }],
    });
    let sandbox = open(document).await;
    let group = get(&sandbox, "/api/v2/usergroups").await[0]["id"].as_str().unwrap().to_owned();
    let domain = get(&sandbox, "/api/v2/activedirectories").await[0]["id"].as_str().unwrap().to_owned();
    let ids = get(&sandbox, "/api/systemusers?sort=username").await;
    let id = |position: usize| ids["results"][position]["_id"].as_str().unwrap().to_owned();
    let (members, bound) =
        (format!("/api/v2/usergroups/{group}/members"), format!("/api/v2/activedirectories/{domain}/users"));
    let change = async |op: &str, position: usize| {
        let body = json!({ "op": op, "type": "user", "id": id(position) });
        call(&sandbox, Method::POST, &members, Some(body)).await.0.as_u16()
    };
    let shown = async |path: &str, name: &str| -> Vec<String> {
        let list = get(&sandbox, path).await;
        let mut ids: Vec<String> = list
            .as_array()
            .unwrap()
            .iter()
            .map(|entry| entry.pointer(name).unwrap().as_str().unwrap().to_owned())
            .collect();
        ids.sort();
        ids
    };

    let conditions = async |changes: Value| {
        let (status, answer) = call(&sandbox, Method::PATCH, "/sandbox/conditions", Some(changes)).await;
        assert_eq!(status, 200, "{answer}");
    };
    conditions(json!({ "graph_lag": "20h" })).await;
    assert_eq!((change("add", 1).await, change("add", 1).await), (204, 409));
    assert_eq!((change("remove", 0).await, change("remove", 0).await), (204, 404));
    let bind = json!({ "op": "add", "type": "user_group", "id": group });
    let associations = format!("/api/v2/activedirectories/{domain}/associations");
    assert_eq!(call(&sandbox, Method::POST, &associations, Some(bind)).await.0, 204);
    assert_eq!(shown(&members, "/to/id").await, [id(0)]);
    assert_eq!(shown(&bound, "/id").await, [] as [String; 0]);
    // Objects show at once, and who goes takes along what was still to be shown.
    assert_eq!(change("add", 2).await, 204);
    assert_eq!(call(&sandbox, Method::DELETE, &format!("/api/systemusers/{}", id(2)), None).await.0, 200);
    assert_eq!(get(&sandbox, "/api/systemusers").await["totalCount"], 2);

    conditions(json!({ "graph_lag": null })).await;
    assert_eq!(shown(&members, "/to/id").await, [id(1)]);
    assert_eq!(shown(&bound, "/id").await, [id(1)]);
    assert_eq!(change("remove", 1).await, 204);
    assert_eq!(shown(&members, "/to/id").await, [] as [String; 0]);
}

#[tokio::test]
async fn faults_come_and_go_while_the_sandbox_runs() {
    let remote = Remote::start(&[]);
    let fault = json!({ "fault": "get /api/systemusers every=1 status=500" });
    let added = remote.send(Method::POST, "/sandbox/faults", Some(fault)).await.unwrap();
    assert_eq!(added.status(), StatusCode::CREATED);
    assert_eq!(remote.status(Method::GET, "/api/systemusers", None).await, Some(500));
    assert_eq!(
        remote.get("/sandbox/faults").await,
        json!([{ "fault": "GET /api/systemusers status=500", "seen": 1 }])
    );
    assert_eq!(remote.status(Method::DELETE, "/sandbox/faults", None).await, Some(204));
    assert_eq!(remote.status(Method::GET, "/api/systemusers", None).await, Some(200));

    for (method, path, body) in [
        (Method::POST, "/sandbox/faults", json!({ "fault": "GET" })),
        (Method::POST, "/sandbox/faults", json!({ "faults": [] })),
        (Method::POST, "/sandbox/faults", json!([])),
        (Method::PATCH, "/sandbox/conditions", json!({ "latency": "soon" })),
        (Method::PATCH, "/sandbox/conditions", json!({ "weather": "fine" })),
    ] {
        assert_eq!(remote.status(method, path, Some(body.clone())).await, Some(400), "{body}");
    }
    for (method, path, expected) in [
        (Method::PUT, "/sandbox/faults", 405),
        (Method::GET, "/sandbox/nothing", 404),
        (Method::GET, "/sandbox/requests?limit=x", 400),
    ] {
        assert_eq!(remote.status(method, path, None).await, Some(expected), "{path}");
    }
    let requests = remote.get("/sandbox/requests").await;
    let paths: Vec<&str> =
        requests.as_array().unwrap().iter().map(|request| request["path"].as_str().unwrap()).collect();
    assert_eq!(paths, ["/api/systemusers", "/api/systemusers"], "only the API's are logged");
}

#[tokio::test]
async fn the_control_endpoint_shows_what_the_sandbox_did() {
    let remote = Remote::start(&["--habit", "no-link", "--latency", "1ms", "--jitter", "1us", "--seed", "7"]);
    assert_eq!(remote.status(Method::POST, "/api/systemusers", Some(ada())).await, Some(200));
    let state = remote.get("/sandbox/state").await;
    assert_eq!(state["users"][0]["username"], "ada");
    assert_eq!(remote.get("/sandbox/mails").await[0]["to"], "ada@example.com");
    assert_eq!(remote.get("/sandbox/writebacks").await, json!([]));
    let conditions = remote.get("/sandbox/conditions").await;
    assert_eq!((&conditions["habits"], &conditions["latency"]), (&json!(["no-link"]), &json!("1ms")));
}

#[tokio::test]
async fn nobody_controls_a_sandbox_who_may_not_use_it() {
    let remote = Remote::start(&["--api-key", "right"]);
    let url = format!("{}sandbox/faults", remote.served.url);
    let clear = |key: &str| remote.http.delete(&url).header("x-api-key", key).send();
    assert_eq!(remote.status(Method::GET, "/sandbox/state", None).await, Some(401));
    assert_eq!(clear("wrong").await.unwrap().status(), StatusCode::UNAUTHORIZED);
    assert_eq!(clear("right").await.unwrap().status(), StatusCode::NO_CONTENT);

    // What a web site can send that a visitor of the machine has open.
    let fault = json!({ "fault": "* * ip-block" }).to_string();
    let post = || remote.http.post(&url).header("x-api-key", "right").body(fault.clone());
    let plain = post().header(CONTENT_TYPE, "text/plain").send().await.unwrap();
    assert_eq!(plain.status(), StatusCode::UNSUPPORTED_MEDIA_TYPE);
    let elsewhere = post().header(CONTENT_TYPE, "application/json").header(HOST, "evil.example").send();
    assert_eq!(elsewhere.await.unwrap().status(), StatusCode::FORBIDDEN);
    let read = remote.http.get(&url).header("x-api-key", "right").send().await.unwrap();
    assert_eq!(read.json::<Value>().await.unwrap(), json!([]));
}

#[test]
fn a_switch_that_is_wrong_says_how_it_is_written() {
    for (arguments, expected) in [
        (&["--fault", "POST /x"][..], "it does not say what goes wrong; a fault is METHOD PATH"),
        (&["--latency", "5"], "a time is a number and a unit: 50ms, 2s, 1m"),
        (&["--rate", "fast"], "a rate is a number of requests in a second, minute or hour"),
        (&["--habit", "bad"], "one of stable-order, no-link, no-total-count, shifting-pages"),
        (&["--burst", "5"], "--rate <N/s|N/m|N/h>"),
    ] {
        let arguments: Vec<&str> = ["sandbox"].iter().chain(arguments).copied().collect();
        let answer = crate::support::command::adjunct(std::path::Path::new("."), &arguments);
        assert_eq!(answer.code, 1, "{arguments:?}");
        assert!(answer.stderr.contains(expected), "{arguments:?}: {}", answer.stderr);
    }
}
