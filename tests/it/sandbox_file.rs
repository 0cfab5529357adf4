//! The sandbox and its state file.

use std::fs;
use std::path::PathBuf;

use adjunct::model::Field;
use adjunct::sandbox::{Options, Sandbox, State};
use serde_json::json;

use crate::support::jumpcloud::{client, state, users};

async fn with_file(path: PathBuf, state: State) -> Sandbox {
    Sandbox::start(state, Options { state_file: Some(path), ..Options::default() }).await.unwrap()
}

#[tokio::test]
async fn a_write_is_on_disk_before_its_answer() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("deep/below/state.json");
    let sandbox = with_file(path.clone(), state(&json!({ "users": users(1) }))).await;
    let client = client(sandbox.url());
    let group = client.create_group("g", "").await.unwrap();
    for round in 0..3 {
        let name = format!("v{round}");
        let fields = [(Field::Username, name.clone()), (Field::Email, format!("{name}@example.com"))];
        let user = client.create_user(&fields.into()).await.unwrap();
        client.add_member(&group, &user).await.unwrap();
        let kept = State::parse("state.json", &fs::read_to_string(&path).unwrap()).unwrap();
        assert_eq!(kept, sandbox.state());
    }
    assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1, "a temporary file stayed");
    sandbox.stop().await;
    let again =
        with_file(path.clone(), State::parse("state.json", &fs::read_to_string(&path).unwrap()).unwrap())
            .await;
    let members = crate::support::jumpcloud::client(again.url())
        .read_members(std::slice::from_ref(&group))
        .await
        .unwrap();
    assert_eq!(members[&group].len(), 3);
}

#[tokio::test]
async fn without_a_write_there_is_no_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("deep/state.json");
    let sandbox = with_file(path.clone(), state(&json!({ "users": users(3) }))).await;
    let client = client(sandbox.url());
    client.read_users().await.unwrap();
    client.find_users("u1").await.unwrap();
    // Refused writes are none.
    client
        .create_user(&[(Field::Username, "u1".to_owned()), (Field::Email, "x@x.org".to_owned())].into())
        .await
        .unwrap_err();
    sandbox.stop().await;
    assert!(!folder.path().join("deep").exists());
}

#[tokio::test]
async fn a_write_that_cannot_be_kept_fails_and_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("blocked"), "a file, no folder").unwrap();
    let sandbox =
        with_file(folder.path().join("blocked/state.json"), state(&json!({ "users": users(1) }))).await;
    let before = sandbox.state();
    let error = client(sandbox.url()).create_group("g", "").await.unwrap_err();
    assert_eq!(error.status(), Some(500));
    assert_eq!(sandbox.state(), before);
}

#[tokio::test]
async fn the_same_requests_give_the_same_bytes_and_no_id_twice() {
    let mut texts = Vec::new();
    for _ in 0..2 {
        let sandbox = Sandbox::start(state(&json!({ "users": users(2) })), Options::default()).await.unwrap();
        let client = client(sandbox.url());
        let first = client.create_group("a", "").await.unwrap();
        client.remove_group(&first).await.unwrap();
        let second = client.create_group("b", "").await.unwrap();
        assert_ne!(first, second);
        texts.push(sandbox.state().to_json());
    }
    assert_eq!(texts[0], texts[1]);
    let again = State::parse("state.json", &texts[0]).unwrap();
    let sandbox = Sandbox::start(again, Options::default()).await.unwrap();
    let third = client(sandbox.url()).create_group("c", "").await.unwrap();
    assert!(!texts[0].contains(third.as_str()), "an id came back after a restart");
}
