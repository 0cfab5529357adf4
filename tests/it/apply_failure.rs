//! What an apply leaves behind when a request in the middle of it fails.

use std::collections::BTreeMap;

use adjunct::apply::{Pace, apply};
use adjunct::event::{Outcome, Report};
use adjunct::model::{Cause, Field, Mark};
use adjunct::plan::{Action, Change, Deed, FieldChange, Kind, Plan, Stage, Step};
use adjunct::sandbox::{FaultKind, Sandbox};
use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::sync::watch;

use crate::support::jumpcloud::{document, fault, sandbox_with};
use crate::support::kept_journal::KeptJournal;

const GUIDS: [&str; 2] = ["0000000a-0000-4000-8000-000000000000", "0000000b-0000-4000-8000-000000000000"];

fn change(action: Action, id: &str, guid: &str, fields: &[(Field, Option<&str>, Option<&str>)]) -> Change {
    let text = |value: Option<&str>| value.map(str::to_owned);
    Change {
        kind: Kind::User,
        action,
        name: id.to_owned(),
        guid: guid.parse().unwrap(),
        group: None,
        jumpcloud_id: (action != Action::Create).then(|| id.to_owned()),
        cause: None,
        because: String::new(),
        fields: fields
            .iter()
            .map(|(field, before, after)| FieldChange {
                field: field.clone(),
                before: text(*before),
                after: text(*after),
            })
            .collect(),
        parked: BTreeMap::new(),
        coming_manager: None,
        managers: BTreeMap::new(),
        is_silent: false,
    }
}

fn step(change: usize, deed: Deed, after: &[usize]) -> Step {
    Step { change, deed, stage: Stage::Objects, after: after.to_vec() }
}

/// `ada` and `grace` swap their usernames; `ada` is parked.
fn swap(sandbox: &Sandbox) -> Plan {
    let users = document(sandbox)["users"].clone();
    let id = |name: &str| {
        let found = users.as_array().unwrap().iter().find(|user| user["username"] == name).unwrap();
        found["_id"].as_str().unwrap().to_owned()
    };
    let rename = |from: &str, to: &str, guid| {
        change(Action::Update, &id(from), guid, &[(Field::Username, Some(from), Some(to))])
    };
    let mut ada = rename("ada", "grace", GUIDS[0]);
    ada.parked.insert(Field::Username, "adj-0000000a0000".to_owned());
    let steps = vec![step(0, Deed::Park, &[]), step(1, Deed::Write, &[0]), step(0, Deed::Write, &[0, 1])];
    Plan { changes: vec![ada, rename("grace", "ada", GUIDS[1])], steps, ..Plan::default() }
}

fn two_users() -> Value {
    let user =
        |name: &str| json!({ "username": name, "email": format!("{name}@example.com"), "firstname": name });
    json!({ "users": [user("ada"), user("grace")] })
}

fn names(sandbox: &Sandbox) -> BTreeMap<String, String> {
    let document = document(sandbox);
    let users = document["users"].as_array().unwrap().iter();
    users
        .map(|user| {
            (user["firstname"].as_str().unwrap().to_owned(), user["username"].as_str().unwrap().to_owned())
        })
        .collect()
}

async fn run(faults: &[usize]) -> (BTreeMap<String, String>, Report) {
    let faults =
        faults.iter().map(|nth| fault("PUT", "/api/systemusers", *nth, FaultKind::Status(400))).collect();
    let (sandbox, client) = sandbox_with(two_users(), faults).await;
    let kept = KeptJournal::new();
    let (_stop, stopped) = watch::channel(false);
    let report = apply(
        &client,
        &swap(&sandbox),
        Pace::steady(4),
        Timestamp::UNIX_EPOCH,
        stopped,
        &kept.journal,
        |_| {},
    )
    .await;
    (names(&sandbox), report)
}

fn pairs(names: [(&str, &str); 2]) -> BTreeMap<String, String> {
    names.into_iter().map(|(person, name)| (person.to_owned(), name.to_owned())).collect()
}

#[tokio::test]
async fn a_swap_swaps() {
    let (names, report) = run(&[]).await;
    assert_eq!(names, pairs([("ada", "grace"), ("grace", "ada")]));
    assert!(report.is_whole());
}

#[tokio::test]
async fn a_parking_that_fails_says_why_and_changes_nothing() {
    let (names, report) = run(&[1]).await;
    assert_eq!(names, pairs([("ada", "ada"), ("grace", "grace")]));
    assert!(matches!(report.outcomes.as_slice(), [Outcome::Failed(_), Outcome::Skipped(_)]), "{report:?}");
}

#[tokio::test]
async fn who_is_parked_for_nothing_gets_his_name_back() {
    let (names, report) = run(&[2]).await;
    assert_eq!(names, pairs([("ada", "ada"), ("grace", "grace")]));
    assert!(matches!(report.outcomes.as_slice(), [Outcome::Skipped(_), Outcome::Failed(_)]), "{report:?}");
}

#[tokio::test]
async fn who_stays_parked_is_told_with_the_name_he_has() {
    let (names, report) = run(&[3]).await;
    assert_eq!(names, pairs([("ada", "adj-0000000a0000"), ("grace", "ada")]), "his name is taken by now");
    let [Outcome::Failed(why), Outcome::Done] = report.outcomes.as_slice() else { panic!("{report:?}") };
    assert!(why.contains("username is adj-0000000a0000"), "{why}");
}

/// The custom attributes that mark a user as a policy's.
fn mark(policy: &str) -> Value {
    json!([
        { "name": Mark::GUID, "value": GUIDS[0] },
        { "name": Mark::DOMAIN, "value": "example.com" },
        { "name": Mark::POLICY, "value": policy },
    ])
}

#[tokio::test]
async fn nobody_is_removed_who_is_another_policys_by_now() {
    for (policy, remaining) in [("corp", 0), ("other", 1)] {
        let organization = json!({ "users": [
            { "username": "ada", "email": "ada@example.com", "attributes": mark(policy) },
        ] });
        let (sandbox, client) = sandbox_with(organization, Vec::new()).await;
        let id = document(&sandbox)["users"][0]["_id"].as_str().unwrap().to_owned();
        let fields = [
            (Field::custom(Mark::GUID), Some(GUIDS[0]), None),
            (Field::custom(Mark::DOMAIN), Some("example.com"), None),
            (Field::custom(Mark::POLICY), Some("corp"), None),
        ];
        let plan = Plan {
            changes: vec![change(Action::Remove, &id, GUIDS[0], &fields)],
            steps: vec![step(0, Deed::Write, &[])],
            ..Plan::default()
        };
        let kept = KeptJournal::new();
        let (_stop, stopped) = watch::channel(false);
        let report =
            apply(&client, &plan, Pace::steady(1), Timestamp::UNIX_EPOCH, stopped, &kept.journal, |_| {})
                .await;
        assert_eq!(document(&sandbox)["users"].as_array().unwrap().len(), remaining, "{policy}");
        assert_eq!(report.is_whole(), remaining == 0, "{report:?}");
    }
}

/// A plan of one change.
fn one(change: Change) -> Plan {
    Plan { changes: vec![change], steps: vec![step(0, Deed::Write, &[])], ..Plan::default() }
}

async fn apply_one(client: &adjunct::jumpcloud::Client, change: Change) -> Outcome {
    let kept = KeptJournal::new();
    let (_stop, stopped) = watch::channel(false);
    apply(client, &one(change), Pace::steady(1), Timestamp::UNIX_EPOCH, stopped, &kept.journal, |_| {})
        .await
        .outcomes
        .remove(0)
}

#[tokio::test]
async fn nobody_is_taken_over_who_is_another_policys_or_an_administrator_by_now() {
    let console = json!({ "id": "5f1b881d9b3a4d2b3c4d5e6f" });
    for (attributes, admin, is_taken_over) in
        [(json!([]), json!(null), true), (mark("other"), json!(null), false), (json!([]), console, false)]
    {
        let organization = json!({ "users": [
            { "username": "ada", "email": "ada@example.com", "attributes": attributes, "admin": admin },
        ] });
        let (sandbox, client) = sandbox_with(organization, Vec::new()).await;
        let before = document(&sandbox);
        let id = before["users"][0]["_id"].as_str().unwrap();
        let fields = [
            (Field::Username, Some("ada"), Some("augusta")),
            (Field::custom(Mark::GUID), None, Some(GUIDS[0])),
            (Field::custom(Mark::DOMAIN), None, Some("example.com")),
            (Field::custom(Mark::POLICY), None, Some("corp")),
        ];
        let outcome = apply_one(&client, change(Action::Adopt, id, GUIDS[0], &fields)).await;
        assert_eq!(outcome == Outcome::Done, is_taken_over, "{outcome:?}");
        assert_eq!(document(&sandbox) != before, is_taken_over);
    }
}

#[tokio::test]
async fn no_group_is_taken_over_that_is_another_policys_by_now() {
    let described = |policy: &str| format!("Sales [ad:{}@example.com/{policy}]", GUIDS[0]);
    for (description, is_taken_over) in [("Sales".to_owned(), true), (described("other"), false)] {
        let organization = json!({ "groups": [{ "name": "Sales", "description": description }] });
        let (sandbox, client) = sandbox_with(organization, Vec::new()).await;
        let before = document(&sandbox);
        let id = before["groups"][0]["id"].as_str().unwrap();
        let marked = described("corp");
        let fields = [(Field::Description, Some("Sales"), Some(marked.as_str()))];
        let adoption = Change { kind: Kind::Group, ..change(Action::Adopt, id, GUIDS[0], &fields) };
        let outcome = apply_one(&client, adoption).await;
        assert_eq!(outcome == Outcome::Done, is_taken_over, "{outcome:?}");
        assert_eq!(document(&sandbox) != before, is_taken_over);
    }
}

#[tokio::test]
async fn nobody_leaves_who_is_not_ours_or_an_administrator_by_now() {
    let console = json!({ "id": "5f1b881d9b3a4d2b3c4d5e6f" });
    let suspension = [(Field::State, Some("ACTIVATED"), Some("SUSPENDED"))];
    let unbinding = [
        (Field::custom(Mark::GUID), Some(GUIDS[0]), None),
        (Field::custom(Mark::DOMAIN), Some("example.com"), None),
        (Field::custom(Mark::POLICY), Some("corp"), None),
    ];
    for (action, fields, attributes, admin, leaves) in [
        (Action::Suspend, &suspension[..], mark("corp"), json!(null), true),
        (Action::Suspend, &suspension[..], json!([]), json!(null), false),
        (Action::Suspend, &suspension[..], mark("corp"), console.clone(), false),
        (Action::Unbind, &unbinding[..], mark("corp"), console.clone(), true),
        (Action::Unbind, &unbinding[..], mark("other"), json!(null), false),
        (Action::Unbind, &unbinding[..], json!([]), json!(null), false),
        (Action::Remove, &unbinding[..], mark("corp"), console, false),
    ] {
        let organization = json!({ "users": [
            { "username": "ada", "email": "ada@example.com", "attributes": attributes, "admin": admin },
        ] });
        let (sandbox, client) = sandbox_with(organization, Vec::new()).await;
        let before = document(&sandbox);
        let id = before["users"][0]["_id"].as_str().unwrap();
        let leaver = Change { cause: Some(Cause::Left), ..change(action, id, GUIDS[0], fields) };
        let outcome = apply_one(&client, leaver).await;
        assert_eq!(outcome == Outcome::Done, leaves, "{action:?} {attributes} {admin}: {outcome:?}");
        assert_eq!(document(&sandbox) != before, leaves, "{action:?} {attributes} {admin}");
    }
}

#[tokio::test]
async fn no_group_leaves_that_is_another_policys_by_now() {
    let described = |policy: &str| format!("Sales [ad:{}@example.com/{policy}]", GUIDS[0]);
    let ours = described("corp");
    for (action, policy, leaves) in [
        (Action::Unbind, "corp", true),
        (Action::Unbind, "other", false),
        (Action::Remove, "corp", true),
        (Action::Remove, "other", false),
    ] {
        let organization = json!({ "groups": [{ "name": "Sales", "description": described(policy) }] });
        let (sandbox, client) = sandbox_with(organization, Vec::new()).await;
        let before = document(&sandbox);
        let id = before["groups"][0]["id"].as_str().unwrap();
        let fields = [(Field::Description, Some(ours.as_str()), Some("Sales"))];
        let change = change(action, id, GUIDS[0], &fields);
        let outcome =
            apply_one(&client, Change { kind: Kind::Group, cause: Some(Cause::Left), ..change }).await;
        assert_eq!(outcome == Outcome::Done, leaves, "{action:?} {policy}: {outcome:?}");
        assert_eq!(document(&sandbox) != before, leaves, "{action:?} {policy}");
    }
}
