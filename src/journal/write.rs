//! Writes one journal, in a thread of its own: announcements that come together are synced together.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;

use jiff::Timestamp;
use tokio::sync::oneshot;

use super::folder::{make_folder, plain};
use super::{Entry, JournalError, Line, Run};
use crate::model::safe_json;
use crate::plan::digest;

/// Tells the time of a line.
pub type Clock = fn() -> Timestamp;

/// How many names are tried for a journal before giving up.
const NAMES: u32 = 1000;

/// A journal that is being written. Clones write the same one.
#[derive(Debug, Clone)]
pub struct Journal {
    orders: Sender<Order>,
    clock: Clock,
    path: Arc<Path>,
}

/// A line to be written; with `synced`, somebody waits until it is on the disk.
#[derive(Debug)]
struct Order {
    text: String,
    synced: Option<oneshot::Sender<io::Result<()>>>,
}

impl Journal {
    /// Begins the journal of a run in a folder, which is made where it is missing. Its first line is on the disk then.
    ///
    /// # Errors
    /// When the file cannot be made or written: then it is gone again.
    pub fn begin(folder: &Path, run: Run, clock: Clock) -> Result<Self, JournalError> {
        make_folder(folder)?;
        let (file, path) = create(folder, &run, clock())?;
        if cfg!(unix) {
            // Before the first line, so that whoever reads that one can tell whether the run lives. Where the file system has no
            // locks nobody can.
            let _ = file.try_lock();
        }
        let failed = |source| {
            // What does not say which run it is of is no journal.
            let _ = fs::remove_file(&path);
            JournalError::File { what: "the journal", path: path.clone(), deed: "written", source }
        };
        let text = text(&Line { at: clock(), entry: Entry::Run(run) }).map_err(failed)?;
        (&file).write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(failed)?;
        sync_folder(folder).map_err(failed)?;
        let (orders, received) = channel();
        let _: JoinHandle<()> = std::thread::Builder::new()
            .name("journal".to_owned())
            .spawn(move || write(&file, &received))
            .map_err(failed)?;
        Ok(Self { orders, clock, path: path.into() })
    }

    /// Removes it again: the run was never begun.
    pub fn discard(self) {
        // Where that fails it says as much: it holds no request.
        let _ = fs::remove_file(&self.path);
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes a line. It is on the disk when this comes back, with all that was written before.
    ///
    /// # Errors
    /// When this line or one before it cannot be written: what it announces must not be done.
    pub async fn announce(&self, entry: Entry) -> io::Result<()> {
        let (synced, done) = oneshot::channel();
        let text = text(&Line { at: (self.clock)(), entry })?;
        self.orders.send(Order { text, synced: Some(synced) }).map_err(|_| ended())?;
        done.await.unwrap_or_else(|_| Err(ended()))
    }

    /// Writes a line that nothing waits for. Where that fails the next announcement says so.
    pub fn note(&self, entry: Entry) {
        if let Ok(text) = text(&Line { at: (self.clock)(), entry }) {
            // A thread that is gone answers the next announcement with an error.
            let _ = self.orders.send(Order { text, synced: None });
        }
    }
}

fn ended() -> io::Error {
    io::Error::other("the journal's thread has ended")
}

fn text(line: &Line) -> io::Result<String> {
    Ok(format!("{}\n", safe_json(&serde_json::to_string(line)?)))
}

/// Writes until nobody can order anything any more. After a failure nothing is written: a gap would hide what was done.
fn write(mut file: &File, orders: &Receiver<Order>) {
    let mut failure: Option<io::Error> = None;
    while let Ok(first) = orders.recv() {
        let mut text = String::new();
        let mut waiting = Vec::new();
        for Order { text: line, synced } in std::iter::once(first).chain(orders.try_iter()) {
            text.push_str(&line);
            waiting.extend(synced);
        }
        if failure.is_none() {
            let written = file.write_all(text.as_bytes());
            let result = if waiting.is_empty() { written } else { written.and_then(|()| file.sync_data()) };
            failure = result.err();
        }
        for synced in waiting {
            let result = failure.as_ref().map_or(Ok(()), |error| Err(again(error)));
            // Whoever no longer waits has given up.
            let _ = synced.send(result);
        }
    }
}

/// The same error for another one who waits.
fn again(error: &io::Error) -> io::Error {
    error
        .raw_os_error()
        .map_or_else(|| io::Error::new(error.kind(), error.to_string()), io::Error::from_raw_os_error)
}

/// `20261126T150621.123Z-corp-1f6a2b.jsonl`: sorted by time, and never the name of another one.
fn create(folder: &Path, run: &Run, now: Timestamp) -> Result<(File, PathBuf), JournalError> {
    let time = now.strftime("%Y%m%dT%H%M%S.%3fZ");
    let mut last = None;
    for try_number in 0..NAMES {
        let seed = format!("{}\n{}\n{}\n{now}\n{try_number}", run.host, run.process, run.target);
        let tail = digest(&seed);
        let tail = tail.get(..6).unwrap_or_default();
        let path = folder.join(format!("{time}-{}-{tail}.jsonl", plain(&run.policy)));
        let mut options = fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt;
            options.mode(0o600);
        }
        match options.open(&path) {
            Ok(file) => return Ok((file, path)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => last = Some((path, error)),
            Err(source) => {
                return Err(JournalError::File { what: "the journal", path, deed: "made", source });
            }
        }
    }
    let (path, source) = last.unwrap_or_else(|| (folder.to_owned(), ended()));
    Err(JournalError::File { what: "the journal", path, deed: "made", source })
}

/// The name of a new file is on the disk as well.
fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}
