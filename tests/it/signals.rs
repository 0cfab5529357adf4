//! Being asked to stop: by Ctrl-C, a service manager, a terminal that closes.

use std::io::{BufReader, Read as _};
use std::process::{Child, Command, Stdio};

use adjunct::journal::{journals_in, read};
use serde_json::json;

use crate::support::command::Answer;
#[cfg(target_os = "linux")]
use crate::support::command::state_folder;
use crate::support::crossing::{Crossing, Cut, Side};
use crate::support::desk::Desk;
#[cfg(target_os = "linux")]
use crate::support::local::Local;
use crate::support::organization::Organization;
use crate::support::schema::Schema;
use crate::support::staff::Staff;
use crate::support::two_days::{NODES, morning, today};

const SIGNALS: [&str; 3] = ["INT", "TERM", "HUP"];

fn send(signal: &str, child: &Child) {
    let sent = Command::new("kill").args([&format!("-{signal}"), &child.id().to_string()]).status().unwrap();
    assert!(sent.success());
}

fn start(desk: &Desk, arguments: &[&str]) -> Child {
    desk.command(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

/// Reads what it says up to a line with these words.
fn heard(stderr: &mut impl std::io::BufRead, words: &str) -> String {
    let mut said = String::new();
    while !said.contains(words) {
        assert!(stderr.read_line(&mut said).unwrap() > 0, "it ended without {words:?}: {said}");
    }
    said
}

fn end(child: &mut Child, mut said: String, mut stderr: impl std::io::Read) -> Answer {
    let mut stdout = String::new();
    child.stdout.take().unwrap().read_to_string(&mut stdout).unwrap();
    stderr.read_to_string(&mut said).unwrap();
    Answer { code: child.wait().unwrap().code().unwrap(), stdout, stderr: said }
}

/// What the journal of the only run says at its end: done, of how many, whether interrupted.
fn ending(desk: &Desk) -> Option<(usize, usize, bool)> {
    let journals = journals_in(&desk.journals()).unwrap();
    assert_eq!(journals.len(), 1, "{journals:?}");
    read(&journals[0]).unwrap().end()
}

/// An apply that creates five users, of whom the third is in flight.
struct InFlight {
    desk: Desk,
    organization: Organization,
    crossing: Crossing,
    child: Child,
}

impl InFlight {
    fn new(options: &[&str]) -> Self {
        Self::run(options, |_| ())
    }

    /// `prepare` has the last word on how it is started.
    fn run(options: &[&str], prepare: impl FnOnce(&mut Command)) -> Self {
        let staff = Staff::new().users(["ada", "bob", "cleo", "dora", "ines"]);
        let (desk, organization) = (Desk::new("", &staff), Organization::empty());
        let crossing = Crossing::to(&organization.url(), Cut { write: 3, side: Side::Before });
        let policy = desk.write_policy(crossing.url());
        let arguments = [&["apply", &policy, "--auto-approve", "--parallelism", "1"], options].concat();
        let mut command = desk.command(&arguments);
        prepare(&mut command);
        let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        crossing.reached().unwrap();
        Self { desk, organization, crossing, child }
    }

    /// That a run afterwards finishes.
    fn finishes(&self) {
        assert_eq!(self.desk.apply(&self.organization).code, 0);
        assert_eq!(self.desk.plan(&self.organization).code, 0);
    }
}

/// Takes the end of what a child says.
fn stderr(child: &mut Child) -> BufReader<std::process::ChildStderr> {
    BufReader::new(child.stderr.take().unwrap())
}

#[test]
fn what_is_in_flight_is_finished_and_nothing_else_begins() {
    for signal in SIGNALS {
        let mut run = InFlight::new(&[]);
        let mut stderr = stderr(&mut run.child);
        send(signal, &run.child);
        let said = heard(&mut stderr, "Stopping: what is in flight is finished first.");
        run.crossing.go_on();
        let answer = end(&mut run.child, said, stderr);
        assert_eq!(answer.code, 130, "{signal}: {answer:?}");
        assert!(answer.stdout.contains("Interrupted: 3 of 11 changes are applied"), "{signal}: {answer:?}");
        assert_eq!(run.organization.writes(), 3, "{signal}: the third was finished");
        assert_eq!(ending(&run.desk), Some((3, 11, true)));
        run.finishes();
    }
}

#[test]
fn a_document_is_whole_when_the_run_is_not() {
    let mut run = InFlight::new(&["--format", "json"]);
    let mut stderr = stderr(&mut run.child);
    send("TERM", &run.child);
    let said = heard(&mut stderr, "Stopping");
    run.crossing.go_on();
    let answer = end(&mut run.child, said, stderr);
    let document = answer.json();
    assert_eq!(Schema::read("apply.schema.json").problems(&document), Vec::<String>::new());
    assert_eq!(
        (answer.code, &document["interrupted"], &document["complete"]),
        (130, &json!(true), &json!(false))
    );
    let journal = journals_in(&run.desk.journals()).unwrap().remove(0);
    assert_eq!(document["journal"], journal.to_str().unwrap());
    let results = document["results"].as_array().unwrap();
    assert_eq!(results.len(), document["plan"]["changes"].as_array().unwrap().len());
    let skipped = results.iter().filter(|result| result["outcome"] == "skipped");
    assert!(skipped.clone().count() > 0);
    for result in skipped {
        assert_eq!(result["message"], "the run was interrupted");
    }
}

#[test]
fn a_second_signal_ends_the_run_at_once() {
    for (first, second) in [("INT", "INT"), ("TERM", "INT"), ("HUP", "TERM")] {
        let mut run = InFlight::new(&[]);
        let mut stderr = stderr(&mut run.child);
        send(first, &run.child);
        let said = heard(&mut stderr, "Stopping");
        send(second, &run.child);
        let answer = end(&mut run.child, said, stderr);
        assert_eq!(answer.code, 130, "{answer:?}");
        assert!(!answer.stdout.contains("Interrupted"), "{answer:?}");
        assert_eq!(ending(&run.desk), None, "as after a kill");
        run.finishes();
    }
}

#[test]
fn a_terminal_that_closes_takes_the_run_to_a_clean_end() {
    let mut run = InFlight::new(&[]);
    drop(run.child.stdout.take());
    let mut stderr = stderr(&mut run.child);
    send("HUP", &run.child);
    heard(&mut stderr, "Stopping");
    drop(stderr);
    run.crossing.go_on();
    assert_eq!(run.child.wait().unwrap().code(), Some(130));
    assert!(matches!(ending(&run.desk), Some((_, _, true))), "{:?}", ending(&run.desk));
    run.finishes();
}

#[cfg(target_os = "linux")]
#[test]
fn a_run_that_was_started_to_outlive_its_terminal_does() {
    let mut run = InFlight::run(&[], |command| {
        let mut shell = Command::new("/bin/sh");
        shell
            .args(["-c", "trap '' HUP; exec \"$0\" \"$@\""])
            .arg(command.get_program())
            .args(command.get_args());
        shell.env_clear().current_dir(command.get_current_dir().unwrap());
        shell.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
        *command = shell;
    });
    let stderr = stderr(&mut run.child);
    send("HUP", &run.child);
    run.crossing.go_on();
    let answer = end(&mut run.child, String::new(), stderr);
    assert_eq!((answer.code, answer.stderr.as_str()), (0, ""), "{answer:?}");
    assert!(matches!(ending(&run.desk), Some((_, _, false))));
}

/// Waits until none of its threads does anything any more.
#[cfg(target_os = "linux")]
fn until_asleep(child: &Child) {
    let tasks = format!("/proc/{}/task", child.id());
    let is_asleep = |task: std::fs::DirEntry| {
        // A thread may end meanwhile.
        let stat = std::fs::read_to_string(task.path().join("stat")).unwrap_or_default();
        stat.rsplit(')').next().unwrap().trim_start().starts_with('S')
    };
    let mut times = 0;
    while times < 50 {
        let is_each_asleep = std::fs::read_dir(&tasks).unwrap().all(|task| is_asleep(task.unwrap()));
        times = if is_each_asleep { times + 1 } else { 0 };
    }
}

#[cfg(target_os = "linux")]
#[test]
fn who_asks_after_the_reading_and_before_the_first_write_is_heard() {
    let mut local = Local::over_http(&json!({}));
    for number in 0..2000 {
        local.forest.add_member(&format!("user{number}"));
    }
    local.write_policy();
    assert_eq!(local.run(&["plan", "--out", "today.plan"]).code, 0);
    for plan in ["policy.kdl", "today.plan"] {
        let mut command = local.command(&["apply", plan, "--auto-approve"]);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        // The plan is being shown, and is longer than a pipe takes.
        let mut first = [0];
        child.stdout.as_mut().unwrap().read_exact(&mut first).unwrap();
        until_asleep(&child);
        send("TERM", &child);
        until_asleep(&child);
        let stderr = stderr(&mut child);
        let answer = end(&mut child, String::new(), stderr);
        assert_eq!(answer.code, 130, "{plan}: {}", answer.stderr);
        assert!(answer.stdout.len() > 65_536, "{plan}: {} bytes", answer.stdout.len());
        assert!(answer.stderr.contains("interrupted: nothing was written"), "{plan}: {}", answer.stderr);
        assert_eq!(local.organization().writes(), 0);
        assert!(!state_folder(local.path()).join("adjunct/journal").exists());
    }
}

#[test]
fn reading_ends_at_once_and_nothing_is_left_behind() {
    for command in [&["plan"][..], &["apply", "--auto-approve"], &["snapshot", "--out", "copy.json"]] {
        for signal in SIGNALS {
            let stall = "GET /api/systemusers stall".parse().unwrap();
            let organization = Organization::failing(&morning(), vec![stall]);
            let desk = Desk::new(NODES, &today());
            let policy = desk.write_policy(&organization.url());
            let mut child = start(&desk, &[&[command[0], &policy], &command[1..]].concat());
            while !organization.requests().iter().any(|request| request == "GET /api/systemusers") {
                assert!(child.try_wait().unwrap().is_none(), "it ended before it read");
                std::thread::yield_now();
            }
            let stderr = stderr(&mut child);
            send(signal, &child);
            let answer = end(&mut child, String::new(), stderr);
            assert_eq!((answer.code, answer.stdout.as_str()), (130, ""), "{command:?} {signal}: {answer:?}");
            assert!(answer.stderr.contains("interrupted: nothing was written"), "{answer:?}");
            assert!(!desk.path().join("copy.json").exists() && !desk.journals().exists(), "{command:?}");
        }
    }
}
