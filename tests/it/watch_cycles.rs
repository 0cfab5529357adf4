//! Cycles of a service: what holds one back, what ends one, what is said of each.

use std::collections::BTreeSet;
use std::fs;
use std::process::Stdio;

use adjunct::journal::{journals_in, read};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::support::command::{adjunct, state_folder};
use crate::support::company::Companies;
use crate::support::crossing::{Crossing, Cut, Side};
use crate::support::local::{Local, Target};
use crate::support::organization::Organization;
use crate::support::schema::Schema;
use crate::support::service::{Service, export, parsed, replace};

fn of_people(names: &[&str]) -> Local {
    let mut local = Local::over_http(&json!({}));
    for name in names {
        local.forest.add_member(name);
    }
    local.write_policy();
    local
}

/// Leads the policy over a crossing, and gives the organization behind it.
fn across(local: &mut Local, cut: Cut) -> (Crossing, Organization) {
    let crossing = Crossing::to(&local.organization().url(), cut);
    let target = Target::Url(crossing.url().to_owned());
    let Target::Api(organization) = std::mem::replace(&mut local.target, target) else { panic!() };
    local.write_policy();
    (crossing, organization)
}

fn journals(local: &Local) -> usize {
    journals_in(&state_folder(local.path()).join("adjunct/journal")).unwrap().len()
}

#[test]
fn follows_the_directory_and_keeps_a_journal_of_each_cycle_that_writes() {
    let mut local = of_people(&["ada"]);
    let mut service = Service::of(&local, &[]);
    service.wait_for("2 created, 1 membership");
    service.wait_for("no changes");
    let (writes, before) = (local.organization().writes(), local.organization().requests().len());
    service.wait_for("no changes");
    service.wait_for("no changes");
    assert_eq!((local.organization().writes(), journals(&local)), (writes, 1));
    let asked = local.organization().requests().split_off(before);
    assert!(asked.iter().all(|request| request.starts_with("GET ")), "{asked:?}");
    local.forest.set("ada", "sn", "King");
    export(&local);
    service.wait_for("1 updated");
    assert_eq!(journals(&local), 2);
    let paths = journals_in(&state_folder(local.path()).join("adjunct/journal")).unwrap();
    let record = read(&paths[1]).unwrap();
    assert_eq!((record.run.command.as_str(), record.end()), ("watch", Some((1, 1, false))));
}

#[test]
fn a_cycle_that_meets_another_run_is_skipped_and_says_so() {
    let mut local = of_people(&["ada", "eve"]);
    let (crossing, organization) = across(&mut local, Cut { write: 2, side: Side::Before });
    let apply = ["apply", "policy.kdl", "--auto-approve", "--parallelism", "1"];
    let mut apply = local.command(&apply).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    crossing.reached().unwrap();
    let writes = organization.writes();
    let mut service = Service::of(&local, &[]);
    let said = service.wait_for("skipped, locked by apply of policy.kdl");
    assert!(said.contains(&format!("process {}", apply.id())), "{said}");
    service.wait_for("skipped, locked by");
    assert_eq!(organization.writes(), writes);
    apply.kill().unwrap();
    apply.wait().unwrap();
    service.wait_for("created");
    service.wait_for("no changes");
    assert_eq!(organization.users().len(), 2);
}

#[test]
fn a_cycle_of_several_intervals_is_followed_by_one_and_not_by_several() {
    let mut local = of_people(&["ada"]);
    let document = local.document();
    let slow = "GET /api/systemusers* nth=1 stall=5s".parse().unwrap();
    local.target = Target::Api(Organization::failing(&document, vec![slow]));
    local.write_policy();
    let arguments = ["watch", "policy.kdl", "--interval", "2s", "--log-format", "json"];
    let mut service = Service::start(local.command(&arguments));
    // When each began, as far as its whole second tells.
    let began = |words: &str| {
        let line = parsed(&service.wait_for(words));
        let (time, seconds) = (line["time"].as_str().unwrap(), line["seconds"].as_f64().unwrap());
        let end: Timestamp = time.parse().unwrap();
        end - SignedDuration::try_from_secs_f64(seconds).unwrap()
    };
    let [_, second, third, fourth] = ["\"cycle\":1", "\"cycle\":2", "\"cycle\":3", "\"cycle\":4"].map(began);
    for (earlier, later) in [(second, third), (third, fourth)] {
        assert!(later.duration_since(earlier) >= SignedDuration::from_secs(1), "{earlier} {later}");
    }
}

#[test]
fn errors_end_their_cycle_and_not_the_service_and_nobody_is_removed() {
    let mut local = of_people(&["ada", "eve"]);
    let document = local.document();
    // Each of the six times that the third read of the users is tried.
    let failures = (3..=8).map(|nth| format!("GET /api/systemusers* nth={nth} status=500").parse().unwrap());
    local.target = Target::Api(Organization::failing(&document, failures.collect()));
    local.write_policy();
    let mut service = Service::of(&local, &[]);
    service.wait_for("3 created, 2 memberships");
    service.wait_for("500");
    service.wait_for("no changes");
    let whole = local.forest.ldif();
    replace(&local, &whole[..whole.len() / 2]);
    service.wait_for("directory.ldif is not whole");
    service.wait_for("directory.ldif is not whole");
    replace(&local, &whole);
    service.wait_for("no changes");
    let policy = fs::read_to_string(local.path().join("policy.kdl")).unwrap();
    let new = local.path().join("policy.new");
    let write = |text: &str| {
        fs::write(&new, text).unwrap();
        fs::rename(&new, local.path().join("policy.kdl")).unwrap();
    };
    write(&policy.replace("security-group", "security-grup"));
    service.wait_for("did you mean `security-group`?");
    write(&policy.replace("\"JumpCloud\"", "\"Nobody\""));
    service.wait_for("Nobody");
    write(&policy);
    service.wait_for("no changes");
    assert_eq!(local.organization().users().len(), 2);
    let written = local.organization().written();
    assert!(!written.iter().any(|request| request.starts_with("DELETE")), "{written:?}");
}

#[test]
fn a_policy_that_cannot_be_read_at_the_start_ends_it_at_once() {
    let local = of_people(&[]);
    let slip = fs::read_to_string(local.path().join("policy.kdl")).unwrap().replace("ldif", "ldfi");
    fs::write(local.path().join("slip.kdl"), slip).unwrap();
    for (arguments, says) in [
        (&["slip.kdl", "policy.kdl"][..], "did you mean `ldif`?"),
        (&["missing.kdl"], "missing.kdl could not be read"),
        (&["policy.kdl", "./policy.kdl"], "same policy file"),
        (&["policy.kdl", "--interval", "0s"], "never rest"),
        (&["policy.kdl", "--interval", "soon"], "a number and a unit"),
        (&["policy.kdl", "--allow", "removals"], "unexpected argument"),
    ] {
        let answer = adjunct(local.path(), &[&["watch"], arguments].concat());
        assert_eq!((answer.code, answer.stdout.as_str()), (1, ""), "{answer:?}");
        assert!(answer.stderr.contains(says), "no {says:?} in:\n{}", answer.stderr);
    }
    assert_eq!(local.organization().requests(), Vec::<String>::new());
}

#[cfg(unix)]
#[test]
fn a_stop_finishes_what_is_in_flight_and_begins_nothing_else() {
    for is_interrupt in [false, true] {
        let mut local = of_people(&["ada", "bob", "cleo", "dora"]);
        let document = local.document();
        let slow = "POST /api/systemusers nth=2 stall=2s".parse().unwrap();
        local.target = Target::Api(Organization::failing(&document, vec![slow]));
        local.write_policy();
        let mut service = Service::of(&local, &["--parallelism", "1"]);
        let has_begun = || local.organization().requests().contains(&"POST /api/systemusers".to_owned());
        service.until(has_begun);
        if is_interrupt {
            service.interrupt();
        } else {
            service.terminate();
        }
        service.wait_for("stopping: what is in flight is finished first");
        let (code, log) = service.end();
        assert_eq!(code, Some(0), "{log:?}");
        let log = log.join("\n");
        assert!(log.contains("skipped: the run was interrupted") && log.ends_with("ended"), "{log}");
        let users = local.organization().users().len();
        assert!((1..=2).contains(&users), "{users} users:\n{log}");
        let mut next = Service::of(&local, &[]);
        next.wait_for("created");
        next.wait_for("no changes");
        assert_eq!(local.organization().users().len(), 4);
    }
}

#[cfg(unix)]
#[test]
fn a_second_signal_ends_it_at_once() {
    let mut local = of_people(&["ada"]);
    let (crossing, organization) = across(&mut local, Cut { write: 1, side: Side::Before });
    let mut service = Service::of(&local, &["--parallelism", "1"]);
    crossing.reached().unwrap();
    service.terminate();
    service.wait_for("stopping");
    service.terminate();
    let (code, _) = service.end();
    assert_eq!((code, organization.writes()), (Some(130), 0));
    let mut next = Service::of(&local, &[]);
    next.wait_for("2 created, 1 membership");
}

#[test]
fn lines_in_json_have_the_same_keys_whatever_they_say_and_no_line_tells_the_key() {
    let mut local = of_people(&["ada"]);
    local.policy.nodes.clear();
    local.write_policy();
    let mut service = Service::of(&local, &["--log-format", "json"]);
    service.wait_for("\"applied\"");
    service.wait_for("\"unchanged\"");
    local.forest.set("ada", "sn", "K\u{202e}ing\u{1b}[2J");
    export(&local);
    service.wait_for("\"applied\"");
    replace(&local, "dn: torn");
    service.wait_for("\"failed\"");
    local.forest.delete("ada");
    export(&local);
    service.wait_for("\"stopped\"");
    assert_eq!(adjunct(local.path(), &["pause", "policy.kdl"]).code, 0);
    service.wait_for("\"paused\"");
    let log = service.kill();
    let keys: BTreeSet<Vec<String>> = log
        .iter()
        .map(|line| parsed(line).as_object().unwrap().keys().cloned().collect::<Vec<String>>())
        .collect();
    assert_eq!(keys.len(), 1, "{keys:?}");
    let schema = Schema::read("watch-line.schema.json");
    for line in &log {
        assert_eq!(schema.problems(&parsed(line)), Vec::<String>::new(), "{line}");
    }
    let of =
        |outcome: &str| log.iter().map(|line| parsed(line)).find(|line| line["outcome"] == outcome).unwrap();
    let applied = of("applied");
    assert_eq!(
        (&applied["policy"], &applied["cycle"], &applied["level"]),
        (&json!("policy.kdl"), &json!(1), &json!("info"))
    );
    assert_eq!((&applied["counts"]["created"], &applied["guards"]), (&json!(2), &json!([])));
    assert!(fs::exists(applied["journal"].as_str().unwrap()).unwrap(), "{applied}");
    let stopped = of("stopped");
    assert_eq!(stopped["guards"][0]["guard"], "empty", "{stopped}");
    assert_eq!((&stopped["counts"], &stopped["journal"]), (&Value::Null, &Value::Null));
    let log = log.join("\n");
    assert!(
        !log.contains(Organization::API_KEY) && !log.contains('\u{202e}') && !log.contains('\u{1b}'),
        "{log}"
    );
}

#[test]
fn policies_take_their_turns_and_one_that_fails_does_not_hold_up_the_others() {
    use crate::cli_several::{HR, SALES};
    let companies = Companies::local();
    companies.write(HR);
    companies.write(SALES);
    let arguments = ["watch", "hr.kdl", "sales.kdl", "--interval", "50ms"];
    let command = || {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_adjunct"));
        command.env_clear().env("XDG_STATE_HOME", state_folder(companies.path()));
        command.current_dir(companies.path()).args(arguments).stdin(Stdio::null());
        command
    };
    let mut service = Service::start(command());
    service.wait_for("hr.kdl     3 created");
    service.wait_for("sales.kdl  2 created");
    fs::remove_file(companies.path().join("hr.ldif")).unwrap();
    service.wait_for("hr.ldif could not be read");
    service.wait_for("sales.kdl  no changes");
}
