//! Whom a user has as manager: whoever is there after the run, and is known.

use super::world::{World, guid, lines};
use crate::model::{Dn, Field, JumpCloudUserId, SecondLook, UserAccountControl};
use crate::plan::{Change, Deed, Only, Plan, Stage, plan_only, simulate};
use crate::policy::{Concerns, Condition, Exclusion, LeaveAction, Line, Mapping, Pattern, Takeover};

/// `ada` (100), `bob` (101) and `cleo` (102), with a mapped manager.
fn world() -> World {
    let mut world = World::new();
    world.policy.mappings.push(Mapping::preset(Field::Manager, &["manager"]));
    for (number, name) in [(100, "ada"), (101, "bob"), (102, "cleo")] {
        world.member(number, name);
    }
    world
}

fn manage(world: &mut World, user: u32, manager: u32) {
    let dn = world.dn_of(manager);
    world.set(user, "manager", dn.as_str());
}

/// The id that a user has who came into being in a simulated run.
fn id(number: u32) -> String {
    guid(number).to_string()
}

fn actual(world: &World, number: u32) -> Option<&str> {
    world.organization.users.get(&JumpCloudUserId::new(id(number)))?.field(&Field::Manager)
}

fn change<'p>(plan: &'p Plan, name: &str) -> &'p Change {
    plan.changes.iter().find(|change| change.name == name && change.group.is_none()).unwrap()
}

/// What the plan has `name` have as manager: the name before and the one after.
fn named(plan: &Plan, name: &str) -> Option<(String, String)> {
    let change = plan.changes.iter().find(|change| change.name == name && change.group.is_none())?;
    let field = change.field(&Field::Manager)?;
    let shown =
        |value: &Option<String>| change.shown(&Field::Manager, value.as_deref()).unwrap_or("none").to_owned();
    Some((shown(&field.before), shown(&field.after)))
}

fn expect(plan: &Plan, name: &str, before: &str, after: &str) {
    assert_eq!(named(plan, name), Some((before.to_owned(), after.to_owned())));
}

/// The deeds of the steps, in order, as `write ada`.
fn deeds(plan: &Plan) -> Vec<String> {
    let deed = |deed| match deed {
        Deed::Park => "park",
        Deed::Write => "write",
        Deed::Manage => "manage",
    };
    let of_users = plan.steps.iter().filter(|step| step.stage == Stage::Objects);
    let steps = of_users.map(|step| (deed(step.deed), &plan.changes[step.change]));
    steps.map(|(deed, change)| format!("{deed} {}", change.name)).collect()
}

#[test]
fn two_new_users_may_have_each_other() {
    let mut world = world();
    manage(&mut world, 100, 101);
    manage(&mut world, 101, 100);
    let plan = world.plan();
    assert_eq!(
        deeds(&plan),
        ["write ada", "write bob", "write cleo", "write JumpCloud", "manage ada", "manage bob"]
    );
    for step in plan.steps.iter().filter(|step| step.deed == Deed::Manage) {
        assert_eq!(step.after, [0, 1], "both exist");
    }
    expect(&plan, "ada", "none", "bob");
    assert_eq!(change(&plan, "ada").coming_manager, Some(guid(101)));
    assert_eq!(change(&plan, "ada").standing_manager(), None);
    let world = world.applied();
    assert_eq!((actual(&world, 100), actual(&world, 101)), (Some(id(101).as_str()), Some(id(100).as_str())));
    assert!(world.plan().is_empty());
}

#[test]
fn a_manager_who_is_there_is_named_in_the_same_write() {
    let mut world = world().applied();
    manage(&mut world, 100, 101);
    world.member(103, "dora");
    manage(&mut world, 103, 101);
    let plan = world.plan();
    assert_eq!(deeds(&plan), ["write dora", "write ada"]);
    assert_eq!(change(&plan, "ada").standing_manager(), Some(JumpCloudUserId::new(id(101))));
    assert_eq!(lines(&plan)[0], "+ user dora");
    world.rename(101, "robert");
    expect(&world.plan(), "ada", "none", "robert");
    let mut world = world.applied();
    world.set(100, "manager", "");
    expect(&world.plan(), "ada", "robert", "none");
    assert_eq!(actual(&world.applied(), 100), None);
}

#[test]
fn an_existing_user_may_get_a_new_one() {
    let mut world = world().applied();
    world.member(103, "dora");
    manage(&mut world, 100, 103);
    let plan = world.plan();
    assert_eq!(deeds(&plan), ["write dora", "write ada", "manage ada"]);
    assert_eq!(plan.steps[2].after, [0, 1]);
    assert!(world.applied().plan().is_empty());
}

#[test]
fn whoever_is_not_in_jumpcloud_counts_as_none() {
    let mut world = world();
    world.user(110, "outsider");
    manage(&mut world, 100, 110);
    world.set(101, "manager", "CN=Nobody,OU=Staff,DC=example,DC=com");
    world.set(102, "manager", "no DN at all");
    let plan = world.plan();
    for name in ["ada", "bob", "cleo"] {
        assert_eq!(named(&plan, name), None, "{name}");
    }
    manage(&mut world, 100, 100);
    assert_eq!(named(&world.plan(), "ada"), None, "nobody is one's own manager");
    world.set(101, "sn", "");
    manage(&mut world, 100, 101);
    assert_eq!(named(&world.plan(), "ada"), None, "held back, and so never created");
}

#[test]
fn whoever_leaves_jumpcloud_in_this_run_counts_as_none() {
    for action in [LeaveAction::Remove, LeaveAction::Unbind] {
        let mut world = world();
        world.policy.dissociation.default.action = action;
        manage(&mut world, 100, 101);
        manage(&mut world, 102, 101);
        let mut world = world.applied();
        world.set(102, "manager", "");
        world.user_mut(101).user_account_control = UserAccountControl(514);
        let plan = world.plan();
        expect(&plan, "ada", "bob", "none");
        let world = world.applied();
        assert_eq!(actual(&world, 100), None);
        assert!(world.plan().is_empty());
    }
}

#[test]
fn a_removal_takes_the_manager_from_reports_that_are_not_written() {
    let mut world = world();
    manage(&mut world, 100, 101);
    let mut world = world.applied();
    world.set(100, "sn", "");
    world.user_mut(101).user_account_control = UserAccountControl(514);
    let plan = world.plan();
    assert_eq!(named(&plan, "ada"), None, "held back");
    assert_eq!(actual(&world.applied(), 100), None);
}

#[test]
fn whoever_stays_in_jumpcloud_counts() {
    let leave = |action| {
        let mut world = world();
        world.policy.dissociation.default.action = action;
        manage(&mut world, 100, 101);
        world
    };
    for action in [LeaveAction::Suspend, LeaveAction::Keep] {
        let mut world = leave(action).applied();
        world.user_mut(101).user_account_control = UserAccountControl(514);
        assert_eq!(named(&world.plan(), "ada"), None, "{action:?}");
        let world = world.applied();
        assert!(world.plan().is_empty());
        assert!(actual(&world, 100).is_some());
    }
    // Excluded, and kept: no selected user any longer.
    let mut kept = leave(LeaveAction::Keep).applied();
    kept.exclude(Exclusion {
        concerns: Concerns::Users,
        conditions: vec![Condition::Name(Pattern::new("bob"))],
        reason: None,
        line: Line::of_policy(1),
    });
    assert_eq!(named(&kept.plan(), "ada"), None);
    // Held back.
    let mut held = leave(LeaveAction::Remove).applied();
    held.set(101, "sn", "");
    assert_eq!(named(&held.plan(), "ada"), None);
    manage(&mut held, 102, 101);
    expect(&held.plan(), "cleo", "none", "bob");
}

#[test]
fn whoever_is_hidden_or_moved_out_is_known_by_where_he_was_last() {
    let mut world = world();
    manage(&mut world, 100, 101);
    let mut hidden = world.clone().applied();
    hidden.hide(101);
    assert_eq!(named(&hidden.plan(), "ada"), None, "hidden and held back");
    world.policy.dissociation.default.action = LeaveAction::Keep;
    let mut moved = world.applied();
    let elsewhere = "CN=bob,OU=Elsewhere,DC=example,DC=com";
    moved.delete(101);
    moved.set(100, "manager", elsewhere);
    moved.directory.second_looks.insert(
        guid(101),
        SecondLook::Found {
            dn: Dn::parse(elsewhere).unwrap(),
            member_of: Vec::new(),
            user_account_control: UserAccountControl(512),
            account_expires: crate::model::AccountExpires(0),
        },
    );
    assert_eq!(named(&moved.plan(), "ada"), None, "moved out and kept");
}

#[test]
fn a_dn_that_somebody_else_has_by_now_is_not_the_last_ones() {
    let mut world = world();
    world.policy.dissociation.default.action = LeaveAction::Keep;
    manage(&mut world, 100, 101);
    let mut world = world.applied();
    world.delete(101);
    // Another account under the same DN.
    world.member(105, "bob2");
    let dn = world.organization.users[&JumpCloudUserId::new(id(101))].field(&Field::ExternalDn).unwrap();
    let dn = Dn::parse(dn).unwrap();
    world.group_mut(1).members.last_mut().unwrap().dn = dn.clone();
    world.user_mut(105).dn = dn;
    expect(&world.plan(), "ada", "bob", "bob2");
}

#[test]
fn an_adopted_user_is_there_already() {
    let mut world = world();
    world.policy.takeover = Takeover::Adopt;
    world.unowned("j1", "bob");
    manage(&mut world, 100, 101);
    let plan = world.plan();
    assert_eq!(change(&plan, "ada").standing_manager(), Some(JumpCloudUserId::new("j1")));
    expect(&plan, "ada", "none", "bob");
    assert!(world.applied().plan().is_empty());
}

#[test]
fn where_two_stand_for_one_the_manager_stays_as_it_is() {
    let mut world = world().applied();
    world.owned("j1", "bob.j1", 101);
    manage(&mut world, 100, 101);
    assert_eq!(named(&world.plan(), "ada"), None);
}

#[test]
fn a_part_of_a_plan_takes_new_managers_along() {
    let mut world = world();
    manage(&mut world, 100, 101);
    manage(&mut world, 101, 100);
    let desired = world.desired();
    let only: Only = ["user:ada".parse().unwrap()].into_iter().collect();
    let allowances = crate::plan::Allowances::default();
    let World { policy, directory, organization, now } = &world;
    let plan = plan_only(policy, directory, &desired, organization, &allowances, &only, *now);
    let users: Vec<&str> = plan
        .changes
        .iter()
        .filter(|change| change.group.is_none() && change.name != "JumpCloud")
        .map(|change| change.name.as_str())
        .collect();
    assert_eq!(users, ["ada", "bob"]);
    assert_eq!(plan.steps.iter().filter(|step| step.deed == Deed::Manage).count(), 2);
    let after = simulate(&plan, organization, *now);
    assert_eq!(after.users[&JumpCloudUserId::new(id(101))].field(&Field::Manager), Some(id(100).as_str()));
}
