//! The command line: joins the edges to the core and does nothing else. The only module that knows them all, prints,
//! reads the clock and picks exit codes.

mod apply;
mod apply_saved;
mod args;
mod causes;
mod clock;
mod credentials;
mod cycle;
mod directory;
mod error;
mod exit;
mod fmt;
mod history;
mod import_agent_config;
mod init;
mod init_args;
mod init_error;
mod journals;
mod keytab;
mod lsp;
mod organization;
mod pause;
mod plan;
mod plan_file;
mod plan_file_error;
mod policies;
mod restore;
mod run_record;
mod sandbox;
mod schema;
mod service_args;
mod several;
mod show;
mod sides;
mod signals;
mod snapshot;
mod target;
mod terminal;
mod test;
mod validate;
mod variables;
mod watch;

use std::ffi::OsString;

use clap::Parser;

use args::{Cli, Command};
use error::CliError;
pub use exit::Exit;

/// Runs one command line and gives its exit code.
pub fn run(arguments: impl Iterator<Item = OsString>) -> u8 {
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(error) => {
            // clap's own code for a usage error is 2, which here means planned changes.
            let exit = if error.use_stderr() { Exit::Error } else { Exit::Done };
            return match error.print().and_then(|()| terminal::finish()) {
                Ok(()) => exit.code(),
                Err(error) => {
                    terminal::print_error(&CliError::Output(error));
                    Exit::Error.code()
                }
            };
        }
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let result = match runtime {
        Ok(runtime) => {
            let result = runtime.block_on(execute(cli.command));
            // Whatever still runs, such as a read that the other side's failure made useless, is not waited for.
            runtime.shutdown_background();
            result
        }
        Err(error) => Err(CliError::Runtime(error)),
    };
    match result {
        Ok(exit) => exit.code(),
        Err(error) => {
            terminal::print_error(&error);
            error.exit().code()
        }
    }
}

async fn execute(command: Command) -> Result<Exit, CliError> {
    signals::outlive_full_files();
    match command {
        Command::Plan(args) => signals::until_interrupted(Box::pin(plan::run(&args))).await,
        Command::Apply(args) => Box::pin(apply::run(&args)).await,
        Command::Init(args) => signals::until_interrupted(Box::pin(init::run(&args))).await,
        Command::Validate(args) => validate::run(&args),
        Command::Fmt(args) => fmt::run(&args),
        Command::Test(args) => Box::pin(test::run(&args)).await,
        Command::Lsp => lsp::run(),
        Command::Schema(args) => schema::run(&args),
        Command::ImportAgentConfig(args) => import_agent_config::run(&args),
        Command::History(args) => history::run(&args),
        Command::Show(args) => show::run(&args),
        Command::Restore(args) => Box::pin(restore::run(&args)).await,
        Command::Watch(args) => Box::pin(watch::run(&args)).await,
        Command::Pause(args) => pause::pause(&args),
        Command::Resume(args) => pause::resume(&args),
        Command::Snapshot(args) => signals::until_interrupted(Box::pin(snapshot::run(&args))).await,
        Command::Sandbox(args) => sandbox::run(&args).await,
    }
}
