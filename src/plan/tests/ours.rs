//! What is not ours is never touched.

use super::world::{World, held, lines};
use crate::model::{Field, Mark};
use crate::plan::{Allowances, GuardName};

#[test]
fn jumpcloud_managed_members_of_a_mirrored_group_stay() {
    let mut world = World::new();
    world.member(10, "ada");
    world.unowned("j1", "contractor");
    let mut world = world.applied();
    for members in world.organization.members.values_mut() {
        members.insert(crate::model::JumpCloudUserId::new("j1"));
    }
    assert!(world.plan().is_empty());
}

#[test]
fn an_unowned_group_and_an_unowned_user_are_not_removed() {
    let mut world = World::new();
    world.member(10, "ada");
    world.unowned("j1", "contractor");
    world.jumpcloud_group("g1", "Contractors", "", &["j1"]);
    let plan = world.applied().plan();
    assert!(plan.is_empty() && plan.held_back.is_empty());
}

#[test]
fn a_malformed_mark_means_unowned_and_is_noted() {
    let mut world = World::new();
    world.member(10, "ada");
    world.unowned("j1", "ghost").fields.insert(Field::custom(Mark::GUID), "nonsense".to_owned());
    let plan = world.plan();
    assert!(lines(&plan).iter().all(|line| !line.contains("ghost")));
    assert_eq!(plan.notes.iter().filter(|note| note.code == "malformed-mark").count(), 1);
}

#[test]
fn foreign_values_and_locks_stay() {
    let mut world = World::new();
    world.member(10, "ada");
    let mut world = world.applied();
    for user in world.organization.users.values_mut() {
        user.fields.insert(Field::custom("badge"), "17".to_owned());
        user.fields.insert(Field::JobTitle, "Countess".to_owned());
        user.fields.insert(Field::RestrictedField("email".into()), "scim".to_owned());
    }
    assert!(world.plan().is_empty());
}

#[test]
fn a_mapped_field_that_is_empty_is_cleared_and_one_that_is_not_mapped_is_not() {
    let mut world = World::new();
    world.member(10, "ada");
    world.set(10, "department", "Research");
    let mut world = world.applied();
    world.set(10, "department", "");
    let plan = world.plan();
    assert_eq!(plan.changes.len(), 1);
    let change = plan.changes[0].field(&Field::Department).unwrap();
    assert_eq!((change.before.as_deref(), change.after.as_deref()), (Some("Research"), None));
    assert_eq!(plan.changes[0].fields.len(), 1);
    assert!(world.applied().plan().is_empty());
}

#[test]
fn a_description_that_people_changed_stays() {
    let mut world = World::new();
    world.member(10, "ada");
    let mut world = world.applied();
    for group in world.organization.groups.values_mut() {
        group.description = group.description.replace("Mirrored from Active Directory", "Ask Ada first");
    }
    assert!(world.plan().is_empty());
}

#[test]
fn an_empty_security_group_stops_the_plan() {
    let mut world = World::new();
    world.member(10, "ada");
    let mut world = world.applied();
    world.quit(10, 1);
    let guards: Vec<GuardName> = world.plan().guards.iter().map(|guard| guard.guard).collect();
    assert_eq!(guards, [GuardName::Empty]);
}

#[test]
fn two_of_three_leavers_stop_the_plan_until_they_are_allowed() {
    let mut world = World::new();
    for (number, name) in [(10, "ada"), (11, "grace"), (12, "edsger")] {
        world.member(number, name);
    }
    let mut world = world.applied();
    world.delete(10);
    world.delete(11);
    let plan = world.plan();
    assert_eq!(plan.guards.len(), 1);
    assert_eq!((plan.guards[0].measured, plan.guards[0].owned), (2, Some(3)));
    assert_eq!(plan.guards[0].allow.as_deref(), Some("--allow removals=2"));
    let allowances: Allowances = ["removals=2".parse().unwrap()].into_iter().collect();
    let plan = world.plan_with(&allowances);
    assert!(plan.guards.is_empty() && held(&plan).is_empty() && plan.changes.len() == 2);
}

#[test]
fn of_several_allowances_for_one_guard_the_widest_counts() {
    let mut world = World::new();
    for (number, name) in [(10, "ada"), (11, "grace"), (12, "edsger")] {
        world.member(number, name);
    }
    let mut world = world.applied();
    world.delete(10);
    world.delete(11);
    for flags in [["removals=2", "removals=1"], ["removals=1", "removals=2"], ["removals", "removals=1"]] {
        let allowances: Allowances = flags.iter().map(|flag| flag.parse().unwrap()).collect();
        assert!(world.plan_with(&allowances).guards.is_empty(), "{flags:?}");
    }
    let allowances: Allowances =
        ["removals=0", "removals=1"].iter().map(|flag| flag.parse().unwrap()).collect();
    assert_eq!(world.plan_with(&allowances).guards[0].limit, Some(1));
}
