//! `--only`: a part of a plan, in both commands.

use serde_json::Value;

use crate::support::company::{Companies, Company};
use crate::support::organization::text;
use crate::support::schema::Schema;

const HR: Company<'_> =
    Company { name: "hr", domain: 1, group: "JumpCloud", people: &[(1, "ada"), (2, "grace"), (3, "adele")] };

fn company() -> Companies {
    let companies = Companies::local();
    companies.write(HR);
    companies
}

/// Kind and name of each change.
fn changes(plan: &Value) -> Vec<(String, String)> {
    let changes = plan["changes"].as_array().unwrap().iter();
    changes.map(|change| (text(&change["kind"]), text(&change["name"]))).collect()
}

fn plan(companies: &Companies, only: &[&str]) -> Value {
    let options = only.iter().flat_map(|only| ["--only", only]);
    let arguments: Vec<&str> = ["plan", "hr.kdl", "--format", "json"].into_iter().chain(options).collect();
    companies.run(&arguments).json()
}

fn expect(only: &[&str], expected: &[(&str, &str)]) {
    let plan = plan(&company(), only);
    let expected: Vec<(String, String)> =
        expected.iter().map(|(kind, name)| ((*kind).to_owned(), (*name).to_owned())).collect();
    assert_eq!(changes(&plan), expected, "{only:?}");
    assert_eq!(plan["only"], Value::from(only), "the document says that it is a part");
    assert_eq!(Schema::read("plan.schema.json").problems(&plan), Vec::<String>::new());
}

#[test]
fn a_part_has_what_is_named_and_what_that_needs() {
    expect(&["user:GRACE"], &[("user", "grace"), ("group", "JumpCloud"), ("membership", "grace")]);
    expect(
        &["user:ad*"],
        &[
            ("user", "ada"),
            ("user", "adele"),
            ("group", "JumpCloud"),
            ("membership", "ada"),
            ("membership", "adele"),
        ],
    );
    expect(&["user:ad?"], &[("user", "ada"), ("group", "JumpCloud"), ("membership", "ada")]);
    expect(&["user:nobody", "user:[a]da", "group:ada", "user:ad"], &[]);
    let whole = plan(&company(), &[]);
    assert!(whole.get("only").is_none());
    for only in [&["group:jumpcloud"][..], &["user:ad*", "user:grace"], &["user:*", "group:*"]] {
        assert_eq!(plan(&company(), only)["changes"], whole["changes"], "{only:?}");
    }
}

#[test]
fn people_read_that_it_is_a_part() {
    let companies = company();
    let answer = companies.run(&["plan", "hr.kdl", "--only", "user:ada", "--only", "group:x"]);
    let lines: Vec<&str> = answer.stdout.lines().collect();
    assert_eq!(lines[1], "Only: user:ada, group:x");
    assert_eq!(lines.last(), Some(&"Plan: 2 to create, 0 to update, 0 to remove, 1 membership"));
    let nobody = companies.run(&["plan", "hr.kdl", "--only", "user:nobody", "--detailed-exitcode"]);
    assert_eq!(nobody.code, 0);
    assert!(nobody.stdout.ends_with("\nNo changes to what --only names\n"), "{}", nobody.stdout);
}

#[test]
fn an_apply_does_the_part_and_the_rest_is_left_for_another_day() {
    let companies = company();
    let applied = companies
        .run(&["apply", "hr.kdl", "--auto-approve", "--only", "user:ada", "--format", "json"])
        .json();
    assert_eq!((&applied["complete"], &applied["applied"]), (&true.into(), &3.into()));
    assert_eq!(applied["plan"]["only"], Value::from(vec!["user:ada"]));
    let users = companies.state()["users"].as_array().unwrap().len();
    assert_eq!(users, 1);
    assert_eq!(changes(&plan(&companies, &["user:ada"])), []);
    assert_eq!(changes(&plan(&companies, &[])).len(), 4, "two users with one membership each");
    assert_eq!(companies.run(&["apply", "hr.kdl", "--auto-approve"]).code, 0);
    assert_eq!(changes(&plan(&companies, &[])), []);
}

#[test]
fn guards_judge_the_part() {
    let companies = company();
    assert_eq!(companies.run(&["apply", "hr.kdl", "--auto-approve"]).code, 0);
    companies.write(Company { people: &[(1, "ada.king"), (2, "hopper"), (3, "adele")], ..HR });
    let code =
        |options: &[&str]| companies.run(&[&["apply", "hr.kdl", "--auto-approve"], options].concat()).code;
    let before = companies.state();
    assert_eq!(code(&[]), 3, "two of three usernames");
    assert_eq!(code(&["--only", "user:ada*", "--only", "user:grace"]), 3);
    assert_eq!(companies.state(), before);
    assert_eq!(code(&["--only", "user:ada"]), 0, "by the name that is there");
    assert_eq!(code(&["--only", "user:hopper"]), 0, "and by the one to be");
    assert_eq!(changes(&plan(&companies, &[])), []);

    companies.write(Company { people: &[], ..HR });
    let answer = companies.run(&["plan", "hr.kdl", "--only", "user:nobody"]);
    assert_eq!(answer.code, 3, "nobody in the security group is no part of anything: {answer:?}");
}

#[test]
fn a_part_of_every_policy_of_the_run() {
    let companies = company();
    companies.write(Company {
        name: "sales",
        domain: 2,
        group: "Sales",
        people: &[(1, "adam"), (2, "omar")],
    });
    let answer = companies.run(&["plan", "hr.kdl", "sales.kdl", "--only", "user:ada?", "--format", "json"]);
    let plans: Vec<Value> = serde_json::from_str(&answer.stdout).unwrap();
    assert_eq!(changes(&plans[0]), []);
    assert_eq!(changes(&plans[1]).len(), 3, "{}", answer.stdout);
    assert!(plans.iter().all(|plan| plan["only"] == Value::from(vec!["user:ada?"])));
}
