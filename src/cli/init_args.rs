//! What can be typed behind `init`.

use std::path::PathBuf;

use clap::Args;

/// Arguments of `init`. On a terminal, what is not given is asked for.
#[derive(Debug, Args)]
pub(super) struct InitArgs {
    /// Where the policy goes; without it, into a file named after the domain. Nothing is ever replaced
    #[arg(value_name = "FILE")]
    pub(super) file: Option<PathBuf>,
    /// A domain controller, such as `ldaps://dc1.corp.example.com`
    #[arg(long, value_name = "URL", conflicts_with = "ldif")]
    pub(super) server: Option<String>,
    /// The account that reads the directory: CORP\jcimport, jcimport@corp.example.com or a DN
    #[arg(long, value_name = "ACCOUNT", conflicts_with = "ldif")]
    pub(super) bind: Option<String>,
    /// The environment variable that holds its password, here and later
    #[arg(long, value_name = "NAME", default_value = "AD_PASSWORD", conflicts_with = "ldif")]
    pub(super) password_env: String,
    /// The CA of the domain, where this machine does not trust it
    #[arg(long, value_name = "FILE", conflicts_with = "ldif")]
    pub(super) ca_certificate: Option<PathBuf>,
    /// An LDIF export in place of a domain controller
    #[arg(long, value_name = "FILE")]
    pub(super) ldif: Option<PathBuf>,
    /// The group whose members are imported, by name or DN; without it, the one that has JumpCloud in its name
    #[arg(long, value_name = "GROUP")]
    pub(super) security_group: Option<String>,
    /// The container under which everybody lives who may be imported; without it, the lowest that holds the group and its
    /// members
    #[arg(long, value_name = "DN")]
    pub(super) root_container: Option<String>,
    /// The environment variable that is to hold JumpCloud's API key, which need not be set yet; without it,
    /// `JUMPCLOUD_API_KEY`
    #[arg(long, value_name = "NAME")]
    pub(super) api_key_env: Option<String>,
    /// Go into a local organization instead, to rehearse without a JumpCloud account
    #[arg(long, conflicts_with = "api_key_env")]
    pub(super) sandbox: bool,
}

pub(super) const INIT_EXAMPLES: &str = "\
Examples:
  adjunct init --ldif policies/example.ldif --sandbox
  adjunct init --server ldaps://dc1.example.com --bind 'CORP\\jcimport' --ca-certificate corp-ca.pem

Beside the policy goes a first test of it. The directory is read, and nothing is written to it or to JumpCloud.";
