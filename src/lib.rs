//! placeholder

pub mod apply;
pub mod desired;
pub mod event;
pub mod model;
pub mod plan;
pub mod policy;
pub mod render;
