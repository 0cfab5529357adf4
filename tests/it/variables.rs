//! Variables have their values from the command line, or from the environment where the policy says so.

use std::fs;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::approval::{Approval, PLAN};
use crate::support::command::{Answer, adjunct, adjunct_with};
use crate::support::schema::Schema;
use crate::support::staff::{ROOT, Staff};

/// A local organization whose users are of the department that a variable names.
fn folder() -> TempDir {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("staff.ldif"), Staff::new().users(["ada"]).ldif()).unwrap();
    for (file, variable) in [("one", "dep"), ("two", "team")] {
        let text = format!(
            "policy \"{file}\" {{
    variable \"{variable}\" env=\"POLICY_DEP\"
    active-directory {{ ldif \"staff.ldif\"; }}
    jumpcloud {{ sandbox \"{file}.json\"; }}
    root-container \"{ROOT}\"
    security-group \"JumpCloud\"
    attributes {{ department value=(var)\"{variable}\"; }}
}}
"
        );
        fs::write(folder.path().join(format!("{file}.kdl")), text).unwrap();
    }
    folder
}

fn department(answer: &Answer) -> Value {
    let plan = answer.json();
    let changes = plan["changes"].as_array().unwrap();
    let fields = changes.iter().flat_map(|change| change["fields"].as_array().unwrap());
    let mut of_name = fields.filter(|field| field["field"] == "department");
    of_name.next().unwrap()["after"].clone()
}

#[test]
fn the_command_line_counts_before_the_environment_and_of_it_the_last() {
    let folder = folder();
    let plan = |environment: &[(&str, &str)], options: &[&str]| {
        let arguments = [&["plan", "one.kdl", "--format", "json"], options].concat();
        adjunct_with(folder.path(), environment, &arguments)
    };
    assert_eq!(department(&plan(&[], &["--var", "dep=Sales = all"])), "Sales = all");
    assert_eq!(department(&plan(&[("POLICY_DEP", "Labs")], &[])), "Labs");
    let both = plan(&[("POLICY_DEP", "Labs")], &["--var", "dep=Sales", "--var", "dep=Legal"]);
    assert_eq!(department(&both), "Legal");
    let digest = |answer: &Answer| answer.json()["policy"]["digest"].clone();
    assert_ne!(digest(&both), digest(&plan(&[], &["--var", "dep=Sales"])), "the digest covers the value");
    // What the policy does not name in `env` is not read.
    for name in ["dep", "DEP", "ADJUNCT_VAR_dep", "TF_VAR_dep"] {
        let answer = plan(&[(name, "Labs")], &[]);
        assert_eq!(answer.code, 1, "{name}: {answer:?}");
        assert!(answer.stderr.contains("policy::unset_variable"), "{answer:?}");
    }
    let empty = plan(&[("POLICY_DEP", "")], &[]);
    assert!(empty.code == 1 && empty.stderr.contains("policy::empty_value"), "{empty:?}");
}

#[test]
fn a_value_that_no_policy_asks_for_is_a_slip() {
    let folder = folder();
    for command in ["plan", "validate", "pause", "resume", "watch", "apply"] {
        let answer = adjunct(folder.path(), &[command, "one.kdl", "--var", "depp=Sales"]);
        assert_eq!((answer.code, answer.stdout.contains("valid")), (1, command == "validate"), "{answer:?}");
        for words in ["cli::undeclared_variable", "did you mean --var dep=…?"] {
            assert!(answer.stderr.contains(words), "{command}: {answer:?}");
        }
    }
    let answer =
        adjunct(folder.path(), &["snapshot", "one.kdl", "--out", "copy.json", "--var", "depp=Sales"]);
    assert!(answer.code == 1 && answer.stderr.contains("cli::undeclared_variable"), "{answer:?}");
    for wrong in ["dep", "=x", ""] {
        let answer = adjunct(folder.path(), &["plan", "one.kdl", "--var", wrong]);
        assert!(answer.code == 1 && answer.stderr.contains("NAME=VALUE"), "{answer:?}");
    }
    // Of several policies one that declares it is enough.
    let both = ["plan", "one.kdl", "two.kdl", "--var", "team=Labs", "--var", "dep=Sales"];
    assert_eq!(adjunct(folder.path(), &both).code, 0);
}

#[test]
fn a_policy_is_checked_also_without_values() {
    let folder = folder();
    let answer = adjunct(folder.path(), &["validate", "one.kdl"]);
    let expected = "one.kdl: valid, but for what hangs on variables without a value: dep\n";
    assert_eq!((answer.code, answer.stdout.as_str()), (0, expected), "{answer:?}");
    let document =
        adjunct(folder.path(), &["validate", "one.kdl", "two.kdl", "--format", "json", "--var", "dep=x"]);
    let document = document.json();
    assert_eq!(Schema::read("validate.schema.json").problems(&document), Vec::<String>::new());
    assert_eq!(document["policies"][0]["unset"], json!([]));
    assert_eq!(document["policies"][1]["unset"], json!(["team"]));
    let answer = adjunct(folder.path(), &["validate", "one.kdl", "--var", "dep= "]);
    assert!(answer.code == 1 && answer.stderr.contains("the value of this variable"), "{answer:?}");
}

#[test]
fn a_pause_and_its_end_take_the_values_of_what_they_are_for() {
    let folder = folder();
    assert_eq!(adjunct(folder.path(), &["pause", "one.kdl"]).code, 1);
    for command in ["pause", "resume"] {
        let answer = adjunct(folder.path(), &[command, "one.kdl", "--var", "dep=Sales"]);
        assert_eq!(answer.code, 0, "{answer:?}");
    }
}

const NODES: &str = "variable \"dep\" env=\"POLICY_DEP\" default=\"None\"
    attributes { department value=(var)\"dep\"; }";

fn approval(options: &[&str]) -> Approval {
    let approval = Approval::new(NODES, &Staff::new().users(["ada"]), &json!({}));
    let answer = approval.save(options);
    assert_eq!(answer.code, 0, "{answer:?}");
    approval
}

#[test]
fn a_saved_plan_is_applied_with_the_values_that_it_was_made_with() {
    let approval = approval(&["--var", "dep=Sales"]);
    let head = fs::read_to_string(approval.file()).unwrap();
    assert!(head.starts_with("adjunct plan 1.1 sha256:"), "an older reader would pass over the values");
    let answer = approval.apply(&["--var", "dep=Sales"]);
    assert_eq!(answer.code, 1, "{answer:?}");
    assert!(answer.stderr.contains("cli::settled") && answer.stderr.contains("--var"), "{answer:?}");
    // The environment of the apply is not asked.
    let arguments = ["apply", PLAN, "--auto-approve"];
    let answer = approval.desk.adjunct(&[("POLICY_DEP", "Labs")], &arguments);
    assert_eq!(answer.code, 0, "{answer:?}");
    let user = approval.organization.users()["ada"].clone();
    assert_eq!(user["department"], "Sales");
}

#[test]
fn a_saved_plan_with_other_values_is_refused() {
    let approval = approval(&["--var", "dep=Sales"]);
    approval.reseal(|saved| {
        saved.variables.insert("dep".to_owned(), "Labs".to_owned());
    });
    approval.refused("cli::policy_changed");
    approval.reseal(|saved| saved.variables.clear());
    approval.refused("cli::policy_changed");
}

#[test]
fn a_saved_plan_without_values_has_the_form_that_it_had() {
    let approval = approval(&[]);
    assert!(fs::read_to_string(approval.file()).unwrap().starts_with("adjunct plan 1.0 sha256:"));
    assert_eq!(approval.desk.adjunct(&[("POLICY_DEP", "Labs")], &["apply", PLAN, "--auto-approve"]).code, 0);
    assert_eq!(approval.organization.users()["ada"]["department"], "None");
}
