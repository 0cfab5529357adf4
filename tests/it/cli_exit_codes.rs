//! Exit codes, and what stays as it was when a command ends with an error.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use tempfile::TempDir;

use crate::support::command::{Answer, adjunct, adjunct_with, state_folder};

const DIRECTORY: &str = "dn: CN=JumpCloud,DC=example,DC=com
objectClass: group
cn: JumpCloud
objectGUID:: qqqqqqqqqqqqqqqqqqqqqg==
groupType: -2147483646
member: CN=Ada King,DC=example,DC=com

dn: CN=Ada King,DC=example,DC=com
objectClass: user
objectGUID:: EREREREREREREREREREREQ==
sAMAccountName: ada.king
mail: ada.king@example.com
givenName: Ada
sn: King
userAccountControl: 512
memberOf: CN=JumpCloud,DC=example,DC=com

# numEntries: 2
";

const SANDBOX: &str = r#"sandbox "org.json""#;

fn policy(jumpcloud: &str) -> String {
    format!(
        r#"policy "corp" {{
    active-directory {{
        ldif "directory.ldif"
    }}
    jumpcloud {{
        {jumpcloud}
    }}
    root-container "DC=example,DC=com"
    security-group "JumpCloud"
}}
"#
    )
}

/// A folder with a policy and a directory of one person; the organization is empty.
fn folder(jumpcloud: &str) -> TempDir {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("policy.kdl"), policy(jumpcloud)).unwrap();
    fs::write(folder.path().join("directory.ldif"), DIRECTORY).unwrap();
    folder
}

/// Every file in a folder, without what the platform keeps elsewhere.
fn contents(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(folder).unwrap().map(Result::unwrap);
    let entries = entries.filter(|entry| entry.path() != state_folder(folder));
    entries.map(|entry| (entry.file_name().into_string().unwrap(), fs::read(entry.path()).unwrap())).collect()
}

/// An error: explained on standard error, with nothing on standard output.
fn expect_error(answer: &Answer, code: i32, says: &str) {
    assert_eq!(answer.code, code, "{answer:?}");
    assert_eq!(answer.stdout, "");
    assert!(answer.stderr.contains(says), "no {says:?} in:\n{}", answer.stderr);
}

#[test]
fn a_usage_error_is_1_and_not_the_code_of_planned_changes() {
    let folder = folder(SANDBOX);
    for (arguments, says) in [
        (&[][..], "Usage: adjunct"),
        (&["plan"], "<POLICY>"),
        (&["destroy", "policy.kdl"], "unrecognized subcommand 'destroy'"),
        (&["plan", "policy.kdl", "--frobnicate"], "unexpected argument '--frobnicate'"),
        (&["plan", "policy.kdl", "--format", "xml"], "[possible values: text, json]"),
        (&["plan", "policy.kdl", "--auto-approve"], "unexpected argument '--auto-approve'"),
        (&["plan", "policy.kdl", "--allow", "removal"], "there are empty, removals,"),
        (&["plan", "policy.kdl", "--allow", "removals=few"], "\"few\" is not a whole number"),
        (&["apply", "policy.kdl", "--parallelism", "0"], "'--parallelism <N>'"),
        (&["plan", "policy.kdl", "--only", "ada"], "\"ada\" is not of the form user:GLOB or group:GLOB"),
        (&["plan", "policy.kdl", "--only", "users:ada"], "of the form user:GLOB or group:GLOB"),
        (&["apply", "policy.kdl", "--only", "group:"], "the form is group:GLOB"),
    ] {
        expect_error(&adjunct(folder.path(), arguments), 1, says);
    }
}

#[test]
fn what_cannot_be_read_as_a_policy_is_1() {
    let folder = folder(SANDBOX);
    fs::write(folder.path().join("latin1.kdl"), b"policy \"caf\xe9\" {}").unwrap();
    fs::write(folder.path().join("empty.kdl"), "").unwrap();
    for (file, says) in [
        ("missing.kdl", "missing.kdl could not be read"),
        (".", "could not be read"),
        ("latin1.kdl", "latin1.kdl is not UTF-8 text"),
        ("empty.kdl", "policy::"),
        ("directory.ldif", "policy::"),
    ] {
        for command in ["plan", "apply"] {
            let answer = adjunct(folder.path(), &[command, file]);
            expect_error(&answer, 1, says);
            assert!(answer.stderr.contains("help: "), "{file}: no next step in:\n{}", answer.stderr);
        }
    }
}

#[test]
fn all_mistakes_of_a_policy_are_shown_at_once_and_no_secret_with_them() {
    let folder = folder(r#"api-key "s3cr3t-key""#);
    let path = folder.path().join("policy.kdl");
    let text = fs::read_to_string(&path)
        .unwrap()
        .replace("security-group", "security-grup")
        .replace("DC=example,DC=com", "Everybody")
        .replace("ldif \"directory.ldif\"", "ldif \"directory.ldif\" \"more.ldif\"")
        .replace("\n}\n", "\n    passwords \"sometimes\"\n    limits { removals \"many\"; }\n}\n");
    fs::write(&path, text).unwrap();
    let answer = adjunct(folder.path(), &["plan", "policy.kdl"]);
    expect_error(&answer, 1, "6 problems");
    for says in [
        "`ldif` takes one argument",
        "a secret, written out",
        "the root container cannot be read as a DN",
        "did you mean `security-group`?",
        "`passwords` cannot be `sometimes`",
        "`removals` must be a whole number",
    ] {
        assert!(answer.stderr.contains(says), "no {says:?} in:\n{}", answer.stderr);
    }
    assert!(!answer.stderr.contains("s3cr3t"), "{}", answer.stderr);
}

#[test]
fn without_a_terminal_and_without_approval_nothing_is_written() {
    let folder = folder(SANDBOX);
    let before = contents(folder.path());
    for options in [&["--format", "text"], &["--format", "json"]] {
        let answer = adjunct(folder.path(), &[&["apply", "policy.kdl"][..], options].concat());
        assert_eq!(answer.code, 1, "{answer:?}");
        assert!(answer.stderr.contains("cli::no_terminal") && answer.stderr.contains("--auto-approve"));
        // What it would have done is shown all the same; JSON holds no half of a document.
        let shown = if options[1] == "text" { &answer.stdout } else { &answer.stderr };
        assert!(shown.contains("+ ada.king"), "{answer:?}");
        assert!(options[1] == "text" || answer.stdout.is_empty());
        assert_eq!(contents(folder.path()), before);
    }
}

#[test]
fn changes_are_2_where_that_was_asked_for() {
    let folder = folder(SANDBOX);
    let code = |arguments: &[&str]| adjunct(folder.path(), arguments).code;
    assert_eq!(code(&["plan", "policy.kdl"]), 0);
    assert_eq!(code(&["plan", "policy.kdl", "--detailed-exitcode"]), 2);
    assert_eq!(code(&["apply", "policy.kdl", "--auto-approve"]), 0);
    assert_eq!(code(&["plan", "policy.kdl", "--detailed-exitcode"]), 0);
    assert_eq!(code(&["apply", "policy.kdl"]), 0, "with nothing to do there is nothing to ask");
}

#[test]
fn a_guard_is_3_in_both_commands_until_its_flag_is_pasted() {
    let folder = folder(SANDBOX);
    let nobody = DIRECTORY.replace("member: CN=Ada King,DC=example,DC=com\n", "").replace("memberOf", "info");
    fs::write(folder.path().join("directory.ldif"), nobody).unwrap();
    let before = contents(folder.path());
    for arguments in [
        &["plan", "policy.kdl"][..],
        &["plan", "policy.kdl", "--detailed-exitcode"],
        &["plan", "policy.kdl", "--allow", "removals"],
        &["apply", "policy.kdl"],
        &["apply", "policy.kdl", "--auto-approve"],
    ] {
        let answer = adjunct(folder.path(), arguments);
        assert_eq!(answer.code, 3, "{answer:?}");
        assert!(answer.stdout.contains("--allow empty"), "{answer:?}");
        assert_eq!(contents(folder.path()), before);
    }
    let lifted = adjunct(folder.path(), &["apply", "policy.kdl", "--auto-approve", "--allow", "empty"]);
    assert_eq!(lifted.code, 0, "{lifted:?}");
}

#[test]
fn a_missing_security_group_is_1_and_nobody_leaves() {
    let folder = folder(SANDBOX);
    assert_eq!(adjunct(folder.path(), &["apply", "policy.kdl", "--auto-approve"]).code, 0);
    let before = contents(folder.path());
    let renamed = DIRECTORY.replace("cn: JumpCloud", "cn: Junk").replace("CN=JumpCloud", "CN=Junk");
    fs::write(folder.path().join("directory.ldif"), renamed).unwrap();
    let answer = adjunct(folder.path(), &["apply", "policy.kdl", "--auto-approve"]);
    expect_error(&answer, 1, "desired::missing_group");
    assert_eq!(contents(folder.path())["org.json"], before["org.json"]);
}

#[test]
fn an_absent_or_empty_secret_is_1_before_anything_is_asked() {
    // Nobody listens on this port: a request would be exit 6.
    let api = |secret: &str| format!("api-key {secret}\n        url \"http://127.0.0.1:9\"");
    for (secret, variables, says) in [
        (
            "(env)\"KEY\"",
            &[][..],
            "the environment variable KEY, which holds the JumpCloud API key, is not set",
        ),
        ("(env)\"KEY\"", &[("KEY", "")], "an empty secret is never sent"),
        ("(env)\"KEY\"", &[("KEY", "\n")], "an empty secret is never sent"),
        ("(file)\"missing\"", &[], "the secret file missing could not be read"),
        ("(file)\"blank\"", &[], "an empty secret is never sent"),
        ("(command)\"exit 3\"", &[("PATH", "/usr/bin:/bin")], "it ended with exit status: 3"),
        ("(command)\"true\"", &[("PATH", "/usr/bin:/bin")], "an empty secret is never sent"),
    ] {
        let folder = folder(&api(secret));
        fs::write(folder.path().join("blank"), "\n").unwrap();
        let answer = adjunct_with(folder.path(), variables, &["plan", "policy.kdl"]);
        expect_error(&answer, 1, says);
    }
}

#[test]
fn a_command_that_fails_does_not_tell_what_it_printed() {
    let folder = folder("api-key (command)\"echo hunter2; exit 1\"\n        url \"http://127.0.0.1:9\"");
    let answer = adjunct_with(folder.path(), &[("PATH", "/usr/bin:/bin")], &["plan", "policy.kdl"]);
    expect_error(&answer, 1, "cli::secret_command");
    // The command itself is the policy's; its output is not shown.
    assert_eq!(answer.stderr.matches("hunter2").count(), 1, "{}", answer.stderr);
}

#[test]
fn a_local_organization_that_cannot_be_used_is_1() {
    for (jumpcloud, org, says) in [
        (r#"sandbox "org.json" seed="missing.json""#, None, "missing.json could not be read"),
        (SANDBOX, Some("{\"users\": ["), "org.json"),
        (SANDBOX, Some("{\"people\": []}"), "org.json"),
        (SANDBOX, Some("[]"), "org.json"),
        (r#"sandbox "policy.kdl/deep/org.json""#, None, "cannot be written to policy.kdl/deep/org.json"),
    ] {
        let folder = folder(jumpcloud);
        if let Some(org) = org {
            fs::write(folder.path().join("org.json"), org).unwrap();
        }
        let before = contents(folder.path());
        expect_error(&adjunct(folder.path(), &["apply", "policy.kdl", "--auto-approve"]), 1, says);
        assert_eq!(contents(folder.path()), before);
    }
}
