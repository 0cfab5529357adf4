//! The binary, run as from a shell with nothing in its environment.

use std::path::{Path, PathBuf};

use assert_cmd::Command;
use assert_cmd::cargo::cargo_bin_cmd;
use serde_json::Value;

/// What a command answered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Answer {
    /// Standard output as JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}\n{self:?}"))
    }
}

/// Where the platform keeps what adjunct remembers, for a command in this folder.
pub(crate) fn state_folder(folder: &Path) -> PathBuf {
    folder.join(".state")
}

/// Runs `adjunct` in a folder, without a terminal and with an empty environment.
pub(crate) fn adjunct(folder: &Path, arguments: &[&str]) -> Answer {
    adjunct_with(folder, &[], arguments)
}

/// Runs `adjunct` in a folder, without a terminal and with these variables alone, beside a place for its state.
pub(crate) fn adjunct_with(folder: &Path, variables: &[(&str, &str)], arguments: &[&str]) -> Answer {
    answer(command(folder).envs(variables.iter().copied()).args(arguments))
}

/// Runs `adjunct` in a folder with this text as its standard input.
pub(crate) fn adjunct_fed(folder: &Path, input: &str, arguments: &[&str]) -> Answer {
    answer(command(folder).write_stdin(input).args(arguments))
}

fn command(folder: &Path) -> Command {
    let mut command = cargo_bin_cmd!("adjunct");
    // What it keeps on the machine is the test's own.
    command.env_clear().env("XDG_STATE_HOME", state_folder(folder)).current_dir(folder);
    command
}

fn answer(command: &mut Command) -> Answer {
    let output = command.output().unwrap();
    Answer {
        code: output.status.code().unwrap(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}
