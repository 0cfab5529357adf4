//! `adjunct sandbox` as a process of its own.

use std::io::{BufRead as _, BufReader, Read as _};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::JoinHandle;

use tempfile::TempDir;

const BINARY: &str = env!("CARGO_BIN_EXE_adjunct");

/// A running sandbox. It is killed when dropped.
#[derive(Debug)]
pub(crate) struct Served {
    child: Child,
    /// What it printed: its address.
    pub(crate) url: String,
    stderr: Option<JoinHandle<String>>,
    /// What it keeps on the machine is the test's own.
    _state_folder: TempDir,
}

impl Served {
    /// Starts one on a free port of the loopback interface, and waits until it can be reached.
    pub(crate) fn start(arguments: &[&str]) -> Self {
        Self::listening_on("127.0.0.1:0", arguments)
    }

    /// Starts one that keeps its state in this file.
    pub(crate) fn keeping(state: &Path) -> Self {
        Self::start(&["--state", state.to_str().unwrap()])
    }

    /// Starts one that may have so many files open.
    #[cfg(unix)]
    pub(crate) fn with_files(count: usize) -> Self {
        let mut shell = Command::new("/bin/sh");
        shell.args(["-c", &format!("ulimit -n {count} && exec \"$0\" \"$@\""), BINARY]);
        Self::run(shell, "127.0.0.1:0", &[])
    }

    /// Starts one as somebody does who is in this folder.
    pub(crate) fn in_folder(folder: &Path, arguments: &[&str]) -> Self {
        let mut command = Command::new(BINARY);
        command.current_dir(folder);
        Self::run(command, "127.0.0.1:0", arguments)
    }

    pub(crate) fn listening_on(address: &str, arguments: &[&str]) -> Self {
        Self::run(Command::new(BINARY), address, arguments)
    }

    fn run(mut command: Command, address: &str, arguments: &[&str]) -> Self {
        let state_folder = TempDir::new().unwrap();
        let mut child = command
            .env_clear()
            .env("XDG_STATE_HOME", state_folder.path())
            .args(["sandbox", "--listen", address])
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stderr = child.stderr.take().unwrap();
        let stderr = std::thread::spawn(move || {
            let mut text = String::new();
            stderr.read_to_string(&mut text).unwrap();
            text
        });
        let mut url = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut url).unwrap();
        let url = url.trim_end().to_owned();
        let mut served = Self { child, url, stderr: Some(stderr), _state_folder: state_folder };
        assert!(served.url.starts_with("http://"), "it did not start:\n{}", served.kill());
        served
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.url.trim_start_matches("http://").trim_end_matches('/').parse().unwrap()
    }

    /// The number of the process.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Ends it with SIGKILL, and gives what it wrote to standard error.
    pub(crate) fn kill(&mut self) -> String {
        // It may have ended by itself.
        let _ = self.child.kill();
        self.child.wait().unwrap();
        self.stderr.take().map(|text| text.join().unwrap()).unwrap_or_default()
    }

    /// Asks it to end, as a service manager does.
    #[cfg(unix)]
    pub(crate) fn terminate(&self) {
        let id = self.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
    }

    /// Waits until it ends.
    pub(crate) fn wait(&mut self) -> ExitStatus {
        self.child.wait().unwrap()
    }

    /// The most memory that it has used so far, in bytes.
    #[cfg(target_os = "linux")]
    pub(crate) fn most_memory(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        let kilobytes: u64 = line.trim().trim_end_matches(" kB").parse().unwrap();
        kilobytes * 1024
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.kill();
    }
}
