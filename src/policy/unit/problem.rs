//! What can be wrong with tests, beside all that can be wrong with any text of a policy.

use miette::Diagnostic;
use thiserror::Error;

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Error, Diagnostic)]
pub(in crate::policy) enum TestProblem {
    #[error("`{name}` is no field of JumpCloud")]
    #[diagnostic(code(tests::unknown_field))]
    UnknownField {
        name: String,
        #[help]
        help: String,
    },

    #[error("{what} is no moment")]
    #[diagnostic(
        code(tests::invalid_time),
        help("write it as RFC 3339 has it, with its offset: \"2026-01-31T08:00:00Z\"")
    )]
    InvalidTime { what: &'static str },

    #[error("the test expects nothing, so it would always pass")]
    #[diagnostic(
        code(tests::nothing_expected),
        help("say what is to come of it: expect {{ user \"alice\" \"create\" department=\"Sales\"; }}")
    )]
    NothingExpected,

    #[error("{what} says nothing")]
    #[diagnostic(
        code(tests::no_directory),
        help(
            "name an LDIF file: directory \"corp.ldif\"; or write who is there: directory {{ user \"alice\" mail=\"a@example.com\"; }}"
        )
    )]
    NoFixture { what: &'static str },

    #[error("{what} is a file and a block at once")]
    #[diagnostic(code(tests::two_directories), help("keep one of the two"))]
    FileAndBlock { what: &'static str },

    #[error("nobody is called `{name}` in this directory")]
    #[diagnostic(code(tests::unknown_member))]
    UnknownMember {
        name: String,
        #[help]
        help: String,
    },

    #[error("`{property}` does not go with \"{action}\"")]
    #[diagnostic(code(tests::misplaced_property))]
    MisplacedProperty {
        property: String,
        action: &'static str,
        #[help]
        help: &'static str,
    },

    #[error("the objectGUID is none")]
    #[diagnostic(
        code(tests::invalid_guid),
        help(
            "36 characters such as \"0b5c4a3e-7d1f-4e2a-9b8c-6f5e4d3c2b1a\"; left out, one is made of the name"
        )
    )]
    InvalidGuid,
}
