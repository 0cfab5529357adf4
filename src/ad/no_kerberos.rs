//! Stands in for `kerberos` in builds without it: every keytab is refused before anything is sent.

use std::ffi::OsString;
use std::future::{Ready, ready};
use std::path::Path;
use std::time::Duration;

use super::KerberosError;
use super::bind::Bound;
use super::connection::Connection;

/// A ticket, which nobody has here.
#[derive(Debug)]
pub(super) enum Ticket {}

/// The environment variables with which a process must be started that is to bind as this account: none, for this build
/// refuses every keytab.
pub fn kerberos_environment(_account: &str, _keytab: &Path) -> Vec<(&'static str, OsString)> {
    Vec::new()
}

pub(super) fn obtain(
    account: &str,
    _keytab: &Path,
    _timeout: Duration,
) -> Ready<Result<Ticket, KerberosError>> {
    ready(Err(KerberosError::NotBuiltIn { account: account.to_owned() }))
}

pub(super) fn bind(
    _connection: &Connection,
    ticket: &Ticket,
    _service: String,
    _timeout: Duration,
) -> Ready<Bound> {
    match *ticket {}
}
