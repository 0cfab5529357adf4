//! The configuration of JumpCloud's import agent becomes a policy.

use std::fs;

use serde_json::json;
use tempfile::TempDir;

use crate::support::command::{Answer, adjunct};

fn import(name: &str, config: &str) -> (TempDir, Answer) {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join(name), config).unwrap();
    let answer = adjunct(folder.path(), &["import-agent-config", name]);
    (folder, answer)
}

#[test]
fn a_whole_configuration_becomes_a_valid_policy_without_a_secret() {
    let config = json!({
        "LDAP": {
            "Hostname": "dc1.corp.example.com", "Port": 636, "UseLDAPS": true, "Username": "CORP\\jcimport",
            "Password": "canary", "DN": "CN=JumpCloud;OU=Corporate Users;DC=corp;DC=example;DC=com",
        },
        "Connect": {
            "OrgId": "5f1b881d9b3a4d2b3c4d5e6f", "ConnectKey": "canary", "To\u{1b}[31m\nken": ["canary", "canary"],
        },
        "MainLoop": {
            "UserDissociationAction": "unbind", "UserDisableAction": "suspend", "UserTakeoverAction": "retain",
            "SyncAdditionalAttributes": true, "UserFieldMapping": { "username": "userPrincipalName" },
            "PasswordChangeListener": { "PollTimeMillis": 5000 },
        },
    });
    // As an editor of Windows' saves it.
    let (folder, answer) = import("jcadimportagent.config.json", &format!("\u{feff}{config:#}"));
    assert_eq!((answer.code, answer.stderr.as_str()), (0, ""), "{answer:?}");
    assert!(!answer.stdout.contains("canary"), "{answer:?}");
    insta::assert_snapshot!("agent-config", answer.stdout);
    fs::write(folder.path().join("corp.kdl"), &answer.stdout).unwrap();
    let valid = adjunct(folder.path(), &["validate", "corp.kdl"]);
    assert_eq!((valid.code, valid.stdout.as_str()), (0, "corp.kdl: valid\n"), "{valid:?}");
}

#[test]
fn an_older_agent_knows_the_main_attributes_alone() {
    let config = r#"{ "dn": "CN=JumpCloud;CN=Users;DC=example;DC=com" }"#;
    for (name, preset) in [("adint.config.json", "core"), ("jcadimportagent.config.json", "agent")] {
        let (_, answer) = import(name, config);
        assert!(answer.stdout.contains(&format!("attributes preset=\"{preset}\"")), "{answer:?}");
    }
}

#[test]
fn what_is_no_configuration_is_an_error_that_says_what_to_do() {
    for (config, code) in [
        ("{", "agent_config::no_json"),
        ("{}", "agent_config::no_group"),
        (r#"{ "a": "CN=A;DC=x;DC=y", "b": "CN=B;DC=x;DC=y" }"#, "agent_config::several_groups"),
    ] {
        let (_, answer) = import("adint.config.json", config);
        assert_eq!((answer.code, answer.stdout.as_str()), (1, ""), "{answer:?}");
        assert!(answer.stderr.contains(code) && answer.stderr.contains("adint.config.json"), "{answer:?}");
        assert!(answer.stderr.contains("help:"), "{answer:?}");
    }
    let folder = TempDir::new().unwrap();
    assert_eq!(adjunct(folder.path(), &["import-agent-config", "not-there.json"]).code, 1);
}
