//! Laws of the core, over random worlds.

use proptest::prelude::*;

use super::world::World;
use crate::model::UserAccountControl;
use crate::plan::{Plan, Stage};

/// One edit of a world.
#[derive(Debug, Clone)]
pub(super) enum Edit {
    Rename(u32, usize),
    Quit(u32, u32),
    Join(u32, u32),
    Disable(u32),
    Blank(u32),
    Department(u32, usize),
    Unowned(usize),
}

pub(super) const NAMES: [&str; 8] = ["a", "b", "c", "d", "e", "f", "g", "h"];

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
        (user, 0..NAMES.len()).prop_map(|(user, name)| Edit::Department(user, name)),
        (0..NAMES.len()).prop_map(Edit::Unowned),
    ]
}

pub(super) fn world() -> World {
    let mut world = World::new();
    for (number, name) in (2..5).zip(["Sales", "Research", "Board"]) {
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
            Edit::Unowned(name) => {
                world.unowned(&format!("j{name}"), &format!("unowned-{}", NAMES[name]));
            }
        }
    }
    world
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
        let unowned = world.organization.users.iter().filter(|(id, _)| id.as_str().starts_with('j'));
        let untouched: Vec<_> = unowned.map(|(id, user)| (id.clone(), user.clone())).collect();
        let world = world.applied();
        let again = world.plan();
        prop_assert!(again.is_empty(), "{:?}", again.changes);
        for (id, user) in untouched {
            prop_assert_eq!(world.organization.users.get(&id), Some(&user));
        }
    }
}
