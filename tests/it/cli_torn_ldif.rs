//! An export that was cut, wherever: nothing is planned, so nobody leaves because of what is missing.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::command::{Answer, adjunct};

const POLICY: &str = r#"policy "corp" {
    active-directory {
        ldif "directory.ldif"
    }
    jumpcloud {
        sandbox "org.json"
    }
    root-container "DC=example,DC=com"
    security-group "JumpCloud"
    limits {
        removals 100 percent=100
        membership-removals 100 percent=100
    }
}
"#;

/// How `ldapsearch` begins a file: it promises a count at the end.
const HEAD: &str = "# extended LDIF\n#\n# LDAPv3\n# base <DC=example,DC=com> with scope subtree\n#\n\n";

/// Nested groups, a member by primary group, and a long value over two lines.
const ENTRIES: [&str; 6] = [
    "dn: CN=JumpCloud,DC=example,DC=com
objectClass: group
cn: JumpCloud
objectGUID:: qqqqqqqqqqqqqqqqqqqqqg==
groupType: -2147483646
member: CN=Cleo Moss,DC=example,DC=com
member: CN=Staff,DC=example,DC=com
",
    "dn: CN=Staff,DC=example,DC=com
objectClass: group
cn: Staff
objectGUID:: u7u7u7u7u7u7u7u7u7u7uw==
objectSid:: AQUAAAAAAAUVAAAAOINAYSdssD0NopUJUAQAAA==
groupType: -2147483646
member: CN=Crew,DC=example,DC=com
memberOf: CN=JumpCloud,DC=example,DC=com
",
    "dn: CN=Crew,DC=example,DC=com
objectClass: group
cn: Crew
objectGUID:: zMzMzMzMzMzMzMzMzMzMzA==
groupType: -2147483646
member: CN=Ada King,DC=example,DC=com
memberOf: CN=Staff,DC=example,DC=com
",
    "dn: CN=Ada King,DC=example,DC=com
objectClass: user
objectGUID:: EREREREREREREREREREREQ==
sAMAccountName: ada.king
mail: ada.king@example.com
givenName: Ada
sn: King
userAccountControl: 512
memberOf: CN=Crew,DC=example,DC=com
",
    "dn: CN=Ben Lund,DC=example,DC=com
objectClass: user
objectGUID:: IiIiIiIiIiIiIiIiIiIiIg==
sAMAccountName: ben.lund
mail: ben.lund@example.com
givenName: Ben
sn: Lund
userAccountControl: 512
primaryGroupID: 1104
",
    "dn: CN=Cleo Moss,DC=example,DC=com
objectClass: user
objectGUID:: MzMzMzMzMzMzMzMzMzMzMw==
sAMAccountName: cleo.moss
mail: cleo.moss@example.
 com
givenName: Cleo
sn: Moss
userAccountControl: 512
memberOf: CN=JumpCloud,DC=example,DC=com
",
];

/// A policy and an organization that is in step with the whole export.
fn in_step() -> TempDir {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("policy.kdl"), POLICY).unwrap();
    fs::write(folder.path().join("directory.ldif"), export(&ENTRIES)).unwrap();
    let applied = adjunct(folder.path(), &["apply", "policy.kdl", "--auto-approve"]);
    assert_eq!(applied.code, 0, "{applied:?}");
    // Long ago: that an account is young must not be what keeps it.
    let org = folder.path().join("org.json");
    let mut document: Value = serde_json::from_str(&fs::read_to_string(&org).unwrap()).unwrap();
    for user in document["users"].as_array_mut().unwrap() {
        user["created"] = json!("2025-03-03T09:00:00Z");
    }
    fs::write(&org, document.to_string()).unwrap();
    assert_eq!(plan_of(folder.path(), &export(&ENTRIES)).code, 0);
    folder
}

fn export(entries: &[&str]) -> String {
    format!("{HEAD}{}\n# numEntries: {}\n", entries.join("\n"), entries.len())
}

fn plan_of(folder: &Path, ldif: &str) -> Answer {
    fs::write(folder.join("directory.ldif"), ldif).unwrap();
    adjunct(folder, &["plan", "policy.kdl", "--detailed-exitcode", "--format", "json"])
}

#[test]
fn a_cut_anywhere_is_an_incomplete_read() {
    let folder = in_step();
    let whole = export(&ENTRIES);
    for end in (HEAD.len() + 1..whole.len() - 1).step_by(7) {
        let answer = plan_of(folder.path(), &whole[..end]);
        assert_eq!(answer.code, 6, "cut at {end}: {answer:?}");
        assert!(answer.stdout.is_empty() && answer.stderr.contains("help: "), "{answer:?}");
    }
}

#[test]
fn a_cut_between_entries_is_an_incomplete_read_in_whatever_order_they_stand() {
    let folder = in_step();
    for rotation in 0..ENTRIES.len() {
        let mut entries = ENTRIES;
        entries.rotate_left(rotation);
        for kept in 1..ENTRIES.len() {
            let cut = format!("{HEAD}{}\n", entries[..kept].join("\n"));
            let answer = plan_of(folder.path(), &cut);
            assert_eq!(answer.code, 6, "{answer:?}");
        }
    }
}

#[test]
fn an_export_that_promises_no_count_is_taken_and_said_to_be_unproven() {
    let folder = in_step();
    let answer = plan_of(folder.path(), &format!("version: 1\n\n{}\n", ENTRIES.join("\n")));
    assert_eq!(answer.code, 0, "{answer:?}");
    assert_eq!(answer.json()["source"]["evidence"]["end_proven"], false);
}

#[test]
fn a_trailer_that_counts_more_is_an_incomplete_read() {
    let folder = in_step();
    let fewer = export(&ENTRIES[..5]).replace("numEntries: 5", "numEntries: 6");
    let answer = plan_of(folder.path(), &fewer);
    assert_eq!(answer.code, 6, "{answer:?}");
    assert!(answer.stderr.contains("counts 6 entries, and it holds 5"), "{}", answer.stderr);
    assert!(answer.stdout.is_empty());
}

#[test]
fn whoever_an_export_without_a_count_lacks_is_held_back() {
    let folder = in_step();
    // Ben is in through his primary group, so that no entry before the cut names him.
    let (kept, cut): (Vec<&str>, Vec<&str>) = ENTRIES.iter().partition(|entry| !entry.contains("Ben Lund"));
    assert_eq!(cut.len(), 1);
    let answer = plan_of(folder.path(), &format!("version: 1\n\n{}\n", kept.join("\n")));
    assert_eq!(answer.code, 0, "{answer:?}");
    let held = &answer.json()["held_back"];
    assert_eq!((&held[0]["name"], &held[0]["reason"]), (&json!("ben.lund"), &json!("unreadable")), "{held}");
    let answer = plan_of(folder.path(), &export(&kept));
    assert_eq!(answer.json()["summary"]["remove"], 1, "a count proves that he is gone");
}

#[test]
fn an_entry_that_no_empty_line_closes_is_an_incomplete_read() {
    let folder = in_step();
    let answer = plan_of(folder.path(), &format!("version: 1\n\n{}", ENTRIES.join("\n")));
    assert_eq!(answer.code, 6, "{answer:?}");
    assert!(answer.stderr.contains("no empty line closes the last"), "{}", answer.stderr);
}
