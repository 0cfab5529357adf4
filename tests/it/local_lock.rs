//! One run at a time on a local organization, whatever policies it is for.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use adjunct::journal::journals_in;

use crate::cli_several::{HR, SALES};
use crate::support::command::{Answer, adjunct, state_folder};
use crate::support::company::Companies;
#[cfg(target_os = "linux")]
use crate::support::organization::Organization;
use crate::support::service::Service;
#[cfg(target_os = "linux")]
use crate::support::typed::on_a_terminal;

/// Two policies on one file.
fn both() -> Companies {
    let companies = Companies::local();
    companies.write(HR);
    companies.write(SALES);
    companies
}

fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_adjunct"));
    command.env_clear().env("XDG_STATE_HOME", state_folder(folder)).current_dir(folder).args(arguments);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

const SERVE: [&str; 5] = ["sandbox", "--state", "org.json", "--listen", "127.0.0.1:0"];

/// Serves the file, and is ended when dropped.
struct Serving(Child);

impl Serving {
    fn of(companies: &Companies) -> Self {
        let mut child = command(companies.path(), &SERVE).spawn().unwrap();
        let mut url = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut url).unwrap();
        assert!(url.starts_with("http://"), "{url:?}");
        Self(child)
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

/// That it was held back by this run, which it names.
fn assert_locked(answer: &Answer, holder: &str) {
    assert_eq!(answer.code, 7, "{answer:?}");
    let words: Vec<&str> = answer
        .stderr
        .split(|c: char| c.is_whitespace() || c == '│')
        .filter(|word| !word.is_empty())
        .collect();
    let words = words.join(" ");
    assert!(words.contains("org.json: ") && words.contains(holder), "{answer:?}");
}

#[test]
fn nobody_writes_to_a_file_that_is_served() {
    let companies = both();
    assert_eq!(companies.run(&["apply", "hr.kdl", "--auto-approve"]).code, 0);
    let journal = journals_in(&state_folder(companies.path()).join("adjunct/journal")).unwrap().remove(0);
    companies.run(&["plan", "sales.kdl", "--out", "sales.plan"]);
    let before = companies.state();
    let serving = Serving::of(&companies);
    let holder = format!("sandbox of org.json by somebody on {}, process {}", host(), serving.0.id());
    for arguments in [
        &["apply", "sales.kdl", "--auto-approve"][..],
        &["apply", "sales.plan", "--auto-approve"],
        &["restore", journal.to_str().unwrap()],
        &SERVE,
    ] {
        assert_locked(&companies.run(arguments), &holder);
    }
    let mut service = Service::start(command(companies.path(), &["watch", "sales.kdl"]));
    let said = service.wait_for("skipped, locked by");
    assert!(said.contains(&holder), "{said}");
    service.kill();
    let files = || fs::read_dir(companies.path()).unwrap().count();
    let count = files();
    let planned = companies.run(&["plan", "sales.kdl", "--detailed-exitcode"]);
    assert_eq!(planned.code, 2, "a plan only reads: {planned:?}");
    assert_eq!((companies.state(), files()), (before, count));
    // With SIGKILL.
    drop(serving);
    let answer = companies.run(&["apply", "sales.plan", "--auto-approve"]);
    assert_eq!(answer.code, 0, "its lock went with it: {answer:?}");
}

fn host() -> String {
    gethostname::gethostname().to_string_lossy().into_owned()
}

#[cfg(target_os = "linux")]
#[test]
fn nobody_writes_to_a_file_that_a_run_is_about_to_write_to() {
    let companies = both();
    for held in ["apply hr.kdl", "apply hr.kdl sales.kdl"] {
        let meanwhile = || {
            for arguments in [&["apply", "sales.kdl", "--auto-approve"][..], &SERVE] {
                assert_locked(&companies.run(arguments), "apply of hr.kdl by ");
            }
            assert_eq!(companies.run(&["plan", "sales.kdl"]).code, 0);
        };
        let (code, shown) = on_a_terminal(companies.path(), held, Organization::API_KEY, "no\n", meanwhile);
        assert_eq!(code, 1, "{shown}");
        assert!(shown.contains("not approved: nothing was written"), "{shown}");
        assert!(companies.is_untouched());
    }
    assert_eq!(companies.run(&["apply", "hr.kdl", "sales.kdl", "--auto-approve"]).code, 0);
    drop(Serving::of(&companies));
}

/// `RACES=100` for as many as promised.
#[test]
fn of_two_policies_that_begin_together_none_fails_half_way() {
    let races: usize = std::env::var("RACES").map_or(10, |races| races.parse().unwrap());
    for race in 0..races {
        let companies = both();
        let run = |policy: &str| {
            let mut command = command(companies.path(), &["apply", policy, "--auto-approve"]);
            command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
        };
        let mut runs = [run("hr.kdl"), run("sales.kdl")];
        let mut codes = runs.each_mut().map(|child| child.wait().unwrap().code().unwrap());
        codes.sort_unstable();
        assert!(codes == [0, 7] || codes == [0, 0], "race {race}: {codes:?}");
        let again = adjunct(companies.path(), &["apply", "hr.kdl", "sales.kdl", "--auto-approve"]);
        assert_eq!(again.code, 0, "race {race}: {again:?}");
        assert_eq!(companies.state()["users"].as_array().unwrap().len(), 3, "race {race}");
    }
}
