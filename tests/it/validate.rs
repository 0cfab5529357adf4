//! What is wrong with policies is told without asking anybody.

use std::fs;

use serde_json::json;
use tempfile::TempDir;

use crate::support::command::{Answer, adjunct, adjunct_with};
use crate::support::schema::Schema;

const SOUND: &str = r#"policy "corp" {
    active-directory { server "ldaps://dc.invalid"; bind "CORP\\a" password=(env)"NOT_SET"; }
    jumpcloud { api-key (command)"touch ran"; }
    root-container "OU=Staff,DC=corp,DC=example,DC=com"
    security-group "JumpCloud"
}
"#;

const BROKEN: &str = r#"policy "corp" {
    active-directory { server "ldaps://dc.invalid"; bind "CORP\\a" password="hunter2"; }
    jumpcloud { api-key (env)"KEY"; }
    root-container "OU=Staff,DC=corp,DC=example,DC=com"
    security-group "JumpCloud"
    takover "adopt"
    attributes { departmnt "department" }
}
"#;

fn folder() -> TempDir {
    let folder = TempDir::new().unwrap();
    for (name, text) in [("sound.kdl", SOUND), ("broken.kdl", BROKEN)] {
        fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

fn assert_no_secret(answer: &Answer) {
    assert!(!format!("{answer:?}").contains("hunter2"), "{answer:?}");
}

#[test]
fn a_sound_policy_is_valid_and_nothing_is_asked_or_run_for_it() {
    let folder = folder();
    let answer = adjunct(folder.path(), &["validate", "sound.kdl"]);
    assert_eq!((answer.code, answer.stdout.as_str(), answer.stderr.as_str()), (0, "sound.kdl: valid\n", ""));
    assert!(!folder.path().join("ran").exists());
    let names: Vec<_> =
        fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names.len(), 2, "nothing is made: {names:?}");
}

#[test]
fn all_that_is_wrong_with_all_of_them_is_told_at_once() {
    let folder = folder();
    let answer = adjunct(folder.path(), &["validate", "broken.kdl", "sound.kdl", "not-there.kdl"]);
    assert_eq!((answer.code, answer.stdout.as_str()), (1, "sound.kdl: valid\n"), "{answer:?}");
    for part in ["takover", "did you mean `takeover`", "did you mean `department`", "(env)", "not-there.kdl"]
    {
        assert!(answer.stderr.contains(part), "{part} in {}", answer.stderr);
    }
    assert_no_secret(&answer);
}

#[test]
fn the_document_has_every_problem_with_its_place_and_code() {
    let folder = folder();
    let names = ["broken.kdl", "sound.kdl", "not-there.kdl"];
    let answer = adjunct(folder.path(), &[&["validate", "--format", "json"], &names[..]].concat());
    assert_eq!((answer.code, answer.stderr.as_str()), (1, ""), "{answer:?}");
    assert_no_secret(&answer);
    let document = answer.json();
    assert_eq!(Schema::read("validate.schema.json").problems(&document), Vec::<String>::new());
    let valid: Vec<_> = document["policies"].as_array().unwrap().iter().map(|one| &one["valid"]).collect();
    assert_eq!(
        (valid, &document["valid"]),
        (vec![&json!(false), &json!(true), &json!(false)], &json!(false))
    );
    let problems = document["policies"][0]["problems"].as_array().unwrap();
    let places: Vec<_> = problems
        .iter()
        .map(|problem| {
            json!([problem["code"], problem["place"]["start"]["line"], problem["place"]["start"]["column"]])
        })
        .collect();
    let expected = [
        json!(["policy::literal_secret", 2, 77]),
        json!(["policy::unknown_node", 6, 5]),
        json!(["policy::unknown_node", 7, 18]),
    ];
    assert_eq!(places, expected);
    for problem in problems {
        let offset =
            |side: &str| usize::try_from(problem["place"][side]["offset"].as_u64().unwrap()).unwrap();
        let text = &BROKEN[offset("start")..offset("end")];
        assert!(["\"hunter2\"", "takover", "departmnt"].contains(&text), "{problem}");
    }
    let missing = &document["policies"][2]["problems"][0];
    assert_eq!((&missing["code"], &missing["place"]), (&json!("cli::unreadable_file"), &json!(null)));
}

#[test]
fn two_policies_that_would_fight_are_wrong_together() {
    let folder = folder();
    fs::write(folder.path().join("twin.kdl"), SOUND).unwrap();
    let twins = ["validate", "sound.kdl", "twin.kdl"];
    let answer = adjunct(folder.path(), &twins);
    assert_eq!(
        (answer.code, answer.stdout.as_str()),
        (1, "sound.kdl: valid\ntwin.kdl: valid\n"),
        "{answer:?}"
    );
    assert!(answer.stderr.contains("twin.kdl"), "{answer:?}");
    let document = adjunct(folder.path(), &[&twins[..], &["--format", "json"]].concat()).json();
    assert_eq!((&document["valid"], document["problems"].as_array().unwrap().len()), (&json!(false), 1));
    assert_eq!(Schema::read("validate.schema.json").problems(&document), Vec::<String>::new());
}

#[test]
fn tests_of_policies_are_valid_or_not_as_policies_are() {
    let folder = folder();
    let test = "tests { test \"x\" { directory \"a.ldif\"; expect { guard \"empty\"; }; }; }\n";
    fs::write(folder.path().join("sound.test.kdl"), test).unwrap();
    fs::write(folder.path().join("broken.test.kdl"), test.replace("empty", "emty")).unwrap();
    let answer = adjunct(folder.path(), &["validate", "sound.test.kdl", "sound.kdl", "broken.test.kdl"]);
    assert_eq!((answer.code, answer.stdout.as_str()), (1, "sound.test.kdl: valid\nsound.kdl: valid\n"));
    assert!(answer.stderr.contains("did you mean \"empty\""), "{answer:?}");
    let document = adjunct(folder.path(), &["validate", "broken.test.kdl", "--format", "json"]).json();
    assert_eq!(document["policies"][0]["problems"][0]["code"], "policy::unknown_value");
}

#[test]
fn a_workflow_of_githubs_shows_each_problem_at_its_place() {
    let folder = folder();
    let run = |value| adjunct_with(folder.path(), &[("GITHUB_ACTIONS", value)], &["validate", "broken.kdl"]);
    let answer = run("true");
    assert_eq!(answer.code, 1);
    let lines: Vec<&str> = answer.stdout.lines().collect();
    assert_eq!(lines.len(), 3, "{answer:?}");
    let expected =
        "::error file=broken.kdl,line=6,endLine=6,col=5,endColumn=12,title=policy%3A%3Aunknown_node::";
    assert!(lines[1].starts_with(expected), "{answer:?}");
    assert_no_secret(&answer);
    assert_eq!(run("false").stdout, "");
}

#[test]
fn a_literal_secret_is_nowhere_however_it_slipped_in() {
    let folder = folder();
    for line in [
        r#"service-account "id" "hunter2hunter""#,
        r#"api-key { value "hunter2hunter"; }"#,
        r#"(env)api-key "hunter2hunter""#,
        "api-key hunter2hunter=x",
        "api-key hunter2hunter=",
        "api-key:hunter2hunter",
        r#"key "hunter2hunter""#,
        "api-key /-\n\"hunter2hunter\"",
        "api-key\n\"hunter2hunter\"",
        "service-account \"id\" secret=\n\"hunter2hunter\"",
    ] {
        let text = SOUND.replace(r#"api-key (command)"touch ran";"#, line);
        fs::write(folder.path().join("slip.kdl"), text).unwrap();
        for options in [
            &["validate", "slip.kdl"][..],
            &["validate", "slip.kdl", "--format", "json"],
            &["plan", "slip.kdl"],
        ] {
            let answer = adjunct_with(folder.path(), &[("GITHUB_ACTIONS", "true")], options);
            assert_eq!(answer.code, 1, "{answer:?}");
            assert_no_secret(&answer);
        }
    }
}

#[test]
fn two_custom_attributes_that_differ_in_case_alone_are_one() {
    let folder = folder();
    let twice = r#"attributes { custom "units" "ou"; custom "Units" "title"; }"#;
    let text = SOUND.trim_end().trim_end_matches('}').to_owned() + twice + "\n}\n";
    fs::write(folder.path().join("twice.kdl"), text).unwrap();
    let document = adjunct(folder.path(), &["validate", "twice.kdl", "--format", "json"]).json();
    let problem = &document["policies"][0]["problems"][0];
    assert_eq!(problem["code"], "policy::duplicate_node", "{document}");
    assert_eq!(problem["beside"][0]["label"], "here before");
}
