//! A local organization is its file: a copy of it is another one, whatever id it has.

use std::fs;
use std::path::{Path, PathBuf};

use adjunct::journal::{journals_in, read};
use serde_json::{Value, json};

use crate::cli_several::HR;
use crate::support::command::{Answer, state_folder};
use crate::support::company::Companies;
use crate::support::organization::Organization;

/// A policy that was applied to its file, and its journal.
fn applied() -> (Companies, PathBuf) {
    let companies = Companies::local();
    companies.write(HR);
    assert_eq!(companies.run(&["apply", "hr.kdl", "--auto-approve"]).code, 0);
    let journal = journals_in(&state_folder(companies.path()).join("adjunct/journal")).unwrap().remove(0);
    (companies, journal)
}

fn restore(companies: &Companies, journal: &Path, policy: &str) -> Answer {
    companies.run(&["restore", journal.to_str().unwrap(), "--policy", policy, "--auto-approve"])
}

fn assert_other(answer: &Answer) {
    assert_eq!(answer.code, 5, "{answer:?}");
    assert!(answer.stderr.contains("cli::other_journal") && answer.stderr.contains("--policy"), "{answer:?}");
}

#[test]
fn a_copy_of_a_folder_has_an_organization_of_its_own() {
    let (companies, journal) = applied();
    let copy = companies.path().join("copy");
    fs::create_dir(&copy).unwrap();
    for file in ["hr.kdl", "hr.ldif", "org.json"] {
        fs::copy(companies.path().join(file), copy.join(file)).unwrap();
    }
    assert_other(&restore(&companies, &journal, "copy/hr.kdl"));
    assert_eq!(restore(&companies, &journal, "hr.kdl").code, 0);
    let target = companies.path().canonicalize().unwrap().join("org.json");
    assert_eq!(read(&journal).unwrap().run.target, target.to_str().unwrap());
    let history = companies.run(&["history", "--format", "json"]).json();
    assert_eq!(history["runs"][0]["target"], target.to_str().unwrap());
    let plan = companies.run(&["plan", "hr.kdl", "--format", "json"]).json();
    assert_eq!(plan["target"]["location"], "org.json", "people know it by their policy");
}

#[test]
fn another_organization_in_the_place_of_the_file_is_another_one() {
    let (companies, journal) = applied();
    let mut state: Value = companies.state();
    state["organization"]["_id"] = "5fffffffffffffffffffffff".into();
    fs::write(companies.path().join("org.json"), state.to_string()).unwrap();
    assert_other(&restore(&companies, &journal, "hr.kdl"));
}

#[test]
fn a_rehearsal_is_not_what_it_was_a_copy_of() {
    let organization = Organization::empty();
    let mut companies = Companies::local();
    let id = organization.document()["organization"]["_id"].clone();
    assert!(id.is_string());
    fs::write(companies.path().join("org.json"), json!({ "organization": { "_id": id } }).to_string())
        .unwrap();
    companies.write(HR);
    assert_eq!(companies.run(&["apply", "hr.kdl", "--auto-approve"]).code, 0);
    let journal = journals_in(&state_folder(companies.path()).join("adjunct/journal")).unwrap().remove(0);
    assert_eq!(read(&journal).unwrap().run.organization.as_deref(), id.as_str());
    companies.jumpcloud = format!("api-key (env)\"KEY\"\n        url \"{}\"", organization.url());
    companies.write(HR);
    assert_other(&restore(&companies, &journal, "hr.kdl"));
    assert_eq!(organization.writes(), 0);
}

#[cfg(unix)]
#[test]
fn a_saved_plan_is_for_the_file_that_it_was_made_from() {
    let mut companies = Companies::local();
    companies.jumpcloud = r#"sandbox "now/org.json""#.to_owned();
    companies.write(HR);
    let lead_to = |folder: &str| {
        let link = companies.path().join("now");
        let _ = fs::remove_file(&link);
        fs::create_dir_all(companies.path().join(folder)).unwrap();
        std::os::unix::fs::symlink(folder, link).unwrap();
    };
    lead_to("first");
    assert_eq!(companies.run(&["plan", "hr.kdl", "--out", "hr.plan"]).code, 0);
    lead_to("second");
    let answer = companies.run(&["apply", "hr.plan", "--auto-approve"]);
    assert_eq!(answer.code, 5, "{answer:?}");
    assert!(answer.stderr.contains("cli::other_organization"), "{answer:?}");
    assert!(!companies.path().join("second/org.json").exists());
    lead_to("first");
    assert_eq!(companies.run(&["apply", "hr.plan", "--auto-approve"]).code, 0);
    assert!(companies.path().join("first/org.json").exists());
}
