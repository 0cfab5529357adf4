//! Groups in groups become groups of people.

use serde_json::json;

use crate::support::organization::Organization;
use crate::support::samba::GroupKind;
use crate::support::scene::{Scene, set};

/// Group1 ⊃ User1, User2, Group2 and Group2 ⊃ User3, User4.
fn two_groups(scene: &Scene) -> (String, String) {
    let (samba, own) = (scene.samba, &scene.container);
    let group1 = own.add_nested_group("Group1");
    let group2 = own.add_group("Group2", GroupKind::Security);
    for (group, user) in [(&group1, "User1"), (&group1, "User2"), (&group2, "User3"), (&group2, "User4")] {
        samba.add_member(group, &own.add_user(user));
    }
    samba.add_member(&group1, &group2);
    (group1, group2)
}

#[test]
fn a_group_holds_the_people_of_the_groups_in_it() {
    let scene = Scene::new("flat");
    two_groups(&scene);
    let plan = scene.apply();
    assert_eq!((plan.count("create"), plan.count("memberships_added")), (7, 10));

    let all = set(["User1-flat", "User2-flat", "User3-flat", "User4-flat"]);
    assert_eq!(scene.organization.members("JumpCloud"), all);
    assert_eq!(scene.organization.members("Group1"), all);
    assert_eq!(scene.organization.members("Group2"), set(["User3-flat", "User4-flat"]));
}

#[test]
fn a_cycle_ends_the_walk() {
    let scene = Scene::new("cycle");
    let (group1, group2) = two_groups(&scene);
    scene.samba.add_member(&group2, &group1);
    scene.apply();
    let all = set(["User1-cycle", "User2-cycle", "User3-cycle", "User4-cycle"]);
    for group in ["JumpCloud", "Group1", "Group2"] {
        assert_eq!(scene.organization.members(group), all, "{group}");
    }
}

#[test]
fn members_that_jumpcloud_added_stay() {
    let mut scene = Scene::new("guests");
    let ada = scene.container.add_member("ada");
    scene.container.add_member("ben");
    scene.apply();

    let mut document = scene.organization.document();
    let guest = json!({"_id": "5f1b881d9b3a4d2b3c4d5e6f", "username": "guest", "email": "guest@example.org"});
    document["users"].as_array_mut().unwrap().push(guest);
    document["groups"][0]["members"].as_array_mut().unwrap().push(json!("guest"));
    scene.organization = Organization::of(&document);

    scene.samba.remove_member(&scene.container.security_group(), &ada);
    let plan = scene.apply();
    assert_eq!(plan.removals().len(), 1);
    assert_eq!(scene.organization.members("JumpCloud"), set(["ben-guests", "guest"]));
}

#[test]
fn a_second_apply_writes_nothing() {
    let scene = Scene::new("twice");
    two_groups(&scene);
    scene.apply();
    let writes = scene.organization.writes();
    assert!(writes > 0);
    scene.apply();
    assert_eq!(scene.organization.writes(), writes);
    assert_eq!(scene.run(&["plan", "--detailed-exitcode"]).code, 0);
}

#[test]
fn a_primary_group_has_its_people() {
    let scene = Scene::new("primary");
    let own = &scene.container;
    let group = own.add_nested_group("Staff");
    let ada = own.add_user("ada");
    scene.samba.add_member(&group, &ada);
    scene.samba.set_primary_group(&ada, &group);
    scene.apply();
    assert_eq!(scene.organization.members("Staff"), set(["ada-primary"]));
    assert_eq!(scene.organization.members("JumpCloud"), set(["ada-primary"]));
}

#[test]
fn distribution_groups_and_groups_outside_are_not_walked() {
    let scene = Scene::new("unwalked");
    let own = &scene.container;
    own.add_member("ada");
    let list = own.add_group("List", GroupKind::Distribution);
    scene.samba.add_member(&list, &own.add_user("ben"));
    let outside = "CN=Outside-unwalked,CN=Users,DC=corp,DC=example,DC=com";
    scene.samba.add(outside, &[("objectClass", "group"), ("sAMAccountName", "outside-unwalked")]);
    scene.samba.add_member(outside, &own.add_user("cleo"));
    for group in [&list, outside] {
        scene.samba.add_member(&own.security_group(), group);
    }
    let plan = scene.apply();
    assert_eq!(plan.names("user", "create"), set(["ada-unwalked"]));
    assert_eq!(plan.names("group", "create"), set(["JumpCloud"]));
    let notes = plan.0["notes"].to_string();
    assert!(notes.contains("List") && notes.contains("Outside-unwalked"), "{notes}");
}
