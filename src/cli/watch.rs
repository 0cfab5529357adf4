//! `adjunct watch`

use std::path::Path;
use std::time::Instant;

use miette::Diagnostic;

use super::causes::with_causes;
use super::clock;
use super::cycle::{Cycles, Worked};
use super::directory;
use super::error::CliError;
use super::exit::Exit;
use super::policies::{self, Company};
use super::service_args::{LogFormat, WatchArgs};
use super::signals::Interrupt;
use super::terminal;
use super::variables::Values;
use crate::journal::JournalError;
use crate::render::safe;
use crate::watch::{Cycle, Level, Line, Outcome, next};

/// Runs cycles until somebody ends it.
pub(super) async fn run(args: &WatchArgs) -> Result<Exit, CliError> {
    let log = Log::of(args);
    if let Some(exit) = check(args, log)? {
        return Ok(exit);
    }
    let stop = Interrupt::hear(move |_| {
        log.service(Level::Info, "stopping", "stopping: what is in flight is finished first");
    });
    let count = args.policies.len();
    let policies = if count == 1 { "policy" } else { "policies" };
    log.service(
        Level::Info,
        "started",
        &format!("watching {count} {policies}, a cycle every {:?}", args.interval),
    );
    serve(args, log, &stop).await;
    log.service(Level::Info, "ended", "ended");
    Ok(Exit::Done)
}

/// Looks at every policy before the first cycle: a slip at the start is for whoever starts the service.
fn check(args: &WatchArgs, log: Log) -> Result<Option<Exit>, CliError> {
    let mut exits = Vec::new();
    for (file, path) in
        policies::read_to_plan(&args.policies, &Values::from(&args.values))?.into_iter().zip(&args.policies)
    {
        match file {
            Ok(file) => {
                if let Some(warning) = directory::plain_warning(&file.policy) {
                    log.service(Level::Warn, "insecure", &warning);
                }
            }
            Err(error) => {
                terminal::print_error_of(path, &error);
                exits.push(error.exit());
            }
        }
    }
    Ok((!exits.is_empty()).then(|| Exit::worst(exits)))
}

async fn serve(args: &WatchArgs, log: Log, stop: &Interrupt) {
    let mut cycles = Cycles::new(args, stop);
    for number in 1.. {
        let began = Instant::now();
        cycle(&mut cycles, number, log).await;
        let next = next(args.interval, fastrand::f64(), began, Instant::now());
        tokio::select! {
            biased;
            () = stop.once_asked() => return,
            () = tokio::time::sleep_until(next.into()) => {}
        }
    }
}

/// One cycle: each policy after the other, so that each sees what those before it left.
async fn cycle(cycles: &mut Cycles<'_>, number: u64, log: Log) {
    let paths = &cycles.args.policies;
    let began = Instant::now();
    let files = match policies::read_to_plan(paths, &Values::from(&cycles.args.values)) {
        Ok(files) => files,
        Err(error) => {
            for path in paths {
                log.cycle(number, path, began, failed(&error));
            }
            return;
        }
    };
    let company = Company::of(&files);
    let mut worked = Worked::new();
    for (file, path) in files.into_iter().zip(paths) {
        if cycles.stop.is_asked() {
            return;
        }
        let began = Instant::now();
        let say = |outcome| log.cycle(number, path, began, outcome);
        let result = match file {
            Ok(file) => {
                let rivals = company.rivals_of(&file);
                cycles.run(file, &rivals, &mut worked, say).await
            }
            Err(error) => Err(error),
        };
        if let Err(error) = result {
            log.cycle(number, path, began, failed(&error));
        }
    }
}

/// How an error ends a cycle.
fn failed(error: &CliError) -> Outcome {
    if let CliError::JournalFile(JournalError::Locked { holder, .. }) = error {
        return Outcome::Locked(holder.to_string());
    }
    if matches!(error, CliError::Interrupted) {
        return Outcome::Interrupted;
    }
    let parts = std::iter::once(error as &dyn Diagnostic).chain(error.related().into_iter().flatten());
    // The error itself is the message.
    let details =
        parts.flat_map(|part| [Some(with_causes(part)), part.help().map(|help| help.to_string())]).skip(1);
    Outcome::Failed { message: with_causes(error), details: details.flatten().collect() }
}

/// The log: standard error.
#[derive(Debug, Clone, Copy)]
struct Log {
    format: LogFormat,
    /// Columns for the policy.
    width: usize,
}

impl Log {
    fn of(args: &WatchArgs) -> Self {
        let widths = args.policies.iter().map(|path| safe(&path.to_string_lossy()).chars().count());
        Self { format: args.log_format, width: widths.max().unwrap_or(0) }
    }

    fn service(self, level: Level, outcome: &'static str, message: &str) {
        self.write(&Line::of_service(clock::this_second(), level, outcome, message.to_owned()));
    }

    fn cycle(self, number: u64, path: &Path, began: Instant, outcome: Outcome) {
        let policy = path.to_string_lossy().into_owned();
        let time = clock::this_second();
        self.write(&Cycle { time, number, policy, lasted: began.elapsed(), outcome }.line());
    }

    fn write(self, line: &Line) {
        terminal::say(&match self.format {
            LogFormat::Text => line.text(self.width),
            LogFormat::Json => line.json(),
        });
    }
}
