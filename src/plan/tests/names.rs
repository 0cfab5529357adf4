//! Renames, swaps, and names that change hands.

use super::world::{World, guid, lines};
use crate::model::{Field, UserAccountControl};
use crate::plan::{Action, Deed, Kind, Plan, Stage};

fn staff(names: &[(u32, &str)]) -> World {
    let mut world = World::new();
    for (number, name) in names {
        world.member(*number, name);
    }
    world.applied()
}

/// Every step keeps usernames, mail addresses and group names unique.
fn assert_no_collision(world: &World, plan: &Plan) {
    let mut users: std::collections::BTreeMap<String, [String; 2]> = world
        .organization
        .users
        .iter()
        .map(|(id, user)| (id.to_string(), [user.username().to_lowercase(), user.email().to_lowercase()]))
        .collect();
    for step in &plan.steps {
        let change = &plan.changes[step.change];
        if change.kind != Kind::User {
            continue;
        }
        let id = change.jumpcloud_id.clone().unwrap_or_else(|| change.guid.to_string());
        if change.action == Action::Remove {
            users.remove(&id);
            continue;
        }
        let names = users.entry(id).or_default();
        for (slot, field) in [Field::Username, Field::Email].iter().enumerate() {
            let value = match step.deed {
                Deed::Park => change.parked.get(field).cloned(),
                Deed::Manage => None,
                Deed::Write => change.field(field).and_then(|change| change.after.clone()),
            };
            if let Some(value) = value {
                names[slot] = value.to_lowercase();
            }
        }
        for slot in 0..2 {
            let mut all: Vec<&String> = users.values().map(|names| &names[slot]).collect();
            all.sort();
            all.dedup();
            assert_eq!(all.len(), users.len(), "two users share a name after {change:?}");
        }
    }
}

#[test]
fn a_rename_is_an_update_in_place() {
    let mut world = staff(&[(10, "ada")]);
    world.rename(10, "ada.king");
    let plan = world.plan();
    assert_eq!(lines(&plan), ["~ user ada.king"]);
    assert!(plan.changes[0].jumpcloud_id.is_some());
    let fields: Vec<String> = plan.changes[0].fields.iter().map(|field| field.field.to_string()).collect();
    assert_eq!(fields, ["username", "email"]);
    assert!(world.applied().plan().is_empty());
}

#[test]
fn a_change_of_case_alone_is_no_change() {
    let mut world = staff(&[(10, "ada")]);
    world.rename(10, "ADA");
    assert!(world.plan().is_empty());
}

#[test]
fn two_users_swap_names() {
    let mut world = staff(&[(10, "ada"), (11, "grace")]);
    world.rename(10, "grace");
    world.rename(11, "ada");
    let plan = world.plan();
    assert_eq!(lines(&plan), ["~ user ada", "~ user grace"]);
    let parked: Vec<_> = plan.changes.iter().filter(|change| !change.parked.is_empty()).collect();
    assert_eq!(parked.len(), 1);
    assert_eq!(parked[0].guid, guid(10));
    assert_eq!(parked[0].parked[&Field::Username], "adj-0000000a0000");
    assert_eq!(parked[0].parked[&Field::Email], "adj-0000000a0000@example.com");
    assert_no_collision(&world, &plan);
    assert!(world.applied().plan().is_empty());
}

#[test]
fn a_ring_of_names_parks_one_and_a_chain_parks_nobody() {
    let mut world = staff(&[(10, "a"), (11, "b"), (12, "c"), (13, "d")]);
    for (number, name) in [(10, "b"), (11, "c"), (12, "a"), (13, "e")] {
        world.rename(number, name);
    }
    let plan = world.plan();
    assert_eq!(plan.changes.iter().filter(|change| !change.parked.is_empty()).count(), 1);
    assert_no_collision(&world, &plan);

    let mut world = staff(&[(10, "a"), (11, "b"), (12, "c")]);
    for (number, name) in [(10, "b"), (11, "c"), (12, "d")] {
        world.rename(number, name);
    }
    let plan = world.plan();
    assert!(plan.changes.iter().all(|change| change.parked.is_empty()));
    assert_no_collision(&world, &plan);
}

#[test]
fn a_cycle_of_usernames_across_a_cycle_of_mail_addresses_is_broken_in_both() {
    let mut world = staff(&[(10, "a"), (11, "b"), (12, "c")]);
    world.set(10, "sAMAccountName", "b");
    world.set(11, "sAMAccountName", "a");
    world.set(11, "mail", "c@example.com");
    world.set(12, "mail", "b@example.com");
    let plan = world.plan();
    assert_no_collision(&world, &plan);
    assert!(world.applied().plan().is_empty());
}

#[test]
fn a_new_hire_takes_a_leavers_name_after_the_leaver_is_gone() {
    let mut world = staff(&[(10, "ada"), (11, "grace")]);
    world.user_mut(10).user_account_control = UserAccountControl(514);
    world.rename(10, "old-ada");
    world.member(12, "ada");
    let plan = world.plan();
    assert_eq!(lines(&plan), ["+ user ada", "- user ada", "+ member ada of JumpCloud"]);
    let removal =
        plan.steps.iter().position(|step| plan.changes[step.change].action == Action::Remove).unwrap();
    let creation =
        plan.steps.iter().position(|step| plan.changes[step.change].action == Action::Create).unwrap();
    assert!(plan.steps[creation].after.contains(&removal));
    assert_eq!(plan.steps[removal].stage, Stage::Objects);
    assert_no_collision(&world, &plan);
}

#[test]
fn removals_that_free_nothing_come_last() {
    let mut world = staff(&[(10, "ada"), (11, "grace")]);
    world.quit(10, 1);
    world.member(12, "edsger");
    let plan = world.plan();
    let stages: Vec<(Stage, Kind)> =
        plan.steps.iter().map(|step| (step.stage, plan.changes[step.change].kind)).collect();
    assert_eq!(
        stages,
        [
            (Stage::Objects, Kind::User),
            (Stage::Memberships, Kind::Membership),
            (Stage::Dissociations, Kind::User)
        ]
    );
    let add = plan.steps.iter().find(|step| step.stage == Stage::Memberships).unwrap();
    assert_eq!(add.after, [0], "a membership waits for its new user");
}

#[test]
fn two_groups_swap_names() {
    let mut world = World::new();
    world.member(10, "ada");
    world.group(2, "Sales");
    world.group(3, "Research");
    world.join(2, 1);
    world.join(3, 1);
    let mut world = world.applied();
    for (number, name) in [(2, "Research"), (3, "Sales")] {
        world.name_group(number, name);
    }
    let plan = world.plan();
    assert_eq!(lines(&plan), ["~ group Research", "~ group Sales"]);
    assert_eq!(plan.steps[0].deed, Deed::Park);
    assert!(world.applied().plan().is_empty());
}
