//! What a copy leaves out, whatever JumpCloud answers: every object of every answer is full of secrets.

use std::fs;

use serde_json::{Value, json};

use crate::support::local::{Local, Target};
use crate::support::scripted::{self, Scripted};

/// Names under which an answer might have a secret one day; some of them do.
const SECRETS: [&str; 22] = [
    "accessKeyId",
    "account_password",
    "activation_key",
    "apiKey",
    "api_key",
    "connectKey",
    "connect_key",
    "mfa_secret",
    "password",
    "passwordHash",
    "password_hash",
    "private_key",
    "public_key",
    "recoveryCode",
    "recoveryEmail",
    "secret",
    "seed",
    "ssh_keys",
    "systemToken",
    "token",
    "totp",
    "totp_secret",
];

/// Puts secrets into every object, however deep.
fn salted(value: Value) -> Value {
    match value {
        Value::Object(fields) => {
            let mut salted: serde_json::Map<String, Value> =
                fields.into_iter().map(|(name, value)| (name, salted(value))).collect();
            salted
                .extend(SECRETS.map(|name| (name.to_owned(), json!({ "value": format!("s3cret-{name}") }))));
            salted.extend([("passphrase".to_owned(), json!("s3cret-text"))]);
            Value::Object(salted)
        }
        Value::Array(entries) => entries.into_iter().map(salted).collect(),
        plain @ (Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)) => plain,
    }
}

/// Everything that a copy asks for, of an organization with one of each kind.
fn answer(path: &str) -> Option<Value> {
    let (user, group, directory) =
        ("5a0000000000000000000001", "5a0000000000000000000002", "5a0000000000000000000003");
    Some(match path.strip_prefix("/api/")? {
        "organizations" => json!({ "totalCount": 1, "results": [{ "_id": "5f0000000000000000000aaa" }] }),
        "organizations/5f0000000000000000000aaa" => json!({
            "_id": "5f0000000000000000000aaa", "name": "Umbrella Works",
            "settings": { "maxSystemUsers": 9, "newSystemUserStateDefaults": { "manualEntry": "STAGED" },
                          "passwordPolicy": { "minLength": 8 } },
        }),
        "systemusers" => json!({ "totalCount": 1, "results": [{
            "_id": user, "username": "ada", "email": "ada@umbrella.example", "state": "ACTIVATED",
            "phoneNumbers": [{ "type": "work", "number": "1" }], "addresses": [{ "type": "work", "locality": "x" }],
            "attributes": [{ "name": "n", "value": "v" }], "relationships": [{ "type": "mentor", "value": "x" }],
            "restrictedFields": [{ "field": "email", "type": "scim" }],
            "mfa": { "configured": true }, "mfaEnrollment": { "totpStatus": "ENROLLED" },
            "admin": { "id": "5a0000000000000000000009" },
            "delegatedAuthority": { "id": "5a0000000000000000000008", "name": "ActiveDirectory" },
        }] }),
        "v2/usergroups" => json!([{
            "id": group, "name": "Sales", "type": "user_group", "membershipMethod": "DYNAMIC_AUTOMATED",
            "memberQuery": { "queryType": "FilterQuery", "filters": ["department:eq:Sales"] },
            "memberQueryExemptions": [{ "id": user, "type": "user" }],
            "attributes": { "sudo": { "enabled": true, "withoutPassword": false }, "posixGroups": [{ "id": 7, "name": "p" }],
                            "ldapGroups": [{ "name": "l" }], "radius": { "reply": [{ "name": "n" }] } },
        }]),
        "v2/usergroups/5a0000000000000000000002/membership" => {
            json!([{ "id": user, "type": "user" }])
        }
        "v2/activedirectories" => {
            json!([{ "id": directory, "domain": "DC=corp", "useCase": "ADASAUTHORITY" }])
        }
        "v2/activedirectories/5a0000000000000000000003/agents" => {
            json!([{ "id": "5a0000000000000000000004", "agentType": "IMPORT", "state": "active" }])
        }
        "v2/activedirectories/5a0000000000000000000003/associations" => json!([]),
        "v2/bulk/userstates" => json!([{
            "scheduledJobId": "5a0000000000000000000005", "systemUserId": user, "state": "SUSPENDED",
            "scheduledDate": "2027-01-31T18:00:00Z",
        }]),
        _ => return None,
    })
}

#[test]
fn no_answer_has_a_secret_that_is_copied() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let server = runtime.block_on(Scripted::start(|_, seen| {
        let path = seen.target.split('?').next().unwrap();
        answer(path).map_or_else(
            || scripted::json(404, &json!({ "message": "Not Found" })),
            |body| scripted::json(200, &salted(body)),
        )
    }));
    let mut local = Local::over_http(&json!({}));
    local.target = Target::Url(server.url.to_string());
    for options in [&["--force"][..], &["--force", "--pseudonymize"]] {
        let run = local.run(&[&["snapshot", "--out", "copy.json"], options].concat());
        assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{run:?}");
        assert_eq!(run.stdout, "Copied 1 user, 1 group and 1 membership to copy.json\n");
        let text = fs::read_to_string(local.path().join("copy.json")).unwrap();
        assert!(!text.contains("s3cret"), "{text}");
        let copy: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(copy["users"][0]["mfa"]["configured"], true);
        assert_eq!(copy["userStates"].as_array().unwrap().len(), 1);
        assert_eq!(copy["activeDirectories"][0]["agents"].as_array().unwrap().len(), 1);
        assert_eq!(text.contains("Umbrella"), options.len() == 1, "{text}");
    }
    for request in server.seen() {
        assert!(answer(request.target.split('?').next().unwrap()).is_some(), "{request:?}");
    }
}
