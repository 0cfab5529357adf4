//! The life of an organization, by every operation that there is.

use serde_json::{Value, json};

use super::walk::{Call, Walk};

// What tests/clients/organization.json holds.
const ORGANIZATION: &str = "5f1b881d9b3a4d2b3c4d5e6f";
const ADA: &str = "64a0c0de0000000000000001";
const GRACE: &str = "64a0c0de0000000000000002";
const ALAN: &str = "64a0c0de0000000000000003";
const KURT: &str = "64a0c0de0000000000000004";
const ENGINES: &str = "64b0c0de0000000000000001";
const DYNAMIC: &str = "64b0c0de0000000000000002";
const NOBODY: &str = "64b0c0de0000000000000003";
const DIRECTORY: &str = "64c0c0de0000000000000001";
const AGENT: &str = "64c0c0de00000000000000a1";
const WIKI: &str = "64d0c0de0000000000000001";
const G_SUITE: &str = "64d0c0de0000000000000002";
const OFFICE_365: &str = "64d0c0de0000000000000004";
const SYSTEM: &str = "64d0c0de0000000000000006";

pub(super) async fn walk(walk: &mut Walk) {
    bind(walk).await;
    reads(walk).await;
    users(walk).await;
    groups(walk).await;
    associations(walk).await;
    directories(walk).await;
    translation_rules(walk).await;
    bulk(walk).await;
}

impl Walk {
    async fn get(&mut self, operation: &str, ids: &[&str], query: &str) -> Value {
        self.call(Call { operation, ids, query, body: None }, 200).await
    }

    async fn send(&mut self, operation: &str, ids: &[&str], body: Value, expected: u16) -> Value {
        self.call(Call { operation, ids, query: "", body: Some(body) }, expected).await
    }
}

/// How many rows a list has, as API v1 or API v2 gives it.
fn rows(list: &Value) -> usize {
    list.as_array().or(list["results"].as_array()).map_or(usize::MAX, Vec::len)
}

fn id(object: &Value) -> String {
    let id = object.get("_id").or(object.get("id")).or(object.get("objectId"));
    id.and_then(Value::as_str).unwrap_or_else(|| panic!("{object} has no id")).to_owned()
}

/// Binds what the organization binds nobody to, so that no list is without a row.
async fn bind(walk: &mut Walk) {
    for (kind, id) in [("g_suite", G_SUITE), ("office_365", OFFICE_365), ("system", SYSTEM)] {
        let bind = json!({ "op": "add", "type": kind, "id": id, "attributes": { "sudo": { "enabled": true, "withoutPassword": false } } });
        walk.send("graph_userGroupAssociationsPost", &[ENGINES], bind, 204).await;
    }
}

/// Every list, whole, in pages, sorted, filtered and cut down.
async fn reads(walk: &mut Walk) {
    for (operation, query, expected) in [
        ("systemusers_list", "", 5),
        ("systemusers_list", "?limit=2&skip=4&sort=-username", 1),
        ("systemusers_list", "?fields=username%20email&filter=department:$eq:Engineering", 1),
        ("systemusers_list", "?search=lovelace", 1),
        ("organization_list", "", 1),
        ("activedirectories_list", "?limit=1&sort=id", 1),
        ("bulk_userStatesList", "", 1),
        ("directories_list", "", 4),
        ("groups_list", "", 4),
        ("groups_list", "?sort=name&limit=1&skip=1", 1),
        ("groups_user_list", "", 3),
        ("groups_user_list", "?filter=name:eq:Engines&fields=name", 1),
    ] {
        assert_eq!(rows(&walk.get(operation, &[], query).await), expected, "{operation}{query}");
    }
    for (operation, query) in
        [("systemusers_list", "?limit=x"), ("groups_user_list", "?filter=name"), ("groups_list", "?skip=-1")]
    {
        walk.call(Call { operation, ids: &[], query, body: None }, 400).await;
    }
    for (body, expected) in [
        (json!({}), 5),
        (json!({ "filter": { "and": [{ "state": "STAGED" }] } }), 1),
        (json!({ "searchFilter": { "searchTerm": "hop", "fields": ["username"] }, "fields": "username" }), 1),
        (json!({ "limit": 1, "skip": 1, "sort": "email" }), 1),
    ] {
        assert_eq!(
            rows(&walk.send("search_systemusers_post", &[], body.clone(), 200).await),
            expected,
            "{body}"
        );
    }
    for wrong in [
        json!({ "filter": [7] }),
        json!({ "sort": ["email"] }),
        json!({ "fields": 7 }),
        json!({ "limit": "x" }),
    ] {
        walk.send("search_systemusers_post", &[], wrong, 400).await;
    }
    walk.get("organizations_get", &[ORGANIZATION], "").await;

    for (operation, of, expected) in [
        ("graph_userGroupTraverseActiveDirectory", ENGINES, 1),
        ("graph_userGroupTraverseApplication", ENGINES, 1),
        ("graph_userGroupTraverseDirectory", ENGINES, 4),
        ("graph_userGroupTraverseGSuite", ENGINES, 1),
        ("graph_userGroupTraverseLdapServer", ENGINES, 1),
        ("graph_userGroupTraverseOffice365", ENGINES, 1),
        ("graph_userGroupTraverseRadiusServer", ENGINES, 1),
        ("graph_userGroupTraverseSystemGroup", ENGINES, 1),
        ("graph_userGroupTraverseSystem", ENGINES, 1),
        ("graph_userGroupMembersList", ENGINES, 2),
        ("graph_userGroupMembership", ENGINES, 2),
        ("graph_userMemberOf", ADA, 1),
        ("graph_userTraverseActiveDirectory", GRACE, 1),
        ("graph_userTraverseApplication", GRACE, 1),
        ("graph_userTraverseDirectory", ADA, 4),
        ("graph_userTraverseGSuite", ADA, 1),
        ("graph_userTraverseLdapServer", ADA, 1),
        ("graph_userTraverseOffice365", ADA, 1),
        ("graph_userTraverseRadiusServer", ADA, 1),
        ("graph_userTraverseSystemGroup", ADA, 1),
        ("graph_userTraverseSystem", GRACE, 1),
        ("graph_activeDirectoryTraverseUser", DIRECTORY, 2),
        ("graph_activeDirectoryTraverseUserGroup", DIRECTORY, 1),
    ] {
        assert_eq!(rows(&walk.get(operation, &[of], "").await), expected, "{operation} of {of}");
    }
    let path = walk.get("graph_userTraverseApplication", &[ADA], "").await;
    assert_eq!(path[0]["paths"][0][0]["to"], json!({ "type": "user_group", "id": ENGINES }), "{path}");
    let path = walk.get("graph_userTraverseSystem", &[ADA], "").await;
    assert_eq!(path[0]["paths"][0][1]["attributes"]["sudo"]["enabled"], true, "{path}");
    let directories = walk.get("directories_list", &[], "?sort=id").await;
    let ids: Vec<String> = directories.as_array().unwrap().iter().map(id).collect();
    assert!(ids.is_sorted(), "{ids:?}");
    for (query, expected) in [("?search=clients", 1), ("?search=nobody", 0), ("?fields=displayName", 1)] {
        let organizations = walk.get("organization_list", &[], query).await;
        assert_eq!(rows(&organizations), expected, "{query}");
        assert_eq!(
            organizations["results"][0].get("logoUrl").is_none(),
            query != "?search=clients",
            "{query}"
        );
    }
}

async fn users(walk: &mut Walk) {
    let new = json!({
        "username": "ida.rhodes", "email": "ida.rhodes@example.com", "firstname": "Ida", "lastname": "Rhodes",
        "attributes": [{ "name": "adObjectGuid", "value": "00000000-0000-0000-0000-000000000009" }],
        "phoneNumbers": [{ "type": "mobile", "number": "+1 202 555 0100" }],
        "addresses": [{ "type": "work", "country": "US" }],
        "manager": ADA, "external_dn": "CN=Ida Rhodes,DC=example,DC=com", "external_source_type": "active_directory",
        "externally_managed": true, "state": "STAGED", "alternateEmail": "ida@example.org",
    });
    let ida = id(&walk.send("systemusers_post", &[], new.clone(), 200).await);
    walk.send("systemusers_post", &[], new, 400).await;
    for wrong in [
        json!({ "username": "x" }),
        json!({ "username": "x", "email": "x@example.com", "state": "GONE" }),
        json!({ "username": "x", "email": "x@example.com", "attributes": {} }),
        json!({ "username": 7, "email": "x@example.com" }),
        json!({ "username": "x", "email": "x@example.com", "mfa": { "configured": "yes" } }),
        json!({ "username": "x", "email": "x@example.com", "recoveryEmail": { "address": 7 } }),
        json!({ "username": "x", "email": "x@example.com", "addresses": [{ "country": 7 }] }),
        json!([]),
    ] {
        walk.send("systemusers_post", &[], wrong, 400).await;
    }
    let detailed = Call {
        operation: "systemusers_post",
        ids: &[],
        query: "?fullValidationDetails=password",
        body: Some(json!({ "username": "ada.lovelace", "email": "other@example.com" })),
    };
    assert!(walk.call(detailed, 400).await["details"].is_array());
    for user in [&ida, ADA, GRACE, ALAN, KURT] {
        walk.get("systemusers_get", &[user], "").await;
    }
    walk.get("systemusers_get", &[&ida], "?fields=username").await;
    walk.send("systemusers_state_activate", &[&ida], json!({ "email": "ida@example.org" }), 200).await;
    let changed = json!({ "lastname": "Rhodes Kohn", "manager": null, "unknown": 1, "sudo": true, "ldap_binding_user": true, "mfa": { "exclusion": true, "exclusionDays": 3, "seed": "x" }, "recoveryEmail": { "address": "ida@example.org", "seed": "x" }, "addresses": [{ "type": "work", "country": null, "seed": "x" }] });
    assert_eq!(walk.send("systemusers_put", &[&ida], changed, 200).await["lastname"], "Rhodes Kohn");
    assert_eq!(
        walk.send("systemusers_put", &[&ida], json!({ "suspended": true }), 200).await["state"],
        "SUSPENDED"
    );
    walk.send("systemusers_put", &[&ida], json!({ "email": "ada.lovelace@example.com" }), 400).await;
    for operation in ["systemusers_expire", "systemusers_unlock", "systemusers_resetmfa"] {
        walk.send(operation, &[&ida], json!({}), 200).await;
    }
    let key = json!({ "name": "desk", "public_key": "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDesk" });
    let key = id(&walk.send("sshkey_post", &[&ida], key, 200).await);
    walk.send("sshkey_post", &[&ida], json!({ "name": "desk" }), 400).await;
    assert_eq!(rows(&walk.get("sshkey_list", &[&ida], "").await), 1);
    walk.get("sshkey_delete", &[&ida, &key], "").await;
    walk.get("systemusers_get", &[&ida], "").await;
    // She has reports.
    walk.call(Call { operation: "systemusers_delete", ids: &[ADA], query: "", body: None }, 409).await;
    walk.get("systemusers_delete", &[&ida], "").await;
    walk.call(Call { operation: "systemusers_get", ids: &[&ida], query: "", body: None }, 404).await;
}

async fn groups(walk: &mut Walk) {
    let new = json!({
        "name": "Compilers", "description": "A-0 and after", "email": "compilers@example.com",
        "attributes": {
            "sudo": { "enabled": true, "withoutPassword": false }, "posixGroups": [{ "id": 900, "name": "compilers" }],
            "ldapGroups": [{ "name": "compilers" }], "sambaEnabled": true,
            "radius": { "reply": [{ "name": "Class", "value": "x" }] },
        },
    });
    let group = id(&walk.send("groups_user_post", &[], new, 201).await);
    walk.send("groups_user_post", &[], json!({ "name": "Compilers" }), 409).await;
    walk.send("groups_user_post", &[], json!({ "description": "no name" }), 400).await;
    let dynamic = json!({
        "name": "London", "membershipMethod": "DYNAMIC_REVIEW_REQUIRED",
        "memberQuery": { "queryType": "FilterQuery", "filters": ["department:eq:Engineering"] },
        "memberQueryExemptions": [{ "id": GRACE, "type": "user" }], "memberSuggestionsNotify": true,
    });
    let dynamic = id(&walk.send("groups_user_post", &[], dynamic, 201).await);
    for group in [&group, &dynamic, ENGINES, DYNAMIC, NOBODY] {
        walk.get("groups_user_get", &[group], "").await;
    }
    let changed = json!({ "name": "Compilers", "description": "and linkers" });
    assert_eq!(walk.send("groups_user_put", &[&group], changed, 200).await["description"], "and linkers");
    walk.send("groups_user_put", &[&group], json!({ "name": "Engines" }), 409).await;
    let member = |op: &str, user: &str| json!({ "op": op, "type": "user", "id": user });
    walk.send("graph_userGroupMembersPost", &[&group], member("add", ALAN), 204).await;
    walk.send("graph_userGroupMembersPost", &[&group], member("add", ALAN), 409).await;
    walk.send("graph_userGroupMembersPost", &[&group], member("remove", ADA), 404).await;
    walk.send("graph_userGroupMembersPost", &[DYNAMIC], member("add", ADA), 400).await;
    walk.send(
        "graph_userGroupMembersPost",
        &[&group],
        json!({ "op": "add", "type": "system", "id": ADA }),
        400,
    )
    .await;
    assert_eq!(rows(&walk.get("graph_userGroupMembersList", &[&group], "?limit=1").await), 1);
    walk.get("groups_user_delete", &[&group], "").await;
    walk.get("groups_user_delete", &[&dynamic], "").await;
}

async fn associations(walk: &mut Walk) {
    for (list, post, of, target, other) in [
        ("graph_userAssociationsList", "graph_userAssociationsPost", ALAN, "application", WIKI),
        (
            "graph_userGroupAssociationsList",
            "graph_userGroupAssociationsPost",
            NOBODY,
            "active_directory",
            DIRECTORY,
        ),
        (
            "graph_activeDirectoryAssociationsList",
            "graph_activeDirectoryAssociationsPost",
            DIRECTORY,
            "user",
            ADA,
        ),
    ] {
        let operation = |op: &str| json!({ "op": op, "type": target, "id": other });
        walk.send(post, &[of], operation("add"), 204).await;
        walk.send(post, &[of], operation("add"), 409).await;
        let with_attributes =
            json!({ "op": "update", "type": target, "id": other, "attributes": { "note": "x" } });
        walk.send(post, &[of], with_attributes, 204).await;
        // What says nothing of them leaves them.
        walk.send(post, &[of], operation("update"), 204).await;
        walk.send(post, &[of], json!({ "op": "add", "type": "planet", "id": other }), 400).await;
        let listed = walk.get(list, &[of], &format!("?targets={target}")).await;
        let mut listed = listed.as_array().unwrap().iter();
        let bound =
            listed.find(|each| each["to"]["id"] == other).unwrap_or_else(|| panic!("{list}: {listed:?}"));
        assert_eq!(bound["attributes"]["note"], "x", "{list}");
        for query in ["", "?targets=planet"] {
            walk.call(Call { operation: list, ids: &[of], query, body: None }, 400).await;
        }
        walk.send(post, &[of], operation("remove"), 204).await;
        walk.send(post, &[of], operation("remove"), 404).await;
    }
}

async fn directories(walk: &mut Walk) {
    let new =
        json!({ "domain": "DC=labs;DC=example;DC=com", "useCase": "ADASAUTHORITY", "groupsEnabled": true });
    let made = id(&walk.send("activedirectories_post", &[], new, 201).await);
    walk.send("activedirectories_post", &[], json!({ "domain": 7 }), 400).await;
    for directory in [&made, DIRECTORY] {
        walk.get("activedirectories_get", &[directory], "").await;
    }
    let agent =
        id(&walk.send("activedirectories_agentsPost", &[&made], json!({ "agentType": "SYNC" }), 201).await);
    walk.send("activedirectories_agentsPost", &[&made], json!({ "agentType": "SPY" }), 400).await;
    for (directory, agent) in [(made.as_str(), agent.as_str()), (DIRECTORY, AGENT)] {
        assert_eq!(rows(&walk.get("activedirectories_agentsList", &[directory], "").await), 1);
        walk.get("activedirectories_agentsGet", &[directory, agent], "").await;
    }
    let gone =
        Call { operation: "activedirectories_agentsDelete", ids: &[&made, &agent], query: "", body: None };
    walk.call(gone, 204).await;
    walk.get("activedirectories_delete", &[&made], "").await;
}

async fn translation_rules(walk: &mut Walk) {
    let rule = json!({ "source": "company", "destination": "company", "direction": "EXPORT" });
    walk.send("translationRules_create", &[DIRECTORY], rule.clone(), 200).await;
    walk.send("translationRules_create", &[DIRECTORY], json!({ "source": "company" }), 400).await;
    let made = walk.get("translationRules_list", &[DIRECTORY], "").await;
    let made = id(&made["rules"][0]);
    let changed = json!({ "source": "ACME", "destination": "company", "sourceType": "CONSTANT", "appliedOn": ["UPDATE"] });
    walk.send("translationRules_update", &[DIRECTORY, &made], changed, 200).await;
    let bulk = json!({ "insertTranslationRules": [rule], "deleteTranslationRuleObjectIds": [] });
    let bulk = walk.send("translationRules_bulk", &[DIRECTORY], bulk, 200).await;
    assert_eq!(bulk["insertedTranslationRules"].as_array().map(Vec::len), Some(1));
    walk.get("translationRules_recommendation", &["jumpcloud"], "").await;
    let preview = json!({ "translationRules": [], "userObjectId": ADA, "activeDirectoryId": DIRECTORY });
    walk.send("translationRules_preview", &[], preview, 200).await;
    walk.get("translationRules_delete", &[DIRECTORY, &made], "").await;
}

async fn bulk(walk: &mut Walk) {
    let users = json!([
        { "username": "jean.bartik", "email": "jean.bartik@example.com" },
        { "username": "jean.bartik", "email": "again@example.com" },
    ]);
    let job = walk.send("bulk_usersCreate", &[], users, 200).await;
    walk.send("bulk_usersCreate", &[], json!({}), 400).await;
    let results = walk.get("bulk_usersCreateResults", &[job["jobId"].as_str().unwrap()], "").await;
    assert_eq!((rows(&results), &results[0]["status"]), (2, &json!("Finished")), "{results}");
    let jean = walk.get("systemusers_list", &[], "?filter=username:$eq:jean.bartik").await;
    let jean = id(&jean["results"][0]);
    walk.send("bulk_usersUpdate", &[], json!([{ "id": jean, "lastname": "Bartik" }]), 200).await;

    let planned = json!({
        "user_ids": [jean], "state": "SUSPENDED", "start_date": "2126-01-01T09:00:00Z",
        "send_activation_emails": false,
    });
    let planned = walk.send("bulk_userStatesCreate", &[], planned, 201).await;
    let planned = planned[0]["scheduledJobId"].as_str().unwrap();
    walk.send("bulk_userStatesCreate", &[], json!({ "user_ids": [], "state": "GONE" }), 400).await;
    assert_eq!(rows(&walk.get("bulk_userStatesList", &[], "").await), 2);
    let gone = Call { operation: "bulk_userStatesDelete", ids: &[planned], query: "", body: None };
    walk.call(gone, 204).await;
}
