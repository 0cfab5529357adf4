//! Administrator rights when the domain controller hides who has them.

use serde_json::json;

use crate::support::samba::{Denied, GroupKind};
use crate::support::scene::Scene;

/// `ada` and `ben`, both in the administrators group.
fn scene(name: &str) -> Scene {
    let mut scene = Scene::new(name);
    scene.add_to_policy("administrators-group \"Admins\"");
    let admins = scene.container.add_group("Admins", GroupKind::Security);
    for name in ["ada", "ben"] {
        let dn = scene.container.add_member(name);
        scene.samba.add_member(&admins, &dn);
    }
    scene.apply();
    assert_eq!(administrators(&scene), ["ada", "ben"].map(|name| scene.container.logon_name(name)));
    scene
}

fn administrators(scene: &Scene) -> Vec<String> {
    let users = scene.organization.users().into_iter();
    users.filter(|(_, user)| user["sudo"] == true).map(|(name, _)| name).collect()
}

#[test]
fn hidden_members_of_the_administrators_group_cost_nobody_the_rights() {
    let scene = scene("hiddenadmins");
    scene.samba.deny(&scene.container.dn_of("Admins"), Denied::Member);
    let before = scene.organization.document();
    let plan = scene.apply();
    assert_eq!(plan.0["changes"], json!([]));
    let notes = plan.0["notes"].as_array().unwrap().iter();
    assert_eq!(notes.filter(|note| note["code"] == "administrator-unclear").count(), 2);
    assert_eq!(scene.organization.document(), before);
}

#[test]
fn an_administrators_group_that_is_hidden_itself_stops_everything() {
    let scene = scene("hiddenadmingroup");
    scene.samba.deny(&scene.container.dn_of("Admins"), Denied::Everything);
    let before = scene.organization.document();
    assert!(scene.refused(1).contains("administrators group"));
    assert_eq!(scene.organization.document(), before);
}

#[test]
fn rights_that_both_sides_of_the_directory_hide_are_lost_in_sight_of_who_approves() {
    let scene = scene("bothhidden");
    scene.samba.deny(&scene.container.dn_of("Admins"), Denied::Member);
    scene.samba.deny(&scene.container.dn_of("ada"), Denied::MemberOf);
    // Active Directory answers a hidden attribute as one without values, so nothing tells ada from somebody who was
    // taken out of the group. The plan says so before anything happens.
    let plan = scene.plan();
    let ada = scene.container.logon_name("ada");
    assert_eq!(plan.names("user", "update"), [ada].into());
    let [change] = plan.changes("user", "update")[..] else { panic!("{plan:?}") };
    assert_eq!(change["fields"], json!([{ "field": "sudo", "before": "true", "after": "false" }]));
    assert_eq!(change["because"], "differs from Active Directory in the administrators group");
    scene.apply();
    assert_eq!(administrators(&scene), [scene.container.logon_name("ben")]);
}
