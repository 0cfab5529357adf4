//! Coming from JumpCloud's own agent: what it left is adopted as it stands. No id changes, nobody is created or removed,
//! and what is not of the agent's making stays to the byte.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use serde_json::{Map, Value, json};

use crate::support::command::adjunct;
use crate::support::forest::Forest;
use crate::support::local::Local;
use crate::support::record::{attribute, bound, group, groups_of, locks, user, user_mut};
use crate::support::scene::Plan;

/// `id` of the Active Directory object.
const OBJECT: &str = "5c0000000000000000000001";

/// A user as the agent imported it.
pub(crate) struct Imported {
    pub(crate) username: String,
    pub(crate) email: String,
    pub(crate) firstname: String,
    pub(crate) dn: String,
}

/// An organization as the agent leaves it, beside what people made there: `foreign` has phones, addresses, a custom
/// attribute and a lock of another source; `barista` is JumpCloud's own, and a member of each group; `leftover` came
/// from the directory, which knows nobody of that name.
pub(crate) fn organization(
    people: &[Imported],
    groups: &BTreeMap<String, BTreeSet<String>>,
    foreign: &str,
) -> Value {
    let mut users: Vec<Value> =
        people.iter().enumerate().map(|(number, one)| imported(number, one)).collect();
    users.push(json!({ "username": "barista", "email": "barista@example.org", "jobTitle": "Barista" }));
    let leftover = Imported {
        username: "leftover".to_owned(),
        email: "leftover@corp.example.com".to_owned(),
        firstname: "Left".to_owned(),
        dn: "CN=Left Over,OU=Gone,DC=corp,DC=example,DC=com".to_owned(),
    };
    users.push(imported(1, &leftover));
    let groups: Vec<Value> = groups
        .iter()
        .map(|(name, members)| {
            let members: Vec<&str> = members.iter().map(String::as_str).chain(["barista"]).collect();
            json!({ "name": name, "description": format!("{name} people"), "members": members })
        })
        .collect();
    let names = |list: &[Value], name: &str| -> Vec<Value> {
        list.iter().map(|one| one[name].clone()).filter(|name| name != "barista").collect()
    };
    let mut document = json!({
        "activeDirectories": [{
            "id": OBJECT,
            "domain": "DC=corp;DC=example;DC=com",
            "agents": [{ "agentType": "IMPORT", "state": "active", "hostname": "dc1.corp.example.com" }],
            "users": names(&users, "username"),
            "groups": names(&groups, "name"),
        }],
        "users": users,
        "groups": groups,
    });
    let one = user_mut(&mut document, foreign);
    one["phoneNumbers"] =
        json!([{ "type": "home", "number": "+49 30 1" }, { "type": "work", "number": "2" }]);
    one["addresses"] = json!([{ "type": "home", "locality": "Berlin", "country": "DE" }]);
    one["attributes"] = json!([{ "name": "badge", "value": "4711" }]);
    one["jobTitle"] = json!("Pilot");
    one["restrictedFields"].as_array_mut().unwrap().insert(0, json!({ "field": "jobTitle", "type": "scim" }));
    document
}

/// The agent says in one of two ways that it manages a user.
fn imported(number: usize, Imported { username, email, firstname, dn }: &Imported) -> Value {
    let locks = ["username", "email", "firstname", "lastname"]
        .map(|field| json!({ "field": field, "type": "active_directory", "id": OBJECT }));
    json!({
        "username": username, "email": email, "firstname": firstname, "lastname": "Example",
        "state": "ACTIVATED", "created": "2024-05-06T07:08:09Z",
        "external_dn": dn, "external_source_type": "active_directory",
        "externally_managed": number.is_multiple_of(2), "restrictedFields": locks,
    })
}

/// Checks the first plan: everybody and everything is adopted, and that is all.
pub(crate) fn expect_adoption(plan: &Plan, users: usize, groups: usize) {
    assert_eq!((plan.changes("user", "adopt").len(), plan.changes("group", "adopt").len()), (users, groups));
    assert_eq!(plan.0["changes"].as_array().unwrap().len(), users + groups, "{:#}", plan.0["summary"]);
    assert_eq!((&plan.0["guards"], &plan.0["held_back"]), (&json!([]), &json!([])));
    let notes: Vec<String> = plan.0["notes"].as_array().unwrap().iter().map(note).collect();
    assert_eq!(notes, ["import-agent dc1.corp.example.com", "not-adopted leftover"]);
}

fn note(note: &Value) -> String {
    format!("{} {}", note["code"].as_str().unwrap(), note["subject"].as_str().unwrap())
}

/// Checks that an apply added our marks and our locks, and changed nothing else, ids and bindings included. `changed` is
/// for the users in whom more differs: their fields that may.
pub(crate) fn expect_only_marks(before: &Value, after: &Value, changed: &BTreeMap<&str, Vec<&str>>) {
    assert_eq!(before["activeDirectories"], after["activeDirectories"], "bindings");
    assert_eq!(before["organization"], after["organization"]);
    for list in ["users", "groups"] {
        assert_eq!(before[list].as_array().unwrap().len(), after[list].as_array().unwrap().len());
    }
    for (old, new) in pairs(before, after, "users") {
        let name = old["username"].as_str().unwrap();
        let may_change = changed.get(name).cloned().unwrap_or_default();
        for (field, value) in old.as_object().unwrap() {
            if may_change.contains(&field.as_str()) {
                assert_ne!(&new[field], value, "{name}: {field}");
            } else if !matches!(field.as_str(), "attributes" | "restrictedFields") {
                assert_eq!(&new[field], value, "{name}: {field}");
            }
        }
        let fields = |user: &Map<String, Value>| user.keys().cloned().collect::<BTreeSet<_>>();
        let more: Vec<String> = fields(new.as_object().unwrap())
            .difference(&fields(old.as_object().unwrap()))
            .filter(|field| !may_change.contains(&field.as_str()))
            .cloned()
            .collect();
        assert!(more.iter().all(|field| field == "attributes"), "{name}: {more:?}");
        for kept in ["attributes", "restrictedFields"] {
            let [old, new] = [old, new].map(|user| user[kept].as_array().cloned().unwrap_or_default());
            // What was there is there as it was, in the same order; ours stands among it.
            let rest: Vec<&Value> = new.iter().filter(|entry| old.contains(entry)).collect();
            assert!(rest.into_iter().eq(&old), "{name}: {kept}: {old:?} → {new:?}");
        }
    }
    for (old, new) in pairs(before, after, "groups") {
        let name = old["name"].as_str().unwrap();
        assert_eq!((&old["id"], &old["members"]), (&new["id"], &new["members"]), "{name}");
        let (own, mark) = new["description"].as_str().unwrap().rsplit_once(" [ad:").unwrap();
        assert_eq!(own, old["description"], "{name}");
        assert!(mark.ends_with("@corp.example.com/test]"), "{name}: {mark}");
    }
}

fn pairs<'d>(before: &'d Value, after: &'d Value, list: &str) -> Vec<(&'d Value, &'d Value)> {
    let id = |object: &Value| object.get("_id").or(object.get("id")).unwrap().clone();
    let after = after[list].as_array().unwrap();
    let of =
        |old: &Value| after.iter().find(|new| id(new) == id(old)).unwrap_or_else(|| panic!("{old} is gone"));
    before[list].as_array().unwrap().iter().map(|old| (old, of(old))).collect()
}

/// 200 people in 20 groups, the security group among them, each group in the one a third of its number: a directory in
/// step with what the agent imported.
fn company() -> Local {
    let mut forest = Forest::new();
    let mut members: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let group_name = |number: usize| match number {
        0 => Forest::SECURITY_GROUP.to_owned(),
        number => format!("group{number:02}"),
    };
    for number in 1..20 {
        forest.add_group(&group_name(number));
        forest.put(&group_name(number / 3), &group_name(number));
    }
    let mut people = Vec::new();
    for number in 0..200 {
        let username = format!("user{number:03}");
        forest.add_person(&username);
        let mut own = number % 20;
        forest.put(&group_name(own), &username);
        // JumpCloud has no groups in groups: everybody is in all above as well.
        loop {
            members.entry(group_name(own)).or_default().insert(username.clone());
            if own == 0 {
                break;
            }
            own /= 3;
        }
        people.push(Imported {
            email: format!("{username}@corp.example.com"),
            firstname: username.clone(),
            dn: forest.dn(&username),
            username,
        });
    }
    let mut local = Local::over_http(&organization(&people, &members, "user007"));
    // The guards are those that a policy has without a word.
    local.policy.nodes = String::new();
    local.forest = forest;
    local
}

#[test]
fn all_that_the_agent_imported_is_adopted_and_nothing_else_happens() {
    let local = company();
    let before = local.document();
    assert_eq!(local.run(&["plan", "--detailed-exitcode"]).code, 2);
    let plan = local.apply();
    expect_adoption(&plan, 200, 20);
    assert_eq!(local.organization().writes(), 220, "one for each, and none to bind anew");
    let after = local.document();
    expect_only_marks(&before, &after, &BTreeMap::new());
    for (name, guid) in [("user000", local.forest.guid("user000")), ("user007", local.forest.guid("user007"))]
    {
        assert_eq!(attribute(user(&after, name), "adObjectGuid"), Some(&*guid));
        assert!(locks(user(&after, name), "active_directory").contains("password"));
    }
    assert_eq!(user(&before, "leftover"), user(&after, "leftover"));
    assert_eq!(groups_of(&after, "barista").len(), 20);
    let deepest = group(&after, "group19")["description"].as_str().unwrap();
    assert_eq!(
        deepest,
        format!("group19 people [ad:{}@corp.example.com/test]", local.forest.guid("group19"))
    );
}

#[test]
fn what_differs_is_updated_as_it_is_adopted() {
    let mut local = company();
    local.policy.nodes = r#"attributes { department "department" }"#.to_owned();
    local.edit(|document| {
        user_mut(document, "user010")["department"] = json!("Sales");
        user_mut(document, "user012")["external_dn"] =
            json!("CN=Somebody,OU=Old,OU=Staff,DC=corp,DC=example,DC=com");
    });
    local.forest.set("user010", "department", "Marketing");
    local.forest.set("user011", "mail", "new.name@corp.example.com");
    local.forest.set("user011", "sn", "Newlywed");
    let before = local.document();
    let plan = local.apply();
    expect_adoption(&plan, 200, 20);
    let after = local.document();
    let changed = [
        ("user010", vec!["department"]),
        ("user011", vec!["email", "lastname"]),
        ("user012", vec!["external_dn"]),
    ];
    expect_only_marks(&before, &after, &changed.into());
    assert_eq!(user(&after, "user010")["department"], "Marketing");
    assert_eq!(user(&after, "user011")["email"], "new.name@corp.example.com");
    assert_eq!(user(&after, "user012")["external_dn"], local.forest.dn("user012"));
}

#[test]
fn the_policy_made_of_the_agents_configuration_removes_nobody_and_makes_nobody_anew() {
    let mut local = company();
    let config = json!({
        "LDAP": { "Host": "localhost:636", "DN": "CN=JumpCloud;OU=Staff;DC=corp;DC=example;DC=com" },
        "MainLoop": {
            "UserDissociationAction": "remove", "UserTakeoverAction": "deactivate",
            "SyncAdditionalAttributes": true, "UserFieldMapping": { "username": "sAMAccountName" },
        },
    });
    fs::write(local.path().join("jcadimportagent.config.json"), config.to_string()).unwrap();
    let imported = adjunct(local.path(), &["import-agent-config", "jcadimportagent.config.json"]).stdout;
    // The same scope; what is done in it is what the policy says that was made.
    assert!(local.policy_text().contains(r#"root-container "OU=Staff,DC=corp,DC=example,DC=com""#));
    assert!(imported.contains(r#"root-container "OU=Staff,DC=corp,DC=example,DC=com""#), "{imported}");
    assert!(imported.contains(r#"security-group "JumpCloud""#), "{imported}");
    let (_, rest) = imported.split_once("    takeover").unwrap();
    let (nodes, _) = rest.rsplit_once('}').unwrap();
    local.policy.nodes = format!("takeover{nodes}");
    let before = local.document();
    let plan = local.apply();
    let actions: BTreeSet<&str> = plan.0["changes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|change| change["action"].as_str().unwrap())
        .collect();
    assert_eq!(actions, BTreeSet::from(["adopt"]));
    assert_eq!((plan.changes("user", "adopt").len(), plan.changes("group", "adopt").len()), (200, 20));
    let after = local.document();
    assert_eq!(pairs(&before, &after, "users").len(), 202);
    assert_eq!(local.plan().0["changes"], json!([]));
}

#[test]
fn after_the_agent_whoever_leaves_is_removed_and_the_leftover_stays() {
    let mut local = company();
    local.apply();
    local.forest.set("user010", "userAccountControl", "514");
    let plan = local.apply();
    assert_eq!(plan.removals(), [("user010".to_owned(), "disabled".to_owned())].into());
    assert!(local.document()["users"].as_array().unwrap().iter().any(|user| user["username"] == "leftover"));
}

#[test]
fn whom_the_agent_managed_is_released_whole_when_unbound() {
    let mut local = company();
    local.policy.nodes = r#"dissociation "unbind""#.to_owned();
    local.apply();
    // One whom `externally_managed` names and one whom it does not.
    for name in ["user006", "user007"] {
        local.forest.set(name, "userAccountControl", "514");
    }
    let before = local.document();
    let plan = local.apply();
    assert_eq!(plan.names("user", "unbind"), ["user006".to_owned(), "user007".to_owned()].into());
    let after = local.document();
    for name in ["user006", "user007"] {
        let released = user(&after, name);
        assert_eq!(released["externally_managed"], false, "{name}");
        assert_eq!(locks(released, "active_directory"), BTreeSet::new(), "{name}");
        for field in ["external_dn", "external_source_type"] {
            assert!(released[field].as_str().is_none_or(str::is_empty), "{name}: {field}");
        }
        for mark in ["adObjectGuid", "adDomain", "adPolicy"] {
            assert_eq!(attribute(released, mark), None, "{name}: {mark}");
        }
        assert_eq!(groups_of(&after, name), groups_of(&before, name), "{name}");
        assert!(!bound(&after, "users").contains(name));
    }
    let [old, new] = [&before, &after].map(|document| user(document, "user007"));
    for field in ["phoneNumbers", "addresses", "jobTitle", "state", "_id", "created"] {
        assert_eq!(old[field], new[field], "{field}");
    }
    assert_eq!((attribute(new, "badge"), locks(new, "scim")), (Some("4711"), ["jobTitle".to_owned()].into()));

    // Back in the directory, they are JumpCloud's: nothing says that the agent ever had them.
    for name in ["user006", "user007"] {
        local.forest.set(name, "userAccountControl", "512");
    }
    let plan = local.apply();
    assert_eq!(plan.0["changes"], json!([]));
    let held: Vec<String> =
        plan.held_back().into_iter().map(|(name, reason)| format!("{name} {reason}")).collect();
    assert_eq!(held, ["user006 taken-username", "user007 taken-username"]);
}
