//! A plan of more than two hundred requests that goes wrong at each of them, in each way: the process is killed just before
//! or just after JumpCloud did the work, or the request fails. The next run ends where one ends that nothing disturbs, and
//! the journals tell what was done.
//!
//! All of it, with its figures: `EVERY_WRITE=all cargo test --test it every_write -- --nocapture`. Without the variable a
//! sample.

use std::collections::BTreeMap;
use std::sync::Mutex;

use adjunct::journal::{Record, journals_in, read};
use adjunct::sandbox::Fault;
use serde_json::Value;

use crate::journal::without_query;
use crate::support::cases::at_each;
use crate::support::crossing::{Cut, Side};
use crate::support::desk::Desk;
use crate::support::organization::Organization;
use crate::support::remains::{difference, essence, stranded};
use crate::support::staff::Staff;
use crate::support::two_days::{NODES, morning, today};

/// Stands for the exit code of a process that was killed.
const KILLED: i32 = -9;

/// In a sample one write of so many goes wrong.
const ONE_OF: usize = 29;

/// How a write goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Trouble {
    KilledBefore,
    KilledAfter,
    Status500,
    Status429,
    DroppedBefore,
    DroppedAfter,
}

impl Trouble {
    const ALL: [Self; 6] = [
        Self::KilledBefore,
        Self::KilledAfter,
        Self::Status500,
        Self::Status429,
        Self::DroppedBefore,
        Self::DroppedAfter,
    ];

    /// What the sandbox does about it; none where the process is killed.
    fn words(self) -> Option<&'static str> {
        match self {
            Self::KilledBefore | Self::KilledAfter => None,
            Self::Status500 => Some("status=500"),
            Self::Status429 => Some("status=429"),
            Self::DroppedBefore => Some("drop=before"),
            Self::DroppedAfter => Some("drop=after"),
        }
    }
}

/// The second day of a company to which many come.
fn busy_day() -> Staff {
    (0..40).fold(today(), |staff, number| {
        let name: &'static str = Box::leak(format!("new{number:02}").into_boxed_str());
        staff.users([name]).join("New", [name])
    })
}

/// What a run makes of the organization that nothing disturbs.
struct Whole {
    start: Value,
    end: Value,
    mails: Vec<String>,
    /// Method and path of each write, with `*` for ids.
    writes: Vec<String>,
}

impl Whole {
    fn new() -> Self {
        let start = morning();
        let (desk, organization) = (Desk::new(NODES, &busy_day()), Organization::of(&start));
        let applied = desk.apply(&organization);
        assert_eq!(applied.code, 0, "{applied:?}");
        let is_id = |part: &str| part.len() == 24 && part.bytes().all(|byte| byte.is_ascii_hexdigit());
        let pattern = |write: String| {
            let parts: Vec<&str> =
                write.split('/').map(|part| if is_id(part) { "*" } else { part }).collect();
            parts.join("/")
        };
        Self {
            end: essence(&organization.document(), &start),
            mails: organization.mails(),
            writes: organization.written().into_iter().map(pattern).collect(),
            start,
        }
    }

    /// The fault that meets one write, counted from 1.
    fn fault(&self, write: usize, words: &str) -> Fault {
        let pattern = &self.writes[write - 1];
        let (method, path) = pattern.split_once(' ').unwrap();
        let is_met = |earlier: &&String| {
            earlier
                .split_once(' ')
                .is_some_and(|(its_method, its_path)| method == its_method && is_like(path, its_path))
        };
        let nth = self.writes[..write].iter().filter(is_met).count();
        format!("{pattern} nth={nth} {words}").parse().unwrap()
    }

    /// Disturbs a run at one write, and runs again where that is needed. Says what is not as it should be.
    fn problems(
        &self,
        write: usize,
        trouble: Trouble,
        codes: &Mutex<BTreeMap<(Trouble, i32), usize>>,
    ) -> Vec<String> {
        let desk = Desk::new(NODES, &busy_day());
        let (organization, first) = if let Some(words) = trouble.words() {
            let organization = Organization::failing(&self.start, vec![self.fault(write, words)]);
            let code = desk.apply(&organization).code;
            (organization, code)
        } else {
            let side = if trouble == Trouble::KilledBefore { Side::Before } else { Side::After };
            let organization = Organization::of(&self.start);
            let reached = desk.apply_until(&organization, Cut { write, side });
            assert!(reached.is_some(), "the run did not come to write {write}");
            (organization, KILLED)
        };
        *codes.lock().unwrap().entry((trouble, first)).or_default() += 1;
        let mut problems = stranded(&self.start, &organization.document());
        if first != 0 {
            let again = desk.apply(&organization);
            if again.code != 0 {
                problems.push(format!(
                    "the next run ended with {}:\n{}{}",
                    again.code, again.stdout, again.stderr
                ));
            }
        }
        if !matches!(first, 0 | 4 | KILLED) {
            problems.push(format!("the disturbed run ended with {first}"));
        }
        let end = essence(&organization.document(), &self.start);
        if end != self.end {
            problems.push(format!("it ended elsewhere:\n{}", difference(&self.end, &end)));
        }
        if organization.mails() != self.mails {
            problems.push(format!("the mails are {:?}", organization.mails()));
        }
        if desk.plan(&organization).code != 0 {
            problems.push("a third run would change something".to_owned());
        }
        problems.extend(story(&desk, &organization, trouble));
        problems
            .into_iter()
            .map(|problem| format!("{trouble:?} at {write}, {}: {problem}", self.writes[write - 1]))
            .collect()
    }
}

/// Whether a path is one of a pattern's, in which `*` is any run of characters.
fn is_like(pattern: &str, path: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == path,
        Some((head, rest)) => path
            .strip_prefix(head)
            .is_some_and(|tail| (0..=tail.len()).any(|skipped| is_like(rest, &tail[skipped..]))),
    }
}

/// Whether the journals name what was written, in its order, and how the runs ended.
fn story(desk: &Desk, organization: &Organization, trouble: Trouble) -> Vec<String> {
    let records: Vec<Record> =
        journals_in(&desk.journals()).unwrap().iter().map(|path| read(path).unwrap()).collect();
    let announced = records.iter().flat_map(Record::requests);
    let mut announced: Vec<String> = announced.map(without_query).collect();
    let written = organization.written();
    let mut problems = Vec::new();
    if trouble == Trouble::KilledBefore {
        // Announced, and not sent on.
        announced.remove(records[0].requests().count() - 1);
    }
    if announced != written {
        let [announced, written] = [announced, written].map(Value::from);
        problems.push(format!("the journals tell something else:\n{}", difference(&written, &announced)));
    }
    let was_killed = matches!(trouble, Trouble::KilledBefore | Trouble::KilledAfter);
    for (number, record) in records.iter().enumerate() {
        if record.end().is_none() != (was_killed && number == 0) {
            problems.push(format!("the journal {number} ends with {:?}", record.lines.last()));
        }
    }
    problems
}

#[test]
fn a_run_that_is_disturbed_at_any_write_in_any_way_is_finished_by_the_next() {
    let whole = Whole::new();
    let writes = whole.writes.len();
    assert!(writes >= 200, "{writes} writes");
    let step = if std::env::var("EVERY_WRITE").is_ok() { 1 } else { ONE_OF };
    let mut cases = Vec::new();
    for (position, trouble) in Trouble::ALL.into_iter().enumerate() {
        // In a sample each way begins elsewhere.
        cases.extend((1 + position * 5 % step..=writes).step_by(step).map(|write| (write, trouble)));
    }
    let codes = Mutex::default();
    let count = cases.len();
    at_each(cases, |(write, trouble)| whole.problems(write, trouble, &codes));
    println!("{writes} writes, {count} disturbed runs, by how they ended: {:?}", codes.into_inner().unwrap());
}
