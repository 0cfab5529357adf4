use serde_json::json;

use super::*;
use crate::model::{
    GroupMember, JumpCloudGroupId, JumpCloudUserId, Membership, PresentGroup, PresentUser, RemovedGroup,
    RemovedUser, Report,
};

fn user_id(id: &str) -> JumpCloudUserId {
    JumpCloudUserId::new(id)
}

fn group_id(id: &str) -> JumpCloudGroupId {
    JumpCloudGroupId::new(id)
}

fn user(id: &str, username: &str) -> RemovedUser {
    let email = format!("{username}@example.com");
    let record = [("username", username), ("email", email.as_str()), ("external_dn", "CN=x,DC=y")];
    RemovedUser {
        id: user_id(id),
        username: username.to_owned(),
        record: record.into_iter().map(|(name, value)| (name.to_owned(), json!(value))).collect(),
        scheduled_states: Some(Vec::new()),
        ..RemovedUser::default()
    }
}

fn group(id: &str, name: &str) -> RemovedGroup {
    let record = [("name".to_owned(), json!(name))].into_iter().collect();
    RemovedGroup { id: group_id(id), name: name.to_owned(), record, ..RemovedGroup::default() }
}

fn present_user(username: &str) -> PresentUser {
    let email = format!("{username}@example.com");
    PresentUser { username: username.to_owned(), email, ..PresentUser::default() }
}

fn plan(removed: &[Removed], present: &Present) -> RestorePlan {
    plan_restore(removed, &Wanted::default(), present, "2026-11-26T12:00:00Z".parse().unwrap())
}

/// The parts of an object but its creation and its end.
fn parts<'p>(plan: &'p RestorePlan, name: &str) -> &'p [Part] {
    let restoration = plan.restorations.iter().find(|restoration| restoration.name == name).unwrap();
    let [.., Part::Finish] = &restoration.parts[..] else { panic!("{restoration:?}") };
    let is_new = matches!(restoration.parts[0], Part::Create(_));
    &restoration.parts[usize::from(is_new)..restoration.parts.len() - 1]
}

fn restored(index: usize, name: &str) -> Other {
    Other { name: name.to_owned(), place: Place::Restored(index) }
}

#[test]
fn a_connection_of_two_who_both_come_back_is_made_once() {
    let mut ada = user("u1", "ada");
    let membership = Membership { id: group_id("g1"), name: "Sales".to_owned(), attributes: Record::new() };
    ada.memberships = vec![membership];
    ada.reports = vec![Report { id: user_id("u2"), username: "bob".to_owned() }];
    let mut bob = user("u2", "bob");
    bob.record.insert("manager".to_owned(), json!("u1"));
    let mut sales = group("g1", "Sales");
    let member = GroupMember { id: user_id("u1"), username: "ada".to_owned(), attributes: Record::new() };
    sales.members = vec![member];
    let removed = [Removed::User(ada), Removed::User(bob), Removed::Group(sales)];
    let plan = plan(&removed, &Present::default());
    let membership =
        Part::Membership { user: restored(1, "ada"), group: restored(0, "Sales"), attributes: Record::new() };
    assert_eq!(parts(&plan, "Sales"), [membership]);
    let manager = Part::Manager { user: restored(2, "bob"), manager: restored(1, "ada") };
    assert_eq!(parts(&plan, "ada"), [manager]);
    assert_eq!(parts(&plan, "bob"), []);
    let Part::Create(fields) = &plan.restorations[2].parts[0] else { panic!() };
    assert_eq!(fields.get("manager"), None, "the manager has no id yet");
}

#[test]
fn of_a_group_that_is_gone_another_one_of_its_name_stands_for_it_and_of_people_nobody_does() {
    let mut ada = user("u1", "ada");
    let of = |id: &str, name: &str| Membership {
        id: group_id(id),
        name: name.to_owned(),
        attributes: Record::new(),
    };
    ada.memberships = vec![of("g1", "Sales"), of("g2", "Chess"), of("g3", "")];
    ada.reports = vec![Report { id: user_id("u2"), username: "bob".to_owned() }];
    let present = Present {
        users: [(user_id("u9"), present_user("bob"))].into(),
        groups: [(group_id("g9"), PresentGroup { name: "SALES".to_owned(), ..PresentGroup::default() })]
            .into(),
        ..Present::default()
    };
    let plan = plan(&[Removed::User(ada)], &present);
    let group = Other { name: "Sales".to_owned(), place: Place::Renewed("g9".to_owned()) };
    let membership = Part::Membership { user: restored(0, "ada"), group, attributes: Record::new() };
    assert_eq!(parts(&plan, "ada"), [membership]);
    let lost: Vec<&str> = plan.restorations[0].lost.iter().map(|lost| lost.what.as_str()).collect();
    assert_eq!(lost, ["id", "password", "group Chess", "group g3", "report bob"]);
}

#[test]
fn only_the_note_makes_something_known_for_half_restored() {
    let removed = [Removed::User(user("u1", "ada")), Removed::Group(group("g1", "Sales"))];
    let noted = PresentUser { restoring: Some(user_id("u1")), ..present_user("renamed") };
    let half_made = Present {
        users: [(user_id("u9"), noted.clone())].into(),
        groups: [(
            group_id("g9"),
            PresentGroup {
                name: "Sales".to_owned(),
                restoring: Some(group_id("g1")),
                ..PresentGroup::default()
            },
        )]
        .into(),
        half_users: [(user_id("u9"), user("u9", "renamed"))].into(),
        half_groups: [(group_id("g9"), group("g9", "Sales"))].into(),
        ..Present::default()
    };
    let plan_now = plan(&removed, &half_made);
    let resumed: Vec<Option<&str>> =
        plan_now.restorations.iter().map(|restoration| restoration.half_made.as_deref()).collect();
    assert_eq!(resumed, [Some("g9"), Some("u9")]);
    assert!(plan_now.restorations.iter().all(|restoration| restoration.parts == [Part::Finish]));
    let reason = |present: &Present| plan(&removed[..1], present).held_back[0].reason;
    let mut other = half_made.clone();
    other.users =
        [(user_id("u9"), PresentUser { restoring: Some(user_id("u2")), ..present_user("ada") })].into();
    assert_eq!(reason(&other), RestoreReason::TakenUsername);
    other.users = [(user_id("u8"), noted.clone()), (user_id("u9"), noted)].into();
    assert_eq!(reason(&other), RestoreReason::DuplicateRestore);
}

#[test]
fn of_several_removals_of_one_name_or_one_id_the_last_counts() {
    let mut renamed = user("u1", "ada2");
    renamed.record.insert("email".to_owned(), json!("ada@example.com"));
    let chosen = |removed: &[Removed]| -> Vec<(String, String)> {
        let plan = plan(removed, &Present::default());
        assert_eq!(plan.held_back, []);
        plan.restorations.into_iter().map(|restoration| (restoration.name, restoration.old_id)).collect()
    };
    let is = |name: &str, id: &str| (name.to_owned(), id.to_owned());
    let first = Removed::User(user("u1", "ada"));
    assert_eq!(chosen(&[first.clone(), Removed::User(user("u2", "ADA"))]), [is("ADA", "u2")]);
    assert_eq!(chosen(&[first, Removed::User(renamed)]), [is("ada2", "u1")]);
}

#[test]
fn of_two_who_want_one_mail_address_one_comes_back() {
    let mut bob = user("u2", "bob");
    bob.record.insert("email".to_owned(), json!("ADA@example.com"));
    let plan = plan(&[Removed::User(user("u1", "ada")), Removed::User(bob)], &Present::default());
    assert_eq!(plan.restorations.len(), 1);
    let held: Vec<_> = plan.held_back.iter().map(|held| (held.name.as_str(), held.reason)).collect();
    assert_eq!(held, [("bob", RestoreReason::TakenEmail)]);
}

#[test]
fn the_state_and_its_mirror_agree() {
    for (record, state, suspended) in [
        (json!({ "state": "STAGED", "suspended": false }), "STAGED", None),
        (json!({ "state": "SUSPENDED", "suspended": true }), "SUSPENDED", Some(true)),
        (json!({ "suspended": true }), "SUSPENDED", Some(true)),
        (json!({}), "ACTIVATED", None),
    ] {
        let mut ada = user("u1", "ada");
        ada.record.extend(record.as_object().unwrap().clone());
        let plan = plan(&[Removed::User(ada)], &Present::default());
        let Part::Create(fields) = &plan.restorations[0].parts[0] else { panic!() };
        assert_eq!(fields["state"], state, "{record}");
        assert_eq!(fields.get("suspended"), suspended.map(|truth| json!(truth)).as_ref(), "{record}");
    }
}
