//! Servers that others wrote, each in a folder of its own, for the length of one test.

use std::fs::{self, File};
use std::os::unix::fs::{MetadataExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// Longest wait until it answers.
const PATIENCE: Duration = Duration::from_mins(1);

/// Runs a program until standard input ends, as it does when the test's process does, however that ends.
const RUN: &str = r#""$@" & child=$!; cat; kill "$child"; wait "$child""#;

/// A running server. It ends when dropped.
#[derive(Debug)]
pub(crate) struct Daemon {
    shell: Child,
    log: PathBuf,
}

impl Daemon {
    /// Starts a program that stays in the foreground, and waits until it answers.
    ///
    /// # Panics
    /// When there is no such program, or it does not answer in time.
    pub(crate) fn start(
        folder: &Path,
        account: Account,
        command: &[&str],
        answers: impl Fn() -> bool,
    ) -> Self {
        let log = folder.join("log");
        let said = File::create(&log).unwrap();
        let mut shell = Command::new("/bin/sh");
        shell.args(["-c", RUN, "sh"]).args(command).current_dir(folder);
        shell.stdin(Stdio::piped()).stdout(said.try_clone().unwrap()).stderr(said).process_group(0);
        let daemon = Self { shell: account.spawn(&mut shell), log };
        let deadline = Instant::now() + PATIENCE;
        while !answers() {
            let said = || fs::read_to_string(&daemon.log).unwrap();
            assert!(Instant::now() < deadline, "{command:?} does not answer. It said:\n{}", said());
            thread::sleep(Duration::from_millis(20));
        }
        daemon
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        drop(self.shell.stdin.take());
        let _ = self.shell.wait();
    }
}

/// Whom a program runs as.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Account {
    /// Whoever runs the tests.
    Own,
    /// `nobody` where root runs the tests, for programs that refuse root.
    NotRoot,
}

impl Account {
    /// Debian's `nobody` and `nogroup`.
    const NOBODY: u32 = 65534;

    /// Gives a folder to this account.
    pub(crate) fn own(self, folder: &Path) {
        if self.is_nobody() {
            chown(folder, Some(Self::NOBODY), Some(Self::NOBODY)).unwrap();
        }
    }

    /// Runs a program to its end.
    pub(crate) fn run(self, command: &mut Command) {
        let output = self.set(command).output().unwrap();
        let said = [output.stdout, output.stderr].concat();
        assert!(output.status.success(), "{command:?} failed:\n{}", String::from_utf8_lossy(&said));
    }

    fn spawn(self, command: &mut Command) -> Child {
        self.set(command).spawn().unwrap()
    }

    fn set(self, command: &mut Command) -> &mut Command {
        if self.is_nobody() { command.uid(Self::NOBODY).gid(Self::NOBODY) } else { command }
    }

    fn is_nobody(self) -> bool {
        matches!(self, Self::NotRoot) && is_root()
    }
}

/// Whether root runs the tests.
fn is_root() -> bool {
    fs::metadata("/proc/self").unwrap().uid() == 0
}
