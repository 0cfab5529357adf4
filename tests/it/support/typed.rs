//! A command that asks on a terminal, and what somebody types there (`script`, of util-linux).

use std::io::{Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use super::command::state_folder;

/// Runs `adjunct` with these words in a folder, on a terminal of its own. What is done `meanwhile` is done between the
/// question and what is `typed`, as it is. Gives the exit code and what the terminal showed.
pub(crate) fn on_a_terminal(
    folder: &Path,
    words: &str,
    key: &str,
    typed: &str,
    meanwhile: impl FnOnce(),
) -> (i32, String) {
    let binary = assert_cmd::cargo::cargo_bin!("adjunct");
    let command = format!("{} {words}", binary.display());
    let mut child = Command::new("script")
        .args(["--quiet", "--return", "--command", &command, "/dev/null"])
        .current_dir(folder)
        .env("KEY", key)
        .env("XDG_STATE_HOME", state_folder(folder))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut shown = Vec::new();
    let mut terminal = child.stdout.take().unwrap();
    while !String::from_utf8_lossy(&shown).contains("approves:") {
        let mut piece = [0; 4096];
        let length = terminal.read(&mut piece).unwrap();
        assert!(length > 0, "no question in {}", String::from_utf8_lossy(&shown));
        shown.extend_from_slice(&piece[..length]);
    }
    meanwhile();
    let mut stdin = child.stdin.take().unwrap();
    write!(stdin, "{typed}").unwrap();
    stdin.flush().unwrap();
    terminal.read_to_end(&mut shown).unwrap();
    (child.wait().unwrap().code().unwrap(), String::from_utf8(shown).unwrap())
}
