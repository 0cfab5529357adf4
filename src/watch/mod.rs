//! The service: what a cycle is, when the next one begins, how much cycles may take away together, and what is said of
//! them. The loop that joins the two sides is `cli`'s.
//!
//! Invariants:
//! - What a cycle is about to take away is in the budget, on the disk, before its first write; what is taken out of the
//!   budget again is known not to have happened.
//! - A budget or a pause that cannot be read stops the cycles of its policy: it is never an empty one.
//! - A cycle that was missed is not made up for.

mod budget;
mod counts;
mod error;
mod file;
mod ledger;
mod line;
mod outcome;
mod pause;
mod schedule;

pub use budget::{Budget, Reservation, Stop};
pub use counts::Counts;
pub use error::WatchError;
pub use ledger::Ledger;
pub use line::{Level, Line};
pub use outcome::{Cycle, Outcome, by_hand};
pub use pause::Pause;
pub use schedule::{REST, next};
