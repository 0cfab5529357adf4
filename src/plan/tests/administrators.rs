//! Who is an administrator on bound devices.

use super::world::{World, guid, lines};
use crate::desired::{SelectError, desire};
use crate::model::{Field, SecondLook};
use crate::policy::{GroupSelector, Leave, LeaveAction, Span, Spanned};

fn world() -> World {
    let mut world = World::new();
    world.policy.administrators_group =
        Some(Spanned { value: GroupSelector::Name("Admins".to_owned()), span: Span { start: 0, length: 0 } });
    world.group(2, "Admins");
    world.group(3, "Nested");
    for (number, name) in [(10, "ada"), (11, "grace"), (12, "edsger")] {
        world.member(number, name);
    }
    world.join(10, 2);
    world.join(12, 3);
    world.join(3, 2);
    world
}

fn administrators(world: &World) -> Vec<String> {
    let users = world.organization.users.values().filter(|user| user.field(&Field::Sudo) == Some("true"));
    users.map(|user| user.username().to_owned()).collect()
}

#[test]
fn direct_members_who_are_selected_have_the_rights_and_all_others_lose_them() {
    let mut world = world();
    world.user(13, "outsider");
    world.join(13, 2);
    let mut world = world.applied();
    assert_eq!(administrators(&world), ["ada"]);
    world.quit(10, 2);
    world.join(11, 2);
    assert_eq!(lines(&world.plan()), ["~ user ada", "~ user grace"]);
    let world = world.applied();
    assert_eq!(administrators(&world), ["grace"]);
    assert!(world.plan().is_empty());
}

#[test]
fn without_the_node_rights_are_never_touched() {
    let mut world = world().applied();
    world.policy.administrators_group = None;
    world.group_mut(2).members.clear();
    let plan = world.plan();
    assert!(plan.changes.iter().all(|change| change.field(&Field::Sudo).is_none()), "{:?}", lines(&plan));
}

#[test]
fn the_group_is_neither_mirrored_nor_walked() {
    let mut world = world();
    world.join(2, 1);
    world.user(13, "only.admin");
    world.join(13, 2);
    let plan = world.plan();
    assert!(lines(&plan).iter().all(|line| !line.contains("Admins") && !line.contains("only.admin")));
    // A group that was mirrored before it became the administrators' leaves, and so does who was only in it.
    let mut before = world.clone();
    before.policy.administrators_group = None;
    let mut after = before.applied();
    after.policy.administrators_group = world.policy.administrators_group;
    let lines = lines(&after.plan());
    assert!(lines.contains(&"- group Admins".to_owned()), "{lines:?}");
    assert!(lines.contains(&"- user only.admin".to_owned()), "{lines:?}");
    assert!(after.plan().held_back.is_empty());
}

#[test]
fn a_group_that_is_missing_or_not_the_only_one_is_an_error() {
    let mut missing = world();
    missing.name_group(2, "Others");
    missing.group_mut(2).attributes.remove("sAMAccountName");
    let mut many = world();
    many.name_group(3, "ADMINS");
    let mut both = world();
    both.policy.administrators_group = Some(both.policy.security_group.clone());
    for (world, expected) in [(missing, "missing"), (many, "ambiguous"), (both, "both")] {
        let error = desire(&world.policy, &world.directory, world.now).unwrap_err();
        let actual = match error {
            SelectError::Missing { .. } => "missing",
            SelectError::Ambiguous { .. } => "ambiguous",
            SelectError::OneForBoth { .. } => "both",
            SelectError::Distribution { .. } | SelectError::Excluded { .. } => "another",
        };
        assert_eq!(actual, expected);
    }
}

#[test]
fn whoever_is_hidden_in_the_group_keeps_the_rights() {
    let mut world = world().applied();
    let dn = world.dn_of(2);
    let mine = world.dn_of(10);
    world.group_mut(2).members.retain(|member| member.dn != mine);
    assert_eq!(lines(&world.plan()), ["~ user ada"]);
    for look in [
        SecondLook::Found {
            dn: mine,
            member_of: vec![dn],
            user_account_control: crate::model::UserAccountControl(512),
            account_expires: crate::model::AccountExpires(0),
        },
        SecondLook::Unreadable,
        SecondLook::Gone,
    ] {
        world.directory.second_looks.insert(guid(10), look);
        let plan = world.plan();
        assert!(plan.is_empty(), "{:?}", lines(&plan));
        assert!(plan.notes.iter().any(|note| note.code == "administrator-unclear" && note.subject == "ada"));
    }
}

#[test]
fn whoever_is_unbound_loses_the_rights_that_the_group_gave() {
    let mut world = world();
    world.policy.dissociation.default = Leave { action: LeaveAction::Unbind, grace: None };
    let mut world = world.applied();
    assert_eq!(administrators(&world), ["ada"]);
    world.quit(10, 1);
    assert_eq!(lines(&world.plan()), ["/ user ada"]);
    let mut without = world.clone();
    without.policy.administrators_group = None;
    assert!(administrators(&world.applied()).is_empty());
    assert_eq!(administrators(&without.applied()), ["ada"], "not touched without the node");
}
