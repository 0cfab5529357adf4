//! A process that is killed between two requests, and a directory that says something else by the next run.

use serde_json::{Value, json};

use crate::support::crossing::{Cut, Side, at_every_cut};
use crate::support::desk::Desk;
use crate::support::organization::Organization;
use crate::support::remains::{difference, essence, list, stranded};
use crate::support::staff::Staff;
use crate::support::two_days::{NODES, edit, in_step, suspend, yesterday};

/// A run that is killed, and what comes after it.
struct Meanwhile<'a> {
    nodes: &'a str,
    start: &'a Value,
    /// The directory of the run that is killed.
    today: Staff,
    /// The directory of the next run.
    tomorrow: Staff,
}

impl Meanwhile<'_> {
    /// Kills at every write. `expected` says what the next run makes of it; none where that depends on the write.
    fn ends_in(&self, expected: Option<&Value>) {
        let Self { nodes, start, today, tomorrow } = self;
        let desks = [today, tomorrow].map(|staff| Desk::new(nodes, staff));
        let [today, tomorrow] = &desks;
        let whole = Organization::of(start);
        assert_eq!(today.apply(&whole).code, 0);
        at_every_cut(whole.writes(), |cut| {
            let organization = Organization::of(start);
            let write = today.apply_until(&organization, cut).unwrap();
            let mut problems = stranded(start, &organization.document());
            let next = tomorrow.apply(&organization);
            if next.code != 0 {
                problems.push(format!("the next run ended with {}:\n{}", next.code, next.stderr));
            }
            problems.extend(stranded(start, &organization.document()));
            if let Some(expected) = expected {
                let [expected, end] = [expected, &organization.document()].map(|end| essence(end, start));
                if end != expected {
                    problems.push(format!("it ended elsewhere:\n{}", difference(&expected, &end)));
                }
            }
            let third = tomorrow.plan(&organization);
            if third.code != 0 {
                problems.push(format!("a third run would change something:\n{}", third.stdout));
            }
            problems.into_iter().map(|problem| format!("{cut}, {write}: {problem}")).collect()
        });
    }
}

/// In step with the directory of yesterday.
fn settled() -> Value {
    in_step(NODES, &yesterday(), &json!({}))
}

#[test]
fn who_returns_while_being_given_back_is_whole_again() {
    let whole = settled();
    let mut start = whole.clone();
    suspend(&mut start, "otto", "moved");
    let left = yesterday().leave_all("lena").move_out("otto").leave_all("Old");
    Meanwhile { nodes: NODES, start: &start, today: left, tomorrow: yesterday() }.ends_in(Some(&whole));
}

#[test]
fn who_was_managed_from_outside_and_returns_while_being_given_back_is_whole_again() {
    let mut start = settled();
    edit(&mut start, "lena", |lena| lena["externally_managed"] = true.into());
    let expected = settled();
    let desks = [yesterday().leave_all("lena"), yesterday()].map(|staff| Desk::new(NODES, &staff));
    // Association, `externally_managed`, the rest.
    at_every_cut(3, |cut| {
        let organization = Organization::of(&start);
        desks[0].apply_until(&organization, cut).unwrap();
        assert_eq!(desks[1].apply(&organization).code, 0);
        let mut end = organization.document();
        // Ours or not: whoever is managed from outside stays so.
        let is_external = cut.write == 1 || (cut.write == 2 && cut.side == Side::Before);
        edit(&mut end, "lena", |lena| {
            let flag = lena.as_object_mut().unwrap().remove("externally_managed");
            assert_eq!(flag == Some(true.into()), is_external, "{cut}");
        });
        let [expected, end] = [&expected, &end].map(|document| {
            let mut document = document.clone();
            edit(&mut document, "lena", |lena| {
                drop(lena.as_object_mut().unwrap().remove("externally_managed"));
            });
            essence(&document, &start)
        });
        if end == expected { Vec::new() } else { vec![format!("{cut}:\n{}", difference(&expected, &end))] }
    });
}

#[test]
fn who_returns_after_having_been_given_back_waits_unless_the_policy_takes_over() {
    let nodes = NODES.replace("takeover \"adopt\"", "takeover \"refuse\"");
    let whole = in_step(&nodes, &yesterday(), &json!({}));
    let desks = [yesterday().leave_all("lena"), yesterday()].map(|staff| Desk::new(&nodes, &staff));
    // Association, the rest.
    at_every_cut(2, |cut| {
        let organization = Organization::of(&whole);
        desks[0].apply_until(&organization, cut).unwrap();
        let after = organization.document();
        let is_released = cut == Cut { write: 2, side: Side::After };
        let held = desks[1].plan(&organization).json()["held_back"].as_array().unwrap().len();
        assert_eq!(desks[1].apply(&organization).code, 0);
        let end = organization.document();
        let expected = if is_released { &after } else { &whole };
        let [expected, end] = [expected, &end].map(|document| essence(document, &whole));
        if end == expected && held == usize::from(is_released) {
            Vec::new()
        } else {
            vec![format!("{cut}, {held} held back:\n{}", difference(&expected, &end))]
        }
    });
}

#[test]
fn who_returns_while_being_suspended_is_active() {
    let whole = settled();
    let disabled = yesterday().disable("sam").disable("rita");
    Meanwhile { nodes: NODES, start: &whole, today: disabled, tomorrow: yesterday() }.ends_in(Some(&whole));
}

#[test]
fn who_leaves_while_being_activated_is_suspended_by_us() {
    // Whoever returned before the grace period is over.
    let nodes = NODES.replace("7d", "5000w");
    let mut suspended = in_step(&nodes, &yesterday(), &json!({}));
    suspend(&mut suspended, "sam", "disabled");
    let disabled = yesterday().disable("sam");
    Meanwhile { nodes: &nodes, start: &suspended, today: yesterday(), tomorrow: disabled }
        .ends_in(Some(&suspended));
}

#[test]
fn who_leaves_while_being_created_leaves_nothing_behind() {
    for mail in ["", "new-users welcome-email=#false"] {
        let nodes = format!("{NODES}\n    {mail}");
        let start = in_step(&nodes, &yesterday(), &json!({}));
        let today = yesterday().users(["nils"]).group("New", ["nils"]);
        Meanwhile { nodes: &nodes, start: &start, today, tomorrow: yesterday() }.ends_in(Some(&start));
    }
}

#[test]
fn who_leaves_while_being_adopted_is_the_agents_or_is_given_back() {
    let nodes = NODES.replace("remove\" {", "unbind\" {");
    let mut start = in_step(&nodes, &yesterday(), &json!({}));
    let tom = json!({ "username": "tom", "email": "tom@example.com", "state": "SUSPENDED" });
    let jan = json!({
        "username": "jan", "email": "jan@example.com", "externally_managed": true,
        "external_dn": "CN=jan,OU=Staff,DC=corp,DC=example,DC=com",
    });
    list(&mut start["users"]).extend([tom, jan]);
    list(&mut start["groups"]).push(json!({ "name": "Support", "members": ["tom"] }));
    list(&mut start["activeDirectories"][0]["users"]).push("jan".into());
    let start = Organization::of(&start).document();
    let today = yesterday().users(["tom", "jan"]).group("Support", ["jan"]);
    Meanwhile { nodes: &nodes, start: &start, today, tomorrow: yesterday() }.ends_in(None);
}
