//! `adjunct watch` as a process of its own, and its log.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::local::Local;

/// What a test waits for at most before it fails; nothing takes so long.
const HANG: Duration = Duration::from_mins(1);

/// A running service. It is killed when dropped.
#[derive(Debug)]
pub(crate) struct Service {
    child: Child,
    lines: Receiver<String>,
    /// Every line of its log so far that was waited for.
    said: Vec<String>,
}

impl Service {
    /// Watches `policy.kdl`, as it stands there, one cycle right after the other.
    pub(crate) fn of(local: &Local, options: &[&str]) -> Self {
        let arguments = [&["watch", "policy.kdl", "--interval", "50ms"], options].concat();
        Self::start(local.command(&arguments))
    }

    /// Starts one.
    pub(crate) fn start(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let stderr = BufReader::new(child.stderr.take().unwrap());
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            for line in stderr.lines() {
                if sender.send(line.unwrap()).is_err() {
                    break;
                }
            }
        });
        Self { child, lines, said: Vec::new() }
    }

    /// Waits for a line that holds these words, and gives it.
    pub(crate) fn wait_for(&mut self, words: &str) -> String {
        let deadline = Instant::now() + HANG;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let Ok(line) = self.lines.recv_timeout(left) else {
                panic!("nothing says {words:?}:\n{}", self.said.join("\n"))
            };
            self.said.push(line.clone());
            if line.contains(words) {
                return line;
            }
        }
    }

    /// Waits until something has come of it.
    pub(crate) fn until(&mut self, is_so: impl Fn() -> bool) {
        let deadline = Instant::now() + HANG;
        while !is_so() {
            self.said.extend(self.lines.try_iter());
            assert!(Instant::now() < deadline, "it does not come about:\n{}", self.said.join("\n"));
            std::thread::yield_now();
        }
    }

    /// The number of the process.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Asks it to end, as a service manager does.
    #[cfg(unix)]
    pub(crate) fn terminate(&self) {
        self.signal("-TERM");
    }

    /// Asks it to end, as Ctrl-C does.
    #[cfg(unix)]
    pub(crate) fn interrupt(&self) {
        self.signal("-INT");
    }

    #[cfg(unix)]
    fn signal(&self, signal: &str) {
        let id = self.id().to_string();
        assert!(Command::new("kill").args([signal, &id]).status().unwrap().success());
    }

    /// Ends it with SIGKILL, and gives its whole log.
    pub(crate) fn kill(mut self) -> Vec<String> {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        self.rest()
    }

    /// Waits until it ends, and gives its exit code and its whole log. Nothing of it goes to standard output.
    pub(crate) fn end(mut self) -> (Option<i32>, Vec<String>) {
        let status: ExitStatus = self.child.wait().unwrap();
        let mut stdout = String::new();
        self.child.stdout.take().unwrap().read_to_string(&mut stdout).unwrap();
        assert_eq!(stdout, "");
        (status.code(), self.rest())
    }

    fn rest(&mut self) -> Vec<String> {
        let mut said = std::mem::take(&mut self.said);
        while let Ok(line) = self.lines.recv_timeout(HANG) {
            said.push(line);
        }
        said
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Puts the directory as it is now where a service reads it, whole at any moment.
pub(crate) fn export(local: &Local) {
    replace(local, &local.forest.ldif());
}

/// Puts a text in the place of the directory.
pub(crate) fn replace(local: &Local, text: &str) {
    let new = local.path().join("directory.new");
    fs::write(&new, text).unwrap();
    fs::rename(new, local.path().join("directory.ldif")).unwrap();
}

/// A line of a log in JSON.
pub(crate) fn parsed(line: &str) -> Value {
    serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))
}
