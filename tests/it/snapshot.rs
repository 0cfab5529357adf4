//! A rehearsal: an organization is copied, the copy is served, and plans over it are those over the original.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use adjunct::sandbox::{Conditions, Fault, Habit, Options};
use serde_json::{Value, json};

use crate::support::command::Answer;
use crate::support::jumpcloud::users;
use crate::support::local::{Local, Target};
use crate::support::organization::Organization;
use crate::support::served::Served;

/// A company that adjunct imported, and whom Active Directory has changed since.
fn company() -> Local {
    let mut local = Local::over_http(&organization());
    for name in ["ada", "bob", "cyd", "dan"] {
        local.forest.add_member(name);
    }
    local.forest.add_group("Sales");
    local.forest.put("JumpCloud", "Sales");
    for name in ["ada", "dan"] {
        local.forest.put("Sales", name);
    }
    local.apply();
    local.edit(|document| {
        let users = document["users"].as_array_mut().unwrap();
        for user in users.iter_mut() {
            user["created"] = json!("2025-03-03T09:00:00Z");
        }
        let bob = users.iter_mut().find(|user| user["username"] == "bob").unwrap();
        bob["firstname"] = json!("Robert");
        bob["manager"] = json!("zelda.quinn");
    });
    local.forest.set("cyd", "userAccountControl", "514");
    local.forest.take("Sales", "dan");
    local.forest.add_member("eve");
    local
}

/// People and groups of JumpCloud's own, and everything that a secret could hide in.
fn organization() -> Value {
    json!({
        "organization": { "_id": "5f0000000000000000000aaa", "name": "Umbrella Works",
            "settings": { "maxSystemUsers": 50, "newSystemUserStateDefaults": { "manualEntry": "STAGED" },
                          "apiSecretThing": "s3cret-setting" } },
        "users": [{
            "username": "zelda.quinn", "email": "Zelda.Quinn@umbrella.example", "firstname": "Zelda",
            "middlename": "Xanthe", "lastname": "Quinn", "displayname": "Zelda X. Quinn", "jobTitle": "Chief Alchemist",
            "description": "Left-handed", "department": "Alchemy", "company": "Umbrella", "costCenter": "CC-77001",
            "location": "Reykjavik", "employeeType": "Permanentish", "employeeIdentifier": "EMP-90210",
            "alternateEmail": "zelda@home.example", "managedAppleId": "zelda@apple.example",
            "external_dn": "CN=Zelda Quinn,OU=Alchemists,DC=other,DC=example", "unix_uid": 5001, "unix_guid": 5002,
            "phoneNumbers": [{ "type": "work", "number": "+354 555 1212" }],
            "addresses": [{ "type": "home", "streetAddress": "Laugavegur 99", "locality": "Reykjavikurborg" }],
            "relationships": [{ "type": "mentor", "value": "Old Merlin" }],
            "attributes": [{ "name": "badge", "value": "BADGE-4711" }], "ldap_binding_user": true,
            "mfa": { "configured": true, "secret": "s3cret-mfa" }, "totp_enabled": true,
            "mfaEnrollment": { "totpStatus": "ENROLLED", "totpSeed": "s3cret-seed" },
            "recoveryEmail": { "address": "s3cret-recovery@home.example" }, "public_key": "ssh-rsa s3cret-key",
            "ssh_keys": [{ "_id": "5a00000000000000000000f1", "name": "laptop", "public_key": "ssh-rsa s3cret-key2" }],
            "admin": { "id": "5a00000000000000000000f2", "roleName": "Grand Vizier", "apiKey": "s3cret-api-key" }
        }, { "username": "yuri", "email": "yuri@umbrella.example", "state": "SUSPENDED", "manager": "zelda.quinn",
             "department": "ALCHEMY" },
           { "username": "xena", "email": "xena@umbrella.example", "state": "STAGED" }],
        "groups": [
            { "name": "Alchemists Anonymous", "description": "Turns lead", "email": "lead@umbrella.example",
              "attributes": { "sudo": { "enabled": true, "withoutPassword": false },
                              "posixGroups": [{ "id": 77, "name": "alchemy-posix" }],
                              "radius": { "reply": [{ "name": "Tunnel-Password", "value": "s3cret-radius" }] } },
              "members": ["zelda.quinn", "yuri"] },
            { "name": "By Department", "membershipMethod": "DYNAMIC_AUTOMATED", "members": ["zelda.quinn"],
              "memberQuery": { "queryType": "FilterQuery", "filters": ["department:eq:Alchemy"] } }],
        "activeDirectories": [{ "domain": "DC=corp;DC=example;DC=com", "useCase": "ADASAUTHORITY",
            "agents": [{ "agentType": "IMPORT", "state": "inactive", "hostname": "dc1-umbrella", "source_ip": "198.51.100.7" }],
            "users": ["yuri"], "groups": ["Alchemists Anonymous"] }],
        "userStates": [{ "user": "yuri", "state": "ACTIVATED", "scheduledDate": "2027-01-31T18:00:00Z" }]
    })
}

/// What names people and things in [`organization`].
const NAMES: [&str; 32] = [
    "zelda",
    "quinn",
    "xanthe",
    "alchem",
    "left-handed",
    "umbrella",
    "cc-77001",
    "reykjavik",
    "permanentish",
    "emp-90210",
    "home.example",
    "apple.example",
    "+354",
    "laugavegur",
    "merlin",
    "badge-4711",
    "grand vizier",
    "yuri",
    "xena",
    "turns lead",
    "lead@",
    "by department",
    "dc1-",
    "198.51.100.7",
    "robert",
    "\"ada\"",
    "\"bob\"",
    "\"cyd\"",
    "\"dan\"",
    "=ada",
    "sales",
    "ada@",
];

fn copy(local: &Local, options: &[&str]) -> (Answer, String) {
    let answer = local.run(&[&["snapshot", "--out", "copy.json"], options].concat());
    assert_eq!(answer.code, 0, "{answer:?}");
    (answer, fs::read_to_string(local.path().join("copy.json")).unwrap())
}

/// What `plan` says, apart from where the organization is.
fn plan(local: &Local) -> Value {
    let mut plan = local.plan().0;
    plan["target"]["location"].take();
    plan["policy"]["digest"].take();
    plan
}

/// The same people and policy, with the organization that a sandbox serves from this file.
fn pointed_at_copy(mut local: Local) -> (Local, Served) {
    let served = Served::keeping(&local.path().join("copy.json"));
    local.target = Target::Url(served.url.clone());
    (local, served)
}

#[test]
fn a_plan_over_the_served_copy_is_the_plan_over_the_original() {
    let local = company();
    let expected = plan(&local);
    assert!(expected["changes"].as_array().unwrap().len() >= 5, "{expected}");
    let (answer, text) = copy(&local, &[]);
    assert_eq!(answer.stdout, "Copied 7 users, 4 groups and 9 memberships to copy.json\n");
    assert_eq!(answer.stderr, "");
    let (local, _served) = pointed_at_copy(local);
    assert_eq!(plan(&local), expected);

    // A copy of the copy is the copy.
    let again = local.run(&["snapshot", "--out", "again.json"]);
    assert_eq!(again.code, 0, "{again:?}");
    assert_eq!(fs::read_to_string(local.path().join("again.json")).unwrap(), text);
}

#[test]
fn what_the_sandbox_holds_is_copied_with_its_ids() {
    let local = company();
    let (_, text) = copy(&local, &[]);
    let (original, copy): (Value, Value) = (local.document(), serde_json::from_str(&text).unwrap());
    assert_eq!(copy["organization"]["_id"], original["organization"]["_id"]);
    assert_eq!(copy["organization"]["name"], "Umbrella Works");
    let settings = json!({ "maxSystemUsers": 50, "newSystemUserStateDefaults": { "manualEntry": "STAGED" } });
    assert_eq!(copy["organization"]["settings"], settings);
    let ids = |document: &Value, part: &str, id: &str| -> BTreeSet<String> {
        document[part].as_array().unwrap().iter().map(|one| one[id].to_string()).collect()
    };
    for (part, id) in [("users", "_id"), ("groups", "id"), ("activeDirectories", "id"), ("userStates", "id")]
    {
        assert_eq!(ids(&copy, part, id), ids(&original, part, id), "{part}");
    }
    assert_eq!(copy["activeDirectories"], original["activeDirectories"]);
    assert_eq!(copy["userStates"], original["userStates"]);
    let groups = |document: &Value| -> Vec<Value> {
        let mut groups = document["groups"].as_array().unwrap().clone();
        for group in &mut groups {
            if let Some(attributes) = group["attributes"].as_object_mut() {
                attributes.remove("radius");
            }
            group.as_object_mut().unwrap().retain(|_, value| !value.is_null());
        }
        groups
    };
    assert_eq!(groups(&copy), groups(&original));
    for (copied, user) in copy["users"].as_array().unwrap().iter().zip(original["users"].as_array().unwrap())
    {
        for (name, value) in user.as_object().unwrap() {
            match name.as_str() {
                "ssh_keys" | "public_key" | "recoveryEmail" | "mfa" | "mfaEnrollment" | "admin" => {}
                // The answer gives entries ids.
                "phoneNumbers" | "addresses" => {
                    for (field, value) in value[0].as_object().unwrap() {
                        assert_eq!(copied[name][0][field], *value, "{name}.{field}");
                    }
                }
                _ if *value == json!(false) => assert!(copied.get(name).is_none_or(|copied| copied == value)),
                _ => assert_eq!(copied[name], *value, "{name} of {user}"),
            }
        }
    }
}

#[test]
fn nothing_is_written_and_no_secret_is_copied() {
    let local = company();
    let organization = local.organization();
    let before = organization.sandbox().requests().len();
    let (_, text) = copy(&local, &[]);
    assert!(!text.contains("s3cret") && !text.contains(Organization::API_KEY), "{text}");
    let requests = organization.sandbox().requests().split_off(before);
    assert!(requests.len() > 8, "{requests:?}");
    for request in &requests {
        assert!(!request.is_write() && request.method == "GET", "{request:?}");
    }
    let paths: BTreeSet<&str> = requests.iter().map(|request| request.path.as_str()).collect();
    for path in
        ["/api/systemusers", "/api/v2/usergroups", "/api/v2/activedirectories", "/api/v2/bulk/userstates"]
    {
        assert!(paths.contains(path), "{path}: {paths:?}");
    }
}

#[test]
fn pseudonyms_hide_every_name_and_leave_the_shape() {
    let local = company();
    let (_, plain) = copy(&local, &[]);
    let (_, text) = copy(&local, &["--pseudonymize", "--force"]);
    let lower = text.to_lowercase();
    for name in NAMES {
        assert!(plain.to_lowercase().contains(name), "{name} tests nothing");
        assert!(!lower.contains(name), "{name} in\n{text}");
    }
    let (plain, hidden): (Value, Value) =
        (serde_json::from_str(&plain).unwrap(), serde_json::from_str(&text).unwrap());
    let by_name = |document: &Value, name: &str| -> Value {
        let plain = plain["users"].as_array().unwrap().iter();
        let position = plain.clone().position(|user| user["username"] == name).unwrap();
        document["users"][position].clone()
    };
    let (zelda, yuri) = (by_name(&hidden, "zelda.quinn"), by_name(&hidden, "yuri"));
    assert_eq!(zelda["_id"], by_name(&plain, "zelda.quinn")["_id"]);
    assert_eq!(zelda["department"], yuri["department"], "equal but for case");
    assert_eq!(
        zelda["email"].as_str().unwrap().split_once('@').unwrap().0,
        zelda["username"],
        "a mail address is that of a username"
    );
    assert_eq!(yuri["manager"], by_name(&plain, "yuri")["manager"]);
    let filter = hidden["groups"].to_string();
    assert!(filter.contains(&format!("department:eq:{}", zelda["department"].as_str().unwrap())), "{filter}");
    let members = |document: &Value| -> Vec<usize> {
        document["groups"]
            .as_array()
            .unwrap()
            .iter()
            .map(|group| group["members"].as_array().unwrap().len())
            .collect()
    };
    assert_eq!(members(&hidden), members(&plain));
    let mail = regex::Regex::new(r"^alias\d+@alias\d+\.example\.com$").unwrap();
    for user in hidden["users"].as_array().unwrap() {
        assert!(mail.is_match(user["email"].as_str().unwrap()), "{user}");
    }

    // Who leaves and which memberships change is what it was.
    let causes = |plan: &Value| -> Vec<(Value, Value, Value)> {
        let changes = plan["changes"].as_array().unwrap().iter();
        let gone = changes.filter(|change| change["action"] == "remove");
        gone.map(|change| (change["kind"].clone(), change["guid"].clone(), change["cause"].clone())).collect()
    };
    let mut expected = causes(&plan(&local));
    let (local, _served) = pointed_at_copy(local);
    let mut found = causes(&plan(&local));
    for list in [&mut expected, &mut found] {
        list.sort_by_key(|change| format!("{change:?}"));
    }
    assert!(!found.is_empty());
    assert_eq!(found, expected);
}

#[test]
fn the_same_organization_gets_the_same_pseudonyms() {
    let local = company();
    let (_, first) = copy(&local, &["--pseudonymize"]);
    let (_, second) = copy(&local, &["--pseudonymize", "--force"]);
    assert_eq!(first, second);
}

#[cfg(unix)]
#[test]
fn the_file_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let local = company();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    copy(&local, &[]);
    let file = local.path().join("copy.json");
    assert_eq!(mode(&file), 0o600);
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
    copy(&local, &["--force"]);
    assert_eq!(mode(&file), 0o600);
}

fn refused(local: &Local, options: &[&str], code: i32, says: &str) {
    let file = local.path().join("copy.json");
    let before = fs::read(&file).ok();
    let answer = local.run(&[&["snapshot", "--out", "copy.json"], options].concat());
    assert_eq!((answer.code, answer.stdout.as_str()), (code, ""), "{answer:?}");
    assert!(answer.stderr.contains(says) && answer.stderr.contains("help: "), "{}", answer.stderr);
    assert_eq!(fs::read(&file).ok(), before);
}

#[test]
fn a_file_that_is_there_is_replaced_only_by_force() {
    let local = company();
    fs::write(local.path().join("copy.json"), "mine").unwrap();
    let before = local.organization().sandbox().requests().len();
    refused(&local, &[], 1, "sandbox::in_the_way");
    assert_eq!(local.organization().sandbox().requests().len(), before, "it says so before it reads");
    copy(&local, &["--force"]);
}

#[test]
fn a_log_beside_the_file_is_not_mixed_with_it() {
    let mut local = company();
    copy(&local, &[]);
    let expected = plan(&local);
    let original = std::mem::replace(&mut local.target, Target::File);
    // A sandbox on the copy that took a write, and was killed.
    let mut served = Served::keeping(&local.path().join("copy.json"));
    local.target = Target::Url(served.url.clone());
    local.apply();
    served.kill();
    local.target = original;
    let log = local.path().join("copy.json.log");
    assert!(log.exists());
    refused(&local, &[], 1, "sandbox::in_the_way");
    fs::remove_file(local.path().join("copy.json")).unwrap();
    refused(&local, &[], 1, "copy.json.log is there already");
    copy(&local, &["--force"]);
    assert!(!log.exists());
    let (local, _served) = pointed_at_copy(local);
    assert_eq!(plan(&local), expected);
}

#[test]
fn a_sandbox_that_writes_to_the_file_is_not_disturbed() {
    let mut local = company();
    copy(&local, &[]);
    let served = Served::keeping(&local.path().join("copy.json"));
    let original = std::mem::replace(&mut local.target, Target::Url(served.url.clone()));
    local.apply();
    local.target = original;
    refused(&local, &["--force"], 1, "another process is writing to it");
}

#[test]
fn what_cannot_be_read_whole_leaves_no_file() {
    let mut local = company();
    let document = local.document();
    for path in [
        "/api/organizations/*",
        "/api/systemusers",
        "/api/v2/usergroups",
        "/api/v2/usergroups/*/membership",
        "/api/v2/activedirectories",
        "/api/v2/activedirectories/*/agents",
        "/api/v2/activedirectories/*/associations",
        "/api/v2/bulk/userstates",
    ] {
        let faults: Vec<Fault> = vec![format!("GET {path} every=1 ip-block").parse().unwrap()];
        let options = Options { faults, ..Organization::options() };
        local.target = Target::Api(Organization::with(&document, options));
        refused(&local, &[], 6, "jumpcloud::blocked");
    }
    local.target = Target::Api(Organization::of(&document));
    local.policy.jumpcloud = r#"organization "5f0000000000000000000bbb""#.to_owned();
    refused(&local, &[], 1, "jumpcloud::");
    assert!(!local.path().join("copy.json").exists());
}

#[test]
fn a_list_that_moves_while_it_is_read_leaves_no_file() {
    let mut local = Local::over_http(&json!({}));
    let conditions = Conditions { habits: [Habit::ShiftingPages].into(), ..Conditions::default() };
    let options = Options { conditions, ..Organization::options() };
    local.target = Target::Api(Organization::with(&json!({ "users": users(250) }), options));
    refused(&local, &[], 6, "jumpcloud::shifted");
}

#[test]
fn a_local_organization_is_copied_too_but_not_onto_itself() {
    let local = Local::in_file(&organization());
    let (answer, _) = copy(&local, &[]);
    assert_eq!(answer.stdout, "Copied 3 users, 2 groups and 3 memberships to copy.json\n");
    let answer = local.run(&["snapshot", "--out", "./organization.json", "--force"]);
    assert_eq!(answer.code, 1, "{answer:?}");
    assert!(answer.stderr.contains("cli::onto_itself"), "{}", answer.stderr);
}
