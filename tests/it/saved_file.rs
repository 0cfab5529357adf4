//! `plan --out` and `show`: what is in the file, who can read it, and that it says the same later.

use std::fs;
use std::path::{Path, PathBuf};

use adjunct::plan::saved::{SavedPlan, seal};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::approval::{Approval, PLAN};
use crate::support::command::{Answer, adjunct};
use crate::support::organization::Organization;
use crate::support::schema::Schema;
use crate::support::staff::Staff;
use crate::support::two_days::{NODES, morning, today};

/// A sample of the form 1.0, as version 0.1.0 wrote it, and what it says.
const SAMPLE: &str = "tests/it/saved_samples/1.0.plan";

fn small() -> Approval {
    Approval::new("", &Staff::new().users(["ada"]), &json!({}))
}

fn scenarios() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenarios");
    fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path()).collect()
}

/// The body of a saved plan, as JSON.
fn body(file: &Path) -> Value {
    serde_json::from_str(fs::read_to_string(file).unwrap().split_once('\n').unwrap().1).unwrap()
}

#[test]
fn what_is_shown_later_is_what_the_plan_showed_to_the_byte() {
    let schema = Schema::read("saved-plan.schema.json");
    for scenario in scenarios() {
        let copy = TempDir::new().unwrap();
        for entry in fs::read_dir(&scenario).unwrap() {
            let path = entry.unwrap().path();
            fs::copy(&path, copy.path().join(path.file_name().unwrap())).unwrap();
        }
        let run = |arguments: &[&str]| -> Answer { adjunct(copy.path(), arguments) };
        for format in ["text", "json"] {
            let options = ["--format", format];
            let plain = run(&[&["plan", "policy.kdl"][..], &options].concat());
            let saved = run(&[&["plan", "policy.kdl", "--out", PLAN][..], &options].concat());
            assert_eq!((saved.code, &saved.stdout), (plain.code, &plain.stdout), "{scenario:?}");
            let shown = run(&[&["show", PLAN][..], &options].concat());
            assert_eq!((shown.code, &shown.stdout), (0, &plain.stdout), "{scenario:?}");
            assert_eq!(shown.stderr, "", "{scenario:?}");
        }
        let file = copy.path().join(PLAN);
        assert_eq!(schema.problems(&body(&file)), Vec::<String>::new(), "{scenario:?}");
        let text = fs::read_to_string(&file).unwrap();
        let is_inert = |c: char| c == '\n' || !(c.is_control() || ('\u{202a}'..='\u{202e}').contains(&c));
        assert!(text.chars().all(is_inert), "{scenario:?}");
    }
}

#[test]
fn a_saved_plan_is_for_its_owner_alone_and_replaces_nothing_but_saved_plans() {
    let approval = small();
    let answer = approval.save(&[]);
    assert_eq!(answer.code, 0, "{answer:?}");
    assert!(answer.stderr.contains("adjunct apply today.plan"), "{answer:?}");
    let first = fs::read(approval.file()).unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&approval.file()), 0o600);
        fs::set_permissions(approval.file(), fs::Permissions::from_mode(0o644)).unwrap();
        assert_eq!(approval.save(&[]).code, 0);
        assert_eq!(mode(&approval.file()), 0o600, "a new file, whatever the old one was");
    }
    // A saved plan that somebody damaged is still one.
    fs::write(approval.file(), &first[..first.len() / 2]).unwrap();
    assert_eq!(approval.save(&[]).code, 0);
    let files = |folder: &Path| fs::read_dir(folder).unwrap().count();
    let before = files(approval.desk.path());
    let policy = fs::read(approval.desk.path().join(&approval.policy)).unwrap();
    for path in [approval.policy.as_str(), "state", "missing/today.plan"] {
        fs::create_dir_all(approval.desk.path().join("state")).unwrap();
        let answer = approval.run(&["plan", &approval.policy, "--out", path]);
        assert_eq!(answer.code, 1, "{path}: {answer:?}");
        assert!(answer.stderr.contains("help: "), "{answer:?}");
    }
    assert_eq!(fs::read(approval.desk.path().join(&approval.policy)).unwrap(), policy);
    assert!(files(approval.desk.path()) <= before + 1, "nothing is left behind");
}

#[test]
fn saving_changes_no_exit_code_and_one_plan_is_saved_at_a_time() {
    let approval = small();
    assert_eq!(approval.save(&["--detailed-exitcode"]).code, 2);
    let json = approval.save(&["--detailed-exitcode", "--format", "json"]);
    assert_eq!((json.code, json.json()["summary"]["create"].clone()), (2, json!(2)));
    fs::remove_file(approval.file()).unwrap();
    fs::copy(approval.desk.path().join(&approval.policy), approval.desk.path().join("other.kdl")).unwrap();
    let several = approval.run(&["plan", &approval.policy, "other.kdl", "--out", PLAN]);
    assert_eq!(several.code, 1, "{several:?}");
    assert!(several.stderr.contains("cli::several_to_save"), "{several:?}");
    let failed = approval.run(&["plan", "missing.kdl", "--out", PLAN]);
    assert_eq!(failed.code, 1, "{failed:?}");
    assert!(!approval.file().exists());
    assert_eq!(approval.save(&[]).code, 0);
    let as_policy = approval.run(&["plan", PLAN]);
    assert!(as_policy.code == 1 && as_policy.stderr.contains("cli::no_policy"), "{as_policy:?}");
}

#[test]
fn a_policy_in_the_place_of_a_saved_plan_is_told_from_one_that_is_damaged() {
    let approval = small();
    fs::write(approval.desk.path().join("empty.kdl"), "").unwrap();
    for policy in [approval.policy.as_str(), "empty.kdl"] {
        let answer = approval.run(&["show", policy]);
        assert_eq!((answer.code, answer.stdout.as_str()), (1, ""), "{answer:?}");
        for words in ["cli::no_saved_plan", "is a policy", "adjunct plan shows"] {
            assert!(answer.stderr.contains(words), "no {words:?} in {answer:?}");
        }
    }
    fs::write(approval.file(), "").unwrap();
    let damaged = approval.run(&["show", PLAN]);
    assert!(damaged.code == 5 && damaged.stderr.contains("cli::unreadable_plan"), "{damaged:?}");
    let missing = approval.run(&["show", "missing.plan"]);
    assert!(missing.code == 1 && missing.stderr.contains("cli::unreadable_file"), "{missing:?}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_plan_that_could_not_be_shown_is_not_saved() {
    let approval = small();
    let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let status = std::process::Command::new(env!("CARGO_BIN_EXE_adjunct"))
        .env_clear()
        .env("KEY", Organization::API_KEY)
        .current_dir(approval.desk.path())
        .args(["plan", &approval.policy, "--out", PLAN])
        .stdout(full)
        .stderr(std::process::Stdio::null())
        .status()
        .unwrap();
    assert_eq!((status.code(), approval.file().exists()), (Some(1), false));
}

#[test]
fn no_secret_is_in_the_file() {
    let approval = Approval::saved(NODES, &today(), &morning());
    let text = fs::read_to_string(approval.file()).unwrap();
    assert!(text.len() > 10_000 && !text.contains(Organization::API_KEY));
    let saved = body(&approval.file());
    let policy = fs::canonicalize(approval.desk.path().join(&approval.policy)).unwrap();
    assert_eq!(saved["policy_file"], json!(policy));
}

#[test]
fn what_cannot_be_applied_any_more_can_be_shown_and_says_so() {
    let approval = small();
    let planned = approval.save(&[]);
    approval.reseal(|saved| {
        saved.created = "2026-01-01T00:00:00Z".parse().unwrap();
        saved.expires = "2026-01-02T00:00:00Z".parse().unwrap();
        saved.tool_version = "0.0.9".to_owned();
    });
    let shown = approval.run(&["show", PLAN]);
    assert_eq!((shown.code, &shown.stdout), (0, &planned.stdout));
    for words in ["expired at 2026-01-02T00:00:00Z", "adjunct 0.0.9 saved it"] {
        assert!(shown.stderr.contains(words), "{shown:?}");
    }
    let whole = fs::read(approval.file()).unwrap();
    for broken in [&whole[..whole.len() - 1], &whole[1..], b""] {
        fs::write(approval.file(), broken).unwrap();
        let shown = approval.run(&["show", PLAN]);
        assert_eq!((shown.code, shown.stdout.as_str()), (5, ""), "{shown:?}");
        assert!(shown.stderr.contains("plan::broken_seal"), "{shown:?}");
    }
    let newer = String::from_utf8(whole).unwrap().replacen("1.0", "1.2", 1);
    fs::write(approval.file(), newer).unwrap();
    let shown = approval.run(&["show", PLAN]);
    assert!(shown.code == 5 && shown.stderr.contains("plan::newer_form"), "{shown:?}");
    assert_eq!(approval.run(&["show", "missing.plan"]).code, 1);
}

/// Set `ADJUNCT_WRITE_SAVED_SAMPLE=1` to write it, which only a new form may do.
#[test]
fn a_sample_of_the_form_1_0_stays_readable() {
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join(SAMPLE);
    if std::env::var_os("ADJUNCT_WRITE_SAVED_SAMPLE").is_some() {
        let approval = Approval::saved(NODES, &today(), &morning());
        approval.reseal(|saved| {
            saved.created = "2026-01-01T12:00:00Z".parse().unwrap();
            saved.expires = "2026-01-02T12:00:00Z".parse().unwrap();
            saved.policy_file = "/srv/adjunct/test.kdl".to_owned();
            saved.header.target.location = "https://console.jumpcloud.com".to_owned();
        });
        fs::copy(approval.file(), &sample).unwrap();
        fs::write(sample.with_extension("txt"), approval.run(&["show", PLAN]).stdout).unwrap();
    }
    let file = fs::read(&sample).unwrap();
    let (saved, _) = SavedPlan::parse(&file).unwrap();
    assert_eq!(seal(&saved.to_json().unwrap()).into_bytes(), file, "it is written as it was");
    let shown = adjunct(sample.parent().unwrap(), &["show", "1.0.plan"]);
    assert_eq!(shown.code, 0, "{shown:?}");
    assert_eq!(shown.stdout, fs::read_to_string(sample.with_extension("txt")).unwrap());
    assert!(shown.stderr.contains("expired"), "{shown:?}");
}
