//! Who is taken over, and who is not.

use super::world::{World, guid, held, lines};
use crate::model::{
    Agent, AgentKind, DirectoryId, DirectoryObject, Field, JumpCloudGroupId, Mark, MembershipMethod, User,
};
use crate::plan::{Action, Allowances, GuardName, Kind, Plan};
use crate::policy::{DirectoryUse, PasswordAuthority, Takeover};

const DIRECTORY: &str = "dir";

/// An organization with a directory object, and Ada selected.
pub(super) fn world() -> World {
    let mut world = World::new();
    world.member(10, "ada");
    world.organization.directories =
        vec![DirectoryObject { id: DirectoryId::new(DIRECTORY), domain: "dc=EXAMPLE; dc=com".to_owned() }];
    world
}

pub(super) fn bind(user: &mut User) {
    user.fields.insert(Field::Directory, DIRECTORY.to_owned());
}

pub(super) fn bind_group(world: &mut World, id: &str) {
    let group = world.organization.groups.get_mut(&JumpCloudGroupId::new(id)).unwrap();
    group.directory = Some(DirectoryId::new(DIRECTORY));
}

fn codes(plan: &Plan) -> Vec<String> {
    let seen = plan.notes.iter().filter(|note| note.code != "passwords-not-set");
    seen.map(|note| format!("{}: {}", note.subject, note.code)).collect()
}

/// Lines about users only.
fn users(plan: &Plan) -> Vec<String> {
    lines(plan).into_iter().filter(|line| line.contains(" user ")).collect()
}

#[test]
fn what_the_agent_bound_is_adopted_by_dn_then_mail_then_username() {
    for (name, field, value) in [
        ("dn", Field::ExternalDn, "cn=ADA;OU=Staff;DC=example;DC=com"),
        ("mail", Field::Email, "Ada@Example.com"),
        ("username", Field::Username, "ADA"),
    ] {
        let mut world = world();
        let user = world.unowned("j1", "someone");
        bind(user);
        user.fields.insert(field, value.to_owned());
        assert_eq!(users(&world.plan()), ["> user ada"], "{name}");
        let world = world.applied();
        assert!(world.plan().is_empty(), "{name}: {:?}", lines(&world.plan()));
        assert_eq!(world.organization.users.len(), 1, "{name}");
    }
}

#[test]
fn the_dn_counts_before_the_mail_and_the_mail_before_the_username() {
    let mut world = world();
    world.member(11, "grace");
    // The DN is Ada's, the mail Grace's.
    let user = world.unowned("j1", "x");
    bind(user);
    user.fields.insert(Field::ExternalDn, "CN=ada,OU=Staff,DC=example,DC=com".to_owned());
    user.fields.insert(Field::Email, "grace@example.com".to_owned());
    // The mail is free now, the username is Ada's, who is paired.
    bind(world.unowned("j2", "ada"));
    let world = world.applied();
    let names: Vec<(&str, &str)> =
        world.organization.users.iter().map(|(id, user)| (id.as_str(), user.username())).collect();
    assert!(names.contains(&("j2", "ada")), "{names:?}");
}

#[test]
fn an_account_whose_dn_is_somebody_elses_is_not_paired_by_mail_or_name() {
    for (takeover, by_mail) in [
        (Takeover::Refuse, true),
        (Takeover::Refuse, false),
        (Takeover::Adopt, true),
        (Takeover::Adopt, false),
    ] {
        let mut world = world();
        world.policy.takeover = takeover;
        // Pat is still in Active Directory, and not selected; Ada has the mail address or the name that Pat had.
        world.user(11, "pat");
        let user = world.unowned("j1", if by_mail { "pat" } else { "ada" });
        bind(user);
        let mail = if by_mail { "ada@example.com" } else { "pat@example.com" };
        user.fields.insert(Field::Email, mail.to_owned());
        user.fields.insert(Field::ExternalDn, "CN=pat;OU=Staff;DC=example;DC=com".to_owned());
        let plan = world.plan();
        assert!(users(&plan).is_empty(), "{:?}", lines(&plan));
        assert_eq!(held(&plan), [if by_mail { "ada: taken-email" } else { "ada: taken-username" }]);
        assert_eq!(codes(&plan), [if by_mail { "pat: not-adopted" } else { "ada: not-adopted" }]);
    }
}

#[test]
fn what_is_managed_from_this_domain_is_adopted_without_a_binding() {
    for (mark, dn, expected) in [
        (Field::ExternallyManaged, "CN=ada,OU=Staff,DC=example,DC=com", true),
        (Field::RestrictedField("email".into()), "CN=ada,OU=Staff,DC=example,DC=com", true),
        (Field::RestrictedField("email".into()), "CN=ada,OU=Staff,DC=other,DC=com", false),
        (Field::Company, "CN=ada,OU=Staff,DC=example,DC=com", false),
    ] {
        let mut world = world();
        let user = world.unowned("j1", "ada");
        let value = if mark == Field::ExternallyManaged { "true" } else { Mark::SOURCE_TYPE };
        user.fields.insert(mark.clone(), value.to_owned());
        user.fields.insert(Field::ExternalDn, dn.to_owned());
        let plan = world.plan();
        if expected {
            assert_eq!(users(&plan), ["> user ada"], "{mark} {dn}");
        } else {
            assert_eq!(held(&plan), ["ada: taken-username"], "{mark} {dn}");
        }
    }
}

#[test]
fn what_pairs_with_nobody_is_noted_and_left() {
    let mut world = world();
    bind(world.unowned("j1", "gone"));
    world.jumpcloud_group("g1", "Old Team", "", &["j1"]);
    bind_group(&mut world, "g1");
    let plan = world.plan();
    assert_eq!(codes(&plan), ["Old Team: not-adopted", "gone: not-adopted"]);
    assert!(lines(&plan).iter().all(|line| !line.contains("gone") && !line.contains("Old Team")));
}

#[test]
fn whatever_nobody_owns_is_taken_over_only_when_the_policy_says_so() {
    let mut world = world();
    world.unowned("j1", "ada");
    world.jumpcloud_group("g1", "jumpcloud", "By hand", &[]);
    let plan = world.plan();
    assert_eq!(held(&plan), ["ada: taken-username", "JumpCloud: taken-name"]);
    world.policy.takeover = Takeover::Adopt;
    let plan = world.plan();
    assert_eq!(lines(&plan), ["> user ada", "> group JumpCloud", "+ member ada of JumpCloud"]);
    let world = world.applied();
    assert!(world.plan().is_empty());
    let group = world.organization.groups.get(&JumpCloudGroupId::new("g1")).unwrap();
    assert!(group.description.starts_with("By hand [ad:"), "{}", group.description);
}

#[test]
fn an_adopted_group_follows_active_directory_and_keeps_the_members_of_jumpcloud() {
    let mut world = world();
    world.group(2, "Sales");
    world.join(2, 1);
    world.join(10, 2);
    world.user(11, "grace");
    world.join(11, 1);
    bind(world.unowned("j10", "ada"));
    bind(world.unowned("j11", "grace"));
    world.unowned("j12", "contractor");
    world.jumpcloud_group("g1", "JumpCloud", "", &["j10", "j11"]);
    world.jumpcloud_group("g2", "Sales", "", &["j11", "j12"]);
    bind_group(&mut world, "g1");
    bind_group(&mut world, "g2");
    let plan = world.plan();
    assert_eq!(
        lines(&plan),
        [
            "> user ada",
            "> user grace",
            "> group JumpCloud",
            "> group Sales",
            "+ member ada of Sales",
            "- member grace of Sales"
        ]
    );
    assert!(world.applied().plan().is_empty());
}

#[test]
fn memberships_that_end_on_adoption_are_measured_against_all_that_become_ours() {
    let mut world = world();
    let ids: Vec<String> = (20..40).map(|number| format!("j{number}")).collect();
    for number in 20..40 {
        world.member(number, &format!("u{number}"));
        bind(world.unowned(&format!("j{number}"), &format!("u{number}")));
    }
    world.group(2, "Sales");
    world.join(2, 1);
    let all: Vec<&str> = ids.iter().map(String::as_str).collect();
    world.jumpcloud_group("g1", "JumpCloud", "", &all);
    world.jumpcloud_group("g2", "Sales", "", &all[..3]);
    bind_group(&mut world, "g1");
    bind_group(&mut world, "g2");
    let plan = world.plan();
    assert_eq!(plan.count(Kind::Membership, Action::Drop), 3);
    assert!(plan.guards.is_empty(), "3 of 23: {:?}", plan.guards);
}

#[test]
fn an_adoption_that_fails_takes_its_memberships_along() {
    let mut world = world();
    bind(world.unowned("j10", "ada"));
    world.jumpcloud_group("g1", "JumpCloud", "", &[]);
    bind_group(&mut world, "g1");
    let plan = world.plan();
    let membership = plan.steps.last().unwrap();
    let needed: Vec<&str> =
        membership.after.iter().map(|step| plan.changes[plan.steps[*step].change].name.as_str()).collect();
    assert_eq!(needed, ["ada", "JumpCloud"]);
}

#[test]
fn a_console_administrator_is_never_taken_over() {
    for takeover in [Takeover::Refuse, Takeover::Adopt] {
        let mut world = world();
        world.policy.takeover = takeover;
        let user = world.unowned("j1", "ada");
        user.is_console_administrator = true;
        bind(user);
        assert_eq!(held(&world.plan()), ["ada: protected"]);
        assert!(users(&world.plan()).is_empty());
    }
}

#[test]
fn a_dynamic_group_of_the_same_name_is_left_alone() {
    for (takeover, expected) in
        [(Takeover::Refuse, "JumpCloud: taken-name"), (Takeover::Adopt, "JumpCloud: dynamic-group")]
    {
        let mut world = world();
        world.policy.takeover = takeover;
        world.jumpcloud_group("g1", "JumpCloud", "", &[]);
        let group = world.organization.groups.get_mut(&JumpCloudGroupId::new("g1")).unwrap();
        group.membership_method = MembershipMethod::Dynamic;
        let plan = world.plan();
        assert_eq!(held(&plan), [expected]);
        assert_eq!(lines(&plan), ["+ user ada"]);
    }
}

#[test]
fn another_policys_objects_are_another_owners_even_when_they_are_bound_here() {
    let mut world = world();
    world.policy.takeover = Takeover::Adopt;
    let other = Mark { policy: "other".into(), ..crate::desired::mark(&world.policy, guid(10)) };
    let user = world.unowned("j1", "ada");
    bind(user);
    user.fields.extend(other.user_fields());
    user.fields.insert(Field::ExternalDn, "CN=ada,OU=Staff,DC=example,DC=com".to_owned());
    world.jumpcloud_group("g1", "JumpCloud", &other.mark_description("Theirs"), &[]);
    bind_group(&mut world, "g1");
    let plan = world.plan();
    assert!(lines(&plan).is_empty(), "{:?}", lines(&plan));
    assert_eq!(held(&plan), ["ada: taken-username", "JumpCloud: taken-name"]);
}

#[test]
fn two_who_would_pair_with_one_are_left_alone() {
    let mut world = world();
    for id in ["j1", "j2"] {
        let user = world.unowned(id, id);
        bind(user);
        user.fields.insert(Field::ExternalDn, "CN=ada,OU=Staff,DC=example,DC=com".to_owned());
    }
    let plan = world.plan();
    assert!(users(&plan).is_empty(), "no third one: {:?}", users(&plan));
    assert_eq!(held(&plan), ["ada: duplicate-mark"]);
    assert!(codes(&plan).is_empty());
}

#[test]
fn a_held_back_user_is_not_adopted_and_no_stranger_either() {
    let mut world = world();
    world.set(10, "sn", "");
    bind(world.unowned("j1", "ada"));
    let plan = world.plan();
    assert_eq!(held(&plan), ["ada: missing-lastname"]);
    assert!(users(&plan).is_empty() && codes(&plan).is_empty());
}

#[test]
fn an_adopted_user_who_is_suspended_stays_so_and_unbound() {
    let mut world = world();
    world.policy.takeover = Takeover::Adopt;
    world.unowned("j1", "ada").fields.insert(Field::State, "SUSPENDED".to_owned());
    let world = world.applied();
    let user = world.organization.users.values().next().unwrap();
    assert_eq!((user.field(&Field::State), user.field(&Field::Directory)), (Some("SUSPENDED"), None));
    assert!(world.plan().is_empty());
}

#[test]
fn whatever_is_ours_is_bound_unless_the_policy_ignores_the_directory_object() {
    let bound = |world: &World| {
        let users = world.organization.users.values().filter(|user| user.field(&Field::Directory).is_some());
        let groups = world.organization.groups.values().filter(|group| group.directory.is_some());
        (users.count(), groups.count())
    };
    let mut ignoring = world();
    ignoring.policy.directory = DirectoryUse::Ignore;
    let mut ignoring = ignoring.applied();
    assert_eq!(bound(&ignoring), (0, 0));
    assert!(ignoring.plan().is_empty());
    ignoring.policy.directory = DirectoryUse::Bind;
    assert_eq!(lines(&ignoring.plan()), ["~ user ada", "~ group JumpCloud"]);
    let binding = ignoring.applied();
    assert_eq!(bound(&binding), (1, 1));
    assert!(binding.plan().is_empty());
}

#[test]
fn a_sync_agent_stops_the_plan_and_nothing_lifts_that_but_ignoring_the_directory_object() {
    let mut world = world();
    let agent = |kind, is_active| Agent { kind, is_active, hostname: "dc1".to_owned() };
    world.organization.agents = vec![agent(AgentKind::Import, false), agent(AgentKind::Sync, false)];
    let guards = |world: &World| {
        let allowances: Allowances = ["removals".parse().unwrap()].into_iter().collect();
        world
            .plan_with(&allowances)
            .guards
            .into_iter()
            .map(|guard| (guard.guard, guard.allow))
            .collect::<Vec<_>>()
    };
    assert_eq!(guards(&world), [(GuardName::SyncAgent, None)]);
    world.policy.directory = DirectoryUse::Ignore;
    assert!(guards(&world).is_empty());
}

#[test]
fn agents_are_noted_where_people_should_know() {
    let notes = |world: &World| -> Vec<_> { world.plan().notes.into_iter().map(|note| note.code).collect() };
    let mut world = world();
    assert_eq!(notes(&world), ["passwords-not-set"]);
    let import = |is_active| Agent { kind: AgentKind::Import, is_active, hostname: "dc1".to_owned() };
    world.organization.agents = vec![import(true)];
    assert_eq!(notes(&world), ["import-agent"]);
    world.organization.agents = vec![import(false)];
    assert!(notes(&world).is_empty());
    world.organization.agents.clear();
    world.policy.passwords = PasswordAuthority::JumpCloud;
    assert!(notes(&world).is_empty());
}

#[test]
fn passwords_of_jumpcloud_release_our_lock_and_no_other() {
    let lock = || Field::RestrictedField("password".into());
    for (kind, expected) in [(Mark::SOURCE_TYPE, None), ("scim", Some("scim"))] {
        let mut world = world().applied();
        world.policy.passwords = PasswordAuthority::JumpCloud;
        let user = world.organization.users.values_mut().next().unwrap();
        user.fields.insert(lock(), kind.to_owned());
        let world = world.applied();
        assert_eq!(world.organization.users.values().next().unwrap().field(&lock()), expected);
        assert!(world.plan().is_empty());
    }
}

#[test]
fn the_mail_address_counts_before_the_username_for_what_nobody_owns_too() {
    let mut world = world();
    world.policy.takeover = Takeover::Adopt;
    world.unowned("mail", "someone").fields.insert(Field::Email, "ada@example.com".to_owned());
    let namesake = world.unowned("name", "ada");
    namesake.fields.insert(Field::Email, "another@example.com".to_owned());
    let plan = world.plan();
    assert_eq!(
        held(&plan),
        ["ada: taken-username"],
        "whoever has the mail is meant, and cannot have the name"
    );
    assert!(users(&plan).is_empty(), "the namesake is somebody else: {:?}", users(&plan));
}
