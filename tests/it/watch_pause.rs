//! Policies that a service is to leave alone for a while.

use serde_json::json;

use crate::support::command::{Answer, adjunct, state_folder};
use crate::support::local::Local;
use crate::support::service::{Service, export};

fn local() -> Local {
    let mut local = Local::over_http(&json!({}));
    local.forest.add_member("ada");
    local.write_policy();
    local
}

/// A command that needs no key: it asks nobody.
fn offline(local: &Local, arguments: &[&str]) -> Answer {
    adjunct(local.path(), arguments)
}

#[test]
fn a_paused_policy_is_neither_read_nor_written_until_it_is_resumed() {
    let mut local = local();
    let mut service = Service::of(&local, &[]);
    service.wait_for("no changes");
    let answer = offline(&local, &["pause", "policy.kdl", "--reason", "moving\u{1b}[2J"]);
    assert_eq!((answer.code, answer.stderr.as_str()), (0, ""), "{answer:?}");
    assert!(answer.stdout.starts_with("policy.kdl paused by "), "{answer:?}");
    assert!(answer.stdout.contains(": moving\\u{1b}[2J"), "{answer:?}");
    service.wait_for(": moving\\u{1b}[2J");
    let requests = local.organization().requests().len();
    local.forest.add_member("eve");
    export(&local);
    service.wait_for("still paused");
    service.wait_for("still paused");
    let said = service.kill();
    assert_eq!(said.iter().filter(|line| line.contains("paused by")).count(), 1, "{said:?}");

    let mut service = Service::of(&local, &[]);
    service.wait_for("paused by");
    service.wait_for("still paused");
    assert_eq!(local.organization().requests().len(), requests, "nothing is read, also after a restart");
    let again = offline(&local, &["pause", "policy.kdl"]);
    assert!(again.code == 0 && again.stdout.contains("was paused by"), "{again:?}");
    let resumed = offline(&local, &["resume", "policy.kdl"]);
    assert_eq!((resumed.code, resumed.stdout.as_str()), (0, "policy.kdl resumed\n"), "{resumed:?}");
    service.wait_for("1 created, 1 membership");
    let resumed = offline(&local, &["resume", "policy.kdl"]);
    assert_eq!((resumed.code, resumed.stdout.as_str()), (0, "policy.kdl was not paused\n"));
}

#[test]
fn a_pause_leaves_commands_by_hand_alone() {
    let local = local();
    assert_eq!(offline(&local, &["pause", "policy.kdl"]).code, 0);
    local.apply();
    assert_eq!(local.organization().users().len(), 1);
}

#[test]
fn a_pause_that_cannot_be_read_is_no_permission_to_go_on() {
    let local = local();
    offline(&local, &["pause", "policy.kdl"]);
    let scopes = std::fs::read_dir(state_folder(local.path()).join("adjunct/scopes")).unwrap();
    let pauses: Vec<_> = scopes.map(|scope| scope.unwrap().path().join("paused.json")).collect();
    let [pause] = &pauses[..] else { panic!("{pauses:?}") };
    std::fs::write(pause, "{").unwrap();
    let mut service = Service::of(&local, &[]);
    service.wait_for("the policy stays paused");
    service.wait_for("the policy stays paused");
    assert_eq!(local.organization().requests(), Vec::<String>::new());
    assert_eq!(offline(&local, &["resume", "policy.kdl"]).code, 0);
    service.wait_for("2 created, 1 membership");
}

#[test]
fn a_policy_that_cannot_be_read_is_not_paused() {
    let local = local();
    std::fs::write(local.path().join("slip.kdl"), "policy \"x\" {").unwrap();
    for command in ["pause", "resume"] {
        let answer = offline(&local, &[command, "slip.kdl", "policy.kdl"]);
        assert_eq!(answer.code, 1, "{answer:?}");
        assert!(answer.stderr.starts_with("slip.kdl:\n"), "{answer:?}");
        assert!(answer.stdout.starts_with("policy.kdl "), "the other one is: {answer:?}");
    }
}
