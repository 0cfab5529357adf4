//! Whatever a removal took comes back, as far as JumpCloud takes it.

use adjunct::journal::Entry;
use serde_json::{Value, json};

use crate::support::command::Answer;
use crate::support::desk::Desk;
use crate::support::organization::{Organization, text};
use crate::support::remains::{difference, list};
use crate::support::removal::{CANARY, Removal, before, comparable, full};
use crate::support::schema::Schema;
use crate::support::two_days::edit;

fn assert_restored(start: &Value, organization: &Organization, answer: &Answer) {
    assert_eq!(answer.code, 0, "{}{}", answer.stdout, answer.stderr);
    let (expected, actual) = (comparable(start), comparable(&organization.document()));
    assert!(expected == actual, "{}", difference(&expected, &actual));
}

#[test]
fn a_user_and_a_group_that_a_run_removed_are_as_they_were_but_for_marks_and_ids() {
    let removal = Removal::new();
    let organization = Organization::of(&removal.removed);
    assert!(comparable(&removal.removed) != comparable(&removal.start));
    let answer = removal.restore(&organization, &[]);
    assert_restored(&removal.start, &organization, &answer);
    let rita = organization.user("rita");
    assert_ne!(
        rita["_id"],
        removal.start["users"].as_array().unwrap().iter().find(|user| user["username"] == "rita").unwrap()["_id"]
    );
    let attributes: Vec<String> =
        rita["attributes"].as_array().unwrap().iter().map(|attribute| text(&attribute["name"])).collect();
    assert_eq!(attributes, ["badge"], "no mark of ours");
    let description = text(&organization.groups()["Gone"]["description"]);
    assert_eq!(description, "Those who go Mirrored from Active Directory");
    let locks = rita["restrictedFields"].as_array().unwrap();
    assert!(
        !locks.iter().any(|lock| lock["field"] == "password"),
        "or nobody could set a new one: {locks:?}"
    );
    assert!(locks.iter().any(|lock| lock["field"] == "username"), "by which it is adopted again: {locks:?}");
}

#[test]
fn a_second_restore_does_nothing() {
    let removal = Removal::new();
    let organization = Organization::of(&removal.removed);
    assert_eq!(removal.restore(&organization, &[]).code, 0);
    let (document, writes) = (organization.document(), organization.writes());
    let again = removal.restore(&organization, &["--format", "json"]);
    assert_eq!(again.code, 0, "{again:?}");
    assert_eq!((organization.document(), organization.writes()), (document, writes));
    let held_back = again.json()["plan"]["held_back"].clone();
    let reasons: Vec<&str> =
        held_back.as_array().unwrap().iter().map(|held| held["reason"].as_str().unwrap()).collect();
    assert_eq!(reasons, ["is-back", "is-back"]);
}

#[test]
fn active_directory_adopts_again_whom_it_selects_again() {
    let removal = Removal::new();
    let organization = Organization::of(&removal.removed);
    assert_eq!(removal.restore(&organization, &[]).code, 0);
    let desk = Desk::new("", &before());
    let plan = desk.plan(&organization);
    let adopted: Vec<String> = plan.json()["changes"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|change| change["action"] == "adopt")
        .map(|change| text(&change["name"]))
        .collect();
    assert_eq!(adopted, ["rita", "Gone"], "{}", plan.stdout);
    let actions = plan.json()["summary"].clone();
    assert_eq!((&actions["create"], &actions["remove"]), (&json!(0), &json!(0)));
    assert_eq!(desk.apply(&organization).code, 0);
    assert_eq!(desk.plan(&organization).code, 0, "a plan after it is empty");
}

#[test]
fn each_state_comes_back_as_it_was() {
    for state in ["STAGED", "SUSPENDED", "ACTIVATED"] {
        let mut start = full();
        edit(&mut start, "rita", |rita| rita["state"] = state.into());
        let removal = Removal::from(start);
        let organization = Organization::of(&removal.removed);
        let answer = removal.restore(&organization, &["--user", "RITA"]);
        assert_eq!(answer.code, 0, "{answer:?}");
        assert_eq!(organization.user("rita")["state"], state);
        assert_eq!(organization.mails().len(), usize::from(state == "ACTIVATED"), "{state}");
    }
}

#[test]
fn what_jumpcloud_locks_by_itself_is_locked_as_it_was() {
    let mut start = full();
    edit(&mut start, "rita", |rita| {
        rita["externally_managed"] = true.into();
        rita["restrictedFields"] = json!([{ "field": "email", "type": "active_directory", "id": "5f00" }]);
    });
    let removal = Removal::from(start);
    let organization = Organization::of(&removal.removed);
    let answer = removal.restore(&organization, &[]);
    assert_restored(&removal.start, &organization, &answer);
}

#[test]
fn only_those_are_restored_who_are_named() {
    let removal = Removal::new();
    let organization = Organization::of(&removal.removed);
    let answer = removal.restore(&organization, &["--group", "go*"]);
    assert_eq!(answer.code, 0, "{answer:?}");
    assert!(organization.groups().contains_key("Gone") && !organization.users().contains_key("rita"));
    assert_eq!(organization.members("Gone").into_iter().collect::<Vec<_>>(), ["bob", "dora", "zoe"]);
    let answer = removal.restore(&organization, &["--user", "rita"]);
    assert_restored(&removal.start, &organization, &answer);
    let answer = removal.restore(&organization, &["--user", "nobody"]);
    assert_eq!(answer.code, 1, "{answer:?}");
    assert!(answer.stderr.contains("cli::not_removed") && answer.stderr.contains("user nobody"));
}

#[test]
fn of_a_folder_of_journals_the_last_removal_of_an_object_counts() {
    let removal = Removal::new();
    let organization = Organization::of(&removal.removed);
    assert_eq!(removal.restore(&organization, &[]).code, 0);
    // Adopted, changed, and removed again.
    assert_eq!(Desk::new("", &before()).apply(&organization).code, 0);
    let mut document = organization.document();
    edit(&mut document, "rita", |rita| rita["jobTitle"] = "Duchess".into());
    let organization = Organization::of(&document);
    let policy = removal.desk.write_policy(&organization.url());
    let run = |arguments: &[&str]| removal.desk.adjunct(&[], arguments);
    assert_eq!(run(&["apply", &policy, "--auto-approve"]).code, 0);
    assert!(!organization.users().contains_key("rita"));
    let folder = removal.desk.journals();
    let answer = run(&["restore", folder.to_str().unwrap(), "--policy", &policy, "--auto-approve"]);
    assert_eq!(answer.code, 0, "{answer:?}");
    assert_eq!(organization.user("rita")["jobTitle"], "Duchess");
    assert_eq!(organization.users().len(), 5, "once");
}

#[test]
fn of_journals_of_several_policies_those_count_that_tell_of_the_one_who_is_named() {
    let removal = Removal::new();
    let organization = Organization::of(&removal.removed);
    let folder = removal.journal.parent().unwrap();
    let text = std::fs::read_to_string(&removal.journal).unwrap();
    let policy = removal.desk.path().join(removal.desk.write_policy(&organization.url()));
    let policy = policy.to_str().unwrap();
    let (of, other) = (removal.record().run.policy_file, "/elsewhere/sales.kdl");
    std::fs::write(&removal.journal, text.replacen(&of, policy, 1)).unwrap();
    // A run of another policy, which removed somebody else and the same group.
    let others = text.replacen("\"policy\":\"test\"", "\"policy\":\"sales\"", 1);
    let others = others.replacen(&of, other, 1).replace("\"rita\"", "\"rosa\"");
    std::fs::write(folder.join("other.jsonl"), others).unwrap();
    let restore = |options: &[&str]| {
        removal
            .desk
            .adjunct(&[], &[&["restore", folder.to_str().unwrap(), "--auto-approve"], options].concat())
    };
    for options in [&[][..], &["--user", "r*"], &["--group", "Gone"], &["--user", "nobody"]] {
        let answer = restore(options);
        assert_eq!((answer.code, answer.stdout.as_str()), (1, ""), "{answer:?}");
        let lines: Vec<&str> =
            answer.stderr.lines().map(|line| line.trim_start_matches([' ', '│'])).collect();
        assert!(lines.contains(&policy) && lines.contains(&other), "a line each: {answer:?}");
        assert!(answer.stderr.contains("cli::several_policies"), "{answer:?}");
    }
    let answer = restore(&["--user", "rita"]);
    assert_eq!(answer.code, 0, "{answer:?}");
    assert!(organization.users().contains_key("rita"), "{answer:?}");
    assert!(!organization.groups().contains_key("Gone"), "{answer:?}");
}

#[test]
fn whoever_stands_on_a_whole_line_comes_back_however_the_others_are_damaged() {
    let removal = Removal::new();
    let whole = std::fs::read_to_string(&removal.journal).unwrap();
    let lines: Vec<&str> = whole.lines().collect();
    let of = |name: &str| {
        let is_it = |line: &&str| line.contains("\"entry\":\"removal\"") && line.contains(name);
        lines.iter().position(is_it).unwrap()
    };
    let (rita, gone) = (of("rita@example.com"), of("Those who go"));
    let damaged: Vec<String> = (0..)
        .zip(&lines)
        .map(|(number, line)| match number {
            1 => "\u{0}\u{1b}[31m".to_owned(),
            _ if number == gone => line[..line.len() / 2].to_owned(),
            _ if number == rita => (*line).to_owned(),
            _ => line.replace("\"entry\":\"request\"", "\"entry\":\"r\u{202e}q\""),
        })
        .collect();
    std::fs::write(&removal.journal, damaged.join("\n") + "\n").unwrap();
    let folder = removal.journal.parent().unwrap().to_str().unwrap();
    for from in [folder, removal.journal.to_str().unwrap()] {
        let organization = Organization::of(&removal.removed);
        let policy = removal.desk.write_policy(&organization.url());
        let restore = ["restore", from, "--policy", &policy, "--auto-approve"];
        let answer = removal.desk.adjunct(&[], &restore);
        assert_eq!(answer.code, 0, "{answer:?}");
        assert_eq!(organization.user("rita")["alternateEmail"], "rita@home.example");
        assert!(!organization.groups().contains_key("Gone"));
        let journal = removal.journal.display();
        for warning in [format!("line 2 of {journal}"), format!("line {} of {journal}", gone + 1)] {
            assert!(answer.stderr.contains(&warning), "{warning} in {answer:?}");
        }
        assert_eq!(answer.stderr.matches("unknown variant").count(), 1, "of many lines once: {answer:?}");
        assert!(answer.stderr.contains(&format!("of {journal} cannot be read")), "{answer:?}");
        assert!(!answer.stderr.contains(['\u{1b}', '\u{202e}']), "{answer:?}");
    }
}

#[test]
fn the_journal_holds_what_a_removal_takes_before_it_is_sent_and_no_secret() {
    let removal = Removal::new();
    let record = removal.record();
    let position =
        |is_it: &dyn Fn(&Entry) -> bool| record.lines.iter().position(|line| is_it(&line.entry)).unwrap();
    let kept = position(&|entry| matches!(entry, Entry::Removal { removed, .. } if removed.name() == "rita"));
    let sent = position(
        &|entry| matches!(entry, Entry::Request { request, .. } if request.starts_with("DELETE /api/systemusers/")),
    );
    assert!(kept < sent);
    let text = std::fs::read_to_string(&removal.journal).unwrap();
    assert!(!text.contains(CANARY), "a secret in the journal");
    assert!(
        text.contains("recoveryEmail") && text.contains("attributes.radius"),
        "what is not kept is named"
    );
}

#[test]
fn what_is_shown_of_a_restore_is_inert_and_tells_what_does_not_come_back() {
    let removal = Removal::new();
    let organization = Organization::of(&removal.removed);
    let answer = removal.run(&organization, &[]);
    assert_eq!(answer.code, 1, "{answer:?}");
    assert!(answer.stderr.contains("cli::no_terminal"), "{}", answer.stderr);
    assert_eq!(organization.writes(), 0);
    assert!(
        answer.stdout.contains("description \"Those who go Mirrored from Active Directory\""),
        "{answer:?}"
    );
    assert!(!answer.stdout.contains("[restoring:"), "what a group has for a moment: {answer:?}");
    for shown in [&answer.stdout, &removal.restore(&organization, &["--format", "json"]).stdout] {
        assert!(!shown.contains(CANARY), "{shown}");
        assert!(!shown.contains('\u{1b}') && !shown.contains('\u{202e}'), "{shown}");
        for lost in ["password", "second factor", "field recoveryEmail", "field attributes.radius"] {
            assert!(shown.contains(lost), "{lost} in {shown}");
        }
    }
}

#[test]
fn the_documents_of_a_restore_fit_their_schema() {
    let removal = Removal::new();
    let organization = Organization::of(&removal.removed);
    let schema = Schema::read("restore.schema.json");
    for _ in 0..2 {
        let document = removal.restore(&organization, &["--format", "json"]).json();
        assert_eq!(schema.problems(&document), Vec::<String>::new());
        assert_eq!(document["complete"], true);
    }
    let mut document = removal.restore(&organization, &["--format", "json"]).json();
    assert!(list(&mut document["results"]).is_empty());
}
