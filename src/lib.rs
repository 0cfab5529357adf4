//! adjunct keeps a JumpCloud organization in step with Active Directory, one way, from a policy file.
//!
//! # The flow
//!
//! ```text
//! policy ──► desired ─┐                     ┌─► render  (text, JSON)
//!   ad ────► Directory┤                     │
//!                     ├─► plan ─► Plan ─────┤
//! jumpcloud ► actual ─┘                     └─► apply ─► event ─► journal, render
//! ```
//!
//! [`policy`] turns a KDL text into a checked [`policy::Policy`]. [`ad`] reads Active Directory (or an LDIF export) into
//! a [`model::Directory`], [`jumpcloud`] reads an organization into a [`model::Organization`]. [`desired`] says what the
//! directory means under the policy, [`plan`] compares that with what is there, [`render`] shows the difference, and
//! [`apply`] writes exactly that, through [`jumpcloud`] alone, after [`journal`] has it on the disk.
//!
//! # The import rule
//!
//! The core is `model`, `policy`, `desired`, `plan`, [`event`] and `render`: pure and synchronous, with no clock, disk,
//! network, environment or terminal. The edges each own one outside thing: `ad`, `jumpcloud`, `journal`, `apply`,
//! [`sandbox`], [`watch`], [`cli`]. The core never imports an edge, no edge imports another except `apply` (`jumpcloud`,
//! `journal`) and `watch` (`ad`, `jumpcloud`, `journal`, `apply`), and only `cli` knows them all. The wall clock is handed
//! in as a value; timers live in edges. `tests/architecture.rs` holds
//! this rule as a table.
//!
//! # Invariants
//!
//! 1. Within scope, desired equals actual exactly when the plan is empty.
//! 2. A plan leaves apply no choice: every change names its object, its fields before and after, and what must be done
//!    first. Only ids that do not exist yet are filled in during apply.
//! 3. Nobody is removed on the strength of the plan alone: the object is read once more, and must still be ours. A plan
//!    that a person approved, or that counts on another of the same run, is made once more before it is applied, and must
//!    be the same. What a saved plan touches is read again, and must be as the plan has it.
//! 4. An incomplete read is an error, never a smaller set.
//! 5. What is not ours is a note or a held-back line, never a change.
//! 6. A plan after an apply is empty, and the same inputs give the same bytes.
//! 7. Guards judge the finished plan, with the same verdict in `plan` and in `apply`.
//! 8. A request that changes something is in the journal, on the disk, before it is sent.

pub mod ad;
pub mod apply;
pub mod cli;
pub mod desired;
pub mod event;
pub mod journal;
pub mod jumpcloud;
pub mod model;
pub mod plan;
pub mod policy;
pub mod render;
pub mod sandbox;
pub mod watch;
