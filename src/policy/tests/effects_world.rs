//! A directory and an organization in which every node of a policy makes a difference.

use std::sync::LazyLock;

use jiff::Timestamp;

use crate::ad::Source as Export;
use crate::desired::{desire, unresolved_members};
use crate::model::{DirectoryId, DirectoryObject, Field, JumpCloudUserId, Organization, User};
use crate::plan::{self, Allowances, Plan};
use crate::policy::unit::{self, Fixture, UnitTest};
use crate::policy::{Policy, parse};

use super::uses::policy_with;

/// Who was there, and who is. Ada and Kim stay, Hal comes, and everybody else leaves in a way of their own.
const PEOPLE: &str = r#"tests {
    test "x" {
        before {
            user "ada" givenName="Ada" sn="Ames" mail="ada@example.com"
            user "kim" givenName="Kim" sn="Kent" mail="kim@example.com"
            user "ben" givenName="Ben" sn="Bell" mail="ben@example.com"
            user "carl" givenName="Carl" sn="Cole" mail="carl@example.com"
            user "dora" givenName="Dora" sn="Dean" mail="dora@example.com"
            user "emma" givenName="Emma" sn="East" mail="emma@example.com"
            user "base" givenName="Base" sn="Bott" mail="base@example.com"
            user "gus" givenName="Gus" sn="Gray" mail="gus@example.com"
            group "Sales" "ada" "kim"
            group "Ops" "ada" "kim"
            group "JumpCloud" "Sales" "Ops" "ben" "carl" "dora" "emma" "base" "gus"
        }
        directory {
            user "ada" givenName="Adah" sn="Ames" mail="ada@example.com" department="IT" manager="CN=kim,OU=Staff,DC=corp,DC=example,DC=com" $MORE
            user "kim" givenName="Kimberly" sn="Kent" mail="kim@example.com" $MORE
            user "hal" givenName="Hal" sn="Hart" mail="hal@example.com" $MORE
            user "ivy" givenName="Ivy" sn="Ives" mail="ivy@example.com" $MORE
            user "carl" givenName="Carl" sn="Cole" mail="carl@example.com" disabled=#true
            user "dora" givenName="Dora" sn="Dean" mail="dora@example.com" expires="2025-12-01T00:00:00Z"
            user "emma" givenName="Emma" sn="East" mail="emma@example.com" container="OU=Elsewhere,DC=corp,DC=example,DC=com"
            user "base" givenName="Base" sn="Bott" mail="base@example.com"
            user "gus" givenName="Gus" sn="Gray" mail="gus@example.com"
            group "Sales" "ada" "kim" "hal" "ivy" description="sells"
            group "Ops"
            group "Admins" "ada"
            group "JumpCloud" "Sales" "Ops" "carl" "dora" "emma" "base"
        }
        now "2026-01-01T00:00:00Z"
        expect { none "add" "group"; }
    }
}
"#;

/// What everybody has who stays or comes, for mappings.
const MORE: &str =
    r#"extensionAttribute1="one" extensionAttribute2="two" telephoneNumber="+1 2" displayName="Shown""#;

/// The policy that has put the organization in step with how the directory was before.
static FIRST: LazyLock<Policy> =
    LazyLock::new(|| parse("x.kdl", &policy_with("exclude", "dn \"*,OU=Nowhere,*\" - user")).unwrap());

static TEST: LazyLock<UnitTest> = LazyLock::new(|| {
    let mut tests = unit::parse("x.test.kdl", &PEOPLE.replace("$MORE", MORE)).unwrap();
    tests.tests.remove(0)
});

/// The organization, with a user and an Active Directory object that nobody brought in.
static ORGANIZATION: LazyLock<Organization> = LazyLock::new(|| {
    let before = &TEST.before[0];
    let plan = run(&FIRST, &before.directory, before.now, &Organization::default());
    let mut organization = plan::simulate(&plan, &Organization::default(), before.now);
    assert_eq!(organization.users.len(), 8, "{plan:?}");
    let id = JumpCloudUserId::new("5f1b881d9b3a4d2b3c4d5e6a");
    let fields = [(Field::Username, "ivy"), (Field::Email, "ivy@example.com")];
    let fields = fields.map(|(field, value)| (field, value.to_owned())).into();
    organization.users.insert(id, User { fields, created: Some(before.now), ..User::default() });
    let id = DirectoryId::new("5f1b881d9b3a4d2b3c4d5e6b");
    organization.directories.push(DirectoryObject { id, domain: "DC=corp;DC=example;DC=com".to_owned() });
    organization
});

/// What a policy plans in this world.
pub(super) fn plan_of(policy: &Policy) -> Plan {
    run(policy, &TEST.directory, TEST.now, &ORGANIZATION)
}

/// The plan of a policy, for a directory that is written below the first one's root container.
fn run(policy: &Policy, fixture: &Fixture, now: Timestamp, organization: &Organization) -> Plan {
    let Fixture::Written(written) = fixture else { panic!("no directory") };
    let ldif = written.ldif(&FIRST.root_container.value).unwrap();
    let root = policy.root_container.value.clone();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let mut export = Export::open_ldif("x.ldif", ldif.as_bytes(), root, policy.domain.clone()).unwrap();
        let mut directory = export.read().await.unwrap();
        let strangers = unresolved_members(policy, &directory).unwrap();
        directory.member_lookups = export.read_members(&strangers).await.unwrap();
        let desired = desire(policy, &directory, now).unwrap();
        loop {
            let needed = plan::second_look_needed(policy, &directory, &desired, organization);
            if needed.is_empty() {
                return plan::plan(policy, &directory, &desired, organization, &Allowances::default(), now);
            }
            directory.second_looks.extend(export.second_look(&needed).await.unwrap());
        }
    })
}
