//! A sync agent on the directory object would write into Active Directory what is bound: nothing is written then.

use adjunct::sandbox::WritebackKind;
use serde_json::{Value, json};

use crate::support::local::Local;
use crate::support::record::{bound, user};
use crate::support::scene::set;

fn with_agents(agents: &Value) -> Local {
    let mut local = Local::over_http(&json!({
        "users": [{ "username": "ada", "email": "ada@corp.example.com" }],
        "activeDirectories": [
            { "domain": "DC=corp;DC=example;DC=com", "agents": agents, "users": ["ada"] },
            { "domain": "DC=other;DC=com", "agents": [{ "agentType": "SYNC", "hostname": "elsewhere" }] },
        ],
    }));
    for name in ["ada", "ben"] {
        local.forest.add_member(name);
    }
    local
}

#[test]
fn a_sync_agent_stops_the_plan_and_no_flag_lets_it_pass() {
    let mut local = with_agents(&json!([
        { "agentType": "IMPORT", "state": "inactive", "hostname": "dc1" },
        // Whatever its state: it may come back any time.
        { "agentType": "SYNC", "state": "inactive", "hostname": "dc2" },
    ]));
    let answer = local.refused(3);
    let document = answer.json();
    let guard = json!({
        "guard": "sync-agent", "of": "sync agents", "measured": 1, "limit": null, "percent": null, "owned": null,
        "allow": null,
    });
    assert_eq!(document["plan"]["guards"], json!([guard]), "{document:#}");
    assert_eq!(local.organization().written(), Vec::<String>::new());
    for allow in ["sync-agent", "sync-agent=1"] {
        assert_eq!(local.run(&["apply", "--auto-approve", "--allow", allow]).code, 1);
    }
    let all = ["--allow", "empty", "--allow", "removals=9", "--allow", "suspensions=9"];
    assert_eq!(local.run(&[&["apply", "--auto-approve"], &all[..]].concat()).code, 3);
    assert_eq!(local.organization().written(), Vec::<String>::new());
    assert_eq!(local.organization().sandbox().writebacks(), []);

    local.policy.jumpcloud = "directory \"ignore\"".to_owned();
    let plan = local.apply();
    assert_eq!(plan.names("user", "create"), set(["ben"]));
    assert_eq!(bound(&local.document(), "users"), set(["ada"]), "bindings are left alone");
    assert_eq!(bound(&local.document(), "groups"), set([]));
    // Nobody comes into the domain. Whom somebody else bound is written there with every change.
    let writebacks = local.organization().sandbox().writebacks();
    let written: Vec<_> = writebacks.iter().map(|write| (write.kind, write.name.as_str())).collect();
    assert_eq!(written, [(WritebackKind::UserChanged, "ada")]);
}

#[test]
fn agents_that_only_import_and_those_of_other_domains_stop_nothing() {
    let local = with_agents(&json!([{ "agentType": "IMPORT", "state": "active", "hostname": "dc1" }]));
    let plan = local.apply();
    assert_eq!((plan.names("user", "adopt"), plan.names("user", "create")), (set(["ada"]), set(["ben"])));
    assert_eq!(bound(&local.document(), "users"), set(["ada", "ben"]));
    let notes = plan.0["notes"].to_string();
    assert!(notes.contains("import-agent"), "{notes}");
    assert_eq!(user(&local.document(), "ben")["state"], "ACTIVATED");
}
