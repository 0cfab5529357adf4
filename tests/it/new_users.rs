//! How new users come into being: with a mail, without one, or not active yet.

use serde_json::json;

use crate::support::local::Local;
use crate::support::record::{attribute, bound, groups_of, set_attribute, user, user_mut};
use crate::support::scene::set;

fn company(node: &str) -> Local {
    let mut local =
        Local::over_http(&json!({ "activeDirectories": [{ "domain": "DC=corp;DC=example;DC=com" }] }));
    for name in ["ada", "ben"] {
        local.forest.add_member(name);
    }
    local.add_to_policy(node);
    local
}

#[test]
fn mails_and_states_follow_the_policy() {
    let mails = ["Activation ada@corp.example.com", "Activation ben@corp.example.com"];
    let table: [(&str, &[&str], &str); 5] = [
        ("", &mails, "ACTIVATED"),
        ("new-users state=\"activated\" welcome-email=#true", &mails, "ACTIVATED"),
        ("new-users welcome-email=#false", &[], "ACTIVATED"),
        ("new-users state=\"staged\"", &[], "STAGED"),
        ("new-users state=\"staged\" welcome-email=#false", &[], "STAGED"),
    ];
    for (node, mails, state) in table {
        let local = company(node);
        let plan = local.apply();
        assert_eq!(plan.names("user", "create"), set(["ada", "ben"]), "{node}");
        assert_eq!(local.organization().mails(), mails, "{node}");
        let document = local.document();
        for name in ["ada", "ben"] {
            assert_eq!(user(&document, name)["state"], state, "{node}");
            assert_eq!(groups_of(&document, name), set(["JumpCloud"]), "{node}");
        }
        assert_eq!(bound(&document, "users"), set(["ada", "ben"]), "{node}");
    }
}

#[test]
fn a_silent_creation_whose_second_half_was_lost_is_finished_without_a_mail() {
    let mut local = company("new-users welcome-email=#false");
    local.apply();
    local.edit(|document| {
        user_mut(document, "ada")["state"] = json!("STAGED");
        document["activeDirectories"][0]["users"] = json!(["ben"]);
        // Staged by somebody else, and not ours.
        let guest = json!({ "username": "guest", "email": "guest@example.org", "state": "STAGED" });
        document["users"].as_array_mut().unwrap().push(guest);
    });
    let plan = local.apply();
    assert_eq!(plan.names("user", "activate"), set(["ada"]));
    let document = local.document();
    assert_eq!(user(&document, "ada")["state"], "ACTIVATED");
    assert_eq!(bound(&document, "users"), set(["ada", "ben"]));
    assert_eq!(user(&document, "guest")["state"], "STAGED");
    assert_eq!(local.organization().mails(), Vec::<String>::new());
}

#[test]
fn whoever_was_activated_or_staged_by_people_stays_so() {
    let mut local = company("new-users state=\"staged\"");
    local.apply();
    local.edit(|document| user_mut(document, "ada")["state"] = json!("ACTIVATED"));
    assert_eq!(local.apply().0["changes"], json!([]));
    // Under a policy that sends mails nobody who is staged is activated: people decide when.
    local.policy.nodes = local.policy.nodes.replace("staged", "activated");
    assert_eq!(local.apply().0["changes"], json!([]));
    assert_eq!(user(&local.document(), "ben")["state"], "STAGED");
}

#[test]
fn who_returns_from_our_suspension_gets_no_mail() {
    let mut local = company("dissociation \"suspend\"");
    local.apply();
    local.edit(|document| set_attribute(user_mut(document, "ada"), "badge", Some("4711")));
    local.forest.set("ada", "userAccountControl", "514");
    local.apply();
    assert_eq!(user(&local.document(), "ada")["state"], "SUSPENDED");
    local.forest.set("ada", "userAccountControl", "512");
    local.apply();
    let document = local.document();
    assert_eq!(user(&document, "ada")["state"], "ACTIVATED");
    assert_eq!(attribute(user(&document, "ada"), "badge"), Some("4711"));
    assert_eq!(local.organization().mails(), Vec::<String>::new());
}
