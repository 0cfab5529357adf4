//! What a service may take away, over many cycles and restarts.

use std::fs;
use std::path::PathBuf;

use serde_json::json;

use crate::support::command::{adjunct_with, state_folder};
use crate::support::crossing::{Crossing, Cut, Side};
use crate::support::local::{Local, Target};
use crate::support::organization::Organization;
use crate::support::service::{Service, export};

/// A policy with the limits of a policy that has none, and so many users in both sides.
fn in_step(users: usize, nodes: &str) -> Local {
    let mut local = Local::over_http(&json!({}));
    local.policy.nodes = nodes.to_owned();
    for number in 0..users {
        local.forest.add_member(&format!("u{number}"));
    }
    local.apply();
    local
}

/// Deletes users in Active Directory.
fn lose(local: &mut Local, users: impl IntoIterator<Item = usize>) {
    for number in users {
        local.forest.delete(&format!("u{number}"));
    }
    export(local);
}

/// The budgets on this machine.
fn budgets(local: &Local) -> Vec<PathBuf> {
    let scopes = fs::read_dir(state_folder(local.path()).join("adjunct/scopes")).unwrap();
    let files = scopes.map(|scope| scope.unwrap().path().join("budget.json"));
    files.filter(|file| file.exists()).collect()
}

/// Runs a command on the policy as somebody does beside the service: when a cycle is at work, again.
fn by_hand(local: &Local, arguments: &[&str]) -> i32 {
    loop {
        let key = [("JUMPCLOUD_API_KEY", Organization::API_KEY)];
        let answer = adjunct_with(local.path(), &key, arguments);
        if answer.code != 7 {
            return answer.code;
        }
    }
}

#[cfg(unix)]
#[test]
fn a_drip_is_stopped_at_the_budget_and_said_once_over_restarts() {
    let mut local = in_step(200, "");
    let mut service = Service::of(&local, &[]);
    for cycle in 0..10 {
        lose(&mut local, [2 * cycle, 2 * cycle + 1]);
        service.wait_for("2 removed");
    }
    lose(&mut local, [20, 21]);
    let said = service.wait_for("stopped by removals: 22 of 200 users");
    assert!(said.contains("(in the last 24 hours 20, planned now 2); nothing is written"), "{said}");
    service.wait_for("removals passes at 20");
    service.wait_for("to let it pass by hand: adjunct apply policy.kdl --allow removals=2");
    service.wait_for("still stopped by removals");
    service.terminate();
    let (code, mut log) = service.end();
    assert_eq!(code, Some(0));
    for _ in 0..2 {
        let mut service = Service::of(&local, &[]);
        service.wait_for("still stopped by removals");
        service.wait_for("still stopped by removals");
        log.extend(service.kill());
    }
    let full = log.iter().filter(|line| line.contains("22 of 200")).count();
    assert_eq!(full, 1, "{}", log.join("\n"));
    assert_eq!(local.organization().users().len(), 180);

    let mut service = Service::of(&local, &[]);
    service.wait_for("still stopped by removals");
    let code = by_hand(&local, &["apply", "policy.kdl", "--allow", "removals=2", "--auto-approve"]);
    assert_eq!((code, local.organization().users().len()), (0, 178));
    service.wait_for("goes on: no longer stopped by removals");
    service.wait_for("no changes");
    local.forest.add_member("new");
    export(&local);
    service.wait_for("1 created, 1 membership");
    // What was approved by hand does not count, and what the service did still does.
    lose(&mut local, [22]);
    service.wait_for("stopped by removals: 21 of 200 users");
    assert_eq!(local.organization().users().len(), 179);
}

#[test]
fn a_cycle_that_is_killed_counts_whole_and_the_next_one_finishes() {
    let mut local = in_step(40, "limits { removals 20 percent=100 }");
    let crossing = Crossing::to(&local.organization().url(), Cut { write: 5, side: Side::After });
    let target = Target::Url(crossing.url().to_owned());
    let Target::Api(organization) = std::mem::replace(&mut local.target, target) else { panic!() };
    local.write_policy();
    lose(&mut local, 0..12);
    let service = Service::of(&local, &["--parallelism", "1"]);
    crossing.reached().unwrap();
    service.kill();
    assert_eq!(organization.users().len(), 40 - 5);
    let mut service = Service::of(&local, &["--parallelism", "1"]);
    service.wait_for("7 removed");
    assert_eq!(organization.users().len(), 40 - 12);
    lose(&mut local, [12, 13]);
    let said = service.wait_for("stopped by removals: 21 of 40");
    assert!(said.contains("in the last 24 hours 19, planned now 2"), "12 were planned, and 7: {said}");
    assert_eq!(organization.users().len(), 40 - 12);
}

#[test]
fn what_failed_is_no_removal_and_does_not_count() {
    let mut local = in_step(40, "limits { removals 5 percent=100 }");
    let document = local.document();
    let refused = "DELETE /api/systemusers/* nth=1 status=400".parse().unwrap();
    local.target = Target::Api(Organization::failing(&document, vec![refused]));
    local.write_policy();
    lose(&mut local, 0..3);
    let mut service = Service::of(&local, &["--parallelism", "1"]);
    service.wait_for("2 removed, 1 failed");
    service.wait_for("- user u");
    service.wait_for("1 removed");
    lose(&mut local, 3..5);
    service.wait_for("2 removed");
    lose(&mut local, [5]);
    service.wait_for("stopped by removals: 6 of 40 users");
    assert_eq!(local.organization().users().len(), 35);
}

#[test]
fn a_budget_that_is_damaged_stops_the_policy_until_somebody_looks() {
    let mut local = in_step(20, "limits { removals 20 percent=100 }");
    lose(&mut local, [0]);
    let mut service = Service::of(&local, &[]);
    service.wait_for("1 removed");
    service.wait_for("no changes");
    let [budget] = &budgets(&local)[..] else { panic!("{:?}", budgets(&local)) };
    fs::write(budget, "{ \"format_version\": 1, \"spent\": [").unwrap();
    lose(&mut local, [1]);
    local.forest.add_member("new");
    export(&local);
    let said = service.wait_for("cannot be understood");
    assert!(said.contains("budget.json"), "{said}");
    service.wait_for("remove the file");
    service.wait_for("cannot be understood");
    assert_eq!(local.organization().users().len(), 19);
    fs::remove_file(budget).unwrap();
    service.wait_for("1 created, 1 removed, 1 membership");
}
