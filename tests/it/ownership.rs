//! What is not ours stays as it is: people whom others suspended or made administrators, values and locks of others,
//! members of JumpCloud's own, and everything that another policy owns.

use serde_json::{Value, json};

use crate::support::local::{Local, LocalPolicy};
use crate::support::record::{
    attribute, bound, group, groups_of, locks, set_attribute, settle, user, user_mut,
};
use crate::support::scene::{pairs, set};

/// `ada` and `ben` in the security group and in `Team`, in step with an organization that has a directory object.
fn in_step() -> Local {
    let mut local = Local::over_http(&json!({
        "activeDirectories": [{ "domain": "DC=corp;DC=example;DC=com" }],
    }));
    for name in ["ada", "ben"] {
        local.forest.add_member(name);
    }
    local.forest.add_group("Team");
    local.forest.put("JumpCloud", "Team");
    local.forest.put("Team", "ada");
    local.apply();
    local.edit(settle);
    local
}

fn dissociation(local: &mut Local, node: &str) {
    local.policy.nodes = LocalPolicy::default().nodes;
    local.add_to_policy(&format!("dissociation {node}"));
}

/// The codes of the notes on one user.
fn notes(plan: &Value, username: &str) -> Vec<String> {
    let notes = plan["notes"].as_array().unwrap().iter();
    notes
        .filter(|note| note["subject"] == username)
        .map(|note| note["code"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn whom_an_administrator_suspended_stays_suspended_when_selected_leaving_and_back() {
    let mut local = in_step();
    local.edit(|document| user_mut(document, "ada")["state"] = json!("SUSPENDED"));
    local.forest.put("Team", "ben");
    local.forest.take("Team", "ada");
    local.forest.set("ada", "sn", "Lovelace");
    let plan = local.apply();
    assert_eq!(notes(&plan.0, "ada"), ["suspended-elsewhere"]);
    let document = local.document();
    assert_eq!(user(&document, "ada")["state"], "SUSPENDED");
    assert_eq!(groups_of(&document, "ada"), set(["JumpCloud", "Team"]), "memberships stay as they are");
    assert_eq!(groups_of(&document, "ben"), set(["JumpCloud", "Team"]));

    dissociation(&mut local, r#""suspend""#);
    local.forest.set("ada", "userAccountControl", "514");
    let plan = local.apply();
    assert_eq!((plan.names("user", "suspend"), plan.names("user", "update")), (set([]), set([])));
    assert_eq!(attribute(user(&local.document(), "ada"), "adSuspended"), None, "the suspension is not ours");

    // Under a grace period the clock runs, and still the suspension is not ours.
    dissociation(&mut local, r#""keep" { disabled "remove" after="7d"; }"#);
    local.apply();
    assert!(attribute(user(&local.document(), "ada"), "adLeaving").is_some());
    assert_eq!(attribute(user(&local.document(), "ada"), "adSuspended"), None);

    local.forest.set("ada", "userAccountControl", "512");
    let plan = local.apply();
    assert_eq!(plan.names("user", "activate"), set([]));
    let document = local.document();
    assert_eq!(user(&document, "ada")["state"], "SUSPENDED");
    assert_eq!(attribute(user(&document, "ada"), "adLeaving"), None);
}

#[test]
fn a_console_administrator_is_neither_removed_nor_suspended_nor_taken_over() {
    let console = json!({ "id": "5f1b881d9b3a4d2b3c4d5e6f", "roleName": "Administrator" });
    let mut local = in_step();
    local.edit(|document| {
        user_mut(document, "ada")["admin"] = console.clone();
        let boss = json!({ "username": "boss", "email": "boss@corp.example.com", "admin": console });
        document["users"].as_array_mut().unwrap().push(boss);
    });
    local.forest.add_member("boss");
    local.forest.set("ada", "userAccountControl", "514");
    let before = local.document();
    for action in [r#""remove""#, r#""suspend""#, r#""remove" { disabled "unbind" after="7d"; }"#] {
        dissociation(&mut local, action);
        local.add_to_policy("takeover \"adopt\"");
        let plan = local.apply();
        assert_eq!(plan.held_back(), pairs([("ada", "protected"), ("boss", "protected")]), "{action}");
        assert_eq!(plan.0["changes"], json!([]), "{action}");
    }
    assert_eq!(local.document(), before);
}

#[test]
fn members_of_jumpclouds_own_stay_in_a_mirrored_group() {
    let mut local = in_step();
    local.edit(|document| {
        let guest = json!({ "username": "guest", "email": "guest@example.org" });
        document["users"].as_array_mut().unwrap().push(guest);
        for group in document["groups"].as_array_mut().unwrap() {
            group["members"].as_array_mut().unwrap().push(json!("guest"));
        }
    });
    local.forest.take("Team", "ada");
    local.forest.put("Team", "ben");
    let before = user(&local.document(), "guest").clone();
    let plan = local.apply();
    assert_eq!((plan.count("memberships_added"), plan.count("memberships_removed")), (1, 1));
    let document = local.document();
    assert_eq!(groups_of(&document, "guest"), set(["JumpCloud", "Team"]));
    assert_eq!(group(&document, "Team")["members"], json!(["ben", "guest"]));
    assert_eq!(user(&document, "guest"), &before);
}

/// What others have put on `ada`, which no course of hers may touch.
fn give_foreign_values(user: &mut Value) {
    let mut locks = vec![
        json!({ "field": "jobTitle", "type": "scim" }),
        // On a field that we would lock ourselves.
        json!({ "field": "lastname", "type": "scim" }),
    ];
    let own_locks = user["restrictedFields"].as_array().into_iter().flatten();
    locks.extend(own_locks.filter(|lock| lock["field"] != "lastname").cloned());
    user["restrictedFields"] = Value::Array(locks);
    user["phoneNumbers"] = json!([{ "type": "home", "number": "1" }, { "type": "mobile", "number": "2" }]);
    user["addresses"] = json!([{ "type": "home", "locality": "Berlin", "country": "DE" }]);
    user["jobTitle"] = json!("Countess");
    set_attribute(user, "badge", Some("4711"));
}

fn expect_foreign_values(document: &Value, when: &str) {
    let ada = user(document, "ada");
    let mut given = json!({});
    give_foreign_values(&mut given);
    for field in ["phoneNumbers", "addresses", "jobTitle"] {
        assert_eq!(ada[field], given[field], "{when}");
    }
    assert_eq!(attribute(ada, "badge"), Some("4711"), "{when}");
    assert_eq!(locks(ada, "scim"), set(["jobTitle", "lastname"]), "{when}");
}

#[test]
fn values_and_locks_of_others_survive_whatever_becomes_of_a_user() {
    let mut local = in_step();
    let mappings = r#"attributes { custom "costCode" "extensionAttribute1"; department "department"; }"#;
    local.edit(|document| give_foreign_values(user_mut(document, "ada")));
    let base = local.policy.nodes.clone();
    let policy = |node: &str| format!("{base}\n    {mappings}\n    {node}");

    local.policy.nodes = policy("");
    for (attribute, value) in [("extensionAttribute1", "C1"), ("department", "Engines")] {
        local.forest.set("ada", attribute, value);
    }
    // Both for the new locks.
    assert_eq!(local.apply().names("user", "update"), set(["ada", "ben"]));
    let document = local.document();
    expect_foreign_values(&document, "update");
    let ada = user(&document, "ada");
    assert_eq!((attribute(ada, "costCode"), &ada["department"]), (Some("C1"), &json!("Engines")));
    local.forest.set("ada", "extensionAttribute1", "");
    local.apply();
    expect_foreign_values(&local.document(), "an update that clears");
    assert_eq!(attribute(user(&local.document(), "ada"), "costCode"), None);

    local.policy.nodes = policy(r#"dissociation "suspend""#);
    local.forest.set("ada", "userAccountControl", "514");
    assert_eq!(local.apply().names("user", "suspend"), set(["ada"]));
    expect_foreign_values(&local.document(), "suspend");
    local.forest.set("ada", "userAccountControl", "512");
    assert_eq!(local.apply().names("user", "activate"), set(["ada"]));
    expect_foreign_values(&local.document(), "activate");

    local.policy.nodes = policy(r#"dissociation "unbind""#);
    local.forest.set("ada", "userAccountControl", "514");
    assert_eq!(local.apply().names("user", "unbind"), set(["ada"]));
    expect_foreign_values(&local.document(), "unbind");
    assert_eq!(locks(user(&local.document(), "ada"), "active_directory"), set([]));

    local.policy.nodes = policy(r#"takeover "adopt""#);
    local.forest.set("ada", "userAccountControl", "512");
    assert_eq!(local.apply().names("user", "adopt"), set(["ada"]));
    expect_foreign_values(&local.document(), "adopt");
}

#[test]
fn a_group_that_jumpcloud_fills_is_not_taken_for_ours() {
    let mut local = in_step();
    local.edit(|document| {
        let group =
            json!({ "name": "Everyone", "membershipMethod": "DYNAMIC_AUTOMATED", "members": ["ben"] });
        document["groups"].as_array_mut().unwrap().push(group);
        document["activeDirectories"][0]["groups"].as_array_mut().unwrap().push(json!("Everyone"));
    });
    local.forest.add_group("Everyone");
    local.forest.put("JumpCloud", "Everyone");
    local.forest.put("Everyone", "ada");
    let before = local.document();
    // Bound, as the agent leaves it, or taken over because the policy says so.
    for node in ["", "takeover \"adopt\""] {
        local.add_to_policy(node);
        let plan = local.apply();
        assert_eq!(plan.held_back(), pairs([("Everyone", "dynamic-group")]));
        assert_eq!(local.document(), before);
    }
}

#[test]
fn two_policies_in_turn_never_touch_each_others_objects() {
    let mut local = in_step();
    local.forest.add_group("Partners");
    for name in ["cleo", "dora"] {
        local.forest.add_person(name);
        local.forest.put("Partners", name);
    }
    local.forest.add_group("Desk");
    local.forest.put("Partners", "Desk");
    local.forest.put("Desk", "cleo");
    // Selected by both.
    local.forest.put("Partners", "ben");
    let turn = |local: &mut Local, first: bool| {
        let (name, group) = if first { ("test", "JumpCloud") } else { ("partners", "Partners") };
        name.clone_into(&mut local.policy.name);
        group.clone_into(&mut local.policy.security_group);
        local.apply()
    };
    let first = local.document();
    let plan = turn(&mut local, false);
    assert_eq!(plan.names("user", "create"), set(["cleo", "dora"]));
    assert_eq!(plan.held_back(), pairs([("ben", "taken-username")]));
    let both = local.document();
    assert_eq!(attribute(user(&both, "cleo"), "adPolicy"), Some("partners"));
    for name in ["ada", "ben"] {
        assert_eq!(user(&both, name), user(&first, name));
    }
    for name in ["JumpCloud", "Team"] {
        assert_eq!(group(&both, name), group(&first, name));
    }
    assert_eq!(local.organization().members("Partners"), set(["cleo", "dora"]));

    assert_eq!(turn(&mut local, true).0["changes"], json!([]));
    // Even where the policy takes over what nobody owns, and when everybody of one policy leaves.
    local.add_to_policy("takeover \"adopt\"");
    local.forest.put("JumpCloud", "cleo");
    assert_eq!(turn(&mut local, true).held_back(), pairs([("cleo", "taken-username")]));
    local.forest.set("cleo", "userAccountControl", "514");
    local.forest.set("dora", "sn", "Changed");
    local.forest.delete_group("Desk");
    assert_eq!(turn(&mut local, true).0["changes"], json!([]));
    assert_eq!(local.document(), both);
    let plan = turn(&mut local, false);
    assert_eq!(plan.removals(), pairs([("cleo", "disabled"), ("Desk", "deleted")]));
    assert_eq!(plan.names("user", "update"), set(["dora"]));
    let document = local.document();
    for name in ["ada", "ben"] {
        assert_eq!(user(&document, name), user(&first, name));
    }
    assert_eq!(bound(&document, "groups"), set(["JumpCloud", "Partners", "Team"]));
}

#[test]
fn two_objects_with_one_mark_are_left_alone_whatever_becomes_of_the_user() {
    let mut local = in_step();
    local.edit(|document| {
        let mut copy = user(document, "ada").clone();
        copy["_id"] = json!("5f1b881d9b3a4d2b3c4d5e6f");
        copy["username"] = json!("copy");
        copy["email"] = json!("copy@example.org");
        document["users"].as_array_mut().unwrap().push(copy);
    });
    local.forest.set("ada", "sn", "Lovelace");
    let before = local.document();
    assert_eq!(local.apply().held_back(), pairs([("ada", "duplicate-mark")]));
    local.forest.set("ada", "userAccountControl", "514");
    for action in
        ["\"remove\"", "\"unbind\"", "\"suspend\"", "\"keep\" { disabled \"remove\" after=\"7d\"; }"]
    {
        dissociation(&mut local, action);
        let plan = local.apply();
        assert_eq!(plan.0["changes"], json!([]), "{action}");
        assert_eq!(plan.held_back(), pairs([("ada", "duplicate-mark")]), "{action}");
    }
    assert_eq!(local.document(), before);
}

#[test]
fn what_nobody_owns_is_taken_over_by_mail_then_username_and_groups_by_name() {
    let mut local = Local::over_http(&json!({
        "users": [
            { "username": "ada.old", "email": "ADA@corp.example.com" },
            { "username": "Ben", "email": "ben@home.example.org" },
            // The mail address of one and the username of another.
            { "username": "dora", "email": "eve@corp.example.com" },
            { "username": "guest", "email": "guest@example.org" },
        ],
        "groups": [{ "name": "team", "description": "A team", "members": ["guest"] }],
    }));
    for name in ["ada", "ben", "cleo", "dora", "eve"] {
        local.forest.add_member(name);
    }
    local.forest.add_group("Team");
    local.forest.put("JumpCloud", "Team");
    local.forest.put("Team", "ada");
    let before = local.document();
    let plan = local.plan();
    let refused = pairs([
        ("ada", "taken-email"),
        ("ben", "taken-username"),
        ("dora", "taken-username"),
        ("eve", "taken-email"),
        ("Team", "taken-name"),
    ]);
    assert_eq!(plan.held_back(), refused, "refused unless the policy says so");

    local.add_to_policy("takeover \"adopt\"");
    let plan = local.apply();
    assert_eq!(plan.names("user", "adopt"), set(["ada", "ben", "eve"]));
    assert_eq!(plan.names("group", "adopt"), set(["Team"]));
    assert_eq!(plan.names("user", "create"), set(["cleo", "dora"]));
    let after = local.document();
    // A case alone is no difference.
    for (old, new) in [("ada.old", "ada"), ("Ben", "Ben"), ("dora", "eve")] {
        let new = user(&after, new);
        assert_eq!(user(&before, old)["_id"], new["_id"]);
        assert_eq!(attribute(new, "adPolicy"), Some("test"));
    }
    assert_eq!(user(&after, "guest"), user(&before, "guest"));
    let team = after["groups"].as_array().unwrap().iter().find(|one| one["name"] != "JumpCloud").unwrap();
    assert_eq!(team["id"], group(&before, "team")["id"]);
    assert_eq!(team["members"], json!(["ada", "guest"]));
}

#[test]
fn of_two_locks_on_one_field_ours_goes_and_the_other_stays() {
    let mut local = in_step();
    local.edit(|document| {
        let locks = user_mut(document, "ada")["restrictedFields"].as_array_mut().unwrap();
        locks.insert(0, json!({ "field": "email", "type": "scim" }));
        locks.push(json!({ "field": "username", "type": "scim" }));
    });
    assert_eq!(local.apply().0["changes"], json!([]));
    dissociation(&mut local, r#""unbind""#);
    local.forest.set("ada", "userAccountControl", "514");
    local.apply();
    let document = local.document();
    let [scim, ours] = ["scim", "active_directory"].map(|kind| locks(user(&document, "ada"), kind));
    assert_eq!((scim, ours), (set(["email", "username"]), set([])));
}
