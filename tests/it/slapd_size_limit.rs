//! A real server that answers only a part, and what another tool makes of it: the comparison of the README.

use std::fs;
use std::process::Command;

use tempfile::TempDir;

use crate::support::command::{Answer, adjunct_with};
use crate::support::organization::Organization;
use crate::support::postgres::Postgres;
use crate::support::slapd::Slapd;

const README: &str = include_str!("../../README.md");
const USERS: usize = 1000;
const SIZE_LIMIT: usize = 100;

/// One directory, and a target of each tool.
struct Comparison {
    slapd: Slapd,
    postgres: Postgres,
    organization: Organization,
    folder: TempDir,
}

impl Comparison {
    fn new() -> Self {
        Self {
            slapd: Slapd::start(USERS, SIZE_LIMIT),
            postgres: Postgres::start(),
            organization: Organization::empty(),
            folder: TempDir::new().unwrap(),
        }
    }

    fn adjunct(&self, account: &str, arguments: &[&str]) -> Answer {
        let policy = format!(
            r#"policy "corp" {{
    active-directory {{
        server "{}"
        bind "{account}" password=(env)"AD_PASSWORD"
        ca-certificate "ca.pem"
    }}
    jumpcloud {{
        api-key (env)"JUMPCLOUD_API_KEY"
        url "{}"
    }}
    root-container "{}"
    security-group "JumpCloud"
}}
"#,
            self.slapd.url(),
            self.organization.url(),
            Slapd::ROOT
        );
        fs::write(self.folder.path().join("corp.kdl"), policy).unwrap();
        fs::write(self.folder.path().join("ca.pem"), self.slapd.ca_pem()).unwrap();
        let secrets = [("AD_PASSWORD", Slapd::PASSWORD), ("JUMPCLOUD_API_KEY", Organization::API_KEY)];
        let (command, options) = arguments.split_first().unwrap();
        adjunct_with(self.folder.path(), &secrets, &[&[*command, "corp.kdl"], options].concat())
    }

    fn pg_ldap_sync(&self, account: &str) -> Answer {
        let settings = format!(
            "ldap_connection:
  host: {address}
  port: {port}
  encryption: :simple_tls
  auth:
    method: :simple
    username: {account}
    password: {password}
ldap_users:
  base: {root}
  filter: (objectClass=user)
  name_attribute: sAMAccountName
ldap_groups:
  base: {root}
  filter: (objectClass=group)
  name_attribute: cn
  member_attribute: member
pg_connection:
  host: {host}
  dbname: postgres
  user: {user}
  password:
pg_users:
  filter: rolcanlogin AND NOT rolsuper
  create_options: LOGIN
pg_groups:
  filter: NOT rolcanlogin AND NOT rolsuper
  create_options: NOLOGIN
  grant_options:
",
            address = self.slapd.address(),
            port = self.slapd.port(),
            password = Slapd::PASSWORD,
            root = Slapd::ROOT,
            host = self.postgres.host().display(),
            user = Postgres::USER,
        );
        fs::write(self.folder.path().join("corp.yaml"), settings).unwrap();
        let mut command = Command::new("pg_ldap_sync");
        let output =
            command.current_dir(self.folder.path()).args(["-vv", "-c", "corp.yaml"]).output().unwrap();
        Answer {
            code: output.status.code().unwrap(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// How many users there are in the database.
    fn roles(&self) -> usize {
        self.postgres.ask("SELECT count(*) FROM pg_roles WHERE rolcanlogin AND NOT rolsuper").parse().unwrap()
    }
}

/// What `pg_ldap_sync` counts, without times and process ids.
fn counts(answer: &Answer) -> String {
    let words = answer.stdout.lines().filter_map(|line| Some(line.split_once(" -- : ")?.1));
    words.filter(|words| words.contains(" stat: ")).collect::<Vec<_>>().join("\n")
}

/// A command as on a terminal, and what it printed.
fn shown(command: &str, printed: &str, code: i32) -> String {
    format!("$ {command}\n{}\n$ echo $?\n{code}\n", printed.trim_end())
}

/// A text with its lines joined, so that it can be found wherever they break.
fn joined(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn a_size_limit_costs_nobody_his_account_and_elsewhere_nine_in_ten() {
    let both = Comparison::new();
    let synced = both.pg_ldap_sync(Slapd::UNLIMITED);
    assert_eq!(synced.code, 0, "{synced:?}");
    let applied = both.adjunct(Slapd::UNLIMITED, &["apply", "--auto-approve"]);
    assert_eq!(applied.code, 0, "{applied:?}");
    assert_eq!((both.roles(), both.organization.users().len()), (USERS, USERS));

    // Without the limit both are in step.
    let whole = both.pg_ldap_sync(Slapd::UNLIMITED);
    assert!(
        whole.stdout.contains(&format!("user stat: create: 0 drop: 0 keep: {USERS}")),
        "{}",
        counts(&whole)
    );
    let whole = both.adjunct(Slapd::UNLIMITED, &["plan", "--detailed-exitcode"]);
    assert_eq!(whole.code, 0, "{whole:?}");
    // The users, the group and the account.
    let evidence = format!("Read whole: {} entries in 3 pages of 3 searches, 0 ranges closed", USERS + 2);
    assert!(whole.stdout.contains(&evidence), "{}", whole.stdout);

    let (document, writes) = (both.organization.document(), both.organization.writes());
    let other = both.pg_ldap_sync(Slapd::LIMITED);
    let ours = both.adjunct(Slapd::LIMITED, &["apply", "--auto-approve"]);
    assert_eq!((other.code, both.roles()), (0, SIZE_LIMIT), "{}", counts(&other));
    assert_eq!((ours.code, ours.stdout.as_str()), (6, ""), "{ours:?}");
    let planned = both.adjunct(Slapd::LIMITED, &["plan"]);
    assert_eq!((planned.code, planned.stderr), (6, ours.stderr.clone()));
    assert_eq!((both.organization.document(), both.organization.writes()), (document, writes));

    let readme = joined(README);
    for text in [
        shown("pg_ldap_sync -vv -c corp.yaml | grep stat", &counts(&other), other.code),
        shown("adjunct apply corp.kdl --auto-approve", &ours.stderr, ours.code),
        format!("{USERS} users"),
        format!("at most {SIZE_LIMIT} entries"),
        format!(
            "{} of {USERS} roles are left in PostgreSQL, and {} of {USERS} users in JumpCloud",
            both.roles(),
            both.organization.users().len()
        ),
    ] {
        assert!(readme.contains(&joined(&text)), "the README does not say:\n{text}");
    }
}
