//! The organization of the example, rehearsed: copied, served, planned, changed.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;

use crate::support::command::{Answer, adjunct, adjunct_with};
use crate::support::served::Served;

const HERE: &str = r#"sandbox ".adjunct/example-org.json" seed="example-org.json""#;

fn example() -> TempDir {
    let folder = TempDir::new().unwrap();
    for file in ["example.kdl", "example.ldif", "example-org.json"] {
        let policies = Path::new(env!("CARGO_MANIFEST_DIR")).join("policies");
        fs::copy(policies.join(file), folder.path().join(file)).unwrap();
    }
    folder
}

/// Copies the organization of a policy.
fn copied(folder: &TempDir, policy: &str, out: &str, options: &[&str]) -> String {
    let answer = run(folder, &[&["snapshot", policy, "--out", out], options].concat());
    assert_eq!((answer.code, answer.stderr.as_str()), (0, ""), "{answer:?}");
    assert_eq!(answer.stdout, format!("Copied 45 users, 13 groups and 107 memberships to {out}\n"));
    fs::read_to_string(folder.path().join(out)).unwrap()
}

/// Serves a copy, and points a policy like the example at it.
fn served(folder: &TempDir, copy: &str, policy: &str) -> Served {
    let served = Served::keeping(&folder.path().join(copy));
    let text = fs::read_to_string(folder.path().join("example.kdl")).unwrap();
    assert!(text.contains(HERE));
    // On one line: plans name the lines of the policy.
    let there = format!("api-key (env)\"JUMPCLOUD_API_KEY\"; url \"{}\"", served.url);
    fs::write(folder.path().join(policy), text.replace(HERE, &there)).unwrap();
    served
}

fn run(folder: &TempDir, arguments: &[&str]) -> Answer {
    adjunct_with(folder.path(), &[("JUMPCLOUD_API_KEY", "any")], arguments)
}

/// What `plan` says, apart from where the organization is.
fn plan(folder: &TempDir, policy: &str, options: &[&str]) -> Value {
    let answer = run(folder, &[&["plan", policy, "--format", "json"], options].concat());
    assert_eq!(answer.code, 0, "{answer:?}");
    let mut plan = answer.json();
    plan["target"]["kind"].take();
    plan["target"]["location"].take();
    plan["policy"]["digest"].take();
    plan
}

#[test]
fn the_example_is_rehearsed_on_a_copy_and_the_original_stays_as_it_is() {
    let folder = example();
    let before = fs::read(folder.path().join("example-org.json")).unwrap();
    let text = copied(&folder, "example.kdl", "copy.json", &[]);
    let expected = plan(&folder, "example.kdl", &[]);
    assert!(expected["changes"].as_array().unwrap().len() > 20, "{expected}");
    let _served = served(&folder, "copy.json", "rehearsal.kdl");
    assert_eq!(plan(&folder, "rehearsal.kdl", &[]), expected);
    assert_eq!(copied(&folder, "rehearsal.kdl", "again.json", &[]), text);
    let policy = fs::read_to_string(folder.path().join("example.kdl")).unwrap();
    let without_server = policy.replace(HERE, r#"sandbox ".adjunct/run.json" seed="again.json""#);
    fs::write(folder.path().join("without-server.kdl"), without_server).unwrap();
    assert_eq!(plan(&folder, "without-server.kdl", &[]), expected);

    let applied = run(&folder, &["apply", "rehearsal.kdl", "--auto-approve"]);
    assert_eq!(applied.code, 0, "{applied:?}");
    assert_eq!(plan(&folder, "rehearsal.kdl", &[])["changes"], Value::Array(Vec::new()));
    assert_eq!(plan(&folder, "example.kdl", &[]), expected);
    assert_eq!(fs::read(folder.path().join("example-org.json")).unwrap(), before);
    assert!(!folder.path().join(".adjunct").exists(), "a copy and a plan leave nothing behind");
}

/// Everything in the copy that names a person or a thing, in lower case.
fn names(copy: &Value) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for user in copy["users"].as_array().unwrap() {
        for (field, value) in user.as_object().unwrap() {
            match field.as_str() {
                "_id" | "manager" | "state" | "created" | "external_source_type" | "restrictedFields" => {}
                "external_dn" => names.extend(dn_names(value.as_str().unwrap())),
                "attributes" => {
                    let entries = value.as_array().unwrap().iter();
                    let own = |one: &&Value| one["name"].as_str().unwrap().starts_with("ad");
                    names.extend(entries.filter(|one| !own(one)).map(|one| one["value"].to_string()));
                }
                "phoneNumbers" | "addresses" => {
                    let fields = value.as_array().unwrap().iter().flat_map(|one| one.as_object().unwrap());
                    let said = fields.filter(|(field, _)| !["id", "type"].contains(&field.as_str()));
                    names.extend(said.map(|(_, value)| value.to_string()));
                }
                "email" => {
                    let mail = value.as_str().unwrap();
                    names.extend([mail.to_owned(), format!("{}@", mail.split_once('@').unwrap().0)]);
                }
                _ if value.is_string() => {
                    names.insert(value.to_string());
                }
                _ => assert!(value.is_boolean() || value.is_number(), "{field} of {user}"),
            }
        }
    }
    for group in copy["groups"].as_array().unwrap() {
        names.insert(group["name"].to_string());
        let description = group["description"].as_str().unwrap_or_default();
        names.insert(description.split(" [ad:").next().unwrap().to_owned());
    }
    names.insert(copy["organization"]["name"].to_string());
    names.remove("");
    names.iter().map(|name| name.to_lowercase()).collect()
}

/// The values in a DN that are none of its domain, each with the kind before it.
fn dn_names(dn: &str) -> Vec<String> {
    dn.split(',').filter(|part| !part.starts_with("DC=")).map(str::to_owned).collect()
}

#[test]
fn no_name_of_the_example_is_in_its_pseudonymous_copy() {
    let folder = example();
    let plain = copied(&folder, "example.kdl", "plain.json", &[]);
    let hidden = copied(&folder, "example.kdl", "hidden.json", &["--pseudonymize"]);
    let names = names(&serde_json::from_str(&plain).unwrap());
    assert!(names.len() > 200, "{names:?}");
    let (plain, lower) = (plain.to_lowercase(), hidden.to_lowercase());
    for name in names {
        assert!(plain.contains(&name), "{name} tests nothing");
        assert!(!lower.contains(&name), "{name} in\n{hidden}");
    }
    let username = regex::Regex::new("^[A-Za-z][A-Za-z0-9._-]*$").unwrap();
    let copy: Value = serde_json::from_str(&hidden).unwrap();
    for user in copy["users"].as_array().unwrap() {
        assert!(username.is_match(user["username"].as_str().unwrap()), "{user}");
    }
}

#[test]
fn a_plan_over_the_pseudonymous_copy_knows_the_owned_and_who_leaves() {
    let folder = example();
    copied(&folder, "example.kdl", "hidden.json", &["--pseudonymize"]);
    let expected = plan(&folder, "example.kdl", &[]);
    let _served = served(&folder, "hidden.json", "rehearsal.kdl");
    let stopped = run(&folder, &["plan", "rehearsal.kdl"]);
    assert_eq!(stopped.code, 3, "{stopped:?}");
    assert!(stopped.stdout.contains("--allow attribute-changes"), "{}", stopped.stdout);
    let found = plan(&folder, "rehearsal.kdl", &["--allow", "attribute-changes"]);
    let of = |plan: &Value, kind: &str, action: &str| -> BTreeSet<String> {
        let changes = plan["changes"].as_array().unwrap().iter();
        let meant = changes.filter(|change| change["kind"] == kind && change["action"] == action);
        meant
            .map(|change| format!("{} {} {}", change["guid"], change["cause"], change["group"]["guid"]))
            .collect()
    };
    for kind in ["user", "group", "membership"] {
        assert_eq!(of(&found, kind, "remove"), of(&expected, kind, "remove"), "{kind}");
        assert!(!of(&found, kind, "remove").is_empty(), "{kind}");
    }
    // Who is owned is known by his GUID: he is updated, never made once more.
    for kind in ["user", "group"] {
        let updated = of(&found, kind, "update");
        assert!(updated.is_superset(&of(&expected, kind, "update")), "{kind}");
        assert!(updated.is_disjoint(&of(&found, kind, "create")), "{kind}");
    }
    let help = adjunct(folder.path(), &["snapshot", "--help"]).stdout;
    assert!(help.contains("owned users and groups all show as"), "{help}");
}

#[test]
fn a_place_that_cannot_be_written_is_an_error_and_folders_are_made() {
    let folder = example();
    copied(&folder, "example.kdl", "new/folder/copy.json", &[]);
    let answer = run(&folder, &["snapshot", "example.kdl", "--out", "example.kdl/copy.json"]);
    assert_eq!((answer.code, answer.stdout.as_str()), (1, ""), "{answer:?}");
    assert!(answer.stderr.contains("sandbox::unwritable") && answer.stderr.contains("help: "), "{answer:?}");
    let answer = run(&folder, &["snapshot", "example.kdl"]);
    assert_eq!(answer.code, 1, "{answer:?}");
    assert!(answer.stderr.contains("--out"), "{answer:?}");
}
