//! Reads of the client, against the sandbox.

use std::collections::BTreeSet;

use adjunct::jumpcloud::{Client, JumpCloudError, Settings};
use adjunct::model::{Field, JumpCloudGroupId, JumpCloudUserId, MembershipMethod, User};
use adjunct::sandbox::{Options, Sandbox};
use serde_json::json;

use crate::support::jumpcloud::{KEY, client, patience, sandbox, settings, state, users};
use crate::support::scripted::{Scripted, json as answer};

/// Around the default page, the largest page, the seam of two pages, and many pages.
const COUNTS: [usize; 13] = [0, 1, 9, 10, 11, 98, 99, 100, 101, 199, 200, 201, 1001];

fn group_id(id: &str) -> JumpCloudGroupId {
    JumpCloudGroupId::new(id)
}

#[tokio::test]
async fn reads_every_user_and_every_member_at_every_length() {
    for count in COUNTS {
        let names: Vec<String> = (0..count).map(|n| format!("u{n}")).collect();
        let (sandbox, client) =
            sandbox(json!({ "users": users(count), "groups": [{ "name": "all", "members": names }] })).await;
        let read = client.read_users().await.unwrap();
        let usernames: BTreeSet<&str> = read.values().map(User::username).collect();
        assert_eq!(usernames, names.iter().map(String::as_str).collect(), "{count}");
        assert_eq!(sandbox.requests().len(), count.saturating_sub(1).div_ceil(99).max(1), "{count}");

        let groups = client.read_groups().await.unwrap();
        let group = groups.keys().next().unwrap();
        let members = client.read_members(std::slice::from_ref(group)).await.unwrap();
        assert_eq!(members[group], read.keys().cloned().collect(), "{count}");
        assert_eq!(sandbox.writes(), 0);
    }
}

#[tokio::test]
async fn reads_every_group_at_every_length() {
    for count in COUNTS {
        let groups: Vec<_> = (0..count).map(|n| json!({ "name": format!("g{n}") })).collect();
        let (_sandbox, client) = sandbox(json!({ "groups": groups })).await;
        let read = client.read_groups().await.unwrap();
        let names: BTreeSet<&str> = read.values().map(|group| group.name.as_str()).collect();
        assert_eq!(names.len(), count);
    }
}

#[tokio::test]
async fn reads_users_with_their_marks_locks_and_states() {
    let (_sandbox, client) = sandbox(json!({
        "users": [{
            "username": "ada", "email": "ada@example.com", "jobTitle": "Countess", "suspended": true,
            "attributes": [{ "name": "adPolicy", "value": "corp" }], "external_dn": "CN=Ada,DC=x",
            "restrictedFields": [{ "field": "email", "type": "active_directory" }],
            "admin": { "id": "1" }, "created": "2026-01-02T03:04:05Z",
        }],
    }))
    .await;
    let read = client.read_users().await.unwrap();
    let (id, ada) = read.iter().next().unwrap();
    let fields: Vec<String> = ada.fields.iter().map(|(field, value)| format!("{field}={value}")).collect();
    assert_eq!(
        fields,
        [
            "username=ada",
            "email=ada@example.com",
            "jobTitle=Countess",
            "state=SUSPENDED",
            "attributes.adPolicy=corp",
            "external_dn=CN=Ada,DC=x",
            "restrictedFields.email=active_directory"
        ]
    );
    assert!(ada.is_console_administrator);
    assert_eq!(ada.created, "2026-01-02T03:04:05Z".parse().ok());
    assert_eq!(client.user(id).await.unwrap().as_ref(), Some(ada));
}

#[tokio::test]
async fn reads_single_objects_and_tells_which_are_not_there() {
    let (_sandbox, client) = sandbox(json!({
        "users": users(1),
        "groups": [{ "name": "Dynamic", "membershipMethod": "DYNAMIC_AUTOMATED", "description": "by rule" }],
        "activeDirectories": [{ "domain": "DC=example;DC=com", "id": "5c0000000000000000000001" }],
    }))
    .await;
    let (id, group) = client.read_groups().await.unwrap().pop_first().unwrap();
    assert_eq!((group.name.as_str(), group.description.as_str()), ("Dynamic", "by rule"));
    assert_eq!(group.membership_method, MembershipMethod::Dynamic);
    assert_eq!(client.group(&id).await.unwrap(), Some(group));
    assert_eq!(client.group(&group_id("5f00000000000000000000ff")).await.unwrap(), None);
    assert_eq!(client.user(&JumpCloudUserId::new("5f00000000000000000000ff")).await.unwrap(), None);
    let directories = client.read_directories().await.unwrap();
    assert_eq!(directories.len(), 1);
    assert_eq!(directories[0].id.as_str(), "5c0000000000000000000001");
    assert_eq!(directories[0].domain, "DC=example;DC=com");
}

#[tokio::test]
async fn a_group_that_is_gone_is_no_empty_group() {
    let (_sandbox, client) = sandbox(json!({})).await;
    let error = client.read_members(&[group_id("5f00000000000000000000ff")]).await.unwrap_err();
    assert_eq!(error.status(), Some(404));
}

#[tokio::test]
async fn finds_names_without_case_and_whole() {
    let mut people = users(150);
    people.push(json!({ "username": "ADA.L", "email": "ada@example.com" }));
    people.push(json!({ "username": "ada.lovelace", "email": "al@example.com" }));
    let (_sandbox, client) =
        sandbox(json!({ "users": people, "groups": [{ "name": "Engines: *" }, { "name": "Engines" }] }))
            .await;
    let found = client.find_users("ada.l").await.unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].1.field(&Field::Username), Some("ADA.L"));
    assert_eq!(client.find_users("u1").await.unwrap().len(), 1);
    assert!(client.find_users("nobody").await.unwrap().is_empty());
    let found = client.find_groups("engines: *").await.unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].1.name, "Engines: *");
}

#[tokio::test]
async fn knows_its_organization_and_names_it_in_requests() {
    let id = "5f1b881d9b3a4d2b3c4d5e6f";
    let document = json!({ "organization": { "_id": id, "name": "Example" }, "users": users(1) });
    let options = Options { api_key: Some(KEY.into()), ..Options::default() };
    let sandbox = Sandbox::start(state(&document), options).await.unwrap();
    assert_eq!(client(sandbox.url()).read_organization().await.unwrap().as_deref(), Some(id));

    assert_eq!(of(&sandbox, id).read_organization().await.unwrap().as_deref(), Some(id));
    assert_eq!(of(&sandbox, id).read_users().await.unwrap().len(), 1);
    let other = "5f1b881d9b3a4d2b3c4d5e70";
    let error = of(&sandbox, other).read_users().await.unwrap_err();
    assert_eq!(error.status(), Some(404));
    let error = of(&sandbox, other).read_organization().await.unwrap_err();
    assert!(matches!(error, JumpCloudError::UnknownOrganization { .. }) && error.is_final(), "{error}");
    assert!(error.to_string().contains(other) && !error.is_unread(), "{error}");
    assert_eq!(of(&sandbox, "corp").read_users().await.unwrap_err().status(), Some(400));
    sandbox.stop().await.unwrap();
}

fn of(sandbox: &Sandbox, organization: &str) -> Client {
    let settings = Settings { organization: Some(organization.to_owned()), ..settings(sandbox.url()) };
    Client::with_patience(settings, patience()).unwrap()
}

#[tokio::test]
async fn one_of_several_organizations_must_be_named() {
    let id = "5f1b881d9b3a4d2b3c4d5e6f";
    let document = json!({ "organization": { "_id": id, "name": "Example" }, "users": users(1) });
    // More than a page of them.
    let other_organizations = (0..150).map(|n| format!("5f{n:022}")).collect();
    let options = Options { api_key: Some(KEY.into()), other_organizations, ..Options::default() };
    let sandbox = Sandbox::start(state(&document), options).await.unwrap();
    let error = client(sandbox.url()).read_organization().await.unwrap_err();
    assert!(matches!(error, JumpCloudError::ManyOrganizations { count: 151 }) && error.is_final(), "{error}");
    assert!(!error.is_unread());
    assert_eq!(client(sandbox.url()).read_users().await.unwrap_err().status(), Some(401));

    assert_eq!(of(&sandbox, id).read_organization().await.unwrap().as_deref(), Some(id));
    assert_eq!(of(&sandbox, id).read_users().await.unwrap().len(), 1);
}

#[tokio::test]
async fn an_organization_that_the_api_does_not_tell_is_unknown_unless_it_is_named() {
    let server = Scripted::start(|_, _| answer(403, &json!({ "message": "not allowed" }))).await;
    assert_eq!(client(server.url.clone()).read_organization().await.unwrap(), None);
    let id = "5f1b881d9b3a4d2b3c4d5e6f".to_owned();
    let settings = Settings { organization: Some(id.clone()), ..settings(server.url.clone()) };
    let client = Client::with_patience(settings, patience()).unwrap();
    assert_eq!(client.read_organization().await.unwrap(), Some(id));
}
