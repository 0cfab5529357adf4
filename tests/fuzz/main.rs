//! Inputs that nobody wrote, given to all that parses the texts of others: exports of directories, names, templates, policies
//! and their tests. Nothing panics, hangs or grows, and what [`targets`] says holds of each.
//!
//! `FUZZ=10000000 cargo test --profile fuzz --test fuzz -- --nocapture` gives ten million inputs to the parsers of exports,
//! names and templates, 200,000 to that of policies and 40,000 to that of their tests, with its figures. Without the variable
//! a sample.
//!
//! Inputs hang on `FUZZ_SEED` and their number alone. What fails is printed with both, and `FUZZ_SEED=… FUZZ_CASE=policy:17`
//! runs it again. Its bytes then go into a file of `tests/fuzz/corpus`, in the folder of its target, with a name that tells
//! what was wrong: those are run in every test run.

#![cfg(test)]

mod mutate;
mod seeds;
mod targets;
mod watch;

use std::any::Any;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Instant;

use fastrand::Rng;

use seeds::Seeds;
use targets::Target;
use watch::{Case, Memory, Watch};

/// How many inputs the parsers of exports, names and templates get in a run that does not say.
const SAMPLE: u64 = 4_000;

/// How many of those make a block: with each goes one policy, and with each fifth block one text of tests.
const BLOCK: u64 = 50;

/// So many failures end a run.
const MOST_FAILURES: usize = 12;

/// Most memory, in KiB, that a run may take beyond what it took by the end of its first tenth.
const MOST_GROWTH: u64 = 64 * 1024;

struct Run {
    seed: u64,
    seeds: Vec<(Target, Seeds)>,
    watch: Watch,
    blocks: u64,
    next: AtomicU64,
    counts: Vec<AtomicU64>,
    begun: Instant,
    is_full: bool,
    at_first_tenth: Mutex<Option<Memory>>,
    failures: Mutex<Vec<String>>,
    is_over: AtomicBool,
}

impl Run {
    fn input(&self, Case { target, number }: Case) -> Vec<u8> {
        let (at, (_, seeds)) = self.seeds.iter().enumerate().find(|(_, (one, _))| *one == target).unwrap();
        // Neighbours begin far from each other.
        let state = self.seed.wrapping_add((number * 8 + at as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15));
        mutate::input(target, seeds, &mut Rng::with_seed(state))
    }

    /// Runs one case. Gives what is wrong, with all that is needed to see it again.
    fn case(&self, worker: usize, case: Case) -> Option<String> {
        let input = self.input(case);
        self.watch.begin(worker, case);
        let result = catch_unwind(AssertUnwindSafe(|| case.target.run(&input)));
        self.watch.end(worker);
        let problem = message(&*result.err()?);
        let shown = input.escape_ascii().to_string();
        Some(format!("FUZZ_SEED={} FUZZ_CASE={case}: {problem}\n  input: b\"{shown}\"", self.seed))
    }

    fn work(&self, worker: usize) {
        loop {
            let block = self.next.fetch_add(1, Ordering::Relaxed);
            if block >= self.blocks || self.is_over.load(Ordering::Relaxed) {
                return;
            }
            let parsers = [Target::Dn, Target::Ldif, Target::Template].into_iter().cycle();
            let parsers = parsers.zip(block * BLOCK..(block + 1) * BLOCK);
            let policy = [(Target::Policy, block)].into_iter();
            let tests = block.is_multiple_of(5).then_some((Target::Tests, block / 5));
            for (target, number) in parsers.chain(policy).chain(tests) {
                if let Some(failure) = self.case(worker, Case { target, number }) {
                    let mut failures = self.failures.lock().unwrap();
                    println!("{failure}");
                    failures.push(failure);
                    if failures.len() >= MOST_FAILURES {
                        self.is_over.store(true, Ordering::Relaxed);
                    }
                }
                self.counts[target as usize].fetch_add(1, Ordering::Relaxed);
            }
            self.tell(block + 1);
        }
    }

    /// Says where it is, ten times in a run.
    fn tell(&self, done: u64) {
        let tenth = self.blocks.div_ceil(10);
        if !done.is_multiple_of(tenth) {
            return;
        }
        let memory = Memory::now();
        if done == tenth {
            *self.at_first_tenth.lock().unwrap() = memory;
        }
        if self.is_full {
            let seconds = self.begun.elapsed().as_secs();
            let kib = memory.map_or(0, |memory| memory.peak);
            println!("{} of {} blocks, {seconds} s, peak {} MiB", done, self.blocks, kib / 1024);
        }
    }

    fn summary(&self) -> String {
        let counts = Target::ALL.map(|target| {
            format!("{} {}", self.counts[target as usize].load(Ordering::Relaxed), target.name())
        });
        let seconds = self.begun.elapsed().as_secs_f64();
        let memory =
            |memory: Option<Memory>| memory.map_or("unknown".to_owned(), |memory| memory.to_string());
        format!(
            "seed {}: {} in {seconds:.0} s; memory {} after the first tenth, {} at the end; {} failures",
            self.seed,
            counts.join(", "),
            memory(*self.at_first_tenth.lock().unwrap()),
            memory(Memory::now()),
            self.failures.lock().unwrap().len(),
        )
    }
}

fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("a panic without words").to_owned()
}

fn number_in(variable: &str) -> Option<u64> {
    std::env::var(variable).ok().map(|text| text.replace('_', "").parse().unwrap())
}

#[test]
fn no_input_makes_anything_panic_hang_or_grow() {
    let full = number_in("FUZZ");
    let blocks = full.unwrap_or(SAMPLE).div_ceil(BLOCK);
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    let run = Run {
        seed: number_in("FUZZ_SEED").unwrap_or(1),
        seeds: Target::ALL.map(|target| (target, Seeds::of(target))).into(),
        watch: Watch::new(workers),
        blocks,
        next: AtomicU64::new(0),
        counts: Target::ALL.map(|_| AtomicU64::new(0)).into(),
        begun: Instant::now(),
        is_full: full.is_some(),
        at_first_tenth: Mutex::default(),
        failures: Mutex::default(),
        is_over: AtomicBool::new(false),
    };
    if let Ok(case) = std::env::var("FUZZ_CASE") {
        let failure = run.case(0, Case::parse(&case));
        assert!(failure.is_none(), "{}", failure.unwrap_or_default());
        return;
    }
    std::thread::scope(|scope| {
        let watched = scope.spawn(|| run.watch.keep(run.seed));
        let workers: Vec<_> = (0..workers)
            .map(|worker| {
                scope.spawn({
                    let run = &run;
                    move || run.work(worker)
                })
            })
            .collect();
        for worker in workers {
            worker.join().unwrap();
        }
        run.watch.stop(watched.thread());
    });
    println!("{}", run.summary());
    let failures = run.failures.lock().unwrap();
    assert!(failures.is_empty(), "{} inputs fail, see above", failures.len());
    // In a sample the first tenth is too small to say what the rest may take.
    if run.is_full
        && let (Some(first), Some(last)) = (*run.at_first_tenth.lock().unwrap(), Memory::now())
    {
        assert!(last.peak <= first.peak + MOST_GROWTH, "it grew from {first} to {last}");
    }
}

#[test]
fn what_was_found_once_holds() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/corpus");
    let mut count = 0;
    for target in Target::ALL {
        let Ok(folder) = fs::read_dir(corpus.join(target.name())) else { continue };
        for entry in folder {
            let path = entry.unwrap().path();
            let result = catch_unwind(AssertUnwindSafe(|| target.run(&fs::read(&path).unwrap())));
            assert!(result.is_ok(), "{}", path.display());
            count += 1;
        }
    }
    assert!(count > 0);
}
