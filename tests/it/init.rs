//! From an empty folder to a first policy.

use std::fs;
use std::path::Path;

use tempfile::TempDir;

use crate::support::command::{Answer, adjunct, adjunct_with};

const EXPORT: &str = "\
version: 1

dn: CN=JumpCloud,OU=Groups,OU=Staff,DC=corp,DC=example,DC=com
objectClass: group
objectGUID:: AAAAAAAAAAAAAAAAAAAAAA==
cn: JumpCloud
sAMAccountName: JumpCloud
groupType: -2147483646
member: CN=Ada King,OU=People,OU=Staff,DC=corp,DC=example,DC=com

dn: CN=Ada King,OU=People,OU=Staff,DC=corp,DC=example,DC=com
objectClass: user
objectGUID:: AAAAAAAAAAAAAAAAAAAAAQ==
cn: Ada King
sAMAccountName: ada
givenName: Ada
sn: King
mail: ada@example.com
userAccountControl: 512

dn: CN=Everybody,OU=Groups,OU=Staff,DC=corp,DC=example,DC=com
objectClass: group
objectGUID:: AAAAAAAAAAAAAAAAAAAAAg==
cn: Everybody
sAMAccountName: all-of-us
groupType: -2147483646

dn: CN=JumpCloud News,OU=Groups,OU=Staff,DC=corp,DC=example,DC=com
objectClass: group
objectGUID:: AAAAAAAAAAAAAAAAAAAAAw==
cn: JumpCloud News
groupType: 2
";

/// A second group of the name, elsewhere.
const SECOND: &str = "
dn: CN=jumpcloud,OU=Tests,DC=corp,DC=example,DC=com
objectClass: group
objectGUID:: AAAAAAAAAAAAAAAAAAAABA==
cn: jumpcloud
groupType: -2147483646
";

fn folder(export: &str) -> TempDir {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("corp.ldif"), export).unwrap();
    folder
}

fn init(folder: &TempDir, more: &[&str]) -> Answer {
    adjunct(folder.path(), &[&["init", "--ldif", "corp.ldif"], more].concat())
}

fn text(folder: &TempDir, name: &str) -> String {
    fs::read_to_string(folder.path().join(name)).unwrap()
}

#[test]
fn an_export_gives_a_policy_that_is_valid_laid_out_and_plans() {
    let folder = folder(EXPORT);
    let answer = init(&folder, &["--sandbox"]);
    assert_eq!((answer.code, answer.stderr.as_str()), (0, ""), "{answer:?}");
    insta::assert_snapshot!("init-export", answer.stdout);
    let policy = text(&folder, "corp.kdl");
    assert!(policy.contains("root-container \"OU=Staff,DC=corp,DC=example,DC=com\""), "{policy}");
    assert!(policy.contains("security-group \"JumpCloud\""), "{policy}");
    let run = |words: &[&str]| adjunct(folder.path(), words);
    assert_eq!(run(&["validate", "corp.kdl"]).code, 0);
    assert_eq!(run(&["fmt", "--check", "corp.kdl"]).code, 0);
    let tests = run(&["test", "corp.kdl"]);
    assert_eq!(tests.code, 0, "{tests:?}");
    assert_eq!(run(&["fmt", "--check", "corp.test.kdl"]).code, 0);
    let plan = run(&["plan", "corp.kdl"]);
    assert_eq!(plan.code, 0, "{plan:?}");
    assert!(plan.stdout.contains("Plan: 2 to create, 0 to update, 0 to remove, 1 membership"), "{plan:?}");
}

#[test]
fn nothing_that_is_there_is_replaced() {
    let folder = folder(EXPORT);
    fs::write(folder.path().join("corp.kdl"), "mine").unwrap();
    for more in [&[][..], &["corp.kdl"], &["corp.ldif"]] {
        let answer = init(&folder, more);
        assert_eq!((answer.code, answer.stdout.as_str()), (1, ""), "{answer:?}");
        assert!(answer.stderr.contains("is there already, and stays as it is"), "{answer:?}");
    }
    assert_eq!((text(&folder, "corp.kdl").as_str(), text(&folder, "corp.ldif").as_str()), ("mine", EXPORT));
}

#[test]
fn what_is_missing_is_said_with_the_option_that_gives_it() {
    let folder = folder(&format!("{EXPORT}{SECOND}"));
    let run = |words: &[&str]| adjunct(folder.path(), &[&["init"], words].concat());
    for (words, said) in [
        (&[][..], "--server ldaps://HOST and --bind ACCOUNT"),
        (&["--server", "ldaps://dc1"], "--server ldaps://HOST and --bind ACCOUNT"),
        (&["--server", "dc1", "--bind", "jc"], "ldaps://dc1.corp.example.com"),
        (&["--server", "https://dc1", "--bind", "jc"], "ldaps://dc1.corp.example.com"),
        (&["--server", "ldaps://dc1", "--bind", "jc"], "the environment variable AD_PASSWORD"),
        (
            &["--server", "ldaps://dc1", "--bind", "jc", "--password-env", "MY_PASSWORD"],
            "the environment variable MY_PASSWORD",
        ),
        (&["--ldif", "none.ldif"], "none.ldif could not be read"),
        (&["--ldif", "corp.ldif"], "CN=jumpcloud,OU=Tests,DC=corp,DC=example,DC=com"),
        (&["--ldif", "corp.ldif", "--security-group", "Nobody"], "corp.example.com has no security group"),
        (&["--ldif", "corp.ldif", "--security-group", "JumpCloud News"], "has no security group"),
        (
            &["--ldif", "corp.ldif", "--security-group", "all-of-us", "--root-container", "OU=Staff"],
            "OU=Staff,DC=corp,DC=example,DC=com",
        ),
    ] {
        let answer = run(words);
        assert_eq!((answer.code, answer.stdout.as_str()), (1, ""), "{words:?}: {answer:?}");
        let told = answer.stderr.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(told.contains(said), "{words:?}: {told}");
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is written");
}

#[test]
fn a_group_is_named_so_that_the_policy_finds_this_one() {
    let folder = folder(&format!("{EXPORT}{SECOND}"));
    let staff = "OU=Staff,DC=corp,DC=example,DC=com";
    for (file, words, container, group) in [
        (
            "a.kdl",
            &["--security-group", "all-of-us"][..],
            "OU=Groups,OU=Staff,DC=corp,DC=example,DC=com",
            "Everybody",
        ),
        (
            "b.kdl",
            &["--security-group", "CN=JumpCloud;OU=Groups;OU=Staff;DC=corp;DC=example;DC=com"],
            staff,
            "JumpCloud",
        ),
        (
            "c.kdl",
            &[
                "--security-group",
                &format!("CN=JumpCloud,OU=Groups,{staff}"),
                "--root-container",
                "DC=corp;DC=example;DC=com",
            ],
            "DC=corp,DC=example,DC=com",
            &format!("CN=JumpCloud,OU=Groups,{staff}"),
        ),
    ] {
        let answer = init(&folder, &[&[file], words].concat());
        assert_eq!(answer.code, 0, "{answer:?}");
        let policy = text(&folder, file);
        assert!(policy.contains(&format!("root-container \"{container}\"\n")), "{policy}");
        assert!(policy.contains(&format!("security-group \"{group}\"\n")), "{policy}");
        assert!(policy.contains("api-key (env)\"JUMPCLOUD_API_KEY\"\n"), "{policy}");
        assert_eq!(adjunct(folder.path(), &["validate", file]).code, 0);
    }
}

#[test]
fn a_file_is_named_as_the_policy_sees_it() {
    let folder = folder(EXPORT);
    fs::create_dir(folder.path().join("policies")).unwrap();
    let answer = init(&folder, &["policies/corp.kdl", "--sandbox"]);
    assert_eq!(answer.code, 0, "{answer:?}");
    assert_eq!(adjunct(folder.path(), &["plan", "policies/corp.kdl"]).code, 0);
    let within = adjunct(
        folder.path(),
        &["init", "here.kdl", "--ldif", folder.path().join("corp.ldif").to_str().unwrap()],
    );
    assert_eq!(within.code, 0, "{within:?}");
    let whole = fs::canonicalize(folder.path().join("corp.ldif")).unwrap();
    assert!(text(&folder, "policies/corp.kdl").contains(&format!("ldif \"{}\"\n", whole.display())));
    let missing = init(&folder, &["nowhere/corp.kdl"]);
    assert_eq!(missing.code, 1, "{missing:?}");
    assert!(missing.stderr.contains("init::unwritten"), "{missing:?}");
}

#[test]
fn what_a_directory_names_acts_on_no_terminal() {
    let hostile = "CN=Jump\\1B[2JCloud \\E2\\80\\AE,OU=Groups,OU=Staff,DC=corp,DC=example,DC=com";
    let export = EXPORT
        .replace("CN=JumpCloud,OU=Groups,OU=Staff,DC=corp,DC=example,DC=com", hostile)
        .replace("cn: JumpCloud\n", "cn:: SnVtcBtbMkpDbG91ZCDigK4=\n");
    let folder = folder(&export);
    let answer = init(&folder, &["--sandbox"]);
    assert!(!format!("{}{}", answer.stdout, answer.stderr).contains(['\u{1b}', '\u{202e}']), "{answer:?}");
    // No policy can name such a group.
    assert_eq!((answer.code, folder.path().join("corp.kdl").exists()), (1, false), "{answer:?}");
}

#[test]
fn a_torn_export_gives_none() {
    for end in [EXPORT.len() - 1, EXPORT.len() - 30, 0] {
        let folder = folder(&EXPORT[..end]);
        let answer = adjunct_with(folder.path(), &[], &["init", "--ldif", "corp.ldif"]);
        assert_eq!(answer.code, 6, "{answer:?}");
        assert!(!Path::new(&folder.path().join("corp.kdl")).exists());
    }
}

#[cfg(target_os = "linux")]
#[test]
fn on_a_terminal_it_asks() {
    use crate::support::typed::Terminal;
    let folder = folder(&format!("{EXPORT}{SECOND}"));
    let mut terminal = Terminal::run(folder.path(), "init", &[]);
    for (question, answer) in [
        ("or an LDIF file:", "corp.ldif\n"),
        ("by its number [1]:", "2\n"),
        ("who may be imported [OU=Tests,DC=corp,DC=example,DC=com]:", "\n"),
        ("(yes or no) [no]:", "yes\n"),
    ] {
        terminal.hear(question);
        terminal.type_in(answer);
    }
    let (code, shown) = terminal.end();
    assert_eq!(code, 0, "{shown}");
    let policy = text(&folder, "corp.kdl");
    assert!(policy.contains("security-group \"jumpcloud\"\n"), "{policy}");
    assert!(policy.contains("sandbox \".adjunct/corp-org.json\"\n"), "{policy}");

    let mut terminal = Terminal::run(folder.path(), "init other.kdl", &[]);
    terminal.hear("or an LDIF file:");
    terminal.type_in("\n");
    let (code, shown) = terminal.end();
    assert_eq!(code, 1, "{shown}");
    assert!(shown.contains("init::unanswered"), "{shown}");
}
