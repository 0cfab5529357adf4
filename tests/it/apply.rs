//! What an apply does when requests fail: one object fails alone, nothing is doubled, and the next apply finishes.

use std::fmt::Write as _;
use std::fs;

use adjunct::sandbox::{Clock, Fault, FaultKind, Options, Sandbox, State};
use assert_cmd::cargo::cargo_bin_cmd;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use tempfile::TempDir;

use crate::support::jumpcloud::{KEY, fault};

const ROOT: &str = "OU=Staff,DC=corp,DC=example,DC=com";

/// The members of the security group: a number for their GUID, and their logon name.
type Staff<'a> = &'a [(u8, &'a str)];

fn ldif(staff: Staff<'_>) -> String {
    let guid = |number: u8| STANDARD.encode([number; 16]);
    let mut text = format!("dn: {ROOT}\nobjectClass: organizationalUnit\n\n");
    let mut group = format!(
        "dn: CN=JumpCloud,{ROOT}\nobjectClass: group\nobjectGUID:: {}\ncn: JumpCloud\ngroupType: -2147483646\n",
        guid(255)
    );
    for (number, name) in staff {
        let dn = format!("CN=Person {number},{ROOT}");
        writeln!(group, "member: {dn}").unwrap();
        writeln!(
            text,
            "dn: {dn}\nobjectClass: user\nobjectGUID:: {}\nsAMAccountName: {name}\nmail: {name}@example.com\n\
             givenName: Person\nsn: {number}\nuserAccountControl: 512\naccountExpires: 0\nprimaryGroupID: 513\n",
            guid(*number)
        )
        .unwrap();
    }
    format!("{text}{group}\n# numEntries: {}\n", staff.len() + 2)
}

struct Run {
    code: i32,
    document: Value,
}

impl Run {
    /// `bob: skipped` for everything that is not done.
    fn left(&self) -> Vec<String> {
        let results = self.document["results"].as_array().unwrap().iter();
        let open = results.filter(|result| result["outcome"] != "done");
        open.map(|result| {
            format!(
                "{} {}: {}",
                result["kind"].as_str().unwrap(),
                result["name"].as_str().unwrap(),
                result["outcome"].as_str().unwrap()
            )
        })
        .collect()
    }
}

/// Applies a directory to a sandbox with faults, which ends in the state that comes back.
fn apply(state: State, faults: Vec<Fault>, staff: Staff<'_>) -> (Run, State) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let options = Options {
        api_key: Some(KEY.into()),
        faults,
        clock: Clock::Stopped("2026-01-01T00:00:00Z".parse().unwrap()),
        ..Options::default()
    };
    let sandbox = runtime.block_on(Sandbox::start(state, options)).unwrap();
    let folder = TempDir::new().unwrap();
    let policy = format!(
        r#"policy "test" {{
    active-directory {{
        ldif "staff.ldif"
    }}
    jumpcloud {{
        api-key (env)"KEY"
        url "{}"
    }}
    root-container "{ROOT}"
    security-group "JumpCloud"
    limits {{
        removals 20 percent=100
        attribute-changes 20 percent=100
    }}
}}
"#,
        sandbox.url()
    );
    fs::write(folder.path().join("policy.kdl"), policy).unwrap();
    fs::write(folder.path().join("staff.ldif"), ldif(staff)).unwrap();
    let output = cargo_bin_cmd!("adjunct")
        .env_clear()
        .env("KEY", KEY)
        .args(["apply", "--auto-approve", "--format", "json"])
        .arg(folder.path().join("policy.kdl"))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    let document = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {said}"));
    let run = Run { code: output.status.code().unwrap(), document };
    let state = sandbox.state();
    (run, state)
}

/// An organization in step with this directory.
fn in_step(staff: Staff<'_>) -> State {
    let (run, state) = apply(State::empty(), Vec::new(), staff);
    assert_eq!(run.code, 0, "{}", run.document);
    state
}

/// The usernames in the organization, and that a further apply without faults has nothing to do.
fn settled(state: State, staff: Staff<'_>) -> Vec<String> {
    let (run, state) = apply(state, Vec::new(), staff);
    assert_eq!(run.code, 0, "{}", run.document);
    let (again, state) = apply(state, Vec::new(), staff);
    assert_eq!(again.document["plan"]["changes"], Value::Array(Vec::new()));
    usernames(&state)
}

fn usernames(state: &State) -> Vec<String> {
    let document: Value = serde_json::from_str(&state.to_json()).unwrap();
    let users = document["users"].as_array().unwrap().iter();
    let mut names: Vec<String> = users.map(|user| user["username"].as_str().unwrap().to_owned()).collect();
    names.sort();
    names
}

#[test]
fn one_object_fails_alone_with_what_needs_it() {
    let staff: Staff<'_> = &[(1, "ada"), (2, "grace"), (3, "edsger")];
    let refusal = fault("POST", "/api/systemusers", 2, FaultKind::Status(422));
    let (run, state) = apply(State::empty(), vec![refusal], staff);
    assert_eq!(run.code, 4);
    let left = run.left();
    assert_eq!(left.len(), 2, "{left:?}");
    assert!(left[0].ends_with(": failed") && left[1].ends_with(": skipped"), "{left:?}");
    assert_eq!(usernames(&state).len(), 2);
    assert_eq!(settled(state, staff), ["ada", "edsger", "grace"]);
}

#[test]
fn a_name_that_was_not_freed_is_not_taken() {
    let state = in_step(&[(1, "ada"), (2, "grace")]);
    let staff: Staff<'_> = &[(2, "grace"), (3, "ada")];
    let refusal = fault("DELETE", "/api/systemusers", 1, FaultKind::Status(403));
    let (run, state) = apply(state, vec![refusal], staff);
    assert_eq!(run.code, 4);
    assert_eq!(run.left(), ["user ada: skipped", "user ada: failed", "membership ada: skipped"]);
    assert_eq!(usernames(&state), ["ada", "grace"]);
    assert_eq!(settled(state, staff), ["ada", "grace"]);
}

#[test]
fn a_create_whose_answer_was_lost_is_found_by_its_mark() {
    let staff: Staff<'_> = &[(1, "ada"), (2, "grace")];
    for path in ["/api/systemusers", "/api/v2/usergroups"] {
        let lost = fault("POST", path, 1, FaultKind::DropAfter);
        let (run, state) = apply(State::empty(), vec![lost], staff);
        assert_eq!((run.code, run.left()), (0, Vec::new()), "{path}");
        assert_eq!(settled(state, staff), ["ada", "grace"]);
    }
}

#[test]
fn a_create_that_never_shows_is_unknown_and_is_not_sent_again() {
    let staff: Staff<'_> = &[(1, "ada"), (2, "grace")];
    let lost = fault("POST", "/api/systemusers", 1, FaultKind::DropBefore);
    let (run, state) = apply(State::empty(), vec![lost], staff);
    assert_eq!(run.code, 4);
    let left = run.left();
    assert!(left[0].ends_with(": unknown") && left[1].ends_with(": skipped"), "{left:?}");
    assert_eq!(usernames(&state).len(), 1);
    assert_eq!(settled(state, staff), ["ada", "grace"]);
}

#[test]
fn who_was_parked_for_nothing_gets_his_name_back_and_the_next_apply_swaps() {
    let state = in_step(&[(1, "ada"), (2, "grace")]);
    let staff: Staff<'_> = &[(1, "grace"), (2, "ada")];
    // The first PUT parks, the second would take the name that it freed.
    let refusal = fault("PUT", "/api/systemusers", 2, FaultKind::Status(422));
    let (run, state) = apply(state, vec![refusal], staff);
    assert_eq!((run.code, run.left().len()), (4, 2));
    assert_eq!(usernames(&state), ["ada", "grace"]);
    assert_eq!(settled(state, staff), ["ada", "grace"]);
}

#[test]
fn a_key_that_is_refused_stops_the_run() {
    let staff: Vec<(u8, String)> = (1..60).map(|number| (number, format!("user{number}"))).collect();
    let staff: Vec<(u8, &str)> = staff.iter().map(|(number, name)| (*number, name.as_str())).collect();
    let faults = (1..200).map(|nth| fault("POST", "/api/", nth, FaultKind::Status(401))).collect();
    let (run, state) = apply(State::empty(), faults, &staff);
    assert_eq!(run.code, 4);
    assert_eq!(run.document["applied"], 0);
    let tried = run.left().iter().filter(|line| line.ends_with(": failed")).count();
    assert!(tried <= 8, "{tried} requests were tried in vain");
    assert!(usernames(&state).is_empty());
}

#[test]
fn a_leaver_whose_mark_was_taken_off_is_not_removed() {
    let state = in_step(&[(1, "ada"), (2, "grace"), (3, "edsger")]);
    let mut document: Value = serde_json::from_str(&state.to_json()).unwrap();
    for user in document["users"].as_array_mut().unwrap() {
        if user["username"] == "ada" {
            user["attributes"] = Value::Array(Vec::new());
        }
    }
    let state = State::parse("org.json", &document.to_string()).unwrap();
    let (run, state) = apply(state, Vec::new(), &[(2, "grace"), (3, "edsger")]);
    assert_eq!(run.document["plan"]["changes"], Value::Array(Vec::new()));
    assert_eq!(usernames(&state), ["ada", "edsger", "grace"]);
}
