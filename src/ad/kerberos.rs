//! A Kerberos ticket from a keytab.
//!
//! MIT Kerberos takes a client's keytab and the place for its tickets from environment variables; the calls that take
//! them as arguments have no safe binding. So whoever wants to bind with a keytab starts this process in
//! [`kerberos_environment`]. The tickets stay in memory.
//!
//! The key is tried once, against the domain's key distribution centre (KDC), before any server is asked for anything.
//! The bind itself goes over TLS, without a security layer of its own and bound to the server's certificate
//! (`tls-server-end-point`, RFC 5929), which is what Active Directory asks for (`LdapEnforceChannelBinding`).

use std::ffi::OsString;
use std::path::Path;
use std::time::Duration;

use libgssapi::credential::{Cred, CredUsage};
use libgssapi::error::Error as GssError;
use libgssapi::name::Name;
use libgssapi::oid::{GSS_MECH_KRB5, GSS_NT_KRB5_PRINCIPAL, OidSet};
use tokio::runtime::Handle;

use super::bind::Bound;
use super::connection::Connection;
use super::{Answer, KerberosError, ReadProblem};

const OTHER_PRINCIPAL: &str =
    "make a keytab for this very principal, or write the one that the keytab has; case counts";
/// Errors of MIT Kerberos (`krb5.h`), as the minor status carries them, with what to do.
const REFUSALS: [(i32, &str); 9] = [
    (-1_765_328_243, OTHER_PRINCIPAL),
    (-1_765_328_378, "check the account's name; the KDC does not know it"),
    (-1_765_328_366, "enable or unlock the account"),
    (-1_765_328_361, "set a new password, make a new keytab, or let this account's password never expire"),
    (-1_765_328_360, "make a new keytab: the account's password was changed since this one was made"),
    (-1_765_328_370, "make a new keytab with the kinds of encryption that the account has, such as AES256"),
    (-1_765_328_347, "set this machine's clock right: it may differ from the domain's by 5 minutes"),
    (-1_765_328_203, OTHER_PRINCIPAL),
    (-1_765_328_174, "make a keytab with keys of a kind that this machine allows, such as AES256"),
];
/// Errors that say that no KDC was found or answered.
const UNREACHABLE: [i32; 3] = [-1_765_328_228, -1_765_328_230, -1_765_328_164];

/// A ticket that asks for tickets.
#[derive(Clone)]
pub(super) struct Ticket(Cred);

/// The environment variables with which a process must be started that is to bind as this account. The place in memory
/// holds the tickets of one account, so it is named beside its keytab.
pub fn kerberos_environment(account: &str, keytab: &Path) -> Vec<(&'static str, OsString)> {
    let mut file = OsString::from("FILE:");
    file.push(keytab);
    vec![
        ("KRB5_CLIENT_KTNAME", file),
        ("KRB5CCNAME", OsString::from("MEMORY:adjunct")),
        ("ADJUNCT_KERBEROS_ACCOUNT", OsString::from(account)),
    ]
}

/// Gets a ticket for the account, with the key that the keytab has for it.
pub(super) async fn obtain(account: &str, keytab: &Path, timeout: Duration) -> Result<Ticket, KerberosError> {
    if kerberos_environment(account, keytab)
        .iter()
        .any(|(name, value)| std::env::var_os(name).as_ref() != Some(value))
    {
        return Err(KerberosError::OtherAccount { account: account.to_owned(), keytab: keytab.to_owned() });
    }
    let unreachable = |reason| Err(KerberosError::Unreachable { account: account.to_owned(), reason });
    let principal = account.to_owned();
    let acquired = tokio::task::spawn_blocking(move || acquire(&principal));
    match tokio::time::timeout(timeout, acquired).await {
        Ok(Ok(Ok(cred))) => Ok(Ticket(cred)),
        Ok(Ok(Err(error))) if UNREACHABLE.contains(&error.minor.cast_signed()) => {
            unreachable(reason_of(&error.to_string()))
        }
        Ok(Ok(Err(error))) => Err(KerberosError::Refused {
            account: account.to_owned(),
            keytab: keytab.to_owned(),
            help: help_for(error),
            reason: reason_of(&error.to_string()),
        }),
        Ok(Err(panic)) => unreachable(panic.to_string()),
        Err(_) => unreachable(format!("no answer within {} s", timeout.as_secs_f64())),
    }
}

fn acquire(principal: &str) -> Result<Cred, GssError> {
    let name =
        Name::new(principal.as_bytes(), Some(&GSS_NT_KRB5_PRINCIPAL))?.canonicalize(Some(&GSS_MECH_KRB5))?;
    let mut mechanisms = OidSet::new()?;
    mechanisms.add(&GSS_MECH_KRB5)?;
    // A credential of a name that has no ticket yet is had from the KDC at once.
    Cred::acquire(Some(&name), None, CredUsage::Initiate, Some(&mechanisms))
}

fn help_for(error: GssError) -> &'static str {
    let known = REFUSALS.iter().find(|(code, _)| *code == error.minor.cast_signed());
    known.map_or("check the principal, its keytab and this machine's krb5.conf", |(_, help)| help)
}

/// What the mechanism says, without the general words of GSSAPI around it: `General words (what it says)`.
fn reason_of(text: &str) -> String {
    let text = text.replace(char::is_control, " ");
    let inner = text.trim().strip_suffix(')').and_then(|text| text.split_once(" ("));
    inner.map_or(text.trim(), |(_, inner)| inner).to_owned()
}

/// Binds by GSSAPI (RFC 4752).
pub(super) async fn bind(
    connection: &Connection,
    ticket: &Ticket,
    service: String,
    timeout: Duration,
) -> Bound {
    let mut ldap = connection.operations();
    let Ticket(cred) = ticket.clone();
    // The library asks the KDC for the server's ticket on the thread that polls it.
    let runtime = Handle::current();
    let bound = tokio::task::spawn_blocking(move || {
        runtime.block_on(async move { ldap.sasl_gssapi_cred_bind(cred.into(), &service).await })
    });
    match tokio::time::timeout(timeout, bound).await {
        Ok(Ok(Ok(result))) => Bound::Answered(Answer::from(&result)),
        Ok(Ok(Err(ldap3::LdapError::GssapiOperationError(reason)))) => Bound::Failed(reason_of(&reason)),
        Ok(Ok(Err(error))) => Bound::Unanswered(connection.problem(error).await),
        Ok(Err(_)) => Bound::Unanswered(ReadProblem::Undecodable("a step of the Kerberos bind")),
        Err(_) => Bound::Unanswered(ReadProblem::Silence(timeout)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reason_is_what_kerberos_itself_says() {
        let text = "Unspecified GSS failure.  Minor code may provide more information (Server not found)";
        assert_eq!(reason_of(text), "Server not found");
        assert_eq!(reason_of("General (Clock (UTC) is wrong)\n"), "Clock (UTC) is wrong");
        assert_eq!(reason_of("GSSAPI exchange not finished"), "GSSAPI exchange not finished");
    }
}
