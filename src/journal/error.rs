//! What can go wrong with journals and locks.

use std::io;
use std::path::PathBuf;

use miette::Diagnostic;

use super::Holder;

/// Why a journal cannot be kept or read, or a run may not begin.
#[derive(Debug, thiserror::Error, Diagnostic)]
#[non_exhaustive]
pub enum JournalError {
    /// The platform names no folder for what a program keeps.
    #[error("there is no folder to keep the lock and the journals in")]
    #[diagnostic(
        code(journal::no_state_folder),
        help("set HOME or XDG_STATE_HOME (on Windows LOCALAPPDATA) to a folder of the user who runs this")
    )]
    NoStateFolder,

    /// Something in the state folder or the journal's folder cannot be made, read or written.
    #[error("{what} {} could not be {deed}", path.display())]
    #[diagnostic(
        code(journal::file),
        help(
            "check the path, its permissions and the space on the disk: nothing is written without a journal"
        )
    )]
    File {
        /// What kind of file.
        what: &'static str,
        /// Where.
        path: PathBuf,
        /// What was tried, such as `made`.
        deed: &'static str,
        /// Why not.
        source: io::Error,
    },

    /// A journal cannot be read.
    #[error("the journal {} could not be read", path.display())]
    #[diagnostic(
        code(journal::unreadable),
        help("check the path and its permissions; `adjunct history` lists the journals that there are")
    )]
    Unreadable {
        /// Where.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },

    /// Another run is at work.
    #[error("another run is at work on {what}: {holder}")]
    #[diagnostic(
        code(journal::locked),
        help(
            "wait for it, or end it: its lock goes with it, also when it dies, so there is nothing to remove by hand"
        )
    )]
    Locked {
        /// On what, in words.
        what: String,
        /// Who holds the lock, and is alive.
        holder: Box<Holder>,
    },

    /// The file is no journal.
    #[error("{} is no journal of adjunct: line {line} does not have its form", path.display())]
    #[diagnostic(
        code(journal::form),
        help("name a file that `adjunct history` lists; a journal ends in .jsonl")
    )]
    Form {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// How it differs.
        source: serde_json::Error,
    },

    /// The file does not begin as a journal does.
    #[error("{} does not begin as a journal of adjunct does", path.display())]
    #[diagnostic(
        code(journal::no_beginning),
        help("name a file that `adjunct history` lists; a run that was killed at once leaves an empty one")
    )]
    NoBeginning {
        /// The file.
        path: PathBuf,
    },

    /// The file is of a newer format.
    #[error("{} is a journal of format {version}, which this version does not know", path.display())]
    #[diagnostic(
        code(journal::newer),
        help("read it with the version of adjunct that wrote it, or a newer one")
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its format.
        version: String,
    },
}
