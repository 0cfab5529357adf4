//! A record of each run on this machine's disk: what was about to be done, before it was done.
//!
//! A journal is a text file of one run, a JSON object a line, that is only ever appended to. [`Journal::announce`] comes
//! back when the line is on the disk, so that a request which it names may leave. What answers say is appended, and
//! synced with the next announcement. A process that is killed leaves at most a torn last line, which readers pass over.
//!
//! Beside the journals, and wherever these are kept, the platform's state folder ([`StateFolder`]) holds the lock of each
//! policy on its organization, and of each local organization ([`Lock`]). It holds back other runs on this machine; it does
//! not reach other hosts.
//!
//! The folder also remembers which saved plans were applied ([`mark_used`]).
//!
//! Characters that a terminal would interpret stand in it as JSON escapes, so that it can be read with any tool.
//!
//! A journal names people and what JumpCloud holds about them, so only its owner can read it. It holds no secrets.

mod entry;
mod error;
mod folder;
mod lock;
mod read;
mod used;
mod write;

pub use entry::{Ending, Entry, FORMAT_VERSION, Line, Run};
pub use error::JournalError;
pub use folder::{Scope, StateFolder};
pub use lock::{Holder, Lock};
pub use read::{Record, Skipped, is_at_work, journals_in, read};
pub use used::{FirstUse, mark_used, unmark_used, used_since};
pub use write::{Clock, Journal};
