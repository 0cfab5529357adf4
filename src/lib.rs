//! placeholder

pub mod desired;
pub mod model;
pub mod plan;
pub mod policy;
