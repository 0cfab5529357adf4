//! Administrator rights follow the direct members of one group, and nobody loses them by mistake.

use serde_json::json;

use crate::support::local::Local;
use crate::support::record::user_mut;
use crate::support::scene::{Plan, set};

const NODE: &str = "administrators-group \"Admins\"";

/// `ada` and `ben` have rights, `cleo` (only in a group inside) and `dora` have not.
fn in_step() -> Local {
    let mut local = Local::over_http(&json!({}));
    for group in ["Admins", "Inner"] {
        local.forest.add_group(group);
    }
    for name in ["ada", "ben", "cleo", "dora"] {
        local.forest.add_member(name);
    }
    local.forest.put("Admins", "ada");
    local.forest.put("Admins", "ben");
    local.forest.put("Admins", "Inner");
    local.forest.put("Inner", "cleo");
    // A direct member whom the security group does not select.
    local.forest.add_person("outsider");
    local.forest.put("Admins", "outsider");
    local.add_to_policy(NODE);
    local.apply();
    assert_eq!(administrators(&local), ["ada", "ben"]);
    local
}

fn administrators(local: &Local) -> Vec<String> {
    let users = local.organization().users().into_iter();
    users.filter(|(_, user)| user["sudo"] == true).map(|(name, _)| name).collect()
}

fn sudo_changes(plan: &Plan) -> Vec<String> {
    let changes = plan.changes("user", "update").into_iter();
    let sudo = |change: &serde_json::Value| {
        let mut fields = change["fields"].as_array().unwrap().iter();
        let sudo = fields.find(|field| field["field"] == "sudo");
        sudo.map(|sudo| format!("{} {} → {}", change["name"], sudo["before"], sudo["after"]).replace('"', ""))
    };
    changes.filter_map(sudo).collect()
}

#[test]
fn direct_members_gain_and_lose_rights_and_the_group_itself_is_not_imported() {
    let mut local = in_step();
    assert_eq!(local.organization().groups().into_keys().collect::<Vec<_>>(), ["JumpCloud"]);
    local.forest.take("Admins", "ada");
    local.forest.put("Admins", "dora");
    let plan = local.apply();
    assert_eq!(sudo_changes(&plan), ["ada true → false", "dora null → true"]);
    assert_eq!(plan.names("user", "update"), set(["ada", "dora"]));
    assert_eq!(administrators(&local), ["ben", "dora"]);

    local.forest.take("Admins", "Inner");
    local.forest.put("Admins", "cleo");
    local.apply();
    assert_eq!(administrators(&local), ["ben", "cleo", "dora"]);
}

#[test]
fn a_group_that_is_missing_or_not_the_only_one_costs_nobody_the_rights() {
    let mut missing = in_step();
    missing.forest.delete_group("Admins");
    let mut ambiguous = in_step();
    ambiguous.forest.add_group("Helpdesk");
    ambiguous.forest.set_logon_name("Helpdesk", "ADMINS");
    let mut excluded = in_step();
    excluded.policy.nodes = excluded.policy.nodes.replace("\"Admins\"", "\"JumpCloud\"");
    for (local, said) in [
        (missing, &["the administrators group \"Admins\" is not in", "administrators-group"][..]),
        (ambiguous, &["CN=Admins,", "CN=Helpdesk,", "as the administrators group"]),
        (excluded, &["the security group and the administrators group are one group"]),
    ] {
        let organization = local.organization();
        let before = organization.written().len();
        let answer = local.refused(1);
        for words in said {
            // The frame of a message may break its lines.
            let text = answer.stderr.replace("\n  │ ", " ");
            assert!(text.contains(words), "{words:?} in\n{}", answer.stderr);
        }
        assert_eq!(organization.written().len(), before, "{:?}", organization.written());
        assert_eq!(administrators(&local), ["ada", "ben"]);
    }
}

#[test]
fn without_the_node_rights_are_jumpclouds() {
    let mut local = in_step();
    local.policy.nodes = local.policy.nodes.replace(NODE, "");
    local.forest.take("Admins", "ada");
    local.edit(|document| user_mut(document, "dora")["sudo"] = json!(true));
    assert_eq!(local.apply().0["changes"], json!([]));
    assert_eq!(administrators(&local), ["ada", "ben", "dora"]);
}

#[test]
fn whom_the_members_do_not_name_and_the_own_entry_does_keeps_the_rights() {
    let mut local = in_step();
    local.forest.hide_member("Admins", "ada");
    let plan = local.apply();
    assert_eq!(plan.0["changes"], json!([]));
    let notes = plan.0["notes"].as_array().unwrap().iter();
    let unclear: Vec<_> = notes.filter(|note| note["code"] == "administrator-unclear").collect();
    assert_eq!(unclear.iter().map(|note| &note["subject"]).collect::<Vec<_>>(), ["ada"]);
    assert_eq!(administrators(&local), ["ada", "ben"]);
}
