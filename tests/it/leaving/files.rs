//! The table on a directory that is a file.

use serde_json::Value;

use super::{CAUSES, Stage, expect_the_table, organization};
use crate::support::forest::{Forest, Person};
use crate::support::local::Local;
use crate::support::scene::Plan;

/// What everybody is a member of.
const GROUPS: [&str; 2] = ["Team", Forest::SECURITY_GROUP];

/// A directory as a file, and an organization in the binary.
struct Files {
    local: Local,
    nodes: String,
    deleted: Option<Person>,
}

impl Files {
    fn new() -> Self {
        let mut local = Local::in_file(&organization());
        local.forest.add_member("stays");
        local.forest.add_group("Team");
        local.forest.put(Forest::SECURITY_GROUP, "Team");
        for cause in CAUSES {
            local.forest.add_member(cause);
            local.forest.put("Team", cause);
        }
        Self { nodes: local.policy.nodes.clone(), local, deleted: None }
    }
}

impl Stage for Files {
    fn username(&self, cause: &str) -> String {
        cause.to_owned()
    }

    fn guid(&self, cause: &str) -> String {
        self.local.forest.guid(cause)
    }

    fn dn(&self, cause: &str) -> String {
        self.local.forest.dn(cause)
    }

    fn leave(&mut self, cause: &str) {
        let forest = &mut self.local.forest;
        match cause {
            "deleted" => self.deleted = Some(forest.delete(cause)),
            "disabled" => forest.set(cause, "userAccountControl", "514"),
            // In 2017.
            "expired" => forest.set(cause, "accountExpires", "131277024000000000"),
            "moved" => forest.move_to(cause, Forest::ELSEWHERE),
            "left" => {
                for group in GROUPS {
                    forest.take(group, cause);
                }
            }
            _ => {}
        }
    }

    fn come_back(&mut self, cause: &str) {
        let forest = &mut self.local.forest;
        match cause {
            "deleted" => forest.restore(cause, self.deleted.take().unwrap()),
            "disabled" => forest.set(cause, "userAccountControl", "512"),
            "expired" => forest.set(cause, "accountExpires", "0"),
            "moved" => forest.move_to(cause, Forest::ROOT),
            _ => {}
        }
        if matches!(cause, "deleted" | "left") {
            for group in GROUPS {
                forest.put(group, cause);
            }
        }
    }

    fn set_nodes(&mut self, nodes: &str) {
        self.local.policy.nodes = format!("{}\n    {nodes}", self.nodes);
    }

    fn apply(&self) -> Plan {
        self.local.apply()
    }

    fn document(&self) -> Value {
        self.local.document()
    }

    fn edit(&mut self, edit: &mut dyn FnMut(&mut Value)) {
        self.local.edit(edit);
    }
}

#[test]
fn every_cause_action_and_grace_period_has_its_course() {
    expect_the_table(|_| Files::new());
}
