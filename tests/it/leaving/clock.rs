//! The clock of a grace period: on the user, in JumpCloud, and nowhere else.

use serde_json::json;

use crate::support::local::Local;
use crate::support::record::{attribute, find_user, set_attribute, settle, user, user_mut};
use crate::support::scene::{pairs, set};

const LONG_AGO: &str = "2026-01-01T00:00:00Z";

/// `ada` has been leaving since long ago, under a grace period of a week.
fn leaving() -> Local {
    let mut local = Local::in_file(&json!({}));
    for name in ["ada", "ben"] {
        local.forest.add_member(name);
    }
    local.apply();
    local.edit(settle);
    local.add_to_policy("dissociation \"remove\" after=\"7d\"");
    local.forest.take("JumpCloud", "ada");
    local.apply();
    set_clock(&mut local, &format!("left {LONG_AGO}"));
    local
}

fn set_clock(local: &mut Local, value: &str) {
    local.edit(|document| set_attribute(user_mut(document, "ada"), "adLeaving", Some(value)));
}

fn clock(local: &Local) -> String {
    attribute(user(&local.document(), "ada"), "adLeaving").unwrap().to_owned()
}

#[test]
fn another_cause_starts_it_anew() {
    let mut local = leaving();
    local.forest.set("ada", "userAccountControl", "514");
    let plan = local.apply();
    assert_eq!((plan.names("user", "update"), plan.names("user", "remove")), (set(["ada"]), set([])));
    assert!(clock(&local).starts_with("disabled "), "{}", clock(&local));
    let suspension = attribute(user(&local.document(), "ada"), "adSuspended").unwrap().to_owned();
    assert!(suspension.starts_with("left "), "the suspension is the old one: {suspension}");

    set_clock(&mut local, &format!("disabled {LONG_AGO}"));
    local.apply();
    assert!(find_user(&local.document(), "ada").is_none());
}

#[test]
fn one_that_cannot_be_read_starts_anew() {
    for broken in [LONG_AGO, "left", "left long ago", "gone 2026-01-01T00:00:00Z"] {
        let mut local = leaving();
        set_clock(&mut local, broken);
        assert_eq!(local.apply().names("user", "remove"), set([]), "{broken}");
        assert!(clock(&local).starts_with("left 2") && !clock(&local).contains(LONG_AGO), "{broken}");
    }
}

#[test]
fn whom_somebody_activates_in_the_meantime_is_suspended_again_by_the_same_clock() {
    let mut local = leaving();
    // Far ahead: a clock that is set wrong ends nothing early.
    set_clock(&mut local, "left 2999-01-01T00:00:00Z");
    local.edit(|document| user_mut(document, "ada")["state"] = json!("ACTIVATED"));
    assert_eq!(local.apply().names("user", "suspend"), set(["ada"]));
    assert_eq!(user(&local.document(), "ada")["state"], "SUSPENDED");
    assert_eq!(clock(&local), "left 2999-01-01T00:00:00Z");
}

#[test]
fn a_grace_period_that_the_policy_takes_back_is_over() {
    let mut local = leaving();
    set_clock(&mut local, "left 2999-01-01T00:00:00Z");
    let plan = local.apply();
    assert_eq!(plan.0["changes"], json!([]));
    local.policy.nodes = local.policy.nodes.replace(" after=\"7d\"", "");
    assert_eq!(local.apply().names("user", "remove"), set(["ada"]));
}

#[test]
fn whom_jumpcloud_created_today_is_not_taken_for_deleted_whatever_the_action() {
    for action in ["remove", "unbind", "suspend", "keep"] {
        let mut local = leaving();
        local.edit(|document| {
            let ada = user_mut(document, "ada");
            set_attribute(ada, "adLeaving", None);
            // Later than any clock says: as young as can be.
            ada["created"] = json!("2999-01-01T00:00:00Z");
        });
        local.policy.nodes = local.policy.nodes.replace("\"remove\"", &format!("\"{action}\""));
        local.forest.delete("ada");
        let before = local.document();
        let plan = local.apply();
        assert_eq!(plan.held_back(), pairs([("ada", "unreadable")]), "{action}");
        assert_eq!(local.document(), before, "{action}");
    }
}
