//! Directory Insights of the sandbox: what writes leave behind, and how it is asked for.

use adjunct::sandbox::{Clock, Options, Sandbox};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::sandbox_api::{call, open};
use crate::support::jumpcloud::{state, users};

const EVENTS: &str = "/insights/directory/v1/events";
const ADA: &str = "5a0000000000000000000001";

/// What a query answers. A sandbox without a clock dates its events in 1970.
async fn ask(sandbox: &Sandbox, what: &str, query: Value) -> (StatusCode, Value) {
    let mut body = json!({ "service": ["directory"], "start_time": "1970-01-01T00:00:00Z" });
    body.as_object_mut().unwrap().extend(query.as_object().unwrap().clone());
    call(sandbox, Method::POST, &format!("{EVENTS}{what}"), Some(body)).await
}

async fn events(sandbox: &Sandbox, query: Value) -> Vec<Value> {
    let (status, body) = ask(sandbox, "", query).await;
    assert_eq!(status, 200, "{body}");
    serde_json::from_value(body).unwrap()
}

fn names(events: &[Value]) -> Vec<&str> {
    events.iter().map(|event| event["event_type"].as_str().unwrap()).collect()
}

/// Carries out a write that nothing is wrong with, and gives its answer.
async fn write(sandbox: &Sandbox, method: Method, path: &str, body: Value) -> Value {
    let (status, answer) = call(sandbox, method.clone(), path, Some(body)).await;
    assert!(status.is_success(), "{method} {path}: {answer}");
    answer
}

#[tokio::test]
async fn the_life_of_a_user_is_told_in_order() {
    let options =
        Options { clock: Clock::Stopped("2027-01-31T18:00:00Z".parse().unwrap()), ..Options::default() };
    let sandbox = Sandbox::start(state(&json!({})), options).await.unwrap();
    let body =
        json!({ "username": "ada", "email": "ada@example.com", "state": "STAGED", "password": "s3cret-1" });
    let path = format!("/api/systemusers/{ADA}");
    write(&sandbox, Method::POST, "/api/systemusers", body).await;
    write(&sandbox, Method::POST, &format!("{path}/state/activate"), json!({ "email": false })).await;
    write(&sandbox, Method::PUT, &path, json!({ "company": "Engines", "suspended": true })).await;
    write(&sandbox, Method::PUT, &path, json!({ "company": "Engines", "state": "SUSPENDED" })).await;
    write(&sandbox, Method::PUT, &path, json!({ "state": "ACTIVATED", "account_locked": true })).await;
    write(&sandbox, Method::POST, &format!("{path}/unlock"), json!({})).await;
    write(&sandbox, Method::DELETE, &path, json!({})).await;
    call(&sandbox, Method::PUT, &path, Some(json!({ "company": "gone" }))).await;
    let told = events(&sandbox, json!({})).await;
    assert_eq!(
        names(&told),
        [
            "user_create",
            "user_update",
            "user_activated",
            "user_update",
            "user_suspended",
            "user_update",
            "user_unsuspended",
            "user_lockout",
            "user_update",
            "user_unlocked",
            "user_delete",
        ]
    );
    let suspended = &told[3];
    assert_eq!(
        suspended["changes"],
        json!([
            { "field": "state", "from": "ACTIVATED", "to": "SUSPENDED" },
            { "field": "company", "from": null, "to": "Engines" },
        ])
    );
    for event in &told {
        assert_eq!(event["resource"], json!({ "type": "user", "id": ADA, "username": "ada" }));
        assert_eq!(event["initiated_by"]["type"], "admin");
        for (name, value) in [
            ("service", json!("directory")),
            ("organization", json!("5f0000000000000000000001")),
            ("auth_method", json!("api-key")),
            ("client_ip", json!("127.0.0.1")),
            ("success", json!(true)),
            ("timestamp", json!("2027-01-31T18:00:00Z")),
        ] {
            assert_eq!(event[name], value, "{event}");
        }
    }
    // Whom there was can be seen from the last event, but for the password.
    let gone = told.last().unwrap()["changes"].as_array().unwrap();
    assert!(gone.contains(&json!({ "field": "email", "from": "ada@example.com", "to": null })), "{gone:?}");
    assert!(!Value::from(told).to_string().contains("s3cret"));
}

#[tokio::test]
async fn a_new_password_is_an_event_without_the_password() {
    let options =
        Options { clock: Clock::Stopped("2027-01-31T18:00:00Z".parse().unwrap()), ..Options::default() };
    let sandbox = Sandbox::start(state(&json!({ "users": users(1) })), options).await.unwrap();
    let path = format!("/api/systemusers/{ADA}");
    let user = write(&sandbox, Method::PUT, &path, json!({ "password": "s3cret" })).await;
    assert_eq!(user["password_date"], "2027-01-31T18:00:00Z");
    let told = events(&sandbox, json!({})).await;
    assert_eq!(names(&told), ["user_update", "user_password_set"]);
    assert!(!Value::from(told).to_string().contains("s3cret"));
}

#[tokio::test]
async fn groups_directories_and_what_is_connected_with_them_are_told() {
    let sandbox = open(json!({ "users": users(1) })).await;
    let group = write(&sandbox, Method::POST, "/api/v2/usergroups", json!({ "name": "Engines" })).await;
    let group = group["id"].as_str().unwrap().to_owned();
    let path = format!("/api/v2/usergroups/{group}");
    write(&sandbox, Method::PUT, &path, json!({ "name": "Motors" })).await;
    let domain = json!({ "domain": "DC=example;DC=com" });
    let directory = write(&sandbox, Method::POST, "/api/v2/activedirectories", domain).await;
    let directory = directory["id"].as_str().unwrap();
    let member = |op: &str| json!({ "op": op, "type": "user", "id": ADA });
    write(&sandbox, Method::POST, &format!("{path}/members"), member("add")).await;
    write(&sandbox, Method::POST, &format!("{path}/members"), member("update")).await;
    write(&sandbox, Method::POST, &format!("{path}/members"), member("remove")).await;
    call(&sandbox, Method::POST, &format!("{path}/members"), Some(member("remove"))).await;
    let bind = json!({ "op": "add", "type": "user_group", "id": group });
    write(&sandbox, Method::POST, &format!("/api/v2/activedirectories/{directory}/associations"), bind).await;
    write(&sandbox, Method::DELETE, &format!("/api/v2/activedirectories/{directory}"), json!({})).await;
    write(&sandbox, Method::DELETE, &path, json!({})).await;
    let told = events(&sandbox, json!({})).await;
    assert_eq!(
        names(&told),
        [
            "group_create",
            "group_update",
            "activedirectory_create",
            "association_change",
            "association_change",
            "association_change",
            "association_change",
            "activedirectory_delete",
            "group_delete",
        ]
    );
    assert_eq!(told[1]["resource"], json!({ "type": "user_group", "id": group, "name": "Motors" }));
    assert_eq!(told[1]["changes"], json!([{ "field": "name", "from": "Engines", "to": "Motors" }]));
    assert_eq!(
        told[3]["association"],
        json!({
            "op": "add", "action_source": "manual", "attributes": null,
            "connection": {
                "from": { "type": "user_group", "object_id": group, "name": "Motors" },
                "to": { "type": "user", "object_id": ADA, "name": "u0" },
            },
        })
    );
    let removed = json!({ "search_term": { "and": { "association.op": "remove" } } });
    assert_eq!(events(&sandbox, removed).await, [told[5].clone()]);
    let bound =
        json!({ "search_term": { "and": [{ "association.connection.from.type": "active_directory" }] } });
    assert_eq!(events(&sandbox, bound).await, [told[6].clone()]);
}

#[tokio::test]
async fn pages_follow_the_header_of_the_one_before() {
    let sandbox = open(json!({})).await;
    for user in users(7) {
        write(&sandbox, Method::POST, "/api/systemusers", user).await;
    }
    for (sort, first, last) in [("asc", "u0", "u6"), ("DESC", "u6", "u0"), ("nonsense", "u0", "u6")] {
        let mut after = json!([]);
        let mut seen: Vec<String> = Vec::new();
        let mut counts = Vec::new();
        loop {
            let body = json!({
                "service": ["all"], "start_time": "1970-01-01T00:00:00Z", "limit": 3, "sort": sort,
                "search_after": after,
            });
            let request = reqwest::Client::builder().no_proxy().tls_certs_only([]).build().unwrap();
            let response =
                request.post(sandbox.url().join(EVENTS).unwrap()).json(&body).send().await.unwrap();
            let header = |name: &str| response.headers()[name].to_str().unwrap().to_owned();
            let count: usize = header("X-Result-Count").parse().unwrap();
            assert_eq!(header("X-Limit"), "3");
            assert_eq!(header("X-Sort"), if sort == "DESC" { "DESC" } else { "ASC" });
            after = serde_json::from_str(&header("X-Search_after")).unwrap();
            let page: Vec<Value> = response.json().await.unwrap();
            assert_eq!(page.len(), count);
            seen.extend(page.iter().map(|event| event["resource"]["username"].as_str().unwrap().to_owned()));
            counts.push(count);
            if count < 3 {
                break;
            }
        }
        assert_eq!(counts, [3, 3, 1], "{sort}");
        assert_eq!((seen[0].as_str(), seen[6].as_str()), (first, last));
    }
    // The header is there on a page of nothing as well.
    let (_, none) = ask(&sandbox, "", json!({ "search_after": [7, "5e0000000000000000000007"] })).await;
    assert_eq!(none, json!([]));
}

#[tokio::test]
async fn queries_narrow_down_what_is_told() {
    let sandbox = open(json!({})).await;
    for user in users(3) {
        write(&sandbox, Method::POST, "/api/systemusers", user).await;
    }
    write(&sandbox, Method::PUT, &format!("/api/systemusers/{ADA}"), json!({ "company": "Engines" })).await;
    write(&sandbox, Method::POST, "/api/v2/usergroups", json!({ "name": "Engines" })).await;
    for (query, count) in [
        (json!({}), 5),
        (json!({ "service": ["radius", "ldap"] }), 0),
        (json!({ "service": ["radius", "all"] }), 5),
        (json!({ "start_time": "1970-01-01T00:00:00.002Z" }), 4),
        (json!({ "end_time": "1970-01-01T00:00:00.002Z" }), 2),
        (json!({ "start_time": "1970-01-01T00:00:00.002", "end_time": "1970-01-01T00:00:00.003Z" }), 2),
        (json!({ "search_term": {} }), 5),
        (json!({ "search_term": { "and": [{ "event_type": "user_create" }] } }), 3),
        (json!({ "search_term": { "and": [{ "event_type": "user_create" }, { "resource.id": ADA }] } }), 1),
        (json!({ "search_term": { "or": [{ "event_type": "group_create" }, { "resource.id": ADA }] } }), 3),
        (json!({ "search_term": { "or": { "event_type": ["group_create", "user_update"] } } }), 2),
        (json!({ "search_term": { "not": { "event_type": "user_create" } } }), 2),
        (
            json!({ "search_term": { "and": [{ "success": "true" }, { "or": [{ "resource.username": "U1" }, { "resource.name": "engines" }] }] } }),
            2,
        ),
        (json!({ "search_term": { "and": { "nothing.like.it": "x" } } }), 0),
        // What changed cannot be searched: the user's new company is in no answer.
        (json!({ "q": "engines" }), 1),
        (json!({ "limit": 2, "skip": 4 }), 1),
        (json!({ "limit": 0 }), 5),
        (json!({ "limit": "all" }), 5),
    ] {
        assert_eq!(events(&sandbox, query.clone()).await.len(), count, "{query}");
    }
    let rows =
        events(&sandbox, json!({ "limit": 1, "fields": ["event_type", "resource.username", "nonsense"] }))
            .await;
    assert_eq!(rows, [json!({ "event_type": "user_create", "resource": { "username": "u0" } })]);
    let (_, counted) = ask(&sandbox, "/count", json!({ "limit": 1 })).await;
    assert_eq!(counted, json!({ "count": 5 }));
    let (_, distinct) = ask(&sandbox, "/distinct", json!({ "field": "event_type" })).await;
    assert_eq!(
        distinct["buckets"],
        json!([
            { "key": "user_create", "doc_count": 3 },
            { "key": "group_create", "doc_count": 1 },
            { "key": "user_update", "doc_count": 1 },
        ])
    );
    let by = async |unit: &str, zone: &str| {
        let query = json!({ "interval_unit": unit, "interval_value": "2", "timezone": zone });
        ask(&sandbox, "/interval", query).await
    };
    let bucket =
        |key: i64, name: &str| json!({ "buckets": [{ "key": key, "key_as_string": name, "doc_count": 5 }] });
    assert_eq!(by("h", "+0000").await.1, bucket(0, "1970-01-01T00:00:00Z"));
    assert_eq!(by("h", "-0500").await.1, bucket(-3_600_000, "1969-12-31T23:00:00Z"));
    assert_eq!(
        (by("y", "+0000").await.0, by("h", "CET").await.0),
        (400.try_into().unwrap(), 400.try_into().unwrap())
    );
}

#[tokio::test]
async fn a_query_that_makes_no_sense_is_refused() {
    let options = Options {
        clock: Clock::Stopped("2027-01-31T18:00:00Z".parse().unwrap()),
        api_key: Some("right".into()),
        ..Options::default()
    };
    let guarded = Sandbox::start(state(&json!({})), options).await.unwrap();
    assert_eq!(ask(&guarded, "", json!({})).await.0, 401);
    let options =
        Options { clock: Clock::Stopped("2027-01-31T18:00:00Z".parse().unwrap()), ..Options::default() };
    let sandbox = Sandbox::start(state(&json!({})), options).await.unwrap();
    for query in [
        json!({ "service": [] }),
        json!({ "service": "directory" }),
        json!({ "service": ["everything"] }),
        json!({ "start_time": null }),
        json!({ "start_time": "yesterday" }),
        json!({ "start_time": "2027-02-01T00:00:00Z" }),
        json!({ "start_time": "2027-01-31T00:00:00Z", "end_time": "2027-01-30T00:00:00Z" }),
        json!({ "fields": [] }),
        json!({ "fields": ["nonsense"] }),
        json!({ "search_term": [] }),
        json!({ "search_term": { "xor": {} } }),
        json!({ "search_term": { "and": {}, "or": {} } }),
        json!({ "search_term": { "and": [{ "event_type": "a" }, { "event_type": "b" }] } }),
        json!({ "search_term": { "and": { "changes.field": "company" } } }),
        json!({ "search_term": { "and": { "event_type": {} } } }),
        json!({ "search_after": ["x", "5e0000000000000000000007"] }),
    ] {
        let (status, error) = ask(&sandbox, "", query.clone()).await;
        assert_eq!((status.as_u16(), &error["code"]), (400, &json!(400)), "{query} {error}");
    }
    assert_eq!(ask(&sandbox, "/distinct", json!({})).await.0, 400);
    assert_eq!(ask(&sandbox, "", json!({})).await.1, json!([]));
    assert_eq!(sandbox.writes(), 0, "questions change nothing");
}

#[tokio::test]
async fn a_refused_write_and_a_write_that_changes_nothing_are_no_events() {
    let sandbox = open(json!({ "users": users(2) })).await;
    let path = format!("/api/systemusers/{ADA}");
    assert_eq!(call(&sandbox, Method::PUT, &path, Some(json!({ "username": "u1" }))).await.0, 400);
    write(&sandbox, Method::PUT, &path, json!({ "username": "u0" })).await;
    assert_eq!(events(&sandbox, json!({})).await, Vec::<Value>::new());
}
