//! Clients that others wrote, unmodified, against the real sandbox. Each reads or writes what `tests/clients` has it do, and
//! says in its last line how much that was.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::served::Served;

const KEY: &str = "clients";

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients")
}

/// What `tests/run` installed there.
fn installed(path: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/clients").join(path);
    assert!(
        path.exists(),
        "there is no {}: tests/run installs the clients, or skips these tests",
        path.display()
    );
    path
}

/// Runs a script against a sandbox of its own, and gives the last line.
fn last_line(mut script: Command) -> String {
    let state = tempfile::tempdir().unwrap();
    let file = state.path().join("organization.json");
    std::fs::copy(folder().join("organization.json"), &file).unwrap();
    let served = Served::start(&["--state", file.to_str().unwrap(), "--api-key", KEY]);
    // Some leave files behind.
    let run = script.args([&served.url, KEY]).current_dir(state.path()).output().unwrap();
    let (stdout, stderr) = (String::from_utf8_lossy(&run.stdout), String::from_utf8_lossy(&run.stderr));
    assert!(run.status.success(), "{script:?}: {}\n{stdout}\n{stderr}", run.status);
    stdout.lines().last().unwrap_or_default().to_owned()
}

fn python(script: &str) -> Command {
    let mut python = Command::new(installed("venv/bin/python"));
    python.arg("-B").arg(folder().join(script));
    python
}

#[test]
fn bravado_calls_every_published_operation_and_finds_every_answer_valid() {
    assert_eq!(
        last_line(python("drive_bravado.py")),
        "bravado: 165 calls of all 15 operations of v1 and all 58 of v2, every answer valid"
    );
}

#[test]
fn the_jumpcloud_package_reads_what_there_is() {
    assert_eq!(last_line(python("drive_jumpcloud.py")), "jumpcloud: 17 commands answered");
}

#[test]
fn schemathesis_finds_no_answer_that_is_not_as_published() {
    let line = last_line(python("drive_schemathesis.py"));
    let counts: Vec<u32> = line.split(' ').filter_map(|word| word.parse().ok()).collect();
    assert!(line.ends_with("every answer valid"), "{line}");
    // How many there are depends on the answers too.
    assert!(counts.len() == 2 && counts[0] > 1000 && counts[1] > 4000, "{line}");
}

#[test]
fn a_client_generated_from_the_published_documents_works() {
    let mut node = Command::new("node");
    node.arg(folder().join("drive_generated.mjs")).arg(installed("node"));
    assert_eq!(last_line(node), "swagger-typescript-api: 48 calls of 26 operations answered");
}
