//! What becomes of whoever leaves, and of whoever returns.

use jiff::{SignedDuration, ToSpan as _};
use std::time::Duration;

use super::world::{World, guid, held, lines};
use crate::model::{
    Cause, Departure, DirectoryId, DirectoryObject, Field, JumpCloudUserId, Mark, MarkReading,
    UserAccountControl,
};
use crate::plan::{Action, Allowances, GuardName, Plan};
use crate::policy::{Leave, LeaveAction, Line, NewUserState, NewUsers};

const WEEK: Duration = Duration::from_hours(7 * 24);

/// Ada and ten others, applied under a policy that does this to all leavers.
fn world(action: LeaveAction, grace: Option<Duration>) -> World {
    let mut world = World::new();
    world.policy.dissociation.default = Leave { action, grace };
    world.member(10, "ada");
    for number in 20..30 {
        world.member(number, &format!("other{number}"));
    }
    world.applied()
}

fn wait(world: &mut World, hours: i64) {
    world.now = world.now.checked_add(SignedDuration::from_hours(hours)).unwrap();
}

/// Field of Ada, wherever she is in JumpCloud.
fn ada(world: &World, field: &Field) -> Option<String> {
    let user = world.organization.users.values().find(|user| user.username() == "ada")?;
    user.field(field).map(str::to_owned)
}

fn state(world: &World) -> Option<String> {
    ada(world, &Field::State)
}

fn set_state(world: &mut World, state: &str) {
    let user = world.organization.users.values_mut().find(|user| user.username() == "ada").unwrap();
    user.fields.insert(Field::State, state.to_owned());
}

fn clock(world: &World, name: &str) -> Option<Departure> {
    ada(world, &Field::custom(name))?.parse().ok()
}

fn notes(plan: &Plan) -> Vec<String> {
    let seen = plan.notes.iter().filter(|note| note.code != "passwords-not-set");
    seen.map(|note| format!("{}: {}", note.subject, note.code)).collect()
}

/// How each cause is brought about for Ada, and undone.
fn leave(world: &mut World, cause: Cause) {
    match cause {
        Cause::Deleted => world.delete(10),
        Cause::Disabled => world.user_mut(10).user_account_control = UserAccountControl(514),
        Cause::Expired => world.user_mut(10).account_expires = crate::model::AccountExpires(1),
        Cause::Moved => {
            let dn = crate::model::Dn::parse("CN=ada,OU=Left,DC=example,DC=com").unwrap();
            world.user_mut(10).dn = dn;
        }
        Cause::Excluded => world.exclude(crate::policy::Exclusion {
            concerns: crate::policy::Concerns::Users,
            conditions: vec![crate::policy::Condition::Name(crate::policy::Pattern::new("ada"))],
            reason: None,
            line: Line::of_policy(1),
        }),
        Cause::Left => world.quit(10, 1),
    }
}

#[test]
fn every_cause_has_its_action_at_once_without_a_grace_period() {
    for cause in Cause::ALL {
        for (action, expected) in [
            (LeaveAction::Remove, vec!["- user ada"]),
            (LeaveAction::Unbind, vec!["/ user ada"]),
            (LeaveAction::Suspend, vec!["! user ada"]),
            (LeaveAction::Keep, vec![]),
        ] {
            let mut world = world(LeaveAction::Remove, None);
            world.policy.dissociation.by_cause.insert(cause, Leave { action, grace: None });
            leave(&mut world, cause);
            let plan = world.plan();
            assert_eq!(lines(&plan), expected, "{cause} {action:?}");
            assert!(plan.changes.iter().all(|change| change.cause == Some(cause)));
            let after = world.applied();
            assert!(after.plan().is_empty(), "{cause} {action:?}: {:?}", lines(&after.plan()));
        }
    }
}

#[test]
fn a_grace_period_suspends_first_and_acts_when_the_clock_in_jumpcloud_says_so() {
    for (action, expected) in [(LeaveAction::Remove, "- user ada"), (LeaveAction::Unbind, "/ user ada")] {
        let mut world = world(action, Some(WEEK));
        leave(&mut world, Cause::Left);
        assert_eq!(lines(&world.plan()), ["! user ada"]);
        let began = world.now;
        let mut world = world.applied();
        assert_eq!(state(&world).as_deref(), Some("SUSPENDED"));
        for name in [Departure::LEAVING, Departure::SUSPENDED] {
            assert_eq!(clock(&world, name), Some(Departure { cause: Cause::Left, since: began }));
        }
        wait(&mut world, 7 * 24 - 1);
        assert!(world.plan().is_empty(), "an hour is left");
        assert_eq!(notes(&world.plan()), ["ada: leaving"]);
        wait(&mut world, 1);
        assert_eq!(lines(&world.plan()), [expected]);
        assert!(world.applied().plan().is_empty());
    }
}

#[test]
fn a_clock_that_was_aged_in_jumpcloud_makes_the_action_due() {
    let mut world = world(LeaveAction::Remove, Some(WEEK));
    leave(&mut world, Cause::Disabled);
    let mut world = world.applied();
    assert!(world.plan().is_empty());
    let since = world.now.checked_sub(200.hours()).unwrap();
    let user = world.organization.users.values_mut().find(|user| user.username() == "ada").unwrap();
    let aged = Departure { cause: Cause::Disabled, since }.to_string();
    user.fields.insert(Field::custom(Departure::LEAVING), aged);
    assert_eq!(lines(&world.plan()), ["- user ada"]);
}

#[test]
fn a_new_cause_restarts_the_clock_and_a_clock_that_cannot_be_read_too() {
    let mut world = world(LeaveAction::Remove, Some(WEEK));
    leave(&mut world, Cause::Left);
    let mut world = world.applied();
    wait(&mut world, 6 * 24);
    leave(&mut world, Cause::Disabled);
    let plan = world.plan();
    assert_eq!(lines(&plan), ["~ user ada"]);
    assert_eq!(plan.changes[0].cause, Some(Cause::Disabled));
    let mut world = world.applied();
    assert_eq!(
        clock(&world, Departure::LEAVING),
        Some(Departure { cause: Cause::Disabled, since: world.now })
    );
    wait(&mut world, 6 * 24);
    assert!(world.plan().is_empty());
    let user = world.organization.users.values_mut().find(|user| user.username() == "ada").unwrap();
    user.fields.insert(Field::custom(Departure::LEAVING), "disabled last week".to_owned());
    wait(&mut world, 60 * 24);
    assert_eq!(lines(&world.plan()), ["~ user ada"]);
    let mut world = world.applied();
    wait(&mut world, 7 * 24);
    assert_eq!(lines(&world.plan()), ["- user ada"]);
}

#[test]
fn whoever_returns_is_activated_and_bears_no_clock() {
    for (action, grace) in [(LeaveAction::Suspend, None), (LeaveAction::Remove, Some(WEEK))] {
        let mut world = world(action, grace);
        leave(&mut world, Cause::Left);
        let mut world = world.applied();
        assert_eq!(state(&world).as_deref(), Some("SUSPENDED"));
        world.join(10, 1);
        assert_eq!(lines(&world.plan()), ["* user ada"]);
        let world = world.applied();
        assert_eq!(state(&world).as_deref(), Some("ACTIVATED"));
        for name in [Departure::LEAVING, Departure::SUSPENDED] {
            assert_eq!(ada(&world, &Field::custom(name)), None);
        }
        assert!(world.plan().is_empty());
    }
}

#[test]
fn whom_an_administrator_suspended_stays_suspended() {
    // While selected: noted, kept in step, and neither activated nor moved between groups.
    let mut world = world(LeaveAction::Suspend, None);
    set_state(&mut world, "SUSPENDED");
    world.group(2, "Sales");
    world.join(2, 1);
    world.join(20, 2);
    world.join(10, 2);
    world.set(10, "department", "Research");
    let plan = world.plan();
    assert_eq!(notes(&plan), ["ada: suspended-elsewhere"]);
    assert_eq!(lines(&plan), ["~ user ada", "+ group Sales", "+ member other20 of Sales"]);
    let mut world = world.applied();
    assert_eq!(state(&world).as_deref(), Some("SUSPENDED"));
    // When leaving: nothing to do, and nothing that would make it ours.
    world.quit(10, 1);
    world.quit(10, 2);
    assert!(world.plan().is_empty());
    // Under a grace period: a clock, and no claim on the suspension.
    world.policy.dissociation.default = Leave { action: LeaveAction::Remove, grace: Some(WEEK) };
    assert_eq!(lines(&world.plan()), ["~ user ada"]);
    let mut world = world.applied();
    assert_eq!(clock(&world, Departure::SUSPENDED), None);
    world.join(10, 1);
    let world = world.applied();
    assert_eq!(state(&world).as_deref(), Some("SUSPENDED"));
    assert_eq!(ada(&world, &Field::custom(Departure::LEAVING)), None);
    assert!(world.plan().is_empty());
}

#[test]
fn whom_somebody_activated_during_the_grace_period_is_suspended_again() {
    let mut world = world(LeaveAction::Remove, Some(WEEK));
    leave(&mut world, Cause::Left);
    let mut world = world.applied();
    let since = clock(&world, Departure::LEAVING);
    set_state(&mut world, "ACTIVATED");
    wait(&mut world, 24);
    assert_eq!(lines(&world.plan()), ["! user ada"]);
    let world = world.applied();
    assert_eq!(clock(&world, Departure::LEAVING), since, "the period goes on");
}

#[test]
fn a_staged_leaver_is_not_made_a_suspended_one() {
    let mut world = world(LeaveAction::Remove, Some(WEEK));
    set_state(&mut world, "STAGED");
    leave(&mut world, Cause::Left);
    assert_eq!(lines(&world.plan()), ["~ user ada"]);
    let mut world = world.applied();
    assert_eq!(state(&world).as_deref(), Some("STAGED"));
    world.join(10, 1);
    let world = world.applied();
    assert_eq!(state(&world).as_deref(), Some("STAGED"));
    assert!(world.plan().is_empty());
}

#[test]
fn whoever_is_unbound_stays_active_without_a_trace_of_ours() {
    let mut world = world(LeaveAction::Unbind, None);
    world.organization.directories =
        vec![DirectoryObject { id: DirectoryId::new("dir"), domain: "DC=example;DC=com".to_owned() }];
    let mut world = world.applied();
    let user = world.organization.users.values_mut().find(|user| user.username() == "ada").unwrap();
    assert_eq!(user.field(&Field::Directory), Some("dir"));
    user.fields.insert(Field::custom("badge"), "17".to_owned());
    user.fields.insert(Field::RestrictedField("jobTitle".into()), "scim".to_owned());
    user.fields.insert(Field::ExternallyManaged, "true".to_owned());
    let id = JumpCloudUserId::new(guid(10).to_string());
    leave(&mut world, Cause::Left);
    let world = world.applied();
    let user = world.organization.users.get(&id).unwrap();
    let kept: Vec<String> = user.fields.keys().map(ToString::to_string).collect();
    assert_eq!(
        kept,
        [
            "username",
            "email",
            "firstname",
            "lastname",
            "state",
            "attributes.badge",
            "restrictedFields.jobTitle"
        ]
    );
    assert_eq!((user.mark(), user.field(&Field::State)), (MarkReading::None, Some("ACTIVATED")));
    assert!(world.organization.members.values().any(|members| members.contains(&id)), "memberships stay");
    assert!(world.plan().is_empty());
}

#[test]
fn our_suspension_ends_when_the_user_is_unbound() {
    let mut world = world(LeaveAction::Unbind, Some(WEEK));
    leave(&mut world, Cause::Left);
    let mut world = world.applied();
    wait(&mut world, 8 * 24);
    assert_eq!(state(&world.clone().applied()).as_deref(), Some("ACTIVATED"));
    // Not so one that an administrator made.
    let user = world.organization.users.values_mut().find(|user| user.username() == "ada").unwrap();
    user.fields.remove(&Field::custom(Departure::SUSPENDED));
    assert_eq!(state(&world.applied()).as_deref(), Some("SUSPENDED"));
}

#[test]
fn a_console_administrator_is_neither_removed_nor_suspended() {
    for (action, grace) in
        [(LeaveAction::Remove, None), (LeaveAction::Suspend, None), (LeaveAction::Unbind, Some(WEEK))]
    {
        let mut world = world(action, grace);
        let user = world.organization.users.values_mut().find(|user| user.username() == "ada").unwrap();
        user.is_console_administrator = true;
        leave(&mut world, Cause::Left);
        let plan = world.plan();
        assert!(plan.is_empty(), "{:?}", lines(&plan));
        assert_eq!(held(&plan), ["ada: protected"]);
    }
}

#[test]
fn a_leaver_who_stays_keeps_the_name() {
    for (action, grace) in [
        (LeaveAction::Suspend, None),
        (LeaveAction::Keep, None),
        (LeaveAction::Unbind, None),
        (LeaveAction::Remove, Some(WEEK)),
    ] {
        let mut world = world(action, grace);
        world.quit(10, 1);
        world.rename(10, "ada.old");
        world.member(11, "new");
        world.rename(11, "ada");
        let plan = world.plan();
        assert_eq!(held(&plan), ["ada: taken-username"], "{action:?}");
        let after = world.applied();
        assert!(after.plan().is_empty(), "{action:?}");
    }
    let mut world = world(LeaveAction::Remove, None);
    world.quit(10, 1);
    world.member(11, "new");
    world.rename(11, "ada");
    assert!(held(&world.plan()).is_empty());
}

#[test]
fn groups_are_removed_or_unbound_at_once_and_stay_under_the_other_actions() {
    for (action, grace, expected, note) in [
        (LeaveAction::Remove, Some(WEEK), vec!["- group Sales"], None),
        (LeaveAction::Unbind, Some(WEEK), vec!["/ group Sales"], None),
        (LeaveAction::Suspend, None, vec![], Some("Sales: group-kept")),
        (LeaveAction::Keep, None, vec![], Some("Sales: group-kept")),
    ] {
        let mut world = World::new();
        world.policy.dissociation.default = Leave { action, grace };
        world.group(2, "Sales");
        world.join(2, 1);
        world.member(10, "ada");
        world.join(10, 2);
        let mut world = world.applied();
        world.quit(2, 1);
        let plan = world.plan();
        assert_eq!(lines(&plan), expected, "{action:?}");
        assert_eq!(notes(&plan), note.into_iter().collect::<Vec<_>>());
        let world = world.applied();
        assert!(world.plan().is_empty(), "{action:?}");
        if action == LeaveAction::Unbind {
            let group = world.organization.groups.values().find(|group| group.name == "Sales").unwrap();
            assert_eq!(Mark::of_group(&group.description), MarkReading::None);
            assert_eq!(group.description, "Mirrored from Active Directory");
        }
    }
}

#[test]
fn suspensions_and_unbindings_have_their_guards() {
    for (action, guard) in [
        (LeaveAction::Suspend, GuardName::Suspensions),
        (LeaveAction::Unbind, GuardName::Removals),
        (LeaveAction::Remove, GuardName::Removals),
    ] {
        let mut world = world(action, None);
        for number in 20..22 {
            world.quit(number, 1);
        }
        let guards: Vec<GuardName> = world.plan().guards.iter().map(|guard| guard.guard).collect();
        assert_eq!(guards, [guard], "{action:?}: 2 of 11");
        let allowances: Allowances = [format!("{guard}=2").parse().unwrap()].into_iter().collect();
        assert!(world.plan_with(&allowances).guards.is_empty());
    }
}

#[test]
fn a_line_of_a_cause_stands_alone() {
    let mut world = world(LeaveAction::Suspend, Some(WEEK));
    let line = Leave { action: LeaveAction::Remove, grace: None };
    world.policy.dissociation.by_cause.insert(Cause::Deleted, line);
    leave(&mut world, Cause::Deleted);
    assert_eq!(lines(&world.plan()), ["- user ada"]);
}

#[test]
fn a_half_created_user_is_activated_without_a_mail_under_a_silent_policy_only() {
    let mut world = world(LeaveAction::Remove, None);
    set_state(&mut world, "STAGED");
    assert!(world.plan().is_empty());
    world.policy.new_users = NewUsers { state: NewUserState::Activated, has_welcome_email: false };
    let plan = world.plan();
    assert_eq!(lines(&plan), ["* user ada"]);
    assert!(plan.changes[0].is_silent && plan.changes[0].action == Action::Activate);
    assert!(world.clone().applied().plan().is_empty());
    world.policy.new_users = NewUsers { state: NewUserState::Staged, has_welcome_email: false };
    assert!(world.plan().is_empty());
}
