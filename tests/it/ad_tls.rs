//! Which servers are trusted.

use std::time::Duration;

use adjunct::ad::{AdError, CaCertificate, Settings};
use miette::Diagnostic;

use crate::ad_read::{changed, read, read_with, settings, users};
use crate::support::ldap_server::{LdapServer, Script};

fn code(error: &AdError) -> String {
    error.code().unwrap().to_string()
}

/// Reads, which must fail before the password is sent.
async fn refused(server: &LdapServer, settings: Settings) -> AdError {
    let error = read_with(settings).await.unwrap_err();
    assert!(server.requests().is_empty(), "{:?}", server.requests());
    error
}

#[tokio::test]
async fn trusts_only_the_ca_that_it_is_given() {
    let server = Script::new().start();
    let other = Script::new().start();
    let pem = other.ca_pem().as_bytes().to_vec();
    let ca_certificate = Some(CaCertificate { file: "other.pem".to_owned(), pem });
    let error = refused(&server, changed(&server, |access| access.ca_certificate = ca_certificate)).await;
    assert_eq!(code(&error), "ad::untrusted_certificate");
    assert!(!error.is_incomplete());
    assert!(error.help().unwrap().to_string().contains("ca-certificate"));
}

#[tokio::test]
async fn takes_one_ca_of_several_in_a_file() {
    let server = Script::new().entries(users(1)).start();
    let other = Script::new().start();
    let pem = format!("issued for tests\n{}{}", other.ca_pem(), server.ca_pem()).into_bytes();
    let ca_certificate = Some(CaCertificate { file: "cas.pem".to_owned(), pem });
    let directory =
        read_with(changed(&server, |access| access.ca_certificate = ca_certificate)).await.unwrap();
    assert_eq!(directory.users.len(), 1);
}

#[tokio::test]
async fn without_a_ca_the_platform_decides() {
    let server = Script::new().start();
    let error = refused(&server, changed(&server, |access| access.ca_certificate = None)).await;
    // A machine without any CA of its own cannot even start.
    assert!(["ad::untrusted_certificate", "ad::tls_setup"].contains(&code(&error).as_str()), "{error:?}");
    assert!(!error.is_incomplete());
}

#[tokio::test]
async fn a_certificate_for_another_host_is_refused_with_its_names() {
    let server = Script::new().host_names(&["dc2.corp.example.com"]).start();
    let error = refused(&server, settings(&server)).await;
    assert_eq!(code(&error), "ad::wrong_host_name");
    assert!(!error.is_incomplete());
    assert!(error.to_string().contains("dc2.corp.example.com"), "{error}");
}

#[tokio::test]
async fn an_expired_certificate_is_refused_as_such() {
    let server = Script::new().expired_certificate().start();
    let error = refused(&server, settings(&server)).await;
    assert_eq!(code(&error), "ad::certificate_time");
    assert!(!error.is_incomplete());
}

#[tokio::test]
async fn an_unusable_ca_file_is_named() {
    let server = Script::new().start();
    let ca_certificate =
        Some(CaCertificate { file: "corp-ca.pem".to_owned(), pem: b"not a certificate".to_vec() });
    let error = refused(&server, changed(&server, |access| access.ca_certificate = ca_certificate)).await;
    assert_eq!(code(&error), "ad::ca_certificate");
    assert!(error.to_string().contains("corp-ca.pem"));
}

#[tokio::test]
async fn plain_ldap_means_start_tls() {
    let server = Script::new().start_tls().entries(users(2)).start();
    assert!(server.url().starts_with("ldap://"));
    assert_eq!(read(&server).await.unwrap().users.len(), 2);
    let stranger = Script::new().start_tls().start();
    let error = refused(&stranger, changed(&stranger, |access| access.ca_certificate = None)).await;
    assert!(!error.is_incomplete());
}

#[tokio::test]
async fn nothing_is_sent_where_tls_does_not_start() {
    let server = Script::new().refuse_start_tls().start();
    let error = refused(&server, settings(&server)).await;
    assert_eq!(code(&error), "ad::start_tls");
    assert!(!error.is_incomplete());
}

#[tokio::test]
async fn addresses_that_cannot_be_read_are_refused() {
    let server = Script::new().start();
    for (url, expected) in [
        ("ldaps://dc1.corp.example.com:3269", "ad::global_catalog"),
        ("ldap://dc1.corp.example.com:3268", "ad::global_catalog"),
        ("https://dc1.corp.example.com", "ad::address"),
        ("ldaps:///", "ad::address"),
        ("ldaps://[::1]", "ad::address"),
    ] {
        let error =
            refused(&server, changed(&server, |access| access.servers = vec![url.parse().unwrap()])).await;
        assert_eq!(code(&error), expected, "{url}");
        assert!(!error.is_incomplete());
    }
}

#[tokio::test]
async fn a_server_that_accepts_and_says_nothing_is_unreachable() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("ldaps://127.0.0.1:{}", listener.local_addr().unwrap().port());
    let server = Script::new().start();
    let timeout = Duration::from_millis(200);
    let error = refused(
        &server,
        changed(&server, |access| {
            access.servers = vec![url.parse().unwrap()];
            access.timeout = timeout;
        }),
    )
    .await;
    assert_eq!(code(&error), "ad::unreachable");
    assert!(error.is_incomplete());
}
