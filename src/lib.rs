//! placeholder

pub mod ad;
pub mod model;
pub mod policy;
