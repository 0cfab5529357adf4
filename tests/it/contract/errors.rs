//! The errors that every operation has: no key, nothing of such an id, a body that is none.

use super::walk::{Call, Walk};

/// An id of nothing.
const NOTHING: &str = "64ffffffffffffffffffffff";

/// Operations in whose path something else than an id stands.
const WITHOUT_ID: [&str; 1] = ["translationRules_recommendation"];

pub(super) async fn walk(walk: &mut Walk) {
    let operations: Vec<(String, String, usize)> = walk
        .documents
        .operations
        .iter()
        .map(|operation| {
            (operation.id.clone(), operation.method.clone(), operation.path.matches('{').count())
        })
        .collect();
    for (operation, method, parameters) in &operations {
        let ids = vec![NOTHING; *parameters];
        let call = |ids| Call { operation, ids, query: "", body: None };
        assert_eq!(walk.call_without_key(call(&ids)).await, 401, "{operation}");
        if *parameters == 0 || WITHOUT_ID.contains(&operation.as_str()) {
            continue;
        }
        // Associations say of what kind; where a body is asked for, nothing is found before it is read.
        let (query, body) = if operation.ends_with("AssociationsList") {
            (
                format!(
                    "?targets={}",
                    if operation.contains("active") { "user" } else { "active_directory" }
                ),
                None,
            )
        } else if matches!(method.as_str(), "POST" | "PUT") {
            (String::new(), Some(body_of(operation)))
        } else {
            (String::new(), None)
        };
        walk.call(Call { operation, ids: &ids, query: &query, body: body.clone() }, 404).await;
        let malformed = vec!["not-an-id"; *parameters];
        walk.call(Call { operation, ids: &malformed, query: &query, body }, 404).await;
    }
}

/// A body that is right, of something that is not there.
fn body_of(operation: &str) -> serde_json::Value {
    use serde_json::json;
    match operation {
        "graph_activeDirectoryAssociationsPost" | "graph_userGroupMembersPost" => {
            json!({ "op": "add", "type": "user", "id": NOTHING })
        }
        "graph_userGroupAssociationsPost" | "graph_userAssociationsPost" => {
            json!({ "op": "add", "type": "active_directory", "id": NOTHING })
        }
        "groups_user_put" => json!({ "name": "Nothing" }),
        "sshkey_post" => json!({ "name": "desk", "public_key": "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDesk" }),
        "activedirectories_agentsPost" => json!({ "agentType": "IMPORT" }),
        "translationRules_create" => json!({ "source": "company", "destination": "company" }),
        "translationRules_update" => json!({
            "source": "company", "destination": "company", "sourceType": "PATH", "appliedOn": ["CREATE"],
        }),
        _ => json!({}),
    }
}
