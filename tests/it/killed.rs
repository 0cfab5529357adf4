//! A process that is killed between any two requests: nobody is stranded meanwhile, and the next run finishes.

use std::fmt::Write as _;
use std::sync::Mutex;

use serde_json::{Value, json};

use crate::support::company::{NODES, in_step, morning, today, yesterday};
use crate::support::crossing::{Cut, Side};
use crate::support::desk::Desk;
use crate::support::organization::Organization;
use crate::support::remains::{essence, stranded};

/// Runs at a time.
const THREADS: usize = 3;

/// What a run that nothing interrupts makes of an organization.
struct Whole {
    end: Value,
    mails: Vec<String>,
    writes: usize,
    summary: Value,
}

impl Whole {
    fn of(desk: &Desk, start: &Value) -> Self {
        let organization = Organization::of(start);
        let plan = desk.plan(&organization);
        assert_eq!(plan.code, 2, "{plan:?}");
        let applied = desk.apply(&organization);
        assert_eq!(applied.code, 0, "{applied:?}");
        assert_eq!(stranded(start, &organization.document()), Vec::<String>::new());
        Self {
            end: essence(&organization.document()),
            mails: organization.mails(),
            writes: organization.writes(),
            summary: plan.json()["summary"].clone(),
        }
    }

    /// Every place at which a run can die.
    fn cuts(&self) -> Vec<Cut> {
        (1..=self.writes)
            .flat_map(|write| [Side::Before, Side::After].map(|side| Cut { write, side }))
            .collect()
    }
}

/// Kills a run at this place and runs again. Says what is not as it should be.
fn problems(desk: &Desk, start: &Value, whole: &Whole, cut: Cut) -> Vec<String> {
    let organization = Organization::of(start);
    let Some(write) = desk.apply_until(&organization, cut) else {
        return vec![format!("{cut:?}: the run did not come so far")];
    };
    let mut problems = stranded(start, &organization.document());
    let again = desk.apply(&organization);
    if again.code != 0 {
        problems.push(format!("the next run ended with {}:\n{}{}", again.code, again.stdout, again.stderr));
    }
    let end = essence(&organization.document());
    if end != whole.end {
        problems.push(format!("the next run ended elsewhere:\n{}", difference(&whole.end, &end)));
    }
    if organization.mails() != whole.mails {
        problems.push(format!("the mails are {:?}", organization.mails()));
    }
    let third = desk.plan(&organization);
    if third.code != 0 {
        problems.push(format!("a third run would change something:\n{}", third.json()["changes"]));
    }
    problems.into_iter().map(|problem| format!("{:?} {}, {write}: {problem}", cut.side, cut.write)).collect()
}

fn difference(expected: &Value, actual: &Value) -> String {
    let [expected, actual] = [expected, actual].map(|value| serde_json::to_string_pretty(value).unwrap());
    similar::TextDiff::from_lines(&expected, &actual).unified_diff().context_radius(6).to_string()
}

/// Does something with each, some at a time, and gathers what it says.
fn each<T: Copy + Send>(all: Vec<T>, work: impl Fn(T) -> Vec<String> + Sync) -> Vec<String> {
    let (open, said) = (Mutex::new(all.into_iter()), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                loop {
                    let Some(one) = open.lock().unwrap().next() else { break };
                    let words = work(one);
                    said.lock().unwrap().extend(words);
                }
            });
        }
    });
    let mut said = said.into_inner().unwrap();
    said.sort();
    said
}

fn expect_none(problems: &[String]) {
    let text = problems.iter().fold(String::new(), |mut text, problem| {
        writeln!(text, "- {problem}").unwrap();
        text
    });
    assert!(problems.is_empty(), "{} problems:\n{text}", problems.len());
}

#[test]
fn a_run_that_is_killed_at_any_write_strands_nobody_and_the_next_one_finishes() {
    let (desk, start) = (Desk::new(NODES, &today()), morning());
    let whole = Whole::of(&desk, &start);
    for action in ["create", "adopt", "update", "suspend", "activate", "unbind", "remove"] {
        assert!(whole.summary[action].as_u64() > Some(0), "no {action} in {}", whole.summary);
    }
    assert!((40..=80).contains(&whole.writes), "{} writes", whole.writes);
    expect_none(&each(whole.cuts(), |cut| problems(&desk, &start, &whole, cut)));
}

#[test]
fn a_silent_creation_that_is_killed_at_any_write_is_finished_without_a_mail() {
    let nodes = format!("{NODES}\n    new-users welcome-email=#false");
    let start = in_step(&nodes, &yesterday(), &json!({}));
    let staff = yesterday().users(["nils", "nora"]).group("New", ["nils"]).join("Admins", ["nora"]);
    let desk = Desk::new(&nodes, &staff);
    let whole = Whole::of(&desk, &start);
    assert_eq!(whole.mails, Vec::<String>::new());
    // Two users in three requests each, a group in two, and three places in groups.
    assert_eq!(whole.writes, 2 * 3 + 2 + 3);
    expect_none(&each(whole.cuts(), |cut| problems(&desk, &start, &whole, cut)));
}
