//! What the program and the README say of the program: every example is run.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use tempfile::TempDir;

use crate::support::command::{Answer, adjunct, adjunct_with, state_folder};
use crate::support::samba::Samba;
use crate::support::served::Served;
use crate::support::service::Service;
use crate::support::wire;

/// A folder with a copy of `policies/`, as in a clone of the repository.
fn clone() -> TempDir {
    let folder = TempDir::new().unwrap();
    let policies = folder.path().join("policies");
    fs::create_dir(&policies).unwrap();
    for entry in fs::read_dir(root().join("policies")).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            fs::copy(&path, policies.join(path.file_name().unwrap())).unwrap();
        }
    }
    folder
}

/// The example that saves what others show and apply.
const SAVING: [&str; 4] = ["plan", "policies/example.kdl", "--out", "today.plan"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn help(command: &[&str]) -> String {
    let answer = adjunct(root(), &[command, &["--help"]].concat());
    assert_eq!((answer.code, answer.stderr.as_str()), (0, ""));
    answer.stdout
}

/// The arguments behind `prefix` on each line of a text that has it.
fn examples<'t>(text: &'t str, prefix: &str) -> Vec<Vec<&'t str>> {
    let lines = text.lines().filter_map(|line| line.split_once(prefix));
    lines.map(|(_, arguments)| words(arguments)).collect()
}

/// The words of a line, as a shell takes them: what is between two quotes is one.
fn words(line: &str) -> Vec<&str> {
    let (mut words, mut rest) = (Vec::new(), line.trim());
    while let Some(first) = rest.chars().next() {
        let (word, after) = if matches!(first, '"' | '\'') {
            rest[1..].split_once(first).unwrap()
        } else {
            rest.split_once(' ').unwrap_or((rest, ""))
        };
        words.push(word);
        rest = after.trim_start();
    }
    words
}

/// An example of `sandbox` serves, and takes a user. It listens on a free port.
fn expect_served(folder: &Path, example: &[&str]) {
    let mut arguments = example[1..].to_vec();
    if let Some(listen) = arguments.iter().position(|argument| *argument == "--listen") {
        arguments.drain(listen..listen + 2);
    }
    let mut served = Served::in_folder(folder, &arguments);
    let key = arguments.iter().position(|argument| *argument == "--api-key").map(|key| arguments[key + 1]);
    let headers = key.map_or_else(String::new, |key| format!("x-api-key: {key}\r\n"));
    let request = wire::request("GET", "/api/systemusers", &headers, "");
    let replies = wire::exchange(served.address(), &request);
    assert_eq!(replies[0].status, 200, "{example:?}: {replies:?}\n{}", served.kill());
}

/// An example of `watch` brings each of its policies into step.
fn expect_watched(folder: &Path, example: &[&str]) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_adjunct"));
    command.env_clear().env("XDG_STATE_HOME", state_folder(folder)).current_dir(folder).args(example);
    command.stdin(Stdio::null());
    let mut service = Service::start(command);
    for policy in example.iter().filter(|argument| argument.starts_with("policies/")) {
        let said = service.wait_for(policy);
        assert!(said.contains(" created"), "{example:?}: {said}");
    }
}

/// An example of `init` that asks a domain controller writes a policy that is valid. It asks the one of the tests.
fn expect_first_policy(folder: &Path, example: &[&str]) {
    let (samba, mut arguments) = (Samba::shared(), example.to_vec());
    let (url, server) = (samba.url(), arguments.iter().position(|argument| argument.starts_with("ldaps://")));
    arguments[server.unwrap()] = &url;
    // There it is one of many groups of that name.
    arguments.extend(["--root-container", Samba::CORPORATE]);
    fs::write(folder.join("corp-ca.pem"), samba.authority().pem()).unwrap();
    let answer = adjunct_with(folder, &[("AD_PASSWORD", Samba::PASSWORD)], &arguments);
    assert_eq!(answer.code, 0, "{example:?}\n{answer:?}");
    assert_eq!(adjunct(folder, &["validate", "corp.kdl"]).code, 0);
}

/// An example ends as its arguments say: without `--auto-approve` an apply asks, and here nobody answers.
fn expect_success(example: &[&str], answer: &Answer) {
    let code = match example {
        ["apply" | "restore", ..] if !example.contains(&"--auto-approve") => 1,
        _ => 0,
    };
    assert_eq!(answer.code, code, "{example:?}\n{answer:?}");
    assert_eq!(answer.stderr.contains("cli::no_terminal"), code == 1, "{example:?}\n{}", answer.stderr);
    // What is in the one layout already is not spoken of.
    assert_eq!(answer.stdout.is_empty(), example.first() == Some(&"fmt"), "{example:?}\n{answer:?}");
}

#[test]
fn the_help_of_every_command_is_as_written_down() {
    insta::assert_snapshot!("help", help(&[]));
    insta::assert_snapshot!("help-plan", help(&["plan"]));
    insta::assert_snapshot!("help-apply", help(&["apply"]));
    insta::assert_snapshot!("help-validate", help(&["validate"]));
    insta::assert_snapshot!("help-fmt", help(&["fmt"]));
    insta::assert_snapshot!("help-schema", help(&["schema"]));
    insta::assert_snapshot!("help-init", help(&["init"]));
    insta::assert_snapshot!("help-test", help(&["test"]));
    insta::assert_snapshot!("help-import-agent-config", help(&["import-agent-config"]));
    insta::assert_snapshot!("help-show", help(&["show"]));
    insta::assert_snapshot!("help-history", help(&["history"]));
    insta::assert_snapshot!("help-restore", help(&["restore"]));
    insta::assert_snapshot!("help-watch", help(&["watch"]));
    insta::assert_snapshot!("help-pause", help(&["pause"]));
    insta::assert_snapshot!("help-resume", help(&["resume"]));
    insta::assert_snapshot!("help-snapshot", help(&["snapshot"]));
    insta::assert_snapshot!("help-sandbox", help(&["sandbox"]));
}

#[test]
fn every_example_of_the_help_works_in_a_fresh_clone() {
    for command in [
        "init", "plan", "apply", "validate", "fmt", "schema", "test", "restore", "show", "watch", "pause",
        "resume", "snapshot", "sandbox",
    ] {
        let help = help(&[command]);
        let examples = examples(&help, "  adjunct ");
        assert!(examples.len() >= 2, "{help}");
        for example in examples {
            assert_eq!(example[0], command);
            if command == "sandbox" {
                expect_served(clone().path(), &example);
                continue;
            }
            if command == "watch" {
                expect_watched(clone().path(), &example);
                continue;
            }
            let folder = clone();
            if example.contains(&"--server") {
                expect_first_policy(folder.path(), &example);
                continue;
            }
            if example[1..].contains(&"today.plan") && command != "plan" {
                // What another example made.
                assert_eq!(adjunct(folder.path(), &SAVING).code, 0);
            }
            if command == "restore" {
                let apply = ["apply", "policies/example.kdl", "--auto-approve", "--journal", "journal"];
                assert_eq!(adjunct(folder.path(), &apply).code, 0);
            }
            let answer = adjunct(folder.path(), &example);
            if example.contains(&"--detailed-exitcode") {
                assert_eq!(answer.code, 2, "{example:?}\n{answer:?}");
            } else {
                expect_success(&example, &answer);
            }
        }
    }
}

#[test]
fn the_commands_of_the_readme_work_one_after_the_other() {
    let folder = clone();
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let examples = examples(&readme, "cargo run --release -- ");
    assert!(examples.len() >= 3, "{examples:?}");
    for example in examples {
        if example[0] == "sandbox" {
            expect_served(folder.path(), &example);
        } else {
            // The last one finds everything in step.
            expect_success(&example, &adjunct(folder.path(), &example));
        }
    }
}

#[test]
fn the_calls_of_the_readme_change_a_sandbox() {
    let served = Served::start(&[]);
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let calls = examples(&readme, "curl ");
    assert!(!calls.is_empty());
    for call in calls {
        let ["-X", method, "-H", header, "-d", body, url] = call[..] else { panic!("{call:?}") };
        let path = url.strip_prefix("http://127.0.0.1:8080").unwrap();
        // The wire's own requests mean a host that is none of this machine's.
        let host = format!("Host: {}", served.address());
        let request = wire::request(method, path, &format!("{header}\r\n"), body);
        let request = String::from_utf8(request).unwrap().replace("Host: sandbox", &host);
        let replies = wire::exchange(served.address(), request.as_bytes());
        assert_eq!(replies[0].status, 201, "{call:?}: {replies:?}");
    }
    assert_eq!(wire::call(served.address(), "GET", "/api/systemusers", "").status, 403);
}

#[test]
fn the_commands_in_the_example_policies_work() {
    for file in ["example.kdl", "partners.kdl"] {
        let policy = fs::read_to_string(root().join("policies").join(file)).unwrap();
        let examples = examples(&policy, "cargo run --release -- ");
        assert!(!examples.is_empty(), "{file}");
        for example in examples {
            expect_success(&example, &adjunct(clone().path(), &example));
        }
    }
}

#[test]
fn the_version_is_that_of_the_package() {
    let answer = adjunct(root(), &["--version"]);
    assert_eq!((answer.code, answer.stdout), (0, format!("adjunct {}\n", env!("CARGO_PKG_VERSION"))));
}
