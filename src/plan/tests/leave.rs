//! Who leaves, with which cause, and who only seems to.

use super::world::{ROOT, World, guid, held, lines};
use crate::model::{
    AccountExpires, Cause, Dn, JumpCloudGroupId, Member, MemberLookup, MembershipMethod, SecondLook,
    UserAccountControl,
};
use crate::plan::{Action, Kind};
use crate::policy::{Concerns, Condition, Exclusion, Leave, LeaveAction, Line, Pattern};

/// Two members in step with JumpCloud.
fn in_step() -> World {
    let mut world = World::new();
    world.member(10, "ada");
    world.member(11, "grace");
    world.applied()
}

fn causes(world: &World) -> Vec<(String, Cause)> {
    world.plan().changes.iter().filter_map(|change| Some((change.name.clone(), change.cause?))).collect()
}

fn user_exclusion(pattern: &str) -> Exclusion {
    Exclusion {
        concerns: Concerns::Users,
        conditions: vec![Condition::Name(Pattern::new(pattern))],
        reason: None,
        line: Line::of_policy(7),
    }
}

#[test]
fn a_world_in_step_has_an_empty_plan() {
    assert_eq!(lines(&in_step().plan()), Vec::<String>::new());
}

#[test]
fn every_cause_is_told() {
    type Edit = fn(&mut World);
    let cases: [(Cause, Edit); 6] = [
        (Cause::Deleted, |world| world.delete(10)),
        (Cause::Disabled, |world| world.user_mut(10).user_account_control = UserAccountControl(514)),
        (Cause::Expired, |world| {
            world.user_mut(10).account_expires = AccountExpires(131_277_024_000_000_000);
        }),
        (Cause::Moved, |world| {
            let dn = Dn::parse("CN=ada,OU=Elsewhere,DC=example,DC=com").unwrap();
            let looked = SecondLook::Found {
                dn,
                member_of: vec![Dn::parse(&format!("CN=JumpCloud,{ROOT}")).unwrap()],
                user_account_control: UserAccountControl(512),
                account_expires: AccountExpires(0),
            };
            world.delete(10);
            world.directory.second_looks.insert(guid(10), looked);
        }),
        (Cause::Excluded, |world| world.exclude(user_exclusion("ada"))),
        (Cause::Left, |world| world.quit(10, 1)),
    ];
    for (cause, edit) in cases {
        let mut world = in_step();
        edit(&mut world);
        assert_eq!(causes(&world), [("ada".to_owned(), cause)]);
        assert_eq!(
            lines(&world.plan()),
            ["- user ada"],
            "a removal takes its memberships along without lines"
        );
        assert!(world.applied().plan().is_empty());
    }
}

#[test]
fn the_first_cause_that_holds_counts() {
    let mut world = in_step();
    world.user_mut(10).user_account_control = UserAccountControl(514);
    world.user_mut(10).account_expires = AccountExpires(131_277_024_000_000_000);
    world.exclude(user_exclusion("ada"));
    world.quit(10, 1);
    assert_eq!(causes(&world), [("ada".to_owned(), Cause::Disabled)]);
}

#[test]
fn nobody_leaves_without_a_second_look() {
    let mut world = in_step();
    world.quit(10, 1);
    let plan = crate::plan::plan(
        &world.policy,
        &world.directory,
        &world.desired(),
        &world.organization,
        &crate::plan::Allowances::default(),
        world.now,
    );
    assert_eq!((lines(&plan), held(&plan)), (vec![], vec!["ada: unreadable".to_owned()]));
}

#[test]
fn a_member_list_that_is_hidden_from_us_removes_nobody() {
    let mut world = in_step();
    let security_group = Dn::parse(&format!("CN=JumpCloud,{ROOT}")).unwrap();
    for (number, sam) in [(10, "ada"), (11, "grace")] {
        let looked = SecondLook::Found {
            dn: Dn::parse(&format!("CN={sam},{ROOT}")).unwrap(),
            member_of: vec![security_group.clone()],
            user_account_control: UserAccountControl(512),
            account_expires: AccountExpires(0),
        };
        world.directory.second_looks.insert(guid(number), looked);
    }
    world.group_mut(1).members.clear();
    let plan = world.plan();
    assert_eq!(
        (lines(&plan), held(&plan)),
        (vec![], vec!["ada: unreadable".to_owned(), "grace: unreadable".to_owned()])
    );
}

#[test]
fn a_hidden_nested_group_removes_neither_itself_nor_its_members() {
    let mut world = in_step();
    world.group(2, "Sales");
    world.join(2, 1);
    world.user(12, "edsger");
    world.join(12, 2);
    let mut world = world.applied();
    let hidden = Dn::parse(&format!("CN=Sales,{ROOT}")).unwrap();
    let looked = SecondLook::Found {
        dn: Dn::parse(&format!("CN=edsger,{ROOT}")).unwrap(),
        member_of: vec![hidden.clone()],
        user_account_control: UserAccountControl(512),
        account_expires: AccountExpires(0),
    };
    world.directory.second_looks.insert(guid(12), looked);
    world.directory.groups.retain(|group| group.guid != guid(2));
    world.directory.member_lookups.insert(hidden, MemberLookup::Unreadable);
    let plan = world.plan();
    assert_eq!(lines(&plan), Vec::<String>::new());
    assert!(held(&plan).contains(&"edsger: unreadable".to_owned()), "{:?}", held(&plan));
    assert!(held(&plan).contains(&"Sales: unreadable".to_owned()), "{:?}", held(&plan));
}

#[test]
fn a_user_renamed_between_two_searches_stays() {
    let mut world = in_step();
    // The group was read before the rename, the users after it.
    world.user_mut(10).dn = Dn::parse(&format!("CN=ada king,{ROOT}")).unwrap();
    let looked = SecondLook::Found {
        dn: Dn::parse(&format!("CN=ada king,{ROOT}")).unwrap(),
        member_of: vec![Dn::parse(&format!("CN=JumpCloud,{ROOT}")).unwrap()],
        user_account_control: UserAccountControl(512),
        account_expires: AccountExpires(0),
    };
    world.directory.second_looks.insert(guid(10), looked);
    let plan = world.plan();
    assert_eq!(lines(&plan), Vec::<String>::new());
    assert!(held(&plan).contains(&"ada: unreadable".to_owned()));

    // A server that tells GUIDs beside the DNs leaves no doubt.
    let stale = Dn::parse(&format!("CN=ada,{ROOT}")).unwrap();
    let group = world.group_mut(1);
    group.members.retain(|member| member.dn != stale);
    group.members.push(Member { dn: stale, guid: Some(guid(10)) });
    let plan = world.plan();
    assert_eq!((lines(&plan), held(&plan)), (vec!["~ user ada".to_owned()], vec![]));
}

#[test]
fn a_user_that_jumpcloud_made_today_is_not_taken_for_deleted() {
    let mut world = in_step();
    world.delete(10);
    let id = world.organization.users.iter().find(|(_, user)| user.username() == "ada").unwrap().0.clone();
    world.organization.users.get_mut(&id).unwrap().created = Some("2026-11-21T12:00:01Z".parse().unwrap());
    assert_eq!(held(&world.plan()), ["ada: unreadable"]);
    world.organization.users.get_mut(&id).unwrap().created = Some("2026-11-21T12:00:00Z".parse().unwrap());
    assert_eq!(lines(&world.plan()), ["- user ada"]);
}

#[test]
fn a_console_administrator_is_never_removed() {
    let mut world = in_step();
    world.quit(10, 1);
    for user in world.organization.users.values_mut() {
        user.is_console_administrator = true;
    }
    assert_eq!((lines(&world.plan()), held(&world.plan())), (vec![], vec!["ada: protected".to_owned()]));
}

fn line(concerns: Concerns, pattern: &str) -> Exclusion {
    let condition = if concerns == Concerns::UsersAndGroups {
        Condition::Dn(Pattern::for_dn(pattern))
    } else {
        Condition::Name(Pattern::new(pattern))
    };
    Exclusion { concerns, conditions: vec![condition], reason: None, line: Line::of_policy(31) }
}

#[test]
fn whom_an_exception_names_no_exclusion_takes_out() {
    let mut world = World::new();
    for (number, name) in [(10, "svc-print"), (11, "svc-mail"), (12, "ada")] {
        world.member(number, name);
    }
    world.user(13, "outsider");
    world.group(2, "Domain Architects");
    world.group(3, "Domain Guests");
    for group in [2, 3] {
        world.join(group, 1);
    }
    world.exclude(line(Concerns::Users, "svc-*"));
    world.exclude(line(Concerns::Groups, "Domain *"));
    let names = |world: &World| lines(&world.plan());
    assert_eq!(names(&world).len(), 3, "ada, the security group, and ada in it");
    for (concerns, pattern, comes) in [
        (Concerns::Users, "svc-print", "+ user svc-print"),
        (Concerns::Groups, "domain architects", "+ group Domain Architects"),
        (Concerns::UsersAndGroups, "CN=svc-mail,*", "+ user svc-mail"),
        (Concerns::UsersAndGroups, "CN=Domain Guests,*", "+ group Domain Guests"),
    ] {
        let mut world = world.clone();
        world.policy.exceptions.push(line(concerns, pattern));
        let found = names(&world);
        assert!(found.contains(&comes.to_owned()), "{pattern}: {found:?}");
        assert_eq!(found.iter().filter(|line| !line.contains("member")).count(), 3, "{pattern}: {found:?}");
    }
    for (concerns, pattern) in
        [(Concerns::Groups, "svc-print"), (Concerns::Users, "Domain Guests"), (Concerns::Users, "outsider")]
    {
        let mut world = world.clone();
        world.policy.exceptions.push(line(concerns, pattern));
        assert_eq!(names(&world).len(), 3, "{pattern} is let in by nothing");
    }
}

#[test]
fn an_exception_lets_an_excluded_security_group_be() {
    let mut world = World::new();
    world.member(10, "ada");
    world.exclude(line(Concerns::Groups, "Jump*"));
    assert!(crate::desired::desire(&world.policy, &world.directory, world.now).is_err());
    world.policy.exceptions.push(line(Concerns::Groups, "JumpCloud"));
    assert_eq!(world.desired().users.len(), 1);
}

#[test]
fn a_user_in_an_excluded_group_alone_is_excluded() {
    let mut world = in_step();
    world.group(2, "Domain Guests");
    world.join(2, 1);
    world.quit(10, 1);
    world.join(10, 2);
    world.exclude(Exclusion {
        concerns: Concerns::Groups,
        conditions: vec![Condition::Name(Pattern::new("Domain Guests"))],
        reason: None,
        line: Line::of_policy(9),
    });
    assert_eq!(causes(&world), [("ada".to_owned(), Cause::Excluded)]);
}

#[test]
fn a_group_that_is_no_longer_nested_is_removed_and_its_users_stay_if_they_are_in() {
    let mut world = in_step();
    world.group(2, "Sales");
    world.join(2, 1);
    world.join(10, 2);
    let mut world = world.applied();
    world.quit(2, 1);
    assert_eq!(causes(&world), [("Sales".to_owned(), Cause::Left)]);
    assert_eq!(lines(&world.plan()), ["- group Sales"]);
}

#[test]
fn a_group_that_jumpcloud_fills_neither_goes_nor_is_released() {
    for action in [LeaveAction::Remove, LeaveAction::Unbind] {
        let mut world = World::new();
        world.member(10, "ada");
        world.policy.dissociation.default = Leave { action, grace: None };
        world.owned_group("g2", "Sales", 2, &[]);
        let group = world.organization.groups.get_mut(&JumpCloudGroupId::new("g2")).unwrap();
        group.membership_method = MembershipMethod::Dynamic;
        let plan = world.plan();
        assert_eq!(held(&plan), ["Sales: dynamic-group"], "{action:?}");
        assert_eq!(plan.count(Kind::Group, Action::Remove) + plan.count(Kind::Group, Action::Unbind), 0);
    }
}

#[test]
fn a_group_that_stays_keeps_its_name_and_one_that_goes_frees_it() {
    for (action, expected) in [
        (LeaveAction::Remove, &[][..]),
        (LeaveAction::Unbind, &["Sales: taken-name"]),
        (LeaveAction::Keep, &["Sales: taken-name"]),
    ] {
        let mut world = World::new();
        world.member(10, "ada");
        world.policy.dissociation.default = Leave { action, grace: None };
        world.owned_group("g2", "Sales", 2, &[]);
        world.group(3, "Sales");
        world.join(3, 1);
        assert_eq!(held(&world.plan()), expected, "{action:?}");
    }
}
