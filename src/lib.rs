//! placeholder

pub mod jumpcloud;
pub mod model;
pub mod policy;
pub mod sandbox;
