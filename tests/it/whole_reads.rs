//! The binary against a scripted domain controller: all of a large directory, or nothing of a broken one.

use std::fs;
use std::process::Output;

use assert_cmd::cargo::cargo_bin_cmd;
use serde_json::Value;
use tempfile::TempDir;

use crate::support::ldap_server::{ACCOUNT, DOMAIN, Ending, Entry, LdapServer, PASSWORD, Script};
use crate::support::organization::Organization;

const GROUPS: &str = "objectClass=group";
const USERS: &str = "objectClass=contact";

fn staff(rdn: &str) -> String {
    format!("{rdn},OU=Staff,{DOMAIN}")
}

/// As many users as wanted, all in one group of the security group.
fn directory(users: usize) -> Script {
    let name = |index: usize| staff(&format!("CN=User {index:04}"));
    Script::new()
        .entry(Entry::group(&staff("CN=JumpCloud")).members([staff("CN=Everybody")]))
        .entry(Entry::group(&staff("CN=Everybody")).members((0..users).map(name)))
        .entries((0..users).map(|index| Entry::user(&name(index))))
}

/// Runs the binary on a policy between the two servers.
fn run(server: &LdapServer, organization: &Organization, timeout: &str, arguments: &[&str]) -> Output {
    let folder = TempDir::new().unwrap();
    let policy = format!(
        r#"policy "test" {{
    active-directory {{
        server "{}"
        bind "{}" password=(env)"AD_PASSWORD"
        ca-certificate "ca.pem"
        timeout "{timeout}"
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
        organization.url()
    );
    fs::write(folder.path().join("ca.pem"), server.ca_pem()).unwrap();
    fs::write(folder.path().join("policy.kdl"), policy).unwrap();
    let (command, options) = arguments.split_first().unwrap();
    cargo_bin_cmd!("adjunct")
        .env_clear()
        .env("AD_PASSWORD", PASSWORD)
        .env("XDG_STATE_HOME", folder.path())
        .env("JUMPCLOUD_API_KEY", Organization::API_KEY)
        .arg(command)
        .arg(folder.path().join("policy.kdl"))
        .args(options)
        .output()
        .unwrap()
}

#[test]
fn a_group_of_4501_members_is_planned_whole() {
    // Windows' own limits: 1,500 values of an attribute and 1,000 entries of a page.
    let server = directory(4501).value_cap(1500).page_cap(1000).start();
    let output = run(&server, &Organization::empty(), "60s", &["plan", "--format", "json"]);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let plan: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(plan["summary"]["create"], 4501 + 2);
    assert_eq!(plan["summary"]["memberships_added"], 2 * 4501);
    assert_eq!(plan["source"]["evidence"]["ranges_closed"], 1);
    assert_eq!(plan["held_back"], Value::Array(Vec::new()));
}

#[test]
fn a_search_that_is_cut_at_any_page_plans_nothing_and_writes_nothing() {
    const PAGE: usize = 10;
    const ENTRIES: usize = 35;
    let organization = Organization::empty();
    let groups = |count: usize| (0..count).map(|index| Entry::group(&staff(&format!("CN=Group {index:02}"))));
    let server = || directory(ENTRIES).entries(groups(ENTRIES - 2)).page_cap(PAGE);
    let whole = run(&server().start(), &organization, "20s", &["apply", "--auto-approve"]);
    assert_eq!(whole.status.code(), Some(0), "{}", String::from_utf8_lossy(&whole.stderr));
    assert_eq!(organization.users().len(), ENTRIES);

    let writes = organization.writes();
    for (filter, name) in [(GROUPS, "groups"), (USERS, "users")] {
        for after in [0, 1, PAGE - 1, PAGE, PAGE + 1, ENTRIES - 1, ENTRIES] {
            for ending in [
                Ending::Result(4),
                Ending::Result(51),
                Ending::Referral,
                Ending::Close,
                Ending::TornMessage,
                Ending::Silence,
                Ending::NoPagingControl,
                Ending::RepeatedCookie,
            ] {
                let server = server().end_search(filter, after, ending).start();
                let timeout = if ending == Ending::Silence { "1s" } else { "20s" };
                let output = run(&server, &organization, timeout, &["apply", "--auto-approve"]);
                let said = String::from_utf8_lossy(&output.stderr);
                assert_eq!(output.status.code(), Some(6), "{ending:?} after {after} {name}: {said}");
                assert!(output.stdout.is_empty(), "no plan is shown");
                assert!(said.contains(name) && said.contains("help: "), "{said}");
            }
        }
    }
    assert_eq!(organization.writes(), writes, "nothing is written");
}
