//! Who binds, how often, and what a refusal says.

use adjunct::ad::{AdError, Credential, Source};
use miette::Diagnostic;

use crate::ad_read::{changed, guid, read_with, settings, users};
use crate::support::ldap_server::{ACCOUNT, DOMAIN, Entry, LdapServer, Script};

fn code(error: &AdError) -> String {
    error.code().unwrap().to_string()
}

fn binds(server: &LdapServer) -> usize {
    server.requests().iter().filter(|request| request.starts_with("bind ")).count()
}

#[tokio::test]
async fn an_empty_password_or_name_is_refused_before_anything_is_sent() {
    let server = Script::new().entries(users(3)).start();
    let without_password =
        changed(&server, |access| access.credential = Credential::Password(String::new().into()));
    let without_name = changed(&server, |access| access.bind = String::new());
    for settings in [without_password, without_name] {
        let error = Source::connect(settings).await.unwrap_err();
        assert_eq!(code(&error), "ad::empty_credentials");
        assert!(!error.is_incomplete());
    }
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn refused_credentials_are_tried_once() {
    let server = Script::new().start();
    let wrong = changed(&server, |access| access.credential = Credential::Password("wrong".into()));
    let error = Source::connect(wrong).await.unwrap_err();
    assert_eq!(code(&error), "ad::credentials");
    assert!(!error.is_incomplete());
    assert_eq!(binds(&server), 1);
    let report = format!("{error:?} {error} {}", error.help().unwrap());
    assert!(report.contains(r"CORP\\jcimport"), "{report}");
    assert!(!report.contains("\"wrong\""), "{report}");
}

#[tokio::test]
async fn says_why_a_bind_is_refused() {
    for (answer, text, expected, is_incomplete) in [
        (
            49,
            "80090308: LdapErr: DSID-0C09044E, comment: AcceptSecurityContext error, data 775, v2580\0",
            "ad::credentials",
            false,
        ),
        (
            8,
            "00002028: LdapErr: DSID-0C090276, comment: The server requires binds to turn on integrity checking",
            "ad::encryption_demanded",
            false,
        ),
        (13, "", "ad::encryption_demanded", false),
        (53, "", "ad::bind", false),
        (51, "", "ad::incomplete", true),
        (52, "", "ad::incomplete", true),
    ] {
        let server = Script::new().answer_binds(answer, text).start();
        let error = Source::connect(settings(&server)).await.unwrap_err();
        assert_eq!((code(&error).as_str(), error.is_incomplete()), (expected, is_incomplete), "{answer}");
        assert!(!error.to_string().contains('\0'));
        assert_eq!(binds(&server), 1);
    }
}

#[tokio::test]
async fn finds_the_account_that_it_binds_with() {
    let account_dn = format!("CN=jcimport,CN=Users,{DOMAIN}");
    let account = Entry::user(&account_dn);
    let server = Script::new().start();
    let directory = read_with(settings(&server)).await.unwrap();
    assert_eq!(directory.service_account, Some(guid(&account)));
    // The other forms bind here as well.
    for bind in [account_dn.as_str(), "jcimport@corp.example.com", "JCIMPORT@CORP.EXAMPLE.COM", "jcimport"] {
        let server = Script::new().answer_binds(0, "").start();
        let directory = read_with(changed(&server, |access| access.bind = bind.to_owned())).await.unwrap();
        assert_eq!(directory.service_account, Some(guid(&account)), "{bind}");
    }
    for bind in [r"CORP\other", "CN=other,DC=corp,DC=example,DC=com", "jcimport@other.example", r"CORP\*"] {
        let server = Script::new().answer_binds(0, "").start();
        let directory = read_with(changed(&server, |access| access.bind = bind.to_owned())).await.unwrap();
        assert_eq!(directory.service_account, None, "{bind}");
    }
}

#[tokio::test]
async fn prefers_the_account_whose_upn_it_is() {
    // Somebody else's logon name is our UPN's first part.
    let ours = Entry::user(&format!("CN=Import,CN=Users,{DOMAIN}"))
        .with("userPrincipalName", ["jcimport@corp.example.com"]);
    let server = Script::new().answer_binds(0, "").entry(ours.clone()).start();
    server.edit(|entries| {
        let other = entries.iter_mut().find(|entry| entry.dn.starts_with("CN=jcimport")).unwrap();
        *other = other.clone().without("userPrincipalName");
    });
    let bind = "jcimport@corp.example.com".to_owned();
    let directory = read_with(changed(&server, |access| access.bind = bind)).await.unwrap();
    assert_eq!(directory.service_account, Some(guid(&ours)));
}

#[tokio::test]
async fn no_message_holds_the_password() {
    let server = Script::new().start();
    let settings = settings(&server);
    let shown = format!("{settings:?}");
    assert!(shown.contains("jcimport") && !shown.contains("correct horse"), "{shown}");
    assert_eq!(settings.access.bind, ACCOUNT);
}
