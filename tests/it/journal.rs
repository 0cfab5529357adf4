//! The record that a run leaves, and the lock that it holds meanwhile.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use adjunct::journal::{Entry, Record, journals_in, read};
use serde_json::{Value, json};

use crate::support::command::{Answer, adjunct_with, state_folder};
use crate::support::crossing::{Crossing, Cut, Side};
use crate::support::desk::Desk;
use crate::support::local::{Local, Target};
use crate::support::organization::Organization;
use crate::support::two_days::{NODES, morning, today};

/// The one journal of a folder.
fn only(folder: &Path) -> Record {
    let paths = journals_in(folder).unwrap();
    assert_eq!(paths.len(), 1, "{paths:?}");
    read(&paths[0]).unwrap()
}

/// The path without what a search or a removal adds.
pub(crate) fn without_query(request: &str) -> String {
    request.split('?').next().unwrap_or_default().to_owned()
}

fn announced(record: &Record) -> Vec<String> {
    record.requests().map(without_query).collect()
}

#[test]
fn every_request_that_changes_something_is_announced_and_answered() {
    let (desk, organization) = (Desk::new(NODES, &today()), Organization::of(&morning()));
    assert_eq!(desk.apply(&organization).code, 0);
    let record = only(&desk.journals());
    assert_eq!(announced(&record), organization.written(), "in the order in which they were sent");
    let answers = record.lines.iter().filter(|line| matches!(line.entry, Entry::Answer { error: None, .. }));
    assert_eq!(answers.count(), organization.writes());
    let Some((applied, of, false)) = record.end() else { panic!("no end: {:?}", record.lines.last()) };
    assert_eq!(applied, of);
    let Entry::Plan { plan } = &record.lines[1].entry else { panic!("{:?}", record.lines[1]) };
    assert_eq!(plan["changes"].as_array().unwrap().len(), of);
}

#[test]
fn what_was_about_to_be_done_stands_on_the_disk_when_the_process_dies() {
    for side in [Side::Before, Side::After] {
        let (desk, organization) = (Desk::new(NODES, &today()), Organization::of(&morning()));
        let request = desk.apply_until(&organization, Cut { write: 7, side }).unwrap();
        let record = only(&desk.journals());
        let announced = announced(&record);
        assert_eq!((announced.len(), announced.last()), (7, Some(&request)), "{side:?}");
        assert_eq!(record.end(), None);
    }
}

#[test]
fn a_torn_last_line_is_passed_over_and_another_one_that_cannot_be_read_is_listed() {
    let (desk, organization) = (Desk::new(NODES, &today()), Organization::of(&morning()));
    desk.apply(&organization);
    let path = journals_in(&desk.journals()).unwrap().remove(0);
    let (whole, text) = (read(&path).unwrap(), fs::read_to_string(&path).unwrap());
    let torn = desk.journals().join("torn.jsonl");
    let first = text.find('\n').unwrap();
    let at_the_seams = text.match_indices('\n').flat_map(|(end, _)| [end, end + 1, end + 2]);
    let ends = at_the_seams.chain((0..text.len()).step_by(499)).chain(0..40);
    for end in ends.filter(|end| *end <= text.len() && text.is_char_boundary(*end)) {
        fs::write(&torn, &text[..end]).unwrap();
        let lines = text[..end].matches('\n').count();
        match read(&torn) {
            Ok(record) => assert_eq!(record.lines, whole.lines[..lines], "{end}"),
            Err(error) => assert!(end <= first, "{end}: {error}"),
        }
    }
    let line = text.lines().nth(3).unwrap();
    fs::write(&torn, text.replace(line, &line[..line.len() / 2])).unwrap();
    let record = read(&torn).unwrap();
    assert_eq!(record.skipped.iter().map(|skipped| skipped.line).collect::<Vec<_>>(), [4]);
    assert_eq!(record.lines, [&whole.lines[..3], &whole.lines[4..]].concat());
    fs::write(&torn, text.replacen("\"1.0\"", "\"2.0\"", 1)).unwrap();
    assert!(read(&torn).unwrap_err().to_string().contains("format 2.0"), "a newer format");
}

#[cfg(unix)]
#[test]
fn only_its_owner_can_read_it() {
    use std::os::unix::fs::PermissionsExt;
    let (desk, organization) = (Desk::new(NODES, &today()), Organization::of(&morning()));
    desk.apply(&organization);
    let path = journals_in(&desk.journals()).unwrap().remove(0);
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(fs::metadata(desk.journals()).unwrap().permissions().mode() & 0o777, 0o700);
}

#[test]
fn nothing_is_written_without_a_journal() {
    let mut local = Local::over_http(&json!({}));
    local.forest.add_member("ada");
    fs::write(local.path().join("file"), "").unwrap();
    let answer = local.run(&["apply", "--auto-approve", "--journal", "file/journal"]);
    assert_eq!(answer.code, 1, "{answer:?}");
    assert!(answer.stderr.contains("file/journal"), "{answer:?}");
    assert_eq!(local.organization().writes(), 0);
    let answer = local.run(&["apply", "--auto-approve", "--journal", "journal"]);
    assert_eq!(answer.code, 0, "{answer:?}");
    assert!(only(&local.path().join("journal")).end().is_some());
}

/// Applies with a journal that may not grow beyond three quarters of `length`, as on a disk that is full.
#[cfg(target_os = "linux")]
fn apply_on_a_full_disk(desk: &Desk, organization: &Organization, length: u64, options: &str) -> Answer {
    let kilobytes = length * 3 / 4 / 1024;
    let policy = desk.write_policy(&organization.url());
    let limit =
        format!("ulimit -f {kilobytes}; exec \"$0\" apply {policy} --auto-approve --parallelism 1 {options}");
    let output = Command::new("bash")
        .args(["-c", &limit, env!("CARGO_BIN_EXE_adjunct")])
        .env_clear()
        .envs(Desk::VARIABLES)
        .env("XDG_STATE_HOME", state_folder(desk.path()))
        .current_dir(desk.path())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    Answer {
        // None where a signal ended it.
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_disk_that_fills_up_stops_the_run_which_says_so_and_the_next_one_finishes() {
    let (desk, organization) = (Desk::new(NODES, &today()), Organization::of(&morning()));
    assert_eq!(desk.apply(&organization).code, 0);
    let length = fs::metadata(journals_in(&desk.journals()).unwrap().remove(0)).unwrap().len();
    let whole = organization.writes();
    for format in ["text", "json"] {
        let (desk, organization) = (Desk::new(NODES, &today()), Organization::of(&morning()));
        let options = format!("--format {format}");
        let answer = apply_on_a_full_disk(&desk, &organization, length, &options);
        assert_eq!(answer.code, 4, "{answer:?}");
        assert!(answer.stdout.contains("the journal cannot be written"), "{answer:?}");
        let writes = organization.writes();
        assert!(writes > 0 && writes < whole, "{writes} writes");
        let record = only(&desk.journals());
        assert_eq!(announced(&record), organization.written(), "nothing was sent that does not stand in it");
        let path = record.path.to_str().unwrap();
        if format == "json" {
            let document = answer.json();
            ensure_valid("apply", &document);
            assert_eq!(document["journal"], path);
            assert!(document["journal_error"].as_str().unwrap().contains("File too large"), "{document}");
        } else {
            let last = answer.stdout.lines().last().unwrap();
            assert!(last.starts_with(&format!("The journal {path} could not be written: ")), "{last}");
        }
        let again = desk.apply(&organization);
        assert_eq!(again.code, 0, "{again:?}");
        assert!(again.stdout.contains("\nJournal: ") && !again.stdout.contains("could not"), "{again:?}");
        assert_eq!(desk.plan(&organization).code, 0);
    }
}

/// A disk that is full at once: the limit takes the second line, or in a folder with a long name the first one.
#[cfg(target_os = "linux")]
#[test]
fn a_journal_that_cannot_begin_is_no_journal() {
    for folder in [String::new(), format!("/{}", "long/".repeat(250))] {
        let (desk, organization) = (Desk::new(NODES, &today()), Organization::of(&morning()));
        let place = format!("{}{folder}", desk.path().display());
        fs::create_dir_all(&place).unwrap();
        let policy = desk.write_policy(&organization.url());
        for file in fs::read_dir(desk.path()).unwrap().filter(|_| !folder.is_empty()) {
            let file = file.unwrap();
            if file.path().is_file() {
                fs::copy(file.path(), Path::new(&place).join(file.file_name())).unwrap();
            }
        }
        let limit = format!("trap '' XFSZ; ulimit -f 1; exec \"$0\" apply {policy} --auto-approve");
        let output = Command::new("bash")
            .args(["-c", &limit, env!("CARGO_BIN_EXE_adjunct")])
            .env_clear()
            .envs(Desk::VARIABLES)
            .env("XDG_STATE_HOME", state_folder(desk.path()))
            .current_dir(&place)
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.contains(if folder.is_empty() { "cli::journal" } else { "journal::file" }), "{said}");
        assert_eq!(organization.writes(), 0);
        assert_eq!(journals_in(&desk.journals()).unwrap(), Vec::<std::path::PathBuf>::new());
    }
}

#[test]
fn a_second_run_is_held_back_while_the_first_one_lives_and_not_when_it_is_dead() {
    let (desk, organization) = (Desk::new(NODES, &today()), Organization::of(&morning()));
    let crossing = Crossing::to(&organization.url(), Cut { write: 3, side: Side::Before });
    let policy = desk.write_policy(crossing.url());
    let arguments = ["apply", &policy, "--auto-approve", "--parallelism", "1"];
    let mut first = desk.command(&arguments).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    crossing.reached().unwrap();
    let writes = organization.writes();
    let second = adjunct_with(desk.path(), &Desk::VARIABLES, &arguments);
    assert_eq!(second.code, 7, "{second:?}");
    let process = format!("process {}", first.id());
    let words = second.stderr.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains(&process) && words.contains(&policy), "{second:?}");
    assert_eq!(organization.writes(), writes);
    let planned = adjunct_with(desk.path(), &Desk::VARIABLES, &["plan", &policy]);
    assert_eq!(planned.code, 0, "a plan writes nothing, so nothing holds it back: {planned:?}");
    first.kill().unwrap();
    first.wait().unwrap();
    let third = adjunct_with(desk.path(), &Desk::VARIABLES, &arguments);
    assert_eq!(third.code, 0, "{third:?}");
    assert_eq!(desk.plan(&organization).code, 0);
}

#[cfg(unix)]
#[test]
fn history_tells_a_run_that_is_at_work_from_one_that_was_killed() {
    for folder in [None, Some("kept")] {
        let (desk, organization) = (Desk::new(NODES, &today()), Organization::of(&morning()));
        let crossing = Crossing::to(&organization.url(), Cut { write: 3, side: Side::Before });
        let policy = desk.write_policy(crossing.url());
        let place: Vec<&str> = folder.iter().flat_map(|folder| ["--journal", folder]).collect();
        let apply = [&["apply", &policy, "--auto-approve", "--parallelism", "1"][..], &place].concat();
        let mut run = desk.command(&apply).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        crossing.reached().unwrap();
        let history = |format: &str| {
            let arguments = [&["history", "--format", format][..], &place].concat();
            adjunct_with(desk.path(), &[], &arguments)
        };
        let document = history("json").json();
        ensure_valid("history", &document);
        assert_eq!(
            (&document["runs"][0]["outcome"], &document["runs"][0]["requests"]),
            (&json!("running"), &json!(3))
        );
        assert!(history("text").stdout.contains("at work, 3 requests so far"), "{:?}", history("text"));
        run.kill().unwrap();
        run.wait().unwrap();
        assert_eq!(history("json").json()["runs"][0]["outcome"], "unfinished");
        assert!(history("text").stdout.contains("unfinished after 3 requests"), "{:?}", history("text"));
    }
}

/// `RACES=100` for as many as promised.
#[test]
fn of_two_runs_that_begin_together_one_writes() {
    let races: usize = std::env::var("RACES").map_or(10, |races| races.parse().unwrap());
    for race in 0..races {
        for target in ["file", "api"] {
            let mut local =
                if target == "file" { Local::in_file(&json!({})) } else { Local::over_http(&json!({})) };
            local.forest.add_member("ada");
            local.write_policy();
            let run = || {
                local
                    .command(&["apply", "policy.kdl", "--auto-approve"])
                    .stdout(Stdio::null())
                    .stderr(Stdio::null())
                    .spawn()
                    .unwrap()
            };
            let mut both = [run(), run()];
            let mut codes = both.each_mut().map(|child| child.wait().unwrap().code().unwrap());
            codes.sort_unstable();
            assert!(codes == [0, 7] || codes == [0, 0], "race {race}: {codes:?}");
            let document = local.document();
            assert_eq!(document["users"].as_array().unwrap().len(), 1, "race {race}");
            let journals = journals_in(&state_folder(local.path()).join("adjunct/journal")).unwrap();
            assert_eq!(journals.len(), 1, "race {race}: one has something to do");
            if let Target::Api(organization) = &local.target {
                // A user, a group and a membership.
                assert_eq!(organization.writes(), 3, "race {race}");
            }
        }
    }
}

#[test]
fn history_lists_the_runs_that_wrote_and_how_they_ended() {
    let (desk, organization) = (Desk::new(NODES, &today()), Organization::of(&morning()));
    let history = |format: &str| adjunct_with(desk.path(), &[], &["history", "--format", format]);
    assert!(history("text").stdout.starts_with("No runs in "), "{:?}", history("text"));
    desk.plan(&organization);
    desk.apply_until(&organization, Cut { write: 3, side: Side::After }).unwrap();
    desk.apply(&organization);
    desk.apply(&organization);
    fs::write(desk.journals().join("x.jsonl"), "{}\n").unwrap();
    let first = journals_in(&desk.journals()).unwrap().remove(0);
    let text = fs::read_to_string(&first).unwrap();
    fs::write(&first, text.replacen("\"entry\":\"plan\"", "\"entry\":\"\u{1b}[31m\"", 1)).unwrap();
    let answer = history("json").json();
    ensure_valid("history", &answer);
    let runs = answer["runs"].as_array().unwrap();
    let outcomes: Vec<&str> = runs.iter().map(|run| run["outcome"].as_str().unwrap()).collect();
    assert_eq!(outcomes, ["unfinished", "done"], "neither the plan nor an apply with nothing to do is a run");
    assert_eq!((&runs[0]["requests"], &runs[0]["applied"]), (&json!(3), &json!(null)));
    assert_eq!((&runs[1]["policy"], &runs[1]["command"]), (&json!("test"), &json!("apply")));
    let removals: Vec<u64> = runs.iter().map(|run| run["removals"].as_u64().unwrap()).collect();
    let deletions = organization.written().iter().filter(|write| write.starts_with("DELETE ")).count();
    assert!(deletions > 0);
    assert_eq!(removals.iter().sum::<u64>(), deletions as u64);
    assert_eq!(answer["unreadable"][0]["journal"], "x.jsonl");
    assert_eq!((&runs[0]["skipped"][0]["line"], &runs[1]["skipped"]), (&json!(2), &json!([])));
    let text = history("text").stdout;
    assert!(text.contains("unfinished after 3 requests") && text.contains("unreadable  x.jsonl"), "{text}");
    assert!(text.contains("1 line unreadable") && !text.contains("2 lines"), "{text}");
}

#[test]
fn a_folder_that_is_named_has_to_be_there() {
    let folder = tempfile::TempDir::new().unwrap();
    let history = |options: &[&str]| adjunct_with(folder.path(), &[], &[&["history"], options].concat());
    fs::create_dir(folder.path().join("empty")).unwrap();
    fs::write(folder.path().join("file"), "").unwrap();
    for options in [&[][..], &["--journal", "empty"]] {
        let answer = history(options);
        assert!(answer.code == 0 && answer.stdout.starts_with("No runs in "), "{answer:?}");
    }
    for named in ["typo", "file"] {
        for format in ["text", "json"] {
            let answer = history(&["--journal", named, "--format", format]);
            assert_eq!((answer.code, answer.stdout.as_str()), (1, ""), "{answer:?}");
            for words in ["cli::no_folder", named, "help: "] {
                assert!(answer.stderr.contains(words), "no {words:?} in {answer:?}");
            }
        }
    }
    let answer = adjunct_with(folder.path(), &[], &["restore", "typo"]);
    assert!(answer.code == 1 && answer.stderr.contains("typo"), "{answer:?}");
    let answer = adjunct_with(folder.path(), &[], &["restore", "empty"]);
    assert!(answer.code == 1 && answer.stderr.contains("cli::no_removals"), "{answer:?}");
}

#[test]
fn every_line_of_a_journal_is_as_its_schema_says() {
    let (desk, organization) = (Desk::new(NODES, &today()), Organization::of(&morning()));
    desk.apply(&organization);
    let path = journals_in(&desk.journals()).unwrap().remove(0);
    for line in fs::read_to_string(path).unwrap().lines() {
        ensure_valid("journal", &serde_json::from_str(line).unwrap());
    }
}

fn ensure_valid(schema: &str, document: &Value) {
    let path = format!("{}/schemas/{schema}.schema.json", env!("CARGO_MANIFEST_DIR"));
    let schema = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let problems: Vec<String> = validator.iter_errors(document).map(|error| error.to_string()).collect();
    assert_eq!(problems, Vec::<String>::new(), "{document:#}");
}

#[test]
fn the_name_that_history_shows_is_one_that_restore_takes() {
    let (desk, organization) = (Desk::new(NODES, &today()), Organization::of(&morning()));
    desk.apply(&organization);
    let runs = adjunct_with(desk.path(), &[], &["history", "--format", "json"]).json();
    let name = runs["runs"][0]["journal"].as_str().unwrap();
    let answer = adjunct_with(desk.path(), &Desk::VARIABLES, &["restore", name]);
    assert!(answer.stdout.contains("+ Gone"), "{answer:?}");
    let answer = adjunct_with(desk.path(), &Desk::VARIABLES, &["restore", "no.jsonl"]);
    assert_eq!(answer.code, 1, "{answer:?}");
    assert!(answer.stderr.contains("adjunct history"), "{answer:?}");
}

#[cfg(unix)]
#[test]
fn what_is_no_file_holds_nobody_up() {
    let folder = tempfile::TempDir::new().unwrap();
    let made = Command::new("mkfifo").arg(folder.path().join("x.jsonl")).status().unwrap();
    assert!(made.success());
    let answer = adjunct_with(folder.path(), &[], &["history", "--journal", "."]);
    assert_eq!(answer.code, 0, "{answer:?}");
    assert!(answer.stdout.contains("it is no file"), "{answer:?}");
}
