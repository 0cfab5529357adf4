//! A state file that is no state, or cannot be one.

use miette::Diagnostic;

/// Why a text is no state of a sandbox, or a file cannot keep one.
#[derive(Debug, thiserror::Error, Diagnostic)]
#[non_exhaustive]
pub enum SandboxError {
    /// It is no JSON, or not of the form of a state.
    #[error("{file} is not the state of a sandbox")]
    #[diagnostic(
        code(sandbox::form),
        help(
            "a state is a JSON object with `organization`, `users`, `groups` and `activeDirectories`, each of which may be left out"
        )
    )]
    Form {
        /// Name of the file.
        file: String,
        /// What is wrong, with line and column.
        source: serde_json::Error,
    },

    /// Its changes cannot be kept.
    #[error("the state of the sandbox cannot be written to {file}")]
    #[diagnostic(
        code(sandbox::unwritable),
        help("let this account write in the folder, or name another file")
    )]
    Unwritable {
        /// Name of the file.
        file: String,
        /// Why not.
        source: std::io::Error,
    },

    /// It cannot be read.
    #[error("the state of the sandbox cannot be read from {file}")]
    #[diagnostic(code(sandbox::unreadable), help("check its permissions; a state is UTF-8 text"))]
    Unreadable {
        /// Name of the file.
        file: String,
        /// Why not.
        source: std::io::Error,
    },

    /// The log beside it holds changes of another file.
    #[error("{file} was replaced or removed while {log} holds changes that belong to the earlier one")]
    #[diagnostic(
        code(sandbox::foreign_log),
        help("put the earlier file back, or remove the log to do without those changes")
    )]
    ForeignLog {
        /// Name of the file.
        file: String,
        /// Name of the log.
        log: String,
    },

    /// The log beside it is damaged, in the middle.
    #[error("line {line} of {log} is damaged")]
    #[diagnostic(
        code(sandbox::damaged_log),
        help("cut the log off before that line to do without it and all that follows")
    )]
    DamagedLog {
        /// Name of the log.
        log: String,
        /// The line, from 1.
        line: usize,
    },

    /// An entry breaks a rule of JumpCloud's.
    #[error("{file}: {entry}: {problem}")]
    #[diagnostic(
        code(sandbox::entry),
        help("spell fields as the JumpCloud API does; names, mails and ids are unique")
    )]
    Entry {
        /// Name of the file.
        file: String,
        /// Which entry, such as `users[3] "ada"`.
        entry: String,
        /// What is wrong with it.
        problem: String,
    },

    /// What was read of an organization does not hang together.
    #[error("the organization changed while it was read: {what} is {id}, which is not among what was read")]
    #[diagnostic(code(sandbox::torn), help("run it again, at a quieter time if it happens again"))]
    Torn {
        /// What leads to it.
        what: String,
        /// Its id.
        id: String,
    },

    /// The file that a new state would go into is there already.
    #[error("{file} is there already")]
    #[diagnostic(
        code(sandbox::in_the_way),
        help(
            "name another file, or let it be replaced with --force: what is in it, and in a log beside it, is lost"
        )
    )]
    InTheWay {
        /// Name of the file, or of the log beside it.
        file: String,
    },
}
