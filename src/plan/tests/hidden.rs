//! Access rights can hide a part of the directory from a read that is whole. Nobody is removed for that.

use super::world::{ROOT, World, guid, held, lines};
use crate::model::{Dn, SecondLook};

/// JumpCloud ⊃ {ada, Sales ⊃ {ben, Team ⊃ {cleo, Crew ⊃ {dora}}}}, in step with JumpCloud.
fn nested() -> World {
    let mut world = World::new();
    world.member(10, "ada");
    for (number, name, above) in [(2, "Sales", 1), (3, "Team", 2), (4, "Crew", 3)] {
        world.group(number, name);
        world.join(number, above);
    }
    for (number, name, group) in [(11, "ben", 2), (12, "cleo", 3), (13, "dora", 4)] {
        world.user(number, name);
        world.join(number, group);
    }
    world.applied()
}

fn assert_stays(world: &World, expected: &[&str]) {
    let plan = world.plan();
    assert_eq!(lines(&plan), Vec::<String>::new());
    let held = held(&plan);
    for name in expected {
        assert!(held.contains(&format!("{name}: unreadable")), "{name} is not in {held:?}");
    }
}

#[test]
fn groups_and_people_below_a_hidden_group_stay() {
    let mut world = nested();
    world.hide(2);
    assert_stays(&world, &["Sales", "Team", "Crew", "ben", "cleo", "dora"]);
}

#[test]
fn groups_and_people_below_a_hidden_member_list_stay() {
    let mut world = nested();
    for (number, above) in [(3, "Sales"), (11, "Sales")] {
        let looked = |dn: Dn| SecondLook::Found {
            dn,
            member_of: vec![Dn::parse(&format!("CN={above},{ROOT}")).unwrap()],
            user_account_control: crate::model::UserAccountControl(512),
            account_expires: crate::model::AccountExpires(0),
        };
        let dn = world.dn_of(number);
        world.directory.second_looks.insert(guid(number), looked(dn));
    }
    world.group_mut(2).members.clear();
    assert_stays(&world, &["Team", "Crew", "ben", "cleo", "dora"]);
}

#[test]
fn two_hidden_groups_in_each_other_cost_nobody_his_account() {
    let mut world = nested();
    world.hide(3);
    world.hide(2);
    assert_stays(&world, &["Sales", "Team", "Crew", "ben", "cleo", "dora"]);
}

#[test]
fn people_who_are_hidden_along_with_their_group_stay() {
    let mut world = nested();
    for number in [13, 12, 11, 4, 3, 2] {
        world.hide(number);
    }
    assert_stays(&world, &["Sales", "Team", "Crew", "ben", "cleo", "dora"]);
}

#[test]
fn members_by_primary_group_of_a_group_below_a_hidden_one_stay() {
    let mut world = nested();
    world.quit(12, 3);
    world.user_mut(12).primary_group_id = Some(3);
    assert_stays(&world, &[]);
    world.hide(2);
    assert_stays(&world, &["cleo"]);
}

#[test]
fn members_by_primary_group_of_a_hidden_group_stay() {
    let mut world = nested();
    world.quit(11, 2);
    world.user_mut(11).primary_group_id = Some(2);
    assert_stays(&world, &[]);
    world.hide(2);
    assert_stays(&world, &["ben"]);
}

#[test]
fn who_is_there_at_the_second_look_and_not_in_the_searches_stays() {
    let mut world = nested();
    let dn = world.dn_of(10);
    world.delete(10);
    world.directory.second_looks.insert(
        guid(10),
        SecondLook::Found {
            dn,
            member_of: Vec::new(),
            user_account_control: crate::model::UserAccountControl(512),
            account_expires: crate::model::AccountExpires(0),
        },
    );
    assert_stays(&world, &["ada"]);
}

#[test]
fn a_member_of_unrelated_groups_alone_leaves() {
    let mut world = nested();
    world.group(5, "Chess");
    world.group(6, "Games");
    world.join(5, 6);
    world.join(10, 5);
    world.quit(10, 1);
    assert_eq!(lines(&world.plan()), ["- user ada"]);
}

#[test]
fn a_group_that_leaves_takes_its_groups_and_people_along() {
    let mut world = nested();
    world.quit(3, 2);
    world.member(14, "eve");
    assert_eq!(
        lines(&world.plan()).into_iter().filter(|line| line.starts_with('-')).collect::<Vec<_>>(),
        ["- user cleo", "- user dora", "- group Crew", "- group Team"]
    );
}

#[test]
fn nobody_loses_a_place_in_a_group_of_which_something_is_hidden() {
    let mut world = nested();
    // Everybody is in the security group directly as well, so that nobody leaves.
    for number in [11, 12, 13] {
        world.join(number, 1);
    }
    let mut world = world.applied();
    world.hide(3);
    let plan = world.plan();
    assert_eq!(lines(&plan), Vec::<String>::new());
    let partial: Vec<&str> = plan
        .notes
        .iter()
        .filter(|note| note.code == "partly-unreadable")
        .map(|note| note.subject.as_str())
        .collect();
    assert_eq!(partial, ["JumpCloud", "Sales"]);
}

#[test]
fn a_hidden_user_keeps_nobody_else_in_a_group() {
    let mut world = nested();
    world.join(11, 1);
    world.join(12, 2);
    let mut world = world.applied();
    world.hide(12);
    world.quit(11, 2);
    assert_eq!(lines(&world.plan()), ["- member ben of Sales"]);
}
