//! Why tests cannot be run at all.

use std::path::PathBuf;

use miette::Diagnostic;
use thiserror::Error;

use crate::model::DnError;

/// Why tests cannot be run at all.
#[derive(Debug, Error, Diagnostic)]
pub(in crate::cli) enum TestError {
    #[error("the policy {} has no tests", policy.display())]
    #[diagnostic(
        code(tests::none),
        help("write them into {}: tests {{ test \"a joiner is created\" {{ … }} }}", tests.display())
    )]
    Untested { policy: PathBuf, tests: PathBuf },
    #[error("the tests of {} are for another policy, {}", policy.display(), named.display())]
    #[diagnostic(
        code(tests::other_policy),
        help("take the node `policy` out of them, or give the tests as an argument")
    )]
    OtherPolicy { policy: PathBuf, named: PathBuf },
    #[error("the tests give the variable {name:?} a value, which {} does not declare", policy.display())]
    #[diagnostic(
        code(tests::undeclared_variable),
        help("take it out of the tests, or declare it in the block of `policy`")
    )]
    Undeclared { policy: PathBuf, name: String },
    #[error("no test has {filter:?} as its name")]
    #[diagnostic(
        code(tests::none_chosen),
        help(
            "a text chooses the tests with it in their name, in any case; a * or ? makes it a pattern of whole names"
        )
    )]
    NoneChosen { filter: String },
    #[error("the directory of the test has a name that cannot be one")]
    #[diagnostic(
        code(tests::name),
        help("look at its containers: each is a DN, whole or below the root container")
    )]
    Names(#[source] DnError),
    #[error("{} is no plan, so it stays as it is", path.display())]
    #[diagnostic(code(tests::no_plan), help("name another file, or remove this one"))]
    NoPlan { path: PathBuf },
    #[error("{} could not be written", path.display())]
    #[diagnostic(code(tests::update), help("nothing else was changed in it"))]
    Update {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
}
