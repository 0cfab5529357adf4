//! Why no first policy was written.

use std::io;
use std::path::PathBuf;

use miette::Diagnostic;
use thiserror::Error;

/// What ends `init`.
#[derive(Debug, Error, Diagnostic)]
pub(super) enum InitError {
    #[error("nothing says which directory to look at, and there is no terminal to ask on")]
    #[diagnostic(
        code(init::no_directory),
        help(
            "add --server ldaps://HOST and --bind ACCOUNT, with the password in the variable AD_PASSWORD; or --ldif FILE"
        )
    )]
    NoDirectory,
    #[error("the question was not answered")]
    #[diagnostic(code(init::unanswered), help("every question has an option: see adjunct init --help"))]
    Unanswered,
    #[error("{server:?} is no domain controller")]
    #[diagnostic(
        code(init::no_server),
        help("write ldaps:// and its name in DNS, such as ldaps://dc1.corp.example.com")
    )]
    NoServer { server: String },
    #[error("{domain} has no security group with {name:?} for a name, or none that this account may see")]
    #[diagnostic(
        code(init::no_group),
        help(
            "make one, and put into it whoever is to have an account in JumpCloud; or name yours with --security-group"
        )
    )]
    NoGroup { name: String, domain: String },
    #[error("several groups could be the security group:\n{}", groups.join("\n"))]
    #[diagnostic(code(init::several_groups), help("name one of them with --security-group"))]
    SeveralGroups { groups: Vec<String> },
    #[error("{container:?} is no container in {domain}")]
    #[diagnostic(
        code(init::no_container),
        help("write its whole DN, such as \"OU=Staff,{domain}\"; the option is --root-container")
    )]
    NoContainer { container: String, domain: String },
    #[error("{} is there already, and stays as it is", path.display())]
    #[diagnostic(code(init::in_the_way), help("name another file, as in: adjunct init new.kdl"))]
    InTheWay { path: PathBuf },
    #[error("{} could not be written", path.display())]
    #[diagnostic(code(init::unwritten), help("check that its folder is there, and may be written to"))]
    Unwritten {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
}
