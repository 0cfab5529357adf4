//! `apply PLAN-FILE`: what was approved is what is written, once.

use std::fs;
use std::process::Stdio;

use serde_json::{Value, json};

use crate::support::approval::{Approval, PLAN};
use crate::support::crossing::{Crossing, Cut, Side};
use crate::support::desk::Desk;
use crate::support::organization::Organization;
use crate::support::remains::{difference, essence};
use crate::support::schema::Schema;
use crate::support::staff::Staff;
use crate::support::two_days::{NODES, morning, today};

#[test]
fn a_saved_plan_does_what_the_plan_would_have_done() {
    let start = morning();
    let expected = Organization::of(&start);
    assert_eq!(Desk::new(NODES, &today()).apply(&expected).code, 0);
    let approval = Approval::saved(NODES, &today(), &start);
    // Active Directory is not asked again.
    fs::remove_file(approval.desk.path().join("staff.ldif")).unwrap();
    let answer = approval.apply(&[]);
    assert_eq!(answer.code, 0, "{answer:?}");
    assert!(answer.stdout.contains("Applied: "), "{answer:?}");
    let (expected, found) =
        (essence(&expected.document(), &start), essence(&approval.organization.document(), &start));
    assert!(expected == found, "{}", difference(&expected, &found));
    assert_eq!(approval.used(), 1);
    assert_eq!(fs::read_dir(approval.desk.journals()).unwrap().count(), 1, "it has a journal");
}

#[test]
fn without_a_journal_nothing_is_written_and_the_plan_is_not_used_up() {
    let approval = Approval::saved("", &Staff::new().users(["ada"]), &json!({}));
    let answer = approval.apply(&["--journal", PLAN]);
    assert!(answer.code == 1 && answer.stderr.contains("journal::file"), "{answer:?}");
    assert_eq!((approval.organization.writes(), approval.used()), (0, 0));
    assert_eq!(approval.apply(&["--journal", "kept"]).code, 0);
    assert_eq!(fs::read_dir(approval.desk.path().join("kept")).unwrap().count(), 1);
}

#[cfg(unix)]
#[test]
fn a_plan_that_cannot_be_noted_as_used_leaves_no_journal() {
    let approval = Approval::saved("", &Staff::new().users(["ada"]), &json!({}));
    let used = approval.desk.used_plans();
    // Nobody can make a folder there, and nothing is in it.
    fs::create_dir_all(used.parent().unwrap()).unwrap();
    std::os::unix::fs::symlink("nowhere/deep", &used).unwrap();
    let answer = approval.apply(&[]);
    assert!(answer.code == 1 && answer.stderr.contains("journal::file"), "{answer:?}");
    assert_eq!(approval.organization.writes(), 0);
    assert!(!approval.desk.journals().exists(), "nothing was begun");
    fs::remove_file(used).unwrap();
    assert_eq!(approval.apply(&[]).code, 0);
}

#[test]
fn the_document_is_that_of_an_apply() {
    let approval = Approval::saved(NODES, &today(), &morning());
    let planned = approval.run(&["show", PLAN, "--format", "json"]).json();
    let answer = approval.apply(&["--format", "json"]);
    let document = answer.json();
    assert_eq!(answer.code, 0, "{}", answer.stderr);
    assert_eq!((&document["plan"], &document["complete"]), (&planned, &json!(true)));
    assert_eq!(Schema::read("apply.schema.json").problems(&document), Vec::<String>::new());
}

#[test]
fn a_plan_is_applied_once() {
    let approval = Approval::saved("", &Staff::new().users(["ada"]), &json!({}));
    assert_eq!(approval.apply(&[]).code, 0);
    let said = approval.refused("cli::used_plan");
    assert!(said.contains("applied already, at 2"), "{said}");
    // Another plan that says the same is another plan; here it says that all is done.
    let saved = approval.save(&[]);
    assert_eq!(saved.code, 0, "{saved:?}");
    assert!(saved.stderr.contains("There is nothing in it to apply"), "{saved:?}");
    assert!(!saved.stderr.contains("once"), "{saved:?}");
    let writes = approval.organization.writes();
    for _ in 0..2 {
        let again = approval.apply(&[]);
        assert!(again.code == 0 && again.stdout.contains("No changes"), "{again:?}");
    }
    assert_eq!(approval.used(), 1, "a plan without changes is not used up");
    assert_eq!(approval.organization.writes(), writes);
}

#[test]
fn of_two_at_once_one_applies() {
    for _ in 0..5 {
        let approval = Approval::saved("", &Staff::new().users(["ada", "bob"]), &json!({}));
        let codes = std::thread::scope(|scope| {
            let runs = [(); 2].map(|()| scope.spawn(|| approval.apply(&[]).code));
            runs.map(|run| run.join().unwrap())
        });
        // The other meets the lock, or comes when all is done.
        let refused = codes.iter().filter(|code| [5, 7].contains(code)).count();
        assert!(codes.contains(&0) && refused == 1, "{codes:?}");
        assert_eq!((approval.organization.users().len(), approval.used()), (2, 1));
    }
}

#[test]
fn a_plan_whose_run_was_killed_is_used_up_and_a_new_one_finishes() {
    let start = morning();
    let organization = Organization::of(&start);
    let whole = Organization::of(&start);
    let desk = Desk::new(NODES, &today());
    assert_eq!(desk.apply(&whole).code, 0);
    let crossing = Crossing::to(&organization.url(), Cut { write: 7, side: Side::After });
    let policy = desk.write_policy(crossing.url());
    assert_eq!(desk.adjunct(&[], &["plan", &policy, "--out", PLAN]).code, 0);
    let mut child = desk
        .command(&["apply", PLAN, "--auto-approve", "--parallelism", "1"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    assert!(crossing.reached().is_some());
    child.kill().unwrap();
    child.wait().unwrap();
    let writes = organization.writes();
    assert_eq!(writes, 7);
    let again = desk.adjunct(&[], &["apply", PLAN, "--auto-approve"]);
    assert_eq!(again.code, 5, "{again:?}");
    for words in ["cli::used_plan", "even when it was interrupted", "plan again to see what is left"] {
        assert!(again.stderr.contains(words), "{again:?}");
    }
    assert_eq!(organization.writes(), writes);
    assert_eq!(desk.apply(&organization).code, 0);
    let (expected, found) = (essence(&whole.document(), &start), essence(&organization.document(), &start));
    assert!(expected == found, "{}", difference(&expected, &found));
}

#[test]
fn a_plan_that_a_guard_stops_is_saved_and_stays_stopped_until_it_is_saved_with_an_allowance() {
    let nodes = "limits { removals 1 percent=1; }";
    let staff = Staff::new().users(["ada", "bob", "eve"]);
    let start = Approval::saved("", &staff, &json!({}));
    assert_eq!(start.apply(&[]).code, 0);
    let document = start.organization.document();
    let approval = Approval::new("", &staff.delete("bob").delete("eve"), &document);
    let policy = approval.desk.path().join(&approval.policy);
    let text = fs::read_to_string(&policy).unwrap();
    let (before, rest) = text.split_once("limits {").unwrap();
    let after = rest.split_once('}').unwrap().1;
    fs::write(&policy, format!("{before}{nodes}{after}")).unwrap();
    let planned = approval.save(&[]);
    assert_eq!(planned.code, 3, "{planned:?}");
    assert!(planned.stderr.contains("A guard stops it"), "{planned:?}");
    let answer = approval.apply(&[]);
    assert_eq!((answer.code, &answer.stdout), (3, &planned.stdout));
    assert_eq!((approval.organization.writes(), approval.used()), (0, 0));
    let json = approval.apply(&["--format", "json"]);
    assert_eq!((json.code, &json.json()["results"]), (3, &json!([])));
    for flag in [["--allow", "removals=2"], ["--only", "user:bob"]] {
        let answer = approval.apply(&flag);
        assert_eq!(answer.code, 1, "{answer:?}");
        assert!(answer.stderr.contains("cli::settled") && answer.stderr.contains(flag[0]), "{answer:?}");
    }
    // Verdicts that were written down are not believed.
    approval.reseal(|saved| saved.plan.guards.clear());
    approval.refused("cli::other_verdict");
    approval.reseal(|saved| saved.plan.measures.clear());
    approval.refused("cli::other_verdict");
    assert_eq!(approval.save(&["--allow", "removals=2"]).code, 0);
    let answer = approval.apply(&[]);
    assert_eq!(answer.code, 0, "{answer:?}");
    assert_eq!(approval.organization.users().len(), 1);
}

#[test]
fn what_fails_in_part_is_said_and_the_plan_is_used_up() {
    let approval = Approval::saved("", &Staff::new().users(["ada", "bob"]), &json!({}));
    let fault = json!({ "fault": "POST /api/systemusers nth=1 status=400" });
    approval.by_hand("POST", "/sandbox/faults", &fault);
    let answer = approval.apply(&[]);
    assert_eq!(answer.code, 4, "{answer:?}");
    assert!(answer.stdout.contains("Applied in part"), "{answer:?}");
    assert_eq!(approval.used(), 1);
    approval.refused("cli::used_plan");
}

#[test]
fn without_a_terminal_nobody_can_be_asked() {
    let approval = Approval::saved("", &Staff::new().users(["ada"]), &json!({}));
    let answer = approval.run(&["apply", PLAN]);
    assert!(answer.code == 1 && answer.stderr.contains("cli::no_terminal"), "{answer:?}");
    assert_eq!((approval.organization.writes(), approval.used()), (0, 0));
}

#[test]
fn a_plan_of_a_part_stays_that_part() {
    let approval = Approval::new("", &Staff::new().users(["ada", "bob"]), &json!({}));
    assert_eq!(approval.save(&["--only", "user:ada"]).code, 0);
    assert_eq!(approval.apply(&[]).code, 0);
    let names: Vec<String> = approval.organization.users().into_keys().collect();
    assert_eq!(names, ["ada"]);
}

#[test]
fn a_local_organization_is_one_as_well() {
    let folder = tempfile::TempDir::new().unwrap();
    let policies = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("policies");
    for file in ["example.kdl", "example.ldif", "example-org.json"] {
        fs::copy(policies.join(file), folder.path().join(file)).unwrap();
    }
    let run = |arguments: &[&str]| crate::support::command::adjunct(folder.path(), arguments);
    assert_eq!(run(&["plan", "example.kdl", "--out", PLAN]).code, 0);
    let answer = run(&["apply", PLAN, "--auto-approve", "--format", "json"]);
    assert_eq!(answer.code, 0, "{answer:?}");
    let changes = answer.json()["plan"]["changes"].as_array().map(Vec::len);
    assert!(changes > Some(50), "{changes:?}");
    assert_eq!(run(&["plan", "example.kdl", "--format", "json"]).json()["changes"], Value::Array(Vec::new()));
}
