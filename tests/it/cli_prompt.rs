//! The question before an apply, asked on a terminal.

#![cfg(target_os = "linux")]

use std::path::Path;

use adjunct::model::{Field, JumpCloudUserId};
use adjunct::sandbox::{Options, Sandbox, State};
use serde_json::Value;
use tempfile::TempDir;

use crate::support::jumpcloud::{KEY, client};
use crate::support::typed::on_a_terminal;

/// Applies the example to an organization behind HTTP. What is done `meanwhile` is done between the question and the
/// answer. Gives the exit code, what the terminal showed, and the organization afterwards.
fn apply(answer: &str, meanwhile: impl AsyncFnOnce(&Sandbox)) -> (i32, String, State) {
    apply_all(&["example"], &format!("{answer}\n"), meanwhile)
}

/// Like [`apply`], with these policies of `policies/`. What is typed is typed as it is.
fn apply_all(policies: &[&str], typed: &str, meanwhile: impl AsyncFnOnce(&Sandbox)) -> (i32, String, State) {
    let names = policies;
    let policies = Path::new(env!("CARGO_MANIFEST_DIR")).join("policies");
    let read = |name: &str| std::fs::read_to_string(policies.join(name)).unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let state = State::parse("example-org.json", &read("example-org.json")).unwrap();
    let options = Options { api_key: Some(KEY.into()), ..Options::default() };
    let sandbox = runtime.block_on(Sandbox::start(state, options)).unwrap();
    let folder = TempDir::new().unwrap();
    let local = r#"sandbox ".adjunct/example-org.json" seed="example-org.json""#;
    let api = format!("api-key (env)\"KEY\"\n        url \"{}\"", sandbox.url());
    for name in names {
        let [policy, directory] = ["kdl", "ldif"].map(|extension| format!("{name}.{extension}"));
        std::fs::write(folder.path().join(&policy), read(&policy).replace(local, &api)).unwrap();
        std::fs::write(folder.path().join(&directory), read(&directory)).unwrap();
    }
    let files: Vec<String> = names.iter().map(|name| format!("{name}.kdl")).collect();
    let words = format!("apply {}", files.join(" "));
    let (code, shown) = on_a_terminal(folder.path(), &words, KEY, typed, || {
        runtime.block_on(meanwhile(&sandbox));
    });
    (code, shown, sandbox.state())
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
fn one_answer_is_for_all_policies() {
    let both = ["example", "partners"];
    let (code, shown, state) = apply_all(&both, "yes\n", nothing);
    assert_eq!(code, 0, "{shown}");
    assert!(shown.contains("Apply 81 changes of 2 policies? Only \"yes\" approves: "), "{shown}");
    assert_eq!(shown.matches("approves:").count(), 1);
    assert!(state.to_json().contains("\"omar.said\"") && state.to_json().contains("\"grace.okafor\""));
    let (code, shown, state) = apply_all(&both, "no\n", nothing);
    assert!(code == 1 && untouched(&state), "{shown}");
    // Ctrl-C
    let (code, shown, state) = apply_all(&both, "\u{3}", nothing);
    assert!(code == 130 && untouched(&state), "{code}: {shown}");
    assert!(shown.contains("interrupted: nothing was written"), "{shown}");
}

#[test]
fn of_several_plans_each_must_still_fit() {
    // Meanwhile somebody gives one of the partners an account by hand.
    let (code, shown, state) = apply_all(&["partners", "example"], "yes\n", async |sandbox: &Sandbox| {
        let taken = [("username", "omar.said"), ("email", "omar@example.net")];
        let fields = taken.map(|(name, value)| (name.parse().unwrap(), value.to_owned()));
        client(sandbox.url()).create_user(&fields.into()).await.unwrap();
    });
    assert_eq!(code, 5, "{shown}");
    assert!(shown.contains("partners.kdl:\r\ncli::stale"), "{shown}");
    // With the first, the second would have left grace.okafor alone.
    assert!(shown.contains("example.kdl:\r\ncli::overtaken"), "{shown}");
    let state = state.to_json();
    assert!(!state.contains("tia.lindholm") && !state.contains("stefan.brandt"), "nothing is written");
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
