//! Connections and requests: what each meets before it reaches an operation, and the log of them.
//!
//! A request passes `serve` (limits of connections), `body` (limits of bodies), `record` (the log), `guard` (conditions,
//! faults, the door) and then its operation in `api`.

mod body;
mod body_fields;
mod gatekeeper;
mod guard;
mod pace;
mod record;
mod request_log;
mod serve;
mod visitor;

pub(super) use body::Unread;
pub(super) use gatekeeper::Gatekeeper;
pub use gatekeeper::ServiceAccount;
pub(super) use guard::guard;
pub(super) use record::record;
pub use request_log::Request;
pub(super) use request_log::{Latest, NoAnswer, Remark, RequestLog};
pub use serve::Limits;
pub(super) use serve::serve;
pub(super) use visitor::{means_this_sandbox, sits_here};
