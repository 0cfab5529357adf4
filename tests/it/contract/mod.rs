//! The sandbox against JumpCloud's published documents (`tests/openapi`): every operation is carried out, every answer is
//! held against its schema, and every error that the documents or this project name is brought about.
//!
//! What was seen is the table `schemas/sandbox-operations.md`. `UPDATE_OPERATIONS=1` writes it anew.

mod document;
mod errors;
mod steps;
mod table;
mod walk;

use std::collections::BTreeSet;
use std::path::Path;
use std::{env, fs};

use serde_json::Value;

use self::walk::Walk;

/// The organization in which the walk begins.
fn organization() -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients/organization.json");
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

#[tokio::test]
async fn every_operation_answers_as_published_and_every_error_comes() {
    let mut walk = Walk::start(&organization()).await;
    errors::walk(&mut walk).await;
    steps::walk(&mut walk).await;
    assert!(walk.problems.is_empty(), "{}", walk.problems.join("\n"));

    let unseen: Vec<String> = walk
        .documents
        .operations
        .iter()
        .flat_map(|operation| {
            let seen = walk.seen.get(&operation.id).cloned().unwrap_or_default();
            let unseen: Vec<u16> =
                operation.answers.keys().filter(|status| !seen.contains(status)).copied().collect();
            unseen.into_iter().map(|status| format!("{} {status}", operation.id))
        })
        .collect();
    // A group that is deleted is answered with 200 and the group; that there may be 204 in its place was seen by others.
    assert_eq!(unseen, ["groups_user_delete 204"], "published answers that never came");

    let table = table::table(&walk);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas/sandbox-operations.md");
    if env::var_os("UPDATE_OPERATIONS").is_some() {
        fs::write(&path, &table).unwrap();
    }
    println!("{table}");
    assert_eq!(
        fs::read_to_string(&path).unwrap_or_default(),
        table,
        "schemas/sandbox-operations.md is not up to date"
    );
}

#[tokio::test]
async fn an_answer_that_is_not_as_published_is_noticed() {
    let mut walk = Walk::start(&organization()).await;
    let operation = walk.documents.operation("systemusers_list");
    let schema = operation.answers[&200].as_ref().unwrap();
    for (answer, fits) in [
        (r#"{"totalCount": 1, "results": [{"_id": "a", "username": "ada"}]}"#, true),
        (r#"{"totalCount": "1", "results": []}"#, false),
        (r#"{"totalCount": 1, "results": [{"_id": 1}]}"#, false),
        (r#"{"totalCount": 1, "results": [{"_id": "a", "nick": "x"}]}"#, false),
        (r#"{"totalCount": 1, "results": [{"_id": "a", "state": "GONE"}]}"#, false),
        ("[]", false),
    ] {
        assert_eq!(schema.is_valid(&serde_json::from_str(answer).unwrap()), fits, "{answer}");
    }
    let ids: BTreeSet<&str> =
        walk.documents.operations.iter().map(|operation| operation.id.as_str()).collect();
    assert_eq!(ids.len(), walk.documents.operations.len());
    // 401 is no answer that the documents know of a good request's.
    let call = walk::Call { operation: "systemusers_list", ids: &[], query: "?limit=x", body: None };
    assert_eq!(walk.call(call, 400).await["code"], 400);
    assert!(walk.problems.is_empty(), "{:?}", walk.problems);
}
