//! Nothing that exists is overwritten, and what cannot come back is said.

use std::fs;
use std::process::Stdio;

use adjunct::sandbox::{Fault, Options};
use serde_json::{Value, json};

use crate::support::command::Answer;
use crate::support::crossing::{Crossing, Cut, Side};
use crate::support::desk::Desk;
use crate::support::organization::{Organization, text};
use crate::support::remains::list;
use crate::support::removal::{Removal, after, full};
use crate::support::two_days::edit;

/// What a restore of the journal did, and the organization, which was changed before.
fn planned(removal: &Removal, change: impl FnOnce(&mut Value)) -> (Value, Organization) {
    let (answer, organization) = restored(removal, &[], change);
    assert_eq!(answer.code, 0, "{}{}", answer.stdout, answer.stderr);
    (answer.json()["plan"].clone(), organization)
}

fn restored(
    removal: &Removal,
    arguments: &[&str],
    change: impl FnOnce(&mut Value),
) -> (Answer, Organization) {
    let mut document = removal.removed.clone();
    change(&mut document);
    let organization = Organization::of(&document);
    let answer = removal.restore(&organization, &[&["--format", "json"], arguments].concat());
    (answer, organization)
}

fn reasons(plan: &Value) -> Vec<String> {
    let held_back = plan["held_back"].as_array().unwrap().iter();
    held_back.map(|held| format!("{} {}", text(&held["name"]), text(&held["reason"]))).collect()
}

fn lost(plan: &Value, name: &str) -> Vec<String> {
    let restorations = plan["restorations"].as_array().unwrap().iter();
    let restoration = restorations.into_iter().find(|restoration| restoration["name"] == name).unwrap();
    restoration["lost"].as_array().unwrap().iter().map(|lost| text(&lost["what"])).collect()
}

#[test]
fn whoever_has_a_name_or_a_mail_address_by_now_keeps_it() {
    let removal = Removal::new();
    for (other, reason) in [
        (json!({ "username": "RITA", "email": "other@example.com" }), "rita taken-username"),
        (json!({ "username": "other", "email": "Rita@Example.com" }), "rita taken-email"),
        // Somebody else of the same name and mail address: nothing says that it is the same person.
        (json!({ "username": "rita", "email": "rita@example.com" }), "rita taken-username"),
    ] {
        let (answer, organization) = restored(&removal, &[], |document| {
            list(&mut document["users"]).push(other.clone());
            list(&mut document["groups"]).push(json!({ "name": "GONE", "description": "Others" }));
        });
        let plan = &answer.json()["plan"];
        assert_eq!(reasons(plan), [reason, "Gone taken-name"], "{other}");
        assert_eq!((organization.writes(), answer.code), (0, 4), "{other}");
        assert_eq!(answer.json()["complete"], false, "{other}");
        let because = text(&plan["held_back"][0]["because"]);
        let holder = if reason.ends_with("email") { "other" } else { "@example.com" };
        assert!(because.contains(holder) && because.ends_with("then restore again"), "{because}");
    }
}

#[test]
fn whoever_stays_away_makes_it_a_restore_in_part_and_the_others_come_back() {
    let removal = Removal::new();
    let taken = |document: &mut Value| {
        list(&mut document["groups"]).push(json!({ "name": "Gone", "description": "Others" }));
    };
    let (answer, organization) = restored(&removal, &[], taken);
    assert_eq!(answer.code, 4, "{answer:?}");
    assert_eq!(reasons(&answer.json()["plan"]), ["Gone taken-name"]);
    assert_eq!(organization.user("rita")["email"], "rita@example.com");
    let (answer, _) = restored(&removal, &["--user", "rita"], taken);
    assert_eq!(answer.code, 0, "the group was not asked for: {answer:?}");
}

/// Changes the journal's records of rita.
fn forge(removal: &Removal, change: impl Fn(&mut Value)) {
    let journal = fs::read_to_string(&removal.journal).unwrap();
    let lines = journal.lines().map(|line| {
        let mut line: Value = serde_json::from_str(line).unwrap();
        if line["removed"]["username"] == "rita" {
            change(&mut line["removed"]["record"]);
        }
        format!("{line}\n")
    });
    fs::write(&removal.journal, lines.collect::<String>()).unwrap();
}

#[test]
fn of_a_journal_that_was_changed_nothing_is_written_that_no_removal_keeps() {
    let removal = Removal::new();
    forge(&removal, |record| {
        record["password"] = "canary".into();
        record["admin"] = json!({ "id": "5f00" });
    });
    let (plan, organization) = planned(&removal, |_| ());
    for field in ["field password", "field admin"] {
        assert!(lost(&plan, "rita").contains(&field.to_owned()), "{plan}");
    }
    let rita = organization.user("rita");
    assert_eq!((&rita["password"], &rita["admin"]), (&Value::Null, &Value::Null));
}

#[test]
fn the_policy_that_a_journal_names_is_said_before_it_is_read() {
    let removal = Removal::new();
    let named = removal.desk.path().join("not-there.kdl");
    let journal = fs::read_to_string(&removal.journal).unwrap();
    let (first, rest) = journal.split_once('\n').unwrap();
    let mut first: Value = serde_json::from_str(first).unwrap();
    first["policy_file"] = named.to_str().unwrap().into();
    fs::write(&removal.journal, format!("{first}\n{rest}")).unwrap();
    let answer = removal.desk.adjunct(&[], &["restore", removal.journal.to_str().unwrap()]);
    let said = format!("Policy: {}, which the journal names\n", named.display());
    assert!(answer.code == 1 && answer.stderr.starts_with(&said), "{answer:?}");
}

#[test]
fn a_record_of_somebody_else_is_no_way_back() {
    let removal = Removal::new();
    forge(&removal, |record| record["username"] = "root".into());
    let (answer, organization) = restored(&removal, &["--user", "rita"], |_| ());
    assert_eq!((answer.code, organization.writes()), (4, 0), "{answer:?}");
    assert_eq!(reasons(&answer.json()["plan"]), ["rita other-record"]);
}

#[test]
fn a_user_who_was_not_removed_after_all_is_left_alone() {
    let removal = Removal::new();
    let organization = Organization::of(&removal.start);
    let answer = removal.restore(&organization, &["--format", "json"]);
    assert_eq!((answer.code, organization.writes()), (0, 0), "{answer:?}");
    assert_eq!(reasons(&answer.json()["plan"]), ["rita still-there", "Gone still-there"]);
}

#[test]
fn what_is_gone_by_now_is_listed_and_the_rest_comes_back() {
    let removal = Removal::new();
    let (plan, organization) = planned(&removal, |document| {
        list(&mut document["users"]).retain(|user| user["username"] != "dora" && user["username"] != "ada");
        list(&mut document["groups"]).retain(|group| group["name"] != "Chess");
        for group in list(&mut document["groups"]) {
            list(&mut group["members"]).retain(|member| *member != "dora" && *member != "ada");
        }
        let directory = &mut document["activeDirectories"][0];
        list(&mut directory["users"]).retain(|user| *user != "dora" && *user != "ada");
        // A target whose going no list tells: it shows when the binding is refused.
        list(&mut document["targets"]).retain(|target| target["type"] != "application");
        edit(document, "zoe", |zoe| zoe["employeeIdentifier"] = "E7".into());
        let zoe = list(&mut document["users"]).iter().find(|user| user["username"] == "zoe").unwrap()["_id"]
            .clone();
        edit(document, "bob", |bob| bob["manager"] = zoe);
    });
    let lost_of_rita = lost(&plan, "rita");
    for what in ["group Chess", "manager ada", "report dora", "report bob", "field employeeIdentifier"] {
        assert!(lost_of_rita.contains(&what.to_owned()), "{what} in {lost_of_rita:?}");
    }
    assert!(lost(&plan, "Gone").contains(&"member dora".to_owned()), "{plan}");
    let rita = organization.user("rita");
    assert_eq!((&rita["manager"], &rita["employeeIdentifier"]), (&Value::Null, &Value::Null));
    assert_eq!(rita["unix_uid"], 5005);
    assert_eq!(organization.user("bob")["manager"], organization.user("zoe")["_id"], "as somebody set it");
    assert_eq!(organization.members("Gone").into_iter().collect::<Vec<_>>(), ["bob", "zoe"]);
}

#[test]
fn a_target_that_is_gone_is_told_in_the_report_and_no_failure() {
    let removal = Removal::new();
    let mut document = removal.removed.clone();
    list(&mut document["targets"]).retain(|target| target["type"] != "system");
    let organization = Organization::of(&document);
    let answer = removal.restore(&organization, &[]);
    assert_eq!(answer.code, 0, "{answer:?}");
    let line = "user rita: binding system 6a0000000000000000000007 with sudo  gone: it is not there any more";
    assert!(answer.stdout.contains(line), "{}", answer.stdout);
}

#[test]
fn nothing_is_bound_to_a_directory_that_a_sync_agent_writes_into() {
    let removal = Removal::new();
    let (plan, organization) = planned(&removal, |document| {
        document["activeDirectories"][0]["agents"] = json!([{ "agentType": "SYNC", "state": "active" }]);
    });
    for name in ["rita", "Gone"] {
        assert!(lost(&plan, name).iter().any(|what| what.starts_with("binding active_directory")), "{plan}");
    }
    // What is bound already is written, too, and so is whoever is in a bound group.
    for what in ["group Engineering", "group JumpCloud", "report bob", "report dora"] {
        assert!(lost(&plan, "rita").contains(&what.to_owned()), "{what} in {plan}");
    }
    assert!(organization.members("Chess").contains("rita"));
    assert!(organization.sandbox().writebacks().is_empty());
}

#[test]
fn a_change_of_state_that_was_due_meanwhile_is_listed() {
    let mut start = full();
    list(&mut start["userStates"])[0]["scheduledDate"] = "2026-02-01T00:00:00Z".into();
    let removal = Removal::from(start);
    let (plan, organization) = planned(&removal, |_| ());
    let due = "change to SUSPENDED on 2026-02-01T00:00:00Z";
    assert!(lost(&plan, "rita").contains(&due.to_owned()), "{plan}");
    let states = organization.document()["userStates"].as_array().unwrap().clone();
    assert_eq!(states.iter().filter(|state| state["user"] == "rita").count(), 1);
}

#[test]
fn a_part_that_jumpcloud_refuses_fails_alone_and_is_made_up_for() {
    let removal = Removal::new();
    let fault: Fault = "POST /api/systemusers/*/sshkeys nth=1 status=403".parse().unwrap();
    let organization = Organization::failing(&removal.removed, vec![fault]);
    let answer = removal.restore(&organization, &[]);
    assert_eq!(answer.code, 4, "{answer:?}");
    assert!(answer.stdout.contains("user rita: SSH key laptop  failed"), "{}", answer.stdout);
    assert!(answer.stdout.contains("Restored in part: "), "{}", answer.stdout);
    assert_eq!(organization.user("rita")["ssh_keys"].as_array().unwrap().len(), 1);
    let again = removal.restore(&organization, &[]);
    assert_eq!(again.code, 0, "{again:?}");
    assert_eq!(organization.user("rita")["ssh_keys"].as_array().unwrap().len(), 2);
    assert_eq!(organization.users().len(), 5);
}

#[test]
fn nobody_loses_the_note_of_being_restored_while_others_need_it() {
    // Of bob, who goes as well, rita is the manager: only by her note is she found by the id that she had.
    let removal = Removal::by(full(), &after().delete("bob"));
    let fault: Fault = "PUT /api/systemusers/* nth=1 status=403".parse().unwrap();
    let organization = Organization::failing(&removal.removed, vec![fault]);
    let answer = removal.restore(&organization, &[]);
    assert_eq!(answer.code, 4, "{answer:?}");
    assert!(answer.stdout.contains("user bob: manager rita  failed"), "{}", answer.stdout);
    let again = removal.restore(&organization, &[]);
    assert_eq!(again.code, 0, "{again:?}");
    assert_eq!(organization.user("bob")["manager"], organization.user("rita")["_id"]);
    assert!(!organization.document().to_string().contains("adRestoring"));
}

#[test]
fn a_create_whose_answer_is_lost_is_found_and_never_sent_again() {
    let removal = Removal::new();
    for (request, writes) in [("POST /api/systemusers", "user"), ("POST /api/v2/usergroups", "group")] {
        let fault: Fault = format!("{request} nth=1 drop=after").parse().unwrap();
        let organization = Organization::failing(&removal.removed, vec![fault]);
        let answer = removal.restore(&organization, &[]);
        assert_eq!(answer.code, 0, "{writes}: {answer:?}");
        let sent = organization.requests().into_iter().filter(|sent| sent == request).count();
        assert_eq!(sent, 1, "{writes}");
    }
}

#[test]
fn a_journal_of_another_organization_is_refused() {
    let removal = Removal::new();
    let mut document = removal.removed.clone();
    document["organization"]["_id"] = "5f0000000000000000000099".into();
    let organization = Organization::of(&document);
    let answer = removal.restore(&organization, &[]);
    assert_eq!(answer.code, 5, "{answer:?}");
    assert!(answer.stderr.contains("cli::other_journal"), "{}", answer.stderr);
    assert_eq!(organization.writes(), 0);
}

#[test]
fn the_policy_that_the_journal_names_is_taken_where_none_is_named() {
    let desk = Desk::new("", &after());
    let organization = Organization::of(&full());
    assert_eq!(desk.apply(&organization).code, 0);
    let journals = desk.journals();
    let run = |arguments: &[&str]| desk.adjunct(&[], arguments);
    let restore = ["restore", journals.to_str().unwrap(), "--auto-approve"];
    let policy = desk.path().join(desk.write_policy(&organization.url()));
    let text = fs::read_to_string(&policy).unwrap();
    fs::remove_file(&policy).unwrap();
    let answer = run(&restore);
    assert_eq!(answer.code, 1, "{answer:?}");
    assert!(answer.stderr.contains("cli::unreadable_file"), "{}", answer.stderr);
    fs::write(&policy, text).unwrap();
    assert_eq!(run(&restore).code, 0);
    assert_eq!(organization.users().len(), 5);
}

#[test]
fn a_restore_waits_for_no_other_run_and_writes_beside_none() {
    let removal = Removal::new();
    let organization = Organization::of(&removal.start);
    let crossing = Crossing::to(&organization.url(), Cut { write: 1, side: Side::Before });
    let policy = removal.desk.write_policy(crossing.url());
    let apply = ["apply", &policy, "--auto-approve", "--parallelism", "1"];
    let mut first = removal.desk.command(&apply).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    crossing.reached().unwrap();
    let journal = removal.journal.to_str().unwrap();
    let restore = ["restore", journal, "--policy", &policy, "--auto-approve"];
    let answer = removal.desk.adjunct(&[], &restore);
    assert_eq!(answer.code, 7, "{answer:?}");
    assert!(answer.stderr.contains("journal::locked"), "{}", answer.stderr);
    first.kill().unwrap();
    first.wait().unwrap();
    assert_eq!(removal.desk.adjunct(&[], &restore).code, 0);
    assert_eq!(organization.document(), removal.start, "everybody is still there");
}

#[test]
fn an_organization_that_cannot_be_read_whole_is_not_written_to() {
    let removal = Removal::new();
    for list in ["/api/systemusers", "/api/v2/usergroups", "/api/v2/activedirectories"] {
        let fault: Fault = format!("GET {list} ip-block").parse().unwrap();
        let options = Options { faults: vec![fault], ..Organization::options() };
        let organization = Organization::with(&removal.removed, options);
        let answer = removal.restore(&organization, &[]);
        assert_eq!((answer.code, organization.writes()), (6, 0), "{list}: {answer:?}");
    }
}
