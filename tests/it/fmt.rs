//! Policies are brought into the one layout, and nothing else happens to them.

use std::fs;
use std::path::Path;

use tempfile::TempDir;

use crate::support::command::{Answer, adjunct, adjunct_fed};

const UNTIDY: &str = "// who \npolicy   \"corp\"   { // it is ours\n  jumpcloud { api-key   (env)\"KEY\" } ; takeover \"adopt\"\n\n\n\n\
\troot-container \"OU=Staff\"   // all of them\n security-group \"JumpCloud\" // these\n}\n";

const TIDY: &str = r#"// who
policy "corp" { // it is ours
    jumpcloud {
        api-key (env)"KEY"
    }
    takeover "adopt"

    root-container "OU=Staff"  // all of them
    security-group "JumpCloud" // these
}
"#;

const DIFFERENCE: &str = r#"--- untidy.kdl
+++ untidy.kdl
@@ -1,9 +1,10 @@
-// who 
-policy   "corp"   { // it is ours
-  jumpcloud { api-key   (env)"KEY" } ; takeover "adopt"
-
-
+// who
+policy "corp" { // it is ours
+    jumpcloud {
+        api-key (env)"KEY"
+    }
+    takeover "adopt"
 
-	root-container "OU=Staff"   // all of them
- security-group "JumpCloud" // these
+    root-container "OU=Staff"  // all of them
+    security-group "JumpCloud" // these
 }
"#;

fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = TempDir::new().unwrap();
    for (name, text) in files {
        fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

fn text(folder: &TempDir, name: &str) -> String {
    fs::read_to_string(folder.path().join(name)).unwrap()
}

fn told(answer: &Answer) -> (i32, &str, &str) {
    (answer.code, &answer.stdout, &answer.stderr)
}

#[test]
fn what_is_untidy_is_laid_out_in_place_and_named() {
    let folder = folder(&[("untidy.kdl", UNTIDY), ("tidy.kdl", TIDY)]);
    let answer = adjunct(folder.path(), &["fmt", "untidy.kdl", "tidy.kdl"]);
    assert_eq!(told(&answer), (0, "untidy.kdl\n", ""));
    assert_eq!((text(&folder, "untidy.kdl").as_str(), text(&folder, "tidy.kdl").as_str()), (TIDY, TIDY));
    assert_eq!(told(&adjunct(folder.path(), &["fmt", "untidy.kdl"])), (0, "", ""));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2, "nothing is left behind");
}

#[test]
fn a_check_shows_what_would_change_and_changes_nothing() {
    let folder = folder(&[("untidy.kdl", UNTIDY), ("tidy.kdl", TIDY)]);
    let answer = adjunct(folder.path(), &["fmt", "--check", "tidy.kdl", "untidy.kdl"]);
    assert_eq!(told(&answer), (1, DIFFERENCE, ""));
    assert_eq!(text(&folder, "untidy.kdl"), UNTIDY);
    assert_eq!(told(&adjunct(folder.path(), &["fmt", "--check", "tidy.kdl"])), (0, "", ""));
}

#[test]
fn every_policy_of_the_repository_is_laid_out() {
    let policies = Path::new(env!("CARGO_MANIFEST_DIR")).join("policies");
    let mut files: Vec<_> = fs::read_dir(&policies).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "kdl"));
    assert!(files.len() >= 2, "{files:?}");
    for file in files {
        let answer = adjunct(&policies, &["fmt", "--check", file.to_str().unwrap()]);
        assert_eq!(told(&answer), (0, "", ""), "{}", file.display());
    }
}

#[test]
fn standard_input_is_laid_out_to_standard_output() {
    let folder = folder(&[]);
    assert_eq!(told(&adjunct_fed(folder.path(), UNTIDY, &["fmt", "-"])), (0, TIDY, ""));
    assert_eq!(told(&adjunct_fed(folder.path(), TIDY, &["fmt", "-"])), (0, TIDY, ""));
    let check = adjunct_fed(folder.path(), UNTIDY, &["fmt", "--check", "-"]);
    assert_eq!(told(&check), (1, DIFFERENCE.replace("untidy.kdl", "standard input").as_str(), ""));
    let broken = adjunct_fed(folder.path(), "policy {", &["fmt", "-"]);
    assert_eq!((broken.code, broken.stdout.as_str()), (1, ""), "{broken:?}");
    assert!(broken.stderr.contains("standard input"), "{broken:?}");
}

#[test]
fn what_is_no_kdl_fails_alone_and_stays_as_it_is() {
    let folder = folder(&[("broken.kdl", "policy \"corp\" {\n"), ("untidy.kdl", UNTIDY)]);
    fs::write(folder.path().join("bytes.kdl"), b"policy \"\xff\"").unwrap();
    let names = ["fmt", "broken.kdl", "not-there.kdl", "bytes.kdl", ".", "untidy.kdl"];
    let answer = adjunct(folder.path(), &names);
    assert_eq!((answer.code, answer.stdout.as_str()), (1, "untidy.kdl\n"), "{answer:?}");
    for part in ["broken.kdl: 1 problem", "not-there.kdl could not be read", "bytes.kdl is not UTF-8"] {
        assert!(answer.stderr.contains(part), "{part} in {}", answer.stderr);
    }
    assert_eq!(text(&folder, "broken.kdl"), "policy \"corp\" {\n");
    assert_eq!(text(&folder, "untidy.kdl"), TIDY);
}

#[test]
fn a_difference_shows_no_secret() {
    let literal =
        "policy \"corp\" {\n  jumpcloud { api-key \"hunter2\" }\n  bind \"a\" password=\"hunter2\"\n}\n";
    let folder = folder(&[("literal.kdl", literal)]);
    let answer = adjunct(folder.path(), &["fmt", "--check", "literal.kdl"]);
    assert_eq!(answer.code, 1);
    assert!(answer.stdout.contains("+    bind \"a\" password=\"*******\"\n"), "{answer:?}");
    assert!(!format!("{answer:?}").contains("hunter2"), "{answer:?}");
    assert_eq!(adjunct(folder.path(), &["fmt", "literal.kdl"]).code, 0);
    assert!(text(&folder, "literal.kdl").contains("        api-key \"hunter2\"\n"), "the file keeps it");
}

#[test]
fn a_file_keeps_the_line_ends_of_windows() {
    let folder = folder(&[("windows.kdl", &UNTIDY.replace('\n', "\r\n"))]);
    assert_eq!(adjunct(folder.path(), &["fmt", "windows.kdl"]).code, 0);
    assert_eq!(text(&folder, "windows.kdl"), TIDY.replace('\n', "\r\n"));
    assert_eq!(told(&adjunct(folder.path(), &["fmt", "--check", "windows.kdl"])), (0, "", ""));
}

#[cfg(unix)]
#[test]
fn a_link_and_the_permissions_of_a_file_stay() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let folder = folder(&[("untidy.kdl", UNTIDY), ("locked.kdl", UNTIDY)]);
    let path = |name: &str| folder.path().join(name);
    symlink("untidy.kdl", path("link.kdl")).unwrap();
    fs::set_permissions(path("untidy.kdl"), fs::Permissions::from_mode(0o640)).unwrap();
    fs::set_permissions(path("locked.kdl"), fs::Permissions::from_mode(0o444)).unwrap();
    assert_eq!(told(&adjunct(folder.path(), &["fmt", "link.kdl"])), (0, "link.kdl\n", ""));
    assert!(path("link.kdl").is_symlink());
    assert_eq!(text(&folder, "untidy.kdl"), TIDY);
    assert_eq!(fs::metadata(path("untidy.kdl")).unwrap().permissions().mode() & 0o777, 0o640);
    let answer = adjunct(folder.path(), &["fmt", "locked.kdl"]);
    assert_eq!((answer.code, answer.stdout.as_str()), (1, ""), "{answer:?}");
    assert!(answer.stderr.contains("locked.kdl could not be written: it is as it was"), "{answer:?}");
    assert_eq!(text(&folder, "locked.kdl"), UNTIDY);
}
