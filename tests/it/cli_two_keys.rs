//! One organization under two keys, which only JumpCloud can tell.

use std::fs;

use serde_json::Value;

use crate::cli_several::{HR, SALES, held};
use crate::support::command::{Answer, adjunct_with};
use crate::support::company::Companies;
use crate::support::organization::Organization;
use crate::support::record::attribute;

/// HR and sales, of one organization under two keys: nothing tells so before both are read.
fn under_two_keys(document: &Value, nodes: &str) -> (Organization, Companies) {
    let organization = Organization::of(document);
    let mut companies = Companies::of(&organization);
    companies.write_with(HR, nodes);
    companies.jumpcloud = companies.jumpcloud.replace("KEY", "OTHER");
    companies.write_with(SALES, nodes);
    (organization, companies)
}

fn run_with_both_keys(companies: &Companies, arguments: &[&str]) -> Answer {
    let keys = ["KEY", "OTHER"].map(|name| (name, Organization::API_KEY));
    adjunct_with(companies.path(), &keys, arguments)
}

#[test]
fn one_organization_under_two_keys_is_one_organization() {
    let document = serde_json::json!({ "users": [{ "username": "ada", "email": "ada@example.com" }] });
    let (organization, companies) = under_two_keys(&document, "takeover \"adopt\"");
    let apply = ["apply", "hr.kdl", "sales.kdl", "--auto-approve", "--format", "json"];
    let answer = run_with_both_keys(&companies, &apply);
    assert_eq!((answer.code, attribute(&organization.user("ada"), "adPolicy")), (0, Some("hr")));
    let documents: Vec<Value> = serde_json::from_str(&answer.stdout).unwrap();
    assert_eq!(held(&documents[1]["plan"]), ["ada: taken-username"]);
}

#[test]
fn one_name_for_one_domain_is_an_error_under_two_keys_as_well() {
    let (organization, companies) = under_two_keys(&serde_json::json!({}), "");
    let sales = fs::read_to_string(companies.path().join("sales.kdl")).unwrap();
    let hr = fs::read_to_string(companies.path().join("hr.kdl")).unwrap();
    fs::write(companies.path().join("sales.kdl"), hr.replace("KEY", "OTHER")).unwrap();
    for command in [&["plan"][..], &["apply", "--auto-approve"]] {
        let answer = run_with_both_keys(&companies, &[command, &["hr.kdl", "sales.kdl"]].concat());
        assert_eq!(answer.code, 1, "{answer:?}");
        assert!(answer.stderr.contains("same_mark"), "{answer:?}");
    }
    assert_eq!(organization.writes(), 0);
    fs::write(companies.path().join("sales.kdl"), sales).unwrap();
    assert_eq!(run_with_both_keys(&companies, &["plan", "hr.kdl", "sales.kdl"]).code, 0);
}
