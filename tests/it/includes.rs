//! A policy and the shared parts that it includes, from files to plans.

use std::fs;

use serde_json::json;
use tempfile::TempDir;

use crate::support::approval::Approval;
use crate::support::command::{Answer, adjunct, adjunct_with};
use crate::support::schema::Schema;
use crate::support::staff::{ROOT, Staff};

const COMMON: &str = "shared {
    security-group \"JumpCloud\"
    exclude { user \"eve\" reason=\"in common.kdl\"; }
}
";

/// A policy two folders up from what it includes.
fn folder() -> TempDir {
    let folder = TempDir::new().unwrap();
    fs::create_dir(folder.path().join("parts")).unwrap();
    fs::create_dir(folder.path().join("policies")).unwrap();
    fs::write(folder.path().join("policies/staff.ldif"), Staff::new().users(["ada", "eve"]).ldif()).unwrap();
    let text = format!(
        "policy \"corp\" {{
    include \"../parts/common.kdl\"
    active-directory {{ ldif \"staff.ldif\"; }}
    jumpcloud {{ sandbox \"org.json\"; }}
    root-container \"{ROOT}\"
}}
"
    );
    fs::write(folder.path().join("policies/corp.kdl"), text).unwrap();
    fs::write(folder.path().join("parts/common.kdl"), COMMON).unwrap();
    folder
}

fn run(folder: &TempDir, arguments: &[&str]) -> Answer {
    adjunct(folder.path(), arguments)
}

#[test]
fn what_a_shared_line_does_is_told_by_its_file_and_line() {
    let folder = folder();
    let plan = run(&folder, &["plan", "policies/corp.kdl"]);
    assert_eq!(plan.code, 0, "{plan:?}");
    assert!(plan.stdout.contains("excluded by line 3 of ../parts/common.kdl (in common.kdl)"), "{plan:?}");
    let digest = |answer: &Answer| answer.json()["policy"]["digest"].clone();
    let json = ["plan", "policies/corp.kdl", "--format", "json"];
    let before = digest(&run(&folder, &json));
    fs::write(folder.path().join("parts/common.kdl"), format!("// more\n{COMMON}")).unwrap();
    assert_ne!(digest(&run(&folder, &json)), before, "the digest covers it");
}

#[test]
fn what_cannot_be_read_or_is_wrong_is_told_in_its_place() {
    let folder = folder();
    let common = folder.path().join("parts/common.kdl");
    let validate = |options: &[&str]| run(&folder, &[&["validate", "policies/corp.kdl"], options].concat());
    assert_eq!(validate(&[]).stdout, "policies/corp.kdl: valid\n");
    let expect = |code: &str, words: &[&str]| {
        for command in ["validate", "plan"] {
            let answer = run(&folder, &[command, "policies/corp.kdl"]);
            assert_eq!((answer.code, answer.stdout.as_str()), (1, ""), "{answer:?}");
            // Lines of messages are broken anywhere.
            let said: String =
                answer.stderr.split_whitespace().filter(|word| *word != "│").collect::<Vec<_>>().join(" ");
            for words in [&[code], words].concat() {
                assert!(said.contains(words), "{words:?} in {said}");
            }
        }
    };
    fs::write(&common, COMMON.replace("user", "usr")).unwrap();
    expect("policy::unknown_node", &["policies/../parts/common.kdl:3:15", "did you mean `user`?"]);
    let document = validate(&["--format", "json"]).json();
    assert_eq!(Schema::read("validate.schema.json").problems(&document), Vec::<String>::new());
    let place = &document["policies"][0]["problems"][0]["place"];
    assert_eq!(
        (&place["file"], &place["start"]["line"]),
        (&json!("policies/../parts/common.kdl"), &json!(3))
    );
    let arguments = ["validate", "policies/corp.kdl"];
    let annotated = adjunct_with(folder.path(), &[("GITHUB_ACTIONS", "true")], &arguments);
    assert!(
        annotated.stdout.starts_with("::error file=policies/../parts/common.kdl,line=3,"),
        "{annotated:?}"
    );
    fs::write(&common, [0xff, 0xfe]).unwrap();
    expect("policy::unreadable_include", &["no UTF-8 text", "policies/corp.kdl:2:13"]);
    fs::write(&common, "shared {\n    exclude {").unwrap();
    expect("policy::syntax", &["common.kdl:1:8", "was the file cut off?"]);
    fs::write(&common, "").unwrap();
    expect("policy::missing_node", &["`shared`", "common.kdl"]);
    fs::remove_file(&common).unwrap();
    expect(
        "policy::unreadable_include",
        &["../parts/common.kdl could not be read: No such file", "help: check the path"],
    );
    fs::write(&common, COMMON).unwrap();
    let policy = folder.path().join("policies/corp.kdl");
    let text = fs::read_to_string(&policy).unwrap();
    fs::write(&policy, text.replacen("include", "include \"../policies/../parts/common.kdl\"\n include", 1))
        .unwrap();
    expect("policy::same_include", &["policies/corp.kdl:3:10", "here before"]);
}

#[test]
fn a_shared_part_is_no_policy() {
    let folder = folder();
    for command in ["validate", "plan", "apply", "watch", "pause"] {
        let answer = run(&folder, &[command, "parts/common.kdl"]);
        assert_eq!((answer.code, answer.stdout.as_str()), (1, ""), "{answer:?}");
        assert!(answer.stderr.contains("policy::shared_part"), "{answer:?}");
    }
}

#[test]
fn a_saved_plan_is_bound_to_what_its_policy_includes() {
    let approval = Approval::new("include \"common.kdl\"", &Staff::new().users(["ada", "eve"]), &json!({}));
    let common = approval.desk.path().join("common.kdl");
    let text = "shared {\n    exclude { user \"eve\"; }\n}\n";
    fs::write(&common, text).unwrap();
    assert_eq!(approval.save(&[]).code, 0);
    for changed in [text.replace("eve", "ada"), format!("{text}\n"), "shared {".to_owned()] {
        fs::write(&common, changed).unwrap();
        approval.refused("cli::policy_changed");
    }
    fs::remove_file(&common).unwrap();
    approval.refused("cli::policy_changed");
    fs::write(&common, text).unwrap();
    assert_eq!(approval.apply(&[]).code, 0);
    assert!(!approval.organization.users().contains_key("eve"));
}
