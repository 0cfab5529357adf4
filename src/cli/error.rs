//! Everything that ends a command, with its exit code.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

use miette::Diagnostic;
use thiserror::Error;

use super::exit::Exit;
use super::init_error::InitError;
use super::plan_file_error::PlanFileError;
use super::test::TestError;
use crate::ad::AdError;
use crate::desired::SelectError;
use crate::journal::JournalError;
use crate::jumpcloud::JumpCloudError;
use crate::plan::AmbiguousDirectory;
use crate::policy::{AgentConfigError, FormatError, PolicyErrors};
use crate::sandbox::SandboxError;
use crate::watch::WatchError;

/// What ends a command.
#[derive(Debug, Error, Diagnostic)]
pub(super) enum CliError {
    #[error("the program could not start its runtime")]
    #[diagnostic(code(cli::runtime), help("the system is out of threads or file descriptors"))]
    Runtime(#[source] io::Error),
    #[error("{what} {} could not be read", path.display())]
    #[diagnostic(
        code(cli::unreadable_file),
        help("check the path and its permissions; paths in a policy are relative to it")
    )]
    File {
        what: &'static str,
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("no policy can be made of {}", path.display())]
    #[diagnostic(code(cli::agent_config))]
    AgentConfig {
        path: PathBuf,
        #[source]
        #[diagnostic_source]
        error: AgentConfigError,
    },
    #[error("the policy file {} is not UTF-8 text", path.display())]
    #[diagnostic(code(cli::not_text), help("save it as UTF-8"))]
    NotText { path: PathBuf },
    #[error(transparent)]
    #[diagnostic(transparent)]
    Policy(Box<PolicyErrors>),
    #[error(transparent)]
    #[diagnostic(transparent)]
    Format(Box<FormatError>),
    #[error("the policy file {} could not be written: it is as it was", path.display())]
    #[diagnostic(
        code(cli::unwritten_file),
        help(
            "its folder must be writable, and the file not read-only; the layout is printed for: adjunct fmt - < FILE"
        )
    )]
    Unwritten {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("no policy declares the variable {name:?} that --var gives a value")]
    #[diagnostic(code(cli::undeclared_variable))]
    UndeclaredVariable {
        name: String,
        #[help]
        help: String,
    },
    #[error(
        "the environment variable {env}, which gives the variable {variable:?} its value, is no Unicode text"
    )]
    #[diagnostic(code(cli::not_unicode_variable), help("give the value with --var {variable}=VALUE"))]
    NotUnicodeVariable { env: String, variable: String },
    #[error("the environment variable {name}, which holds {purpose}, is not set")]
    #[diagnostic(
        code(cli::missing_secret),
        help("set it, for example in the service's environment file, and run again")
    )]
    MissingVariable { name: String, purpose: &'static str },
    #[error("{reference}, which should yield {purpose}, yields nothing")]
    #[diagnostic(code(cli::empty_secret), help("an empty secret is never sent"))]
    EmptySecret { reference: String, purpose: &'static str },
    #[error("the command {command:?}, which should print {purpose}, failed")]
    #[diagnostic(code(cli::secret_command), help("run it yourself and see what it says"))]
    SecretCommand {
        command: String,
        purpose: &'static str,
        #[source]
        source: io::Error,
    },
    #[error("the program could not begin anew with the keytab in its environment")]
    #[diagnostic(code(cli::begin_anew), help("run it again: it may have been replaced meanwhile"))]
    BeginAnew(#[source] io::Error),
    #[error(transparent)]
    #[diagnostic(transparent)]
    Init(#[from] InitError),
    #[error(transparent)]
    #[diagnostic(transparent)]
    Ad(#[from] AdError),
    #[error(transparent)]
    #[diagnostic(transparent)]
    Select(#[from] SelectError),
    #[error(transparent)]
    #[diagnostic(transparent)]
    JumpCloud(#[from] JumpCloudError),
    #[error(transparent)]
    #[diagnostic(transparent)]
    Sandbox(#[from] SandboxError),
    #[error("the local organization could not be served on this machine")]
    #[diagnostic(code(cli::sandbox), help("it needs a free port on 127.0.0.1"))]
    ServeSandbox(#[source] io::Error),
    #[error("{address} could not be listened on")]
    #[diagnostic(
        code(cli::listen),
        help("choose another address or port with --listen; port 0 takes a free one")
    )]
    Listen {
        address: SocketAddr,
        #[source]
        source: io::Error,
    },
    #[error("the state of the sandbox could not be brought into its file")]
    #[diagnostic(code(cli::keep_sandbox), help("nothing is lost: the log beside the file holds the rest"))]
    KeepSandbox {
        #[source]
        source: io::Error,
    },
    #[error("{} is the organization of the policy itself", path.display())]
    #[diagnostic(code(cli::onto_itself), help("name another file with --out"))]
    OntoItself { path: PathBuf },
    #[error(transparent)]
    #[diagnostic(transparent)]
    AmbiguousDirectory(#[from] AmbiguousDirectory),
    #[error("there is no terminal to ask for approval on")]
    #[diagnostic(code(cli::no_terminal), help("add --auto-approve where nobody can answer"))]
    NoTerminal,
    #[error("not approved: nothing was written")]
    #[diagnostic(code(cli::declined))]
    Declined,
    #[error("JumpCloud changed while the plan was being approved: nothing was written")]
    #[diagnostic(code(cli::stale), help("apply again, and approve the plan as it is now"))]
    Stale,
    #[error(
        "the plan counted on the policies before it, and does not fit what these left: nothing of it was written"
    )]
    #[diagnostic(
        code(cli::overtaken),
        help("apply again: it is then planned for the organization as it is now")
    )]
    Overtaken,
    #[error("there is no folder {} to list the runs of", path.display())]
    #[diagnostic(
        code(cli::no_folder),
        help(
            "name the folder that apply --journal named; without --journal, those in the platform's folder are listed"
        )
    )]
    NoFolder { path: PathBuf },
    #[error("{} tells of no removal", path.display())]
    #[diagnostic(
        code(cli::no_removals),
        help("name the journal of a run that removed somebody, or the folder that it is in")
    )]
    NoRemovals { path: PathBuf },
    #[error("no removal is of {names}")]
    #[diagnostic(
        code(cli::not_removed),
        help("run the command without --user and --group to see what can be restored; nothing was written")
    )]
    NotRemoved { names: String },
    #[error("the journals in {} are of several policies:\n{}", path.display(), policies.join("\n"))]
    #[diagnostic(
        code(cli::several_policies),
        help(
            "name one of them with --policy, or somebody whom only one of them removed with --user or --group"
        )
    )]
    SeveralPolicies { path: PathBuf, policies: Vec<String> },
    #[error(
        "{} is the journal of the policy {policy:?} for {domain} on {target}, organization {organization:?}: that is another one",
        path.display()
    )]
    #[diagnostic(
        code(cli::other_journal),
        help("name the policy file that is for it with --policy; nothing was written")
    )]
    OtherJournal { path: PathBuf, policy: String, domain: String, target: String, organization: String },
    #[error("{} and {} are the same policy file", first.display(), second.display())]
    #[diagnostic(code(cli::same_file), help("give it once; nothing was read"))]
    SameFile { first: PathBuf, second: PathBuf },
    #[error(
        "{} and {} are both the policy {policy:?} for {domain} on one organization",
        first.display(),
        second.display()
    )]
    #[diagnostic(
        code(cli::same_mark),
        help(
            "what they own carries the same mark, so each would undo the other: give one of them another name"
        )
    )]
    SameMark { first: PathBuf, second: PathBuf, policy: String, domain: String },
    #[error(transparent)]
    #[diagnostic(transparent)]
    JournalFile(#[from] JournalError),
    #[error(transparent)]
    #[diagnostic(transparent)]
    Watch(#[from] WatchError),
    #[error("the journal {} could not be written: nothing was changed", path.display())]
    #[diagnostic(
        code(cli::journal),
        help(
            "make room on its disk, or name another folder with --journal: nothing is written without a journal"
        )
    )]
    Journal {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error(transparent)]
    #[diagnostic(transparent)]
    PlanFile(Box<PlanFileError>),
    #[error(transparent)]
    #[diagnostic(transparent)]
    Test(#[from] TestError),
    #[error("the editor said something that is no message of the Language Server Protocol")]
    #[diagnostic(
        code(cli::language_client),
        help("adjunct lsp is for editors: the README says how to tell them of it")
    )]
    LanguageClient(#[source] io::Error),
    #[error("the output could not be written")]
    #[diagnostic(
        code(cli::output),
        help(
            "the reader went away, or the disk is full; to read a long plan, use a pager or save it to a file"
        )
    )]
    Output(#[source] io::Error),
    #[error("the report could not be written, but {applied} of {of} changes were applied")]
    #[diagnostic(
        code(cli::unreported),
        help("what was done stands in the journal, {journals}; what is left, a new plan shows")
    )]
    Unreported {
        applied: usize,
        of: usize,
        journals: String,
        #[source]
        source: io::Error,
    },
    #[error("interrupted: nothing was written")]
    #[diagnostic(code(cli::interrupted))]
    Interrupted,
}

impl From<PlanFileError> for CliError {
    fn from(error: PlanFileError) -> Self {
        Self::PlanFile(Box::new(error))
    }
}

impl CliError {
    /// What to say when a report could not be shown: what was done is done, and stands in the journals, if there are any.
    pub(super) fn after_changes(self, applied: usize, of: usize, journals: &[String]) -> Self {
        if journals.is_empty() {
            return self;
        }
        let Self::Output(source) = self else { return self };
        Self::Unreported { applied, of, journals: journals.join(", "), source }
    }

    /// The exit code that it ends the command with.
    pub(super) fn exit(&self) -> Exit {
        match self {
            Self::Ad(error) if error.is_incomplete() => Exit::Unread,
            Self::JumpCloud(error) if error.is_unread() => Exit::Unread,
            Self::Sandbox(SandboxError::Torn { .. }) => Exit::Unread,
            Self::JournalFile(JournalError::Locked { .. }) => Exit::Locked,
            Self::PlanFile(error) => error.exit(),
            Self::Interrupted => Exit::Interrupted,
            Self::Stale | Self::Overtaken | Self::OtherJournal { .. } => Exit::Stale,
            Self::Runtime(_)
            | Self::File { .. }
            | Self::NotText { .. }
            | Self::AgentConfig { .. }
            | Self::Policy(_)
            | Self::Format(_)
            | Self::Unwritten { .. }
            | Self::UndeclaredVariable { .. }
            | Self::NotUnicodeVariable { .. }
            | Self::MissingVariable { .. }
            | Self::EmptySecret { .. }
            | Self::SecretCommand { .. }
            | Self::BeginAnew(_)
            | Self::Init(_)
            | Self::Ad(_)
            | Self::Select(_)
            | Self::JumpCloud(_)
            | Self::Sandbox(_)
            | Self::ServeSandbox(_)
            | Self::Listen { .. }
            | Self::KeepSandbox { .. }
            | Self::OntoItself { .. }
            | Self::AmbiguousDirectory(_)
            | Self::NoTerminal
            | Self::Declined
            | Self::NoFolder { .. }
            | Self::NoRemovals { .. }
            | Self::NotRemoved { .. }
            | Self::SeveralPolicies { .. }
            | Self::SameFile { .. }
            | Self::SameMark { .. }
            | Self::JournalFile(_)
            | Self::Watch(_)
            | Self::Journal { .. }
            | Self::Test(_)
            | Self::LanguageClient(_)
            | Self::Output(_)
            | Self::Unreported { .. } => Exit::Error,
        }
    }
}
