//! What can go wrong with what the service remembers.

use std::io;
use std::path::PathBuf;

use miette::Diagnostic;

/// Why a budget or a pause cannot be kept or read.
#[derive(Debug, thiserror::Error, Diagnostic)]
#[non_exhaustive]
pub enum WatchError {
    /// It cannot be read or written.
    #[error("{what} {} could not be {deed}", path.display())]
    #[diagnostic(
        code(watch::file),
        help(
            "check the path, its permissions and the space on the disk: nothing is written to JumpCloud without it"
        )
    )]
    File {
        /// What kind of file.
        what: &'static str,
        /// Where.
        path: PathBuf,
        /// What was tried, such as `read`.
        deed: &'static str,
        /// Why not.
        source: io::Error,
    },

    /// The budget is not in its form.
    #[error("the removal budget {} cannot be understood, so nothing is taken for unspent", path.display())]
    #[diagnostic(
        code(watch::damaged_budget),
        help(
            "look into the journals of the last 24 hours for what was removed; if that is as it should be, remove the \
             file: the policy goes on with an empty budget"
        )
    )]
    DamagedBudget {
        /// The file.
        path: PathBuf,
        /// How it differs.
        source: serde_json::Error,
    },

    /// The pause is not in its form.
    #[error("the pause {} cannot be understood, so the policy stays paused", path.display())]
    #[diagnostic(code(watch::damaged_pause), help("`adjunct resume` ends the pause, whatever the file says"))]
    DamagedPause {
        /// The file.
        path: PathBuf,
        /// How it differs.
        source: serde_json::Error,
    },
}
