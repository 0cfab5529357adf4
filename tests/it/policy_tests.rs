//! The tests of policies: what passes, what fails and how it is told, and that no file is taken for less than it is.

use std::fs;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use roxmltree::Document;
use tempfile::TempDir;

use crate::support::command::{Answer, adjunct};

const POLICY: &str = r#"policy "corp" {
    active-directory { server "ldaps://dc.invalid"; bind "CORP\\a" password=(command)"touch ran"; }
    jumpcloud { api-key (command)"touch ran"; }
    root-container "OU=Staff,DC=corp,DC=example,DC=com"
    security-group "JumpCloud"
    dissociation "remove" { left "suspend"; }
    attributes { department "department"; manager "manager"; }
    exclude { user department="Contractors*" reason="not ours"; group "Visitors"; }
    limits { removals 0; suspensions 0; membership-removals 0; }
}
"#;

/// People of a directory, and who was there at the run before.
const PEOPLE: &str = r#"
    before {
        user "alice" givenName="Alice" sn="Ames" mail="alice@example.com" department="Sales"
        user "carol" givenName="Carol" sn="Cole" mail="carol@example.com"
        user "dave" givenName="Dave" sn="Dean" mail="dave@example.com"
        user "erin" givenName="Erin" sn="East" mail="erin@example.com"
        group "Sales" "alice" "dave"
        group "Old" "dave"
        group "JumpCloud" "Sales" "Old" "carol" "erin"
    }
    directory {
        user "alice" givenName="Alice" sn="Ames" mail="alice@example.com" department="Research and development, EMEA" manager="CN=frank,OU=Staff,DC=corp,DC=example,DC=com"
        user "bob" givenName="Bob" mail="bob@example.com"
        user "carol" givenName="Carol" sn="Cole" mail="carol@example.com" disabled=#true
        user "dave" givenName="Dave" sn="Dean" mail="dave@example.com"
        user "erin" givenName="Erin" sn="East" mail="erin@example.com"
        user "frank" givenName="Frank" sn="Ford" mail="frank@example.com"
        user "grace" givenName="Grace" sn="Gray" mail="grace@example.com" department="Contractors EMEA"
        user "heidi" givenName="Heidi" sn="Hart" mail="heidi@example.com"
        user "ivan" givenName="Ivan" sn="Ives" mail="ivan@example.com" expires="2025-12-31T00:00:00Z"
        user "judy" givenName="Judy" sn="Jay" mail="judy@example.com" container="OU=Elsewhere,DC=corp,DC=example,DC=com"
        group "Sales" "alice" "frank"
        group "Visitors" "heidi"
        group "New"
        group "JumpCloud" "Sales" "New" "Visitors" "bob" "carol" "dave" "grace" "ivan" "judy"
    }
"#;

/// What holds of these people.
const HOLDS: &str = r#"
            user "alice" "update" department="Research and development, EMEA" manager="frank"
            user "bob" "held-back" reason="missing-lastname"
            user "bob" "held-back"
            user "carol" "remove" cause="disabled"
            user "dave" "unchanged" lastname="Dean" department=#null
            user "erin" "suspend" cause="left"
            user "FRANK" "create" firstname="Frank" state="ACTIVATED"
            user "grace" "unchanged"
            group "New" "create" name="New"
            group "Old" "remove" cause="deleted"
            membership "frank" "Sales" "add"
            membership "dave" "Sales" "remove"
            none "unbind"
            none "adopt" "user" "group"
            guard "removals"
            guard "suspensions"
            guard "membership-removals"
"#;

/// A folder with a policy and its tests.
fn folder(tests: &str) -> TempDir {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("corp.kdl"), POLICY).unwrap();
    fs::write(folder.path().join("corp.test.kdl"), tests).unwrap();
    folder
}

/// The tests of one test of these people.
fn one_test(expectations: &str) -> String {
    format!("tests {{\n    test \"the people\" {{{PEOPLE}    expect {{{expectations}        }}\n    }}\n}}\n")
}

const ROOT: &str = "OU=Staff,DC=corp,DC=example,DC=com";
const GUID: &str = "MDEyMzQ1Njc4OWFiY2RlZg==";

/// An export with the container and the security group.
fn ldif() -> String {
    format!(
        "dn: {ROOT}\nobjectClass: organizationalUnit\n\n\
         dn: CN=JumpCloud,{ROOT}\nobjectClass: group\nobjectGUID:: {GUID}\ngroupType: -2147483646\n"
    )
}

fn run(folder: &TempDir, options: &[&str]) -> Answer {
    adjunct(folder.path(), &[&["test", "corp.kdl"], options].concat())
}

#[test]
fn what_is_as_expected_passes_and_nothing_is_asked_or_left_behind() {
    let folder = folder(&one_test(HOLDS));
    for arguments in
        [&["test", "corp.kdl"][..], &["test", "corp.test.kdl"], &["test", "corp.kdl", "corp.test.kdl"]]
    {
        let answer = adjunct(folder.path(), arguments);
        let expected = "corp.test.kdl\n  passed  the people\n\n1 test: 1 passed, 0 failed\n";
        assert_eq!((answer.code, answer.stdout.as_str(), answer.stderr.as_str()), (0, expected, ""));
    }
    let files = fs::read_dir(folder.path()).unwrap();
    assert_eq!(files.count(), 2, "no secret was fetched, and nothing written");
}

#[test]
fn what_is_not_as_expected_is_told_with_its_place_and_why() {
    let missed = r#"
            user "alice" "create"
            user "alice" "update" department="Research and development" manager="carol" lastname="Adams"
            user "bob" "create"
            user "bob" "held-back" reason="missing-email"
            user "carol" "remove" cause="left"
            user "dave" "remove"
            user "erin" "unchanged"
            user "frank" "adopt"
            user "grace" "create"
            user "heidi" "create"
            user "ivan" "create"
            user "judy" "create"
            user "alicia" "unchanged"
            group "New" "unchanged"
            group "Visitors" "create"
            group "Sale" "create"
            membership "dave" "Sales" "add"
            membership "alice" "Sales" "add"
            membership "bob" "Sales" "add"
            none "remove"
            none "held-back"
            none "add"
            none "change" "group"
            guard "removals"
            guard "empty"
"#;
    let folder = folder(&one_test(missed));
    let answer = run(&folder, &[]);
    assert_eq!((answer.code, answer.stderr.as_str()), (1, ""));
    insta::assert_snapshot!("policy-tests-failed", answer.stdout);
    let places = answer.stdout.lines().filter(|line| line.contains("expected: "));
    // Two guards are not mentioned, and one that is, stops it.
    assert_eq!(places.count(), missed.lines().count() - 1 - 1 + 1, "{}", answer.stdout);
}

#[test]
fn a_guard_that_nobody_mentions_fails_the_test() {
    let tests = one_test(HOLDS).replace("guard \"suspensions\"", "");
    let answer = run(&folder(&tests), &[]);
    assert_eq!(answer.code, 1);
    assert!(answer.stdout.contains("the guard suspensions stops it: 1 of"), "{}", answer.stdout);
}

#[test]
fn a_plan_of_a_file_is_exactly_that_and_is_written_only_when_told_to() {
    for file in ["expected.json", "expected.txt"] {
        let folder = folder(&one_test(&format!("plan \"{file}\"\n")));
        let path = folder.path().join(file);
        let missing = run(&folder, &[]);
        assert_eq!(missing.code, 1, "{missing:?}");
        assert!(missing.stdout.contains("--update") && !path.exists(), "{missing:?}");
        assert_eq!(run(&folder, &["--update"]).code, 0);
        assert_eq!(run(&folder, &[]).code, 0);
        let written = fs::read_to_string(&path).unwrap();
        fs::write(&path, written.replace("Research", "Resarch")).unwrap();
        let other = run(&folder, &[]);
        assert_eq!(other.code, 1);
        let of = |sign: char, word: &str| {
            let is_such = |line: &str| line.trim_start().starts_with(sign) && line.contains(word);
            other.stdout.lines().any(is_such)
        };
        assert!(of('-', "Resarch") && of('+', "Research"), "{}", other.stdout);
        assert_eq!(run(&folder, &["--update"]).code, 0);
        assert_eq!(fs::read_to_string(&path).unwrap(), written);
        fs::write(&path, POLICY).unwrap();
        assert_eq!(run(&folder, &["--update"]).code, 1);
        assert_eq!(fs::read_to_string(&path).unwrap(), POLICY, "only plans are written over");
        fs::write(&path, &written).unwrap();
        // A comment changes the digest of the policy, and not the plan.
        fs::write(folder.path().join("corp.kdl"), format!("{POLICY}// A comment.\n")).unwrap();
        assert_eq!(run(&folder, &[]).code, 0);
    }
}

#[test]
fn the_xml_says_the_same_and_holds_every_name_inert() {
    let hostile = "<b>&\\\"']]>\\u{202e}\\u{ffff}";
    let tests = format!(
        "tests {{\n directory {{\n user \"{hostile}\" sn=\"{hostile}\"\n group \"JumpCloud\" \"{hostile}\"\n }}\n \
         test \"{hostile}\" {{\n expect {{\n user \"{hostile}\" \"create\"\n }}\n }}\n \
         test \"no directory\" {{\n directory \"missing.ldif\"\n expect {{\n none \"add\"\n }}\n }}\n \
         test \"passes\" {{\n expect {{\n guard \"empty\"\n }}\n }}\n \
         test \"from a file\" {{\n directory \"corp.ldif\"\n expect {{\n none \"held-back\"\n }}\n }}\n}}\n"
    );
    let folder = folder(&tests);
    let name = STANDARD.encode("]]>\u{1b}[2J\u{9b}31m\u{202e}");
    let user = format!(
        "dn: CN=x,{ROOT}\nobjectClass: user\nobjectGUID:: {GUID}\nsAMAccountName:: {name}\nuserAccountControl: 512\n"
    );
    let user = user.replace(GUID, "ZmVkY2JhOTg3NjU0MzIxMA==");
    fs::write(folder.path().join("corp.ldif"), format!("{}member: CN=x,{ROOT}\n\n{user}", ldif())).unwrap();
    let answer = run(&folder, &["--format", "junit"]);
    assert_eq!((answer.code, answer.stderr.as_str()), (1, ""), "{answer:?}");
    let document =
        Document::parse(&answer.stdout).unwrap_or_else(|error| panic!("{error}\n{}", answer.stdout));
    let root = document.root_element();
    let counts = ["tests", "failures", "errors"].map(|name| root.attribute(name).unwrap());
    assert_eq!((root.tag_name().name(), counts), ("testsuites", ["4", "2", "1"]));
    let cases: Vec<_> = root.descendants().filter(|node| node.has_tag_name("testcase")).collect();
    assert_eq!(cases[0].attribute("name"), Some("<b>&\"']]>\\u{202e}\\u{ffff}"));
    let kinds: Vec<_> = cases
        .iter()
        .map(|case| {
            case.children()
                .find(roxmltree::Node::is_element)
                .map(|reason| reason.tag_name().name().to_owned())
        })
        .collect();
    assert_eq!(
        kinds,
        [Some("failure".to_owned()), Some("error".to_owned()), None, Some("failure".to_owned())]
    );
    assert!(
        cases[0].descendants().any(|node| node.text().is_some_and(|text| text.contains("missing-firstname")))
    );
    assert!(cases[1].descendants().any(|node| node.text().is_some_and(|text| text.contains("missing.ldif"))));
    assert!(
        cases[3].descendants().any(|node| node.text().is_some_and(|text| text.contains("]]>\\u{1b}[2J")))
    );
    for answer in [answer, run(&folder, &[])] {
        let is_shown = |c: char| c == '\n' || !(c.is_control() || c == '\u{202e}');
        assert!(answer.stdout.chars().all(is_shown), "{}", answer.stdout);
    }
}

#[test]
fn files_that_are_wrong_never_pass() {
    let sound = one_test(HOLDS);
    for (tests, code, told) in [
        ("tests {\n}\n", "policy::missing_node", "`tests` needs `test`"),
        ("", "policy::missing_node", "the file needs `tests`"),
        (&sound.replace("\"update\"", "\"updat\""), "policy::unknown_value", "did you mean \"update\""),
        (&sound.replace(" lastname=", " lastnam="), "tests::unknown_field", "did you mean `lastname`"),
        (&sound.replace("missing-lastname", "missing-lastnam"), "policy::unknown_value", "did you mean"),
        (&sound.replace("\"removals\"", "\"removal\""), "policy::unknown_value", "did you mean \"removals\""),
        (
            &sound.replace("\"Sales\" \"alice\" \"frank\"", "\"Sales\" \"alic\""),
            "tests::unknown_member",
            "did you mean `alice`",
        ),
        (&one_test("\n"), "tests::nothing_expected", "always pass"),
    ] {
        let answer = run(&folder(tests), &[]);
        assert_eq!(answer.code, 1, "{answer:?}");
        assert!(answer.stderr.contains(code) && answer.stderr.contains(told), "{told}: {}", answer.stderr);
        let junit = run(&folder(tests), &["--format", "junit"]);
        let document = Document::parse(&junit.stdout).unwrap();
        assert_eq!((junit.code, document.root_element().attribute("errors")), (1, Some("1")));
    }
}

#[test]
fn a_policy_without_tests_is_an_error_that_says_where_they_should_be() {
    let folder = folder(&one_test(HOLDS));
    fs::write(folder.path().join("other.kdl"), POLICY).unwrap();
    let answer = adjunct(folder.path(), &["test", "other.kdl", "corp.kdl"]);
    assert_eq!(answer.code, 1);
    assert!(answer.stdout.contains("1 passed, 0 failed; 1 policy could not be tested"), "{answer:?}");
    assert!(answer.stderr.contains("tests::none") && answer.stderr.contains("other.test.kdl"), "{answer:?}");
    // Tests that are for another policy do not make this one tested.
    let elsewhere = one_test(HOLDS).replacen("tests {", "tests {\n policy \"corp.kdl\"", 1);
    fs::write(folder.path().join("other.test.kdl"), elsewhere).unwrap();
    let answer = adjunct(folder.path(), &["test", "other.kdl"]);
    assert!(answer.code == 1 && answer.stderr.contains("tests::other_policy"), "{answer:?}");
    let answer = adjunct(folder.path(), &["test", "other.test.kdl"]);
    assert_eq!(answer.code, 0, "named themselves, they test what they name: {answer:?}");
    fs::write(folder.path().join("corp.kdl"), "policy \"corp\" {\n").unwrap();
    let answer = run(&folder, &[]);
    assert!(answer.code == 1 && answer.stderr.contains("corp.kdl"), "{answer:?}");
    let answer = adjunct(folder.path(), &["test", "not-there.kdl"]);
    assert!(answer.code == 1 && answer.stderr.contains("not-there.kdl could not be read"), "{answer:?}");
}

#[test]
fn a_filter_chooses_by_name_and_choosing_nothing_is_no_success() {
    let test = |name: &str| format!("    test \"{name}\" {{\n expect {{\n guard \"empty\"\n }}\n }}\n");
    let tests = ["a joiner", "a leaver", "the LEAVER of a group"].map(test).concat();
    let folder = folder(&format!("tests {{\n directory {{\n group \"JumpCloud\"\n }}\n{tests}}}\n"));
    for (filter, passed) in [("leaver", 2), ("a *", 2), ("*leaver", 1), ("a", 3), ("? joiner", 1)] {
        let answer = run(&folder, &["--filter", filter]);
        let said = format!("{passed} passed, 0 failed");
        assert!(answer.code == 0 && answer.stdout.contains(&said), "{filter}: {answer:?}");
    }
    let answer = run(&folder, &["--filter", "nobody"]);
    assert_eq!((answer.code, answer.stdout.as_str()), (1, ""));
    assert!(answer.stderr.contains("tests::none_chosen"), "{answer:?}");
}

#[test]
fn variables_have_the_values_of_the_tests_or_of_the_command_line() {
    let tests = one_test(HOLDS);
    let folder = folder(&tests);
    let policy =
        POLICY.replace("\"Contractors*\"", "(var)\"out\"").replacen('{', "{\n variable \"out\"\n", 1);
    fs::write(folder.path().join("corp.kdl"), policy).unwrap();
    let unset = run(&folder, &[]);
    assert!(unset.code == 1 && unset.stderr.contains("--var out=VALUE"), "{unset:?}");
    assert_eq!(run(&folder, &["--var", "out=Contractors*"]).code, 0);
    let other = run(&folder, &["--var", "out=Nobody"]);
    assert!(other.code == 1 && other.stdout.contains("user \"grace\" is created"), "{other:?}");
    let with = |line: &str| tests.replacen("tests {", &format!("tests {{\n    {line}"), 1);
    fs::write(folder.path().join("corp.test.kdl"), with("variable \"out\" \"Contractors*\"")).unwrap();
    for options in [&[][..], &["--var", "out=Nobody"]] {
        assert_eq!(run(&folder, options).code, 0, "what the tests say counts");
    }
    fs::write(folder.path().join("corp.test.kdl"), with("variable \"in\" \"x\"")).unwrap();
    let undeclared = run(&folder, &["--var", "out=Contractors*"]);
    assert!(
        undeclared.code == 1 && undeclared.stderr.contains("tests::undeclared_variable"),
        "{undeclared:?}"
    );
    fs::write(folder.path().join("corp.test.kdl"), with("variable \"out\" \"x\"")).unwrap();
    let unknown = run(&folder, &["--var", "outt=x"]);
    assert!(unknown.code == 1 && unknown.stderr.contains("outt"), "{unknown:?}");
}

#[test]
fn half_a_directory_is_no_directory_here_either() {
    let tests = "tests {\n directory \"corp.ldif\"\n test \"x\" {\n expect {\n guard \"empty\"\n }\n }\n}\n";
    let folder = folder(tests);
    let ldif = ldif();
    fs::write(folder.path().join("corp.ldif"), format!("{ldif}\n# numEntries: 2\n")).unwrap();
    assert_eq!(run(&folder, &[]).code, 0);
    for (torn, told) in
        [(format!("{ldif}\n# numEntries: 3\n"), "counts 3 entries"), (String::new(), "ends within a line")]
    {
        fs::write(folder.path().join("corp.ldif"), torn).unwrap();
        let answer = run(&folder, &[]);
        assert!(answer.code == 1 && answer.stdout.contains(told), "{answer:?}");
    }
    fs::write(folder.path().join("corp.ldif"), format!("{ldif}\n# numEntries: 2\n")).unwrap();
    let with_state = tests.replacen("directory", "jumpcloud \"org.json\"\n directory", 1);
    fs::write(folder.path().join("corp.test.kdl"), with_state).unwrap();
    let answer = run(&folder, &[]);
    assert!(
        answer.code == 1 && answer.stdout.contains("org.json"),
        "never an empty organization: {answer:?}"
    );
}

#[test]
fn the_tests_in_the_readme_pass_with_the_example_and_fail_as_shown() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let readme = fs::read_to_string(root.join("README.md")).unwrap();
    let block = |start: &str| {
        let (_, rest) = readme.split_once(start).unwrap();
        rest.split_once("```\n").unwrap().0
    };
    let tests = format!("tests {{{}", block("```kdl\ntests {"));
    let folder = TempDir::new().unwrap();
    let policy = fs::read_to_string(root.join("policies/example.kdl")).unwrap();
    fs::write(folder.path().join("corp.kdl"), &policy).unwrap();
    fs::write(folder.path().join("corp.test.kdl"), tests).unwrap();
    let answer = run(&folder, &[]);
    assert!(answer.code == 0 && answer.stdout.ends_with("2 passed, 0 failed\n"), "{answer:?}");
    let policy = policy.replace("department \"department\"", "").replace("user department=", "user company=");
    fs::write(folder.path().join("corp.kdl"), policy).unwrap();
    let shown = format!("corp.test.kdl\n{}", block("```text\ncorp.test.kdl\n"));
    assert_eq!(run(&folder, &[]).stdout, shown);
}

#[test]
fn the_tests_of_the_example_pass_and_fail_with_another_policy() {
    let folder = TempDir::new().unwrap();
    let policies = Path::new(env!("CARGO_MANIFEST_DIR")).join("policies");
    for file in ["example.kdl", "example.test.kdl", "example.ldif", "example-org.json"] {
        fs::copy(policies.join(file), folder.path().join(file)).unwrap();
    }
    let answer = adjunct(folder.path(), &["test", "example.kdl"]);
    assert_eq!((answer.code, answer.stderr.as_str()), (0, ""), "{}", answer.stdout);
    assert!(answer.stdout.ends_with("6 tests: 6 passed, 0 failed\n"), "{}", answer.stdout);
    let policy = fs::read_to_string(folder.path().join("example.kdl")).unwrap();
    for (written, instead) in [
        ("custom \"costCode\" \"extensionAttribute1\"", ""),
        ("left \"remove\" after=\"7d\"", ""),
        ("user department=\"Contractors*\"", "user department=\"Kontractors*\""),
        ("takeover \"refuse\"", "takeover \"adopt\""),
        ("email \"mail\" \"userPrincipalName\"", "email \"userPrincipalName\""),
    ] {
        assert!(policy.contains(written));
        fs::write(folder.path().join("example.kdl"), policy.replacen(written, instead, 1)).unwrap();
        let answer = adjunct(folder.path(), &["test", "example.kdl"]);
        assert_eq!(answer.code, 1, "without {written:?} all tests pass");
    }
}
