//! A `PostgreSQL` server from Debian's package, on a socket in a folder of its own.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use super::daemon::{Account, Daemon};

/// A running database cluster without data. It ends when dropped.
pub(crate) struct Postgres {
    programs: PathBuf,
    _daemon: Daemon,
    folder: TempDir,
}

impl Postgres {
    /// Its superuser, who needs no password.
    pub(crate) const USER: &str = "postgres";

    pub(crate) fn start() -> Self {
        let programs = programs();
        let folder = TempDir::new().unwrap();
        let at = folder.path();
        Account::NotRoot.own(at);
        let program = |name: &str| programs.join(name).to_str().unwrap().to_owned();
        let mut make = Command::new(program("initdb"));
        make.current_dir(at).args(["--pgdata=cluster", "--auth=trust", "--no-sync"]);
        Account::NotRoot.run(make.arg(format!("--username={}", Self::USER)));
        let socket = at.to_str().unwrap();
        let server = program("postgres");
        let command = [&server, "-D", "cluster", "-k", socket, "-c", "listen_addresses=", "-c", "fsync=off"];
        let is_ready = || {
            let mut ask = Command::new(program("pg_isready"));
            ask.args(["--quiet", "--host", socket]).status().unwrap().success()
        };
        let daemon = Daemon::start(at, Account::NotRoot, &command, is_ready);
        Self { programs, _daemon: daemon, folder }
    }

    /// What `host` of a client takes: the folder of its socket.
    pub(crate) fn host(&self) -> &Path {
        self.folder.path()
    }

    /// The first value that a query gives.
    pub(crate) fn ask(&self, query: &str) -> String {
        let output = Command::new(self.programs.join("psql"))
            .args(["--username", Self::USER, "--host"])
            .arg(self.host())
            .args(["--no-align", "--tuples-only", "--command", query])
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }
}

/// The folder of the newest version.
fn programs() -> PathBuf {
    let versions =
        fs::read_dir("/usr/lib/postgresql").unwrap().map(|entry| entry.unwrap().path().join("bin"));
    versions.filter(|folder| folder.join("postgres").exists()).max().unwrap()
}
