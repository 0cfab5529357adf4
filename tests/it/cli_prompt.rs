//! The question before an apply, asked on a terminal.

#![cfg(target_os = "linux")]

use std::io::{Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use adjunct::model::{Field, JumpCloudUserId};
use adjunct::sandbox::{Options, Sandbox, State};
use serde_json::Value;
use tempfile::TempDir;

use crate::support::jumpcloud::{KEY, client};

/// Applies the example to an organization behind HTTP, on a terminal of its own (`script`, of util-linux). What is done
/// `meanwhile` is done between the question and the answer. Gives the exit code, what the terminal showed, and the
/// organization afterwards.
fn apply(answer: &str, meanwhile: impl AsyncFnOnce(&Sandbox)) -> (i32, String, State) {
    let policies = Path::new(env!("CARGO_MANIFEST_DIR")).join("policies");
    let read = |name: &str| std::fs::read_to_string(policies.join(name)).unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let state = State::parse("example-org.json", &read("example-org.json")).unwrap();
    let options = Options { api_key: Some(KEY.into()), ..Options::default() };
    let sandbox = runtime.block_on(Sandbox::start(state, options)).unwrap();
    let folder = TempDir::new().unwrap();
    let local = r#"sandbox ".adjunct/example-org.json" seed="example-org.json""#;
    let api = format!("api-key (env)\"KEY\"\n        url \"{}\"", sandbox.url());
    std::fs::write(folder.path().join("example.kdl"), read("example.kdl").replace(local, &api)).unwrap();
    std::fs::write(folder.path().join("example.ldif"), read("example.ldif")).unwrap();

    let binary = assert_cmd::cargo::cargo_bin!("adjunct");
    let mut child = Command::new("script")
        .args([
            "--quiet",
            "--return",
            "--command",
            &format!("{} apply example.kdl", binary.display()),
            "/dev/null",
        ])
        .current_dir(folder.path())
        .env("KEY", KEY)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut shown = Vec::new();
    let mut terminal = child.stdout.take().unwrap();
    while !String::from_utf8_lossy(&shown).contains("approves:") {
        let mut piece = [0; 4096];
        let length = terminal.read(&mut piece).unwrap();
        assert!(length > 0, "no question in {}", String::from_utf8_lossy(&shown));
        shown.extend_from_slice(&piece[..length]);
    }
    runtime.block_on(meanwhile(&sandbox));
    let mut stdin = child.stdin.take().unwrap();
    writeln!(stdin, "{answer}").unwrap();
    terminal.read_to_end(&mut shown).unwrap();
    let code = child.wait().unwrap().code().unwrap();
    (code, String::from_utf8(shown).unwrap(), sandbox.state())
}

fn untouched(state: &State) -> bool {
    let policies = Path::new(env!("CARGO_MANIFEST_DIR")).join("policies/example-org.json");
    let seed = State::parse("example-org.json", &std::fs::read_to_string(policies).unwrap()).unwrap();
    state.to_json() == seed.to_json()
}

async fn nothing(_: &Sandbox) {}

#[test]
fn yes_applies_and_nothing_else_does() {
    let (code, shown, state) = apply("yes", nothing);
    assert_eq!(code, 0, "{shown}");
    assert!(shown.contains("Applied: ") && !untouched(&state));
    for answer in ["y", "no", "", "yes please"] {
        let (code, shown, state) = apply(answer, nothing);
        assert_eq!(code, 1, "{answer:?}: {shown}");
        assert!(shown.contains("not approved: nothing was written") && untouched(&state), "{answer:?}");
    }
}

#[test]
fn a_plan_that_does_not_fit_any_more_is_not_applied() {
    // Meanwhile another policy takes over a user whom the plan updates.
    let (code, shown, state) = apply("yes", async |sandbox: &Sandbox| {
        let document: Value = serde_json::from_str(&sandbox.state().to_json()).unwrap();
        let users = document["users"].as_array().unwrap();
        let user = users.iter().find(|user| user["username"] == "jose.alvarez").unwrap();
        let id = JumpCloudUserId::new(user["_id"].as_str().unwrap());
        let changes = [(Field::custom("adPolicy"), Some("other".to_owned()))].into();
        client(sandbox.url()).update_user(&id, &changes).await.unwrap();
    });
    assert_eq!(code, 5, "{shown}");
    assert!(shown.contains("changed while the plan was being approved"), "{shown}");
    let document: Value = serde_json::from_str(&state.to_json()).unwrap();
    let users = document["users"].as_array().unwrap();
    assert!(users.iter().any(|user| user["username"] == "j.cole"), "the leaver is still there");
    let jose = users.iter().find(|user| user["username"] == "jose.alvarez").unwrap();
    assert_eq!(jose["jobTitle"], "Junior Engineer");
}
