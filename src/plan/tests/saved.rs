//! Saved plans: nothing is lost on the way to a file and back, and what was just planned is expected to hold.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::laws::{edit, edited, world};
use super::world::World;
use crate::model::{EndOfRead, Evidence, Search};
use crate::plan::saved::{Needs, Population, SavedPlan, SavedPlanError, differences, needs, seal};
use crate::plan::{Allow, Allowances, Header, Plan, Source, SourceKind, Target, TargetKind, measure, trip};

fn header(text: &str) -> Header {
    Header {
        policy: text.to_owned(),
        digest: "0f".repeat(32),
        source: Source {
            kind: SourceKind::Ldif,
            location: "staff.ldif".to_owned(),
            domain: "example.com".to_owned(),
            root_container: text.to_owned(),
            security_group: "JumpCloud".to_owned(),
            evidence: Evidence {
                searches: vec![Search { name: "users".to_owned(), pages: 2, entries: 1001 }],
                ranges_closed: 3,
                references: vec![text.to_owned()],
                end: EndOfRead::NotProven,
            },
        },
        target: Target {
            kind: TargetKind::Api,
            location: "https://console.jumpcloud.com".to_owned(),
            state_file: None,
            organization: Some("5f".repeat(12)),
            directory: None,
        },
    }
}

fn saved(plan: Plan, text: &str) -> SavedPlan {
    let allow = ["removals=40", "empty"].iter().map(|allow| allow.parse::<Allow>().unwrap()).collect();
    let population = Population { users: 7, groups: 3 };
    let now = "2026-11-22T12:00:00Z".parse().unwrap();
    SavedPlan::new(
        plan,
        header(text),
        allow,
        population,
        (text.to_owned(), BTreeMap::new()),
        "0.1.0".to_owned(),
        now,
    )
}

/// An organization of which only that is there which would be read again.
fn read_again(world: &World, needs: &Needs) -> World {
    let mut world = world.clone();
    let organization = &mut world.organization;
    let is_named = |user: &crate::model::User| {
        let has = |(field, name): &(_, String)| {
            user.field(field).is_some_and(|value| crate::model::fold(value) == crate::model::fold(name))
        };
        needs.user_names.iter().any(has)
    };
    organization.users.retain(|id, user| needs.users.contains(id) || is_named(user));
    organization.groups.retain(|id, _| needs.has_group_names || needs.groups.contains(id));
    organization.members.retain(|id, _| needs.memberships.iter().any(|(group, _)| group == id));
    for (id, members) in &mut organization.members {
        members.retain(|user| needs.memberships.contains(&(id.clone(), user.clone())));
    }
    for (id, user) in &mut organization.users {
        if !needs.user_bindings.contains_key(id) {
            user.fields.remove(&crate::model::Field::Directory);
        }
    }
    for (id, group) in &mut organization.groups {
        if !needs.group_bindings.contains_key(id) {
            group.directory = None;
        }
    }
    world
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn a_plan_is_read_as_it_was_saved_and_holds_until_it_is_applied(
        before in proptest::collection::vec(edit(), 0..6),
        after in proptest::collection::vec(edit(), 0..12),
        text in any::<String>(),
    ) {
        let world = edited(edited(world(), &before).applied(), &after);
        let mut plan = world.plan();
        if let Some(change) = plan.changes.first_mut() {
            change.because.clone_from(&text);
        }
        let saved = saved(plan.clone(), &text);
        let (read, _) = SavedPlan::parse(seal(&saved.to_json().unwrap()).as_bytes()).unwrap();
        prop_assert_eq!(&read, &saved);

        prop_assert_eq!(measure(&world.policy, &plan.census, &plan.changes), plan.measures.clone());
        prop_assert_eq!(trip(&plan.census, &plan.measures, &Allowances::default()), plan.guards.clone());
        let needs = needs(&plan, &world.policy, Some("dir"));
        let again = read_again(&world, &needs);
        prop_assert_eq!(differences(&plan, &world.policy, &needs, &again.organization), vec![]);
        prop_assert_eq!(differences(&plan, &world.policy, &needs, &world.organization), vec![]);
        let applied = world.applied();
        let again = read_again(&applied, &needs);
        let is_unmet = !differences(&plan, &applied.policy, &needs, &again.organization).is_empty();
        prop_assert_eq!(is_unmet, !plan.is_empty(), "a plan does not fit what it has made itself");
    }
}

#[test]
fn no_byte_of_a_whole_plan_can_be_changed() {
    let mut world = World::new();
    world.member(100, "ada");
    let file = seal(&saved(world.plan(), "corp").to_json().unwrap()).into_bytes();
    assert!(file.len() > 4_000, "{} bytes", file.len());
    for position in 0..file.len() {
        let mut changed = file.clone();
        changed[position] ^= 1;
        assert!(SavedPlan::parse(&changed).is_err(), "byte {position}");
        assert!(SavedPlan::parse(&file[..position]).is_err(), "cut off at {position}");
    }
}

#[test]
fn a_right_seal_over_something_else_is_refused() {
    let body = saved(edited(world(), &[]).plan(), "corp").to_json().unwrap();
    let refused = |body: &str| SavedPlan::parse(seal(body).as_bytes()).unwrap_err();
    assert!(matches!(refused("{}"), SavedPlanError::UnknownForm(_)));
    let unfit = |from: &str, to: &str| {
        assert!(body.contains(from), "{from}");
        refused(&body.replacen(from, to, 1))
    };
    assert!(matches!(unfit("\"kind\": \"user\"", "\"kind\": \"robot\""), SavedPlanError::UnknownForm(_)));
    assert!(matches!(unfit("\"change\": 0", "\"change\": 1"), SavedPlanError::UnfitSteps));
    assert!(matches!(unfit("\"change\": 0", "\"change\": 4711"), SavedPlanError::UnfitSteps));
    assert!(matches!(
        unfit("\"after\": [\n          0", "\"after\": [\n          999"),
        SavedPlanError::UnfitSteps
    ));
}
