//! The binary against a scripted domain controller: all of a large directory.

use serde_json::Value;

use crate::ad_read::{staff, users};
use crate::support::between::Between;
use crate::support::ldap_server::{Entry, Script};
use crate::support::organization::Organization;

/// The DNs of so many users, from this one on.
fn names(first: usize, count: usize) -> impl Iterator<Item = String> {
    (first..first + count).map(|index| staff(&format!("CN=User {index:04}")))
}

/// The plan for an empty organization, by Windows' own limits: 1,500 values of an attribute and 1,000 entries of a page.
fn plan(script: Script) -> Value {
    let server = script.value_cap(1500).page_cap(1000).start();
    let answer = Between::new(&server, &Organization::empty()).run(&["plan", "--format", "json"]);
    assert_eq!(answer.code, 0, "{}", answer.stderr);
    let plan = answer.json();
    assert_eq!(plan["held_back"], Value::Array(Vec::new()));
    plan
}

#[test]
fn a_group_of_4501_members_is_planned_whole() {
    let plan = plan(
        Script::new()
            .entry(Entry::group(&staff("CN=JumpCloud")).members([staff("CN=Everybody")]))
            .entry(Entry::group(&staff("CN=Everybody")).members(names(0, 4501)))
            .entries(users(4501)),
    );
    assert_eq!(plan["summary"]["create"], 4501 + 2);
    assert_eq!(plan["summary"]["memberships_added"], 2 * 4501);
    assert_eq!(plan["source"]["evidence"]["ranges_closed"], 1);
}

#[test]
fn a_chain_of_groups_that_come_in_pieces_is_planned_whole() {
    let plan = plan(
        Script::new()
            .without_empty_member()
            .entry(Entry::group(&staff("CN=JumpCloud")).members([staff("CN=Outer")]))
            // The inner group is named by the last piece.
            .entry(Entry::group(&staff("CN=Outer")).members(names(0, 1500).chain([staff("CN=Inner")])))
            .entry(Entry::group(&staff("CN=Inner")).members(names(1500, 1501)))
            .entries(users(3001)),
    );
    assert_eq!(plan["summary"]["create"], 3001 + 3);
    assert_eq!(plan["summary"]["memberships_added"], 2 * 3001 + 1501);
    assert_eq!(plan["source"]["evidence"]["ranges_closed"], 2);
}
