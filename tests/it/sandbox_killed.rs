//! A sandbox that is killed at any moment: what it answered is there afterwards, and nothing by half.
//!
//! `SANDBOX_KILLS=200 cargo test --test it sandbox_killed -- --nocapture` kills it more often, and says what was hit;
//! `SANDBOX_KILLS_SEED` repeats the choices of a run, though not its moments.

#![cfg(unix)]

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::ScopedJoinHandle;

use adjunct::sandbox::{State, StateFile};
use serde_json::{Value, json};

use crate::support::dice::Dice;
use crate::support::jumpcloud::users;
use crate::support::served::Served;
use crate::support::wire::call;
use crate::support::writer::{Share, Writer};

const WRITERS: usize = 4;

/// How many users are there from the beginning: with them, folding the log takes a while.
const SETTLED: usize = 2000;

/// What the kills hit, for people to read.
type Hits = BTreeMap<&'static str, usize>;

/// When a sandbox is killed.
#[derive(Debug, Clone, Copy)]
struct Moment {
    /// After so many answers.
    answers: usize,
    /// And so many turns of a loop more.
    turns: usize,
    /// Whether it is asked to end first, and so folds its log.
    is_asked: bool,
}

impl Moment {
    fn choose(dice: &mut Dice) -> Self {
        let is_asked = dice.below(3) == 0;
        // The first write of a process folds what the one before left.
        let answers = if dice.below(4) == 0 { 0 } else { dice.below(150) };
        // Rather few than many: what is to be hit is over soon.
        let most = dice.below(if is_asked || answers == 0 { 4_000_000 } else { 200_000 });
        let turns = dice.below(most + 1);
        Self { answers, turns, is_asked }
    }

    /// Lets the writers write until it has come.
    fn pass(self, served: &mut Served, writers: &mut [Writer]) {
        let (address, heard) = (served.address(), AtomicUsize::new(0));
        std::thread::scope(|scope| {
            let at_work: Vec<_> = writers
                .iter_mut()
                .map(|writer| {
                    scope.spawn(|| {
                        writer.work(address, || {
                            heard.fetch_add(1, Ordering::Relaxed);
                        });
                    })
                })
                .collect();
            while heard.load(Ordering::Relaxed) < self.answers {
                if at_work.iter().any(ScopedJoinHandle::is_finished) {
                    // Which ends the others as well.
                    served.kill();
                    panic!("a writer gave up");
                }
                std::thread::yield_now();
            }
            if self.is_asked {
                served.terminate();
            }
            for _ in 0..self.turns {
                std::hint::spin_loop();
            }
            served.kill();
        });
    }
}

/// The state on disk, as the library reads it.
fn kept(path: &Path) -> Value {
    let (state, _) = StateFile::open(path).unwrap_or_else(|error| panic!("{error:?}"));
    serde_json::from_str(&state.unwrap().to_json()).unwrap()
}

/// Checks what a writer finds against what it was promised, and goes on with that.
fn settle(writer: &mut Writer, number: usize, document: &Value, hits: &mut Hits) {
    let found = Share::of(document, number);
    let unanswered = writer.unanswered.take();
    if found == writer.share {
        *hits.entry("unanswered writes that did not happen").or_default() +=
            usize::from(unanswered.is_some());
        return;
    }
    let op = unanswered.unwrap_or_else(|| panic!("writer {number}: {found:#?}\nis not\n{:#?}", writer.share));
    let expected = writer.share.after_unheard(&op, &found);
    assert_eq!(found, expected, "writer {number}, with or without {op:?}");
    *hits.entry("unanswered writes that happened").or_default() += 1;
    writer.share = found;
}

/// Checks that a sandbox serves this state.
fn serves(served: &Served, document: &Value) {
    let names = |list: &Value, name: &str| -> Vec<Value> {
        list.as_array().unwrap().iter().map(|row| row[name].clone()).collect()
    };
    let (mut users, mut groups) = (Vec::new(), Vec::new());
    for skip in (0..).step_by(1000) {
        let body = json!({ "limit": 1000, "skip": skip, "sort": "_id", "fields": "username" });
        let page = call(served.address(), "POST", "/api/search/systemusers", &body.to_string()).json();
        let page = names(&page["results"], "username");
        users.extend_from_slice(&page);
        if page.len() < 1000 {
            break;
        }
    }
    for skip in (0..).step_by(100) {
        let path = format!("/api/v2/usergroups?sort=id&limit=100&skip={skip}");
        let page = names(&call(served.address(), "GET", &path, "").json(), "name");
        groups.extend_from_slice(&page);
        if page.len() < 100 {
            break;
        }
    }
    assert_eq!(users, names(&document["users"], "username"));
    assert_eq!(groups, names(&document["groups"], "name"));
}

/// Notes down in what the kill left the files.
fn note(path: &Path, hits: &mut Hits) {
    let log = fs::read(path.with_extension("json.log")).ok();
    let left = match &log {
        None => "no log (nothing was written, or the sandbox ended first)",
        Some(log) if log.is_empty() => "an empty log",
        Some(log) if !log.ends_with(b"\n") => "a log that ends within a line",
        Some(log)
            if log[..log.len() - 1]
                .rsplit(|byte| *byte == b'\n')
                .next()
                .unwrap()
                .starts_with(b"{\"folded") =>
        {
            "a log that was being folded"
        }
        Some(_) => "a log that ends with a line",
    };
    *hits.entry(left).or_default() += 1;
    *hits.entry("a new file that was not yet in place").or_default() +=
        usize::from(path.with_file_name(".state.json.half").exists());
    let others = fs::read_dir(path.parent().unwrap()).unwrap().filter(|entry| {
        let name = entry.as_ref().unwrap().file_name().into_string().unwrap();
        !["state.json", "state.json.log", ".state.json.half"].contains(&name.as_str())
    });
    assert_eq!(others.count(), 0, "files that nobody clears away");
}

#[test]
fn every_answered_write_outlives_kill_9_and_none_is_there_by_half() {
    let setting = |name: &str| env::var(name).ok().map(|value| value.parse::<u64>().unwrap());
    let kills = setting("SANDBOX_KILLS").unwrap_or(10);
    let seed = setting("SANDBOX_KILLS_SEED").unwrap_or_else(Dice::any_seed);
    eprintln!("SANDBOX_KILLS={kills} SANDBOX_KILLS_SEED={seed}");
    let mut dice = Dice::new(seed);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.json");
    let document = json!({ "users": users(SETTLED) }).to_string();
    fs::write(&path, State::parse("state.json", &document).unwrap().to_json()).unwrap();
    let mut writers: Vec<Writer> =
        (0..WRITERS).map(|number| Writer::new(number, seed.wrapping_add(number as u64))).collect();
    let mut hits = Hits::new();
    let mut served = Served::keeping(&path);
    for kill in 1..=kills {
        let moment = Moment::choose(&mut dice);
        moment.pass(&mut served, &mut writers);
        note(&path, &mut hits);
        let document = kept(&path);
        let what = format!("kill {kill}, {moment:?}");
        assert_eq!(
            document["users"]
                .as_array()
                .unwrap()
                .iter()
                .filter(|user| { user["username"].as_str().unwrap().starts_with('u') })
                .count(),
            SETTLED,
            "{what}"
        );
        for (number, writer) in writers.iter_mut().enumerate() {
            settle(writer, number, &document, &mut hits);
        }
        served = Served::keeping(&path);
        serves(&served, &document);
    }
    let mut answers: BTreeMap<&str, usize> = BTreeMap::new();
    for (kind, count) in writers.iter().flat_map(|writer| &writer.answers) {
        *answers.entry(kind).or_default() += count;
    }
    let total: usize = answers.values().sum();
    eprintln!("{kills} kills, {total} answered writes: {answers:#?}\nthe kills left: {hits:#?}");
    assert!(total > 0);
}
