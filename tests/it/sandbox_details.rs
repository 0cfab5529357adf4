//! Sentences of JumpCloud's documentation that are easily got wrong.

use std::collections::BTreeSet;

use adjunct::sandbox::{Clock, Options, Sandbox};
use reqwest::Method;
use serde_json::{Value, json};

use crate::sandbox_api::{call, get, open};
use crate::support::jumpcloud::{state, users};

/// The names of the rows of a list.
fn names(list: &Value, name: &str) -> String {
    let rows = list.get("results").unwrap_or(list).as_array().unwrap().iter();
    rows.map(|row| row[name].as_str().unwrap()).collect::<Vec<_>>().join(" ")
}

#[tokio::test]
async fn filters_see_what_answers_show_also_where_nobody_has_set_it() {
    let sandbox = open(json!({ "users": [
        { "username": "ada", "email": "a@x.org", "sudo": true },
        { "username": "bob", "email": "b@x.org", "suspended": true, "activated": true, "manager": "ada" },
        { "username": "cid", "email": "c@x.org", "state": "STAGED", "account_locked": true },
    ], "groups": [{ "name": "Engines", "attributes": { "sudo": { "enabled": true, "withoutPassword": false } } }, { "name": "Looms", "membershipMethod": "DYNAMIC_AUTOMATED" }] }))
    .await;
    for (filter, expected) in [
        ("suspended:$eq:true", "bob"),
        ("suspended:$eq:false", "ada cid"),
        ("sudo:$eq:false", "bob cid"),
        ("sudo:$ne:false", "ada"),
        ("activated:$eq:false", "ada cid"),
        ("account_locked:$eq:true", "cid"),
        ("account_locked:$eq:false", "ada bob"),
        ("manager:$eq:", "ada cid"),
        ("state:$eq:STAGED", "cid"),
    ] {
        let list = get(&sandbox, &format!("/api/systemusers?sort=_id&filter={filter}")).await;
        assert_eq!(names(&list, "username"), expected, "{filter}");
    }
    for (filter, expected) in [
        (json!([{ "suspended": false }, { "sudo": false }]), "cid"),
        (json!({ "or": [{ "suspended": true }, { "account_locked": true }] }), "bob cid"),
    ] {
        let body = json!({ "filter": filter, "sort": "_id" });
        let (_, list) = call(&sandbox, Method::POST, "/api/search/systemusers", Some(body)).await;
        assert_eq!(names(&list, "username"), expected, "{filter}");
    }
    for (path, filter, expected) in [
        ("usergroups", "type:eq:user_group", "Engines Looms"),
        ("usergroups", "disabled:eq:false", "Engines Looms"),
        ("usergroups", "attributes.sudo.enabled:eq:true", "Engines"),
        ("usergroups", "attributes.sudo.enabled:eq:false", "Looms"),
        ("usergroups", "suggestionCounts.total:gt:0", ""),
        ("usergroups", "membershipMethod:eq:STATIC", "Engines"),
        ("groups", "type:eq:user_group", "Engines Looms"),
        ("groups", "type:eq:system_group", ""),
    ] {
        let list = get(&sandbox, &format!("/api/v2/{path}?sort=name&filter={filter}")).await;
        assert_eq!(names(&list, "name"), expected, "{path} {filter}");
    }
}

#[tokio::test]
async fn every_phone_number_and_address_has_an_id_of_its_own() {
    let parts = |user: &str| {
        json!({
            "username": user, "email": format!("{user}@x.org"),
            "phoneNumbers": [{ "type": "work", "number": "1" }, { "type": "home", "number": "2" }],
            "addresses": [{ "type": "work", "country": "x" }, { "type": "home", "country": "y" }],
        })
    };
    let sandbox = open(json!({ "users": [parts("ada"), parts("bob")] })).await;
    let ids = |list: &Value| -> BTreeSet<String> {
        let users = list["results"].as_array().unwrap().iter();
        let parts = users.flat_map(|user| [&user["phoneNumbers"], &user["addresses"]]);
        let parts = parts.flat_map(|parts| parts.as_array().unwrap());
        parts.map(|part| part["id"].as_str().unwrap().to_owned()).collect()
    };
    let first = ids(&get(&sandbox, "/api/systemusers?sort=_id").await);
    assert_eq!(first.len(), 8, "{first:?}");
    assert!(first.iter().all(|id| id.len() == 24));
    assert_eq!(ids(&get(&sandbox, "/api/systemusers?sort=_id").await), first);
}

#[tokio::test]
async fn a_lock_has_a_date_for_as_long_as_it_lasts() {
    let clock = Clock::Stopped("2027-01-31T18:00:00Z".parse().unwrap());
    let sandbox =
        Sandbox::start(state(&json!({ "users": users(1) })), Options { clock, ..Options::default() })
            .await
            .unwrap();
    let path = "/api/systemusers/5a0000000000000000000001";
    for (method, suffix, body, date) in [
        (Method::PUT, "", json!({ "account_locked": true }), Some("2027-01-31T18:00:00Z")),
        (Method::PUT, "", json!({ "company": "Engines" }), Some("2027-01-31T18:00:00Z")),
        (Method::PUT, "", json!({ "account_locked": false }), None),
        (Method::PUT, "", json!({ "account_locked": true }), Some("2027-01-31T18:00:00Z")),
        (Method::POST, "/unlock", json!({}), None),
    ] {
        let (_, user) = call(&sandbox, method, &format!("{path}{suffix}"), Some(body.clone())).await;
        let shown = user.get("account_locked_date").and_then(Value::as_str);
        assert_eq!((user["account_locked"].as_bool(), shown), (Some(date.is_some()), date), "{body}");
    }
}

#[tokio::test]
async fn members_come_in_no_order_that_one_could_ask_for_but_memberships_do() {
    let people = users(12);
    let all: Vec<String> = (0..12).map(|n| format!("u{n}")).collect();
    let sandbox = open(json!({ "users": people, "groups": [{ "name": "g", "members": all }] })).await;
    let group = "/api/v2/usergroups/5a000000000000000000000d";
    let ids = async |path: &str| get(&sandbox, &format!("{group}/{path}")).await.to_string();
    assert_ne!(ids("members?sort=id").await, ids("members?sort=id").await);
    assert_eq!(ids("membership?sort=object_id").await, ids("membership?sort=object_id").await);
}
