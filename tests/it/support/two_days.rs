//! One company on two days, with nearly everything between them that a plan can hold.

use serde_json::{Value, json};

use super::desk::Desk;
use super::organization::Organization;
use super::remains::list;
use super::staff::Staff;

/// JumpCloud's Active Directory object.
const DIRECTORY: &str = "5c0000000000000000000001";
/// What the policy says beside where both sides are.
pub(crate) const NODES: &str = r#"administrators-group "Admins"
    attributes {
        phone "work" "telephoneNumber"
        manager "manager"
    }
    takeover "adopt"
    dissociation "remove" {
        left "unbind"
        disabled "remove" after="7d"
        moved "unbind" after="1d"
    }"#;

/// The directory of the first day.
pub(crate) fn yesterday() -> Staff {
    Staff::new()
        .users(["ada", "bob", "bruno", "dora", "ines", "lena", "otto", "rita", "sam"])
        .group("Engineering", ["ada", "dora", "lena", "rita", "sam"])
        .group("Old", ["ada", "lena"])
        .group("Gone", ["bob"])
        .outer_group("Admins", ["dora"])
}

/// The directory of the second day: three came, two of whom manage each other, one by the name of somebody who left, two swapped their names, one
/// returned, four leave, each in another way, two groups go and one is new, somebody else is the administrator, and
/// JumpCloud's agent has brought others.
pub(crate) fn today() -> Staff {
    yesterday()
        .users(["nils", "nora", "rita2", "jan", "kim", "tom"])
        .rename("rita2", "rita")
        .group("New", ["nils", "bruno"])
        .group("Support", ["jan", "nora"])
        .group("Finance", ["tom"])
        .rename("ada", "bob")
        .rename("bob", "ada")
        .join("Engineering", ["ines", "nora"])
        .leave("Engineering", "dora")
        .leave("Admins", "dora")
        .join("Admins", ["ines"])
        .leave_all("lena")
        .move_out("otto")
        .delete("rita")
        .disable("sam")
        .leave_all("Old")
        .delete("Gone")
        .set("nils", "telephoneNumber", "1")
        .manage("nils", "nora")
        .manage("nora", "nils")
        .manage("ines", "nils")
        .manage("jan", "dora")
        .manage("dora", "sam")
}

/// An organization in step with a directory. `others` are in it from the beginning.
pub(crate) fn in_step(nodes: &str, staff: &Staff, others: &Value) -> Value {
    let mut document = others.clone();
    document["activeDirectories"] = json!([{ "domain": "DC=corp;DC=example;DC=com", "id": DIRECTORY }]);
    let organization = Organization::of(&document);
    let answer = Desk::new(nodes, staff).apply(&organization);
    assert_eq!(answer.code, 0, "{answer:?}");
    organization.document()
}

/// The organization before the second day.
pub(crate) fn morning() -> Value {
    let others = json!({ "users": [{ "username": "zoe", "email": "zoe@example.com" }] });
    let mut document = in_step(NODES, &yesterday(), &others);
    edit(&mut document, "lena", |lena| lena["externally_managed"] = true.into());
    suspend(&mut document, "otto", "moved");
    suspend(&mut document, "bruno", "disabled");
    list(&mut document["activeDirectories"][0]["users"]).retain(|bound| bound != "bruno");
    let from_agent = |name: &str| {
        json!({
            "username": name, "email": format!("{name}@example.com"), "firstname": "J", "lastname": "K",
            "externally_managed": true, "external_source_type": "active_directory",
            "external_dn": format!("CN={name},{}", super::staff::ROOT),
            "attributes": [{ "name": "badge", "value": "7" }],
            "restrictedFields": [{ "field": "email", "type": "active_directory" }],
        })
    };
    let tom = json!({ "username": "tommy", "email": "tom@example.com" });
    list(&mut document["users"]).extend([from_agent("jan"), from_agent("kim"), tom]);
    list(&mut document["activeDirectories"][0]["users"]).push("jan".into());
    list(&mut document["activeDirectories"][0]["groups"]).push("Support".into());
    list(&mut document["groups"]).extend([
        json!({ "name": "Support", "description": "Phones", "members": ["kim", "zoe"] }),
        json!({ "name": "Finance", "members": ["zoe"] }),
    ]);
    for group in list(&mut document["groups"]).iter_mut().filter(|group| group["name"] == "Engineering") {
        list(&mut group["members"]).push("zoe".into());
    }
    // With ids for all.
    Organization::of(&document).document()
}

/// Changes a user of an organization.
pub(crate) fn edit(document: &mut Value, username: &str, change: impl FnOnce(&mut Value)) {
    change(list(&mut document["users"]).iter_mut().find(|user| user["username"] == username).unwrap());
}

/// Suspends a user, as a run of long ago did.
pub(crate) fn suspend(document: &mut Value, username: &str, cause: &str) {
    edit(document, username, |user| {
        user["state"] = "SUSPENDED".into();
        for name in ["adLeaving", "adSuspended"] {
            let value = format!("{cause} 2026-01-01T00:00:00Z");
            list(&mut user["attributes"]).push(json!({ "name": name, "value": value }));
        }
    });
}
