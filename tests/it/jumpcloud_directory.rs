//! The client on Active Directory objects and on users who come into being, against the sandbox.

use std::collections::{BTreeMap, BTreeSet};

use adjunct::jumpcloud::{Client, JumpCloudError};
use adjunct::model::{Agent, AgentKind, Bindings, DirectoryId, Field, JumpCloudGroupId, JumpCloudUserId};
use adjunct::sandbox::{FaultKind, Mail, MailKind, Sandbox};
use axum::response::Response;
use serde_json::{Value, json};

use crate::support::jumpcloud::{client, document, fault, sandbox, sandbox_with, users};
use crate::support::scripted::{Scripted, Seen, json as answer};

const DIRECTORY: &str = "5c0000000000000000000001";
const NOBODY: &str = "5f00000000000000000000ff";

fn directory() -> DirectoryId {
    DirectoryId::new(DIRECTORY)
}

fn object(bound_users: &[&str], bound_groups: &[&str]) -> Value {
    json!({ "domain": "DC=example;DC=com", "id": DIRECTORY, "users": bound_users, "groups": bound_groups })
}

async fn user(client: &Client, name: &str) -> JumpCloudUserId {
    client.find_users(name).await.unwrap().remove(0).0
}

async fn group(client: &Client, name: &str) -> JumpCloudGroupId {
    client.find_groups(name).await.unwrap().remove(0).0
}

/// The usernames and group names that are bound.
fn bound(sandbox: &Sandbox) -> (Value, Value) {
    let mut object = document(sandbox)["activeDirectories"][0].take();
    (object["users"].take(), object["groups"].take())
}

#[tokio::test]
async fn reads_agents_with_what_they_do_and_whether_they_run() {
    let (sandbox, client) = sandbox(json!({ "activeDirectories": [{
        "domain": "DC=example;DC=com", "id": DIRECTORY,
        "agents": [{ "agentType": "IMPORT", "hostname": "dc1" }, { "agentType": "SYNC", "state": "inactive" }],
    }] }))
    .await;
    let agents = client.read_agents(&directory()).await.unwrap();
    let expected = [
        Agent { kind: AgentKind::Import, is_active: true, hostname: "dc1".to_owned() },
        Agent { kind: AgentKind::Sync, is_active: false, hostname: String::new() },
    ];
    assert_eq!(agents, expected);
    assert_eq!(sandbox.requests().len(), 1);
    let error = client.read_agents(&DirectoryId::new(NOBODY)).await.unwrap_err();
    assert_eq!(error.status(), Some(404), "an object that is gone is none without agents");
}

#[tokio::test]
async fn reads_direct_bindings_of_every_length_and_not_those_through_groups() {
    for count in [0, 1, 99, 100, 101, 250] {
        let names: Vec<String> = (0..count).map(|n| format!("u{n}")).collect();
        let mut people = users(count);
        people.push(json!({ "username": "through", "email": "through@example.com" }));
        let (sandbox, client) = sandbox(json!({
            "users": people,
            "groups": [{ "name": "bound", "members": ["through"] }, { "name": "not bound" }],
            "activeDirectories": [{ "domain": "DC=example;DC=com", "id": DIRECTORY,
                                    "users": names, "groups": ["bound"] }],
        }))
        .await;
        let read = client.read_bindings(&directory()).await.unwrap();
        assert_eq!(sandbox.requests().len(), count.saturating_sub(1).div_ceil(99).max(1) + 1);
        let mut users: BTreeSet<JumpCloudUserId> = client.read_users().await.unwrap().into_keys().collect();
        users.remove(&user(&client, "through").await);
        let expected = Bindings { users, groups: [group(&client, "bound").await].into() };
        assert_eq!(read, expected, "{count}");
    }
    let (_sandbox, client) = sandbox(json!({})).await;
    let error = client.read_bindings(&directory()).await.unwrap_err();
    assert_eq!(error.status(), Some(404), "an object that is gone is none without bindings");
}

fn connections(ids: impl IntoIterator<Item = usize>, request: &Seen) -> Response {
    let rows = ids.into_iter().map(|n| json!({ "to": { "type": "user", "id": format!("{n:024}") } }));
    let rows: Vec<Value> = rows.skip(request.number("skip")).take(request.number("limit")).collect();
    answer(200, &json!(rows))
}

#[tokio::test]
async fn bindings_whose_order_changes_are_read_again_or_not_at_all() {
    let reads = |turns: usize| async move {
        let server = Scripted::start(move |position, request| {
            if request.target.contains("user_group") {
                return answer(200, &json!([]));
            }
            let turn = if position < turns { position } else { 0 };
            connections((turn..300).chain(0..turn), request)
        })
        .await;
        client(server.url.clone()).read_bindings(&directory()).await
    };
    assert_eq!(reads(5).await.unwrap().users.len(), 300);
    let error = reads(usize::MAX).await.unwrap_err();
    assert!(matches!(error, JumpCloudError::Shifted { .. }) && error.is_unread(), "{error}");
}

#[tokio::test]
async fn bindings_that_come_twice_are_not_believed() {
    let server = Scripted::start(|_, request| connections([0, 1, 1], request)).await;
    let error = client(server.url.clone()).read_bindings(&directory()).await.unwrap_err();
    assert!(matches!(error, JumpCloudError::Shifted { .. }), "{error}");
}

#[tokio::test]
async fn binds_and_unbinds_however_often_it_is_asked() {
    let (sandbox, client) = sandbox(json!({
        "users": users(2), "groups": [{ "name": "g" }, { "name": "h" }],
        "activeDirectories": [object(&["u1"], &["h"])],
    }))
    .await;
    let (directory, user, group) = (directory(), user(&client, "u0").await, group(&client, "g").await);
    let before = sandbox.writes();
    for _ in 0..2 {
        client.bind_user(&directory, &user).await.unwrap();
        client.bind_group(&directory, &group).await.unwrap();
        assert_eq!(bound(&sandbox), (json!(["u0", "u1"]), json!(["g", "h"])));
    }
    for _ in 0..2 {
        client.unbind_user(&directory, &user).await.unwrap();
        client.unbind_group(&directory, &group).await.unwrap();
        assert_eq!(bound(&sandbox), (json!(["u1"]), json!(["h"])));
    }
    assert_eq!(sandbox.writes() - before, 8);
}

#[tokio::test]
async fn binding_what_is_not_there_fails_and_unbinding_it_is_done() {
    let (_sandbox, client) = sandbox(
        json!({ "users": users(1), "groups": [{ "name": "g" }], "activeDirectories": [object(&[], &[])] }),
    )
    .await;
    let (user, group) = (user(&client, "u0").await, group(&client, "g").await);
    let (no_user, no_group) = (JumpCloudUserId::new(NOBODY), JumpCloudGroupId::new(NOBODY));
    for directory in [directory(), DirectoryId::new(NOBODY)] {
        assert_eq!(client.bind_user(&directory, &no_user).await.unwrap_err().status(), Some(404));
        assert_eq!(client.bind_group(&directory, &no_group).await.unwrap_err().status(), Some(404));
        client.unbind_user(&directory, &no_user).await.unwrap();
        client.unbind_group(&directory, &no_group).await.unwrap();
    }
    let gone = DirectoryId::new(NOBODY);
    assert_eq!(client.bind_user(&gone, &user).await.unwrap_err().status(), Some(404));
    client.unbind_user(&gone, &user).await.unwrap();
    client.unbind_group(&gone, &group).await.unwrap();
}

#[tokio::test]
async fn a_404_to_an_unbinding_counts_only_when_the_binding_is_gone() {
    let state = json!({ "users": users(1), "groups": [{ "name": "g" }], "activeDirectories": [object(&["u0"], &["g"])] });
    let wrong = [1, 2].map(|nth| fault("POST", "/api/v2/activedirectories/", nth, FaultKind::Status(404)));
    let (sandbox, client) = sandbox_with(state, wrong.into()).await;
    let (directory, user, group) = (directory(), user(&client, "u0").await, group(&client, "g").await);
    assert_eq!(client.unbind_user(&directory, &user).await.unwrap_err().status(), Some(404));
    assert_eq!(client.unbind_group(&directory, &group).await.unwrap_err().status(), Some(404));
    assert_eq!(bound(&sandbox), (json!(["u0"]), json!(["g"])));
    client.unbind_user(&directory, &user).await.unwrap();
    client.unbind_group(&directory, &group).await.unwrap();
    assert_eq!(bound(&sandbox), (Value::Null, Value::Null));
}

#[tokio::test]
async fn bindings_go_on_after_answers_that_were_lost() {
    let state = json!({ "users": users(1), "activeDirectories": [object(&[], &[])] });
    let lost = [1, 3].map(|nth| fault("POST", "/api/v2/activedirectories/", nth, FaultKind::DropAfter));
    let (sandbox, client) = sandbox_with(state, lost.into()).await;
    let user = user(&client, "u0").await;
    client.bind_user(&directory(), &user).await.unwrap();
    assert_eq!(bound(&sandbox).0, json!(["u0"]));
    client.unbind_user(&directory(), &user).await.unwrap();
    assert_eq!(bound(&sandbox).0, Value::Null);
}

fn ada(state: &str) -> BTreeMap<Field, String> {
    let fields = [(Field::Username, "ada"), (Field::Email, "ada@example.com"), (Field::State, state)];
    fields.map(|(field, value)| (field, value.to_owned())).into()
}

#[tokio::test]
async fn only_a_silent_activation_sends_no_mail() {
    for (state, has_email, mails) in
        [("ACTIVATED", None, 1), ("STAGED", None, 0), ("STAGED", Some(true), 1), ("STAGED", Some(false), 0)]
    {
        let (sandbox, client) = sandbox(json!({})).await;
        let id = client.create_user(&ada(state)).await.unwrap();
        if let Some(has_email) = has_email {
            client.activate_user(&id, has_email).await.unwrap();
            assert_eq!(client.user(&id).await.unwrap().unwrap().field(&Field::State), Some("ACTIVATED"));
            assert_eq!(sandbox.writes(), 2);
        }
        let mail =
            Mail { user: id.to_string(), to: "ada@example.com".to_owned(), kind: MailKind::Activation };
        assert_eq!(sandbox.mails(), vec![mail; mails], "{state} {has_email:?}");
    }
}

#[tokio::test]
async fn activating_twice_is_done_and_a_suspended_user_stays_suspended() {
    let lost = fault("POST", "/api/systemusers/", 1, FaultKind::DropAfter);
    let mut people = users(2);
    people[0]["state"] = json!("STAGED");
    people[1]["state"] = json!("SUSPENDED");
    let (sandbox, client) = sandbox_with(json!({ "users": people }), vec![lost]).await;
    let (staged, suspended) = (user(&client, "u0").await, user(&client, "u1").await);
    // The answer to the first request was lost: the client sends another one, which is refused.
    for _ in 0..2 {
        client.activate_user(&staged, true).await.unwrap();
    }
    assert_eq!(sandbox.mails().len(), 1);
    let error = client.activate_user(&suspended, true).await.unwrap_err();
    assert!(matches!(error, JumpCloudError::Refused { status: 400, .. }), "{error}");
    assert_eq!(document(&sandbox)["users"][1]["state"], "SUSPENDED");
    let error = client.activate_user(&JumpCloudUserId::new(NOBODY), false).await.unwrap_err();
    assert_eq!(error.status(), Some(404));
}

#[tokio::test]
async fn administrator_rights_and_external_management_are_written_and_taken_back() {
    let (sandbox, client) = sandbox(json!({})).await;
    let mut fields = ada("ACTIVATED");
    fields.insert(Field::Sudo, "true".to_owned());
    let id = client.create_user(&fields).await.unwrap();
    let read = async |field: Field| client.user(&id).await.unwrap().unwrap().field(&field).map(str::to_owned);
    assert_eq!(read(Field::Sudo).await.as_deref(), Some("true"));
    assert_eq!(read(Field::ExternallyManaged).await, None);
    client.update_user(&id, &[(Field::ExternallyManaged, Some("true".to_owned()))].into()).await.unwrap();
    assert_eq!(read(Field::ExternallyManaged).await.as_deref(), Some("true"));
    client.update_user(&id, &[(Field::ExternallyManaged, None), (Field::Sudo, None)].into()).await.unwrap();
    let user = &document(&sandbox)["users"][0];
    assert_eq!((&user["sudo"], &user["externally_managed"]), (&json!(false), &json!(false)));
    assert_eq!((read(Field::Sudo).await, read(Field::ExternallyManaged).await), (None, None));
}

#[tokio::test]
async fn a_binding_is_no_field_of_a_user() {
    let (sandbox, client) = sandbox(json!({ "users": users(1) })).await;
    let id = user(&client, "u0").await;
    let before = sandbox.writes();
    for value in [Some(DIRECTORY.to_owned()), None] {
        let error = client.update_user(&id, &[(Field::Directory, value)].into()).await.unwrap_err();
        assert!(matches!(error, JumpCloudError::Unwritable { field: Field::Directory, .. }), "{error}");
    }
    let mut fields = ada("ACTIVATED");
    fields.insert(Field::Directory, DIRECTORY.to_owned());
    let error = client.create_user(&fields).await.unwrap_err();
    assert!(matches!(error, JumpCloudError::Unwritable { field: Field::Directory, .. }), "{error}");
    assert_eq!(sandbox.writes(), before);
}
