//! What came of the tests of policies: as text, and as the XML that continuous integration reads.

use std::fmt::Write as _;
use std::time::Duration;

use super::layout::unified;
use super::safe::safe;
use super::style::{added, faint, plain, plural, removed, strong};
use super::text::render_guard;
use super::value::difference;
use crate::plan::unit::{Found, Miss};

/// A policy and what came of its tests.
#[derive(Debug)]
pub struct TestedPolicy {
    /// Its file.
    pub policy: String,
    /// The file of the tests.
    pub tests: String,
    /// Why no test of it could be run, a line for each cause.
    pub problem: Option<String>,
    /// The tests that were run, in the order of the file.
    pub cases: Vec<TestedCase>,
    /// How many were not chosen.
    pub filtered_out: usize,
}

/// A test and what came of it.
#[derive(Debug)]
pub struct TestedCase {
    /// Its name.
    pub name: String,
    /// Its line, from 1.
    pub line: usize,
    /// What came of it.
    pub outcome: TestOutcome,
    /// How long it took.
    pub elapsed: Duration,
}

/// What came of a test.
#[derive(Debug)]
pub enum TestOutcome {
    /// Everything is as expected.
    Passed,
    /// Something is not. Never empty.
    Failed(Vec<Miss>),
    /// There is no plan to look at, a line for each cause.
    Broken(String),
}

impl TestedPolicy {
    /// Whether the tests could be run and nothing came of them but what was expected.
    pub fn has_passed(&self) -> bool {
        self.problem.is_none() && self.count(TestOutcome::has_passed) == self.cases.len()
    }

    fn count(&self, is_counted: impl Fn(&TestOutcome) -> bool) -> usize {
        self.cases.iter().filter(|case| is_counted(&case.outcome)).count()
    }
}

impl TestOutcome {
    fn has_passed(&self) -> bool {
        matches!(self, Self::Passed)
    }

    fn has_failed(&self) -> bool {
        matches!(self, Self::Failed(_))
    }

    fn is_broken(&self) -> bool {
        matches!(self, Self::Broken(_))
    }
}

/// All of it for people, with colours: a line for each test, what differs below those that failed, the sum at the end.
pub fn render_tests(policies: &[TestedPolicy]) -> String {
    let mut out = String::new();
    for policy in policies.iter().filter(|policy| policy.problem.is_none()) {
        line(&mut out, 0, &strong(&safe(&policy.tests)));
        for case in &policy.cases {
            let verdict = match case.outcome {
                TestOutcome::Passed => added("passed"),
                TestOutcome::Failed(_) | TestOutcome::Broken(_) => removed("FAILED"),
            };
            line(&mut out, 1, &format!("{verdict}  {}", safe(&case.name)));
            for why in whys(&policy.tests, case) {
                line(&mut out, 5, &why);
            }
        }
        line(&mut out, 0, "");
    }
    line(&mut out, 0, &strong(&sum(policies)));
    out
}

fn line(out: &mut String, depth: usize, text: &str) {
    if !text.is_empty() {
        out.push_str(&"  ".repeat(depth));
    }
    out.push_str(text);
    out.push('\n');
}

/// `12 tests: 11 passed, 1 failed`
fn sum(policies: &[TestedPolicy]) -> String {
    let count = |is_counted: fn(&TestOutcome) -> bool| {
        policies.iter().map(|policy| policy.count(is_counted)).sum::<usize>()
    };
    let tests = policies.iter().map(|policy| policy.cases.len()).sum();
    let (passed, failed) = (count(TestOutcome::has_passed), tests - count(TestOutcome::has_passed));
    let mut sum = format!("{}: {passed} passed, {failed} failed", plural(tests, "test", "tests"));
    let filtered_out: usize = policies.iter().map(|policy| policy.filtered_out).sum();
    if filtered_out > 0 {
        let _ = write!(sum, ", {filtered_out} not chosen");
    }
    let unread = policies.iter().filter(|policy| policy.problem.is_some()).count();
    if unread > 0 {
        let _ = write!(sum, "; {} could not be tested", plural(unread, "policy", "policies"));
    }
    sum
}

/// Why a test failed, line by line, with colours.
fn whys(file: &str, case: &TestedCase) -> Vec<String> {
    match &case.outcome {
        TestOutcome::Passed => Vec::new(),
        TestOutcome::Broken(words) => {
            let place = faint(&format!("{}:{}", safe(file), case.line));
            std::iter::once(format!("{place}  there is no plan"))
                .chain(words.lines().map(safe_below))
                .collect()
        }
        TestOutcome::Failed(misses) => misses.iter().flat_map(|miss| why(file, miss)).collect(),
    }
}

fn safe_below(text: &str) -> String {
    format!("  {}", safe(text))
}

fn why(file: &str, miss: &Miss) -> Vec<String> {
    let place = faint(&format!("{}:{}", safe(file), miss.line));
    let mut lines = vec![format!("{place}  expected: {}", safe(&miss.expected))];
    for found in &miss.found {
        match found {
            Found::Words(words) => lines.push(format!("  found: {}", safe(words))),
            Found::Stopped(guard) => {
                lines.push(format!("  found: the guard {} stops it: {}", guard.guard, render_guard(guard)));
            }
            Found::Value { field, expected, found } => {
                let value = difference(expected.as_deref(), found.as_deref());
                lines.push(format!("  {}, expected → found: {value}", safe(field)));
            }
            Found::Text { expected, found } => {
                let difference = unified(("expected", expected), ("found", found));
                lines.extend(difference.lines().map(|line| format!("  {line}")));
            }
        }
    }
    lines
}

/// All of it in the form of `JUnit`, as GitLab, Jenkins and others read it: a suite for each policy.
pub fn render_junit(policies: &[TestedPolicy]) -> String {
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let total = |is_counted: fn(&TestOutcome) -> bool| {
        policies.iter().map(|policy| policy.count(is_counted)).sum::<usize>()
    };
    let unread = policies.iter().filter(|policy| policy.problem.is_some()).count();
    let tests: usize = policies.iter().map(|policy| policy.cases.len()).sum();
    let counts =
        counts(tests + unread, total(TestOutcome::has_failed), total(TestOutcome::is_broken) + unread);
    // Writing to a String cannot fail.
    let _ = writeln!(out, "<testsuites name=\"adjunct test\" {counts}>");
    for policy in policies {
        junit_suite(&mut out, policy);
    }
    out.push_str("</testsuites>\n");
    out
}

fn counts(tests: usize, failures: usize, errors: usize) -> String {
    format!("tests=\"{tests}\" failures=\"{failures}\" errors=\"{errors}\"")
}

fn junit_suite(out: &mut String, policy: &TestedPolicy) {
    let unread = usize::from(policy.problem.is_some());
    let (failed, broken) = (policy.count(TestOutcome::has_failed), policy.count(TestOutcome::is_broken));
    let counts = counts(policy.cases.len() + unread, failed, broken + unread);
    let time: Duration = policy.cases.iter().map(|case| case.elapsed).sum();
    let (name, file) = (xml(&policy.policy), xml(&policy.tests));
    let _ = writeln!(out, "  <testsuite name=\"{name}\" {counts} time=\"{:.3}\">", time.as_secs_f64());
    if let Some(problem) = &policy.problem {
        let _ = writeln!(
            out,
            "    <testcase classname=\"{name}\" name=\"{file}\" file=\"{file}\" time=\"0.000\">"
        );
        junit_reason(out, "error", &problem.lines().map(str::to_owned).collect::<Vec<_>>());
        out.push_str("    </testcase>\n");
    }
    for case in &policy.cases {
        let head = format!(
            "    <testcase classname=\"{name}\" name=\"{}\" file=\"{file}\" line=\"{}\" time=\"{:.3}\"",
            xml(&case.name),
            case.line,
            case.elapsed.as_secs_f64()
        );
        let kind = match case.outcome {
            TestOutcome::Passed => {
                let _ = writeln!(out, "{head}/>");
                continue;
            }
            TestOutcome::Failed(_) => "failure",
            TestOutcome::Broken(_) => "error",
        };
        let _ = writeln!(out, "{head}>");
        junit_reason(
            out,
            kind,
            &whys(&policy.tests, case).iter().map(|line| plain(line)).collect::<Vec<_>>(),
        );
        out.push_str("    </testcase>\n");
    }
    out.push_str("  </testsuite>\n");
}

fn junit_reason(out: &mut String, kind: &str, lines: &[String]) {
    let message = lines.first().map(|line| xml(line)).unwrap_or_default();
    let _ = writeln!(
        out,
        "      <{kind} message=\"{message}\">{}</{kind}>",
        lines.iter().map(|line| xml(line)).collect::<Vec<_>>().join("\n")
    );
}

/// A text as XML has it, in an attribute and elsewhere. What XML 1.0 cannot hold is shown as a terminal would show it.
fn xml(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in safe(text).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&apos;"),
            '\u{fffe}' | '\u{ffff}' => {
                let _ = write!(out, "\\u{{{:x}}}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out
}
