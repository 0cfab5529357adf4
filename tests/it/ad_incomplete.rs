//! Everything that keeps a read from its end keeps it from being a result.

use std::time::Duration;

use adjunct::ad::{AdError, Settings, Source};
use futures_util::future::join_all;
use miette::Diagnostic;

use crate::ad_read::{changed, dn, guid, read, read_with, settings, staff, users};
use crate::support::ldap_server::{CutEnd, DOMAIN, Ending, Entry, Script};

const GROUPS: &str = "objectClass=group";
const USERS: &str = "objectClass=contact";
const PAGE: usize = 10;
const ENTRIES: usize = 35;

fn code(error: &AdError) -> String {
    error.code().unwrap().to_string()
}

/// The error with all that caused it.
fn story(error: &AdError) -> String {
    let mut story = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        story.push_str(": ");
        story.push_str(&cause.to_string());
        source = cause.source();
    }
    story
}

fn directory() -> Script {
    let groups = (0..ENTRIES).map(|index| Entry::group(&staff(&format!("CN=Group {index}"))));
    Script::new().entries(groups).entries(users(ENTRIES)).page_cap(PAGE)
}

async fn assert_incomplete(filter: &str, name: &str, after: usize, ending: Ending) {
    let server = directory().end_search(filter, after, ending).start();
    // Only silence is waited for.
    let timeout = Duration::from_millis(if ending == Ending::Silence { 300 } else { 20_000 });
    let error = read_with(changed(&server, |access| access.timeout = timeout)).await.unwrap_err();
    assert!(error.is_incomplete(), "{name}, {ending:?} after {after}: {}", story(&error));
    assert_eq!(code(&error), "ad::incomplete");
    let page = after.saturating_sub(1) / PAGE + 1;
    let message = error.to_string();
    let place = format!("(page {page})");
    assert!(
        message.contains(name) && (message.contains(&place) || ending == Ending::RepeatedCookie),
        "{ending:?} after {after}: {message}"
    );
}

#[tokio::test]
async fn a_search_cut_at_any_place_in_any_way_is_incomplete() {
    let endings = [
        Ending::Result(1),
        Ending::Result(3),
        Ending::Result(4),
        Ending::Result(11),
        Ending::Result(12),
        Ending::Result(50),
        Ending::Result(51),
        Ending::Result(52),
        Ending::Result(53),
        Ending::Result(80),
        Ending::Referral,
        Ending::Close,
        Ending::Reset,
        Ending::TornMessage,
        Ending::Silence,
        Ending::Notice,
        Ending::NoPagingControl,
        Ending::RepeatedCookie,
        Ending::UndecodableEntry,
        Ending::UndecodableResult,
        Ending::Garbage,
    ];
    for after in [0, 1, PAGE - 1, PAGE, PAGE + 1, ENTRIES - 1, ENTRIES] {
        join_all(endings.into_iter().flat_map(|ending| {
            [(GROUPS, "groups"), (USERS, "users")]
                .map(|(filter, name)| assert_incomplete(filter, name, after, ending))
        }))
        .await;
    }
}

#[tokio::test]
async fn no_truncation_of_the_bytes_of_a_session_is_a_result() {
    let script = || Script::new().entries(users(2)).entry(Entry::group(&staff("CN=JumpCloud"))).page_cap(1);
    let mut bytes = 0;
    // Steps that are prime to the lengths of messages meet every kind of place.
    while let Err(error) = read(&script().cut_after_bytes(bytes, CutEnd::Close).start()).await {
        assert!(error.is_incomplete(), "after {bytes} bytes: {}", story(&error));
        bytes += 7;
    }
    assert!(bytes > 1000, "the whole session has only {bytes} bytes");
}

#[tokio::test]
async fn says_how_a_search_ended() {
    for (ending, words) in [
        (Ending::Result(4), "sizeLimitExceeded (4)"),
        (Ending::Referral, "refers to ldap://other.example.com/"),
        (Ending::Close, "the server closed the connection"),
        (Ending::Notice, "the server closed the connection"),
        (Ending::UndecodableResult, "no LDAP message"),
        (Ending::NoPagingControl, "paging control"),
        (Ending::RepeatedCookie, "repeated its paging cookie"),
        (Ending::UndecodableEntry, "an entry that cannot be decoded"),
        (Ending::Garbage, "connection broke"),
    ] {
        let server = directory().end_search(GROUPS, 0, ending).start();
        let error = read(&server).await.unwrap_err();
        assert!(story(&error).contains(words), "{ending:?}: {}", story(&error));
    }
}

#[tokio::test]
async fn a_bind_whose_answer_cannot_be_decoded_is_incomplete() {
    let error = read(&directory().spoil_binds().start()).await.unwrap_err();
    assert!(error.is_incomplete());
    assert!(story(&error).contains("no LDAP message"), "{}", story(&error));
}

#[tokio::test]
async fn the_search_for_the_service_account_must_reach_its_end_too() {
    let server = directory().end_search("sAMAccountName=jcimport", 0, Ending::Result(51)).start();
    let error = read(&server).await.unwrap_err();
    assert!(error.is_incomplete());
    assert!(error.to_string().contains("service account"), "{error}");
}

#[tokio::test]
async fn two_entries_with_one_guid_are_no_result() {
    let ada = Entry::user(&staff("CN=Ada"));
    let copy = Entry::user(&staff("CN=Copy")).with("objectGUID", [ada.guid()]);
    let error = read(&Script::new().entry(ada).entry(copy).page_cap(1).start()).await.unwrap_err();
    assert!(error.is_incomplete());
    assert!(story(&error).contains("twice"), "{}", story(&error));
}

#[tokio::test]
async fn an_entry_with_a_value_of_another_form_is_no_result() {
    for (attribute, value) in [
        ("userAccountControl", "enabled"),
        ("accountExpires", "never"),
        ("objectGUID", "short"),
        ("primaryGroupID", "-1"),
    ] {
        let server = Script::new().entry(Entry::user(&staff("CN=Ada")).with(attribute, [value])).start();
        let error = read(&server).await.unwrap_err();
        assert!(error.is_incomplete(), "{attribute}");
        assert!(story(&error).contains(attribute) && story(&error).contains("CN=Ada"), "{}", story(&error));
    }
}

#[tokio::test]
async fn a_server_that_is_not_synchronized_is_not_read() {
    let server = directory().not_synchronized().start();
    let error = read(&server).await.unwrap_err();
    assert!(error.is_incomplete());
    assert_eq!(code(&error), "ad::not_synchronized");
    assert!(!server.requests().iter().any(|request| request.contains(GROUPS)));
}

#[tokio::test]
async fn a_server_that_is_not_there_is_unreachable() {
    let gone = {
        let server = directory().start();
        settings(&server)
    };
    let error = read_with(gone).await.unwrap_err();
    assert!(error.is_incomplete());
    assert_eq!(code(&error), "ad::unreachable");
}

#[tokio::test]
async fn a_missing_container_is_an_error_of_the_policy() {
    let server = directory().start();
    let root_container = dn(&format!("OU=Sales,OU=Stuff,{DOMAIN}"));
    let error = read_with(Settings { root_container, ..settings(&server) }).await.unwrap_err();
    assert!(!error.is_incomplete());
    assert_eq!(code(&error), "ad::missing_container");
    assert!(error.to_string().contains("OU=Sales,OU=Stuff"), "{error}");
    assert!(
        error.help().unwrap().to_string().contains(&format!("up to {DOMAIN}:")),
        "{}",
        error.help().unwrap()
    );
}

#[tokio::test]
async fn single_reads_that_go_wrong_are_incomplete() {
    let ada = Entry::user(&staff("CN=Ada"));
    for ending in
        [Ending::Result(51), Ending::Result(80), Ending::Referral, Ending::Close, Ending::UndecodableEntry]
    {
        let server = Script::new().entry(ada.clone()).start();
        let mut source = Source::connect(settings(&server)).await.unwrap();
        source.read().await.unwrap();
        server.end_searches("(objectClass=*)", 0, ending);
        let error = source.second_look(&[guid(&ada)]).await.unwrap_err();
        assert!(error.is_incomplete(), "{ending:?}");
        assert!(error.to_string().contains(&guid(&ada).to_string()), "{error}");

        let server = Script::new().entry(ada.clone()).start();
        let mut source = Source::connect(settings(&server)).await.unwrap();
        server.end_searches("(objectClass=*)", 0, ending);
        let error = source.read_members(&[dn(&ada.dn)]).await.unwrap_err();
        assert!(error.is_incomplete(), "{ending:?}");
        assert!(error.to_string().contains(&ada.dn), "{error}");
    }
}
