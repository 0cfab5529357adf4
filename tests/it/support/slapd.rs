//! OpenLDAP's server with Active Directory's classes, over TLS on a loopback address of its own.
//!
//! Debian's package brings `msuser.schema`: Active Directory's users and groups with nearly all that adjunct reads. What
//! it leaves out is defined here as Active Directory has it: the class `securityPrincipal` (`sAMAccountName` and
//! `objectSid` of users and groups), and two attributes of the rootDSE.

use std::fmt::Write as _;
use std::fs;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::process::Command;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tempfile::TempDir;

use super::daemon::{Account, Daemon};
use super::ldap_server::sid;
use super::samba::Authority;

/// What `msuser.schema` does not define.
const SCHEMA: &str = "\
attributetype ( 1.3.6.1.4.1.4203.666.1.1 NAME 'defaultNamingContext'
    SYNTAX 1.3.6.1.4.1.1466.115.121.1.12 SINGLE-VALUE )
attributetype ( 1.3.6.1.4.1.4203.666.1.2 NAME 'isSynchronized'
    SYNTAX 1.3.6.1.4.1.1466.115.121.1.7 SINGLE-VALUE )
objectclass ( 1.2.840.113556.1.5.6 NAME 'securityPrincipal' SUP top AUXILIARY
    MUST sAMAccountName MAY objectSid )
";

/// What Active Directory sets on every object, and `msuser.schema` demands.
const DEMANDED: &str =
    "instanceType: 4\nnTSecurityDescriptor:: AA==\nobjectCategory: cn=Any,dc=corp,dc=example,dc=com\n";

/// A running server. It ends when dropped.
pub(crate) struct Slapd {
    url: String,
    port: u16,
    address: Ipv4Addr,
    authority: Authority,
    _daemon: Daemon,
    _folder: TempDir,
}

impl Slapd {
    /// The container with the security group `JumpCloud` and its members.
    pub(crate) const ROOT: &str = "ou=Staff,dc=corp,dc=example,dc=com";
    /// The account under the server's size limit.
    pub(crate) const LIMITED: &str = "cn=limited,dc=corp,dc=example,dc=com";
    /// The account that the limit does not hold for.
    pub(crate) const UNLIMITED: &str = "cn=unlimited,dc=corp,dc=example,dc=com";
    /// The password of both.
    pub(crate) const PASSWORD: &str = "Passw0rd!Import";

    /// A server with so many users, all in the security group, that answers a search with `size_limit` entries at most.
    pub(crate) fn start(users: usize, size_limit: usize) -> Self {
        let folder = TempDir::new().unwrap();
        let at = folder.path();
        let (address, port) = free_address();
        let authority = Authority::new("Test CA");
        let identity = authority.sign(&["localhost"], address.into());
        let contents = entries(users);
        for (file, text) in [
            ("own.schema", SCHEMA),
            ("root-dse.ldif", "dn:\ndefaultNamingContext: dc=corp,dc=example,dc=com\nisSynchronized: TRUE\n"),
            ("slapd.conf", &settings(&at.display().to_string(), size_limit)),
            ("server.pem", &identity.certificate),
            ("server.key", &identity.key),
            ("contents.ldif", &contents),
        ] {
            fs::write(at.join(file), text).unwrap();
        }
        fs::create_dir(at.join("database")).unwrap();
        let mut load = Command::new("/usr/sbin/slapadd");
        Account::Own.run(load.current_dir(at).args(["-q", "-f", "slapd.conf", "-l", "contents.ldif"]));
        let url = format!("ldaps://{address}:{port}");
        let command = ["/usr/sbin/slapd", "-d", "0", "-f", "slapd.conf", "-h", &url];
        let daemon =
            Daemon::start(at, Account::Own, &command, || TcpStream::connect((address, port)).is_ok());
        Self { url, port, address, authority, _daemon: daemon, _folder: folder }
    }

    /// `ldaps://ADDRESS:PORT`
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    pub(crate) fn address(&self) -> Ipv4Addr {
        self.address
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// The certificate of the CA that issued the server's.
    pub(crate) fn ca_pem(&self) -> &str {
        self.authority.pem()
    }
}

/// A loopback address that no other test binds to, and a port that is free there.
fn free_address() -> (Ipv4Addr, u16) {
    let [.., high, low] = std::process::id().to_be_bytes();
    let address = Ipv4Addr::new(127, 54, high, low);
    (address, TcpListener::bind((address, 0)).unwrap().local_addr().unwrap().port())
}

fn settings(folder: &str, size_limit: usize) -> String {
    let mut settings = String::new();
    for schema in ["core", "cosine", "inetorgperson", "nis", "msuser"] {
        writeln!(settings, "include /etc/ldap/schema/{schema}.schema").unwrap();
    }
    write!(
        settings,
        "include {folder}/own.schema
modulepath /usr/lib/ldap
moduleload back_mdb
rootDSE {folder}/root-dse.ldif
TLSCertificateFile {folder}/server.pem
TLSCertificateKeyFile {folder}/server.key
sizelimit {size_limit}
database mdb
suffix dc=corp,dc=example,dc=com
directory {folder}/database
dbnosync
maxsize 104857600
limits dn.exact={unlimited} size=unlimited
access to attrs=userPassword by anonymous auth
access to * by users read
",
        unlimited = Slapd::UNLIMITED
    )
    .unwrap();
    settings
}

fn entries(users: usize) -> String {
    let (domain, root) = ("dc=corp,dc=example,dc=com", Slapd::ROOT);
    let guid = |number: usize| STANDARD.encode(u128::try_from(number).unwrap().to_be_bytes());
    let mut text = format!(
        "dn: {domain}\nobjectClass: domain\ndc: corp\n\ndn: {root}\nobjectClass: organizationalUnit\nou: Staff\n\n"
    );
    let mut account = |dn: &str, name: &str, number: usize, more: &str| {
        write!(
            text,
            "dn: {dn}\nobjectClass: user\nobjectClass: securityPrincipal\n{DEMANDED}objectGUID:: {guid}\n\
             sAMAccountName: {name}\nsn: Example\nuserAccountControl: 512\naccountExpires: 0\nprimaryGroupID: 513\n\
             {more}\n",
            guid = guid(number)
        )
        .unwrap();
    };
    for (dn, name, number) in [(Slapd::LIMITED, "limited", 1), (Slapd::UNLIMITED, "unlimited", 2)] {
        account(dn, name, number, &format!("userPassword: {}\n", Slapd::PASSWORD));
    }
    let dn = |number: usize| format!("cn=User {number:04},{root}");
    for number in 0..users {
        let name = format!("user{number:04}");
        let more = format!("givenName: User\nmail: {name}@example.com\n");
        account(&dn(number), &name, 1000 + number, &more);
    }
    write!(
        text,
        "dn: cn=JumpCloud,{root}\nobjectClass: group\nobjectClass: securityPrincipal\n{DEMANDED}objectGUID:: {}\n\
         sAMAccountName: JumpCloud\nobjectSid:: {}\ngroupType: -2147483646\n",
        guid(3),
        STANDARD.encode(sid(1001))
    )
    .unwrap();
    for number in 0..users {
        writeln!(text, "member: {}", dn(number)).unwrap();
    }
    text
}
