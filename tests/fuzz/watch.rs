//! What a run is watched for beside panics: time and memory.

use std::fmt;
use std::fs;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::abort;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::Thread;
use std::time::{Duration, Instant};

use crate::targets::Target;

/// What no input may take. A debug build on a busy machine is far below it.
const LONGEST: Duration = Duration::from_secs(10);

/// One input of a run.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Case {
    pub(crate) target: Target,
    pub(crate) number: u64,
}

impl Case {
    /// `policy:17`
    pub(crate) fn parse(text: &str) -> Self {
        let (name, number) = text.split_once(':').unwrap();
        let target = Target::ALL.into_iter().find(|target| target.name() == name).unwrap();
        Self { target, number: number.parse().unwrap() }
    }
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.target.name(), self.number)
    }
}

/// What each worker does, and since when.
pub(crate) struct Watch {
    workers: Vec<Mutex<Option<(Case, Instant)>>>,
    is_over: AtomicBool,
}

impl Watch {
    pub(crate) fn new(workers: usize) -> Self {
        Self { workers: (0..workers).map(|_| Mutex::default()).collect(), is_over: AtomicBool::new(false) }
    }

    pub(crate) fn begin(&self, worker: usize, case: Case) {
        *self.workers[worker].lock().unwrap() = Some((case, Instant::now()));
        // An overflow of the stack ends the process at once. What was recursing then is in a file.
        if matches!(case.target, Target::Policy | Target::Tests) {
            let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("fuzz-worker-{worker}"));
            fs::write(path, case.to_string()).unwrap();
        }
    }

    pub(crate) fn end(&self, worker: usize) {
        *self.workers[worker].lock().unwrap() = None;
    }

    /// Ends the process when an input takes too long: nothing else ends a thread that hangs.
    pub(crate) fn keep(&self, seed: u64) {
        while !self.is_over.load(Ordering::Relaxed) {
            std::thread::park_timeout(Duration::from_secs(1));
            for worker in &self.workers {
                let doing = *worker.lock().unwrap();
                if let Some((case, since)) = doing.filter(|(_, since)| since.elapsed() > LONGEST) {
                    let seconds = since.elapsed().as_secs();
                    let _ = writeln!(
                        std::io::stderr(),
                        "FUZZ_SEED={seed} FUZZ_CASE={case}: still running after {seconds} s"
                    );
                    abort();
                }
            }
        }
    }

    pub(crate) fn stop(&self, watching: &Thread) {
        self.is_over.store(true, Ordering::Relaxed);
        watching.unpark();
    }
}

/// What the process takes, in KiB.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Memory {
    /// The most that it took so far.
    pub(crate) peak: u64,
    /// What it takes now.
    now: u64,
}

impl Memory {
    /// As Linux tells it; none elsewhere.
    pub(crate) fn now() -> Option<Self> {
        let status = fs::read_to_string("/proc/self/status").ok()?;
        let value = |name: &str| -> Option<u64> {
            let line = status.lines().find_map(|line| line.strip_prefix(name))?;
            line.split_whitespace().next()?.parse().ok()
        };
        Some(Self { peak: value("VmHWM:")?, now: value("VmRSS:")? })
    }
}

impl fmt::Display for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} MiB (at most {} MiB)", self.now / 1024, self.peak / 1024)
    }
}
