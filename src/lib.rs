//! placeholder

pub mod model;
pub mod policy;
