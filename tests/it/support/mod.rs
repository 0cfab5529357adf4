//! What several tests use.

pub(crate) mod jumpcloud;
pub(crate) mod scripted;
