//! What a saved plan expects, one thing at a time.

use super::world::{World, guid};
use crate::desired::mark;
use crate::model::{
    Agent, AgentKind, DirectoryId, DirectoryObject, Field, JumpCloudGroupId, JumpCloudUserId, Mark,
    MembershipMethod, User,
};
use crate::plan::saved::{differences, needs};
use crate::policy::{LeaveAction, Takeover};

/// `user ada: email "a" → "b"` for each difference after a change of the organization.
fn after(world: &World, change: impl FnOnce(&mut World)) -> Vec<String> {
    let plan = world.plan();
    assert!(!plan.is_empty());
    let mut now = world.clone();
    let directory = now.organization.directories.first().map(|object| object.id.to_string());
    let needs = needs(&plan, &now.policy, directory.as_deref());
    assert_eq!(differences(&plan, &now.policy, &needs, &now.organization), vec![]);
    change(&mut now);
    let found = differences(&plan, &now.policy, &needs, &now.organization);
    found
        .iter()
        .map(|one| format!("{}: {} {} → {}", one.object, one.field, one.expected, one.found))
        .collect()
}

fn user<'w>(world: &'w mut World, id: &str) -> &'w mut User {
    world.organization.users.get_mut(&JumpCloudUserId::new(id)).unwrap()
}

fn set(world: &mut World, id: &str, field: Field, value: &str) {
    user(world, id).fields.insert(field, value.to_owned());
}

/// In step, but for a user `ada` (u1) whose department changes.
fn update() -> World {
    let mut world = World::new();
    world.member(100, "ada");
    world.member(101, "bob");
    let mut world = world.applied();
    world.set(100, "department", "Numbers");
    world
}

/// The id that the user of this number has.
fn id(number: u32) -> String {
    guid(number).to_string()
}

fn our_mark(world: &World, number: u32) -> String {
    mark(&world.policy, guid(number)).to_string()
}

#[test]
fn a_field_that_changes_must_have_its_value_and_others_are_free() {
    let world = update();
    let ada = id(100);
    assert_eq!(
        after(&world, |now| set(now, &ada, Field::Department, "Engines")),
        ["user ada: department nothing → \"Engines\""]
    );
    assert!(after(&world, |now| set(now, &ada, Field::Location, "London")).is_empty());
    assert!(after(&world, |now| set(now, &id(101), Field::Department, "Engines")).is_empty());
}

#[test]
fn a_changed_object_must_be_there_and_be_ours() {
    let world = update();
    let ada = id(100);
    let gone = |now: &mut World| drop(now.organization.users.remove(&JumpCloudUserId::new(ada.as_str())));
    assert_eq!(after(&world, gone), [format!("user ada: id {ada} → not in JumpCloud any more")]);
    let ours = our_mark(&world, 100);
    assert_eq!(
        after(&world, |now| set(now, &ada, Field::custom(Mark::POLICY), "other")),
        [format!("user ada: mark {ours} → {}", ours.replace("/corp]", "/other]"))]
    );
    let unmarked =
        |now: &mut World| user(now, &ada).fields.retain(|field, _| !matches!(field, Field::Custom(_)));
    assert_eq!(after(&world, unmarked), [format!("user ada: mark {ours} → nothing")]);
}

#[test]
fn names_of_those_who_come_or_are_renamed_must_be_free_without_case() {
    let mut world = World::new();
    world.member(100, "ada");
    let mut world = world.applied();
    world.member(101, "bob");
    world.rename(100, "countess");
    let found = after(&world, |now| {
        now.unowned("x", "Bob").fields.insert(Field::Email, "else@example.com".to_owned());
        now.unowned("y", "y").fields.insert(Field::Email, "COUNTESS@example.com".to_owned());
    });
    assert_eq!(
        found,
        [
            "user bob: username \"bob\" free → \"Bob\" has it (x)",
            "user countess: email \"countess@example.com\" free → \"y\" has it (y)",
        ]
    );
    let marked = |now: &mut World| {
        now.owned("x", "somebody", 101);
    };
    let ours = our_mark(&world, 101);
    assert_eq!(after(&world, marked), [format!("user bob: mark {ours} free → \"somebody\" has it (x)")]);
}

#[test]
fn a_name_that_the_plan_itself_frees_is_free_for_nobody_else() {
    let mut world = World::new();
    world.member(100, "ada");
    world.member(101, "bob");
    let mut world = world.applied();
    world.rename(100, "bob");
    world.rename(101, "ada");
    let found = after(&world, |now| {
        now.unowned("x", "ada");
    });
    assert_eq!(
        found,
        [
            "user ada: email \"ada@example.com\" free → \"ada\" has it (x)",
            "user ada: username \"ada\" free → \"ada\" has it (x)",
        ]
    );
}

#[test]
fn whoever_is_removed_must_have_its_names_its_state_and_its_mark() {
    let mut world = World::new();
    world.member(100, "ada");
    world.member(101, "bob");
    let mut world = world.applied();
    world.delete(101);
    let bob = id(101);
    assert!(after(&world, |now| set(now, &bob, Field::Department, "Engines")).is_empty());
    assert_eq!(
        after(&world, |now| set(now, &bob, Field::Username, "bobby")),
        ["user bob: username \"bob\" → \"bobby\""]
    );
    assert_eq!(
        after(&world, |now| set(now, &bob, Field::State, "SUSPENDED")),
        ["user bob: state \"ACTIVATED\" → \"SUSPENDED\""]
    );
    assert_eq!(
        after(&world, |now| user(now, &bob).is_console_administrator = true),
        ["user bob: admin nothing → linked to a console administrator"]
    );
    assert_eq!(
        after(&world, |now| set(now, &bob, Field::custom("adLeaving"), "left 2026-01-01T00:00:00Z")),
        Vec::<String>::new(),
        "a clock that was not there is not among the values before"
    );
    world.policy.dissociation.default.action = LeaveAction::Suspend;
    assert_eq!(
        after(&world, |now| user(now, &bob).is_console_administrator = true),
        ["user bob: admin nothing → linked to a console administrator"]
    );
}

#[test]
fn what_is_adopted_must_be_nobodys() {
    let mut world = World::new();
    world.policy.takeover = Takeover::Adopt;
    world.member(100, "ada");
    world.unowned("x", "ada");
    world.jumpcloud_group("g", "JumpCloud", "By hand", &[]);
    let other = |now: &World, number| Mark { policy: "other".into(), ..mark(&now.policy, guid(number)) };
    let mark = other(&world, 100);
    let found = after(&world, |now| user(now, "x").fields.extend(mark.user_fields()));
    assert_eq!(found, [format!("user ada: mark nothing → {mark}")]);
    let found = after(&world, |now| user(now, "x").is_console_administrator = true);
    assert_eq!(found, ["user ada: admin nothing → linked to a console administrator"]);
    let mark = other(&world, 1);
    let found = after(&world, |now| {
        let group = now.organization.groups.get_mut(&JumpCloudGroupId::new("g")).unwrap();
        group.description = mark.mark_description("By hand");
    });
    let description = format!("group JumpCloud: description \"By hand\" → \"By hand {mark}\"");
    assert_eq!(found, [description, format!("group JumpCloud: mark nothing → {mark}")]);
}

#[test]
fn groups_must_be_there_be_ours_and_take_members_one_by_one() {
    let mut world = World::new();
    world.member(100, "ada");
    world.group(2, "Sales");
    world.join(2, 1);
    let mut world = world.applied();
    world.join(100, 2);
    let sales = JumpCloudGroupId::new(id(2));
    let change = |change: fn(&mut World, &JumpCloudGroupId)| after(&world, |now| change(now, &sales));
    assert_eq!(
        change(|now, sales| drop(now.organization.groups.remove(sales))),
        [format!("group Sales: id {sales} → not in JumpCloud any more")]
    );
    let ours = our_mark(&world, 2);
    assert_eq!(
        change(|now, sales| now.organization.groups.get_mut(sales).unwrap().description.clear()),
        [format!("group Sales: mark {ours} → nothing")]
    );
    assert_eq!(
        change(|now, sales| {
            now.organization.groups.get_mut(sales).unwrap().membership_method = MembershipMethod::Dynamic;
        }),
        ["group Sales: membershipMethod STATIC → DYNAMIC"]
    );
    assert_eq!(
        change(|now, sales| {
            let ada = JumpCloudUserId::new(id(100));
            now.organization.members.entry(sales.clone()).or_default().insert(ada);
        }),
        ["member ada of Sales: membership no member → a member"]
    );
    world.rename(100, "countess");
    world.name_group(2, "Trade");
    let found = after(&world, |now| now.jumpcloud_group("g", "trade", "", &[]));
    assert_eq!(found, ["group Trade: name \"Trade\" free → \"trade\" has it (g)"]);
}

#[test]
fn a_membership_that_ends_must_be_there_and_its_user_be_ours() {
    let mut world = World::new();
    world.member(100, "ada");
    world.group(2, "Sales");
    world.join(2, 1);
    world.join(100, 2);
    let mut world = world.applied();
    world.quit(100, 2);
    let found = after(&world, |now| {
        now.organization.members.get_mut(&JumpCloudGroupId::new(id(2))).unwrap().clear();
    });
    assert_eq!(found, ["member ada of Sales: membership a member → no member"]);
    let found = after(&world, |now| set(now, &id(100), Field::custom(Mark::POLICY), "other"));
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].starts_with("user ada: mark "), "{found:?}");
}

#[test]
fn a_sync_agent_that_came_meanwhile_is_a_difference() {
    let found = after(&update(), |now| {
        now.organization.agents =
            vec![Agent { kind: AgentKind::Sync, is_active: true, hostname: "dc1".to_owned() }];
    });
    assert_eq!(found, ["directory object: sync agents 0 → 1"]);
}

#[test]
fn the_directory_object_must_be_there() {
    let mut world = update();
    let object = DirectoryObject { id: DirectoryId::new("dir"), domain: "DC=example;DC=com".to_owned() };
    world.organization.directories = vec![object];
    let found = after(&world, |now| now.organization.directories.clear());
    assert_eq!(found, ["directory object: id dir → not in JumpCloud any more"]);
}

#[test]
fn a_manager_who_is_named_must_be_there() {
    let mut world = World::new();
    world.policy.mappings.push(crate::policy::Mapping::preset(Field::Manager, &["manager"]));
    world.member(100, "ada");
    world.member(101, "bob");
    let mut world = world.applied();
    let bob = world.dn_of(101);
    world.set(100, "manager", bob.as_str());
    let gone = |now: &mut World| drop(now.organization.users.remove(&JumpCloudUserId::new(id(101))));
    assert_eq!(after(&world, gone), [format!("user ada: manager {} → not in JumpCloud any more", id(101))]);
    let other = |now: &mut World| set(now, &id(100), Field::Manager, "j9");
    assert_eq!(after(&world, other), ["user ada: manager nothing → \"j9\""]);
}
