//! The core as a whole: policy and two sides in, plan out.

mod administrators;
mod adopt;
mod clock;
mod dissociate;
mod group_names;
mod hidden;
mod hold;
mod laws;
mod leave;
mod managers;
mod mapped;
mod names;
mod only;
mod ours;
mod pair;
mod saved;
mod saved_expectation;
mod world;
