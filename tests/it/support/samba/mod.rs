//! A real Active Directory: Samba as the domain controller of `corp.example.com`, in a temporary folder and on a
//! loopback address of its own.
//!
//! All tests of the process share one ([`Samba::shared`]) and run at the same time, so each works in a container of its
//! own ([`Samba::container`]) and leaves the rest alone. Beside those lies a whole company ([`Samba::CORPORATE`], made by
//! `corporate.py`), which is only read. Tests read as `jcimport`, an ordinary domain user, and write as the
//! administrator.
//!
//! What real AD does and Samba does not (page limits, ranges that the server imposes, an empty password taken as
//! anonymous) is not for this.

mod certificate;
mod container;
mod directory;
mod process;

use std::net::Ipv4Addr;
use std::path::Path;
use std::sync::OnceLock;

pub(crate) use certificate::Authority;
pub(crate) use container::Container;
pub(crate) use directory::{Denied, GroupKind, read};
use process::Process;

/// A running domain controller. It ends, and its folder goes, with the last handle to its standard input: when this is
/// dropped or the process ends, however it ends.
#[derive(Debug)]
pub(crate) struct Samba {
    process: Process,
    authority: Authority,
}

impl Samba {
    /// The domain's DN.
    pub(crate) const BASE: &str = "DC=corp,DC=example,DC=com";
    /// The domain's DNS name.
    pub(crate) const DOMAIN: &str = "corp.example.com";
    /// The container of the company. Its group `JumpCloud` holds everybody, nested.
    pub(crate) const CORPORATE: &str = "OU=Corporate Users,DC=corp,DC=example,DC=com";
    /// The import account by DN.
    pub(crate) const BIND_DN: &str = "CN=jcimport,CN=Users,DC=corp,DC=example,DC=com";
    /// The import account by user principal name.
    pub(crate) const BIND_UPN: &str = "jcimport@corp.example.com";
    /// The import account by the short name of the domain and logon name.
    pub(crate) const BIND_NETBIOS: &str = "CORP\\jcimport";
    /// The import account's password.
    pub(crate) const PASSWORD: &str = "Passw0rd!Import";

    const ADMINISTRATOR: &str = "CN=Administrator,CN=Users,DC=corp,DC=example,DC=com";
    const ADMINISTRATOR_PASSWORD: &str = "Passw0rd!Admin";

    /// The domain controller that all tests of this process share.
    ///
    /// # Panics
    /// When there is no Samba, or it does not start.
    pub(crate) fn shared() -> &'static Self {
        static SHARED: OnceLock<Result<Samba, String>> = OnceLock::new();
        match SHARED.get_or_init(Self::start) {
            Ok(samba) => samba,
            Err(problem) => panic!("{problem}"),
        }
    }

    /// One more domain controller, with the same contents.
    ///
    /// # Errors
    /// When there is no Samba, or it does not start: a sentence.
    pub(crate) fn start() -> Result<Self, String> {
        let authority = Authority::new("Test CA");
        let process = Process::start(&authority)?;
        let samba = Self { process, authority };
        samba.process.wait_until(|| samba.try_bind(Self::BIND_DN, Self::PASSWORD).is_ok())?;
        samba.add_service_principal(&format!("ldap/{}", samba.address()));
        Ok(samba)
    }

    /// `ldaps://` and the address, which the certificate names.
    pub(crate) fn url(&self) -> String {
        format!("ldaps://{}", self.address())
    }

    /// The loopback address that it listens on.
    pub(crate) fn address(&self) -> Ipv4Addr {
        self.process.address()
    }

    /// Writes the Kerberos keys of an account into a keytab.
    #[cfg(all(feature = "kerberos", target_os = "linux"))]
    pub(crate) fn export_keytab(&self, account: &str, keytab: &Path) {
        self.process.export_keytab(account, keytab);
    }

    /// The folder below which everything of it lies.
    pub(crate) fn folder(&self) -> &Path {
        self.process.folder()
    }

    /// The authority that signed its certificate.
    pub(crate) fn authority(&self) -> &Authority {
        &self.authority
    }

    /// Takes its standard input away, as the end of this process would, and waits for its end.
    pub(crate) fn let_go(mut self) {
        self.process.let_go();
    }
}
