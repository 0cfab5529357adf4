//! Who is held back, and that holding back leaves everything as it is.

use super::world::{World, guid, held, lines};
use crate::model::MembershipMethod;

type Edit = fn(&mut World);

/// Each reason that a user can have by itself.
const REASONS: [(&str, Edit); 8] = [
    ("privileged", |world| world.set(10, "adminCount", "1")),
    ("service-account", |world| world.directory.service_account = Some(guid(10))),
    ("missing-firstname", |world| world.set(10, "givenName", "  ")),
    ("missing-lastname", |world| world.set(10, "sn", "")),
    ("missing-email", |world| world.set(10, "mail", "")),
    ("missing-username", |world| world.set(10, "sAMAccountName", "")),
    ("invalid-username", |world| world.set(10, "sAMAccountName", "ada king")),
    ("invalid-email", |world| world.set(10, "mail", "ada at example.com")),
];

#[test]
fn a_new_user_with_a_reason_is_not_created() {
    for (reason, edit) in REASONS {
        let mut world = World::new();
        world.member(10, "ada");
        world.member(11, "grace");
        edit(&mut world);
        let plan = world.plan();
        assert_eq!(plan.held_back.len(), 1, "{reason}");
        assert_eq!(plan.held_back[0].reason.code(), reason);
        assert!(!lines(&plan).iter().any(|line| line.contains("ada")), "{reason}: {:?}", lines(&plan));
    }
}

#[test]
fn an_existing_user_with_a_reason_is_left_exactly_as_it_is() {
    for (reason, edit) in REASONS {
        let mut world = World::new();
        world.member(10, "ada");
        world.member(11, "grace");
        world.group(2, "Sales");
        world.join(2, 1);
        world.join(10, 2);
        let mut world = world.applied();
        edit(&mut world);
        world.set(10, "department", "Elsewhere");
        world.quit(10, 2);
        let plan = world.plan();
        assert_eq!(held(&plan).len(), 1, "{reason}");
        assert_eq!(lines(&plan), Vec::<String>::new(), "{reason}");
    }
}

#[test]
fn the_first_reason_that_applies_is_told() {
    let mut world = World::new();
    world.member(10, "ada");
    for (reason, edit) in REASONS.iter().rev() {
        // Names that are empty cannot be malformed as well.
        if !reason.starts_with("invalid") {
            edit(&mut world);
            assert_eq!(held(&world.plan())[0].split(": ").nth(1), Some(*reason));
        }
    }
}

#[test]
fn both_sides_of_a_duplicate_wait() {
    let mut world = World::new();
    for (number, name) in [(10, "ada"), (11, "grace"), (12, "edsger")] {
        world.member(number, name);
    }
    world.set(11, "sAMAccountName", "ADA");
    assert_eq!(held(&world.plan()), ["ADA: duplicate-username", "ada: duplicate-username"]);
    world.set(11, "sAMAccountName", "grace");
    world.set(11, "mail", "Edsger@Example.com");
    assert_eq!(held(&world.plan()), ["edsger: duplicate-email", "grace: duplicate-email"]);
    world.set(12, "sn", "");
    assert_eq!(held(&world.plan()), ["edsger: missing-lastname"], "who waits already takes no name");
}

#[test]
fn a_name_that_somebody_else_has_is_taken() {
    let mut world = World::new();
    world.member(10, "ada");
    world.unowned("j1", "ADA");
    assert_eq!(held(&world.plan()), ["ada: taken-username"]);
    world.unowned("j1", "someone").fields.insert(crate::model::Field::Email, "Ada@example.com".to_owned());
    assert_eq!(held(&world.plan()), ["ada: taken-email"]);
}

#[test]
fn another_policys_user_is_another_owner() {
    let mut world = World::new();
    world.member(10, "ada");
    world.policy.name = "other".to_owned();
    world.owned("j1", "ada", 10);
    world.policy.name = "corp".to_owned();
    let plan = world.plan();
    assert_eq!(held(&plan), ["ada: taken-username"]);
    assert_eq!(lines(&plan), ["+ group JumpCloud"]);
}

#[test]
fn holding_one_back_holds_back_who_wants_its_name() {
    let mut world = World::new();
    for (number, name) in [(10, "a"), (11, "b"), (12, "c"), (13, "d")] {
        world.member(number, name);
    }
    let mut world = world.applied();
    for (number, name) in [(10, "b"), (11, "c"), (12, "d"), (13, "e")] {
        world.rename(number, name);
    }
    world.set(13, "givenName", "");
    let plan = world.plan();
    assert_eq!(
        held(&plan),
        ["b: taken-username", "c: taken-username", "d: taken-username", "e: missing-firstname"]
    );
    assert!(plan.is_empty());
}

#[test]
fn a_taken_username_is_told_before_a_taken_mail_address() {
    let mut world = World::new();
    for (number, name) in [(10, "a"), (11, "b")] {
        world.member(number, name);
    }
    let mut world = world.applied();
    world.unowned("j1", "someone").fields.insert(crate::model::Field::Email, "c@example.com".to_owned());
    world.set(10, "sAMAccountName", "b");
    world.set(10, "mail", "c@example.com");
    world.rename(11, "z");
    world.set(11, "sn", "");
    assert_eq!(held(&world.plan()), ["b: taken-username", "z: missing-lastname"]);
    // The same when the username is found taken only after the mail address.
    world.set(11, "sn", "Last");
    world.set(11, "sAMAccountName", "someone");
    assert_eq!(held(&world.plan()), ["b: taken-username", "someone: taken-username"]);
}

#[test]
fn a_leavers_name_is_free_unless_the_leaver_stays() {
    let mut world = World::new();
    world.member(10, "ada");
    world.member(11, "grace");
    let mut world = world.applied();
    world.quit(10, 1);
    world.rename(10, "old");
    world.member(12, "new");
    world.rename(12, "ada");
    assert_eq!(held(&world.plan()), Vec::<String>::new());
    for user in world.organization.users.values_mut() {
        user.is_console_administrator = true;
    }
    assert_eq!(held(&world.plan()), ["ada: protected", "ada: taken-username"]);
}

#[test]
fn two_objects_with_one_mark_are_left_as_they_are() {
    let mut world = World::new();
    world.member(10, "ada");
    world.member(11, "grace");
    world.owned("j1", "ada", 10);
    world.owned("j2", "ada2", 10);
    world.owned_group("g1", "JumpCloud", 1, &["j1"]);
    world.owned_group("g2", "Copy", 1, &[]);
    let plan = world.plan();
    assert_eq!(held(&plan), ["ada: duplicate-mark", "JumpCloud: duplicate-mark"]);
    assert_eq!(lines(&plan), ["+ user grace"]);
    world.quit(10, 1);
    assert_eq!(lines(&world.plan()), ["+ user grace"], "nor are they removed");
}

#[test]
fn groups_wait_for_their_reasons() {
    let mut world = World::new();
    world.member(10, "ada");
    world.group(2, "Sales");
    world.join(2, 1);
    world.jumpcloud_group("g1", "SALES", "", &[]);
    let plan = world.plan();
    assert_eq!(held(&plan), ["Sales: taken-name"]);
    world.organization.groups.clear();
    world.owned_group("g1", "Sales", 2, &[]);
    for group in world.organization.groups.values_mut() {
        group.membership_method = MembershipMethod::Dynamic;
    }
    world.join(10, 2);
    let plan = world.plan();
    assert_eq!(held(&plan), ["Sales: dynamic-group"]);
    assert!(!lines(&plan).contains(&"+ member ada of Sales".to_owned()));
    world.organization.groups.clear();
    world.group(3, "Sales in Paris");
    world.name_group(3, "sales");
    world.join(3, 1);
    assert_eq!(held(&world.plan()), ["Sales: duplicate-name", "sales: duplicate-name"]);
}
