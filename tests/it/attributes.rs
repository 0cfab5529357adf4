//! Telephone numbers, addresses and managers, as JumpCloud holds them after a run of the binary.

use serde_json::{Value, json};

use crate::support::desk::Desk;
use crate::support::local::Local;
use crate::support::organization::Organization;
use crate::support::record::{locks, settle, user, user_mut};
use crate::support::scene::set;
use crate::support::staff::Staff;
use crate::support::two_days::{edit, in_step};

const MAPPINGS: &str = r#"attributes {
        phone "work" "telephoneNumber"
        address "work" street="streetAddress" locality="l" region="st" postal-code="postalCode" country="co"
    }"#;

/// Entries that no mapping names.
fn foreign(user: &Value) -> [Vec<Value>; 2] {
    ["phoneNumbers", "addresses"].map(|array| {
        let entries = user[array].as_array().into_iter().flatten();
        entries.filter(|entry| entry["type"] != "work").cloned().collect()
    })
}

/// The entries of the type that the mappings name.
fn ours(user: &Value) -> [Vec<Value>; 2] {
    ["phoneNumbers", "addresses"].map(|array| {
        let entries = user[array].as_array().into_iter().flatten();
        entries.filter(|entry| entry["type"] == "work").cloned().collect()
    })
}

#[test]
fn entries_of_other_types_survive_each_write_of_ours() {
    let mut local = Local::over_http(&json!({}));
    local.forest.add_member("ada");
    local.apply();
    local.edit(settle);
    local.edit(|document| {
        let ada = user_mut(document, "ada");
        ada["phoneNumbers"] = json!([
            { "type": "home", "number": "  +49 30\u{a0}1 " },
            { "type": "mobile", "number": "2" },
            { "type": "mobile", "number": "3" },
        ]);
        ada["addresses"] = json!([
            { "type": "home", "locality": "Berlin", "extendedAddress": "\"4\"", "country": "DE" },
            { "type": "Work", "poBox": "9" },
        ]);
    });
    let before = foreign(user(&local.document(), "ada"));
    local.add_to_policy(MAPPINGS);
    local.apply();
    assert_eq!(foreign(user(&local.document(), "ada")), before);
    assert_eq!(locks(user(&local.document(), "ada"), "active_directory").len(), 7);

    let values = [("telephoneNumber", "1"), ("l", "Paris"), ("streetAddress", "Rue 1"), ("co", "France")];
    for (attribute, value) in values {
        local.forest.set("ada", attribute, value);
    }
    local.apply();
    let ada = user(&local.document(), "ada").clone();
    assert_eq!(foreign(&ada), before);
    let address =
        json!({ "type": "work", "streetAddress": "Rue 1", "locality": "Paris", "country": "France" });
    assert_eq!(ours(&ada), [vec![json!({ "type": "work", "number": "1" })], vec![address.clone()]]);

    // What somebody adds to the address of ours is somebody's.
    local.edit(|document| {
        let addresses = user_mut(document, "ada")["addresses"].as_array_mut().unwrap();
        addresses.iter_mut().find(|entry| entry["type"] == "work").unwrap()["poBox"] = json!("7");
    });
    for (attribute, _) in values {
        local.forest.set("ada", attribute, "");
    }
    local.forest.set("ada", "st", "IDF");
    local.apply();
    let ada = user(&local.document(), "ada").clone();
    assert_eq!(foreign(&ada), before);
    assert_eq!(ours(&ada), [vec![], vec![json!({ "type": "work", "poBox": "7", "region": "IDF" })]]);
}

/// What the agent's preset makes of nobody's values: nothing, where both sides are empty.
#[test]
fn the_agents_preset_locks_what_can_be_locked_and_changes_nothing_twice() {
    let mut local = Local::over_http(&json!({}));
    for name in ["ada", "ben"] {
        local.forest.add_member(name);
    }
    local.add_to_policy(r#"attributes preset="agent""#);
    let dn = local.forest.dn("ben");
    local.forest.set("ada", "manager", &dn);
    local.forest.set("ada", "facsimileTelephoneNumber", "4");
    local.forest.set("ada", "postOfficeBox", "BP 1");
    local.apply();
    let document = local.document();
    let ada = user(&document, "ada");
    assert_eq!(ada["manager"], user(&document, "ben")["_id"]);
    assert_eq!(ada["phoneNumbers"], json!([{ "type": "work_fax", "number": "4" }]));
    assert_eq!(ada["addresses"], json!([{ "type": "work", "poBox": "BP 1" }]));
    let expected = [
        "addresses",
        "company",
        "department",
        "description",
        "displayname",
        "email",
        "employeeType",
        "firstname",
        "jobTitle",
        "lastname",
        "location",
        "password",
        "phoneNumbers",
        "username",
    ];
    assert_eq!(locks(ada, "active_directory"), set(expected));
}

#[test]
fn a_manager_whose_creation_fails_is_named_by_the_next_run() {
    let nodes = r#"attributes { manager "manager"; }"#;
    let start = in_step(nodes, &Staff::new().users(["ada"]), &json!({}));
    let staff = Staff::new().users(["ada", "bob", "cleo"]).manage("cleo", "bob").manage("bob", "cleo");
    let desk = Desk::new(nodes, &staff);
    // Of the two creations the first, which is bob's.
    let organization =
        Organization::failing(&start, vec!["POST /api/systemusers nth=1 status=400".parse().unwrap()]);
    let answer = desk.apply(&organization);
    assert_eq!(answer.code, 4, "{answer:?}");
    assert!(answer.stdout.contains("all is written but its manager"), "{}", answer.stdout);
    assert_eq!(organization.user("cleo")["manager"], Value::Null);
    assert_eq!(desk.apply(&organization).code, 0);
    assert_eq!(organization.user("cleo")["manager"], organization.user("bob")["_id"]);
    assert_eq!(organization.user("bob")["manager"], organization.user("cleo")["_id"]);
    assert_eq!(desk.plan(&organization).code, 0);
}

#[test]
fn a_canary_looks_at_new_managers_too() {
    let nodes = r#"attributes { manager "manager"; phone "work" "telephoneNumber"; }"#;
    let start = in_step(nodes, &Staff::new().users(["ada"]), &json!({}));
    let staff = Staff::new()
        .users(["ada", "bob", "cleo"])
        .manage("bob", "cleo")
        .set("bob", "telephoneNumber", "1")
        .manage("ada", "cleo");
    let desk = Desk::new(nodes, &staff);
    let organization = Organization::of(&start);
    let policy = desk.write_policy(&organization.url());
    let output = desk.command(&["apply", &policy, "--auto-approve", "--canary", "1"]).output().unwrap();
    let shown = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{shown}");
    assert_eq!(organization.user("bob")["manager"], organization.user("cleo")["_id"]);
    assert_eq!(organization.user("ada")["manager"], organization.user("cleo")["_id"]);
}

#[test]
fn whoever_goes_is_nobodys_manager_any_longer() {
    let nodes = r#"attributes { manager "manager"; }"#;
    let staff = Staff::new().users(["ada", "bob", "cleo"]).manage("cleo", "bob");
    let mut start =
        in_step(nodes, &staff, &json!({ "users": [{ "username": "zoe", "email": "zoe@example.com" }] }));
    let bob = user(&start, "bob")["_id"].clone();
    edit(&mut start, "zoe", |zoe| zoe["manager"] = bob);
    let organization = Organization::of(&start);
    let desk = Desk::new(nodes, &staff.disable("bob"));
    let answer = desk.apply(&organization);
    assert_eq!(answer.code, 0, "{answer:?}");
    for name in ["cleo", "zoe"] {
        assert_eq!(organization.user(name)["manager"], Value::Null, "{name}");
    }
    assert_eq!(desk.plan(&organization).code, 0);
}
