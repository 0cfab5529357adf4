//! A command that asks on a terminal, and what somebody types there (`script`, of util-linux).

use std::io::{Read, Write};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

use super::command::state_folder;

/// A command on a terminal of its own.
pub(crate) struct Terminal {
    child: Child,
    output: ChildStdout,
    shown: Vec<u8>,
    /// How much of it was heard.
    heard: usize,
}

impl Terminal {
    /// Runs `adjunct` with these words in a folder.
    pub(crate) fn run(folder: &Path, words: &str, variables: &[(&str, &str)]) -> Self {
        let binary = assert_cmd::cargo::cargo_bin!("adjunct");
        let command = format!("{} {words}", binary.display());
        let mut child = Command::new("script")
            .args(["--quiet", "--return", "--command", &command, "/dev/null"])
            .current_dir(folder)
            .env("XDG_STATE_HOME", state_folder(folder))
            .envs(variables.iter().copied())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let output = child.stdout.take().unwrap();
        Self { child, output, shown: Vec::new(), heard: 0 }
    }

    /// Waits until it shows these words, behind those that were waited for before.
    pub(crate) fn hear(&mut self, words: &str) {
        loop {
            let shown = &self.shown[self.heard..];
            if let Some(at) = shown.windows(words.len()).position(|window| window == words.as_bytes()) {
                self.heard += at + words.len();
                return;
            }
            let mut piece = [0; 4096];
            let length = self.output.read(&mut piece).unwrap();
            assert!(length > 0, "no {words:?} in {}", String::from_utf8_lossy(&self.shown));
            self.shown.extend_from_slice(&piece[..length]);
        }
    }

    /// Types a text, as it is.
    pub(crate) fn type_in(&mut self, text: &str) {
        let stdin = self.child.stdin.as_mut().unwrap();
        write!(stdin, "{text}").unwrap();
        stdin.flush().unwrap();
    }

    /// Gives the exit code and what the terminal showed, when it has ended.
    pub(crate) fn end(mut self) -> (i32, String) {
        drop(self.child.stdin.take());
        self.output.read_to_end(&mut self.shown).unwrap();
        (self.child.wait().unwrap().code().unwrap(), String::from_utf8(self.shown).unwrap())
    }
}

/// Runs `adjunct` with these words in a folder, on a terminal of its own. What is done `meanwhile` is done between the
/// question and what is `typed`, as it is. Gives the exit code and what the terminal showed.
pub(crate) fn on_a_terminal(
    folder: &Path,
    words: &str,
    key: &str,
    typed: &str,
    meanwhile: impl FnOnce(),
) -> (i32, String) {
    let mut terminal = Terminal::run(folder, words, &[("KEY", key)]);
    terminal.hear("approves:");
    meanwhile();
    terminal.type_in(typed);
    terminal.end()
}
