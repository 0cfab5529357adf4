//! How many requests it takes to look again before a saved plan is applied, as the README says.

use serde_json::{Value, json};

use crate::support::approval::{Approval, PLAN};
use crate::support::organization::{Organization, text};
use crate::support::remains::list;
use crate::support::staff::Staff;
use crate::support::two_days::{NODES, edit, in_step, suspend, yesterday};

const README: &str = include_str!("../../README.md");

const ORGANIZATION: &str = "GET /api/organizations";
const AGENTS: &str = "GET /api/v2/activedirectories/{id}/agents";
const BINDING: &str = "GET /api/v2/users/{id}/associations";
const GROUP: &str = "GET /api/v2/usergroups/{id}";
const GROUP_BINDING: &str = "GET /api/v2/usergroups/{id}/associations";
const GROUPS: &str = "GET /api/v2/usergroups";
const GROUPS_OF_A_USER: &str = "GET /api/v2/users/{id}/memberof";
const MEMBERS: &str = "GET /api/v2/usergroups/{id}/membership";
const NAME: &str = "POST /api/search/systemusers";
const USER: &str = "GET /api/systemusers/{id}";
const USERS: &str = "GET /api/systemusers";

/// So many that users and groups are in four pages each.
const OTHERS: usize = 320;
const GROUP_PAGES: [&str; 4] = [GROUPS; 4];

/// In step with yesterday, among so many others.
fn start(others: usize, change: impl FnOnce(&mut Value)) -> Value {
    let mut document = in_step(NODES, &yesterday(), &json!({}));
    for number in 0..others {
        let user = json!({ "username": format!("x{number}"), "email": format!("x{number}@example.org") });
        list(&mut document["users"]).push(user);
        list(&mut document["groups"]).push(json!({ "name": format!("x{number}") }));
    }
    change(&mut document);
    Organization::of(&document).document()
}

/// The requests of one look, without those that every plan takes, in the order of the alphabet.
fn looks(approval: &Approval) -> Vec<String> {
    let planned = approval.organization.requests().len();
    // Nobody is there to be asked: it ends behind the first look.
    let answer = approval.run(&["apply", PLAN]);
    assert!(answer.code == 1 && answer.stderr.contains("cli::no_terminal"), "{answer:?}");
    let mut made = approval.organization.requests().split_off(planned);
    for always in [ORGANIZATION, AGENTS] {
        let position = made.iter().position(|request| request == always);
        made.remove(position.unwrap_or_else(|| panic!("no {always} in {made:?}")));
    }
    made.sort();
    made
}

fn expect(document: &Value, today: &Staff, expected: &[&str]) {
    let looks = looks(&Approval::saved(NODES, today, document));
    assert_eq!(looks, expected);
}

#[test]
fn the_readme_has_a_row_for_each_of_them() {
    for (row, count) in [
        ("looking again at a user who changes, whose memberships do, or who becomes a manager", "1"),
        ("looking for whoever has a name or a mail address that a user gets", "1"),
        ("looking again at a group that changes, or whose members do", "1"),
        ("looking for whoever has a name that a group gets", "the list of groups"),
        ("looking again at memberships of users and groups that are there", "1 for each"),
        ("looking again at a binding that comes or ends", "1"),
    ] {
        let start = format!("| {row} | {count}");
        assert!(README.lines().any(|line| line.starts_with(&start)), "{start}");
    }
}

#[test]
fn what_a_plan_touches_is_looked_at_one_by_one() {
    let document = start(OTHERS, |_| ());
    // A name, a mail address, and the user.
    expect(&document, &yesterday().rename("sam", "samuel"), &[USER, NAME, NAME]);
    // A place in the security group, and nobody who could have it yet.
    expect(&document, &yesterday().users(["nils"]), &[GROUP, NAME, NAME]);
    expect(&document, &yesterday().disable("sam"), &[USER]);
    expect(&document, &yesterday().manage("sam", "rita"), &[USER, USER]);
    expect(&document, &yesterday().delete("rita"), &[USER]);
    expect(&document, &yesterday().delete("Gone"), &[GROUP]);
    expect(&document, &yesterday().leave_all("lena"), &[USER, BINDING]);
    expect(&document, &yesterday().leave_all("Old"), &[GROUP, GROUP_BINDING]);
    // All groups, for its name: the security group among them.
    expect(&document, &yesterday().group("New", []), &GROUP_PAGES);
    let unbound = start(OTHERS, |document| {
        list(&mut document["activeDirectories"][0]["users"]).retain(|bound| bound != "sam");
    });
    expect(&unbound, &yesterday(), &[USER, BINDING]);
    let suspended = start(OTHERS, |document| suspend(document, "bruno", "disabled"));
    expect(&suspended, &yesterday(), &[USER]);
    let edited = start(OTHERS, |document| edit(document, "sam", |sam| sam["lastname"] = "X".into()));
    expect(&edited, &yesterday(), &[USER]);
}

#[test]
fn what_is_looked_at_one_by_one_is_seen() {
    let document = start(OTHERS, |_| ());
    let approval = Approval::saved(NODES, &yesterday().rename("sam", "samuel"), &document);
    let taker = json!({ "username": "SamuelSmith", "email": "Samuel@example.com" });
    approval.by_hand("POST", "/api/systemusers", &taker);
    let said = approval.refused("cli::unmet");
    assert!(said.contains("1 difference from") && said.contains("\"SamuelSmith\" has it"), "{said}");
    let sam = approval.organization.user_id("sam");
    approval.by_hand("DELETE", &format!("/api/systemusers/{sam}"), &Value::Null);
    let said = approval.refused("cli::unmet");
    assert!(said.contains("2 differences from") && said.contains("not in JumpCloud any more"), "{said}");

    let approval = Approval::saved(NODES, &yesterday().join("Engineering", ["ines"]), &document);
    let engineering = text(&approval.organization.groups()["Engineering"]["id"]);
    let ines = approval.organization.user_id("ines");
    let members = format!("/api/v2/usergroups/{engineering}/members");
    approval.by_hand("POST", &members, &json!({ "op": "add", "type": "user", "id": ines }));
    let said = approval.refused("cli::unmet");
    assert!(said.contains("member ines of Engineering"), "{said}");
    approval.by_hand("DELETE", &format!("/api/v2/usergroups/{engineering}"), &Value::Null);
    let said = approval.refused("cli::unmet");
    assert!(said.contains("group Engineering") && said.contains("not in JumpCloud any more"), "{said}");
}

#[test]
fn memberships_are_looked_at_through_the_users_or_the_groups_whichever_are_fewer() {
    let document = start(OTHERS, |_| ());
    let one = yesterday().join("Engineering", ["ines"]);
    expect(&document, &one, &[USER, GROUP, GROUPS_OF_A_USER]);
    let two_of_one_group = yesterday().join("Engineering", ["ines"]).leave("Engineering", "dora");
    expect(&document, &two_of_one_group, &[USER, USER, GROUP, MEMBERS]);
    let two_groups_of_one = yesterday().join("Engineering", ["bob"]).join("Old", ["bob"]);
    expect(&document, &two_groups_of_one, &[USER, GROUP, GROUP, GROUPS_OF_A_USER]);
}

#[test]
fn many_are_looked_at_in_whole_lists() {
    let document = start(OTHERS, |_| ());
    let pages = OTHERS.div_ceil(99);
    let today = yesterday().rename("sam", "samuel").rename("dora", "dorothy");
    let looks_one_by_one = 2 * 3;
    assert!(looks_one_by_one > pages);
    expect(&document, &today, &[USERS; 4]);
    let small = start(0, |_| ());
    expect(&small, &yesterday().rename("sam", "samuel"), &[USERS]);
}
