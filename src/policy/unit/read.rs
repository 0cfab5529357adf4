//! What tests mean: sound nodes in, [`UnitTests`] out.

use jiff::{Timestamp, ToSpan};

use super::super::error::Problems;
use super::super::problem::Problem;
use super::super::suggest::quote;
use super::super::syntax::Node;
use super::super::{Span, Spanned};
use super::TestProblem;
use super::directory::{WrittenDirectory, read_written};
use super::expectation::read_expectation;
use super::grammar::DIRECTORY;
use super::{Before, DEFAULT_NOW, Fixture, UnitTest, UnitTests};

/// How many days before a test the run before it was, unless it says.
const DAYS_BEFORE: i64 = 30;

/// Reads the `tests` node. Nothing only when a problem was reported, now or before.
pub(super) fn read_tests(node: &Node, problems: &mut Problems) -> Option<UnitTests> {
    let shared = Givens::read(node, problems);
    let blocks = node.children().filter(|child| child.block.is_some() && child.name.value == "test");
    let tests: Vec<Option<UnitTest>> = blocks.map(|test| read_test(test, &shared, problems)).collect();
    let policy = node.child("policy").and_then(|node| node.text(0));
    let policy = policy.map(|file| Spanned::new(file.value.to_owned(), file.span));
    let variables = node.children().filter(|node| node.is_sound && node.name.value == "variable");
    let variables = variables
        .filter_map(|node| Some((node.text(0)?.value.to_owned(), node.text(1)?.value.to_owned())))
        .collect();
    Some(UnitTests { policy, variables, tests: tests.into_iter().collect::<Option<_>>()? })
}

/// What a test begins with, or all of them.
struct Givens {
    directory: Option<Fixture>,
    /// Each with its own time, if it says one; none for what a problem was reported of.
    before: Option<Vec<(Fixture, Option<Timestamp>)>>,
    has_before: bool,
    jumpcloud: Organization,
    now: Option<Timestamp>,
    has_directory: bool,
}

/// What is said of JumpCloud.
#[derive(Clone)]
enum Organization {
    /// Nothing.
    Unsaid,
    /// `#null`: nobody is there.
    Empty,
    /// A file.
    File(String),
}

impl Organization {
    /// The file of this one, else of the other, if that has one.
    fn or(self, other: &Self) -> Option<String> {
        match (self, other) {
            (Self::File(file), _) => Some(file),
            (Self::Unsaid, Self::File(file)) => Some(file.clone()),
            (Self::Empty, _) | (Self::Unsaid, Self::Unsaid | Self::Empty) => None,
        }
    }
}

impl Givens {
    fn read(node: &Node, problems: &mut Problems) -> Self {
        let directory = node.children().find(|child| child.name.value == "directory");
        let before = node.children().filter(|child| child.name.value == "before");
        let before: Vec<_> = before.map(|node| read_before(node, problems)).collect();
        let now = node.child("now").and_then(|node| node.text(0));
        Self {
            directory: directory.and_then(|node| read_fixture("`directory`", node, problems)),
            before: before.into_iter().collect(),
            has_before: node.has_child("before"),
            jumpcloud: match node.child("jumpcloud") {
                None => Organization::Unsaid,
                Some(node) => {
                    node.text(0).map_or(Organization::Empty, |file| Organization::File(file.value.to_owned()))
                }
            },
            now: now.and_then(|now| read_time("`now`", &now, problems)),
            has_directory: node.has_child("directory"),
        }
    }
}

fn read_test(node: &Node, shared: &Givens, problems: &mut Problems) -> Option<UnitTest> {
    let own = Givens::read(node, problems);
    let name = node.text(0).filter(|_| node.is_sound);
    if !own.has_directory && !shared.has_directory {
        let parent =
            name.map_or_else(|| "a test".to_owned(), |name| format!("the test `{}`", quote(name.value)));
        let problem = Problem::MissingNode { name: "directory", parent, form: DIRECTORY };
        problems.report(node.name.span, problem);
    }
    let now = own.now.or(shared.now).or_else(|| DEFAULT_NOW.parse().ok());
    let default = now.map(|now| now.checked_sub((DAYS_BEFORE * 24).hours()).unwrap_or(now));
    let before = if own.has_before { own.before } else { shared.before.clone() };
    let before = before
        .into_iter()
        .flatten()
        .map(|(directory, now)| Some(Before { directory, now: now.or(default)? }));
    let expectations = node.child_block("expect").map(|block| read_expectations(block, problems));
    Some(UnitTest {
        name: name?.value.to_owned(),
        line: node.line.number,
        directory: if own.has_directory { own.directory? } else { shared.directory.clone()? },
        before: before.collect::<Option<_>>()?,
        jumpcloud: own.jumpcloud.or(&shared.jumpcloud),
        now: now?,
        expectations: expectations??,
    })
}

fn read_before(node: &Node, problems: &mut Problems) -> Option<(Fixture, Option<Timestamp>)> {
    let directory = read_fixture("`before`", node, problems);
    let now = match node.property_text("now") {
        Some(written) => Some(read_time("`now`", &written, problems)?),
        None => None,
    };
    Some((directory?, now))
}

fn read_expectations(block: &Node, problems: &mut Problems) -> Option<Vec<super::Expectation>> {
    if block.children().next().is_none() {
        problems.report(block.name.span, TestProblem::NothingExpected.into());
        return None;
    }
    let lines =
        block.children().map(|node| node.is_sound.then(|| read_expectation(node, problems)).flatten());
    // Each is read, whatever the ones before it are.
    let lines: Vec<Option<super::Expectation>> = lines.collect();
    lines.into_iter().collect()
}

fn read_fixture(what: &'static str, node: &Node, problems: &mut Problems) -> Option<Fixture> {
    match (node.text(0), &node.block) {
        (Some(_), Some(_)) => {
            problems.report(node.name.span, TestProblem::FileAndBlock { what }.into());
            None
        }
        (Some(file), None) => node.is_sound.then(|| Fixture::File(file.value.to_owned())),
        (None, Some(_)) => {
            let written: Option<WrittenDirectory> = read_written(node, problems);
            written.filter(|_| node.is_sound).map(Fixture::Written)
        }
        (None, None) => {
            if node.is_sound {
                problems.report(node.name.span, TestProblem::NoFixture { what }.into());
            }
            None
        }
    }
}

/// A moment as RFC 3339 writes it.
pub(super) fn read_time(
    what: &'static str,
    written: &Spanned<&str>,
    problems: &mut Problems,
) -> Option<Timestamp> {
    let time = written.value.parse().ok();
    if time.is_none() {
        let span: Span = written.span;
        problems.report(span, TestProblem::InvalidTime { what }.into());
    }
    time
}
