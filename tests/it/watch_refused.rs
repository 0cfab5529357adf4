//! A service whose account Active Directory refuses.

use std::fs;

use serde_json::json;

use crate::support::ldap_server::{ACCOUNT, DOMAIN, Script};
use crate::support::local::Local;
use crate::support::service::Service;

#[test]
fn a_refused_account_is_not_tried_with_each_cycle_and_at_once_when_the_policy_changes() {
    let local = Local::over_http(&json!({}));
    let server = Script::new().start();
    fs::write(local.path().join("ca.pem"), server.ca_pem()).unwrap();
    let policy = |line: &str| {
        let text = format!(
            r#"policy "test" {{
    {line}
    active-directory {{
        server "{}"
        bind "{}" password=(file)"password"
        ca-certificate "ca.pem"
    }}
    jumpcloud {{
        api-key (env)"JUMPCLOUD_API_KEY"
        url "{}"
    }}
    root-container "OU=Staff,{DOMAIN}"
    security-group "JumpCloud"
}}
"#,
            server.url(),
            ACCOUNT.replace('\\', "\\\\"),
            local.organization().url()
        );
        fs::write(local.path().join("policy.new"), text).unwrap();
        fs::rename(local.path().join("policy.new"), local.path().join("policy.kdl")).unwrap();
    };
    let binds = || server.requests().iter().filter(|request| request.contains("bind")).count();
    fs::write(local.path().join("password"), "wr0ng-and-secret").unwrap();
    policy("");
    let mut service = Service::of(&local, &[]);
    service.wait_for("refused the account");
    let said = service.wait_for("rests until 20");
    assert!(said.contains("a restart or an edit of the policy tries at once"), "{said}");
    service.wait_for("rests until 20");
    assert_eq!(binds(), 1);
    policy("// another password");
    service.wait_for("refused the account");
    service.wait_for("rests until 20");
    assert_eq!(binds(), 2);
    let log = service.kill().join("\n");
    assert!(!log.contains("wr0ng-and-secret"), "{log}");
}
