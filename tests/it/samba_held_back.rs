//! Who is selected and cannot be imported now: held back with the reason, and left as he is.

use serde_json::{Value, json};

use crate::support::organization::Organization;
use crate::support::samba::{GroupKind, Samba};
use crate::support::scene::{Scene, pairs, set};

#[test]
fn each_reason_of_the_directory_is_told() {
    let mut scene = Scene::new("held");
    let own = &scene.container;
    own.add_member("fine");
    own.add_member_with("admin", &[("adminCount", "1")]);
    own.add_member_with("nogiven", &[("givenName", "")]);
    own.add_member_with("nosn", &[("sn", "")]);
    own.add_member_with("nomail", &[("mail", ""), ("userPrincipalName", "")]);
    own.add_member_with("upnonly", &[("mail", "")]);
    own.add_member_with("digit", &[("sAMAccountName", "1digit-held")]);
    own.add_member_with("badmail", &[("mail", "not an address")]);
    own.add_member_with("twin1", &[("mail", "twins-held@corp.example.com")]);
    own.add_member_with("twin2", &[("mail", "TWINS-held@corp.example.com")]);
    let reader = own.add_member("reader");
    scene.samba.set_password(&reader, "Reader-1");
    let unit = own.add_unit("Unit");
    let again = format!("CN=Team,{unit}");
    scene.samba.add(
        &again,
        &[("objectClass", "group"), ("sAMAccountName", "Team2-held"), ("groupType", "-2147483646")],
    );
    own.add_nested_group("Team");
    scene.samba.add_member(&own.security_group(), &again);
    (scene.policy.bind, scene.policy.password) = (reader, "Reader-1".to_owned());

    let plan = scene.apply();
    let expected = pairs([
        ("admin-held", "privileged"),
        ("reader-held", "service-account"),
        ("nogiven-held", "missing-firstname"),
        ("nosn-held", "missing-lastname"),
        ("nomail-held", "missing-email"),
        ("1digit-held", "invalid-username"),
        ("badmail-held", "invalid-email"),
        ("twin1-held", "duplicate-email"),
        ("twin2-held", "duplicate-email"),
        ("Team", "duplicate-name"),
    ]);
    assert_eq!(plan.held_back(), expected);
    assert_eq!(plan.0["held_back"].as_array().unwrap().len(), 11, "both groups of one name wait");
    assert_eq!(plan.names("user", "create"), set(["fine-held", "upnonly-held"]));
    assert_eq!(scene.organization.user("upnonly-held")["email"], own.mail("upnonly"));
    assert_eq!(scene.organization.members("JumpCloud"), set(["fine-held", "upnonly-held"]));
}

#[test]
fn usernames_from_another_attribute_can_be_missing_and_shared() {
    let mut scene = Scene::new("ids");
    scene.add_to_policy(r#"attributes { username "employeeID" }"#);
    let own = &scene.container;
    own.add_member_with("ada", &[("employeeID", "ada")]);
    own.add_member_with("noid", &[]);
    own.add_member_with("twin1", &[("employeeID", "twin")]);
    own.add_member_with("twin2", &[("employeeID", "Twin")]);
    let plan = scene.apply();
    let reasons: Vec<&Value> =
        plan.0["held_back"].as_array().unwrap().iter().map(|one| &one["reason"]).collect();
    assert_eq!(reasons.len(), 3, "{reasons:?}");
    assert_eq!(reasons.iter().filter(|reason| **reason == "missing-username").count(), 1);
    assert_eq!(reasons.iter().filter(|reason| **reason == "duplicate-username").count(), 2);
    assert_eq!(scene.organization.members("JumpCloud"), set(["ada"]));
}

#[test]
fn names_that_jumpcloud_has_given_away_are_taken() {
    let mut scene = Scene::new("taken");
    scene.organization = Organization::of(&json!({
        "users": [
            {"username": "ADA-taken", "email": "someone@example.org"},
            {"username": "someone", "email": "Ben-Taken@corp.example.com"},
        ],
        "groups": [
            {"name": "team", "membershipMethod": "STATIC", "members": []},
        ],
    }));
    let own = &scene.container;
    for name in ["ada", "ben", "cleo"] {
        own.add_member(name);
    }
    own.add_nested_group("Team");
    let before = scene.organization.users();
    let plan = scene.apply();
    let expected =
        pairs([("ada-taken", "taken-username"), ("ben-taken", "taken-email"), ("Team", "taken-name")]);
    assert_eq!(plan.held_back(), expected);
    for (name, user) in before {
        assert_eq!(scene.organization.user(&name), user);
    }
    assert_eq!(scene.organization.members("team"), set([]));
}

#[test]
fn what_is_held_back_later_is_left_as_it_is() {
    let scene = Scene::new("later");
    let (samba, own) = (scene.samba, &scene.container);
    let [admin, nosn, badmail, _] = ["admin", "nosn", "badmail", "fine"].map(|name| own.add_member(name));
    let group = own.add_nested_group("Team");
    samba.add_member(&group, &admin);
    scene.apply();
    let before = scene.organization.document();

    samba.replace(&admin, "adminCount", &["1"]);
    samba.replace(&admin, "givenName", &["Somebody Else"]);
    samba.remove_member(&group, &admin);
    samba.replace(&nosn, "sn", &[]);
    samba.replace(&nosn, "mail", &["new-later@corp.example.com"]);
    samba.replace(&badmail, "mail", &["not an address"]);
    let plan = scene.plan();
    let expected = pairs([
        ("admin-later", "privileged"),
        ("nosn-later", "missing-lastname"),
        ("badmail-later", "invalid-email"),
    ]);
    assert_eq!(plan.held_back(), expected);
    scene.apply();
    assert_eq!(scene.organization.document(), before);
}

/// An organization after a first apply, changed.
fn changed(scene: &mut Scene, change: impl FnOnce(&mut Value)) {
    let mut document = scene.organization.document();
    change(&mut document);
    scene.organization = Organization::of(&document);
}

fn user_of<'d>(document: &'d mut Value, name: &str) -> &'d mut Value {
    document["users"].as_array_mut().unwrap().iter_mut().find(|user| user["username"] == name).unwrap()
}

#[test]
fn two_users_with_one_mark_are_left_alone() {
    let mut scene = Scene::new("doublemark");
    let ada = scene.container.add_member("ada");
    scene.container.add_member("ben");
    scene.apply();
    changed(&mut scene, |document| {
        let mut copy = user_of(document, "ada-doublemark").clone();
        copy["_id"] = json!("5f1b881d9b3a4d2b3c4d5e6f");
        copy["username"] = json!("copy");
        copy["email"] = json!("copy@example.org");
        document["users"].as_array_mut().unwrap().push(copy);
    });
    let before = scene.organization.document();
    scene.samba.replace(&ada, "sn", &["Lovelace"]);
    assert_eq!(scene.apply().held_back(), pairs([("ada-doublemark", "duplicate-mark")]));
    scene.samba.disable(&ada);
    assert_eq!(scene.apply().removals(), pairs([]), "nor is either removed");
    assert_eq!(scene.organization.document(), before);
}

#[test]
fn a_group_whose_members_jumpcloud_computes_is_left_alone() {
    let mut scene = Scene::new("dynamic");
    scene.container.add_member("ada");
    scene.container.add_nested_group("Team");
    scene.apply();
    changed(&mut scene, |document| {
        for group in document["groups"].as_array_mut().unwrap() {
            if group["name"] == "Team" {
                group["membershipMethod"] = json!("DYNAMIC_AUTOMATED");
            }
        }
    });
    let ben = scene.container.add_member("ben");
    scene.samba.add_member(&scene.container.dn_of("Team"), &ben);
    let plan = scene.apply();
    assert_eq!(plan.held_back(), pairs([("Team", "dynamic-group")]));
    assert_eq!(scene.organization.members("Team"), set([]));
}

#[test]
fn a_console_administrator_is_never_removed() {
    let mut scene = Scene::new("console");
    let boss = scene.container.add_member("boss");
    scene.container.add_member("ada");
    scene.apply();
    changed(&mut scene, |document| {
        user_of(document, "boss-console")["admin"] =
            json!({"id": "5f1b881d9b3a4d2b3c4d5e6f", "roleName": "Administrator"});
    });
    scene.samba.disable(&boss);
    let plan = scene.apply();
    assert_eq!(plan.removals(), pairs([]));
    assert_eq!(plan.held_back(), pairs([("boss-console", "protected")]));
    assert_eq!(scene.organization.user("boss-console")["state"], "ACTIVATED");
}

#[test]
fn other_kinds_of_members_are_no_users() {
    let scene = Scene::new("kinds");
    let (samba, own) = (scene.samba, &scene.container);
    own.add_member("ada");
    let others = [
        ("Partner", vec![("objectClass", "contact"), ("mail", "partner@example.org")]),
        (
            "PC-kinds",
            vec![
                ("objectClass", "computer"),
                ("sAMAccountName", "PC-kinds$"),
                ("userAccountControl", "4096"),
            ],
        ),
    ];
    for (name, attributes) in others {
        samba.add(&own.dn_of(name), &attributes);
        samba.add_member(&own.security_group(), &own.dn_of(name));
    }
    let outsider = format!("CN=Outsider-kinds,CN=Users,{}", Samba::BASE);
    samba.add(
        &outsider,
        &[("objectClass", "user"), ("sAMAccountName", "outsider-kinds"), ("userAccountControl", "512")],
    );
    samba.add_member(&own.security_group(), &outsider);
    own.add_group("Unrelated", GroupKind::Security);
    let plan = scene.apply();
    assert_eq!(plan.names("user", "create"), set(["ada-kinds"]));
    assert_eq!(plan.held_back(), pairs([]));
    let notes = plan.0["notes"].to_string();
    assert!(notes.contains("Outsider-kinds"), "{notes}");
}
