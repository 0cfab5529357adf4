//! A process of its own for a keytab.
//!
//! Kerberos takes the keytab from the environment, and nothing can change that of a process with threads safely. So a
//! run whose policy names a keytab begins anew, as the same process with the same arguments, before it has done
//! anything but read the policy.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::error::CliError;
use crate::ad;
use crate::policy::{ActiveDirectory, Credential, Policy};

/// Where the keytab lies.
pub(super) fn path_of(file: &str, folder: &Path) -> Result<PathBuf, CliError> {
    let path = folder.join(file);
    std::path::absolute(&path).map_err(|source| unreadable(path, source))
}

/// Returns when the policy names no keytab, or this process was started for one; else begins anew.
pub(super) fn ensure_environment(policy: &Policy, folder: &Path) -> Result<(), CliError> {
    let ActiveDirectory::Ldap(ldap) = &policy.active_directory else { return Ok(()) };
    let Credential::Keytab(file) = &ldap.credential else { return Ok(()) };
    let path = path_of(&file.value, folder)?;
    let environment = ad::kerberos_environment(&ldap.bind.value, &path);
    let is_set = |(name, value): &(&str, OsString)| std::env::var_os(name).as_ref() == Some(value);
    // Begun anew for each of two accounts, it would go on for ever.
    if environment.iter().any(is_set) || environment.is_empty() {
        return Ok(());
    }
    std::fs::File::open(&path).map_err(|source| unreadable(path, source))?;
    Err(CliError::BeginAnew(begin_anew(environment)))
}

fn unreadable(path: PathBuf, source: io::Error) -> CliError {
    CliError::File { what: "the keytab", path, source }
}

/// Returns only when it fails.
#[cfg(unix)]
fn begin_anew(environment: Vec<(&'static str, OsString)>) -> io::Error {
    use std::os::unix::process::CommandExt;

    match std::env::current_exe() {
        Ok(program) => Command::new(program).args(std::env::args_os().skip(1)).envs(environment).exec(),
        Err(error) => error,
    }
}

#[cfg(not(unix))]
fn begin_anew(_environment: Vec<(&'static str, OsString)>) -> io::Error {
    io::ErrorKind::Unsupported.into()
}
