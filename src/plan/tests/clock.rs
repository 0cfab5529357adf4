//! Clocks and bindings that a policy before this one left behind.

use std::time::Duration;

use super::world::{World, held, lines};
use crate::model::{
    Agent, AgentKind, Departure, DirectoryId, DirectoryObject, Field, JumpCloudGroupId, User,
};
use crate::plan::Action;
use crate::policy::{DirectoryUse, Leave, LeaveAction};

const DIRECTORY: &str = "dir";
const WEEK: Duration = Duration::from_hours(7 * 24);

/// Ada, applied with a directory object.
fn world() -> World {
    let mut world = World::new();
    world.organization.directories =
        vec![DirectoryObject { id: DirectoryId::new(DIRECTORY), domain: "DC=example;DC=com".to_owned() }];
    world.group(2, "Team");
    world.join(2, 1);
    world.member(10, "ada");
    world.member(11, "grace");
    world.applied()
}

fn ada(world: &World) -> &User {
    world.organization.users.values().find(|user| user.username() == "ada").unwrap()
}

#[test]
fn a_suspension_without_an_end_takes_the_clock_of_a_grace_period_off() {
    let mut world = world();
    world.policy.dissociation.default = Leave { action: LeaveAction::Remove, grace: Some(WEEK) };
    world.quit(10, 1);
    let mut world = world.applied();
    let (leaving, suspended) = (Field::custom(Departure::LEAVING), Field::custom(Departure::SUSPENDED));
    assert!(ada(&world).field(&leaving).is_some());
    // Whoever stays suspended for a year is not removed on the day that the policy has a grace period again.
    world.policy.dissociation.default = Leave { action: LeaveAction::Suspend, grace: None };
    let world = world.applied();
    assert_eq!(ada(&world).field(&leaving), None);
    assert!(ada(&world).field(&suspended).is_some());
    assert!(world.plan().is_empty());
}

#[test]
fn whoever_leaves_unbound_is_nobodys_account_unless_a_sync_agent_would_tell_active_directory() {
    let sync = Agent { kind: AgentKind::Sync, is_active: true, hostname: "dc1".to_owned() };
    for (usage, agents, expected) in [
        (DirectoryUse::Bind, vec![], None),
        (DirectoryUse::Ignore, vec![], None),
        (DirectoryUse::Ignore, vec![sync], Some(DIRECTORY)),
    ] {
        let mut world = world();
        world.policy.directory = usage;
        world.organization.agents = agents;
        world.policy.dissociation.default = Leave { action: LeaveAction::Unbind, grace: None };
        world.quit(10, 1);
        world.quit(2, 1);
        let plan = world.plan();
        assert!(plan.changes.iter().all(|change| change.action == Action::Unbind), "{:?}", lines(&plan));
        assert_eq!(plan.changes.len(), 2);
        let mut world = world.applied();
        assert_eq!(ada(&world).field(&Field::Directory), expected);
        let team = world.organization.groups.get(&JumpCloudGroupId::new(super::world::guid(2).to_string()));
        assert_eq!(team.unwrap().directory.as_ref().map(DirectoryId::as_str), expected);
        assert!(world.plan().is_empty());
        if expected.is_none() {
            // Somebody new of the same name is somebody else.
            world.rename(10, "ada.before");
            world.member(12, "ada");
            assert_eq!(held(&world.plan()), ["ada: taken-username"], "{usage:?}");
        }
    }
}

#[test]
fn whoever_returns_is_activated_before_a_new_membership() {
    let mut world = world();
    world.policy.dissociation.default = Leave { action: LeaveAction::Suspend, grace: None };
    world.quit(10, 1);
    let mut world = world.applied();
    world.join(10, 2);
    let plan = world.plan();
    assert_eq!(lines(&plan), ["* user ada", "+ member ada of Team"]);
    let membership = plan.steps.last().unwrap();
    let needed: Vec<Action> =
        membership.after.iter().map(|&step| plan.changes[plan.steps[step].change].action).collect();
    assert_eq!(needed, [Action::Activate]);
}
