//! The sandbox's Active Directory objects, and users who come into being or are managed from outside.

use adjunct::sandbox::{Sandbox, State};
use reqwest::Method;
use serde_json::{Value, json};

use crate::sandbox_api::{call, get, open};
use crate::support::jumpcloud::{document, users};

const OBJECT: &str = "/api/v2/activedirectories/5c0000000000000000000001";
const ADA: &str = "5a0000000000000000000001";
const BOB: &str = "5a0000000000000000000002";
const ENGINES: &str = "5a0000000000000000000003";

/// `ada` is bound directly and through `Engines`, `bob` through `Engines` alone.
async fn company() -> Sandbox {
    open(json!({
        "users": [{ "username": "ada", "email": "ada@example.com" }, { "username": "bob", "email": "b@example.com" }],
        "groups": [{ "name": "Engines", "members": ["ada", "bob"] }],
        "activeDirectories": [{
            "domain": "DC=example;DC=com", "id": "5c0000000000000000000001", "users": ["ada"], "groups": ["Engines"],
            "agents": [{ "agentType": "SYNC", "hostname": "dc1", "id": "5d0000000000000000000001" }],
        }],
    }))
    .await
}

async fn post(sandbox: &Sandbox, path: &str, body: Value) -> u16 {
    call(sandbox, Method::POST, path, Some(body)).await.0.as_u16()
}

fn to(kind: &str, id: &str) -> Value {
    json!({ "to": { "type": kind, "id": id } })
}

#[tokio::test]
async fn associations_are_direct_and_seen_from_both_ends() {
    let sandbox = company().await;
    let object = "5c0000000000000000000001";
    for (path, expected) in [
        (format!("{OBJECT}/associations?targets=user"), json!([to("user", ADA)])),
        (format!("{OBJECT}/associations?targets=user&skip=1"), json!([])),
        (format!("{OBJECT}/associations?targets=user_group"), json!([to("user_group", ENGINES)])),
        (
            format!("/api/v2/users/{ADA}/associations?targets=active_directory"),
            json!([to("active_directory", object)]),
        ),
        (format!("/api/v2/users/{BOB}/associations?targets=active_directory"), json!([])),
        (format!("/api/v2/users/{ADA}/associations?targets=system"), json!([])),
        (
            format!("/api/v2/usergroups/{ENGINES}/associations?targets=active_directory"),
            json!([to("active_directory", object)]),
        ),
    ] {
        assert_eq!(get(&sandbox, &path).await, expected, "{path}");
    }
    for path in [
        format!("{OBJECT}/associations"),
        format!("{OBJECT}/associations?targets=system"),
        format!("{OBJECT}/associations?targets=user&targets=user_group"),
        format!("/api/v2/users/{ADA}/associations?targets=user"),
    ] {
        assert_eq!(call(&sandbox, Method::GET, &path, None).await.0, 400, "{path}");
    }
    for path in [
        format!("{}/associations?targets=user", OBJECT.replace("5c", "5b")),
        format!("/api/v2/users/{ENGINES}/associations?targets=system"),
        format!("/api/v2/usergroups/{ADA}/associations?targets=active_directory"),
    ] {
        assert_eq!(call(&sandbox, Method::GET, &path, None).await.0, 404, "{path}");
    }
}

#[tokio::test]
async fn traversals_mix_direct_bindings_and_those_through_groups() {
    let sandbox = company().await;
    let (ada, engines) = (to("user", ADA), to("user_group", ENGINES));
    assert_eq!(
        get(&sandbox, &format!("{OBJECT}/users")).await,
        json!([
            { "type": "user", "id": ADA, "paths": [[ada], [engines, ada]] },
            { "type": "user", "id": BOB, "paths": [[engines, to("user", BOB)]] },
        ])
    );
    assert_eq!(
        get(&sandbox, &format!("{OBJECT}/usergroups")).await,
        json!([{ "type": "user_group", "id": ENGINES, "paths": [[engines]] }])
    );
    let object = to("active_directory", "5c0000000000000000000001");
    for (path, paths) in [
        (format!("/api/v2/users/{ADA}/activedirectories"), json!([[object], [engines, object]])),
        (format!("/api/v2/users/{BOB}/activedirectories"), json!([[engines, object]])),
        (format!("/api/v2/usergroups/{ENGINES}/activedirectories"), json!([[object]])),
    ] {
        let read = get(&sandbox, &path).await;
        assert_eq!((&read[0]["type"], &read[0]["paths"]), (&json!("active_directory"), &paths), "{path}");
    }
}

#[tokio::test]
async fn bindings_are_changed_from_either_end_and_never_twice() {
    let sandbox = company().await;
    let object = "5c0000000000000000000001";
    let associations = format!("{OBJECT}/associations");
    let (of_bob, of_group) =
        (format!("/api/v2/users/{BOB}/associations"), format!("/api/v2/usergroups/{ENGINES}/associations"));
    for (path, op, kind, id, expected) in [
        (&associations, "add", "user", BOB, 204),
        (&associations, "add", "user", BOB, 409),
        (&of_bob, "add", "active_directory", object, 409),
        (&of_bob, "remove", "active_directory", object, 204),
        (&associations, "remove", "user", BOB, 404),
        (&associations, "update", "user", ADA, 204),
        (&associations, "remove", "user_group", ENGINES, 204),
        (&of_group, "add", "active_directory", object, 204),
        (&of_group, "add", "active_directory", object, 409),
        (&associations, "add", "user", ENGINES, 404),
        (&associations, "add", "system", BOB, 400),
        (&associations, "bind", "user", BOB, 400),
        (&of_bob, "add", "user", ADA, 400),
        (&of_bob, "add", "active_directory", ADA, 404),
        (&of_bob, "add", "system", ADA, 404),
    ] {
        let body = json!({ "op": op, "type": kind, "id": id });
        assert_eq!(post(&sandbox, path, body).await, expected, "{path} {op} {kind} {id}");
    }
    let mut object = document(&sandbox)["activeDirectories"][0].take();
    assert_eq!((object["users"].take(), object["groups"].take()), (json!(["ada"]), json!(["Engines"])));
}

#[tokio::test]
async fn who_is_deleted_is_bound_no_longer() {
    let sandbox = company().await;
    for path in [format!("/api/systemusers/{ADA}"), format!("/api/v2/usergroups/{ENGINES}")] {
        assert_eq!(call(&sandbox, Method::DELETE, &path, None).await.0, 200);
    }
    let object = &document(&sandbox)["activeDirectories"][0];
    assert_eq!((object.get("users"), object.get("groups")), (None, None));
}

#[tokio::test]
async fn agents_are_listed_and_shown_one_by_one() {
    let sandbox = company().await;
    let agent = json!({ "id": "5d0000000000000000000001", "agentType": "SYNC", "state": "active", "hostname": "dc1" });
    assert_eq!(get(&sandbox, &format!("{OBJECT}/agents")).await, json!([agent]));
    assert_eq!(get(&sandbox, &format!("{OBJECT}/agents/5d0000000000000000000001")).await, agent);
    assert_eq!(call(&sandbox, Method::GET, &format!("{OBJECT}/agents/{ADA}"), None).await.0, 404);
}

#[tokio::test]
async fn a_state_keeps_agents_and_bindings_and_reads_older_ones() {
    let state = company().await.state();
    let text = state.to_json();
    assert_eq!(State::parse("state.json", &text).unwrap(), state);
    let document: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(document["activeDirectories"][0]["users"], json!(["ada"]));
    let older = json!({ "activeDirectories": [{ "domain": "DC=x", "useCase": "UNSET" }] }).to_string();
    assert!(State::parse("older.json", &older).is_ok());
    for (part, says) in [
        (json!({ "users": ["eve"] }), r#"there is no user "eve""#),
        (json!({ "groups": ["eve"] }), r#"there is no group "eve""#),
        (json!({ "agents": [{ "agentType": "SYNC", "id": "1" }] }), "24 hexadecimal digits"),
        (json!({ "agents": [{ "agentType": "OTHER" }] }), "is not the state"),
    ] {
        let mut object = part;
        object["domain"] = json!("DC=x");
        let text = json!({ "users": users(1), "activeDirectories": [object] }).to_string();
        let error = State::parse("wrong.json", &text).unwrap_err().to_string();
        assert!(error.contains(says), "{error}");
    }
}

#[tokio::test]
async fn mails_go_where_jumpcloud_sends_them() {
    let sandbox = open(json!({})).await;
    for (body, activation) in [
        (json!({ "username": "a", "email": "a@x.org" }), None),
        (json!({ "username": "b", "email": "b@x.org", "alternateEmail": "b@home.org" }), None),
        (
            json!({ "username": "c", "email": "c@x.org", "alternateEmail": "c@home.org", "password": "x" }),
            None,
        ),
        (
            json!({ "username": "d", "email": "d@x.org", "state": "STAGED" }),
            Some(json!({ "email": "d@new.org" })),
        ),
        (json!({ "username": "e", "email": "e@x.org", "state": "STAGED" }), Some(json!({ "email": false }))),
        (json!({ "username": "f", "email": "f@x.org", "state": "STAGED" }), Some(json!({ "email": true }))),
        (json!({ "username": "g", "email": "g@x.org", "state": "SUSPENDED" }), None),
    ] {
        let (_, user) = call(&sandbox, Method::POST, "/api/systemusers", Some(body)).await;
        if let Some(activation) = activation {
            let path = format!("/api/systemusers/{}/state/activate", user["_id"].as_str().unwrap());
            assert_eq!(post(&sandbox, &path, activation.clone()).await, 200);
            assert_eq!(post(&sandbox, &path, activation).await, 400, "it is active already");
        }
    }
    let (_, staged) = call(
        &sandbox,
        Method::POST,
        "/api/systemusers",
        Some(json!({ "username": "h", "email": "h@x.org", "state": "STAGED" })),
    )
    .await;
    let path = format!("/api/systemusers/{}", staged["_id"].as_str().unwrap());
    for state in ["ACTIVATED", "SUSPENDED", "ACTIVATED"] {
        call(&sandbox, Method::PUT, &path, Some(json!({ "state": state }))).await;
    }
    let mails: Vec<String> =
        sandbox.mails().iter().map(|mail| format!("{:?} {}", mail.kind, mail.to)).collect();
    assert_eq!(
        mails,
        [
            "Activation a@x.org",
            "Activation b@home.org",
            "Welcome c@x.org",
            "Activation d@new.org",
            "Activation f@x.org",
            "Activation h@x.org"
        ]
    );
}

#[tokio::test]
async fn external_management_rewrites_the_read_only_fields() {
    let sandbox = open(json!({ "users": [{
        "username": "ada", "email": "ada@example.com",
        "restrictedFields": [{ "field": "email", "type": "scim" }, { "field": "sudo", "type": "scim" },
                             { "field": "company", "type": "active_directory" }],
    }] }))
    .await;
    let path = format!("/api/systemusers/{ADA}");
    let locks = async |body: Value| {
        let (status, user) = call(&sandbox, Method::PUT, &path, Some(body)).await;
        assert_eq!(status, 200);
        let locks = user["restrictedFields"].as_array().unwrap().iter();
        locks.map(|lock| format!("{}:{}", lock["field"], lock["type"]).replace('"', "")).collect::<Vec<_>>()
    };
    let filled = [
        "sudo:scim",
        "company:active_directory",
        "email:active_directory",
        "firstname:active_directory",
        "lastname:active_directory",
        "username:active_directory",
    ];
    assert_eq!(locks(json!({ "externally_managed": true })).await, filled);
    // Without a change nothing is rewritten.
    let by_hand = json!([{ "field": "email", "type": "scim" }]);
    let same = json!({ "externally_managed": true, "restrictedFields": by_hand });
    assert_eq!(locks(same).await, ["email:scim"]);
    let mixed =
        json!([{ "field": "email", "type": "active_directory" }, { "field": "sudo", "type": "scim" }]);
    let released = json!({ "externally_managed": false, "restrictedFields": mixed });
    assert_eq!(locks(released).await, ["sudo:scim"]);
}

#[tokio::test]
async fn new_users_have_the_read_only_fields_of_the_organization_unless_they_name_their_own() {
    let locks =
        json!([{ "field": "password", "type": "active_directory" }, { "field": "sudo", "type": "scim" }]);
    let settings = json!({ "systemUserDefaults": { "restrictedFields": locks } });
    let sandbox = open(json!({ "organization": { "settings": settings } })).await;
    let create = async |body: Value| {
        let (status, user) = call(&sandbox, Method::POST, "/api/systemusers", Some(body)).await;
        assert_eq!(status, 200, "{user}");
        user["restrictedFields"].clone()
    };
    assert_eq!(create(json!({ "username": "a", "email": "a@x.org" })).await, locks);
    let own = json!([{ "field": "company", "type": "scim" }]);
    let user = json!({ "username": "b", "email": "b@x.org", "restrictedFields": own });
    assert_eq!(create(user).await, own);
    let none = json!({ "username": "c", "email": "c@x.org", "restrictedFields": [] });
    assert_eq!(create(none).await, json!([]));
    let managed = create(json!({ "username": "d", "email": "d@x.org", "externally_managed": true })).await;
    let fields: Vec<&str> =
        managed.as_array().unwrap().iter().map(|lock| lock["field"].as_str().unwrap()).collect();
    assert_eq!(fields, ["password", "sudo", "email", "firstname", "lastname", "username"]);
    let many = json!([{ "username": "e", "email": "e@x.org" }]);
    let (_, job) = call(&sandbox, Method::POST, "/api/v2/bulk/users", Some(many)).await;
    let results =
        get(&sandbox, &format!("/api/v2/bulk/users/{}/results", job["jobId"].as_str().unwrap())).await;
    assert_eq!(results[0]["persistedFields"]["restrictedFields"], locks);
}
