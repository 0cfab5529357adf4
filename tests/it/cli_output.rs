//! What goes to standard output and standard error, for people and for machines.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Stdio;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::command::{Answer, adjunct, adjunct_with};
use crate::support::schema::Schema;

/// A copy of the example, and of one folder of scenarios each.
fn worlds() -> Vec<(String, TempDir)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let example = ("example".to_owned(), root.join("policies"), "example.kdl");
    let scenarios = fs::read_dir(root.join("tests/scenarios")).unwrap().map(|entry| {
        let entry = entry.unwrap();
        (entry.file_name().into_string().unwrap(), entry.path(), "policy.kdl")
    });
    let mut worlds: Vec<(String, TempDir)> = [example]
        .into_iter()
        .chain(scenarios)
        .map(|(name, from, policy)| {
            let to = TempDir::new().unwrap();
            for entry in fs::read_dir(&from).unwrap().map(Result::unwrap) {
                if entry.path().is_file() {
                    fs::copy(entry.path(), to.path().join(entry.file_name())).unwrap();
                }
            }
            fs::rename(to.path().join(policy), to.path().join("policy.kdl")).unwrap();
            (name, to)
        })
        .collect();
    worlds.sort_by(|left, right| left.0.cmp(&right.0));
    worlds
}

/// A copy of the example.
fn example() -> TempDir {
    worlds().into_iter().find(|(name, _)| name == "example").unwrap().1
}

fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(folder).unwrap().map(Result::unwrap).filter(|entry| entry.path().is_file());
    entries.map(|entry| (entry.file_name().into_string().unwrap(), fs::read(entry.path()).unwrap())).collect()
}

#[test]
fn every_document_has_the_shape_of_its_schema() {
    let plan_schema = Schema::read("plan.schema.json");
    let apply_schema = Schema::read("apply.schema.json");
    for (name, world) in worlds() {
        let plan = adjunct(world.path(), &["plan", "policy.kdl", "--format", "json"]).json();
        assert_eq!(plan_schema.problems(&plan), Vec::<String>::new(), "{name}");
        let applied =
            adjunct(world.path(), &["apply", "policy.kdl", "--auto-approve", "--format", "json"]).json();
        assert_eq!(apply_schema.problems(&applied), Vec::<String>::new(), "{name}");
        assert_eq!(applied["plan"], plan, "{name}: the same plan in both");
    }
}

#[test]
fn the_schema_check_sees_what_does_not_fit() {
    type Edit = fn(&mut Value);
    let schema = Schema::read("plan.schema.json");
    let whole = adjunct(example().path(), &["plan", "policy.kdl", "--format", "json"]).json();
    let edits: [(&str, Edit); 5] = [
        ("/changes/0/guid", |plan| plan["changes"][0]["guid"] = json!("none")),
        ("/changes/0/action", |plan| plan["changes"][0]["action"] = json!("destroy")),
        ("/summary/create", |plan| plan["summary"]["create"] = json!(-1)),
        ("/notes", |plan| drop(plan.as_object_mut().unwrap().remove("notes"))),
        ("/held_back/0/colour", |plan| plan["held_back"][0]["colour"] = json!("red")),
    ];
    for (place, edit) in edits {
        let mut plan = whole.clone();
        edit(&mut plan);
        let problems = schema.problems(&plan);
        assert!(problems.iter().any(|problem| problem.starts_with(place)), "{place}: {problems:?}");
    }
}

#[test]
fn an_apply_as_json_accounts_for_every_change() {
    let folder = example();
    let applied =
        adjunct(folder.path(), &["apply", "policy.kdl", "--auto-approve", "--format", "json"]).json();
    let changes = applied["plan"]["changes"].as_array().unwrap();
    let results = applied["results"].as_array().unwrap();
    assert_eq!(applied["applied"], changes.len());
    assert_eq!(results.len(), changes.len());
    for (change, result) in changes.iter().zip(results) {
        assert_eq!(result["outcome"], "done", "{result}");
        for part in ["kind", "action", "name", "guid"] {
            assert_eq!(result[part], change[part]);
        }
    }
    let again = adjunct(folder.path(), &["apply", "policy.kdl", "--format", "json"]).json();
    assert_eq!(
        (&again["complete"], &again["applied"], &again["results"]),
        (&json!(true), &json!(0), &json!([]))
    );
}

#[test]
fn nothing_is_coloured_where_there_is_no_terminal() {
    let folder = example();
    fs::write(folder.path().join("wrong.kdl"), "policy \"x\" {}\n").unwrap();
    for variables in [&[][..], &[("NO_COLOR", "1")], &[("NO_COLOR", ""), ("TERM", "xterm-256color")]] {
        let run = |arguments: &[&str]| -> Answer { adjunct_with(folder.path(), variables, arguments) };
        for answer in [
            run(&["plan", "policy.kdl"]),
            run(&["plan", "policy.kdl", "--format", "json"]),
            run(&["plan", "wrong.kdl"]),
            run(&["apply", "policy.kdl"]),
            run(&["--help"]),
            run(&["plan"]),
        ] {
            assert!(!format!("{}{}", answer.stdout, answer.stderr).contains('\u{1b}'), "{answer:?}");
        }
    }
}

#[test]
fn no_color_wins_over_a_forced_colour() {
    let folder = example();
    let coloured = |variables: &[(&str, &str)]| {
        adjunct_with(folder.path(), variables, &["plan", "policy.kdl"]).stdout.contains('\u{1b}')
    };
    assert!(coloured(&[("CLICOLOR_FORCE", "1")]), "colours can be asked for");
    assert!(!coloured(&[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]));
}

#[test]
fn a_plan_writes_no_file_and_an_apply_only_the_state() {
    let folder = example();
    let before = files(folder.path());
    for format in ["text", "json"] {
        assert_eq!(adjunct(folder.path(), &["plan", "policy.kdl", "--format", format]).code, 0);
        assert_eq!(files(folder.path()), before);
        assert!(!folder.path().join(".adjunct").exists(), "a plan made the state");
    }
    let applied = adjunct(folder.path(), &["apply", "policy.kdl", "--auto-approve"]);
    assert_eq!(applied.code, 0, "{applied:?}");
    assert!(applied.stdout.contains("Applied: "), "{}", applied.stdout);
    assert_eq!(files(folder.path()), before, "an apply changes no file of the policy");
    let state: Vec<_> = fs::read_dir(folder.path().join(".adjunct")).unwrap().map(Result::unwrap).collect();
    assert_eq!(state.len(), 1, "{state:?}");
    let state_before = fs::read(state[0].path()).unwrap();
    assert_eq!(adjunct(folder.path(), &["plan", "policy.kdl"]).code, 0);
    assert_eq!(fs::read(state[0].path()).unwrap(), state_before, "a plan changed the state");
}

#[test]
fn data_goes_to_standard_output_and_nothing_else() {
    let folder = example();
    for arguments in [&["plan", "policy.kdl"][..], &["apply", "policy.kdl", "--auto-approve"]] {
        let answer = adjunct(folder.path(), arguments);
        assert_eq!((answer.code, answer.stderr.as_str()), (0, ""), "{arguments:?}");
    }
}

#[test]
fn a_reader_who_went_away_is_an_error_and_nothing_is_applied() {
    let folder = example();
    for arguments in [
        &["plan", "policy.kdl"][..],
        &["plan", "policy.kdl", "--format", "json"],
        &["apply", "policy.kdl", "--auto-approve"],
    ] {
        let mut command = std::process::Command::new(assert_cmd::cargo::cargo_bin!("adjunct"));
        command.env_clear().env("XDG_STATE_HOME", folder.path()).current_dir(folder.path()).args(arguments);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{arguments:?}");
        assert!(String::from_utf8(output.stderr).unwrap().contains("the output could not be written"));
    }
    let state = folder.path().join(".adjunct");
    assert!(!state.exists(), "nothing is applied");
}

#[test]
fn the_readme_shows_sums_that_are_true() {
    let readme = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap();
    let plan = adjunct(example().path(), &["plan", "policy.kdl"]).stdout;
    for line in plan.lines().filter(|line| line.starts_with("Plan:") || line.starts_with("Read whole:")) {
        assert!(readme.lines().any(|shown| shown == line), "the README lacks {line:?}");
    }
}
