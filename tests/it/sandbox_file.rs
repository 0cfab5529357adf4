//! The sandbox and its state file.

use std::fs;
use std::path::Path;

use adjunct::model::Field;
use adjunct::sandbox::{Options, Sandbox, State, StateFile};
use serde_json::json;
use sha2::Digest as _;

use crate::support::jumpcloud::{client, state, users};

/// A sandbox that keeps its state in this file, and begins with what is there, else with `seed`.
async fn with_file(path: &Path, seed: State) -> Sandbox {
    let (kept, file) = StateFile::open(path).unwrap();
    let options = Options { state_file: Some(file), ..Options::default() };
    Sandbox::start(kept.unwrap_or(seed), options).await.unwrap()
}

/// What is on disk.
fn kept(path: &Path) -> Option<State> {
    StateFile::open(path).unwrap().0
}

/// The names of what is beside a file, itself included.
fn beside(path: &Path) -> Vec<String> {
    let entries = fs::read_dir(path.parent().unwrap()).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[tokio::test]
async fn a_write_is_on_disk_before_its_answer() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("deep/below/state.json");
    let sandbox = with_file(&path, state(&json!({ "users": users(1) }))).await;
    let client = client(sandbox.url());
    let group = client.create_group("g", "").await.unwrap();
    for round in 0..3 {
        let name = format!("v{round}");
        let fields = [(Field::Username, name.clone()), (Field::Email, format!("{name}@example.com"))];
        let user = client.create_user(&fields.into()).await.unwrap();
        client.add_member(&group, &user).await.unwrap();
        assert_eq!(kept(&path).unwrap(), sandbox.state());
    }
    assert_eq!(beside(&path), ["state.json", "state.json.log"]);
    sandbox.stop().await.unwrap();
    assert_eq!(beside(&path), ["state.json"]);
    let again = with_file(&path, State::empty()).await;
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
    let sandbox = with_file(&path, state(&json!({ "users": users(3) }))).await;
    let client = client(sandbox.url());
    client.read_users().await.unwrap();
    client.find_users("u1").await.unwrap();
    // Refused writes are none.
    client
        .create_user(&[(Field::Username, "u1".to_owned()), (Field::Email, "x@x.org".to_owned())].into())
        .await
        .unwrap_err();
    sandbox.stop().await.unwrap();
    assert!(!folder.path().join("deep").exists());
}

#[tokio::test]
async fn a_write_that_cannot_be_kept_fails_and_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("blocked"), "a file, no folder").unwrap();
    let sandbox =
        with_file(&folder.path().join("blocked/state.json"), state(&json!({ "users": users(1) }))).await;
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

#[tokio::test]
async fn what_a_log_holds_is_part_of_the_state_until_it_is_folded() {
    let folder = tempfile::tempdir().unwrap();
    let (path, log) = (folder.path().join("state.json"), folder.path().join("state.json.log"));
    let sandbox = with_file(&path, state(&json!({ "users": users(2) }))).await;
    client(sandbox.url()).create_group("g", "").await.unwrap();
    let (file, logged) = (fs::read(&path).unwrap(), fs::read(&log).unwrap());
    let whole = sandbox.state();
    sandbox.stop().await.unwrap();
    let merged = fs::read(&path).unwrap();
    assert_ne!(file, merged);

    // As a kill leaves it: before the file was replaced, and after, when the log was still there.
    for (file, log_now) in [(&file, logged.clone()), (&merged, [&logged[..], &fold_line(&merged)].concat())] {
        fs::write(&path, file).unwrap();
        fs::write(&log, log_now).unwrap();
        assert_eq!(kept(&path).as_ref(), Some(&whole));
        let sandbox = with_file(&path, State::empty()).await;
        client(sandbox.url()).create_group("h", "").await.unwrap();
        let state = sandbox.state();
        drop(sandbox);
        assert_eq!((kept(&path), beside(&path)), (Some(state), vec!["state.json".to_owned()]));
    }

    // Somebody else's file, and a line that is none.
    fs::write(&path, "{}").unwrap();
    fs::write(&log, &logged).unwrap();
    assert!(StateFile::open(&path).unwrap_err().to_string().contains("was replaced or removed while"));
    fs::write(&path, &file).unwrap();
    fs::write(&log, [&logged[..], b"{}\n"].concat()).unwrap();
    let line = String::from_utf8(logged).unwrap().lines().count() + 1;
    assert!(StateFile::open(&path).unwrap_err().to_string().starts_with(&format!("line {line} of ")));
}

#[tokio::test]
async fn a_log_that_is_cut_anywhere_holds_what_is_whole_and_takes_more() {
    let folder = tempfile::tempdir().unwrap();
    let (path, log) = (folder.path().join("state.json"), folder.path().join("state.json.log"));
    let sandbox = with_file(&path, State::empty()).await;
    client(sandbox.url()).create_group("g", "").await.unwrap();
    let (file, logged) = (fs::read(&path).unwrap(), fs::read(&log).unwrap());
    sandbox.stop().await.unwrap();

    for cut in 0..=logged.len() {
        fs::write(&path, &file).unwrap();
        fs::write(&log, &logged[..cut]).unwrap();
        let sandbox = with_file(&path, State::empty()).await;
        let groups = usize::from(cut == logged.len());
        assert_eq!(sandbox.state().counts(), (0, groups), "cut at {cut}");
        client(sandbox.url()).create_group("h", "").await.unwrap();
        assert_eq!(kept(&path), Some(sandbox.state()), "cut at {cut}");
    }
}

/// What a log ends in that was folded into this file.
fn fold_line(file: &[u8]) -> Vec<u8> {
    format!("{}\n", json!({ "folded": hex(&sha2::Sha256::digest(file)) })).into_bytes()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"))
}

#[tokio::test]
async fn nobody_writes_over_what_somebody_else_wrote() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.json");
    fs::write(&path, state(&json!({ "users": users(2) })).to_json()).unwrap();
    let first = with_file(&path, State::empty()).await;
    let second = with_file(&path, State::empty()).await;
    client(first.url()).create_group("g", "").await.unwrap();
    let write = async || client(second.url()).create_group("h", "").await.unwrap_err();
    assert_eq!(write().await.status(), Some(500), "while the first writes");
    let whole = first.state();
    first.stop().await.unwrap();
    assert_eq!(write().await.status(), Some(500), "after the first wrote");
    drop(second);
    assert_eq!(kept(&path), Some(whole));
}

#[tokio::test]
async fn a_file_that_somebody_replaces_meanwhile_stays() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.json");
    let sandbox = with_file(&path, State::empty()).await;
    client(sandbox.url()).create_group("g", "").await.unwrap();
    let theirs = state(&json!({ "users": users(3) })).to_json();
    fs::write(&path, &theirs).unwrap();
    sandbox.stop().await.unwrap_err();
    assert_eq!(fs::read_to_string(&path).unwrap(), theirs);
    assert!(StateFile::open(&path).unwrap_err().to_string().contains("was replaced or removed while"));
    fs::remove_file(folder.path().join("state.json.log")).unwrap();
    assert_eq!(kept(&path).unwrap().counts(), (3, 0));
}

#[tokio::test]
async fn a_file_that_is_removed_while_it_has_a_log_is_missed() {
    let folder = tempfile::tempdir().unwrap();
    let (path, log) = (folder.path().join("state.json"), folder.path().join("state.json.log"));
    let sandbox = with_file(&path, State::empty()).await;
    client(sandbox.url()).create_group("g", "").await.unwrap();
    let logged = fs::read(&log).unwrap();
    fs::remove_file(&path).unwrap();
    let whole = sandbox.state();
    sandbox.stop().await.unwrap();
    // Who holds everything brings it back; the log alone is not everything.
    assert_eq!(kept(&path), Some(whole));
    fs::remove_file(&path).unwrap();
    fs::write(&log, logged).unwrap();
    assert!(StateFile::open(&path).unwrap_err().to_string().contains("was replaced or removed while"));
}

#[tokio::test]
async fn a_fold_that_failed_is_tried_again_and_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (path, log) = (folder.path().join("state.json"), folder.path().join("state.json.log"));
    let new = folder.path().join(".state.json.half");
    let sandbox = with_file(&path, State::empty()).await;
    client(sandbox.url()).create_group("g", "").await.unwrap();
    let (file, logged) = (fs::read(&path).unwrap(), fs::read(&log).unwrap());
    sandbox.stop().await.unwrap();
    // As a kill leaves it, in the middle of a line.
    fs::write(&path, file).unwrap();
    fs::write(&log, [&logged[..], b"{\"write\""].concat()).unwrap();
    let sandbox = with_file(&path, State::empty()).await;
    let client = client(sandbox.url());
    // There is no room for the new file.
    fs::create_dir(&new).unwrap();
    for _ in 0..2 {
        assert_eq!(client.create_group("h", "").await.unwrap_err().status(), Some(500));
        assert_eq!(kept(&path), Some(sandbox.state()));
    }
    fs::remove_dir(&new).unwrap();
    // What a kill left of an earlier one.
    fs::write(&new, "{\"users\"").unwrap();
    client.create_group("h", "").await.unwrap();
    assert_eq!(
        (kept(&path), beside(&path)),
        (Some(sandbox.state()), vec!["state.json".to_owned(), "state.json.log".to_owned()])
    );
}
