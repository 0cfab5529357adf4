//! What can be typed behind `test`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::super::variables::VariableArgs;

/// Arguments of `test`.
#[derive(Debug, Args)]
pub(in crate::cli) struct TestArgs {
    /// Policy files, whose tests stand beside them (corp.test.kdl beside corp.kdl), or files with tests
    #[arg(required = true, value_name = "POLICY|TESTS")]
    pub(in crate::cli) files: Vec<PathBuf>,
    /// Only the tests with this text in their name; with `*` or `?` in it, those whose whole name it matches
    #[arg(long, value_name = "TEXT|GLOB")]
    pub(in crate::cli) filter: Option<String>,
    /// How to show what came of them
    #[arg(long, value_enum, default_value_t = TestFormat::Text, value_name = "FORMAT")]
    pub(in crate::cli) format: TestFormat,
    /// Write the plans that tests compare with, as they are now, where they are other ones
    #[arg(long)]
    pub(in crate::cli) update: bool,
    #[command(flatten)]
    pub(in crate::cli) values: VariableArgs,
}

/// How the results of tests are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum TestFormat {
    /// For people
    Text,
    /// For continuous integration: the XML that is called `JUnit`
    Junit,
}

/// Below its help.
pub(in crate::cli) const TEST_EXAMPLES: &str = "\
Examples:
  adjunct test policies/example.kdl
  adjunct test policies/example.test.kdl --filter leaver
  adjunct test policies/example.kdl --format junit

Each test gives a directory and an organization, and says what the plan of the policy is to be then. Nothing is asked, and \
nothing is written unless --update says so. Exit codes: 0 all tests passed, 1 one failed, or there is none.";
