//! Many cases of one test, some at a time.

use std::sync::Mutex;

/// Cases at a time.
const THREADS: usize = 4;

/// Tries every case. Fails with all that `problems` says.
pub(crate) fn at_each<C: Send, P: IntoIterator<Item = String>>(
    cases: impl IntoIterator<Item = C, IntoIter: Send>,
    problems: impl Fn(C) -> P + Sync,
) {
    let (cases, said) = (Mutex::new(cases.into_iter()), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                loop {
                    let Some(case) = cases.lock().unwrap().next() else { break };
                    let words = problems(case);
                    said.lock().unwrap().extend(words);
                }
            });
        }
    });
    let said = said.into_inner().unwrap();
    assert!(said.is_empty(), "{} problems:\n- {}", said.len(), said.join("\n- "));
}
