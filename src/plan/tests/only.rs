//! A part of a plan is a plan.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::laws::{NAMES, assert_order, edit, edited, world};
use super::world::{World, held, lines};
use crate::model::Note;
use crate::plan::{self, Allowances, Change, Only, Plan};
use crate::policy::Limit;

fn only(selectors: &[&str]) -> Only {
    selectors.iter().map(|selector| selector.parse().unwrap()).collect()
}

/// Plans a part. Nobody leaves in these worlds but those whom the directory still shows.
fn part(world: &World, selectors: &[&str]) -> Plan {
    part_with(world, selectors, &Allowances::default())
}

fn part_with(world: &World, selectors: &[&str], allowances: &Allowances) -> Plan {
    let World { policy, directory, organization, now } = world;
    plan::plan_only(policy, directory, &world.desired(), organization, allowances, &only(selectors), *now)
}

fn selector() -> impl Strategy<Value = String> {
    let name = prop_oneof![
        (0..NAMES.len()).prop_map(|name| NAMES[name].to_owned()),
        Just("*".to_owned()),
        Just("S*".to_owned()),
        Just("Board".to_owned()),
    ];
    (prop_oneof![Just("user"), Just("group")], name).prop_map(|(kind, name)| format!("{kind}:{name}"))
}

/// What a change is, apart from where it stands.
fn is_in(change: &Change, plan: &Plan) -> bool {
    plan.changes.iter().any(|other| other == change)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn a_part_never_waits_for_what_it_lacks(
        before in proptest::collection::vec(edit(), 0..6),
        after in proptest::collection::vec(edit(), 0..12),
        selectors in proptest::collection::vec(selector(), 1..4),
    ) {
        let world = edited(edited(world(), &before).applied(), &after);
        let whole = world.plan();
        let selectors: Only = selectors.iter().map(|selector| selector.parse().unwrap()).collect();
        let (changes, steps) = selectors.keep(whole.changes.clone(), whole.steps.clone());
        let part = Plan { changes, steps, ..Plan::default() };
        assert_order(&part);
        for change in &part.changes {
            prop_assert!(is_in(change, &whole), "not in the whole plan: {change:?}");
        }
        // The steps that a kept change needs in the whole plan are needed in the part, as many as they were.
        for step in &part.steps {
            let change = &part.changes[step.change];
            let needs = |plan: &Plan| -> BTreeSet<String> {
                let of_change = plan.steps.iter().filter(|other| {
                    other.deed == step.deed && plan.changes[other.change] == *change
                });
                let needed = of_change.flat_map(|step| &step.after).map(|before| &plan.steps[*before]);
                needed.map(|step| format!("{:?} {:?}", step.deed, plan.changes[step.change])).collect()
            };
            prop_assert_eq!(needs(&part), needs(&whole));
        }
        // What was left out can still be done.
        let mut world = world;
        world.organization = plan::simulate(&part, &world.organization, world.now);
        let again = world.clone().applied().plan();
        prop_assert!(again.is_empty(), "{:?}", again.changes);
    }

    #[test]
    fn everybody_is_the_whole_plan(
        before in proptest::collection::vec(edit(), 0..6),
        after in proptest::collection::vec(edit(), 0..12),
    ) {
        let world = edited(edited(world(), &before).applied(), &after);
        let whole = world.plan();
        let all = only(&["user:*", "group:*"]);
        let kept = all.keep(whole.changes.clone(), whole.steps.clone());
        prop_assert_eq!(kept, (whole.changes.clone(), whole.steps.clone()));
        prop_assert!(whole.held_back.iter().all(|held| all.keeps_held_back(held)));
        prop_assert!(whole.notes.iter().all(|note| all.keeps_note(note)));
    }
}

fn company() -> World {
    let mut world = World::new();
    world.group(2, "Sales");
    world.join(2, 1);
    world.member(100, "ada");
    world.member(101, "grace");
    world.join(100, 2);
    world
}

#[test]
fn a_user_comes_with_memberships_and_the_groups_that_these_need() {
    let world = company();
    assert_eq!(
        lines(&part(&world, &["user:ADA"])),
        [
            "+ user ada",
            "+ group JumpCloud",
            "+ group Sales",
            "+ member ada of JumpCloud",
            "+ member ada of Sales"
        ]
    );
    assert_eq!(
        lines(&part(&world, &["group:Sales"])),
        ["+ user ada", "+ group Sales", "+ member ada of Sales"]
    );
    assert_eq!(
        lines(&part(&world, &["group:Sales", "user:gr?ce"])),
        [
            "+ user ada",
            "+ user grace",
            "+ group JumpCloud",
            "+ group Sales",
            "+ member grace of JumpCloud",
            "+ member ada of Sales"
        ]
    );
    assert!(part(&world, &["user:sales", "group:ada", "user:[a]da"]).is_empty());
}

#[test]
fn who_is_renamed_is_found_by_both_names_with_all_memberships() {
    let mut world = company().applied();
    world.rename(100, "augusta");
    world.quit(100, 2);
    for name in ["user:ada", "user:augusta"] {
        let lines = lines(&part(&world, &[name]));
        assert_eq!(lines, ["~ user augusta", "- member augusta of Sales"], "{name}");
    }
    world.name_group(2, "Field");
    for name in ["group:sales", "group:field"] {
        let lines = lines(&part(&world, &[name]));
        assert_eq!(lines, ["~ group Field", "- member augusta of Field"], "{name}");
    }
}

#[test]
fn who_frees_a_name_comes_along_and_so_does_a_whole_cycle() {
    let mut world = company().applied();
    world.set(100, "mail", "augusta@example.com");
    world.member(102, "newcomer");
    world.set(102, "mail", "ada@example.com");
    assert_eq!(
        lines(&part(&world, &["user:newcomer"])),
        ["+ user newcomer", "~ user ada", "+ member newcomer of JumpCloud"]
    );
    assert_eq!(lines(&part(&world, &["user:ada"])), ["~ user ada"], "nobody is in the way");

    let mut world = company().applied();
    world.set(100, "mail", "grace@example.com");
    world.set(101, "mail", "ada@example.com");
    for name in ["user:ada", "user:grace"] {
        let part = part(&world, &[name]);
        assert_eq!(lines(&part), ["~ user ada", "~ user grace"], "{name}");
        assert_eq!(part.steps.len(), 3, "one of them is parked");
    }
}

#[test]
fn guards_judge_what_is_left_of_what_is_owned() {
    let mut world = company();
    for number in 102..110 {
        world.member(number, &format!("u{number}"));
    }
    let mut world = world.applied();
    world.policy.limits.attribute_changes = Limit { number: 500, percent: 10 };
    for number in [100, 101, 102] {
        world.set(number, "sn", "Lovelace");
    }
    let guards = |selectors: &[&str]| -> Vec<(u64, Option<u64>)> {
        let plan = part(&world, selectors);
        plan.guards.iter().map(|guard| (guard.measured, guard.owned)).collect()
    };
    assert_eq!(guards(&[]), [(3, Some(10))]);
    assert_eq!(guards(&["user:ada", "user:grace"]), [(2, Some(10))]);
    assert_eq!(guards(&["user:ada"]), []);
}

#[test]
fn an_empty_security_group_stops_every_part() {
    let world = World::new();
    let guards = |selectors: &[&str]| part(&world, selectors).guards.len();
    assert_eq!((guards(&[]), guards(&["user:nobody"])), (1, 1));
    assert_eq!(
        part_with(&world, &["user:nobody"], &["empty".parse().unwrap()].into_iter().collect()).guards,
        []
    );
}

#[test]
fn who_is_not_named_is_not_reported_either() {
    let mut world = company();
    world.set(100, "sn", "");
    world.set(101, "sn", "");
    assert_eq!(held(&part(&world, &[])), ["ada: missing-lastname", "grace: missing-lastname"]);
    assert_eq!(held(&part(&world, &["user:a*"])), ["ada: missing-lastname"]);
    assert_eq!(held(&part(&world, &["group:*"])), [""; 0]);

    let keeps = |subject: &str| only(&["user:tia*"]).keeps_note(&Note::new("code", subject, "message"));
    assert!(keeps("tia.agency") && keeps("CN=Tia Agency,OU=Partners,DC=corp,DC=example,DC=com"));
    assert!(!keeps("omar") && !keeps("CN=Omar,OU=Tia,DC=corp,DC=example,DC=com"));
}

#[test]
fn a_part_says_so() {
    let world = company();
    assert_eq!(part(&world, &["user:Ada*", "group:x"]).only, ["user:Ada*", "group:x"]);
    assert!(part(&world, &[]).only.is_empty());
}
