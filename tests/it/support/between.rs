//! The binary between a scripted domain controller and an organization.

use std::fs;

use tempfile::TempDir;

use super::command::{Answer, adjunct_with};
use super::ldap_server::{ACCOUNT, DOMAIN, LdapServer, PASSWORD};
use super::organization::Organization;

/// A policy between the two. No limit of it stops anything: whoever would be removed is.
#[derive(Clone, Copy)]
pub(crate) struct Between<'s> {
    pub(crate) server: &'s LdapServer,
    pub(crate) organization: &'s Organization,
    /// Longest wait for an answer, as the policy has it.
    pub(crate) timeout: &'s str,
}

impl<'s> Between<'s> {
    /// Waits longer than anything takes.
    pub(crate) fn new(server: &'s LdapServer, organization: &'s Organization) -> Self {
        Self { server, organization, timeout: "60s" }
    }

    /// Runs the binary on the policy.
    pub(crate) fn run(self, arguments: &[&str]) -> Answer {
        let Self { server, organization, timeout } = self;
        let policy = format!(
            r#"policy "test" {{
    active-directory {{
        server "{}"
        bind "{}" password=(env)"AD_PASSWORD"
        ca-certificate "ca.pem"
        timeout "{timeout}"
    }}
    jumpcloud {{
        api-key (env)"JUMPCLOUD_API_KEY"
        url "{}"
    }}
    root-container "OU=Staff,{DOMAIN}"
    security-group "JumpCloud"
    limits {{
        removals 10000 percent=100
        membership-removals 10000 percent=100
        attribute-changes 10000 percent=100
    }}
}}
"#,
            server.url(),
            ACCOUNT.replace('\\', "\\\\"),
            organization.url()
        );
        let folder = TempDir::new().unwrap();
        fs::write(folder.path().join("ca.pem"), server.ca_pem()).unwrap();
        fs::write(folder.path().join("policy.kdl"), policy).unwrap();
        let (command, options) = arguments.split_first().unwrap();
        let secrets = [("AD_PASSWORD", PASSWORD), ("JUMPCLOUD_API_KEY", Organization::API_KEY)];
        adjunct_with(folder.path(), &secrets, &[&[*command, "policy.kdl"], options].concat())
    }
}
