//! No secret in any output or file, whatever the command, and whatever goes wrong: keys, secrets, tokens and passwords.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use adjunct::sandbox::{Options, ServiceAccount};
use secrecy::SecretString;
use serde_json::json;
use tempfile::TempDir;

use crate::ad_read::{staff, users};
use crate::support::command::{Answer, adjunct_with, state_folder};
use crate::support::echoing::{Echo, Echoed, Echoing, Form};
use crate::support::ldap_server::{Entry, LdapServer, PASSWORD, Script};
use crate::support::organization::Organization;

/// Every command that meets a secret, or what a command before it has left. A command to come is one more line.
const COMMANDS: [&[&str]; 14] = [
    &["plan", "policy.kdl"],
    &["plan", "policy.kdl", "--format", "json"],
    &["snapshot", "policy.kdl", "--out", "copy.json", "--force"],
    &["plan", "policy.kdl", "--out", "saved.plan"],
    &["show", "saved.plan"],
    &["apply", "policy.kdl"],
    &["apply", "saved.plan", "--auto-approve", "--canary", "1", "--journal", "journals"],
    &["apply", "policy.kdl", "--auto-approve", "--canary", "1"],
    &["apply", "policy.kdl", "--auto-approve", "--format", "json"],
    &["history"],
    &["history", "--journal", "journals", "--format", "json"],
    &["restore", "journals", "--auto-approve"],
    &["pause", "policy.kdl", "--reason", "a holiday"],
    &["resume", "policy.kdl"],
];

const KEY: &str = "K3Y-canary-9f81";
const SECRET: &str = "S3CRET-canary-27ab";
const WRONG: &str = "WR0NG-canary-55cd";
const ID: &str = "5f1b881d9b3a4d2b3c4d5e6f";

/// As much as the libraries can be made to say.
const LOUD: [(&str, &str); 3] =
    [("RUST_LOG", "trace"), ("RUST_BACKTRACE", "full"), ("RUST_LIB_BACKTRACE", "1")];

/// Who asks JumpCloud.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asker {
    Key,
    Account,
}

/// A folder with a policy between a directory and an organization.
struct World {
    folder: TempDir,
    server: LdapServer,
    asker: Asker,
    way: Echoing,
    _organization: Organization,
}

impl World {
    fn new(asker: Asker, echo: Echo) -> Self {
        let server = Script::new()
            .entry(
                Entry::group(&staff("CN=JumpCloud"))
                    .members((0..3).map(|n| staff(&format!("CN=User {n:04}")))),
            )
            .entries(users(3))
            .start();
        let service_account =
            ServiceAccount { id: ID.to_owned(), secret: SECRET.into(), lifetime: Duration::from_hours(1) };
        let options = match asker {
            Asker::Key => Options { api_key: Some(SecretString::from(KEY)), ..Organization::options() },
            Asker::Account => {
                Options { api_key: None, service_account: Some(service_account), ..Organization::options() }
            }
        };
        let organization = Organization::with(&json!({}), options);
        let way = Echoing::to(&organization.url(), echo);
        let folder = TempDir::new().unwrap();
        fs::write(folder.path().join("ca.pem"), server.ca_pem()).unwrap();
        let proof = match asker {
            Asker::Key => "api-key (env)\"KEY\"".to_owned(),
            Asker::Account => format!("service-account \"{ID}\" secret=(env)\"SECRET\""),
        };
        let policy = format!(
            r#"policy "test" {{
    active-directory {{
        server "{}"
        bind "CORP\\jcimport" password=(env)"AD_PASSWORD"
        ca-certificate "ca.pem"
    }}
    jumpcloud {{
        {proof}
        url "{}"
    }}
    root-container "OU=Staff,DC=corp,DC=example,DC=com"
    security-group "JumpCloud"
}}
"#,
            server.url(),
            way.url()
        );
        fs::write(folder.path().join("policy.kdl"), policy).unwrap();
        Self { folder, server, asker, way, _organization: organization }
    }

    /// Runs every command, with these in the place of the right secrets. Gives the exit codes.
    fn run(&self, password: &str, key: &str) -> Vec<i32> {
        COMMANDS.map(|command| self.run_one(password, key, command)).into()
    }

    fn run_one(&self, password: &str, key: &str, command: &[&str]) -> i32 {
        let variables = variables(password, key);
        self.check(password, key, &adjunct_with(self.folder.path(), &variables, command))
    }

    /// That no secret is in an answer, nor in a file.
    fn check(&self, password: &str, key: &str, answer: &Answer) -> i32 {
        let mut secrets = self.way.secrets();
        secrets.extend([password, key, PASSWORD, KEY, SECRET].map(str::to_owned));
        secrets.sort();
        secrets.dedup();
        for secret in secrets {
            let said = format!("{}{}", answer.stdout, answer.stderr);
            // Lines may be broken anywhere.
            let joined: String = said.split(|c: char| c.is_whitespace() || c == '│').collect();
            let squeezed: String = secret.split_whitespace().collect();
            assert!(!joined.contains(&squeezed), "{secret} in {said}");
            for (path, bytes) in files(self.folder.path()) {
                let is_there = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
                assert!(!is_there, "{secret} in {path}: {}", String::from_utf8_lossy(&bytes));
            }
        }
        answer.code
    }
}

fn variables<'v>(password: &'v str, key: &'v str) -> Vec<(&'v str, &'v str)> {
    [&LOUD[..], &[("AD_PASSWORD", password), ("KEY", key), ("SECRET", key)]].concat()
}

/// Every file in a folder and those below it, with what is in it.
fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push((path.display().to_string(), fs::read(&path).unwrap()));
        }
    }
    found
}

const ALL_IS_WELL: Echo = Echo { echoed: Echoed::Nothing, status: 200, form: Form::Message };

#[test]
fn no_secret_is_shown_or_kept_when_all_goes_well() {
    for (asker, key) in [(Asker::Key, KEY), (Asker::Account, SECRET)] {
        let world = World::new(asker, ALL_IS_WELL);
        assert_eq!(world.run(PASSWORD, key), [0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0, 0], "{asker:?}");
        let names: Vec<String> = files(world.folder.path()).into_iter().map(|(path, _)| path).collect();
        assert!(names.iter().any(|name| name.contains("journals/")), "{names:?}");
        assert!(names.iter().any(|name| name.ends_with("copy.json")), "{names:?}");
        let sent = world.way.secrets();
        assert!(!sent.is_empty() && (asker == Asker::Account || sent.contains(&KEY.to_owned())));
    }
}

#[test]
fn no_secret_is_shown_or_kept_when_somebody_goes_and_comes_back() {
    for (asker, key) in [(Asker::Key, KEY), (Asker::Account, SECRET)] {
        let world = World::new(asker, ALL_IS_WELL);
        let apply = ["apply", "policy.kdl", "--auto-approve", "--journal", "journals"];
        assert_eq!(world.run_one(PASSWORD, key, &apply), 0);
        world.server.edit(|entries| {
            let user = entries.iter_mut().find(|entry| entry.dn.starts_with("CN=User 0001")).unwrap();
            *user = user.clone().with("userAccountControl", ["514"]);
        });
        assert_eq!(world.run_one(PASSWORD, key, &apply), 0);
        for format in ["json", "text"] {
            let restore = ["restore", "journals", "--auto-approve", "--format", format];
            assert_eq!(world.run_one(PASSWORD, key, &restore), 0);
        }
    }
}

#[cfg(unix)]
#[test]
fn no_secret_is_in_the_log_of_a_service() {
    use crate::support::service::Service;
    for (password, key, outcome) in
        [(PASSWORD, KEY, "\"ended\""), (WRONG, KEY, "failed"), (PASSWORD, WRONG, "failed")]
    {
        let world = World::new(Asker::Key, ALL_IS_WELL);
        let mut command = Command::new(env!("CARGO_BIN_EXE_adjunct"));
        command
            .args(["watch", "policy.kdl", "--interval", "50ms", "--log-format", "json"])
            .env_clear()
            .env("XDG_STATE_HOME", state_folder(world.folder.path()))
            .envs(variables(password, key))
            .current_dir(world.folder.path())
            .stdin(Stdio::null());
        let mut service = Service::start(command);
        service.wait_for("\"cycle\":2");
        service.terminate();
        let (code, log) = service.end();
        let log = log.join("\n");
        assert_eq!(code, Some(0), "{log}");
        assert!(log.contains(outcome), "{log}");
        let answer = Answer { code: 0, stdout: String::new(), stderr: log };
        world.check(password, key, &answer);
    }
}

#[test]
fn no_secret_is_shown_that_is_refused() {
    for asker in [Asker::Key, Asker::Account] {
        let world = World::new(asker, ALL_IS_WELL);
        let refused = world.run(PASSWORD, WRONG);
        // Nothing has begun a journal, so its folder is not there to be listed.
        assert_eq!(refused, [1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 1, 1, 0, 0]);
        let right = if world.asker == Asker::Key { KEY } else { SECRET };
        // Snapshots do not bind.
        assert_eq!(world.run(WRONG, right), [1, 1, 0, 1, 1, 1, 1, 1, 1, 0, 1, 1, 0, 0]);
        assert!(world.server.requests().iter().any(|request| request.starts_with("bind ")));
    }
}

/// Runs everything with JumpCloud answering so, and expects what is tried in vain to fail.
fn sent_back(asker: Asker, key: &str, echoed: Echoed, answers: &[(u16, Form)]) {
    for &(status, form) in answers {
        let codes = World::new(asker, Echo { echoed, status, form }).run(PASSWORD, key);
        // Where all reads go well, it is the writes that fail.
        let is_failure = |code: &i32| if echoed == Echoed::Writes { *code == 4 } else { *code != 0 };
        assert!(codes[7..9].iter().all(is_failure), "{asker:?} {echoed:?} {status} {form:?}: {codes:?}");
    }
}

#[test]
fn no_secret_is_shown_that_jumpcloud_sends_back() {
    // Failures that are tried again, and lost creations that are looked for, take long and say the same.
    let refusals = [(400, Form::Message), (401, Form::Message), (403, Form::Page)];
    let all = [&refusals[..], &[(200, Form::Text), (501, Form::Page), (501, Form::Message)]].concat();
    let lost = [&refusals[..], &[(200, Form::Text)]].concat();
    let (all, lost) = (&all, &lost);
    std::thread::scope(|scope| {
        for (asker, key) in [(Asker::Key, KEY), (Asker::Account, SECRET)] {
            scope.spawn(move || sent_back(asker, key, Echoed::Reads, all));
            scope.spawn(move || sent_back(asker, key, Echoed::Writes, lost));
        }
        scope.spawn(|| sent_back(Asker::Account, SECRET, Echoed::Tokens, all));
    });
}

#[test]
fn no_proxy_password_is_shown() {
    let world = World::new(Asker::Key, ALL_IS_WELL);
    let policy = fs::read_to_string(world.folder.path().join("policy.kdl")).unwrap();
    let policy = policy.replace(world.way.url(), "https://console.example.com");
    fs::write(world.folder.path().join("policy.kdl"), policy).unwrap();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let proxy = format!("http://somebody:{WRONG}@{}", listener.local_addr().unwrap());
    drop(listener);
    let variables =
        [&LOUD[..], &[("AD_PASSWORD", PASSWORD), ("KEY", KEY), ("HTTPS_PROXY", proxy.as_str())]].concat();
    let answer = adjunct_with(world.folder.path(), &variables, &["plan", "policy.kdl"]);
    assert_eq!(world.check(WRONG, KEY, &answer), 6, "{answer:?}");
}

#[test]
fn a_sandbox_shows_and_keeps_no_key() {
    use std::io::{BufRead as _, BufReader, Read as _};
    let folder = TempDir::new().unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_adjunct"))
        .args(["sandbox", "--state", "org.json", "--listen", "127.0.0.1:0"])
        .env_clear()
        .envs(LOUD)
        .env("ADJUNCT_SANDBOX_API_KEY", KEY)
        .env("XDG_STATE_HOME", state_folder(folder.path()))
        .current_dir(folder.path())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    let mut said = String::new();
    stdout.read_line(&mut said).unwrap();
    let address = said.trim().trim_start_matches("http://").trim_end_matches('/').parse().unwrap();
    let user = r#"{"username":"ada","email":"ada@example.com"}"#;
    for key in [KEY, WRONG] {
        let headers = format!("x-api-key: {key}\r\n");
        for (method, path, body) in [
            ("POST", "/api/systemusers", user),
            ("GET", "/sandbox/requests", ""),
            ("GET", "/sandbox/state", ""),
            ("GET", "/", ""),
        ] {
            let replies = crate::support::wire::exchange(
                address,
                &crate::support::wire::request(method, path, &headers, body),
            );
            write!(said, "{replies:?}").unwrap();
        }
    }
    child.kill().unwrap();
    stdout.read_to_string(&mut said).unwrap();
    child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    child.wait().unwrap();
    let kept = files(folder.path());
    assert!(said.contains("ada@example.com") && !kept.is_empty(), "{said}");
    for secret in [KEY, WRONG] {
        assert!(!said.contains(secret), "{said}");
        assert!(kept.iter().all(|(_, bytes)| !String::from_utf8_lossy(bytes).contains(secret)));
    }
}
