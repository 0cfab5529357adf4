//! The table of leavers on a real domain controller: the same lines as from a file, to the letter.

use serde_json::Value;

use crate::leaving::{CAUSES, Stage, expect_the_table, organization};
use crate::support::organization::Organization;
use crate::support::samba::Samba;
use crate::support::scene::{Plan, Scene};

/// A container of the domain controller, and an organization over HTTP.
struct Live {
    scene: Scene,
    team: String,
    nodes: String,
    /// A container outside of the root container.
    away: String,
    /// objectGUID of the `deleted` user.
    deleted: String,
}

impl Live {
    fn new(name: &str) -> Self {
        let mut scene = Scene::new(&format!("lv{name}"));
        scene.organization = Organization::of(&organization());
        let own = &scene.container;
        own.add_member("stays");
        let team = own.add_nested_group("Team");
        for cause in CAUSES {
            let dn = own.add_member(cause);
            scene.samba.add_member(&team, &dn);
        }
        let away = format!("OU=lv{name}-away,OU=Tests,{}", Samba::BASE);
        scene.samba.add(&away, &[("objectClass", "organizationalUnit")]);
        let deleted = scene.samba.guid(&own.dn_of("deleted"));
        Self { nodes: scene.policy.nodes.clone(), team, away, deleted, scene }
    }
}

impl Stage for Live {
    fn username(&self, cause: &str) -> String {
        self.scene.container.logon_name(cause)
    }

    fn guid(&self, cause: &str) -> String {
        self.scene.samba.guid(&self.dn(cause))
    }

    fn dn(&self, cause: &str) -> String {
        self.scene.container.dn_of(cause)
    }

    fn leave(&mut self, cause: &str) {
        let (samba, dn) = (self.scene.samba, self.dn(cause));
        match cause {
            "deleted" => samba.delete(&dn),
            "disabled" => samba.disable(&dn),
            "expired" => samba.expire(&dn),
            "moved" => drop(samba.move_to(&dn, &self.away)),
            "left" => {
                for group in [self.scene.container.security_group(), self.team.clone()] {
                    samba.remove_member(&group, &dn);
                }
            }
            _ => {}
        }
    }

    fn come_back(&mut self, cause: &str) {
        let (samba, own, dn) = (self.scene.samba, &self.scene.container, self.dn(cause));
        match cause {
            "deleted" => own.restore_user(cause, &self.deleted),
            "disabled" => samba.enable(&dn),
            "expired" => samba.replace(&dn, "accountExpires", &["0"]),
            "moved" => drop(samba.move_to(&format!("CN=moved,{}", self.away), own.dn())),
            _ => {}
        }
        if matches!(cause, "deleted" | "left") {
            for group in [own.security_group(), self.team.clone()] {
                samba.add_member(&group, &dn);
            }
        }
    }

    fn set_nodes(&mut self, nodes: &str) {
        self.scene.policy.nodes = format!("{}\n    {nodes}", self.nodes);
    }

    fn apply(&self) -> Plan {
        self.scene.apply()
    }

    fn document(&self) -> Value {
        self.scene.organization.document()
    }

    fn edit(&mut self, edit: &mut dyn FnMut(&mut Value)) {
        let mut document = self.document();
        edit(&mut document);
        self.scene.organization = Organization::of(&document);
    }
}

#[test]
fn every_cause_action_and_grace_period_has_the_same_course_as_from_a_file() {
    expect_the_table(Live::new);
}
