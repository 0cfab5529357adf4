//! The example of the README: no server, no account.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use assert_cmd::cargo::cargo_bin_cmd;
use serde_json::Value;
use tempfile::TempDir;

use crate::support::scene::Plan;

/// A copy of `policies/`, so that nothing here depends on what somebody applied by hand.
fn copy() -> TempDir {
    let copy = TempDir::new().unwrap();
    for file in ["example.kdl", "example.ldif", "example-org.json"] {
        fs::copy(Path::new(env!("CARGO_MANIFEST_DIR")).join("policies").join(file), copy.path().join(file))
            .unwrap();
    }
    copy
}

fn run(folder: &TempDir, arguments: &[&str]) -> Value {
    let output = cargo_bin_cmd!("adjunct")
        .env_clear()
        .env("XDG_STATE_HOME", folder.path().join("state"))
        .current_dir(folder)
        .args(arguments)
        .args(["example.kdl", "--format", "json"])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn files(folder: &TempDir) -> BTreeSet<String> {
    fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

#[test]
fn the_first_plan_shows_every_kind_of_line() {
    let folder = copy();
    let before = files(&folder);
    let plan = Plan(run(&folder, &["plan"]));
    for kind in ["user", "group"] {
        for action in ["create", "update", "remove"] {
            assert!(!plan.names(kind, action).is_empty(), "{kind} {action}");
        }
    }
    assert!(plan.count("memberships_added") > 0 && plan.count("memberships_removed") > 0);
    assert!(plan.changes("user", "update").iter().any(|change| change.get("parked").is_some()));
    let causes: BTreeSet<String> = plan.removals().into_iter().map(|(_, cause)| cause).collect();
    assert_eq!(causes.len(), 3, "{causes:?}");
    let reasons: BTreeSet<String> = plan.held_back().into_iter().map(|(_, reason)| reason).collect();
    assert_eq!(reasons.len(), 6, "{reasons:?}");
    assert!(!plan.0["notes"].as_array().unwrap().is_empty());
    assert_eq!(plan.0["source"]["evidence"]["end_proven"], true);
    assert_eq!(files(&folder), before, "a plan leaves nothing behind");
}

#[test]
fn an_apply_does_the_plan_and_leaves_the_seed_as_it_is() {
    let folder = copy();
    let seed = fs::read(folder.path().join("example-org.json")).unwrap();
    let applied = run(&folder, &["apply", "--auto-approve"]);
    assert_eq!(applied["complete"], true);
    assert_eq!(run(&folder, &["plan"])["changes"], Value::Array(Vec::new()));
    assert_eq!(fs::read(folder.path().join("example-org.json")).unwrap(), seed);
}
