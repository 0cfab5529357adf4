use std::collections::BTreeSet;

use miette::Diagnostic;

use super::super::grammar::Rule;
use super::{Deed, Expected, Fixture, UnitTests, grammar, parse};
use crate::model::Dn;

/// Tests with every node and every property.
const WHOLE: &str = r#"// Tests of corp.
tests {
    policy "corp.kdl"
    variable "ou" "OU=Staff"
    directory "corp.ldif"
    before "yesterday.ldif" now="2025-12-31T00:00:00Z"
    jumpcloud "org.json"
    now "2026-02-01T00:00:00Z"
    test "one" {
        expect {
            user "alice" "create" department="Sales" jobTitle=#null
            user "bob" "held-back" reason="missing-lastname"
            group "Sales" "remove" cause="left"
            group "Ops" "held-back" reason="taken-name"
            membership "alice" "Sales" "add"
            none "remove" "user" "membership"
            guard "removals"
            plan "expected.json"
        }
    }
    test "two" {
        jumpcloud #null
        now "2026-03-01T00:00:00Z"
        before {
            group "JumpCloud"
        }
        directory {
            user "alice" disabled=#true expires="2026-01-31T00:00:00Z" container="OU=Sales" sn="A"
            group "JumpCloud" "alice" "CN=x,DC=y" container="OU=Groups,DC=corp,DC=example,DC=com"
        }
        expect {
            none "change"
        }
    }
}
"#;

fn sound(text: &str) -> UnitTests {
    parse("corp.test.kdl", text).unwrap_or_else(|errors| panic!("{:?}", errors.errors()))
}

fn codes(text: &str) -> Vec<String> {
    let Err(errors) = parse("corp.test.kdl", text) else { return Vec::new() };
    errors.errors().iter().map(|error| error.code().unwrap().to_string()).collect()
}

#[test]
fn what_a_test_does_not_say_is_that_of_the_file() {
    let tests = sound(WHOLE);
    assert_eq!(tests.variables["ou"], "OU=Staff");
    let [one, two] = tests.tests.as_slice() else { panic!("two tests") };
    assert!(matches!(&one.directory, Fixture::File(file) if file == "corp.ldif"));
    assert!(matches!(&one.before[..], [before] if before.now.to_string() == "2025-12-31T00:00:00Z"));
    assert_eq!(
        (one.jumpcloud.as_deref(), one.now.to_string().as_str()),
        (Some("org.json"), "2026-02-01T00:00:00Z")
    );
    assert!(matches!(&two.directory, Fixture::Written(_)));
    assert!(matches!(&two.before[..], [before] if matches!(before.directory, Fixture::Written(_))));
    assert_eq!(two.before[0].now.to_string(), "2026-01-30T00:00:00Z", "30 days before");
    assert_eq!((two.jumpcloud.as_deref(), two.line), (None, 21), "#null is an organization without anybody");
    let lines: Vec<usize> = one.expectations.iter().map(|expectation| expectation.line).collect();
    assert_eq!(lines, (11..19).collect::<Vec<_>>());
    assert!(matches!(two.expectations[0].expected, Expected::None { deed: None, ref of } if of.len() == 3));
    assert!(matches!(one.expectations[4].expected, Expected::Membership { deed: Deed::Add, .. }));
}

#[test]
fn a_file_that_was_cut_off_is_never_one_with_fewer_tests() {
    for end in (0..WHOLE.len()).filter(|end| WHOLE.is_char_boundary(*end)) {
        if let Ok(cut) = parse("corp.test.kdl", &WHOLE[..end]) {
            assert_eq!(cut.tests.len(), 2, "{}", &WHOLE[..end]);
            assert_eq!(cut.tests[0].expectations.len(), 8, "{}", &WHOLE[..end]);
        }
    }
}

#[test]
fn what_is_written_down_is_read_as_an_export_of_it() {
    let tests = sound(WHOLE);
    let Fixture::Written(written) = &tests.tests[1].directory else { panic!("it is written") };
    let root = Dn::parse("DC=corp,DC=example,DC=com").unwrap();
    let ldif = written.ldif(&root).unwrap();
    let domain = root.domain().unwrap();
    let read = crate::ad::Source::open_ldif("corp.ldif", ldif.as_bytes(), root, domain);
    let crate::ad::Source::Ldif(_) = &read.as_ref().unwrap() else { panic!() };
    let mut source = read.unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let directory = runtime.block_on(source.read()).unwrap();
    let (alice, group) = (&directory.users[0], &directory.groups[0]);
    assert_eq!(alice.dn, Dn::parse("CN=alice,OU=Sales,DC=corp,DC=example,DC=com").unwrap());
    assert!(alice.user_account_control.is_disabled());
    assert_eq!(alice.account_expires.at().unwrap().to_string(), "2026-01-31T00:00:00Z");
    assert_eq!(alice.attributes.first_text("memberOf"), Some(group.dn.as_str()));
    let members: Vec<&str> = group.members.iter().map(|member| member.dn.as_str()).collect();
    assert_eq!(members, [alice.dn.as_str(), "CN=x,DC=y"]);
    assert_eq!(sound(WHOLE).tests[1].line, 21);
}

/// What is written in the place of another line, and the codes of the problems.
const SLIPS: &[(&str, &str, &[&str])] = &[
    ("policy \"corp.kdl\"", "policy", &["policy::missing_argument"]),
    ("policy \"corp.kdl\"", "policies \"corp.kdl\"", &["policy::unknown_node"]),
    ("policy \"corp.kdl\"", "policy \"a\"; policy \"b\"", &["policy::duplicate_node"]),
    ("variable \"ou\" \"OU=Staff\"", "variable \"ou\"", &["policy::missing_argument"]),
    (
        "variable \"ou\" \"OU=Staff\"",
        "variable \"a\" \"b\"; variable \"a\" \"c\"",
        &["policy::duplicate_node"],
    ),
    ("jumpcloud \"org.json\"", "jumpcloud (var)\"ou\"", &["policy::unexpected_annotation"]),
    ("directory \"corp.ldif\"", "directory", &["tests::no_directory"]),
    ("directory \"corp.ldif\"", "directory 5", &["policy::wrong_type"]),
    ("directory \"corp.ldif\"", "directory \"corp.ldif\" { }", &["tests::two_directories"]),
    ("directory \"corp.ldif\"", "directory { person \"a\"; }", &["policy::unknown_node"]),
    ("directory \"corp.ldif\"", "", &["policy::missing_node"]),
    ("now=\"2025-12-31T00:00:00Z\"", "now=\"yesterday\"", &["tests::invalid_time"]),
    ("now=\"2025-12-31T00:00:00Z\"", "day=\"1\"", &["policy::unknown_property"]),
    ("before \"yesterday.ldif\"", "before", &["tests::no_directory"]),
    ("jumpcloud \"org.json\"", "jumpcloud", &["policy::missing_argument"]),
    ("jumpcloud \"org.json\"", "jumpcloud #true", &["policy::wrong_type"]),
    ("now \"2026-02-01T00:00:00Z\"", "now \"2026-02-01\"", &["tests::invalid_time"]),
    ("test \"one\"", "test", &["policy::missing_argument"]),
    ("test \"one\"", "test \"two\"", &["policy::duplicate_node"]),
    ("            none \"change\"\n", "", &["tests::nothing_expected"]),
    ("\"alice\" \"create\" department", "\"alice\" department", &["policy::missing_argument"]),
    ("\"alice\" \"create\" department", "\"alice\" \"creates\" department", &["policy::unknown_value"]),
    ("\"alice\" \"create\" department", "\"alice\" \"add\" department", &["policy::unknown_value"]),
    ("department=\"Sales\"", "departmnt=\"Sales\"", &["tests::unknown_field"]),
    ("department=\"Sales\"", "department=\"\"", &["policy::empty_value"]),
    ("department=\"Sales\"", "department=5", &["policy::wrong_type"]),
    ("department=\"Sales\"", "reason=\"unreadable\"", &["tests::misplaced_property"]),
    ("department=\"Sales\"", "cause=\"left\"", &["tests::misplaced_property"]),
    ("reason=\"missing-lastname\"", "reason=\"nameless\"", &["policy::unknown_value"]),
    ("reason=\"missing-lastname\"", "cause=\"left\"", &["tests::misplaced_property"]),
    ("reason=\"taken-name\"", "reason=\"taken\"", &["policy::unknown_value"]),
    ("\"remove\" cause=\"left\"", "\"remove\" cause=\"gone\"", &["policy::unknown_value"]),
    ("\"remove\" cause=\"left\"", "\"remove\" name=\"Sales\"", &["tests::misplaced_property"]),
    ("reason=\"taken-name\"", "department=\"Sales\"", &["tests::unknown_field"]),
    ("\"Sales\" \"add\"", "\"Sales\" \"create\"", &["policy::unknown_value"]),
    ("\"Sales\" \"add\"", "\"Sales\"", &["policy::missing_argument"]),
    ("\"remove\" \"user\" \"membership\"", "\"remove\" \"users\"", &["policy::unknown_value"]),
    ("\"remove\" \"user\" \"membership\"", "\"unchanged\"", &["policy::unknown_value"]),
    ("guard \"removals\"", "guard \"removal\"", &["policy::unknown_value"]),
    ("guard \"removals\"", "guard \"empty\"; guard \"empty\"", &["policy::duplicate_node"]),
    ("plan \"expected.json\"", "plan \"a\"; plan \"b\"", &["policy::duplicate_node"]),
    ("disabled=#true", "disabled=\"yes\"", &["policy::wrong_type"]),
    ("disabled=#true", "disabeld=#true", &["policy::unknown_property"]),
    ("expires=\"2026-01-31T00:00:00Z\"", "expires=\"soon\"", &["tests::invalid_time"]),
    ("container=\"OU=Sales\"", "container=\"Sales\"", &["policy::invalid_dn"]),
    ("container=\"OU=Groups,DC=corp,DC=example,DC=com\"", "container=\"Groups\"", &["policy::invalid_dn"]),
    ("sn=\"A\"", "objectGUID=\"5\"", &["tests::invalid_guid"]),
    ("sn=\"A\"", "unicodePwd=\"hunter2\"", &["policy::secret_attribute"]),
    ("sn=\"A\"", "s_n=\"A\"", &["policy::invalid_attribute"]),
    ("\"JumpCloud\" \"alice\"", "\"JumpCloud\" \"alicia\"", &["tests::unknown_member"]),
    ("\"JumpCloud\" \"alice\"", "\"alice\" \"alice\"", &["policy::duplicate_node"]),
];

#[test]
fn what_is_wrong_is_told_by_its_code() {
    for (written, instead, expected) in SLIPS {
        assert_eq!(WHOLE.matches(written).count(), 1, "{written}");
        assert_eq!(codes(&WHOLE.replace(written, instead)), *expected, "{instead}");
    }
}

#[test]
fn everything_of_the_grammar_is_used_above_rightly_and_wrongly() {
    fn gather(rule: &Rule, found: &mut BTreeSet<String>) {
        for child in rule.children() {
            found.insert(child.name.to_owned());
            found.extend(child.properties.iter().map(|property| format!("{}=", property.name)));
            gather(child, found);
        }
    }
    let mut names = BTreeSet::new();
    gather(&grammar::file(), &mut names);
    for name in names {
        let is_word = |text: &str| text.split([' ', '\n', '"']).any(|word| word.starts_with(name.as_str()));
        assert!(is_word(WHOLE), "{name} is not used");
        let is_slip = |(written, _, _): &(&str, &str, &[&str])| {
            // What surrounds it on its line counts, for most lines are written to be replaced in part.
            WHOLE.lines().any(|line| line.contains(written.trim_end()) && is_word(line))
        };
        assert!(
            ["tests", "expect"].contains(&name.as_str()) || SLIPS.iter().any(is_slip),
            "{name} is never wrong"
        );
    }
}
