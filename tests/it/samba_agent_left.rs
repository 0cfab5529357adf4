//! Coming from JumpCloud's own agent, with a real domain controller.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use crate::agent_left::{Imported, expect_adoption, expect_only_marks, organization};
use crate::support::organization::Organization;
use crate::support::record::{attribute, user, user_mut};
use crate::support::scene::Scene;

#[test]
fn all_that_the_agent_imported_is_adopted_over_ldaps() {
    let mut scene = Scene::new("agent");
    // The guards are those that a policy has without a word.
    scene.policy.nodes = r#"attributes { department "department" }"#.to_owned();
    let (samba, own) = (scene.samba, &scene.container);
    let outer = own.add_nested_group("Outer");
    let inner = own.add_group("Inner", crate::support::samba::GroupKind::Security);
    samba.add_member(&outer, &inner);
    let mut members: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut people = Vec::new();
    for number in 0..12 {
        let name = format!("user{number:02}");
        let dn = own.add_user(&name);
        let username = own.logon_name(&name);
        let chain = &["Inner", "Outer", "JumpCloud"][number % 3..];
        samba.add_member(&own.dn_of(chain[0]), &dn);
        for group in chain {
            members.entry((*group).to_owned()).or_default().insert(username.clone());
        }
        people.push(Imported { email: own.mail(&name), firstname: name, dn, username });
    }
    let foreign = own.logon_name("user07");
    let mut document = organization(&people, &members, &foreign);
    let promoted = own.logon_name("user03");
    user_mut(&mut document, &promoted)["department"] = json!("Sales");
    samba.replace(&own.dn_of("user03"), "department", &["Marketing"]);
    scene.organization = Organization::of(&document);

    let before = scene.organization.document();
    assert_eq!(scene.run(&["plan", "--detailed-exitcode"]).code, 2);
    let plan = scene.apply();
    expect_adoption(&plan, 12, 3);
    let after = scene.organization.document();
    expect_only_marks(&before, &after, &[(&*promoted, vec!["department"])].into());
    let guid = samba.guid(&own.dn_of("user07"));
    assert_eq!(attribute(user(&after, &foreign), "adObjectGuid"), Some(&*guid));
    assert_eq!(attribute(user(&after, &foreign), "badge"), Some("4711"));
}
