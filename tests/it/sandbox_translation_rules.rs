//! The translation rules of the sandbox's Active Directory objects.

use adjunct::sandbox::{Sandbox, State};
use reqwest::Method;
use serde_json::{Value, json};

use crate::sandbox_api::{call, get, open};
use crate::support::jumpcloud::users;

const RULES: &str = "/api/v2/activedirectories/5c0000000000000000000001/translation-rules";

/// An object with one rule of JumpCloud's own.
async fn company() -> Sandbox {
    let fixed = json!({
        "objectId": "5d0000000000000000000001", "source": "username", "destination": "sAMAccountName",
        "sourceType": "PATH", "direction": "EXPORT", "appliedOn": ["CREATE"], "required": true, "editable": false,
        "default": true,
    });
    open(json!({
        "users": users(1),
        "activeDirectories": [
            { "domain": "DC=example;DC=com", "id": "5c0000000000000000000001", "translationRules": [fixed] },
        ],
    }))
    .await
}

async fn send(sandbox: &Sandbox, method: Method, path: &str, body: Value) -> (u16, Value) {
    let (status, answer) = call(sandbox, method, &format!("{RULES}{path}"), Some(body)).await;
    (status.as_u16(), answer)
}

#[tokio::test]
async fn rules_are_made_replaced_and_taken_away() {
    let sandbox = company().await;
    let rule = json!({ "source": "department", "destination": "department", "direction": "EXPORT" });
    assert_eq!(send(&sandbox, Method::POST, "", rule).await, (200, json!({})));
    let list = get(&sandbox, &format!("{RULES}?sort=source")).await;
    assert_eq!((&list["totalCount"], &list["rules"][1]["source"]), (&json!(2), &json!("username")));
    let made = &list["rules"][0];
    let id = made["objectId"].as_str().unwrap();
    assert_eq!((&made["sourceType"], &made["editable"]), (&json!("PATH"), &json!(true)));

    // What replaces a rule is whole, except that a rule never turns round.
    let part = json!({ "source": "company", "destination": "company" });
    assert_eq!(send(&sandbox, Method::PUT, &format!("/{id}"), part).await.0, 400);
    let whole = json!({
        "source": "ACME", "destination": "company", "sourceType": "CONSTANT", "appliedOn": ["UPDATE"],
        "direction": "IMPORT",
    });
    let (status, replaced) = send(&sandbox, Method::PUT, &format!("/{id}"), whole).await;
    assert_eq!((status, &replaced["direction"], &replaced["objectId"]), (200, &json!("EXPORT"), &json!(id)));
    for (method, path, body, expected) in [
        (Method::DELETE, "/5d0000000000000000000001", json!({}), 400),
        (Method::DELETE, "/5d0000000000000000000009", json!({}), 404),
        (Method::POST, "", json!({ "source": "x" }), 400),
        (Method::POST, "", json!({ "source": "x", "destination": "y", "sourceType": "LISP" }), 400),
        (Method::POST, "/bulk", json!({ "insertTranslationRules": {} }), 400),
    ] {
        assert_eq!(send(&sandbox, method, path, body.clone()).await.0, expected, "{path} {body}");
    }
    let text = sandbox.state().to_json();
    assert_eq!(State::parse("state.json", &text).unwrap(), sandbox.state());
    assert_eq!(send(&sandbox, Method::DELETE, &format!("/{id}"), json!({})).await, (200, json!({})));
    let object = get(&sandbox, "/api/v2/activedirectories/5c0000000000000000000001").await;
    assert_eq!(object.get("translationRules"), None);
}

#[tokio::test]
async fn many_rules_change_at_once_or_not_at_all() {
    let sandbox = company().await;
    let new =
        json!([{ "source": "company", "destination": "company" }, { "source": "a", "destination": "b" }]);
    let (_, answer) = send(&sandbox, Method::POST, "/bulk", json!({ "insertTranslationRules": new })).await;
    let added = answer["insertedTranslationRules"].as_array().unwrap().clone();
    let before = sandbox.state();
    let mut changed = added[0].clone();
    changed["destination"] = json!("info");
    let bulk = |gone: Value| json!({ "updateTranslationRules": [changed], "deleteTranslationRuleObjectIds": gone, "insertTranslationRules": [] });
    assert_eq!(send(&sandbox, Method::POST, "/bulk", bulk(json!(["5d0000000000000000000001"]))).await.0, 400);
    assert_eq!(sandbox.state(), before);
    let (status, answer) = send(&sandbox, Method::POST, "/bulk", bulk(json!([added[1]["objectId"]]))).await;
    assert_eq!(status, 200);
    assert_eq!(answer["updatedTranslationRules"], json!([changed]));
    assert_eq!(answer["deleteTranslationRuleObjectIds"], json!([added[1]["objectId"]]));
    assert_eq!(get(&sandbox, &format!("{RULES}?filter=destination:eq:info")).await["totalCount"], 1);
}

#[tokio::test]
async fn a_preview_shows_what_rules_make_of_a_user() {
    let sandbox = company().await;
    let preview = async |rules: Value, user: &str| {
        let body = json!({ "translationRules": rules, "userObjectId": user });
        let path = "/api/v2/activedirectories/translation-rules/preview";
        let (status, answer) = call(&sandbox, Method::POST, path, Some(body)).await;
        (status.as_u16(), answer)
    };
    let ada = "5a0000000000000000000001";
    let rules = json!([
        { "source": "username", "destination": "sAMAccountName" },
        { "source": "ACME", "destination": "company", "sourceType": "CONSTANT" },
    ]);
    let (_, answer) = preview(rules, ada).await;
    let read = |name: &str| -> Value { serde_json::from_str(answer[name].as_str().unwrap()).unwrap() };
    assert_eq!(read("destinationUser"), json!({ "sAMAccountName": "u0", "company": "ACME" }));
    assert_eq!(read("sourceUser")["email"], "u0@example.com");
    let expression = json!([{ "source": "1 + 1", "destination": "x", "sourceType": "EXPR" }]);
    assert_eq!(preview(expression, ada).await.0, 400);
    assert_eq!(preview(json!([]), "5a0000000000000000000009").await.0, 404);
    let one = get(&sandbox, &format!("{RULES}/recommendation")).await;
    let other = get(&sandbox, "/api/v2/activedirectories/anything/translation-rules/recommendation").await;
    assert_eq!((&one, &one["rules"][0]["objectId"]), (&other, &json!("")));
    assert_eq!(sandbox.state().to_json().matches("objectId").count(), 1, "nothing was made");
}
