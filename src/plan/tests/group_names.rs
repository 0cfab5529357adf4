//! What `group-name` makes of the names of mirrored groups.

use super::world::{World, guid, held, lines};
use crate::model::Value;
use crate::policy::{Template, parse};

fn template(text: &str) -> Option<Template> {
    let text = format!(
        "policy \"corp\" {{ active-directory {{ ldif \"a\"; }}; jumpcloud {{ sandbox \"b\"; }}
         root-container \"OU=Staff,DC=example,DC=com\"; security-group \"JumpCloud\"
         group-name template=\"{text}\" }}"
    );
    parse("corp.kdl", &text).unwrap().group_name
}

/// Ada in Sales, which is in the security group.
fn sales() -> World {
    let mut world = World::new();
    world.group(2, "Sales");
    world.join(2, 1);
    world.user(10, "ada");
    world.join(10, 2);
    world
}

fn describe(world: &mut World, number: u32, info: &str) {
    let attributes = &mut world.group_mut(number).attributes;
    attributes.remove("info");
    attributes.extend("info", [Value::Text(info.to_owned())]);
}

#[test]
fn groups_are_created_and_found_under_the_name_that_the_template_makes() {
    let mut world = sales();
    world.policy.group_name = template("ad-{cn|lower}");
    let plan = world.plan();
    assert_eq!(
        lines(&plan),
        [
            "+ user ada",
            "+ group ad-jumpcloud",
            "+ group ad-sales",
            "+ member ada of ad-jumpcloud",
            "+ member ada of ad-sales"
        ]
    );
    assert!(world.applied().plan().is_empty());
}

#[test]
fn another_template_renames_in_place() {
    let mut world = sales().applied();
    world.policy.group_name = template("{cn} (AD)");
    let plan = world.plan();
    assert_eq!(lines(&plan), ["~ group JumpCloud (AD)", "~ group Sales (AD)"]);
    assert_eq!(plan.changes[1].because, "is not called what group-name of the policy makes of it");
    assert!(plan.changes.iter().all(|change| change.jumpcloud_id.is_some()));
    assert!(world.applied().plan().is_empty());
}

#[test]
fn a_group_without_a_name_waits_and_keeps_what_it_has() {
    let mut world = sales();
    describe(&mut world, 1, "Staff");
    describe(&mut world, 2, "Sellers");
    world.policy.group_name = template("{info}");
    let mut world = world.applied();
    describe(&mut world, 2, "  ");
    world.member(11, "grace");
    world.join(11, 2);
    let plan = world.plan();
    assert_eq!(held(&plan), ["Sales: missing-attribute"]);
    assert_eq!(plan.held_back[0].because, "group-name of the policy makes no name of info");
    assert_eq!(lines(&plan), ["+ user grace", "+ member grace of Staff"]);
}

#[test]
fn a_group_without_a_name_takes_no_other_groups_place() {
    let mut world = sales();
    world.policy.takeover = crate::policy::Takeover::Adopt;
    describe(&mut world, 1, "Staff");
    world.policy.group_name = template("{info}");
    world.jumpcloud_group("g1", "Sales", "of somebody else", &[]);
    world.group(3, "Sellers");
    world.join(3, 1);
    describe(&mut world, 3, "Sales");
    let plan = world.plan();
    assert_eq!(held(&plan), ["Sales: missing-attribute"]);
    assert!(lines(&plan).contains(&"> group Sales".to_owned()), "its cn is no claim: {:?}", lines(&plan));
    assert!(!plan.changes.iter().any(|change| change.guid == guid(2)), "{:?}", lines(&plan));
}

#[test]
fn two_groups_of_one_name_both_wait() {
    let mut world = sales();
    world.group(3, "Marketing");
    world.join(3, 1);
    for (number, info) in [(1, "Staff"), (2, "Sellers"), (3, "SELLERS")] {
        describe(&mut world, number, info);
    }
    world.policy.group_name = template("ad-{info}");
    let plan = world.plan();
    assert_eq!(held(&plan), ["ad-SELLERS: duplicate-name", "ad-Sellers: duplicate-name"]);
}

#[test]
fn an_export_without_cn_has_the_name_in_its_dn() {
    let mut world = sales();
    world.group_mut(2).attributes.remove("cn");
    world.policy.group_name = template("{CN}");
    assert!(lines(&world.plan()).contains(&"+ group Sales".to_owned()));
}
