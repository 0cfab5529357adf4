//! A first policy, made of what a domain controller shows.

use std::fs;

use tempfile::TempDir;

use crate::support::command::{Answer, adjunct_with};
use crate::support::samba::Samba;

fn folder(samba: &Samba) -> TempDir {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("ca.pem"), samba.authority().pem()).unwrap();
    folder
}

fn run(folder: &TempDir, password: &str, words: &[&str]) -> Answer {
    adjunct_with(folder.path(), &[("AD_PASSWORD", password)], words)
}

fn init(samba: &Samba, folder: &TempDir, password: &str, more: &[&str]) -> Answer {
    let url = samba.url();
    let access =
        ["init", "--server", &url, "--bind", Samba::BIND_NETBIOS, "--ca-certificate", "ca.pem", "--sandbox"];
    run(folder, password, &[&access[..], more].concat())
}

#[test]
fn a_domain_controller_gives_a_policy_that_plans() {
    let samba = Samba::shared();
    let folder = folder(samba);
    // Each test of the domain has a group of the usual name, in a container of its own.
    let answer = init(samba, &folder, Samba::PASSWORD, &["--root-container", Samba::CORPORATE]);
    assert_eq!((answer.code, answer.stderr.as_str()), (0, ""), "{answer:?}");
    let policy = fs::read_to_string(folder.path().join("corp.kdl")).unwrap();
    assert!(!policy.contains(Samba::PASSWORD));
    assert!(policy.contains(&format!("server \"{}\"\n", samba.url())), "{policy}");
    assert!(policy.contains(&format!("root-container \"{}\"\n", Samba::CORPORATE)), "{policy}");
    let plan = run(&folder, Samba::PASSWORD, &["plan", "corp.kdl", "--detailed-exitcode"]);
    assert_eq!(plan.code, 2, "{plan:?}");
}

#[test]
fn what_keeps_a_look_from_being_taken_is_said_as_in_a_plan() {
    let samba = Samba::shared();
    let folder = folder(samba);
    let wrong = init(samba, &folder, "wrong", &[]);
    assert_eq!(wrong.code, 1, "{wrong:?}");
    assert!(wrong.stderr.contains("ad::credentials"), "{wrong:?}");
    let gone = run(&folder, "x", &["init", "--server", "ldaps://127.0.0.1:9", "--bind", "x"]);
    assert_eq!(gone.code, 6, "{gone:?}");
    assert!(gone.stderr.contains("ad::unreachable"), "{gone:?}");
    let _ = samba.container("init");
    let several = init(samba, &folder, Samba::PASSWORD, &[]);
    assert_eq!(several.code, 1, "{several:?}");
    assert!(several.stderr.contains("init::several_groups"), "{several:?}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is written");
}
