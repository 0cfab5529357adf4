//! Laws of the core, over random worlds.

use std::time::Duration;

use jiff::SignedDuration;
use proptest::prelude::*;

use super::world::{World, guid};
use crate::desired::mark;
use crate::model::{
    AddressPart, Departure, DirectoryId, DirectoryObject, Field, JumpCloudUserId, Mark, User,
    UserAccountControl,
};
use crate::plan::{Plan, Stage};
use crate::policy::{
    DirectoryUse, GroupSelector, Leave, LeaveAction, Mapping, NewUserState, NewUsers, Span, Spanned, Takeover,
};

/// One edit of a world.
#[derive(Debug, Clone)]
pub(super) enum Edit {
    Rename(u32, usize),
    Quit(u32, u32),
    Join(u32, u32),
    Disable(u32),
    Blank(u32),
    Department(u32, usize),
    Phone(u32, usize),
    Locality(u32, usize),
    Title(u32, usize),
    /// The manager, who may be anybody, also oneself; 99 is nobody.
    Manager(u32, u32),
    /// Moves within the container: whoever has the user as manager names another DN.
    Move(u32),
    Unowned(usize),
    /// A user of nobody's whom the agent bound, under a name that somebody may want.
    FromAgent(usize),
    /// A group of nobody's, under a name that somebody may want.
    UnownedGroup(usize),
    /// Another policy's user and group, under names that somebody may want.
    OtherPolicys(usize),
    /// An administrator of JumpCloud sets the state of every third user.
    State(usize, &'static str),
    Administrator(u32),
    /// Hours go by.
    Hours(i64),
    Dissociation(Leave),
    Takeover(Takeover),
    NewUsers(NewUsers),
    Directory(DirectoryUse),
}

pub(super) const NAMES: [&str; 8] = ["a", "b", "c", "d", "e", "f", "g", "h"];
const GROUPS: [&str; 4] = ["Sales", "Research", "Board", "Choir"];

pub(super) fn edit() -> impl Strategy<Value = Edit> {
    let user = 100u32..106;
    let group = 1u32..5;
    prop_oneof![
        (user.clone(), 0..NAMES.len()).prop_map(|(user, name)| Edit::Rename(user, name)),
        (user.clone(), group.clone()).prop_map(|(user, group)| Edit::Quit(user, group)),
        (prop_oneof![user.clone(), group.clone()], group)
            .prop_map(|(member, group)| Edit::Join(member, group)),
        user.clone().prop_map(Edit::Disable),
        user.clone().prop_map(Edit::Blank),
        (user.clone(), 0..NAMES.len()).prop_map(|(user, name)| Edit::Department(user, name)),
        prop_oneof![
            (user.clone(), 0..NAMES.len()).prop_map(|(user, name)| Edit::Phone(user, name)),
            (user.clone(), 0..NAMES.len()).prop_map(|(user, name)| Edit::Locality(user, name)),
            (user.clone(), 0..NAMES.len()).prop_map(|(user, name)| Edit::Title(user, name)),
        ],
        (user.clone(), 99u32..106).prop_map(|(user, manager)| Edit::Manager(user, manager)),
        user.clone().prop_map(Edit::Move),
        (0..NAMES.len()).prop_map(Edit::Unowned),
        (0..NAMES.len()).prop_map(Edit::FromAgent),
        (0..GROUPS.len()).prop_map(Edit::UnownedGroup),
        (0..NAMES.len()).prop_map(Edit::OtherPolicys),
        (0..3usize, prop_oneof![Just("SUSPENDED"), Just("ACTIVATED"), Just("STAGED")])
            .prop_map(|(third, state)| Edit::State(third, state)),
        (100u32..106).prop_map(Edit::Administrator),
        (1..400i64).prop_map(Edit::Hours),
        leave().prop_map(Edit::Dissociation),
        prop_oneof![Just(Takeover::Refuse), Just(Takeover::Adopt)].prop_map(Edit::Takeover),
        (prop_oneof![Just(NewUserState::Activated), Just(NewUserState::Staged)], any::<bool>())
            .prop_map(|(state, has_welcome_email)| Edit::NewUsers(NewUsers { state, has_welcome_email })),
        prop_oneof![Just(DirectoryUse::Bind), Just(DirectoryUse::Ignore)].prop_map(Edit::Directory),
    ]
}

fn leave() -> impl Strategy<Value = Leave> {
    let action = prop_oneof![
        Just(LeaveAction::Remove),
        Just(LeaveAction::Unbind),
        Just(LeaveAction::Suspend),
        Just(LeaveAction::Keep)
    ];
    let grace = proptest::option::of((1..300u64).prop_map(Duration::from_hours));
    (action, grace).prop_map(|(action, grace)| Leave { action, grace })
}

pub(super) fn world() -> World {
    let mut world = World::new();
    world.policy.mappings.extend([
        Mapping::preset(Field::phone("work"), &["telephoneNumber"]),
        Mapping::preset(Field::address("work", AddressPart::Locality), &["l"]),
        Mapping::preset(Field::address("work", AddressPart::Country), &["co"]),
        Mapping::preset(Field::Manager, &["manager"]),
        Mapping {
            is_required: true,
            ..Mapping::preset(Field::custom("title"), &["title", "sAMAccountName"])
        },
    ]);
    world.organization.directories =
        vec![DirectoryObject { id: DirectoryId::new("dir"), domain: "DC=example;DC=com".to_owned() }];
    world.group(9, "Admins");
    world.policy.administrators_group =
        Some(Spanned { value: GroupSelector::Name("Admins".to_owned()), span: Span { start: 0, length: 0 } });
    for (number, name) in (2..5).zip(GROUPS) {
        world.group(number, name);
        world.join(number, 1);
    }
    for (number, name) in (100..106).zip(NAMES) {
        world.user(number, name);
        world.join(number, 1 + number % 4);
    }
    world
}

pub(super) fn edited(mut world: World, edits: &[Edit]) -> World {
    for edit in edits {
        match *edit {
            Edit::Rename(user, name) => world.rename(user, NAMES[name]),
            Edit::Quit(user, group) => world.quit(user, group),
            Edit::Join(member, group) => world.join(member, group),
            Edit::Disable(user) => world.user_mut(user).user_account_control = UserAccountControl(514),
            Edit::Blank(user) => world.set(user, "sn", ""),
            Edit::Department(user, name) => world.set(user, "department", NAMES[name]),
            // One in eight has none.
            Edit::Phone(user, number) => {
                world.set(user, "telephoneNumber", ["", "1", "2", "3", "4", "5", "6", "7"][number]);
            }
            Edit::Locality(user, name) => {
                world.set(user, "l", NAMES[name]);
                world.set(user, "co", if name == 0 { "" } else { "DE" });
            }
            Edit::Title(user, name) => world.set(user, "title", if name == 0 { "" } else { NAMES[name] }),
            Edit::Manager(user, manager) => {
                let dn = world.directory.user(guid(manager)).map(|manager| manager.dn.as_str().to_owned());
                world.set(user, "manager", dn.as_deref().unwrap_or_default());
            }
            Edit::Move(user) => world.move_within(user),
            Edit::Unowned(name) => {
                world.unowned(&format!("j{name}"), &format!("unowned-{}", NAMES[name]));
            }
            Edit::FromAgent(name) => {
                let is_taken = has_name(&world, NAMES[name]);
                let id = format!("agent{name}");
                if !is_taken && !world.organization.users.contains_key(&JumpCloudUserId::new(id.as_str())) {
                    let user = world.unowned(&id, NAMES[name]);
                    user.fields.insert(Field::Directory, "dir".to_owned());
                    user.fields.insert(Field::custom("badge"), "17".to_owned());
                    user.fields.insert(Field::phone("home"), "17".to_owned());
                    user.fields.insert(Field::address("work", AddressPart::Region), "17".to_owned());
                }
            }
            Edit::UnownedGroup(name) => {
                let names: Vec<&str> =
                    world.organization.groups.values().map(|group| group.name.as_str()).collect();
                if !names.contains(&GROUPS[name]) {
                    world.jumpcloud_group(&format!("g{name}"), GROUPS[name], "By hand", &[]);
                }
            }
            Edit::OtherPolicys(name) => {
                let (id, number) = (format!("other{name}"), 100 + u32::try_from(name).unwrap());
                if !has_name(&world, NAMES[name]) {
                    let mark = Mark { policy: "other".into(), ..mark(&world.policy, guid(number)) };
                    world.unowned(&id, NAMES[name]).fields.extend(mark.user_fields());
                }
            }
            Edit::State(third, state) => {
                for (_, user) in
                    world.organization.users.iter_mut().enumerate().filter(|(index, _)| index % 3 == third)
                {
                    user.1.fields.insert(Field::State, state.to_owned());
                }
            }
            Edit::Administrator(user) => world.join(user, 9),
            Edit::Hours(hours) => {
                world.now = world.now.checked_add(SignedDuration::from_hours(hours)).unwrap();
            }
            Edit::Dissociation(leave) => world.policy.dissociation.default = leave,
            Edit::Takeover(takeover) => world.policy.takeover = takeover,
            Edit::NewUsers(new_users) => world.policy.new_users = new_users,
            Edit::Directory(directory) => world.policy.directory = directory,
        }
    }
    world
}

fn has_name(world: &World, name: &str) -> bool {
    world.organization.users.values().any(|user| user.username() == name)
}

/// Users that this policy may not change: other policies', and those of nobody that no selected one can claim.
fn others(world: &World) -> Vec<(JumpCloudUserId, User)> {
    let is_foreign = |id: &JumpCloudUserId| id.as_str().starts_with('j') || id.as_str().starts_with("other");
    let users = world.organization.users.iter().filter(|(id, _)| is_foreign(id));
    users.map(|(id, user)| (id.clone(), user.clone())).collect()
}

/// Users whom somebody else suspended.
fn suspended_elsewhere(world: &World) -> Vec<JumpCloudUserId> {
    let is_ours = |user: &User| user.field(&Field::custom(Departure::SUSPENDED)).is_some();
    let users = world.organization.users.iter().filter(|(_, user)| !is_ours(user));
    users
        .filter(|(_, user)| user.field(&Field::State) == Some("SUSPENDED"))
        .map(|(id, _)| id.clone())
        .collect()
}

pub(super) fn assert_order(plan: &Plan) {
    let mut stage = Stage::Objects;
    for (index, step) in plan.steps.iter().enumerate() {
        assert!(step.after.iter().all(|before| *before < index), "a step waits for a later one: {plan:?}");
        assert!(step.stage >= stage, "stages go back: {plan:?}");
        stage = step.stage;
    }
    for index in 0..plan.changes.len() {
        let writes =
            |step: &&crate::plan::Step| step.change == index && step.deed == crate::plan::Deed::Write;
        assert_eq!(plan.steps.iter().filter(writes).count(), 1, "each change is written once");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn a_plan_after_its_apply_is_empty(
        before in proptest::collection::vec(edit(), 0..6),
        after in proptest::collection::vec(edit(), 0..12),
    ) {
        let world = edited(edited(world(), &before).applied(), &after);
        let plan = world.plan();
        assert_order(&plan);
        prop_assert_eq!(&plan, &world.plan(), "the same inputs give the same plan");
        let mut shuffled = world.clone();
        for group in &mut shuffled.directory.groups {
            group.members.reverse();
        }
        prop_assert_eq!(&plan, &shuffled.plan(), "values of `member` have no order");
        let (untouched, suspended) = (others(&world), suspended_elsewhere(&world));
        let world = world.applied();
        let again = world.plan();
        prop_assert!(again.is_empty(), "{:?}", again.changes);
        for (id, user) in untouched {
            prop_assert_eq!(world.organization.users.get(&id), Some(&user));
        }
        for user in suspended.iter().filter_map(|id| world.organization.users.get(id)) {
            prop_assert_eq!(user.field(&Field::State), Some("SUSPENDED"));
        }
        let agents = world.organization.users.iter().filter(|(id, _)| id.as_str().starts_with("agent"));
        for (_, user) in agents {
            for field in
                [Field::custom("badge"), Field::phone("home"), Field::address("work", AddressPart::Region)]
            {
                prop_assert_eq!(user.field(&field), Some("17"));
            }
        }
    }
}
