//! The bind, which is sent once, and what its refusal means.

use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::connection::{Connection, name_of};
use super::kerberos::{self, Ticket};
use super::{Access, AdError, Answer, Credential, KerberosError, ReadProblem};
use crate::model::{Dn, DomainName};

/// A bind without success.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) error: AdError,
    /// Whether the server says that it did not look at the credentials.
    pub(super) is_unjudged: bool,
}

/// What is shown to a server.
pub(super) enum Proof<'s> {
    Password(&'s SecretString),
    Ticket(Ticket),
}

/// What a bind came to.
#[derive(Debug)]
pub(super) enum Bound {
    Answered(Answer),
    Unanswered(ReadProblem),
    /// Kerberos has no ticket for the server, or the server could not prove itself.
    #[cfg_attr(
        not(all(feature = "kerberos", target_os = "linux")),
        expect(dead_code, reason = "no build without it fails so")
    )]
    Failed(String),
}

/// Gets what is shown to servers. A ticket is asked for once, whatever the number of servers.
pub(super) async fn prove(access: &Access) -> Result<Proof<'_>, AdError> {
    let missing = |missing| Err(AdError::EmptyCredentials { missing });
    if access.bind.is_empty() {
        return missing("name");
    }
    match &access.credential {
        Credential::Password(password) if password.expose_secret().is_empty() => missing("password"),
        Credential::Password(password) => Ok(Proof::Password(password)),
        Credential::Keytab(keytab) => {
            Ok(Proof::Ticket(kerberos::obtain(&access.bind, keytab, access.timeout).await?))
        }
    }
}

/// Binds with the account of the access.
pub(super) async fn bind(
    connection: &Connection,
    url: &Url,
    naming_context: &str,
    access: &Access,
    proof: &Proof<'_>,
) -> Result<(), Refusal> {
    let (server, account) = (name_of(url), access.bind.as_str());
    let bound = match proof {
        Proof::Password(password) => connection.simple_bind(account, (*password).clone()).await,
        Proof::Ticket(ticket) => {
            kerberos::bind(connection, ticket, service_of(url, naming_context), access.timeout).await
        }
    };
    let (error, is_unjudged) = match bound {
        Bound::Answered(answer) if answer.code == Answer::SUCCESS => return Ok(()),
        Bound::Answered(answer) => {
            let is_unjudged = matches!(answer.code, Answer::BUSY | Answer::UNAVAILABLE);
            (refusal(&server, account, answer), is_unjudged)
        }
        // Nothing tells whether the server looked at them.
        Bound::Unanswered(problem) => (unanswered(&server, problem), false),
        Bound::Failed(reason) => {
            (KerberosError::Service { server, account: account.to_owned(), reason }.into(), false)
        }
    };
    Err(Refusal { error, is_unjudged })
}

/// The server's LDAP service as Kerberos names it, without `ldap/`. Its realm is the domain that it is a controller of.
fn service_of(server: &Url, naming_context: &str) -> String {
    let host = server.host_str().unwrap_or_default().trim_end_matches('.');
    let domain = Dn::parse(naming_context).ok().and_then(|dn| dn.domain());
    let realm = domain.as_ref().map(DomainName::as_str).unwrap_or_default();
    format!("{host}@{}", realm.to_ascii_uppercase())
}

fn unanswered(server: &str, problem: ReadProblem) -> AdError {
    AdError::stopped(format!("the answer of {server} to our bind"), problem)
}

/// Reasons that Active Directory gives for refused credentials, as `data …` in hexadecimal (the Win32 error codes of
/// winerror.h, which MS-ADTS 3.1.1.3.1.9 puts into the diagnostic message).
const REASONS: [(&str, &str, &str); 10] = [
    ("525", "the account does not exist", "check the account's name"),
    ("52e", "the account's name or its password is wrong", "check both; a password may have been changed"),
    ("530", "the account may not log on at this time", "widen the account's logon hours"),
    ("531", "the account may not log on from this machine", "add this machine to the account's workstations"),
    (
        "532",
        "the account's password has expired",
        "set a new password, or let this account's password never expire",
    ),
    ("533", "the account is disabled", "enable the account"),
    ("701", "the account has expired", "extend the account's end"),
    ("773", "the account's password must be changed at the next logon", "set a password without that demand"),
    (
        "80090346",
        "it sees another TLS connection than the one that we made (channel binding)",
        "connect to the domain controller itself, without a TLS proxy or load balancer in between",
    ),
    ("775", "the account is locked out", "unlock the account, and find out who tries wrong passwords"),
];

/// The error for a bind that was answered with anything but success.
fn refusal(server: &str, account: &str, answer: Answer) -> AdError {
    let (server, account) = (server.to_owned(), account.to_owned());
    match answer.code {
        Answer::INVALID_CREDENTIALS => {
            let (reason, help) = reason_of(&answer.text);
            AdError::Credentials { server, account, reason, help }
        }
        // strongerAuthRequired and confidentialityRequired
        8 | 13 => AdError::EncryptionDemanded { server, answer },
        _ if answer.is_momentary() => unanswered(&server, ReadProblem::Answer(answer)),
        _ => AdError::Bind { server, account, answer },
    }
}

fn reason_of(text: &str) -> (&'static str, &'static str) {
    let code = text.split_once("data ").map(|(_, rest)| {
        rest.chars().take_while(char::is_ascii_hexdigit).collect::<String>().to_ascii_lowercase()
    });
    REASONS
        .iter()
        .find(|(known, _, _)| code.as_deref() == Some(known))
        .map_or(("the account's name or its password is wrong", "check both"), |(_, reason, help)| {
            (reason, help)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(code: u32, text: &str) -> AdError {
        refusal(
            "ldaps://dc1",
            r"CORP\jcimport",
            Answer { code, text: text.to_owned(), matched: String::new() },
        )
    }

    #[test]
    fn says_why_credentials_are_refused() {
        let text = |data| {
            format!(
                "80090308: LdapErr: DSID-0C09044E, comment: AcceptSecurityContext error, data {data}, v2580"
            )
        };
        for (data, word) in [
            ("52e", "wrong"),
            ("532", "expired"),
            ("533", "disabled"),
            ("701", "has expired"),
            ("773", "must be changed"),
            ("775", "locked out"),
            ("999", "wrong"),
        ] {
            let error = refused(49, &text(data));
            assert!(error.to_string().contains(word), "{data}: {error}");
            assert!(!error.is_incomplete());
        }
        assert!(refused(49, "").to_string().contains("wrong"));
    }

    #[test]
    fn tells_a_refusal_from_a_server_that_cannot_answer_now() {
        for code in [51, 52, 80] {
            assert!(refused(code, "").is_incomplete(), "{code}");
        }
        for code in [8, 13, 34, 48, 49, 53] {
            assert!(!refused(code, "").is_incomplete(), "{code}");
        }
    }
}
