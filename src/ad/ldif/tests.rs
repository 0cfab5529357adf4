use super::super::{AdError, LdifProblem, RangeProblem, Source};
use super::Ldif;
use crate::model::{
    Directory, Dn, DomainName, EndOfRead, MemberLookup, ObjectGuid, PrincipalKind, SecondLook,
    UserAccountControl,
};

const ADA: &str = "0b5c4a3e-7d1f-4e2a-9b8c-6f5e4d3c2b1a";
/// Ada's `objectGUID` in the bytes of LDAP.
const ADA_BASE64: &str = "PkpcCx99Kk6bjG9eTTwrGg==";

/// A whole export with one user, one group and its container.
const EXPORT: &str = "\
version: 1

# Staff, corp.example.com
dn: OU=Staff,DC=corp,DC=example,DC=com
objectClass: top
objectClass: organizationalUnit

dn: CN=Ada,OU=Staff,DC=corp,DC=example,DC=com
objectClass: top
objectClass: user
objectGUID:: PkpcCx99Kk6bjG9eTTwrGg==
userAccountControl: 514
accountExpires: 131277024000000000
memberOf: CN=JumpCloud,OU=Staff,DC=corp,DC=example,DC=com
description: a line that is
  folded

dn:: Q049SnVtcENsb3VkLE9VPVN0YWZmLERDPWNvcnAsREM9ZXhhbXBsZSxEQz1jb20=
objectClass: group
objectGUID:: UEpcCx99Kk6bjG9eTTwrGg==
groupType: -2147483646
member: CN=Ada,OU=Staff,DC=corp,DC=example,DC=com

";

fn container() -> Dn {
    Dn::parse("OU=Staff,DC=corp,DC=example,DC=com").unwrap()
}

fn open_bytes(bytes: &[u8]) -> Result<Ldif, AdError> {
    Ldif::open("corp.ldif", bytes, container(), DomainName::new("corp.example.com"))
}

fn open(text: &str) -> Result<Ldif, AdError> {
    open_bytes(text.as_bytes())
}

fn read(text: &str) -> Directory {
    open(text).unwrap().read()
}

/// The line and the problem of a file that is torn.
fn torn(text: &str) -> (usize, LdifProblem) {
    let error = open(text).unwrap_err();
    let AdError::LdifIncomplete { line, problem, .. } = error else {
        panic!("not taken for torn: {error:?}")
    };
    (line, *problem)
}

/// The line and the problem of a file that is malformed.
fn malformed(text: &str) -> (usize, LdifProblem) {
    let error = open(text).unwrap_err();
    let AdError::Ldif { line, problem, .. } = error else { panic!("not taken for malformed: {error:?}") };
    (line, *problem)
}

/// A further whole record behind [`EXPORT`], so that nothing before it is the last one.
const LAST: &str = "dn: OU=Last,OU=Staff,DC=corp,DC=example,DC=com\nobjectClass: organizationalUnit\n\n";

#[test]
fn reads_users_and_groups_of_an_export() {
    let directory = read(EXPORT);
    let [ada] = directory.users.as_slice() else { panic!("{:?}", directory.users) };
    assert_eq!(ada.guid.to_string(), ADA);
    assert_eq!(ada.user_account_control, UserAccountControl(514));
    assert_eq!(ada.account_expires.at().unwrap().to_string(), "2017-01-01T00:00:00Z");
    assert_eq!(ada.attributes.first_text("DESCRIPTION"), Some("a line that is folded"));
    let [group] = directory.groups.as_slice() else { panic!("{:?}", directory.groups) };
    assert_eq!(group.cn(), "JumpCloud");
    assert!(group.group_type.is_security());
    assert_eq!(group.members.iter().map(|member| &member.dn).collect::<Vec<_>>(), [&ada.dn]);
    assert_eq!(directory.service_account, None);
    assert_eq!(directory.evidence.end, EndOfRead::NotProven);
    assert_eq!(directory.evidence.searches[0].entries, 3);
}

#[test]
fn reads_every_line_end_and_a_byte_order_mark() {
    let windows = format!("\u{feff}{}", EXPORT.replace('\n', "\r\n"));
    let directory = read(&windows);
    assert_eq!((directory.users.len(), directory.groups.len()), (1, 1));
    assert_eq!(directory.users[0].attributes.first_text("description"), Some("a line that is folded"));
}

#[tokio::test]
async fn is_a_source_like_a_server() {
    let mut source =
        Source::open_ldif("corp.ldif", EXPORT.as_bytes(), container(), DomainName::new("corp.example.com"))
            .unwrap();
    let directory = source.read().await.unwrap();
    assert_eq!(source.evidence(), &directory.evidence);
    let guid: ObjectGuid = ADA.parse().unwrap();
    let unknown: ObjectGuid = "00000000-7d1f-4e2a-9b8c-6f5e4d3c2b1a".parse().unwrap();
    let looks = source.second_look(&[guid, unknown]).await.unwrap();
    assert_eq!(looks[&unknown], SecondLook::Gone);
    assert!(matches!(
        &looks[&guid],
        SecondLook::Found { member_of, user_account_control: UserAccountControl(514), .. } if member_of.len() == 1
    ));
    let container = container();
    let missing = Dn::parse("CN=Missing,OU=Staff,DC=corp,DC=example,DC=com").unwrap();
    let dns = [container.clone(), missing.clone(), directory.users[0].dn.clone()];
    let lookups = source.read_members(&dns).await.unwrap();
    assert_eq!(lookups[&container], MemberLookup::Other(PrincipalKind::Other));
    assert_eq!(lookups[&missing], MemberLookup::Unreadable);
    assert_eq!(lookups[&dns[2]], MemberLookup::Unreadable);
}

#[test]
fn keeps_entries_outside_of_the_container_for_second_looks() {
    let outside = EXPORT.replace("dn: CN=Ada,OU=Staff,", "dn: CN=Ada,OU=Gone,");
    let ldif = open(&outside).unwrap();
    assert!(ldif.read().users.is_empty());
    let guid: ObjectGuid = ADA.parse().unwrap();
    let looks = ldif.second_look(&[guid]);
    assert!(matches!(&looks[&guid], SecondLook::Found { dn, .. } if !dn.is_within(&container())));
}

#[test]
fn a_user_without_flags_is_unreadable() {
    let hidden = EXPORT.replace("userAccountControl: 514\n", "");
    let ldif = open(&hidden).unwrap();
    assert!(ldif.read().users.is_empty());
    let guid: ObjectGuid = ADA.parse().unwrap();
    assert_eq!(ldif.second_look(&[guid])[&guid], SecondLook::Unreadable);
    let ada = Dn::parse("CN=Ada,OU=Staff,DC=corp,DC=example,DC=com").unwrap();
    assert_eq!(ldif.read_members(std::slice::from_ref(&ada))[&ada], MemberLookup::Unreadable);
}

#[test]
fn a_trailer_proves_the_end_or_the_lack_of_it() {
    let trailer = |count| {
        format!(
            "{EXPORT}\n# search reference\nref: ldaps://corp.example.com/CN=Configuration,DC=corp\n\n# search \
             result\nsearch: 2\nresult: 0 Success\npagedresults: cookie=\n\n# numResponses: 5\n# numEntries: {count}\n"
        )
    };
    let evidence = read(&trailer(3)).evidence;
    assert_eq!(evidence.end, EndOfRead::Proven);
    assert_eq!(evidence.references, ["ldaps://corp.example.com/CN=Configuration,DC=corp"]);
    assert_eq!(torn(&trailer(4)).1, LdifProblem::Count { announced: 4, found: 3 });
    assert_eq!(torn(&trailer(2)).1, LdifProblem::Count { announced: 2, found: 3 });
}

#[test]
fn tolerates_the_remarks_of_ldapsearch() {
    let text =
        format!("{EXPORT}\n# refldaps://corp.example.com/CN=Configuration\n\n# pagedresults: cookie=\n");
    let evidence = read(&text).evidence;
    assert_eq!(evidence.references, ["ldaps://corp.example.com/CN=Configuration"]);
    assert_eq!(evidence.end, EndOfRead::NotProven);
}

#[test]
fn a_search_that_did_not_end_well_wrote_no_whole_file() {
    let failed =
        format!("{EXPORT}# search result\nsearch: 2\nresult: 4 Size limit exceeded\n\n# numEntries: 3\n");
    assert_eq!(torn(&failed), (26, LdifProblem::Result("4 Size limit exceeded".to_owned())));
    let stopped = format!("{EXPORT}\n# pagedresults: estimate=363 cookie=MQA=\n");
    assert_eq!(torn(&stopped).1, LdifProblem::Cookie);
    let went_on = format!("# pagedresults: estimate=363 cookie=MQA=\n{EXPORT}\n# pagedresults: cookie=\n");
    assert_eq!(read(&went_on).users.len(), 1);
}

#[test]
fn a_file_that_ends_within_a_line_or_a_record_is_torn() {
    assert_eq!(torn(""), (1, LdifProblem::NoLineEnd));
    assert_eq!(torn(EXPORT.trim_end()).1, LdifProblem::NoLineEnd);
    let first = "dn: OU=Staff,DC=corp,DC=example,DC=com\nobjectClass: organizationalUnit\n\n";
    for (rest, problem) in [
        ("dn: CN=B,OU=Staff,DC=corp,DC=example,DC=com\n", LdifProblem::Missing("objectClass")),
        (
            "dn: CN=B,OU=Staff,DC=corp,DC=example,DC=com\nobjectClass: user\n",
            LdifProblem::Missing("objectGUID"),
        ),
        ("dn: CN=B,DC=corp\nobjectClass: user\nobjectGUID:: PkpcC\n", LdifProblem::Base64),
        ("dn: CN=B,DC=corp\nobjectClass: user\nobjectGU\n", LdifProblem::Line),
    ] {
        assert_eq!(torn(&format!("{first}{rest}")).1, problem);
        assert_eq!(malformed(&format!("{first}{rest}\n{LAST}")).1, problem, "not at the end");
    }
}

#[test]
fn no_shortened_file_loses_a_member_without_being_torn_or_unproven() {
    let text = format!("{EXPORT}\n# numEntries: 3\n");
    assert_eq!(read(&text).evidence.end, EndOfRead::Proven);
    for end in 0..text.len() {
        if let Ok(ldif) = open_bytes(&text.as_bytes()[..end]) {
            assert_eq!(ldif.evidence().end, EndOfRead::NotProven, "cut at {end}");
        }
    }
}

#[test]
fn a_file_that_ends_within_an_entry_is_torn_at_the_end_of_a_line_too() {
    assert_eq!(torn(&format!("{}\n", EXPORT.trim_end())), (22, LdifProblem::NoEntryEnd));
    let ada = EXPORT.find("dn: CN=Ada").unwrap();
    for (end, _) in EXPORT.trim_end().match_indices('\n').filter(|(end, _)| *end > ada) {
        let is_between_entries = EXPORT[..=end].ends_with("\n\n");
        assert_eq!(open(&EXPORT[..=end]).is_ok(), is_between_entries, "cut at {end}");
    }
}

#[test]
fn changes_and_values_of_other_files_are_refused() {
    let change = EXPORT.replace("objectClass: group", "changetype: modify\nobjectClass: group");
    assert_eq!(malformed(&change), (19, LdifProblem::Change));
    let url = EXPORT.replace("description: a line", "description:< file:///etc/passwd\nx: a line");
    assert_eq!(malformed(&url), (15, LdifProblem::Url));
}

#[test]
fn an_export_in_pages_is_one_export() {
    let (first, second) = EXPORT.split_at(EXPORT.find("dn: CN=Ada").unwrap());
    let head = "#\n# LDAPv3\n# with pagedResults control: size=1\n#\n\n";
    let pages = format!(
        "{head}{first}# search result\n\n# pagedresults: estimate=3 cookie=MQA=\nversion: 1\n\n{head}{second}\n# search \
         result\n\n# pagedresults: cookie=\n\n# numResponses: 5\n# numEntries: 3\n"
    );
    let directory = read(&pages);
    assert_eq!(directory.evidence.end, EndOfRead::Proven);
    assert_eq!((directory.users.len(), directory.groups.len()), (1, 1));
}

#[test]
fn an_export_by_ldifde_is_an_export() {
    let records = EXPORT.replace("objectClass: group", "changetype: add\nobjectClass: group");
    assert_ne!(records, EXPORT);
    assert_eq!(format!("{:?}", read(&records).groups), format!("{:?}", read(EXPORT).groups));
}

#[test]
fn names_the_line_of_what_is_malformed() {
    let missing = EXPORT.replace(&format!("objectGUID:: {ADA_BASE64}\n"), "");
    assert_eq!(malformed(&missing), (8, LdifProblem::Missing("objectGUID")));
    let nameless = EXPORT.replace("dn: CN=Ada,", "cn: CN=Ada,");
    assert_eq!(malformed(&nameless), (8, LdifProblem::NoName));
    assert!(matches!(malformed(&EXPORT.replace(": 514", ": disabled")), (8, LdifProblem::Entry(_))));
    let wild = EXPORT.replace("version: 1\n", " continues nothing\n");
    assert_eq!(malformed(&wild), (1, LdifProblem::Continuation));
    let unmarked: Vec<u8> = EXPORT.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let marked = [&[0xff, 0xfe], unmarked.as_slice()].concat();
    for utf16 in [unmarked, marked] {
        assert!(
            matches!(open_bytes(&utf16), Err(AdError::Ldif { problem, .. }) if *problem == LdifProblem::Utf16)
        );
    }
}

#[test]
fn an_entry_that_stands_twice_is_refused() {
    let (_, ada) = EXPORT.split_once("dn: CN=Ada").unwrap();
    let (ada, _) = ada.split_once("\n\n").unwrap();
    let same_name = format!("{EXPORT}dn: cn=ADA{ada}\n");
    assert!(matches!(malformed(&same_name), (24, LdifProblem::Twice(_))));
    let same_guid = format!("{EXPORT}dn: CN=Eve{ada}\n");
    assert!(matches!(malformed(&same_guid), (24, LdifProblem::Twice(name)) if name.contains(ADA)));
}

#[test]
fn a_ranged_member_must_be_whole() {
    let ranged =
        |option: &str| EXPORT.replace("member: CN=Ada", &format!("member:\nmember;range={option}: CN=Ada"));
    let whole = read(&ranged("0-*"));
    assert_eq!(whole.groups[0].members.len(), 1);
    assert_eq!(whole.evidence.ranges_closed, 1);
    let open_range = LdifProblem::Range { attribute: "member".to_owned(), problem: RangeProblem::Open(1) };
    assert_eq!(torn(&ranged("0-0")), (18, open_range.clone()));
    assert_eq!(torn(&format!("{}{LAST}", ranged("0-0"))).1, open_range);
}

#[test]
fn a_file_without_the_container_is_an_error_of_the_policy() {
    let elsewhere = EXPORT.replace("OU=Staff", "OU=Stuff").replace(
        "Q049SnVtcENsb3VkLE9VPVN0YWZmLERDPWNvcnAsREM9ZXhhbXBsZSxEQz1jb20=",
        "Q049SnVtcENsb3VkLE9VPVN0dWZmLERDPWNvcnAsREM9ZXhhbXBsZSxEQz1jb20=",
    );
    let error = open(&elsewhere).unwrap_err();
    assert!(matches!(&error, AdError::MissingContainer { container, .. } if container.contains("OU=Staff")));
    assert!(!error.is_incomplete());
}

proptest::proptest! {
    #[test]
    fn never_panics(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..200)) {
        let _ = open_bytes(&bytes);
        let mut text = EXPORT.as_bytes().to_vec();
        text.extend(bytes);
        let _ = open_bytes(&text);
    }
}
