//! The language of policies and the forms of documents are to be had from the program.

use std::fs;
use std::path::Path;

use crate::support::command::adjunct;

#[test]
fn every_schema_of_the_repository_is_printed_as_it_stands_there() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas");
    for entry in fs::read_dir(&folder).unwrap() {
        let file = entry.unwrap().file_name().into_string().unwrap();
        let name = match file.as_str() {
            // What the sandbox answers is no schema.
            "sandbox-operations.md" => continue,
            "policy.kdl" => "policy",
            "policy.md" => "reference",
            file => file.strip_suffix(".schema.json").unwrap(),
        };
        let answer = adjunct(&folder, &["schema", name]);
        assert_eq!((answer.code, answer.stderr.as_str()), (0, ""), "{name}");
        assert_eq!(answer.stdout, fs::read_to_string(folder.join(&file)).unwrap(), "{file}");
    }
    let unnamed = adjunct(&folder, &["schema"]);
    assert_eq!(unnamed.stdout, fs::read_to_string(folder.join("policy.kdl")).unwrap());
}

#[test]
fn a_schema_that_there_is_not_is_said_with_those_that_there_are() {
    let answer = adjunct(Path::new("."), &["schema", "polcy"]);
    assert_eq!((answer.code, answer.stdout.as_str()), (1, ""), "{answer:?}");
    assert!(answer.stderr.contains("policy") && answer.stderr.contains("saved-plan"), "{answer:?}");
}
