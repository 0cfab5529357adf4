//! The tests that stand beside a policy: KDL text in, [`UnitTest`]s out.
//!
//! A test gives a directory and an organization, and says what the plan of the policy then is. Here the text gets its
//! meaning, as that of policies does: all problems at once, each at its place. What comes of a test is for others to find
//! out ([`crate::plan::unit`]).

mod directory;
mod expectation;
mod grammar;
mod problem;
mod read;
#[cfg(test)]
mod tests;

pub use directory::WrittenDirectory;
pub use expectation::{Deed, Expectation, Expected, GUARDS, Objects};

pub(super) use problem::TestProblem;

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::error::{File, Problems};
use super::syntax;
use super::variable::{Unset, Variables};
use super::{PolicyErrors, Spanned};

/// What time it is in a test that does not say: the beginning of 2026.
pub const DEFAULT_NOW: &str = "2026-01-01T00:00:00Z";

/// The tests of a policy.
#[derive(Debug, Clone)]
pub struct UnitTests {
    /// The policy's file, where the tests name it.
    pub policy: Option<Spanned<String>>,
    /// The values of the policy's variables.
    pub variables: BTreeMap<String, String>,
    /// In the order of the file. Never empty, no two of one name.
    pub tests: Vec<UnitTest>,
}

/// One test.
#[derive(Debug, Clone)]
pub struct UnitTest {
    /// Its name, a sentence.
    pub name: String,
    /// The line of its name, from 1.
    pub line: usize,
    /// What Active Directory holds.
    pub directory: Fixture,
    /// Runs over earlier directories, whose plans are done by now, in their order.
    pub before: Vec<Before>,
    /// The file with the organization that JumpCloud holds, before those runs; empty without one.
    pub jumpcloud: Option<String>,
    /// When the plan is made.
    pub now: Timestamp,
    /// What is to come of it. Never empty.
    pub expectations: Vec<Expectation>,
}

/// A run before the one that is tested.
#[derive(Debug, Clone)]
pub struct Before {
    /// What Active Directory held.
    pub directory: Fixture,
    /// When that was.
    pub now: Timestamp,
}

/// Where the directory of a test comes from.
#[derive(Debug, Clone)]
pub enum Fixture {
    /// An LDIF file.
    File(String),
    /// The test itself.
    Written(WrittenDirectory),
}

/// Reads the tests of a policy. `file_name` is what the diagnostics call the text.
///
/// # Errors
/// As those of [`super::Source::read`].
pub fn parse(file_name: &str, text: &str) -> Result<UnitTests, PolicyErrors> {
    let mut problems = Problems::default();
    let tests = read_text(text, &mut problems);
    match tests {
        Some(tests) if problems.is_empty() => Ok(tests),
        _ => Err(problems.into_errors(file_name, vec![File::alone(file_name, text)]).of("tests")),
    }
}

fn read_text(text: &str, problems: &mut Problems) -> Option<UnitTests> {
    let mut nodes = syntax::read_nodes(text, problems)?;
    let values = BTreeMap::new();
    let mut variables = Variables::new(std::iter::empty(), &values, Unset::Refused, text.len());
    super::grammar::check(&mut nodes, &grammar::file(), &mut variables, problems);
    let tests = nodes.iter().find(|node| node.block.is_some() && node.name.value == "tests")?;
    read::read_tests(tests, problems)
}
