//! `--canary`: some objects first, read again, and the rest only when they are as planned.

use std::time::Duration;

use adjunct::sandbox::{Conditions, Options};
use serde_json::{Value, json};

use crate::support::altering::Altering;
use crate::support::command::Answer;
use crate::support::desk::Desk;
use crate::support::organization::{Organization, text};
use crate::support::remains::{difference, essence, list};
use crate::support::schema::Schema;
use crate::support::staff::Staff;
use crate::support::two_days::{NODES, morning, today};

/// Three users and a group that one of them is in.
fn staff() -> Staff {
    Staff::new().users(["ada", "bob", "cleo"]).group("Sales", ["ada"])
}

/// Applies to what is at `url`, one request at a time.
fn apply(desk: &Desk, url: &str, options: &[&str]) -> Answer {
    let policy = desk.write_policy(url);
    let arguments = [&["apply", &policy, "--auto-approve", "--parallelism", "1"], options].concat();
    let output = desk.command(&arguments).output().unwrap();
    Answer {
        code: output.status.code().unwrap(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

fn document(desk: &Desk, url: &str, count: &str) -> (i32, Value) {
    let answer = apply(desk, url, &["--canary", count, "--format", "json"]);
    let document = answer.json();
    assert_eq!(Schema::read("apply.schema.json").problems(&document), Vec::<String>::new());
    (answer.code, document)
}

/// `user ada: done` for every change.
fn outcomes(document: &Value) -> Vec<String> {
    let results = document["results"].as_array().unwrap().iter();
    let line = |result: &Value| {
        let group = result.get("group").map(|group| format!(" of {}", text(&group["name"])));
        let (kind, name) = (text(&result["kind"]), text(&result["name"]));
        format!("{kind} {name}{}: {}", group.unwrap_or_default(), text(&result["outcome"]))
    };
    results.map(line).collect()
}

#[test]
fn a_canary_that_holds_goes_first_and_then_the_rest() {
    let (desk, organization) = (Desk::new("", &staff()), Organization::empty());
    let answer = apply(&desk, &organization.url(), &["--canary", "1"]);
    assert_eq!(answer.code, 0, "{answer:?}");
    // Ada, and the two groups that she is in.
    assert_eq!(answer.stderr, "The canary held: 3 objects read again, all as planned.\n");
    let requests = organization.requests();
    let last_look = requests.iter().rposition(|request| request.ends_with("/memberof")).unwrap();
    let of = |requests: &[String], request: &str| requests.iter().filter(|made| *made == request).count();
    assert_eq!(of(&requests[..last_look], "POST /api/systemusers"), 1);
    assert_eq!(of(&requests[last_look..], "POST /api/systemusers"), 2);
    assert_eq!(of(&requests[..last_look], "POST /api/v2/usergroups"), 2);
    assert_eq!(organization.users().len(), 3);
    assert_eq!(desk.plan(&organization).code, 0);
}

#[test]
fn everything_that_a_plan_can_hold_can_be_looked_at() {
    let desk = Desk::new(NODES, &today());
    let whole = Organization::of(&morning());
    assert_eq!(desk.apply(&whole).code, 0);
    for count in ["1", "7", "9999"] {
        let organization = Organization::of(&morning());
        let (code, document) = document(&desk, &organization.url(), count);
        assert_eq!((code, &document["canary"]["held"]), (0, &json!(true)), "{count}: {document}");
        assert_eq!(document["complete"], true);
        let [expected, end] = [&whole, &organization].map(|end| essence(&end.document(), &morning()));
        assert!(expected == end, "{count}: {}", difference(&expected, &end));
    }
    let organization = Organization::of(&morning());
    let (_, document) = document(&desk, &organization.url(), "9999");
    let mut objects: Vec<String> = document["results"]
        .as_array()
        .unwrap()
        .iter()
        .map(|result| {
            let kind = if result["kind"] == "group" { "group" } else { "user" };
            format!("{kind} {}", result["guid"])
        })
        .collect();
    objects.sort();
    objects.dedup();
    assert_eq!(document["canary"]["objects"], objects.len());
}

#[test]
fn what_nobody_asked_for_is_not_told() {
    let (desk, organization) = (Desk::new("", &staff()), Organization::empty());
    let answer = apply(&desk, &organization.url(), &["--format", "json"]);
    assert_eq!(answer.json().get("canary"), None);
    let (code, document) = document(&desk, &organization.url(), "1");
    assert_eq!((code, document.get("canary")), (0, None), "there was nothing to do");
}

#[test]
fn lists_that_show_late_are_looked_at_again() {
    let conditions = Conditions { graph_lag: Duration::from_millis(700), ..Conditions::default() };
    let options = Options { conditions, ..Organization::options() };
    let directories = json!({ "activeDirectories": [{ "domain": "DC=corp;DC=example;DC=com" }] });
    let organization = Organization::with(&directories, options);
    let (code, document) = document(&Desk::new("", &staff()), &organization.url(), "1");
    assert_eq!((code, &document["canary"]), (0, &json!({ "objects": 3, "held": true })), "{document}");
    assert!(organization.requests().iter().any(|request| request == "GET /api/v2/users/{id}/associations"));
}

#[test]
fn a_canary_that_fails_lets_nothing_else_begin() {
    let refusal = "POST /api/systemusers nth=1 status=422".parse().unwrap();
    let organization = Organization::failing(&json!({}), vec![refusal]);
    let desk = Desk::new("", &staff());
    let (code, document) = document(&desk, &organization.url(), "1");
    assert_eq!((code, &document["canary"]["held"]), (4, &json!(false)), "{document}");
    assert_eq!(
        outcomes(&document),
        [
            "user ada: failed",
            "user bob: skipped",
            "user cleo: skipped",
            "group JumpCloud: done",
            "group Sales: done",
            "membership ada of JumpCloud: skipped",
            "membership bob of JumpCloud: skipped",
            "membership cleo of JumpCloud: skipped",
            "membership ada of Sales: skipped",
        ]
    );
    assert!(text(&document["results"][1]["message"]).contains("the canary did not hold"));
    assert!(organization.users().is_empty());
    assert_eq!(apply(&desk, &organization.url(), &["--canary", "1"]).code, 0);
    assert_eq!(desk.plan(&organization).code, 0);
}

/// What JumpCloud shows differs in one thing from what it took, for whoever reads single objects.
fn broken(alter: impl Fn(&str, &mut Value) + Send + Sync + 'static) -> (Desk, Organization, Answer) {
    let (desk, organization) = (Desk::new("", &staff()), Organization::empty());
    let altering = Altering::to(&organization.url(), alter);
    let answer = apply(&desk, altering.url(), &["--canary", "1"]);
    assert_eq!(answer.code, 4, "{answer:?}");
    assert_eq!(answer.stderr, "The canary did not hold (3 objects): nothing else is begun.\n");
    assert_eq!(organization.users().into_keys().collect::<Vec<_>>(), ["ada"], "{answer:?}");
    (desk, organization, answer)
}

#[test]
fn a_field_that_is_not_as_planned_is_named_with_its_object() {
    let (desk, organization, answer) = broken(|request, answer| {
        if request.starts_with("GET /api/systemusers/") {
            answer["lastname"] = json!("Other\u{1b}[31m");
        }
    });
    let failed = "user ada  failed: JumpCloud took it, but when it was read again its lastname is \
                  \"Other\\u{1b}[31m\" and not \"Person\"";
    assert!(answer.stdout.contains(failed), "{}", answer.stdout);
    assert!(answer.stdout.contains("user bob  skipped: the canary did not hold"), "{}", answer.stdout);
    assert!(
        answer.stdout.contains("The canary did not hold: 4 of 9 changes are applied"),
        "{}",
        answer.stdout
    );
    let journal = std::fs::read_dir(desk.journals()).unwrap().next().unwrap().unwrap().path();
    let journal = std::fs::read_to_string(journal).unwrap();
    assert!(journal.contains("its lastname is") && journal.contains("the canary did not hold"), "{journal}");
    assert!(journal.lines().last().unwrap().contains("\"applied\":4,\"of\":9"), "{journal}");
    assert_eq!(organization.writes(), 5, "ada, her two groups and her places in these");
}

#[test]
fn an_object_a_membership_or_a_state_that_does_not_show_is_told() {
    type Alter = fn(&str, &mut Value);
    let cases: [(Alter, &str); 4] = [
        (
            |request, answer| {
                if request.ends_with("/memberof") {
                    for group in list(answer) {
                        group["id"] = json!("5f0000000000000000000000");
                    }
                }
            },
            "member ada of Sales  failed: JumpCloud took it, but when it was read again the user is no member",
        ),
        (
            |request, answer| {
                if request.starts_with("GET /api/v2/usergroups/") && answer.get("name").is_some() {
                    answer["description"] = Value::Null;
                }
            },
            "group Sales  failed: JumpCloud took it, but when it was read again its description is none and not",
        ),
        (
            |request, answer| {
                if request.starts_with("GET /api/systemusers/") {
                    answer["state"] = json!("SUSPENDED");
                }
            },
            "its state is \"SUSPENDED\" and not \"ACTIVATED\"",
        ),
        (
            |request, answer| {
                if request.starts_with("GET /api/systemusers/") {
                    *answer = json!("something else");
                }
            },
            "user ada  unknown: it could not be read again (",
        ),
    ];
    std::thread::scope(|scope| {
        for (alter, expected) in cases {
            scope.spawn(move || {
                let (.., answer) = broken(alter);
                assert!(answer.stdout.contains(expected), "{expected}: {}", answer.stdout);
            });
        }
    });
}

#[test]
fn who_was_to_be_removed_and_is_there_still_is_told() {
    let before = Organization::empty();
    assert_eq!(Desk::new("", &staff()).apply(&before).code, 0);
    let desk = Desk::new("", &Staff::new().users(["ada"]).group("Sales", ["ada"]));
    let organization = Organization::of(&before.document());
    let bob = organization.user("bob");
    let path = format!("GET /api/systemusers/{}", text(&bob["_id"]));
    let altering = Altering::to(&organization.url(), move |request, answer| {
        if request == path {
            *answer = bob.clone();
        }
    });
    let (code, document) = document(&desk, altering.url(), "1");
    assert_eq!((code, &document["canary"]), (4, &json!({ "objects": 1, "held": false })), "{document}");
    let told = "JumpCloud took it, but when it was read again it is there still";
    assert_eq!(outcomes(&document), ["user bob: failed", "user cleo: skipped"]);
    assert_eq!(document["results"][0]["message"], told);
    assert_eq!(organization.users().into_keys().collect::<Vec<_>>(), ["ada", "cleo"]);
}

#[test]
fn each_of_several_policies_has_its_own() {
    use crate::cli_several::{HR, SALES};
    use crate::support::company::Companies;
    let organization =
        Organization::failing(&json!({}), vec!["POST /api/systemusers nth=1 status=422".parse().unwrap()]);
    let companies = Companies::of(&organization);
    companies.write(HR);
    companies.write(SALES);
    let run = ["apply", "hr.kdl", "sales.kdl", "--auto-approve", "--canary", "1", "--format", "json"];
    let answer = companies.run(&run);
    // The second counted on what the first would leave.
    assert_eq!(answer.code, 5, "{answer:?}");
    assert_eq!(answer.json()[0]["canary"]["held"], false);
    let answer = companies.run(&run);
    assert_eq!(answer.code, 0, "{answer:?}");
    for document in answer.json().as_array().unwrap() {
        assert_eq!(document["canary"]["held"], true, "{document}");
    }
}
