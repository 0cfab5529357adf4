//! What a mapping makes of a value, as a change in a plan.

use super::world::{World, held, lines};
use crate::model::{AddressPart, AttributeName, Field, JumpCloudUserId, User, Value};
use crate::plan::Plan;
use crate::policy::{Mapping, Origin};

/// A world with one more mapping, and `ada` in it.
fn with(mapping: Mapping) -> World {
    let mut world = World::new();
    world.policy.mappings.push(mapping);
    world.member(100, "ada");
    world
}

fn origin(field: Field, origin: Origin) -> Mapping {
    Mapping { field, origin, is_required: false, line: None }
}

/// The fields of the only change, as `field before → after`.
fn fields(plan: &Plan) -> Vec<String> {
    let [change] = plan.changes.as_slice() else { panic!("{:?}", lines(plan)) };
    let shown = |value: &Option<String>| value.clone().unwrap_or_else(|| "none".to_owned());
    let fields = change.fields.iter();
    fields.map(|one| format!("{} {} → {}", one.field, shown(&one.before), shown(&one.after))).collect()
}

fn actual(world: &mut World) -> &mut User {
    let id = JumpCloudUserId::new(super::world::guid(100).to_string());
    world.organization.users.get_mut(&id).unwrap()
}

#[test]
fn a_number_is_written_changed_and_cleared_and_others_stay() {
    let mut world = with(Mapping::preset(Field::phone("work"), &["telephoneNumber"])).applied();
    actual(&mut world).fields.insert(Field::phone("home"), "9".to_owned());
    assert!(world.plan().is_empty(), "its lock is there, and nothing else is to do");
    world.set(100, "telephoneNumber", "1");
    assert_eq!(fields(&world.plan()), ["phoneNumbers.work none → 1"]);
    let mut world = world.applied();
    world.set(100, "telephoneNumber", "2");
    assert_eq!(fields(&world.plan()), ["phoneNumbers.work 1 → 2"]);
    world.set(100, "telephoneNumber", "");
    assert_eq!(fields(&world.plan()), ["phoneNumbers.work 1 → none"]);
    let mut world = world.applied();
    assert_eq!(actual(&mut world).field(&Field::phone("home")), Some("9"));
    assert_eq!(
        actual(&mut world).field(&Field::RestrictedField("phoneNumbers".into())),
        Some("active_directory")
    );
}

#[test]
fn of_an_address_each_part_is_a_field() {
    let part = |part| Field::address("work", part);
    let mut world = with(Mapping::preset(part(AddressPart::Locality), &["l"]));
    world.policy.mappings.push(Mapping::preset(part(AddressPart::Country), &["co"]));
    let mut world = world.applied();
    actual(&mut world).fields.insert(part(AddressPart::Street), "12 Rue".to_owned());
    actual(&mut world).fields.insert(part(AddressPart::Country), "IT".to_owned());
    world.set(100, "l", "Paris");
    assert_eq!(
        fields(&world.plan()),
        ["addresses.work.locality none → Paris", "addresses.work.country IT → none"]
    );
    let mut world = world.applied();
    assert_eq!(actual(&mut world).field(&part(AddressPart::Street)), Some("12 Rue"));
}

#[test]
fn a_constant_is_everybodys() {
    let mut world = with(origin(Field::Company, Origin::Constant("Example Ltd".to_owned()))).applied();
    assert_eq!(actual(&mut world).field(&Field::Company), Some("Example Ltd"));
    actual(&mut world).fields.insert(Field::Company, "Else".to_owned());
    let plan = world.plan();
    assert_eq!(fields(&plan), ["company Else → Example Ltd"]);
    assert_eq!(plan.changes[0].because, "differs from Active Directory in the policy's value of company");
}

#[test]
fn of_several_values_one_counts_or_all_are_joined() {
    let names = |join: Option<&str>| Origin::Attributes {
        names: ["otherTelephone", "ou"].map(AttributeName::new).to_vec(),
        join: join.map(str::to_owned),
    };
    for (join, expected) in [(None, "a"), (Some("; "), "a; b")] {
        let mut world = with(origin(Field::custom("units"), names(join))).applied();
        world.user_mut(100).attributes.extend("ou", ["b", " ", "a"].map(|text| Value::Text(text.to_owned())));
        assert_eq!(fields(&world.plan()), [format!("attributes.units none → {expected}")]);
        // The values of an attribute have no order.
        let mut other = world.clone();
        let mut values = other.user_mut(100).attributes.remove("ou");
        values.reverse();
        other.user_mut(100).attributes.extend("ou", values);
        assert_eq!(world.plan(), other.plan());
    }
}

#[test]
fn bytes_are_written_as_people_write_them() {
    let mut world = with(Mapping::preset(Field::custom("guid"), &["objectGUID"])).applied();
    world.user_mut(100).attributes.extend("objectGUID", [Value::Text("abcdefghijklmnop".to_owned())]);
    assert_eq!(fields(&world.plan()), ["attributes.guid none → 64636261-6665-6867-696a-6b6c6d6e6f70"]);
}

#[test]
fn whoever_lacks_a_required_value_is_held_back_and_nobody_else() {
    let required = |mapping| Mapping { is_required: true, ..mapping };
    let mut world = with(required(Mapping::preset(Field::custom("costCode"), &["division", "ou"])));
    world.member(101, "bob");
    world.set(101, "ou", "B");
    let plan = world.plan();
    assert_eq!(held(&plan), ["ada: missing-attribute"]);
    assert_eq!(
        plan.held_back[0].because,
        "Active Directory has no division and no ou, and the policy requires attributes.costCode"
    );
    assert!(lines(&plan).contains(&"+ user bob".to_owned()));
    world.set(100, "division", "A");
    let mut world = world.applied();
    world.set(100, "division", " ");
    world.set(100, "department", "Elsewhere");
    let plan = world.plan();
    assert_eq!((held(&plan), lines(&plan)), (vec!["ada: missing-attribute".to_owned()], Vec::new()));
    world.set(100, "sn", "");
    assert_eq!(held(&world.plan()), ["ada: missing-lastname"], "names come first");
}

#[test]
fn a_part_that_is_blanked_counts_as_a_changed_attribute() {
    let mut world = with(Mapping::preset(Field::phone("work"), &["telephoneNumber"]));
    world.member(101, "bob");
    world.member(102, "cleo");
    for number in 100..103 {
        world.set(number, "telephoneNumber", "1");
    }
    let mut world = world.applied();
    for number in 100..103 {
        world.set(number, "telephoneNumber", "");
    }
    let guards = world.plan().guards;
    let [guard] = guards.as_slice() else { panic!("{guards:?}") };
    assert_eq!((guard.of.as_str(), guard.measured), ("phoneNumbers.work", 3));
}
