//! Dynamic groups of the sandbox: members follow the rule.

use adjunct::sandbox::Sandbox;
use reqwest::Method;
use serde_json::{Value, json};

use crate::sandbox_api::{call, get, open};

const ADA: &str = "5a0000000000000000000001";
const BOB: &str = "5a0000000000000000000002";

async fn company(groups: Value) -> Sandbox {
    open(json!({
        "users": [
            { "username": "ada", "email": "ada@example.com", "department": "Engines" },
            { "username": "bob", "email": "b@example.com", "department": "Looms", "suspended": true },
        ],
        "groups": groups,
    }))
    .await
}

async fn send(sandbox: &Sandbox, method: Method, path: &str, body: Value) -> u16 {
    call(sandbox, method, path, Some(body)).await.0.as_u16()
}

/// The members of a group, by the usernames that they had at first.
async fn members(sandbox: &Sandbox, group: &str) -> Vec<String> {
    let list = get(sandbox, &format!("/api/v2/usergroups/{group}/membership?sort=object_id")).await;
    let ids = list.as_array().unwrap().iter().map(|member| member["id"].as_str().unwrap());
    ids.map(|id| match id {
        ADA => "ada".to_owned(),
        BOB => "bob".to_owned(),
        other => other.to_owned(),
    })
    .collect()
}

fn group(name: &str, method: &str, filters: &[&str]) -> Value {
    json!({ "name": name, "membershipMethod": method, "memberQuery": { "queryType": "FilterQuery", "filters": filters } })
}

#[tokio::test]
async fn members_follow_every_change_of_a_user_and_of_the_rule() {
    let sandbox = company(json!([])).await;
    let engineers = group("Engineers", "DYNAMIC_AUTOMATED", &["department:eq:Engines"]);
    let (status, answer) = call(&sandbox, Method::POST, "/api/v2/usergroups", Some(engineers)).await;
    assert_eq!(status, 201);
    let id = answer["id"].as_str().unwrap();
    assert_eq!(members(&sandbox, id).await, ["ada"]);
    let (ada, bob) = (format!("/api/systemusers/{ADA}"), format!("/api/systemusers/{BOB}"));
    send(&sandbox, Method::PUT, &bob, json!({ "department": "Engines" })).await;
    assert_eq!(members(&sandbox, id).await, ["ada", "bob"]);
    send(&sandbox, Method::PUT, &ada, json!({ "department": "" })).await;
    assert_eq!(members(&sandbox, id).await, ["bob"]);
    let eve = json!({ "username": "eve", "email": "e@example.com", "department": "Engines" });
    let (_, eve) = call(&sandbox, Method::POST, "/api/systemusers", Some(eve)).await;
    assert_eq!(members(&sandbox, id).await, ["bob", eve["_id"].as_str().unwrap()]);
    // The filters of lists in either spelling, all of which must fit.
    let path = format!("/api/v2/usergroups/{id}");
    let active = group("Engineers", "DYNAMIC_AUTOMATED", &["department:$eq:Engines", "suspended:eq:false"]);
    assert_eq!(send(&sandbox, Method::PUT, &path, active).await, 200);
    assert_eq!(members(&sandbox, id).await, [eve["_id"].as_str().unwrap()]);
    send(&sandbox, Method::DELETE, &format!("/api/systemusers/{}", eve["_id"].as_str().unwrap()), json!({}))
        .await;
    assert_eq!(members(&sandbox, id).await, [""; 0]);
    let unreadable = group("Engineers", "DYNAMIC_AUTOMATED", &["department"]);
    assert_eq!(send(&sandbox, Method::PUT, &path, unreadable).await, 400);
    // A group that becomes static keeps the members that it has.
    send(&sandbox, Method::PUT, &bob, json!({ "state": "ACTIVATED" })).await;
    assert_eq!(members(&sandbox, id).await, ["bob"]);
    send(&sandbox, Method::PUT, &path, json!({ "name": "Engineers", "membershipMethod": "STATIC" })).await;
    send(&sandbox, Method::PUT, &bob, json!({ "department": "Looms" })).await;
    assert_eq!(members(&sandbox, id).await, ["bob"]);
    let changes = json!({
        "service": ["directory"], "start_time": "1970-01-01T00:00:00Z",
        "search_term": { "and": { "event_type": "association_change" } },
    });
    let (_, count) = call(&sandbox, Method::POST, "/insights/directory/v1/events/count", Some(changes)).await;
    assert_eq!(count, json!({ "count": 6 }), "ada, bob, ada gone, eve, bob gone, bob");
}

#[tokio::test]
async fn nobody_is_put_into_a_dynamic_group_by_hand() {
    let automated = group("Engineers", "DYNAMIC_AUTOMATED", &["department:eq:Engines"]);
    let reviewed = group("Weavers", "DYNAMIC_REVIEW_REQUIRED", &["department:eq:Looms"]);
    let mut exempt = group("Others", "DYNAMIC_AUTOMATED", &["department:ne:Engines"]);
    exempt["memberQueryExemptions"] = json!([{ "type": "user", "id": ADA }]);
    exempt["members"] = json!(["ada"]);
    let sandbox = company(json!([automated, reviewed, exempt])).await;
    let [engineers, weavers, others] =
        ["5a0000000000000000000003", "5a0000000000000000000004", "5a0000000000000000000005"];
    for group in [engineers, weavers] {
        let body = json!({ "op": "add", "type": "user", "id": BOB });
        assert_eq!(
            send(&sandbox, Method::POST, &format!("/api/v2/usergroups/{group}/members"), body).await,
            400
        );
    }
    for user in [ADA, BOB] {
        send(&sandbox, Method::PUT, &format!("/api/systemusers/{user}"), json!({ "company": "x" })).await;
    }
    assert_eq!(members(&sandbox, others).await, ["ada", "bob"], "who is exempt stays");
    assert_eq!(members(&sandbox, weavers).await, [""; 0], "nothing was accepted");
    let suggestions = |group: &str| format!("/api/v2/usergroups/{group}/suggestions");
    for (group, body, expected) in [
        (weavers, json!({ "user_ids": [ADA, BOB, BOB] }), 204),
        (engineers, json!({ "user_ids": [ADA] }), 400),
        (weavers, json!({}), 400),
        (weavers, json!({ "user_ids": ["x"] }), 400),
        (weavers, json!({ "user_ids": [others] }), 404),
        (ADA, json!({ "user_ids": [ADA] }), 404),
    ] {
        assert_eq!(
            send(&sandbox, Method::POST, &suggestions(group), body.clone()).await,
            expected,
            "{group} {body}"
        );
    }
    assert_eq!(members(&sandbox, weavers).await, ["bob"], "the rule has no place for ada");
    send(&sandbox, Method::PUT, &format!("/api/systemusers/{BOB}"), json!({ "department": "Sails" })).await;
    assert_eq!(members(&sandbox, weavers).await, ["bob"]);
    send(&sandbox, Method::POST, &suggestions(weavers), json!({ "user_ids": [BOB] })).await;
    assert_eq!(members(&sandbox, weavers).await, [""; 0]);
}
