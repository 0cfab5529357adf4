//! The question before a saved plan is applied, asked on a terminal.

#![cfg(target_os = "linux")]

use serde_json::json;

use crate::support::approval::{Approval, PLAN};
use crate::support::organization::Organization;
use crate::support::staff::Staff;
use crate::support::typed::on_a_terminal;

fn saved() -> Approval {
    Approval::saved("", &Staff::new().users(["ada"]), &json!({}))
}

/// Applies on a terminal. What is done `meanwhile` is done between the question and the answer.
fn apply(approval: &Approval, answer: &str, meanwhile: impl FnOnce()) -> (i32, String) {
    let words = format!("apply {PLAN}");
    on_a_terminal(approval.desk.path(), &words, Organization::API_KEY, &format!("{answer}\n"), meanwhile)
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
