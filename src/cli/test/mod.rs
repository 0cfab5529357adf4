//! `adjunct test`

mod args;
mod case;
mod error;
mod expected_plan;
mod files;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use miette::Diagnostic;
use tokio::runtime::Handle;

pub(super) use args::{TEST_EXAMPLES, TestArgs, TestFormat};
use case::Standing;
pub(super) use error::TestError;
use files::{Content, Suite};
pub(super) use files::{check, holds_tests};

use super::error::CliError;
use super::exit::Exit;
use super::terminal;
use super::variables::Values;
use crate::model::fold;
use crate::policy::Pattern;
use crate::policy::unit::UnitTest;
use crate::render::{TestOutcome, TestedCase, TestedPolicy, render_junit, render_tests};

/// Runs the tests of policies: neither side is asked, and no secret is read.
pub(super) async fn run(args: &TestArgs) -> Result<Exit, CliError> {
    let suites = files::read_all(&args.files, &Values::from(&args.values))?;
    let results = run_all(&suites, args).await;
    let is_none_chosen = results.iter().all(|result| result.cases.is_empty() && result.problem.is_none());
    if let (true, Some(filter)) = (is_none_chosen, &args.filter) {
        return Err(TestError::NoneChosen { filter: filter.clone() }.into());
    }
    match args.format {
        TestFormat::Junit => terminal::print(&render_junit(&results))?,
        TestFormat::Text => {
            for error in suites.iter().filter_map(|suite| suite.content.as_ref().err()) {
                terminal::print_error(error);
            }
            terminal::print(&render_tests(&results))?;
        }
    }
    // Of tests that were not run, nothing is known.
    let is_good = !is_none_chosen && results.iter().all(TestedPolicy::has_passed);
    Ok(if is_good { Exit::Done } else { Exit::Error })
}

/// A test that is to be run.
struct Job<'s> {
    suite: usize,
    content: &'s Content,
    folder: &'s Path,
    test: &'s UnitTest,
    standing: Option<Arc<Result<Standing, CliError>>>,
}

async fn run_all(suites: &[Suite], args: &TestArgs) -> Vec<TestedPolicy> {
    let mut results: Vec<TestedPolicy> = suites.iter().map(unrun).collect();
    let mut jobs = Vec::new();
    for (index, (suite, result)) in suites.iter().zip(&mut results).enumerate() {
        let Ok(content) = &suite.content else { continue };
        let folder = files::folder(&suite.tests);
        let mut read: BTreeMap<&str, Arc<Result<Standing, CliError>>> = BTreeMap::new();
        for test in &content.tests.tests {
            if args.filter.as_deref().is_none_or(|filter| is_chosen(&test.name, filter)) {
                let standing = match test.jumpcloud.as_deref() {
                    Some(file) if !read.contains_key(file) => {
                        let standing = Standing::read(&content.policy.policy, &folder.join(file)).await;
                        read.insert(file, Arc::new(standing));
                        read.get(file).cloned()
                    }
                    file => file.and_then(|file| read.get(file)).cloned(),
                };
                jobs.push(Job { suite: index, content, folder, test, standing });
            } else {
                result.filtered_out += 1;
            }
        }
    }
    for (job, case) in jobs.iter().zip(run_in_parallel(&jobs, args.update)) {
        if let Some(result) = results.get_mut(job.suite) {
            result.cases.push(case);
        }
    }
    results
}

fn unrun(suite: &Suite) -> TestedPolicy {
    TestedPolicy {
        policy: suite.policy.to_string_lossy().into_owned(),
        tests: suite.tests.to_string_lossy().into_owned(),
        problem: suite.content.as_ref().err().map(words),
        cases: Vec::new(),
        filtered_out: 0,
    }
}

/// Whether a filter is in a name, or matches it.
fn is_chosen(name: &str, filter: &str) -> bool {
    if filter.contains(['*', '?']) {
        Pattern::new(filter).matches(name)
    } else {
        fold(name).contains(&fold(filter))
    }
}

/// The results of the jobs, in their order.
fn run_in_parallel(jobs: &[Job<'_>], update: bool) -> Vec<TestedCase> {
    let threads = thread::available_parallelism().map_or(1, usize::from).min(jobs.len()).max(1);
    let runtime = Handle::current();
    let mut done: Vec<(usize, TestedCase)> = thread::scope(|scope| {
        let share = |first: usize| {
            let runtime = runtime.clone();
            move || -> Vec<(usize, TestedCase)> {
                let share = jobs.iter().enumerate().skip(first).step_by(threads);
                share.map(|(index, job)| (index, run_one(job, &runtime, update))).collect()
            }
        };
        let workers: Vec<_> = (0..threads).map(|first| scope.spawn(share(first))).collect();
        let ended = workers
            .into_iter()
            .map(|worker| worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        ended.flatten().collect()
    });
    done.sort_by_key(|(index, _)| *index);
    done.into_iter().map(|(_, case)| case).collect()
}

fn run_one(job: &Job<'_>, runtime: &Handle, update: bool) -> TestedCase {
    let begun = Instant::now();
    let standing = job.standing.as_deref().map(Result::as_ref).transpose();
    let ran = match standing {
        Ok(standing) => {
            let run = case::run(&job.content.policy, job.folder, job.test, standing, update);
            runtime.block_on(run).map_err(|error| words(&error))
        }
        Err(error) => Err(words(error)),
    };
    let outcome = match ran {
        Ok(misses) if misses.is_empty() => TestOutcome::Passed,
        Ok(misses) => TestOutcome::Failed(misses),
        Err(words) => TestOutcome::Broken(words),
    };
    let elapsed: Duration = begun.elapsed();
    TestedCase { name: job.test.name.clone(), line: job.test.line, outcome, elapsed }
}

/// An error with its causes and what to do, in a line each.
fn words(error: &CliError) -> String {
    let mut lines = Vec::new();
    let mut next: Option<&dyn std::error::Error> = Some(error);
    while let Some(error) = next {
        lines.push(error.to_string());
        next = error.source();
    }
    for problem in error.related().into_iter().flatten() {
        lines.push(problem.to_string());
    }
    lines.extend(error.help().map(|help| format!("help: {help}")));
    lines.dedup();
    lines.join("\n")
}
