//! The Samba process: its folder, its address, its provisioned database, its start and its end.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use super::{Authority, Samba};

/// What the provisioned database is made of, beside Samba's version; a change makes the cached one stale.
const INGREDIENTS: [&str; 3] =
    [include_str!("domain.py"), include_str!("corporate.py"), include_str!("process.rs")];
/// The script that works on the database.
const DOMAIN_SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/support/samba/domain.py");
/// The distribution's python: Samba's modules lie there.
const PYTHON: &str = "/usr/bin/python3";
/// The parts of a folder that provisioning fills; the rest is made for each start.
const PROVISIONED: [&str; 3] = ["private", "state", "bind-dns"];
/// LDAP, LDAPS, the global catalog's two, and Kerberos' two.
const PORTS: [u16; 6] = [389, 636, 3268, 3269, 88, 464];
/// Longest wait for the start and for the end.
const PATIENCE: Duration = Duration::from_mins(1);

/// Runs Samba, then removes its folder, as often as workers that end later still write into it.
const RUN_AND_REMOVE: &str = r#"
samba --interactive --configfile="$1/smb.conf"
cd /
for try in 1 2 3 4 5 6 7 8 9 10; do
    rm -rf -- "$1"
    sleep 0.2
    [ -e "$1" ] || exit 0
done
"#;

/// A Samba process and what is its own.
#[derive(Debug)]
pub(super) struct Process {
    /// The shell that runs Samba and removes the folder after it.
    shell: Child,
    folder: PathBuf,
    address: Ipv4Addr,
    /// Held as long as the address is ours.
    _claim: File,
}

impl Process {
    /// Starts Samba. It does not answer yet when this returns.
    pub(super) fn start(authority: &Authority) -> Result<Self, String> {
        let version = version()?;
        let cached = provisioned(&version)?;
        let (address, claim) = claim_address()?;
        // Short, because Unix sockets below it have 107 bytes for their path.
        let folder =
            std::env::temp_dir().join(format!("adjunct-dc-{}-{}", std::process::id(), address.octets()[3]));
        lay_out(&folder, address)?;
        for part in PROVISIONED {
            run(Command::new("cp").arg("--archive").arg(cached.join(part)).arg(&folder))?;
        }
        let tls = folder.join("tls");
        let identity =
            authority.sign(&[&format!("dc1.{}", Samba::DOMAIN), Samba::DOMAIN, "localhost"], address.into());
        write(&tls.join("ca.pem"), authority.pem())?;
        write(&tls.join("server.pem"), &identity.certificate)?;
        write(&tls.join("server.key"), &identity.key)?;
        // Samba does not start with a key that others can read.
        fs::set_permissions(tls.join("server.key"), fs::Permissions::from_mode(0o600))
            .map_err(|e| e.to_string())?;
        let log = File::create(folder.join("log/samba")).map_err(|e| e.to_string())?;

        // Interactive, Samba ends when its standard input does, and so does not outlive this process. It makes a process
        // group for itself; the shell gets one too, so that an interrupt at the terminal leaves it to clean up.
        let shell = Command::new("/bin/sh")
            .args(["-c", RUN_AND_REMOVE])
            .arg("sh")
            .arg(&folder)
            .stdin(Stdio::piped())
            .stdout(log.try_clone().map_err(|e| e.to_string())?)
            .stderr(log)
            .process_group(0)
            .spawn()
            .map_err(|e| format!("could not start a shell: {e}"))?;
        Ok(Self { shell, folder, address, _claim: claim })
    }

    pub(super) fn address(&self) -> Ipv4Addr {
        self.address
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Waits until it answers.
    pub(super) fn wait_until(&self, answers: impl Fn() -> bool) -> Result<(), String> {
        let deadline = Instant::now() + PATIENCE;
        while !answers() {
            if !self.folder.exists() || Instant::now() > deadline {
                let log = fs::read_to_string(self.folder.join("log/samba")).unwrap_or_default();
                return Err(format!("Samba does not answer on {}. It said:\n{log}", self.address));
            }
            thread::sleep(Duration::from_millis(50));
        }
        Ok(())
    }

    /// Takes its standard input away and waits for its end: workers end a moment after their root process.
    pub(super) fn let_go(&mut self) {
        drop(self.shell.stdin.take());
        self.shell.wait().unwrap();
        let deadline = Instant::now() + PATIENCE;
        while TcpStream::connect((self.address, 636)).is_ok() && Instant::now() < deadline {
            thread::sleep(Duration::from_millis(50));
        }
    }

    /// Writes the Kerberos keys of an account into a keytab.
    #[cfg(all(feature = "kerberos", target_os = "linux"))]
    pub(super) fn export_keytab(&self, account: &str, keytab: &Path) {
        let account = format!("--principal={account}");
        let mut export = Command::new("samba-tool");
        export.args(["domain", "exportkeytab"]).arg(keytab).arg(account).arg(configuration(&self.folder));
        run(&mut export).unwrap();
    }

    /// Runs a command of the script on the database.
    pub(super) fn on_database(&self, arguments: &[&str]) {
        on_database(&self.folder, arguments).unwrap();
    }
}

fn version() -> Result<String, String> {
    const ADVICE: &str = "run the tests with tests/run, which installs what they need or skips them";
    let output = Command::new("samba").arg("--version").output();
    let output = output.map_err(|e| format!("Samba's domain controller is not installed ({e}); {ADVICE}"))?;
    if !fs::exists("/usr/share/samba/setup/provision.ldif").unwrap_or(false) {
        return Err(format!("Samba cannot provision a domain here; {ADVICE}"));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// A folder with a provisioned database, made when it is not there yet. Two processes that need it at once make it once.
fn provisioned(version: &str) -> Result<PathBuf, String> {
    let mut hasher = DefaultHasher::new();
    (version, INGREDIENTS).hash(&mut hasher);
    let cache = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let cached = cache.join(format!("domain-{:016x}", hasher.finish()));
    fs::create_dir_all(cache).map_err(|e| e.to_string())?;
    let lock = File::create(cache.join("domain.lock")).map_err(|e| e.to_string())?;
    lock.lock().map_err(|e| e.to_string())?;
    if cached.exists() {
        return Ok(cached);
    }
    let folder = std::env::temp_dir().join(format!("adjunct-dc-{}-new", std::process::id()));
    lay_out(&folder, Ipv4Addr::LOCALHOST)?;
    run(Command::new("samba-tool").args(["domain", "provision"]).arg(configuration(&folder)).args([
        "--realm=CORP.EXAMPLE.COM",
        "--domain=CORP",
        "--host-name=dc1",
        "--host-ip=127.0.0.1",
        "--server-role=dc",
        "--dns-backend=NONE",
        &format!("--adminpass={}", Samba::ADMINISTRATOR_PASSWORD),
        "--option=ldb:nosync=true",
    ]))?;
    on_database(&folder, &["prepare", "jcimport", Samba::PASSWORD])?;
    let unfinished = cached.with_extension("unfinished");
    let _ = fs::remove_dir_all(&unfinished);
    fs::create_dir(&unfinished).map_err(|e| e.to_string())?;
    for part in PROVISIONED {
        run(Command::new("cp").arg("--archive").arg(folder.join(part)).arg(&unfinished))?;
    }
    fs::rename(&unfinished, &cached).map_err(|e| e.to_string())?;
    fs::remove_dir_all(&folder).map_err(|e| e.to_string())?;
    Ok(cached)
}

/// An address of 127.0.53.0/24 on which nobody listens, and the lock that keeps it ours.
fn claim_address() -> Result<(Ipv4Addr, File), String> {
    for last in 1..=254 {
        let address = Ipv4Addr::new(127, 0, 53, last);
        let claim = std::env::temp_dir().join(format!("adjunct-dc-{address}.lock"));
        let claim = File::create(&claim).map_err(|e| format!("could not make {}: {e}", claim.display()))?;
        if claim.try_lock().is_ok() && PORTS.iter().all(|&port| TcpListener::bind((address, port)).is_ok()) {
            return Ok((address, claim));
        }
    }
    let problem = TcpListener::bind((Ipv4Addr::new(127, 0, 53, 1), 636)).err();
    let problem = problem.map_or_else(|| "all are taken".to_owned(), |e| e.to_string());
    Err(format!(
        "no loopback address has free ports for a domain controller, which needs root: {problem}; see tests/run"
    ))
}

/// Makes the folder and Samba's settings, all of whose paths lie in it.
fn lay_out(folder: &Path, address: Ipv4Addr) -> Result<(), String> {
    let _ = fs::remove_dir_all(folder);
    let at = folder.display();
    let mut settings = format!(
        "[global]\n\
         realm = CORP.EXAMPLE.COM\n\
         workgroup = CORP\n\
         netbios name = DC1\n\
         server role = active directory domain controller\n\
         server services = ldap, kdc\n\
         ldap server require strong auth = allow_sasl_over_tls\n\
         interfaces = {address}/8\n\
         bind interfaces only = yes\n\
         disable netbios = yes\n\
         tls keyfile = {at}/tls/server.key\n\
         tls certfile = {at}/tls/server.pem\n\
         tls cafile = {at}/tls/ca.pem\n\
         usershare path =\n\
         log file = {at}/log/log.%m\n\
         ldb:nosync = true\n\
         prefork children = 2\n\
         load printers = no\n\
         printcap name = /dev/null\n\
         disable spoolss = yes\n"
    );
    let paths = [
        ("private dir", "private"),
        ("binddns dir", "bind-dns"),
        ("state directory", "state"),
        ("cache directory", "cache"),
        ("lock directory", "lock"),
        ("pid directory", "run"),
        ("ncalrpc dir", "run/ncalrpc"),
        ("winbindd socket directory", "run/winbindd"),
        ("ntp signd socket directory", "run/ntp"),
    ];
    for (name, path) in paths {
        writeln!(settings, "{name} = {at}/{path}").map_err(|e| e.to_string())?;
    }
    write!(
        settings,
        "[sysvol]\npath = {at}/state/sysvol\nread only = no\n\
         [netlogon]\npath = {at}/state/sysvol/{}/scripts\nread only = no\n",
        Samba::DOMAIN
    )
    .map_err(|e| e.to_string())?;
    for part in PROVISIONED.into_iter().chain(["cache", "lock", "run", "log", "tls"]) {
        let part = folder.join(part);
        fs::create_dir_all(&part).map_err(|e| format!("could not make {}: {e}", part.display()))?;
    }
    write(&folder.join("smb.conf"), &settings)
}

fn configuration(folder: &Path) -> String {
    format!("--configfile={}", folder.join("smb.conf").display())
}

fn on_database(folder: &Path, arguments: &[&str]) -> Result<(), String> {
    run(Command::new(PYTHON).arg("-B").arg(DOMAIN_SCRIPT).arg(folder.join("smb.conf")).args(arguments))
}

fn write(file: &Path, text: &str) -> Result<(), String> {
    fs::write(file, text).map_err(|e| format!("could not write {}: {e}", file.display()))
}

/// Runs a command to its end.
fn run(command: &mut Command) -> Result<(), String> {
    let output =
        command.stdin(Stdio::null()).output().map_err(|e| format!("could not run {command:?}: {e}"))?;
    if output.status.success() {
        return Ok(());
    }
    let said = [output.stdout, output.stderr].concat();
    Err(format!("{command:?} failed. It said:\n{}", String::from_utf8_lossy(&said)))
}
