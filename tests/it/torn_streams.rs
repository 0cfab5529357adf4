//! No truncation of what a source sends is a plan that takes anybody away.
//!
//! Everybody in the directory is in JumpCloud, and so is one person who was deleted. A whole read takes that one away and
//! nobody else; a shorter one must not be worse.

use adjunct::ad::{Settings, Source};
use adjunct::model::{Dn, DomainName, Organization};
use adjunct::plan::Plan;
use adjunct::policy::{self, Policy};
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::{RngSeed, TestCaseError};
use tokio::runtime::Runtime;

use crate::ad_read::{changed, staff, users};
use crate::support::ldap_server::{CutEnd, DOMAIN, Entry, LdapServer, Script, sid};
use crate::support::planned::{Refusal, applied, losses, plan_of};

/// The same cases in every run.
fn cases(cases: u32) -> ProptestConfig {
    ProptestConfig {
        cases,
        rng_seed: RngSeed::Fixed(0x0ad5),
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

fn policy() -> Policy {
    let text = format!(
        "policy \"test\" {{\n    active-directory {{ ldif \"x\" }}\n    jumpcloud {{ sandbox \"x\" }}\n    \
         root-container \"OU=Staff,{DOMAIN}\"\n    security-group \"JumpCloud\"\n}}\n"
    );
    policy::parse("test.kdl", &text).unwrap()
}

/// The primary group of some.
const CREW_RID: u32 = 7001;

/// Nested groups, members by primary group, and a list of members in pieces.
fn directory() -> Vec<Entry> {
    let users = users(9);
    let dn = |index: usize| users[index].dn.clone();
    let groups = [
        Entry::group(&staff("CN=JumpCloud")).members([staff("CN=Staff"), dn(0)]),
        Entry::group(&staff("CN=Staff")).members([dn(1), dn(2), dn(3), dn(4), dn(5), staff("CN=Crew")]),
        Entry::group(&staff("CN=Crew")).with("objectSid", [sid(CREW_RID)]).members([dn(6)]),
    ];
    let by_primary_group =
        [7, 8].map(|index| users[index].clone().with("primaryGroupID", [CREW_RID.to_string()]));
    users[..7].iter().cloned().chain(by_primary_group).chain(groups).collect()
}

/// The directory as it was when the organization was filled.
fn directory_before() -> Vec<Entry> {
    let zoe = Entry::user(&staff("CN=Zoe"));
    let crew = |entry: Entry| {
        if entry.dn == staff("CN=JumpCloud") {
            entry.members([staff("CN=Staff"), users(1)[0].dn.clone(), staff("CN=Zoe")])
        } else {
            entry
        }
    };
    directory().into_iter().map(crew).chain([zoe]).collect()
}

fn script(entries: Vec<Entry>, page: usize) -> Script {
    Script::new().entries(entries).page_cap(page).value_cap(4).plain()
}

/// TLS ends at bytes of its own; without it, each byte of LDAP is one on the wire.
fn settings_of(server: &LdapServer) -> Settings {
    changed(server, |access| access.allow_insecure = true)
}

async fn plan_over_ldap(server: &LdapServer, organization: &Organization) -> Result<Plan, Refusal> {
    plan_of(Source::connect(settings_of(server)).await?, &policy(), organization).await
}

struct World {
    runtime: Runtime,
    organization: Organization,
}

impl World {
    fn new() -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let server = script(directory_before(), 1000).start();
        let empty = Organization::default();
        let plan = runtime.block_on(plan_over_ldap(&server, &empty)).unwrap();
        let organization = applied(&plan, &empty);
        assert_eq!(organization.users.len(), 10);
        Self { runtime, organization }
    }

    fn over_ldap(&self, server: &LdapServer) -> Result<Plan, Refusal> {
        self.runtime.block_on(plan_over_ldap(server, &self.organization))
    }

    fn of_ldif(&self, text: &[u8]) -> Result<Plan, Refusal> {
        let root = Dn::parse(&format!("OU=Staff,{DOMAIN}")).unwrap();
        let source = Source::open_ldif("x.ldif", text, root, DomainName::new("corp.example.com"))?;
        self.runtime.block_on(plan_of(source, &policy(), &self.organization))
    }
}

#[test]
fn a_stream_cut_at_any_byte_is_an_error_or_the_plan_of_the_whole() {
    let world = World::new();
    for page in [1, 4, 1000] {
        let server = script(directory(), page).start();
        let whole = world.over_ldap(&server).unwrap();
        assert_eq!(losses(&whole), ["user zoe"]);
        let length = server.bytes_sent();
        let cut = (0..length, prop_oneof![Just(CutEnd::Close), Just(CutEnd::Reset)]);
        proptest!(cases(150), |((bytes, end) in cut)| {
            match world.over_ldap(&script(directory(), page).cut_after_bytes(bytes, end).start()) {
                Err(Refusal::Ad(error)) => prop_assert!(error.is_incomplete(), "{error:?}"),
                other => return Err(TestCaseError::fail(format!("{bytes} of {length} bytes: {other:?}"))),
            }
        });
        let server = script(directory(), page).cut_after_bytes(length, CutEnd::Close).start();
        assert_eq!(world.over_ldap(&server).unwrap(), whole);
    }
}

/// The domain's entries as `ldapsearch` exports them, in this order, without the count at the end.
fn export(order: &[usize]) -> Vec<String> {
    let entries = directory();
    let records = order.iter().map(|index| entries[*index].ldif() + "\n");
    std::iter::once("# extended LDIF\n#\n# LDAPv3\n\n".to_owned()).chain(records).collect()
}

#[test]
fn an_export_cut_at_any_byte_takes_nobody_away() {
    let world = World::new();
    let count = directory().len();
    let all: Vec<usize> = (0..count).collect();
    let whole = format!("{}# numEntries: {count}\n", export(&all).concat());
    assert_eq!(losses(&world.of_ldif(whole.as_bytes()).unwrap()), ["user zoe"]);
    // Between two entries nothing is torn; the head promises a count all the same.
    let cut = prop_oneof![(1..=count).prop_map(Place::Entries), any::<Index>().prop_map(Place::Byte)];
    proptest!(cases(2000), |(order in Just(all).prop_shuffle(), cut in cut)| {
        let records = export(&order);
        let text = records.concat();
        let end = match cut {
            Place::Entries(kept) => records[..=kept].concat().len(),
            Place::Byte(byte) => byte.index(text.len()),
        };
        match world.of_ldif(&text.as_bytes()[..end]) {
            Err(Refusal::Ad(error)) => prop_assert!(error.is_incomplete(), "{error:?}"),
            // What is cut in its head has no entries at all.
            Err(Refusal::Select(error)) if end < records[0].len() => {
                prop_assert!(error.to_string().contains("JumpCloud"), "{error}");
            }
            other => return Err(TestCaseError::fail(format!("{end} of {} bytes: {other:?}", text.len()))),
        }
    });
}

/// Where an export is cut.
#[derive(Debug, Clone, Copy)]
enum Place {
    /// Behind so many entries.
    Entries(usize),
    Byte(Index),
}
