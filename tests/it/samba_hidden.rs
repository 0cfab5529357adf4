//! A read can be whole and yet not show everything. Nobody is removed for that.

use std::collections::BTreeSet;

use crate::support::proxy::Proxy;
use crate::support::samba::Denied;
use crate::support::scene::{Scene, pairs};

#[test]
fn a_hidden_nested_group_costs_nobody_his_account() {
    let scene = Scene::new("hiddengroup");
    let own = &scene.container;
    own.add_member("ada");
    let team = own.add_nested_group("Team");
    for name in ["ben", "cleo"] {
        scene.samba.add_member(&team, &own.add_user(name));
    }
    scene.apply();
    let before = scene.organization.document();

    scene.samba.deny(&team, Denied::Everything);
    let plan = scene.apply();
    assert_eq!(plan.removals(), pairs([]));
    let expected = pairs([
        ("Team", "unreadable"),
        ("ben-hiddengroup", "unreadable"),
        ("cleo-hiddengroup", "unreadable"),
    ]);
    assert_eq!(plan.held_back(), expected);
    assert_eq!(scene.organization.document(), before);
}

#[test]
fn a_group_in_a_hidden_container_costs_nobody_his_account() {
    let scene = Scene::new("hiddenunit");
    let own = &scene.container;
    own.add_member("ada");
    let team = own.add_nested_group("Team");
    scene.samba.add_member(&team, &own.add_user("ben"));
    scene.apply();
    let before = scene.organization.document();

    let dark = own.add_unit("Dark");
    scene.samba.move_to(&team, &dark);
    scene.samba.deny(&dark, Denied::Children);
    assert_eq!(scene.apply().removals(), pairs([]));
    assert_eq!(scene.organization.document(), before);
}

#[test]
fn hidden_members_of_a_nested_group_cost_nobody_his_account() {
    let scene = Scene::new("hiddenlist");
    let own = &scene.container;
    own.add_member("ada");
    let team = own.add_nested_group("Team");
    scene.samba.add_member(&team, &own.add_user("ben"));
    scene.apply();
    let before = scene.organization.document();

    scene.samba.deny(&team, Denied::Member);
    let plan = scene.apply();
    assert_eq!(plan.removals(), pairs([]));
    assert!(plan.held_back().contains(&("ben-hiddenlist".to_owned(), "unreadable".to_owned())), "{plan:?}");
    assert_eq!(scene.organization.document(), before);
}

#[test]
fn hidden_members_of_the_security_group_stop_everything() {
    let scene = Scene::new("hiddenall");
    let own = &scene.container;
    for name in ["ada", "ben"] {
        own.add_member(name);
    }
    scene.apply();
    let before = scene.organization.document();

    scene.samba.deny(&own.security_group(), Denied::Member);
    let answer = scene.run(&["apply", "--auto-approve", "--format", "json"]);
    assert_eq!(answer.code, 3, "{}\n{}", answer.stdout, answer.stderr);
    let answer = scene.run(&["apply", "--auto-approve", "--allow", "empty"]);
    assert_eq!(answer.code, 0, "{}\n{}", answer.stdout, answer.stderr);
    assert_eq!(scene.organization.document(), before, "and even so nobody is removed");
}

#[test]
fn a_hidden_user_keeps_his_account() {
    let scene = Scene::new("hiddenuser");
    let own = &scene.container;
    own.add_member("ada");
    let ben = own.add_member("ben");
    scene.apply();
    let before = scene.organization.document();

    scene.samba.deny(&ben, Denied::Everything);
    let plan = scene.apply();
    assert_eq!(plan.removals(), pairs([]));
    assert_eq!(plan.held_back(), pairs([("ben-hiddenuser", "unreadable")]));
    assert_eq!(scene.organization.document(), before);
}

#[test]
fn a_user_renamed_between_two_searches_keeps_his_account() {
    let mut scene = Scene::new("race");
    let own = &scene.container;
    own.add_member("ada");
    let ben = own.add_member("ben");
    scene.apply();
    let id = scene.organization.user_id("ben-race");

    let (samba, container) = (scene.samba, own.dn().to_owned());
    let mut filters = BTreeSet::new();
    let mut pending = Some(ben);
    let proxy = Proxy::start(samba, move |search| {
        let is_of_container =
            str::from_utf8(search.base_object.0.as_bytes()).is_ok_and(|base| base == container);
        if is_of_container && filters.insert(format!("{:?}", search.filter)) && filters.len() == 2 {
            samba.rename(&pending.take().unwrap(), "CN=Benjamin");
        }
    });
    let directly = std::mem::replace(&mut scene.policy.server, proxy.url());
    let plan = scene.plan();
    assert_eq!(plan.removals(), pairs([]));
    assert!(own_entry_exists(&scene), "the user was renamed on the way");

    scene.policy.server = directly;
    let plan = scene.apply();
    assert_eq!((plan.count("update"), plan.count("remove")), (1, 0));
    assert_eq!(scene.organization.user_id("ben-race"), id);
}

fn own_entry_exists(scene: &Scene) -> bool {
    crate::support::samba::read(&mut scene.samba.reader(), &scene.container.dn_of("Benjamin"), &["cn"])
        .is_some()
}
