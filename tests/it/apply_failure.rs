//! What an apply leaves behind when a request in the middle of it fails.

use std::collections::BTreeMap;

use adjunct::apply::apply;
use adjunct::event::{Outcome, Report};
use adjunct::model::{Field, Mark};
use adjunct::plan::{Action, Change, Deed, FieldChange, Kind, Plan, Stage, Step};
use adjunct::sandbox::{FaultKind, Sandbox};
use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::sync::watch;

use crate::support::jumpcloud::{document, fault, sandbox_with};

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
    let (_stop, stopped) = watch::channel(false);
    let report = apply(&client, &swap(&sandbox), 4, Timestamp::UNIX_EPOCH, stopped, |_| {}).await;
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

#[tokio::test]
async fn nobody_is_removed_who_is_another_policys_by_now() {
    let mark = |policy: &str| {
        json!([
            { "name": Mark::GUID, "value": GUIDS[0] },
            { "name": Mark::DOMAIN, "value": "example.com" },
            { "name": Mark::POLICY, "value": policy },
        ])
    };
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
        let (_stop, stopped) = watch::channel(false);
        let report = apply(&client, &plan, 1, Timestamp::UNIX_EPOCH, stopped, |_| {}).await;
        assert_eq!(document(&sandbox)["users"].as_array().unwrap().len(), remaining, "{policy}");
        assert_eq!(report.is_whole(), remaining == 0, "{report:?}");
    }
}
