//! Writes of the client, against the sandbox.

use std::collections::BTreeMap;

use adjunct::jumpcloud::JumpCloudError;
use adjunct::model::{Field, JumpCloudGroupId, JumpCloudUserId};
use serde_json::{Value, json};

use crate::support::jumpcloud::{document, sandbox, users};

fn fields(fields: &[(Field, &str)]) -> BTreeMap<Field, String> {
    fields.iter().map(|(field, value)| (field.clone(), (*value).to_owned())).collect()
}

fn changes(changes: &[(Field, Option<&str>)]) -> BTreeMap<Field, Option<String>> {
    changes.iter().map(|(field, value)| (field.clone(), value.map(str::to_owned))).collect()
}

fn lock(field: &str) -> Field {
    Field::RestrictedField(field.into())
}

#[tokio::test]
async fn creates_a_user_with_marks_and_locks_in_one_request() {
    let (sandbox, client) = sandbox(json!({})).await;
    let wanted = fields(&[
        (Field::Username, "ada"),
        (Field::Email, "ada@example.com"),
        (Field::Firstname, "Ada"),
        (Field::State, "STAGED"),
        (Field::custom("adPolicy"), "corp"),
        (Field::custom("adDomain"), "example.com"),
        (Field::ExternalDn, "CN=Ada,DC=example,DC=com"),
        (Field::ExternalSourceType, "active_directory"),
        (lock("email"), "active_directory"),
        (lock("password"), "active_directory"),
    ]);
    let id = client.create_user(&wanted).await.unwrap();
    assert_eq!(sandbox.writes(), 1);
    assert_eq!(client.user(&id).await.unwrap().unwrap().fields, wanted);
}

#[tokio::test]
async fn a_new_user_is_active_unless_told_otherwise() {
    let (_sandbox, client) = sandbox(json!({})).await;
    let wanted = fields(&[(Field::Username, "ada"), (Field::Email, "ada@example.com"), (Field::Company, "")]);
    let id = client.create_user(&wanted).await.unwrap();
    let user = client.user(&id).await.unwrap().unwrap();
    assert_eq!(user.field(&Field::State), Some("ACTIVATED"));
    assert_eq!(user.field(&Field::Company), None);
}

#[tokio::test]
async fn a_name_or_mail_that_is_taken_is_refused_in_the_words_of_the_api() {
    let (sandbox, client) = sandbox(json!({ "users": users(2), "groups": [{ "name": "Engines" }] })).await;
    for (username, email) in [("U0", "new@example.com"), ("new", "U0@Example.com")] {
        let error = client
            .create_user(&fields(&[(Field::Username, username), (Field::Email, email)]))
            .await
            .unwrap_err();
        assert!(matches!(error, JumpCloudError::Refused { status: 400, .. }), "{error}");
        assert!(error.to_string().contains("exists already"), "{error}");
        assert!(!error.is_outcome_unknown());
    }
    let error = client.create_group("engines", "").await.unwrap_err();
    assert_eq!(error.status(), Some(409));
    let (id, _) = client.read_users().await.unwrap().pop_first().unwrap();
    let error = client.update_user(&id, &changes(&[(Field::Username, Some("u1"))])).await.unwrap_err();
    assert_eq!(error.status(), Some(400));
    assert_eq!(document(&sandbox)["users"].as_array().unwrap().len(), 2);
}

/// A user of whom others hold parts.
fn shared_user() -> Value {
    json!({
        "username": "ada", "email": "ada@example.com", "company": "Engines", "department": "Analysis",
        "phoneNumbers": [{ "type": "work", "number": "1" }],
        "addresses": [{ "type": "home", "locality": "London" }],
        "attributes": [{ "name": "badge", "value": "7" }, { "name": "adPolicy", "value": "old" },
                       { "name": "adLeaving", "value": "left" }],
        "restrictedFields": [{ "field": "sudo", "type": "scim", "id": "idp" },
                             { "field": "email", "type": "active_directory" }],
    })
}

#[tokio::test]
async fn an_update_touches_what_it_names_and_nothing_else() {
    let (sandbox, client) = sandbox(json!({ "users": [shared_user()] })).await;
    let (id, _) = client.read_users().await.unwrap().pop_first().unwrap();
    let before = sandbox.requests().len();
    client
        .update_user(&id, &changes(&[(Field::Company, None), (Field::JobTitle, Some("Countess"))]))
        .await
        .unwrap();
    assert_eq!(sandbox.requests().len() - before, 1);
    client
        .update_user(
            &id,
            &changes(&[
                (Field::custom("adPolicy"), Some("corp")),
                (Field::custom("adLeaving"), None),
                (lock("username"), Some("active_directory")),
                (lock("email"), None),
                (Field::State, Some("SUSPENDED")),
            ]),
        )
        .await
        .unwrap();
    assert_eq!(sandbox.requests().len() - before, 3);
    let mut expected = shared_user();
    let user = expected.as_object_mut().unwrap();
    user.remove("company");
    user.insert("_id".to_owned(), json!(id));
    user.insert("jobTitle".to_owned(), json!("Countess"));
    user.insert("state".to_owned(), json!("SUSPENDED"));
    user.insert(
        "attributes".to_owned(),
        json!([{ "name": "badge", "value": "7" }, { "name": "adPolicy", "value": "corp" }]),
    );
    user.insert(
        "restrictedFields".to_owned(),
        json!([{ "field": "sudo", "type": "scim", "id": "idp" }, { "field": "username", "type": "active_directory" }]),
    );
    assert_eq!(document(&sandbox)["users"][0], expected);
}

#[tokio::test]
async fn suspends_and_activates() {
    let (_sandbox, client) = sandbox(json!({ "users": users(1) })).await;
    let (id, _) = client.read_users().await.unwrap().pop_first().unwrap();
    for state in ["SUSPENDED", "ACTIVATED"] {
        client.update_user(&id, &changes(&[(Field::State, Some(state))])).await.unwrap();
        assert_eq!(client.user(&id).await.unwrap().unwrap().field(&Field::State), Some(state));
    }
}

#[tokio::test]
async fn no_change_is_no_request() {
    let (sandbox, client) = sandbox(json!({ "users": users(1), "groups": [{ "name": "g" }] })).await;
    client.update_user(&JumpCloudUserId::new("x"), &BTreeMap::new()).await.unwrap();
    client.update_group(&JumpCloudGroupId::new("x"), None, None).await.unwrap();
    assert!(sandbox.requests().is_empty());
}

#[tokio::test]
async fn removes_a_manager_and_leaves_the_reports_without_one() {
    let (sandbox, client) = sandbox(json!({
        "users": [{ "username": "boss", "email": "boss@example.com" },
                  { "username": "ada", "email": "ada@example.com", "manager": "boss" }],
        "groups": [{ "name": "g", "members": ["ada", "boss"] }],
    }))
    .await;
    let boss = client.find_users("boss").await.unwrap().remove(0).0;
    client.remove_user(&boss).await.unwrap();
    let delete = sandbox.requests().pop().unwrap();
    assert_eq!((delete.method.as_str(), delete.query.as_str()), ("DELETE", "cascade_manager=null"));
    let document = document(&sandbox);
    assert_eq!(document["users"][0]["username"], "ada");
    assert_eq!(document["users"][0].get("manager"), None);
    assert_eq!(document["groups"][0]["members"], json!(["ada"]));
    client.remove_user(&boss).await.unwrap();
}

#[tokio::test]
async fn changes_a_group_and_keeps_the_rest_of_it() {
    let (sandbox, client) = sandbox(json!({ "users": users(1), "groups": [{
        "name": "Engines", "description": "ours", "email": "g@example.com", "membershipMethod": "STATIC",
        "attributes": { "sudo": { "enabled": true, "withoutPassword": false } }, "members": ["u0"],
    }] }))
    .await;
    let (id, _) = client.read_groups().await.unwrap().pop_first().unwrap();
    client.update_group(&id, Some("Engine"), None).await.unwrap();
    client.update_group(&id, None, Some("ours [ad:x]")).await.unwrap();
    assert_eq!(
        document(&sandbox)["groups"][0],
        json!({
            "id": id, "name": "Engine", "description": "ours [ad:x]", "email": "g@example.com",
            "membershipMethod": "STATIC", "attributes": { "sudo": { "enabled": true, "withoutPassword": false } }, "members": ["u0"],
        })
    );
    client.update_group(&id, None, Some("")).await.unwrap();
    assert_eq!(client.group(&id).await.unwrap().unwrap().description, "");
}

#[tokio::test]
async fn creates_static_groups_and_removes_groups() {
    let (sandbox, client) = sandbox(json!({})).await;
    let id = client.create_group("Engines", "ours").await.unwrap();
    assert_eq!(document(&sandbox)["groups"][0]["membershipMethod"], "STATIC");
    assert_eq!(client.group(&id).await.unwrap().unwrap().description, "ours");
    for _ in 0..2 {
        client.remove_group(&id).await.unwrap();
        assert_eq!(client.group(&id).await.unwrap(), None);
    }
}

#[tokio::test]
async fn adds_and_removes_members_however_often_it_is_asked() {
    let (_sandbox, client) = sandbox(json!({ "users": users(2), "groups": [{ "name": "g" }] })).await;
    let (group, _) = client.read_groups().await.unwrap().pop_first().unwrap();
    let users: Vec<JumpCloudUserId> = client.read_users().await.unwrap().into_keys().collect();
    for _ in 0..2 {
        client.add_member(&group, &users[0]).await.unwrap();
    }
    let members = client.read_members(std::slice::from_ref(&group)).await.unwrap();
    assert_eq!(members[&group], [users[0].clone()].into());
    for _ in 0..2 {
        client.remove_member(&group, &users[0]).await.unwrap();
    }
    assert!(client.read_members(std::slice::from_ref(&group)).await.unwrap()[&group].is_empty());
    client.remove_member(&JumpCloudGroupId::new("5f00000000000000000000ff"), &users[0]).await.unwrap();
    let gone = JumpCloudUserId::new("5f00000000000000000000ff");
    assert_eq!(client.add_member(&group, &gone).await.unwrap_err().status(), Some(404));
}

#[tokio::test]
async fn a_404_to_a_removal_counts_only_when_the_member_is_gone() {
    use adjunct::sandbox::FaultKind;

    use crate::support::jumpcloud::{fault, sandbox_with};

    let state = json!({ "users": users(1), "groups": [{ "name": "g", "members": ["u0"] }] });
    let wrong = fault("POST", "/api/v2/usergroups/", 1, FaultKind::Status(404));
    let (_sandbox, client) = sandbox_with(state, vec![wrong]).await;
    let (group, _) = client.read_groups().await.unwrap().pop_first().unwrap();
    let (user, _) = client.read_users().await.unwrap().pop_first().unwrap();
    assert_eq!(client.remove_member(&group, &user).await.unwrap_err().status(), Some(404));
    client.remove_member(&group, &user).await.unwrap();
}

#[tokio::test]
async fn members_of_dynamic_groups_stay_with_jumpcloud() {
    let (_sandbox, client) = sandbox(
        json!({ "users": users(1), "groups": [{ "name": "g", "membershipMethod": "DYNAMIC_AUTOMATED" }] }),
    )
    .await;
    let (group, _) = client.read_groups().await.unwrap().pop_first().unwrap();
    let (user, _) = client.read_users().await.unwrap().pop_first().unwrap();
    assert_eq!(client.add_member(&group, &user).await.unwrap_err().status(), Some(400));
}
