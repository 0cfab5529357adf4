//! Whatever changes its name stays itself.

use serde_json::Value;

use crate::support::organization::text;
use crate::support::samba::GroupKind;
use crate::support::scene::{Scene, set};

/// What a change of a plan does to a field.
fn field<'c>(change: &'c Value, name: &str) -> (&'c Value, &'c Value) {
    let fields = change["fields"].as_array().unwrap();
    let field =
        fields.iter().find(|field| field["field"] == name).unwrap_or_else(|| panic!("no {name} in {change}"));
    (&field["before"], &field["after"])
}

#[test]
fn a_new_logon_name_mail_name_and_place_are_one_update_in_place() {
    let scene = Scene::new("renames");
    let own = &scene.container;
    let ada = own.add_member("ada");
    let group = own.add_nested_group("Analysts");
    scene.samba.add_member(&group, &ada);
    scene.apply();
    let user_id = scene.organization.user_id("ada-renames");
    let group_id = text(&scene.organization.groups()["Analysts"]["id"]);

    scene.samba.replace(&ada, "sAMAccountName", &["lovelace-renames"]);
    scene.samba.replace(&ada, "mail", &["lovelace@corp.example.com"]);
    scene.samba.replace(&ada, "sn", &["Lovelace"]);
    let ada = scene.samba.rename(&ada, "CN=Ada Lovelace");
    let ada = scene.samba.move_to(&ada, &own.add_unit("London"));
    scene.samba.rename(&group, "CN=Mathematicians");

    let plan = scene.apply();
    assert_eq!((plan.count("create"), plan.count("remove"), plan.count("update")), (0, 0, 2));
    assert_eq!((plan.count("memberships_added"), plan.count("memberships_removed")), (0, 0));
    let change = plan.changes("user", "update")[0];
    assert_eq!(change["jumpcloud_id"], user_id);
    assert_eq!(field(change, "username").0, "ada-renames");
    assert_eq!(field(change, "external_dn").1, &ada);
    assert_eq!(field(plan.changes("group", "update")[0], "name").1, "Mathematicians");

    let user = scene.organization.user("lovelace-renames");
    assert_eq!((&user["_id"], &user["lastname"]), (&user_id.into(), &"Lovelace".into()));
    assert_eq!(user["email"], "lovelace@corp.example.com");
    assert_eq!(scene.organization.groups()["Mathematicians"]["id"], group_id);
    assert_eq!(scene.organization.members("Mathematicians"), set(["lovelace-renames"]));
}

#[test]
fn a_renamed_container_moves_everybody_in_place() {
    let mut scene = Scene::new("unitrename");
    let own = &scene.container;
    let unit = own.add_unit("London");
    let ada = own.add_member("ada");
    let ada = scene.samba.move_to(&ada, &unit);
    let group = own.add_nested_group("Analysts");
    scene.samba.add_member(&group, &ada);
    scene.samba.move_to(&group, &unit);
    scene.apply();
    let user_id = scene.organization.user_id("ada-unitrename");
    let group_id = text(&scene.organization.groups()["Analysts"]["id"]);

    let renamed = scene.samba.rename(&unit, "OU=Paris");
    let plan = scene.apply();
    assert_eq!((plan.count("create"), plan.count("remove"), plan.count("update")), (0, 0, 1));
    let change = plan.changes("user", "update")[0];
    let (before, after) = field(change, "external_dn");
    assert_eq!((before, after), (&ada.clone().into(), &ada.replace(&unit, &renamed).into()));
    assert_eq!(
        (scene.organization.user_id("ada-unitrename"), text(&scene.organization.groups()["Analysts"]["id"])),
        (user_id.clone(), group_id.clone())
    );

    // The root container itself: under its old name there is nothing to read, and nobody has left.
    let root = own.dn().to_owned();
    let moved = scene.samba.rename(&root, "OU=unitrename-renamed");
    assert!(scene.refused(1).contains(&root));
    scene.policy.root_container = moved;
    let plan = scene.apply();
    assert_eq!((plan.count("create"), plan.count("remove"), plan.count("update")), (0, 0, 1));
    assert_eq!(
        (scene.organization.user_id("ada-unitrename"), text(&scene.organization.groups()["Analysts"]["id"])),
        (user_id, group_id)
    );
}

#[test]
fn two_users_swap_their_names() {
    let scene = Scene::new("swap");
    let own = &scene.container;
    let (ada, ben) = (own.add_member("ada"), own.add_member("ben"));
    scene.apply();
    let (ada_id, ben_id) = (scene.organization.user_id("ada-swap"), scene.organization.user_id("ben-swap"));

    // Active Directory itself has no two users of one name, not even for a moment.
    scene.samba.replace(&ada, "sAMAccountName", &["moment-swap"]);
    scene.samba.replace(&ada, "userPrincipalName", &["moment-swap@corp.example.com"]);
    for (user, name) in [(&ben, "ada"), (&ada, "ben")] {
        scene.samba.replace(user, "sAMAccountName", &[&own.logon_name(name)]);
        scene.samba.replace(user, "userPrincipalName", &[&own.mail(name)]);
        scene.samba.replace(user, "mail", &[&own.mail(name)]);
    }
    let plan = scene.apply();
    assert_eq!((plan.count("create"), plan.count("remove"), plan.count("update")), (0, 0, 2));
    let parked: Vec<&Value> = plan
        .changes("user", "update")
        .into_iter()
        .map(|change| &change["parked"])
        .filter(|p| p.is_object())
        .collect();
    assert_eq!(parked.len(), 1, "one of the two waits under another name");
    assert!(parked[0]["username"].as_str().unwrap().starts_with("adj-"), "{}", parked[0]);
    assert!(parked[0]["email"].as_str().unwrap().ends_with("@corp.example.com"), "{}", parked[0]);
    assert_eq!(scene.organization.user_id("ada-swap"), ben_id);
    assert_eq!(scene.organization.user_id("ben-swap"), ada_id);
    assert_eq!(scene.organization.user("ben-swap")["email"], own.mail("ben"));
}

#[test]
fn two_groups_swap_their_names() {
    let scene = Scene::new("groupswap");
    let own = &scene.container;
    let (red, blue) = (own.add_nested_group("Red"), own.add_nested_group("Blue"));
    own.add_member("ada");
    scene.apply();
    let id = |name: &str| text(&scene.organization.groups()[name]["id"]);
    let (red_id, blue_id) = (id("Red"), id("Blue"));

    let moment = scene.samba.rename(&red, "CN=Moment");
    scene.samba.rename(&blue, "CN=Red");
    scene.samba.rename(&moment, "CN=Blue");
    let plan = scene.apply();
    assert_eq!((plan.count("update"), plan.count("create"), plan.count("remove")), (2, 0, 0));
    assert_eq!((id("Red"), id("Blue")), (blue_id, red_id));
}

#[test]
fn a_new_hire_takes_the_name_of_a_leaver() {
    let scene = Scene::new("heir");
    let own = &scene.container;
    let leaver = own.add_member("cole");
    own.add_member("ada");
    scene.apply();
    let old_id = scene.organization.user_id("cole-heir");

    scene.samba.disable(&leaver);
    scene.samba.replace(&leaver, "sAMAccountName", &["left-heir"]);
    scene.samba.replace(&leaver, "userPrincipalName", &["left@corp.example.com"]);
    scene.samba.replace(&leaver, "mail", &[]);
    let heir = own.add_member_with(
        "James Cole",
        &[
            ("sAMAccountName", "cole-heir"),
            ("userPrincipalName", &own.mail("cole")),
            ("mail", &own.mail("cole")),
        ],
    );
    let plan = scene.apply();
    assert_eq!(plan.names("user", "create"), set(["cole-heir"]));
    assert_eq!(plan.names("user", "remove"), set(["cole-heir"]), "a removal shows the name that goes");
    let user = scene.organization.user("cole-heir");
    assert_ne!(user["_id"], old_id);
    assert_eq!(user["firstname"], "James Cole");
    assert_eq!(user["external_dn"], heir);
    assert_eq!(scene.organization.members("JumpCloud"), set(["ada-heir", "cole-heir"]));
}

#[test]
fn a_change_of_case_alone_is_no_change() {
    let scene = Scene::new("lettercase");
    let own = &scene.container;
    let ada = own.add_member("ada");
    let group = own.add_group("Analysts", GroupKind::Security);
    scene.samba.add_member(&own.security_group(), &group);
    scene.apply();
    scene.samba.replace(&ada, "sAMAccountName", &["ADA-lettercase"]);
    scene.samba.replace(&ada, "mail", &["ADA-lettercase@CORP.example.com"]);
    assert_eq!(scene.plan().0["changes"], Value::Array(Vec::new()));
}
