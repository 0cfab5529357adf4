//! What the sandbox says that JumpCloud would write into Active Directory, while a sync agent is installed there.

use adjunct::sandbox::{Sandbox, WritebackKind};
use reqwest::Method;
use serde_json::{Value, json};

use crate::sandbox_api::{call, open};

const OBJECT: &str = "/api/v2/activedirectories/5c0000000000000000000001";
const ADA: &str = "5a0000000000000000000001";
const BOB: &str = "5a0000000000000000000002";
const ENGINES: &str = "5a0000000000000000000003";

/// `ada` is active and `bob` staged; both are in `Engines`. Nothing is bound to the object with these agents.
async fn company(agents: Value) -> Sandbox {
    open(json!({
        "users": [
            { "username": "ada", "email": "ada@example.com" },
            { "username": "bob", "email": "b@example.com", "state": "STAGED" },
        ],
        "groups": [{ "name": "Engines", "members": ["ada", "bob"] }],
        "activeDirectories": [
            { "domain": "DC=example;DC=com", "id": "5c0000000000000000000001", "agents": agents },
            { "domain": "DC=other;DC=com", "id": "5c0000000000000000000002",
              "agents": [{ "agentType": "IMPORT", "hostname": "dc9" }], "users": ["ada"], "groups": ["Engines"] },
        ],
    }))
    .await
}

fn sync_agent() -> Value {
    json!([{ "agentType": "SYNC", "hostname": "dc1", "state": "inactive" }])
}

async fn write(sandbox: &Sandbox, method: Method, path: &str, body: Value) -> Value {
    let (status, answer) = call(sandbox, method.clone(), path, Some(body)).await;
    assert!(status.is_success(), "{method} {path}: {answer}");
    answer
}

async fn bind(sandbox: &Sandbox, op: &str, kind: &str, id: &str) {
    let body = json!({ "op": op, "type": kind, "id": id });
    write(sandbox, Method::POST, &format!("{OBJECT}/associations"), body).await;
}

async fn member(sandbox: &Sandbox, op: &str, id: &str) {
    let body = json!({ "op": op, "type": "user", "id": id });
    write(sandbox, Method::POST, &format!("/api/v2/usergroups/{ENGINES}/members"), body).await;
}

/// What was written since the last time, in words.
struct Watch<'s> {
    sandbox: &'s Sandbox,
    seen: usize,
}

impl Watch<'_> {
    fn latest(&mut self) -> Vec<String> {
        let all = self.sandbox.writebacks();
        let latest = all[self.seen..].iter().map(|write| {
            assert_eq!(write.directory, "5c0000000000000000000001");
            assert_eq!(write.domain, "DC=example;DC=com");
            assert_eq!(
                write.fields.is_empty(),
                !matches!(write.kind, WritebackKind::UserChanged | WritebackKind::GroupChanged)
            );
            let group = write.group.as_ref().map(|group| format!(" {group}")).unwrap_or_default();
            format!("{:?} {}{group} {}", write.kind, write.name, write.fields.join(" ")).trim_end().to_owned()
        });
        let latest = latest.collect();
        self.seen = all.len();
        latest
    }
}

#[tokio::test]
async fn a_bound_user_is_written_until_bound_no_longer() {
    let sandbox = company(sync_agent()).await;
    let mut watch = Watch { sandbox: &sandbox, seen: 0 };
    let ada = format!("/api/systemusers/{ADA}");
    write(&sandbox, Method::PUT, &ada, json!({ "company": "Looms" })).await;
    assert_eq!(watch.latest(), [""; 0], "nothing is bound");
    bind(&sandbox, "add", "user", ADA).await;
    assert_eq!(watch.latest(), ["UserCreated ada"]);
    write(&sandbox, Method::PUT, &ada, json!({ "company": "Engines", "suspended": true })).await;
    assert_eq!(watch.latest(), ["UserChanged ada company state"]);
    write(&sandbox, Method::PUT, &ada, json!({ "company": "Engines" })).await;
    assert_eq!(watch.latest(), [""; 0]);
    bind(&sandbox, "remove", "user", ADA).await;
    assert_eq!(watch.latest(), ["UserReleased ada"]);
    bind(&sandbox, "add", "user", ADA).await;
    write(&sandbox, Method::DELETE, &ada, json!({})).await;
    assert_eq!(watch.latest(), ["UserCreated ada", "UserReleased ada"]);
}

#[tokio::test]
async fn a_bound_group_brings_its_members_except_those_who_are_staged() {
    let sandbox = company(sync_agent()).await;
    let mut watch = Watch { sandbox: &sandbox, seen: 0 };
    bind(&sandbox, "add", "user_group", ENGINES).await;
    assert_eq!(watch.latest(), ["UserCreated ada", "GroupCreated Engines", "MemberAdded ada Engines"]);
    let group = format!("/api/v2/usergroups/{ENGINES}");
    write(&sandbox, Method::PUT, &group, json!({ "name": "Motors" })).await;
    assert_eq!(watch.latest(), ["GroupChanged Motors name"]);
    write(&sandbox, Method::POST, &format!("/api/systemusers/{BOB}/state/activate"), json!({})).await;
    assert_eq!(watch.latest(), ["UserCreated bob", "MemberAdded bob Motors"]);
    bind(&sandbox, "add", "user", ADA).await;
    assert_eq!(watch.latest(), [""; 0], "through the group ada is there already");
    member(&sandbox, "remove", ADA).await;
    assert_eq!(watch.latest(), ["MemberRemoved ada Motors"]);
    member(&sandbox, "remove", BOB).await;
    assert_eq!(watch.latest(), ["UserReleased bob"]);
    member(&sandbox, "add", ADA).await;
    assert_eq!(watch.latest(), ["MemberAdded ada Motors"]);
    write(&sandbox, Method::DELETE, &group, json!({})).await;
    assert_eq!(watch.latest(), ["GroupReleased Motors"]);
}

#[tokio::test]
async fn without_an_installed_sync_agent_nothing_is_written() {
    for agents in [
        json!([]),
        json!([{ "agentType": "IMPORT", "hostname": "dc1" }]),
        json!([{ "agentType": "SYNC", "state": "unsealed" }]),
    ] {
        let sandbox = company(agents.clone()).await;
        bind(&sandbox, "add", "user_group", ENGINES).await;
        bind(&sandbox, "add", "user", ADA).await;
        write(&sandbox, Method::DELETE, &format!("/api/systemusers/{ADA}"), json!({})).await;
        assert_eq!(sandbox.writebacks(), [], "{agents}");
    }
    let sandbox = company(sync_agent()).await;
    bind(&sandbox, "add", "user", ADA).await;
    write(&sandbox, Method::DELETE, OBJECT, json!({})).await;
    assert_eq!(sandbox.writebacks().len(), 1, "the agents go with their object");
}
