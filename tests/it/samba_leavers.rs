//! Who leaves, and why.

use adjunct::model::ObjectGuid;
use serde_json::json;

use crate::support::organization::Organization;
use crate::support::scene::{Scene, pairs, set};

#[test]
fn each_cause_is_told() {
    let mut scene = Scene::new("leavers");
    let own = &scene.container;
    let names = ["stays", "disabled", "expired", "moved", "gone", "left", "excluded"];
    let dns = names.map(|name| own.add_member(name));
    let [_, disabled, expired, moved, gone, left, _] = &dns;
    let group = own.add_nested_group("Team");
    scene.samba.add_member(&group, left);
    scene.apply();
    assert_eq!(scene.organization.users().len(), 7);

    scene.samba.disable(disabled);
    scene.samba.expire(expired);
    scene.samba.move_to(moved, "CN=Users,DC=corp,DC=example,DC=com");
    scene.samba.delete(gone);
    scene.samba.remove_member(&own.security_group(), left);
    scene.samba.remove_member(&own.security_group(), &group);
    scene.add_to_policy(r#"exclude { user "excluded-*" reason="asked for" }"#);

    let plan = scene.apply();
    let expected = pairs([
        ("disabled-leavers", "disabled"),
        ("expired-leavers", "expired"),
        ("moved-leavers", "moved"),
        ("gone-leavers", "deleted"),
        ("left-leavers", "left"),
        ("excluded-leavers", "excluded"),
        ("Team", "left"),
    ]);
    assert_eq!(plan.removals(), expected);
    assert_eq!(plan.count("memberships_removed"), 0, "memberships go with what goes");
    assert_eq!(scene.organization.members("JumpCloud"), set(["stays-leavers"]));
    assert_eq!(scene.organization.users().len(), 1);
    assert_eq!(scene.organization.groups().len(), 1);
}

#[test]
fn deleted_and_moved_groups_go() {
    let scene = Scene::new("groupsleave");
    let own = &scene.container;
    own.add_member("ada");
    let (gone, moved) = (own.add_nested_group("Gone"), own.add_nested_group("Moved"));
    scene.apply();
    scene.samba.delete(&gone);
    scene.samba.rename(&moved, "CN=Moved-groupsleave");
    scene.samba.move_to(&own.dn_of("Moved-groupsleave"), "CN=Users,DC=corp,DC=example,DC=com");
    let plan = scene.apply();
    assert_eq!(plan.removals(), pairs([("Gone", "deleted"), ("Moved", "moved")]));
}

#[test]
fn a_user_whom_jumpcloud_created_today_is_not_taken_for_deleted() {
    let mut scene = Scene::new("young");
    let own = &scene.container;
    own.add_member("ada");
    let ben = own.add_member("ben");
    scene.apply();
    scene.samba.delete(&ben);
    let mut document = scene.organization.document();
    for user in document["users"].as_array_mut().unwrap() {
        // Later than any clock says: as young as can be.
        user["created"] = json!("2999-01-01T00:00:00Z");
    }
    scene.organization = Organization::of(&document);
    let plan = scene.plan();
    assert_eq!(plan.removals(), pairs([]));
    assert_eq!(plan.held_back(), pairs([("ben-young", "unreadable")]));
}

#[test]
fn more_removals_than_the_policy_allows_stop_everything() {
    let mut scene = Scene::new("guarded");
    scene.policy.nodes = String::new();
    let own = &scene.container;
    let dns = ["ada", "ben", "cleo", "dora"].map(|name| own.add_member(name));
    scene.apply();
    scene.samba.disable(&dns[0]);
    scene.samba.disable(&dns[1]);
    let writes = scene.organization.writes();
    let answer = scene.run(&["apply", "--auto-approve"]);
    assert_eq!(answer.code, 3, "{}", answer.stderr);
    let said = format!("{}{}", answer.stdout, answer.stderr);
    assert!(said.contains("--allow removals=2"), "{said}");
    assert_eq!(scene.run(&["plan"]).code, 3);
    assert_eq!(scene.organization.writes(), writes);

    let answer = scene.run(&["apply", "--auto-approve", "--allow", "removals=2"]);
    assert_eq!(answer.code, 0, "{}", answer.stderr);
    assert_eq!(scene.organization.users().len(), 2);
}

#[test]
fn an_empty_security_group_stops_everything() {
    let scene = Scene::new("emptied");
    let own = &scene.container;
    let ada = own.add_member("ada");
    scene.apply();
    scene.samba.remove_member(&own.security_group(), &ada);
    let writes = scene.organization.writes();
    let answer = scene.run(&["apply", "--auto-approve"]);
    assert_eq!(answer.code, 3, "{}", answer.stderr);
    assert!(format!("{}{}", answer.stdout, answer.stderr).contains("--allow empty"), "{}", answer.stdout);
    assert_eq!(scene.organization.writes(), writes);
}

#[test]
fn owned_users_carry_the_guid_of_the_directory() {
    let scene = Scene::new("marks");
    let ada = scene.container.add_member("ada");
    scene.apply();
    let guid: ObjectGuid = scene.samba.guid(&ada).parse().unwrap();
    let user = scene.organization.user("ada-marks");
    let attributes = user["attributes"].as_array().unwrap();
    let mark = |name: &str| attributes.iter().find(|one| one["name"] == name).map(|one| one["value"].clone());
    assert_eq!(mark("adObjectGuid"), Some(guid.to_string().into()));
    assert_eq!(mark("adDomain"), Some("corp.example.com".into()));
    assert_eq!(mark("adPolicy"), Some("test".into()));
    assert_eq!(
        (&user["external_dn"], &user["external_source_type"]),
        (&ada.into(), &"active_directory".into())
    );
    assert_eq!(user["state"], "ACTIVATED");
}
