//! Which objects are never taken for a selected one.

use super::adopt::{bind, bind_group, world};
use super::world::{World, held, lines};
use crate::model::{Field, Mark, Note};
use crate::policy::Takeover;

/// What the plan does to users and groups, without memberships.
fn objects(world: &World) -> Vec<String> {
    lines(&world.plan()).into_iter().filter(|line| !line.contains(" member ")).collect()
}

#[test]
fn what_bears_half_a_mark_is_not_adopted_without_asking() {
    let mut world = world();
    let user = world.unowned("j1", "ada");
    bind(user);
    user.fields.insert(Field::custom(Mark::POLICY), "other".to_owned());
    world.jumpcloud_group("g1", "JumpCloud", "Theirs [ad:0000", &[]);
    bind_group(&mut world, "g1");
    let plan = world.plan();
    assert!(plan.is_empty(), "{:?}", lines(&plan));
    assert_eq!(held(&plan), ["ada: taken-username", "JumpCloud: taken-name"]);
    world.policy.takeover = Takeover::Adopt;
    assert_eq!(objects(&world), ["> user ada", "> group JumpCloud"]);
}

#[test]
fn a_group_name_that_stands_twice_on_either_side_pairs_nothing() {
    let mut in_jumpcloud = world();
    for id in ["g1", "g2"] {
        in_jumpcloud.jumpcloud_group(id, if id == "g1" { "JumpCloud" } else { "JUMPCLOUD" }, "", &[]);
        bind_group(&mut in_jumpcloud, id);
    }
    assert_eq!(objects(&in_jumpcloud), ["+ user ada"]);
    assert_eq!(held(&in_jumpcloud.plan()), ["JumpCloud: taken-name"]);

    let mut in_directory = world();
    for number in [2, 3] {
        in_directory.group(number, "Sales");
        in_directory.join(2, 1);
    }
    in_directory.group_mut(3).dn =
        crate::model::Dn::parse("CN=Sales,OU=EMEA,OU=Staff,DC=example,DC=com").unwrap();
    in_directory.join(3, 1);
    in_directory.jumpcloud_group("g1", "Sales", "", &[]);
    bind_group(&mut in_directory, "g1");
    assert_eq!(objects(&in_directory), ["+ user ada", "+ group JumpCloud"]);
    let adopted = |note: &Note| note.code == "not-adopted" && note.subject == "Sales";
    assert!(in_directory.plan().notes.iter().any(adopted));
}

#[test]
fn whoever_is_owned_already_adopts_nobody_else() {
    let mut world = world().applied();
    let user = world.unowned("j1", "someone");
    bind(user);
    user.fields.insert(Field::ExternalDn, "CN=ada,OU=Staff,DC=example,DC=com".to_owned());
    world.name_group(1, "People");
    world.jumpcloud_group("g1", "People", "", &["j1"]);
    bind_group(&mut world, "g1");
    world.policy.security_group.value = crate::policy::GroupSelector::Name("People".to_owned());
    let plan = world.plan();
    assert!(plan.is_empty(), "{:?}", lines(&plan));
    assert_eq!(held(&plan), ["People: taken-name"]);
    let mut noted: Vec<&str> = plan
        .notes
        .iter()
        .filter(|note| note.code == "not-adopted")
        .map(|note| note.subject.as_str())
        .collect();
    noted.sort_unstable();
    assert_eq!(noted, ["People", "someone"]);
}

#[test]
fn whoever_may_not_be_taken_over_keeps_the_name_as_well() {
    let mut world = world();
    world.user(11, "boss");
    world.join(11, 1);
    let user = world.unowned("j1", "boss");
    bind(user);
    user.is_console_administrator = true;
    user.fields.insert(Field::ExternalDn, "CN=ada,OU=Staff,DC=example,DC=com".to_owned());
    assert_eq!(held(&world.plan()), ["ada: protected", "boss: taken-username"]);
    assert_eq!(objects(&world), ["+ group JumpCloud"]);
}

#[test]
fn a_directory_object_is_known_by_its_domain_however_that_is_written() {
    for (written, is_ours) in [
        ("DC=example;DC=com", true),
        ("dc=EXAMPLE,dc=com", true),
        ("Example.com", true),
        ("DC=sub;DC=example;DC=com", false),
        ("sub.example.com", false),
        ("", false),
    ] {
        let mut world = world();
        world.organization.directories[0].domain = written.to_owned();
        let found = crate::plan::directory_object(&world.policy, &world.organization.directories).unwrap();
        assert_eq!(found.is_some(), is_ours, "{written}");
    }
}
