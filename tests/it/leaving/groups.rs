//! What becomes of a mirrored group that leaves: `remove` and `unbind` hold for groups too, and no grace period does.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::organization;
use crate::support::forest::Forest;
use crate::support::local::Local;
use crate::support::organization::text;
use crate::support::record::{bound, group_mut, settle};

const CAUSES: [&str; 3] = ["deleted", "excluded", "left"];

/// A group for each cause, with one member, who stays; JumpCloud has written a description and put a guest in.
fn in_step(node: &str) -> Local {
    let mut local = Local::in_file(&organization());
    local.forest.add_member("ada");
    for cause in CAUSES {
        local.forest.add_group(cause);
        local.forest.put(Forest::SECURITY_GROUP, cause);
        local.forest.put(cause, "ada");
    }
    local.add_to_policy(node);
    local.apply();
    local.edit(|document| {
        let guest = json!({ "username": "guest", "email": "guest@example.org" });
        document["users"].as_array_mut().unwrap().push(guest);
        settle(document);
        for cause in CAUSES {
            let group = group_mut(document, cause);
            group["members"].as_array_mut().unwrap().push(json!("guest"));
            group["description"] = json!(format!("Ours: {}", text(&group["description"])));
        }
    });
    local
}

/// What is seen of a group: `bound, marked, Ours:, ada guest`
fn look(document: &Value, name: &str) -> String {
    let groups = document["groups"].as_array().unwrap().iter();
    let Some(group) = groups.clone().find(|group| group["name"] == name) else { return "gone".to_owned() };
    let description = text(&group["description"]);
    let (own, mark) = description.split_once("[ad:").unwrap_or((&description, ""));
    let members: Vec<String> = group["members"].as_array().unwrap().iter().map(text).collect();
    format!(
        "{}, {}, {:?}, {}",
        if bound(document, "groups").contains(name) { "bound" } else { "unbound" },
        if mark.is_empty() { "no mark" } else { "marked" },
        own.trim(),
        members.join(" and ")
    )
}

#[test]
fn groups_leave_by_the_action_of_their_cause_and_at_once() {
    let mut table = String::new();
    for action in ["remove", "unbind", "suspend", "keep"] {
        for after in ["", " after=\"7d\""] {
            let node = format!("dissociation \"{action}\"{after}");
            let mut local = in_step(&node);
            local.forest.delete_group("deleted");
            local.forest.take(Forest::SECURITY_GROUP, "left");
            local.add_to_policy("exclude { group \"excluded\" }");
            let plan = local.apply();
            let left = local.document();
            assert!(plan.changes("user", "update").is_empty());

            for cause in ["deleted", "left"] {
                if cause == "deleted" {
                    local.forest.add_group(cause);
                    local.forest.put(cause, "ada");
                }
                local.forest.put(Forest::SECURITY_GROUP, cause);
            }
            local.policy.nodes = local.policy.nodes.replace("exclude { group \"excluded\" }", "");
            // What is new in the directory is another group of the same name.
            let back = local.plan();
            for cause in CAUSES {
                let of_group = |one: &&Value| one["name"] == cause || one["subject"] == cause;
                let said: Vec<&Value> = [("changes", "action"), ("held_back", "reason"), ("notes", "code")]
                    .into_iter()
                    .flat_map(|(list, word)| {
                        back.0[list].as_array().unwrap().iter().filter(of_group).map(move |one| &one[word])
                    })
                    .collect();
                let said: Vec<&str> = said.into_iter().map(|word| word.as_str().unwrap()).collect();
                writeln!(
                    table,
                    "{node:33} {cause:9} {:80} then {}",
                    look(&left, cause),
                    if said.is_empty() { "nothing".to_owned() } else { said.join(", ") }
                )
                .unwrap();
            }
        }
    }
    let mut settings = insta::Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_snapshot_path("../snapshots");
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!("leaving-groups", table));
}
