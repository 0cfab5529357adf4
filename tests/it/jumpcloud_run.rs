//! The binary against an organization over HTTP: what it asks, as whom, and how fast.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use adjunct::sandbox::{Options, ServiceAccount};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::command::{Answer, adjunct_with};
use crate::support::organization::Organization;

/// The security group, with nobody in it.
const DIRECTORY: &str = "dn: CN=JumpCloud,DC=example,DC=com
objectClass: group
cn: JumpCloud
objectGUID:: qqqqqqqqqqqqqqqqqqqqqg==
groupType: -2147483646

# numEntries: 1
";

pub(crate) const ACCOUNT_ID: &str = "5f1b";
pub(crate) const SECRET: &str = "s3cret-that-nobody-may-see";

pub(crate) fn service_account() -> ServiceAccount {
    let lifetime = Duration::from_hours(1);
    ServiceAccount { id: ACCOUNT_ID.to_owned(), secret: SECRET.into(), lifetime }
}

/// Plans in a folder, with these lines in the policy's block `jumpcloud` and these variables beside the secrets.
pub(crate) fn plan_in(folder: &Path, jumpcloud: &str, variables: &[(&str, &str)]) -> Answer {
    let policy = format!(
        "policy \"corp\" {{
    active-directory {{ ldif \"directory.ldif\"; }}
    jumpcloud {{
        {jumpcloud}
    }}
    root-container \"DC=example,DC=com\"
    security-group \"JumpCloud\"
}}
"
    );
    fs::write(folder.join("policy.kdl"), policy).unwrap();
    fs::write(folder.join("directory.ldif"), DIRECTORY).unwrap();
    let mut all = vec![("KEY", Organization::API_KEY), ("SECRET", SECRET)];
    all.extend(variables);
    adjunct_with(folder, &all, &["plan", "policy.kdl", "--format", "json", "--allow", "empty"])
}

fn plan(jumpcloud: &str) -> Answer {
    plan_in(TempDir::new().unwrap().path(), jumpcloud, &[])
}

/// How often each path was asked for.
fn paths(organization: &Organization) -> BTreeMap<String, usize> {
    let mut paths = BTreeMap::new();
    for request in organization.sandbox().requests() {
        *paths.entry(request.path).or_default() += 1;
    }
    paths
}

/// An organization of 150 users in an owned group, bound to the Active Directory object, beside a foreign group.
fn company() -> Value {
    let names: Vec<String> = (0..150).map(|n| format!("u{n:03}")).collect();
    let users: Vec<Value> = names
        .iter()
        .map(|name| json!({ "username": name, "email": format!("{name}@example.com") }))
        .collect();
    json!({
        "users": users,
        "groups": [
            { "id": "5b0000000000000000000001", "name": "JumpCloud", "members": names,
              "description": "[ad:aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa@example.com/corp]" },
            { "id": "5b0000000000000000000002", "name": "Foreign", "members": ["u000"] },
        ],
        "activeDirectories": [
            { "id": "5c0000000000000000000001", "domain": "dc=EXAMPLE;dc=com", "users": names, "groups": ["JumpCloud"],
              "agents": [{ "agentType": "IMPORT" }] },
            { "id": "5c0000000000000000000002", "domain": "DC=other;DC=com", "users": ["u000"] },
        ],
    })
}

#[test]
fn a_plan_costs_the_requests_that_the_documentation_promises() {
    let organization = Organization::of(&company());
    let answer = plan(&format!("api-key (env)\"KEY\"; url \"{}\"", organization.url()));
    assert_eq!(answer.code, 0, "{answer:?}");
    let object = "/api/v2/activedirectories/5c0000000000000000000001";
    let expected = [
        ("/api/organizations".to_owned(), 1),
        // 150 rows: the second page begins with the last row of the first.
        ("/api/systemusers".to_owned(), 2),
        ("/api/v2/usergroups".to_owned(), 1),
        ("/api/v2/usergroups/5b0000000000000000000001/membership".to_owned(), 2),
        ("/api/v2/activedirectories".to_owned(), 1),
        (format!("{object}/agents"), 1),
        (format!("{object}/associations"), 2 + 1),
    ];
    assert_eq!(paths(&organization), expected.into());
}

#[test]
fn without_an_object_of_the_domain_no_bindings_are_read() {
    let mut document = company();
    document["activeDirectories"][0]["domain"] = json!("DC=sub;DC=example;DC=com");
    let organization = Organization::of(&document);
    let answer = plan(&format!("api-key (env)\"KEY\"; url \"{}\"", organization.url()));
    assert_eq!(answer.code, 0, "{answer:?}");
    assert!(!paths(&organization).keys().any(|path| path.contains("activedirectories/")));
}

#[test]
fn two_objects_of_one_domain_are_an_error() {
    let mut document = company();
    document["activeDirectories"][1]["domain"] = json!("DC=Example,DC=com");
    let organization = Organization::of(&document);
    let answer = plan(&format!("api-key (env)\"KEY\"; url \"{}\"", organization.url()));
    assert_eq!(answer.code, 1, "{answer:?}");
    assert!(answer.stderr.contains("2 Active Directory objects"), "{answer:?}");
}

#[test]
fn bindings_that_cannot_be_read_are_no_smaller_set() {
    use crate::support::jumpcloud::fault;
    use adjunct::sandbox::FaultKind;

    let path = "/api/v2/activedirectories/5c0000000000000000000001/associations";
    let gone = fault("GET", path, 1, FaultKind::Status(403));
    let options = Options { faults: vec![gone], ..Organization::options() };
    let organization = Organization::with(&company(), options);
    let answer = plan(&format!("api-key (env)\"KEY\"; url \"{}\"", organization.url()));
    assert_eq!((answer.code, answer.stdout.as_str()), (1, ""), "{answer:?}");
    assert!(answer.stderr.contains("associations"), "{answer:?}");
}

#[test]
fn a_service_account_plans_with_one_token_and_a_wrong_secret_is_explained() {
    let options =
        Options { api_key: None, service_account: Some(service_account()), ..Organization::options() };
    let organization = Organization::with(&company(), options);
    let url = organization.url();
    let answer = plan(&format!("service-account \"{ACCOUNT_ID}\" secret=(env)\"SECRET\"; url \"{url}\""));
    assert_eq!(answer.code, 0, "{answer:?}");
    assert_eq!(organization.sandbox().tokens(), 1);

    let answer = plan(&format!("service-account \"other\" secret=(env)\"SECRET\"; url \"{url}\""));
    assert_eq!((answer.code, answer.stdout.as_str()), (1, ""), "{answer:?}");
    assert!(answer.stderr.contains("help: ") && answer.stderr.contains("service-account"), "{answer:?}");
    assert!(!answer.stderr.contains(SECRET), "{answer:?}");
}

#[test]
fn the_organization_that_is_named_is_the_plans_target_and_one_of_several_must_be_named() {
    let id = "5f1b881d9b3a4d2b3c4d5e6f";
    let mut document = company();
    document["organization"] = json!({ "_id": id, "name": "Example" });
    let others = vec!["5f0000000000000000000002".to_owned()];
    let organization =
        Organization::with(&document, Options { other_organizations: others, ..Organization::options() });
    let url = organization.url();
    let answer =
        plan(&format!("api-key (env)\"KEY\"; url \"{url}\"; organization \"{}\"", id.to_uppercase()));
    assert_eq!(answer.code, 0, "{answer:?}");
    assert_eq!(answer.json()["target"]["organization"], id);

    let answer = plan(&format!("api-key (env)\"KEY\"; url \"{url}\""));
    assert_eq!((answer.code, answer.stdout.as_str()), (1, ""), "{answer:?}");
    assert!(answer.stderr.contains("2 organizations"), "{answer:?}");
    assert!(answer.stderr.contains("help: add the organization's id to the policy"), "{answer:?}");

    let answer = plan(&format!("api-key (env)\"KEY\"; url \"{url}\"; organization \"{}\"", "f".repeat(24)));
    assert_eq!((answer.code, answer.stdout.as_str()), (1, ""), "{answer:?}");
    assert!(answer.stderr.contains(&"f".repeat(24)), "{answer:?}");
}

#[test]
fn a_rate_of_the_policy_slows_a_plan_down() {
    let organization = Organization::of(&company());
    let start = Instant::now();
    let answer = plan(&format!("api-key (env)\"KEY\"; url \"{}\"; rate \"20/s\"", organization.url()));
    assert_eq!(answer.code, 0, "{answer:?}");
    let requests = u32::try_from(organization.sandbox().requests().len()).unwrap();
    assert!(start.elapsed() >= Duration::from_millis(50) * (requests - 1), "{requests} requests");
}
