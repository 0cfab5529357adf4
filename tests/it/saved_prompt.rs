//! The question before a saved plan is applied, asked on a terminal.

#![cfg(target_os = "linux")]

use std::io::{Read, Write};
use std::process::{Command, Stdio};

use serde_json::json;

use crate::support::approval::{Approval, PLAN};
use crate::support::command::state_folder;
use crate::support::organization::Organization;
use crate::support::staff::Staff;

fn saved() -> Approval {
    Approval::saved("", &Staff::new().users(["ada"]), &json!({}))
}

/// Applies on a terminal of its own (`script`, of util-linux). What is done `meanwhile` is done between the question and
/// the answer. Gives the exit code and what the terminal showed.
fn apply(approval: &Approval, answer: &str, meanwhile: impl FnOnce()) -> (i32, String) {
    let binary = assert_cmd::cargo::cargo_bin!("adjunct");
    let mut child = Command::new("script")
        .args([
            "--quiet",
            "--return",
            "--command",
            &format!("{} apply {PLAN}", binary.display()),
            "/dev/null",
        ])
        .current_dir(approval.desk.path())
        .env("KEY", Organization::API_KEY)
        .env("XDG_STATE_HOME", state_folder(approval.desk.path()))
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
    meanwhile();
    let mut stdin = child.stdin.take().unwrap();
    writeln!(stdin, "{answer}").unwrap();
    stdin.flush().unwrap();
    terminal.read_to_end(&mut shown).unwrap();
    (child.wait().unwrap().code().unwrap(), String::from_utf8(shown).unwrap())
}

#[test]
fn only_yes_applies_and_a_no_does_not_use_the_plan_up() {
    let approval = saved();
    let (code, shown) = apply(&approval, "no", || ());
    assert!(code == 1 && shown.contains("not approved: nothing was written"), "{shown}");
    assert_eq!((approval.organization.writes(), approval.used()), (0, 0));
    let (code, shown) = apply(&approval, "yes", || ());
    assert!(code == 0 && shown.contains("Applied: "), "{shown}");
    assert_eq!(approval.used(), 1);
}

#[test]
fn what_changes_while_somebody_thinks_about_it_is_seen() {
    let approval = saved();
    let taker = json!({ "username": "Ada", "email": "else@example.com" });
    let mut writes = 0;
    let (code, shown) = apply(&approval, "yes", || {
        approval.by_hand("POST", "/api/systemusers", &taker);
        writes = approval.organization.writes();
    });
    assert!(code == 5 && shown.contains("cli::unmet") && shown.contains("user ada"), "{shown}");
    assert_eq!((approval.organization.writes(), approval.used()), (writes, 0));
}
