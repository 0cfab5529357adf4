//! Output that nobody gets is an error, also when everything else succeeded; and a document is whole when the run is not.

#![cfg(target_os = "linux")]

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Command, Stdio};

use adjunct::journal::{journals_in, read};
use serde_json::json;

use crate::support::crossing::{Crossing, Cut, Side};
use crate::support::desk::Desk;
use crate::support::organization::Organization;
use crate::support::schema::Schema;
use crate::support::staff::Staff;

fn desk() -> Desk {
    Desk::new("", &Staff::new().users(["ada", "bob"]))
}

/// Exit code and standard error of a command whose standard output is a full disk.
fn on_a_full_disk(mut command: Command) -> (i32, String) {
    let full = File::options().write(true).open("/dev/full").unwrap();
    let output = command.stdout(full).stderr(Stdio::piped()).output().unwrap();
    (output.status.code().unwrap(), words(&output.stderr))
}

/// Text without its layout.
fn words(text: &[u8]) -> String {
    String::from_utf8_lossy(text).split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn a_full_disk_is_an_error_of_every_command() {
    let (desk, organization) = (desk(), Organization::empty());
    let policy = desk.write_policy(&organization.url());
    for arguments in [
        &["--help"][..],
        &["--version"],
        &["plan", "--help"],
        &["plan", &policy],
        &["plan", &policy, "--format", "json"],
        &["plan", &policy, "--format", "json", "--detailed-exitcode"],
        &["apply", &policy, "--auto-approve"],
        &["snapshot", &policy, "--out", "copy.json"],
        &["sandbox", "--listen", "127.0.0.1:0"],
    ] {
        let (code, said) = on_a_full_disk(desk.command(arguments));
        assert_eq!(code, 1, "{arguments:?}: {said}");
        assert!(said.contains("the output could not be written"), "{arguments:?}: {said}");
    }
    assert_eq!(organization.writes(), 0, "a plan that could not be shown is not applied");
}

#[test]
fn what_is_applied_and_cannot_be_reported_is_said_with_its_journal() {
    let (desk, organization) = (desk(), Organization::empty());
    let policy = desk.write_policy(&organization.url());
    let apply = ["apply", &policy, "--auto-approve", "--format", "json"];
    let (code, said) = on_a_full_disk(desk.command(&apply));
    let journal = journals_in(&desk.journals()).unwrap().remove(0);
    assert_eq!(code, 1, "{said}");
    let told = "the report could not be written, but 5 of 5 changes were applied";
    assert!(said.contains(told), "{said}");
    let said = said.replace(' ', "");
    assert!(said.contains(journal.file_name().unwrap().to_str().unwrap()), "{said}");
    assert_eq!(organization.users().len(), 2);
    // There is nothing left to be applied, so nothing is.
    let (code, said) = on_a_full_disk(desk.command(&apply));
    assert_eq!((code, said.contains("the output could not be written")), (1, true), "{said}");
}

#[test]
fn a_reader_who_goes_away_in_the_middle_of_an_apply_stops_nothing_and_is_told_to_whoever_is_left() {
    let (desk, organization) = (desk(), Organization::empty());
    let crossing = Crossing::to(&organization.url(), Cut { write: 2, side: Side::Before });
    let policy = desk.write_policy(crossing.url());
    let mut child = desk
        .command(&["apply", &policy, "--auto-approve"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    crossing.reached().unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    let mut shown = String::new();
    while !shown.contains("Plan: ") {
        assert!(stdout.read_line(&mut shown).unwrap() > 0, "{shown}");
    }
    drop(stdout);
    crossing.go_on();
    let mut said = Vec::new();
    child.stderr.take().unwrap().read_to_end(&mut said).unwrap();
    let said = words(&said);
    assert_eq!(child.wait().unwrap().code(), Some(1), "{said}");
    assert!(said.contains("but 5 of 5 changes were applied"), "{said}");
    assert_eq!(read(&journals_in(&desk.journals()).unwrap()[0]).unwrap().end(), Some((5, 5, false)));
}

#[test]
fn what_was_applied_in_part_and_cannot_be_reported_is_counted() {
    let refusal = "POST /api/systemusers nth=1 status=422".parse().unwrap();
    let (desk, organization) = (desk(), Organization::failing(&json!({}), vec![refusal]));
    let policy = desk.write_policy(&organization.url());
    let (code, said) =
        on_a_full_disk(desk.command(&["apply", &policy, "--auto-approve", "--format", "json"]));
    assert_eq!(code, 1, "{said}");
    assert!(said.contains("3 of 5 changes were applied"), "{said}");
}

#[test]
fn a_document_is_whole_when_the_key_is_refused_in_the_middle_or_the_journal_breaks() {
    let staff = Staff::new().users(["ada", "bob", "cleo", "dora", "ines", "lena", "otto", "rita"]);
    // The journal's limit is in blocks of a kilobyte: the plan and a few requests.
    let cases = [("POST /api/systemusers nth=3 status=401", "unlimited"), ("", "20")];
    for (fault, kilobytes) in cases {
        let faults = fault.parse().into_iter().collect();
        let (desk, organization) = (Desk::new("", &staff), Organization::failing(&json!({}), faults));
        let policy = desk.write_policy(&organization.url());
        let mut command = desk.command(&[]);
        let mut limited = Command::new("bash");
        limited
            .args(["-c", &format!("trap '' XFSZ; ulimit -f {kilobytes}; exec \"$0\" \"$@\"")])
            .arg(command.get_program())
            .args(["apply", &policy, "--auto-approve", "--parallelism", "1", "--format", "json"])
            .env_clear()
            .envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))))
            .current_dir(desk.path());
        command = limited;
        let output = command.stdin(Stdio::null()).output().unwrap();
        let document: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(Schema::read("apply.schema.json").problems(&document), Vec::<String>::new());
        assert_eq!((output.status.code(), &document["complete"]), (Some(4), &json!(false)), "{document}");
        let count = |outcome: &str| {
            let results = document["results"].as_array().unwrap().iter();
            results.filter(|result| result["outcome"] == outcome).count()
        };
        assert!(count("done") > 0 && count("skipped") > 0, "{document}");
        let groups = organization.groups();
        let members: usize = groups.keys().map(|group| organization.members(group).len()).sum();
        let there = organization.users().len() + groups.len() + members;
        assert_eq!((count("failed"), there), (1, count("done")), "{document}");
        assert_eq!(desk.apply(&organization).code, 0);
    }
}
