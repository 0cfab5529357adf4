//! What a whole read yields.

use std::collections::BTreeSet;
use std::time::Duration;

use adjunct::ad::{Access, AdError, CaCertificate, Credential, Settings, Source};
use adjunct::model::{
    AttributeName, Directory, Dn, DomainName, EndOfRead, MemberLookup, ObjectGuid, PrincipalKind,
};

use crate::support::ldap_server::{ACCOUNT, DOMAIN, Entry, LdapServer, PASSWORD, Script};

/// `OU=Staff` of the domain.
pub(crate) fn staff(rdn: &str) -> String {
    format!("{rdn},OU=Staff,{DOMAIN}")
}

pub(crate) fn dn(text: &str) -> Dn {
    Dn::parse(text).unwrap()
}

pub(crate) fn guid(entry: &Entry) -> ObjectGuid {
    ObjectGuid::from_ldap_bytes(&entry.guid()).unwrap()
}

/// As many users as wanted, `CN=User 0000` and so on.
pub(crate) fn users(count: usize) -> Vec<Entry> {
    (0..count).map(|index| Entry::user(&staff(&format!("CN=User {index:04}")))).collect()
}

/// How to read a scripted server.
pub(crate) fn settings(server: &LdapServer) -> Settings {
    let access = Access {
        servers: vec![server.url().parse().unwrap()],
        allow_insecure: false,
        bind: ACCOUNT.to_owned(),
        credential: Credential::Password(PASSWORD.into()),
        ca_certificate: Some(CaCertificate { file: "ca.pem".to_owned(), pem: server.ca_pem().into() }),
        timeout: Duration::from_secs(20),
        page_size: 1000,
    };
    Settings {
        access,
        root_container: dn(&format!("OU=Staff,{DOMAIN}")),
        domain: DomainName::new("corp.example.com"),
        attributes: ["mail", "givenName", "sn"].map(AttributeName::new).to_vec(),
    }
}

/// The settings with another access.
pub(crate) fn changed(server: &LdapServer, change: impl FnOnce(&mut Access)) -> Settings {
    let mut settings = settings(server);
    change(&mut settings.access);
    settings
}

pub(crate) async fn read_with(settings: Settings) -> Result<Directory, AdError> {
    Source::connect(settings).await?.read().await
}

pub(crate) async fn read(server: &LdapServer) -> Result<Directory, AdError> {
    read_with(settings(server)).await
}

#[tokio::test]
async fn reads_2500_users_in_pages_and_all_members_of_a_group_beyond_the_cap() {
    let users = users(2500);
    // 4,501 members: the users, and 2,001 contacts.
    let contacts: Vec<Entry> = (0..2001)
        .map(|index| Entry::of_classes(&staff(&format!("CN=Contact {index}")), &["top", "person", "contact"]))
        .collect();
    let members: Vec<String> = users.iter().chain(&contacts).map(|entry| entry.dn.clone()).collect();
    let server = Script::new()
        .entries(users.clone())
        .entries(contacts)
        .entry(Entry::group(&staff("CN=JumpCloud")).members(members.clone()))
        .start();

    let directory = read(&server).await.unwrap();

    let mut guids: Vec<ObjectGuid> = users.iter().map(guid).collect();
    guids.sort();
    assert!(directory.users.iter().map(|user| user.guid).eq(guids), "not all users, or not in order of GUID");
    assert_eq!(directory.others.len(), 2001);
    assert!(directory.others.iter().all(|other| other.kind == PrincipalKind::Contact));
    let [group] = directory.groups.as_slice() else { panic!("{:?}", directory.groups) };
    assert_eq!(group.members.len(), 4501);
    let found: BTreeSet<&str> = group.members.iter().map(|member| member.dn.as_str()).collect();
    assert!(
        found.into_iter().eq(members.iter().map(String::as_str).collect::<BTreeSet<_>>()),
        "other members"
    );
    assert!(group.members.iter().all(|member| member.guid.is_some()));
    let searches: Vec<(&str, u32, u64)> = directory
        .evidence
        .searches
        .iter()
        .map(|search| (search.name.as_str(), search.pages, search.entries))
        .collect();
    assert_eq!(searches, [("groups", 1, 1), ("users", 5, 4501), ("service account", 1, 1)]);
    assert_eq!(directory.evidence.ranges_closed, 1);
    assert_eq!(directory.evidence.end, EndOfRead::Proven);
}

#[tokio::test]
async fn takes_pages_of_any_size_and_cookies_of_any_kind() {
    for (page_size, page_cap) in [(1, 1000), (2, 1000), (1000, 3), (5, 1000), (1000, 1000)] {
        for has_constant_cookies in [false, true] {
            let script = Script::new().entries(users(5)).page_cap(page_cap);
            let server = if has_constant_cookies { script.with_constant_cookies() } else { script }.start();
            let directory = read_with(changed(&server, |access| access.page_size = page_size)).await.unwrap();
            assert_eq!(directory.users.len(), 5, "pages of {page_size} up to {page_cap}");
        }
    }
}

#[tokio::test]
async fn sorts_entries_by_what_they_are() {
    let account = |rdn: &str, flags: &str| Entry::user(&staff(rdn)).with("userAccountControl", [flags]);
    let server = Script::new()
        .entry(account("CN=Ada", "512").with("mail", ["Ada@Example.com"]).with("adminCount", ["1"]))
        .entry(account("CN=Disabled", "514").with("accountExpires", ["131277024000000000"]))
        .entry(account("CN=Trust$", "2080"))
        .entry(account("CN=PC1", "4096").with("objectClass", ["top", "person", "user", "computer"]))
        .entry(Entry::of_classes(&staff("CN=Partner"), &["top", "person", "contact"]))
        .entry(Entry::group(&staff("CN=Distribution")).with("groupType", ["2"]).members([staff("CN=Ada")]))
        .entry(Entry::user(&format!("CN=Outside,CN=Users,{DOMAIN}")))
        .start();

    let directory = read(&server).await.unwrap();

    let mut names: Vec<String> = directory.users.iter().map(|user| user.dn.rdn_value()).collect();
    names.sort();
    assert_eq!(names, ["Ada", "Disabled"]);
    let user = |name: &str| directory.users.iter().find(|user| user.dn.rdn_value() == name).unwrap();
    let ada = user("Ada");
    assert_eq!(ada.attributes.first_text("mail"), Some("Ada@Example.com"));
    assert_eq!(ada.attributes.first_text("adminCount"), Some("1"));
    assert_eq!(ada.primary_group_id, Some(513));
    assert!(!ada.user_account_control.is_disabled());
    assert_eq!(ada.account_expires.at(), None);
    assert!(user("Disabled").user_account_control.is_disabled());
    assert_eq!(user("Disabled").account_expires.at().unwrap().to_string(), "2017-01-01T00:00:00Z");
    let mut others: Vec<(String, PrincipalKind)> =
        directory.others.iter().map(|other| (other.dn.rdn_value(), other.kind)).collect();
    others.sort_by(|left, right| left.0.cmp(&right.0));
    assert_eq!(
        others,
        [
            ("PC1".to_owned(), PrincipalKind::Computer),
            ("Partner".to_owned(), PrincipalKind::Contact),
            ("Trust$".to_owned(), PrincipalKind::Other)
        ]
    );
    let [group] = directory.groups.as_slice() else { panic!("{:?}", directory.groups) };
    assert!(!group.group_type.is_security());
    assert!(group.rid.is_some());
    assert_eq!(group.cn(), "Distribution");
    assert!(group.attributes.values("member").is_empty());
}

#[tokio::test]
async fn reads_members_with_and_without_extended_dns() {
    let ada = Entry::user(&staff("CN=Ada"));
    let group = || {
        Entry::group(&staff("CN=JumpCloud")).members([staff("CN=Ada")]).with("managedBy", [ada.dn.as_str()])
    };
    for knows_extended_dns in [true, false] {
        let script = Script::new().entry(ada.clone()).entry(group());
        let server = if knows_extended_dns { script } else { script.without_extended_dns() }.start();
        let mut settings = settings(&server);
        settings.attributes.push(AttributeName::new("managedBy"));
        let directory = read_with(settings).await.unwrap();
        let [group] = directory.groups.as_slice() else { panic!("{:?}", directory.groups) };
        assert_eq!(group.dn.as_str(), staff("CN=JumpCloud"));
        assert_eq!(group.members[0].dn.as_str(), ada.dn);
        assert_eq!(group.members[0].guid, knows_extended_dns.then(|| guid(&ada)));
        assert_eq!(group.attributes.first_text("managedBy"), Some(ada.dn.as_str()));
    }
}

#[tokio::test]
async fn an_entry_that_hides_what_judges_it_is_left_out_and_unreadable_for_its_groups() {
    let hidden = [
        Entry::user(&staff("CN=No Flags")).without("userAccountControl"),
        Entry::user(&staff("CN=No End")).without("accountExpires"),
        Entry::user(&staff("CN=No Primary Group")).without("primaryGroupID"),
        Entry::user(&staff("CN=No Guid")).without("objectGUID"),
        Entry::group(&staff("CN=No Type")).without("groupType"),
        Entry::group(&staff("CN=No Sid")).without("objectSid"),
    ];
    let names: Vec<Dn> = hidden.iter().map(|entry| dn(&entry.dn)).collect();
    // Extended DNs would need the GUID of the one that hides it.
    let server = Script::new().without_extended_dns().entries(hidden).start();
    let mut source = Source::connect(settings(&server)).await.unwrap();

    let directory = source.read().await.unwrap();
    assert!(directory.users.is_empty() && directory.groups.is_empty() && directory.others.is_empty());

    let lookups = source.read_members(&names).await.unwrap();
    assert_eq!(lookups.len(), names.len());
    assert!(lookups.values().all(|lookup| *lookup == MemberLookup::Unreadable), "{lookups:?}");
}

#[tokio::test]
async fn looks_up_members_that_the_searches_did_not_yield() {
    let foreign = format!("CN=S-1-5-21-9-9-9-500,CN=ForeignSecurityPrincipals,{DOMAIN}");
    let server = Script::new()
        .entry(Entry::of_classes(&foreign, &["top", "foreignSecurityPrincipal"]))
        .entry(Entry::user(&format!("CN=Outside,CN=Users,{DOMAIN}")))
        .start();
    let mut source = Source::connect(settings(&server)).await.unwrap();
    source.read().await.unwrap();

    let outside = dn(&format!("CN=Outside,CN=Users,{DOMAIN}"));
    let missing = dn(&staff("CN=Missing"));
    let lookups = source.read_members(&[dn(&foreign), outside.clone(), missing.clone()]).await.unwrap();

    assert_eq!(lookups[&dn(&foreign)], MemberLookup::Other(PrincipalKind::ForeignSecurityPrincipal));
    assert_eq!(lookups[&outside], MemberLookup::Unreadable);
    assert_eq!(lookups[&missing], MemberLookup::Unreadable);
    let last = source.evidence().searches.last().unwrap();
    assert_eq!((last.name.as_str(), last.pages, last.entries), ("members", 3, 1));
}

#[tokio::test]
async fn notes_continuation_references_and_follows_none() {
    let url = "ldap://corp.example.com/CN=Configuration,DC=corp,DC=example,DC=com";
    let server = Script::new().entries(users(3)).reference(url).start();
    let directory = read(&server).await.unwrap();
    assert_eq!(directory.users.len(), 3);
    assert_eq!(directory.evidence.references, [url]);
}

#[tokio::test]
async fn a_second_read_counts_its_own_searches_only() {
    let server = Script::new().entries(users(3)).start();
    let mut source = Source::connect(settings(&server)).await.unwrap();
    let first = source.read().await.unwrap();
    let second = source.read().await.unwrap();
    assert_eq!(first.evidence, second.evidence);
    assert_eq!(source.evidence(), &second.evidence);
}

#[tokio::test]
async fn sends_nothing_but_binds_and_searches() {
    let server = Script::new().entries(users(3)).start();
    let mut source = Source::connect(settings(&server)).await.unwrap();
    let directory = source.read().await.unwrap();
    source.second_look(&[directory.users[0].guid]).await.unwrap();
    let requests = server.requests();
    assert_eq!(requests.iter().filter(|request| request.starts_with("bind ")).count(), 1);
    assert!(requests.iter().all(|request| request.starts_with("bind ") || request.starts_with("search ")));
}
