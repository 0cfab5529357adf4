//! Somebody with everything that JumpCloud can hold about a person, and a group likewise, whom a run removes.

use std::path::PathBuf;
use std::process::Stdio;

use adjunct::journal::{Record, journals_in, read};
use serde_json::{Value, json};

use super::command::Answer;
use super::crossing::{Crossing, Cut};
use super::desk::Desk;
use super::organization::{Organization, text};
use super::remains::list;
use super::staff::Staff;
use super::two_days::{edit, in_step};

/// A user who is nobody's.
const ZOE: &str = "5d0000000000000000000001";

/// What no file and no output may hold.
pub(crate) const CANARY: &str = "canary";

/// The directory before the removal: rita reports to ada; bob and dora report to her.
pub(crate) fn before() -> Staff {
    Staff::new()
        .users(["ada", "bob", "dora", "rita"])
        .group("Engineering", ["ada", "rita"])
        .group("Gone", ["bob", "dora"])
}

/// The directory after it.
pub(crate) fn after() -> Staff {
    before().delete("rita").delete("Gone")
}

/// An organization in step with [`before`], in which rita and the group Gone have whatever there is to have.
pub(crate) fn full() -> Value {
    let others = json!({
        "users": [{ "username": "zoe", "email": "zoe@example.com", "_id": ZOE }],
        "groups": [{ "name": "Chess", "members": ["zoe"] }],
    });
    let mut document = in_step("", &before(), &others);
    let id = |name: &str| {
        let users = document["users"].as_array().unwrap();
        text(&users.iter().find(|user| user["username"] == name).unwrap()["_id"])
    };
    let (ada, rita) = (id("ada"), id("rita"));
    edit(&mut document, "rita", |user| {
        for (field, value) in [
            ("manager", json!(ada)),
            ("jobTitle", json!("Countess \u{202e}of \u{1b}[31mEngines")),
            ("description", json!("*bold* <b>html</b>")),
            ("employeeIdentifier", json!("E7")),
            ("alternateEmail", json!("rita@home.example")),
            ("unix_uid", json!(5005)),
            ("sudo", json!(true)),
            ("passwordless_sudo", json!(true)),
            ("allow_public_key", json!(true)),
            ("mfa", json!({ "exclusion": true, "exclusionDays": 3, "configured": false })),
            (
                "phoneNumbers",
                json!([{ "type": "work", "number": "+44 1" }, { "type": "mobile", "number": "+44 2" }]),
            ),
            ("addresses", json!([{ "type": "work", "locality": "London", "country": "GB" }])),
            ("relationships", json!([{ "type": "mentor", "value": "ada" }])),
            (
                "ssh_keys",
                json!([
                    { "_id": "5e0000000000000000000001", "name": "laptop", "public_key": "ssh-ed25519 AAAA1" },
                    { "_id": "5e0000000000000000000002", "name": "desk", "public_key": "ssh-ed25519 AAAA2" },
                ]),
            ),
            ("recoveryEmail", json!({ "address": format!("{CANARY}@example.com") })),
            ("totp_enabled", json!(true)),
            ("activated", json!(true)),
            ("public_key", json!(format!("ssh-rsa {CANARY}"))),
        ] {
            user[field] = value;
        }
        list(&mut user["attributes"]).push(json!({ "name": "badge", "value": "7" }));
        list(&mut user["restrictedFields"]).push(json!({ "field": "sudo", "type": "scim", "id": "5f00" }));
    });
    for report in ["bob", "dora"] {
        edit(&mut document, report, |user| user["manager"] = json!(rita));
    }
    for group in list(&mut document["groups"]) {
        match text(&group["name"]).as_str() {
            "Chess" => list(&mut group["members"]).push("rita".into()),
            "Gone" => {
                list(&mut group["members"]).push("zoe".into());
                let described = format!("Those who go {}", text(&group["description"]));
                group["description"] = described.into();
                group["email"] = "gone@example.com".into();
                group["attributes"] = json!({
                    "sudo": { "enabled": true, "withoutPassword": false },
                    "radius": { "reply": [{ "name": "Tunnel-Password", "value": CANARY }] },
                });
            }
            _ => {}
        }
    }
    let kinds = [
        "application",
        "g_suite",
        "idp_routing_policy",
        "ldap_server",
        "office_365",
        "password_manager_item",
        "radius_server",
        "system",
        "system_group",
    ];
    let target = |(number, kind): (usize, &str)| {
        json!({ "type": kind, "id": format!("6a00000000000000000000{number:02}"), "name": kind,
                "users": ["rita", "zoe"], "groups": ["Gone"] })
    };
    document["targets"] = kinds.into_iter().enumerate().map(target).collect();
    document["userStates"] = json!([
        { "user": "rita", "state": "SUSPENDED", "scheduledDate": "2199-01-31T18:00:00Z" },
        { "user": "rita", "state": "ACTIVATED", "scheduledDate": "2199-02-28T18:00:00Z" },
        { "user": "zoe", "state": "SUSPENDED", "scheduledDate": "2199-01-31T18:00:00Z" },
    ]);
    document["connectionAttributes"] = json!([{
        "one": { "type": "system", "id": "6a0000000000000000000007" },
        "other": { "type": "user", "id": rita },
        "attributes": { "sudo": { "enabled": true, "withoutPassword": true } },
    }]);
    Organization::of(&document).document()
}

/// The organization without what does not come back: ids of rita and of the group Gone, their marks, dates of creation,
/// secrets, the lock on a password and what was set up by hand. With these ids in the place of theirs, so that what names them is compared.
pub(crate) fn comparable(document: &Value) -> Value {
    let mut document = document.clone();
    let mut ids = Vec::new();
    for (list, name, id, stands_for) in
        [("users", "rita", "_id", "the id of rita"), ("groups", "Gone", "id", "the id of Gone")]
    {
        let named = if list == "users" { "username" } else { "name" };
        let object = document[list].as_array().unwrap().iter().find(|object| object[named] == name);
        ids.push((object.map_or(stands_for.to_owned(), |object| text(&object[id])), stands_for));
    }
    edit_if_there(&mut document, "users", "username", "rita", |rita| {
        for field in ["created", "recoveryEmail", "totp_enabled", "activated", "public_key"] {
            rita.remove(field);
        }
        let attributes = rita.get_mut("attributes").and_then(Value::as_array_mut).unwrap();
        attributes.retain(|attribute| !text(&attribute["name"]).starts_with("ad"));
        let locks = rita.get_mut("restrictedFields").and_then(Value::as_array_mut).unwrap();
        locks.retain(|lock| lock["field"] != "password");
        for key in rita.get_mut("ssh_keys").and_then(Value::as_array_mut).into_iter().flatten() {
            let key = key.as_object_mut().unwrap();
            key.retain(|name, _| name == "name" || name == "public_key");
        }
    });
    edit_if_there(&mut document, "groups", "name", "Gone", |group| {
        let description = text(&group["description"]);
        let own = description.split(" [ad:").next().unwrap().to_owned();
        group.insert("description".to_owned(), own.into());
        if let Some(attributes) = group.get_mut("attributes").and_then(Value::as_object_mut) {
            attributes.remove("radius");
        }
    });
    document["nextId"].take();
    for state in list(&mut document["userStates"]) {
        state["id"].take();
    }
    let mut whole = document.to_string();
    for (id, stands_for) in ids {
        whole = whole.replace(&id, stands_for);
    }
    let mut document = serde_json::from_str(&whole).unwrap();
    sort(&mut document);
    document
}

fn edit_if_there(
    document: &mut Value,
    objects: &str,
    named: &str,
    name: &str,
    change: impl FnOnce(&mut serde_json::Map<String, Value>),
) {
    let object = list(&mut document[objects]).iter_mut().find(|object| object[named] == name);
    if let Some(object) = object.and_then(Value::as_object_mut) {
        change(object);
    }
}

/// Sorts every array, and takes out what says nothing.
fn sort(value: &mut Value) {
    match value {
        Value::Array(entries) => {
            entries.iter_mut().for_each(sort);
            entries.sort_by_key(Value::to_string);
        }
        Value::Object(fields) => {
            fields.retain(|_, value| !matches!(value, Value::Null | Value::Bool(false)));
            fields.values_mut().for_each(sort);
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// An organization from which a run has removed rita and the group Gone, and the desk where the run's journal is.
#[derive(Debug)]
pub(crate) struct Removal {
    pub(crate) desk: Desk,
    pub(crate) start: Value,
    /// The organization after it.
    pub(crate) removed: Value,
    /// The journal of the run.
    pub(crate) journal: PathBuf,
}

impl Removal {
    /// Removes them from the full organization.
    pub(crate) fn new() -> Self {
        Self::from(full())
    }

    /// Removes them from this organization.
    pub(crate) fn from(start: Value) -> Self {
        Self::by(start, &after())
    }

    /// Removes from this organization whoever is not in that directory any more.
    pub(crate) fn by(start: Value, staff: &Staff) -> Self {
        let desk = Desk::new("", staff);
        let organization = Organization::of(&start);
        let answer = desk.apply(&organization);
        assert_eq!(answer.code, 0, "{answer:?}");
        let removed = organization.document();
        let journals = journals_in(&desk.journals()).unwrap();
        assert_eq!(journals.len(), 1);
        Self { desk, start, removed, journal: journals[0].clone() }
    }

    /// What the journal says.
    pub(crate) fn record(&self) -> Record {
        read(&self.journal).unwrap()
    }

    /// Restores into an organization, without a question, one request at a time.
    pub(crate) fn restore(&self, organization: &Organization, options: &[&str]) -> Answer {
        self.run(organization, &[&["--auto-approve", "--parallelism", "1"], options].concat())
    }

    /// Runs `restore` of the journal with these options.
    pub(crate) fn run(&self, organization: &Organization, options: &[&str]) -> Answer {
        let policy = self.desk.write_policy(&organization.url());
        let arguments = [&["restore", self.journal.to_str().unwrap(), "--policy", &policy], options].concat();
        self.desk.adjunct(&[], &arguments)
    }

    /// Restores, and kills the process at the cut. Names the write there; none when the run does not come so far.
    pub(crate) fn restore_until(&self, organization: &Organization, cut: Cut) -> Option<String> {
        let crossing = Crossing::to(&organization.url(), cut);
        let policy = self.desk.write_policy(crossing.url());
        let journal = self.journal.to_str().unwrap();
        let mut child = self
            .desk
            .command(&["restore", journal, "--policy", &policy, "--auto-approve", "--parallelism", "1"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let reached = crossing.reached();
        child.kill().unwrap();
        child.wait().unwrap();
        reached
    }
}
