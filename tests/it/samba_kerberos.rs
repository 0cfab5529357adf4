//! A bind by Kerberos with a keytab, against the domain controller's own KDC.

use std::fs;
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use tempfile::TempDir;

use crate::support::command::{Answer, adjunct_with};
use crate::support::ldap_server::Script;
use crate::support::proxy::Proxy;
use crate::support::samba::{Container, Samba};

const PRINCIPAL: &str = "jcimport@CORP.EXAMPLE.COM";

/// A folder with a policy that binds by Kerberos, and a KDC that counts.
struct Kerberos {
    samba: &'static Samba,
    container: Container,
    folder: TempDir,
    kdc: Kdc,
}

impl Kerberos {
    fn new(name: &str) -> Self {
        let samba = Samba::shared();
        let container = samba.container(name);
        container.add_member("ada");
        let kerberos =
            Self { samba, container, folder: TempDir::new().unwrap(), kdc: Kdc::start(samba.address()) };
        kerberos.write("ca.pem", samba.authority().pem());
        kerberos.configure(kerberos.kdc.address);
        kerberos
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
    }

    /// Names the domain's KDC to Kerberos.
    fn configure(&self, kdc: SocketAddr) {
        let text = format!(
            "[libdefaults]\n dns_lookup_kdc = false\n dns_lookup_realm = false\n rdns = false\n \
             udp_preference_limit = 1\n[realms]\n CORP.EXAMPLE.COM = {{\n  kdc = {kdc}\n }}\n"
        );
        self.write("krb5.conf", &text);
    }

    /// Plans from these servers with this principal and `bind.keytab`.
    fn plan(&self, servers: &[&str], principal: &str) -> Answer {
        let policy = format!(
            r#"policy "test" {{
    active-directory {{
        server "{}"
        bind "{principal}" keytab="bind.keytab"
        ca-certificate "ca.pem"
        timeout "10s"
    }}
    jumpcloud {{
        sandbox "organization.json"
    }}
    root-container "{}"
    security-group "JumpCloud"
}}
"#,
            servers.join("\" \""),
            self.container.dn()
        );
        self.write("policy.kdl", &policy);
        self.run(&["plan", "policy.kdl", "--format", "json"])
    }

    fn run(&self, arguments: &[&str]) -> Answer {
        let configuration = self.path("krb5.conf");
        adjunct_with(self.folder.path(), &[("KRB5_CONFIG", configuration.to_str().unwrap())], arguments)
    }
}

/// Passes requests on to the domain's KDC and counts them.
struct Kdc {
    address: SocketAddr,
    requests: Arc<AtomicUsize>,
}

impl Kdc {
    fn start(controller: Ipv4Addr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (address, requests) = (listener.local_addr().unwrap(), Arc::new(AtomicUsize::new(0)));
        let counted = Arc::clone(&requests);
        thread::spawn(move || {
            for client in listener.incoming() {
                counted.fetch_add(1, Ordering::SeqCst);
                let _ = pass(client.unwrap(), controller);
            }
        });
        Self { address, requests }
    }

    fn requests(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }
}

/// One request and its answer, each with its length in four bytes in front (RFC 4120 7.2.2).
fn pass(mut client: TcpStream, controller: Ipv4Addr) -> io::Result<()> {
    let mut kdc = TcpStream::connect((controller, 88))?;
    copy_message(&mut client, &mut kdc)?;
    copy_message(&mut kdc, &mut client)?;
    client.shutdown(Shutdown::Both)
}

fn copy_message(from: &mut TcpStream, to: &mut TcpStream) -> io::Result<()> {
    let mut length = [0; 4];
    from.read_exact(&mut length)?;
    let mut message = vec![0; usize::try_from(u32::from_be_bytes(length)).unwrap()];
    from.read_exact(&mut message)?;
    to.write_all(&[length.as_slice(), &message].concat())
}

fn planned(answer: &Answer) {
    assert_eq!(answer.code, 0, "{}", answer.stderr);
    assert_eq!(answer.json()["summary"]["create"], 2, "{}", answer.stdout);
}

fn refused(answer: &Answer, code: i32, name: &str) {
    assert_eq!(answer.code, code, "{}", answer.stderr);
    assert!(answer.stderr.contains(name) && answer.stderr.contains("help: "), "{}", answer.stderr);
}

#[test]
fn a_keytab_binds_over_ldaps_and_over_start_tls() {
    let kerberos = Kerberos::new("kerberos");
    kerberos.samba.export_keytab("jcimport", &kerberos.path("bind.keytab"));
    let address = kerberos.samba.address();
    for server in [format!("ldaps://{address}"), format!("ldap://{address}")] {
        let answer = kerberos.plan(&[&server], PRINCIPAL);
        planned(&answer);
        assert_eq!(answer.json()["source"]["location"], server);
        assert!(!answer.stdout.contains("bind-account-not-found"), "{}", answer.stdout);
    }
    let files = fs::read_dir(kerberos.folder.path()).unwrap();
    let mut files: Vec<_> = files.map(|file| file.unwrap().file_name()).collect();
    files.sort();
    assert_eq!(files, ["bind.keytab", "ca.pem", "krb5.conf", "policy.kdl"], "no ticket lies about");
}

#[test]
fn one_ticket_serves_for_all_servers() {
    let kerberos = Kerberos::new("kerberosnext");
    kerberos.samba.export_keytab("jcimport", &kerberos.path("bind.keytab"));
    let behind = Script::new().not_synchronized().start();
    let authorities = format!("{}{}", kerberos.samba.authority().pem(), behind.ca_pem());
    kerberos.write("ca.pem", &authorities);
    let answer = kerberos.plan(&[behind.url(), &kerberos.samba.url()], PRINCIPAL);
    planned(&answer);
    assert_eq!(answer.json()["source"]["location"], kerberos.samba.url());
    assert_eq!(
        kerberos.kdc.requests(),
        3,
        "two for the ticket (RFC 4120 5.9.1 asks for the key), one for the server"
    );
}

#[test]
fn a_key_that_is_not_the_accounts_is_tried_once() {
    let kerberos = Kerberos::new("kerberoskey");
    let account = kerberos.container.add_user("svc");
    kerberos.samba.set_password(&account, "First-passw0rd");
    let name = kerberos.container.logon_name("svc");
    kerberos.samba.export_keytab(&name, &kerberos.path("bind.keytab"));
    kerberos.samba.set_password(&account, "Second-passw0rd");
    let server = Script::new().start();
    let answer = kerberos.plan(&[server.url(), &kerberos.samba.url()], &format!("{name}@CORP.EXAMPLE.COM"));
    refused(&answer, 1, "ad::ticket");
    assert!(answer.stderr.contains("make a new keytab"), "{}", answer.stderr);
    assert_eq!(kerberos.kdc.requests(), 2, "one without the key and one with it");
    assert_eq!(server.connections(), 0);
}

#[test]
fn a_keytab_without_the_principal_is_not_tried() {
    let kerberos = Kerberos::new("kerberosother");
    kerberos.samba.export_keytab("jcimport", &kerberos.path("bind.keytab"));
    let answer = kerberos.plan(&[&kerberos.samba.url()], "somebody@CORP.EXAMPLE.COM");
    refused(&answer, 1, "ad::ticket");
    assert!(answer.stderr.contains("this very principal"), "{}", answer.stderr);
    assert_eq!(kerberos.kdc.requests(), 0);
}

#[test]
fn a_missing_keytab_is_named() {
    let kerberos = Kerberos::new("kerberosmissing");
    let answer = kerberos.plan(&[&kerberos.samba.url()], PRINCIPAL);
    refused(&answer, 1, "cli::unreadable_file");
    assert!(answer.stderr.contains("bind.keytab"), "{}", answer.stderr);
}

#[test]
fn without_a_kdc_nothing_is_read() {
    let kerberos = Kerberos::new("kerberosdown");
    kerberos.samba.export_keytab("jcimport", &kerberos.path("bind.keytab"));
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    kerberos.configure(closed);
    let answer = kerberos.plan(&[&kerberos.samba.url()], PRINCIPAL);
    refused(&answer, 6, "ad::kdc_unreachable");
}

#[test]
fn a_server_that_kerberos_does_not_know_by_this_name_is_refused() {
    let kerberos = Kerberos::new("kerberosname");
    kerberos.samba.export_keytab("jcimport", &kerberos.path("bind.keytab"));
    let proxy = Proxy::start(kerberos.samba, |_| {});
    let answer = kerberos.plan(&[&proxy.url()], PRINCIPAL);
    refused(&answer, 1, "ad::service_ticket");
}

#[test]
fn the_account_of_the_keytab_is_held_back() {
    let kerberos = Kerberos::new("kerberosself");
    let other_name = [("userPrincipalName", "import@corp.example.com")];
    for (user, attributes) in [("upn", &[][..]), ("sam", &other_name)] {
        let account = kerberos.container.add_member_with(user, attributes);
        kerberos.samba.set_password(&account, "First-passw0rd");
        let name = kerberos.container.logon_name(user);
        let _ = fs::remove_file(kerberos.path("bind.keytab"));
        kerberos.samba.export_keytab(&name, &kerberos.path("bind.keytab"));
        let answer = kerberos.plan(&[&kerberos.samba.url()], &format!("{name}@CORP.EXAMPLE.COM"));
        assert_eq!(answer.code, 0, "{}", answer.stderr);
        let plan = answer.json();
        let held_back: Vec<_> = plan["held_back"].as_array().unwrap().iter().collect();
        assert_eq!(held_back.len(), 1, "{plan}");
        assert_eq!(
            (&held_back[0]["name"], &held_back[0]["reason"]),
            (&name.into(), &"service-account".into())
        );
    }
}

#[test]
fn one_run_binds_as_one_account() {
    let kerberos = Kerberos::new("kerberostwo");
    kerberos.samba.export_keytab("jcimport", &kerberos.path("bind.keytab"));
    fs::copy(kerberos.path("bind.keytab"), kerberos.path("other.keytab")).unwrap();
    planned(&kerberos.plan(&[&kerberos.samba.url()], PRINCIPAL));
    let policy = fs::read_to_string(kerberos.path("policy.kdl")).unwrap();
    let other =
        policy.replace("policy \"test\"", "policy \"other\"").replace("organization.json", "other.json");
    kerberos.write("same.kdl", &other);
    kerberos.write("account.kdl", &other.replace(PRINCIPAL, "svc@CORP.EXAMPLE.COM"));
    kerberos.write("keytab.kdl", &other.replace("bind.keytab", "other.keytab"));
    kerberos.write(
        "both.kdl",
        &other.replace("bind.keytab", "other.keytab").replace(PRINCIPAL, "svc@CORP.EXAMPLE.COM"),
    );

    let answer = kerberos.run(&["plan", "policy.kdl", "same.kdl"]);
    assert_eq!(answer.code, 0, "{}", answer.stderr);
    for second in ["account.kdl", "keytab.kdl", "both.kdl"] {
        let answer = kerberos.run(&["plan", "policy.kdl", second]);
        refused(&answer, 1, "ad::other_kerberos_account");
    }
}
