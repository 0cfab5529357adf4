//! The ids of the entries of a state's text.

use std::collections::BTreeSet;

use super::refusal::Refusal;
use super::state::numbered_id;

/// The ids of a text, each of which only one entry may have.
#[derive(Default)]
pub(super) struct Ids {
    taken: BTreeSet<String>,
}

impl Ids {
    /// Checks the ids that the entries of a part have of their own; an error names the entry by its position.
    pub(super) fn own(&mut self, ids: Vec<Option<String>>) -> Result<Vec<Option<String>>, (usize, Refusal)> {
        for (position, id) in ids.iter().enumerate() {
            let Some(id) = id else { continue };
            check_id(id).map_err(|refusal| (position, refusal))?;
            if !self.taken.insert(id.clone()) {
                return Err((position, Refusal::invalid(format!("the id {id:?} is there twice"))));
            }
        }
        Ok(ids)
    }

    /// Gives the others ids that nobody has.
    pub(super) fn complete(&mut self, ids: Vec<Option<String>>, next_id: &mut u64) -> Vec<String> {
        let mut new_id = || {
            loop {
                let id = numbered_id(*next_id);
                *next_id += 1;
                if self.taken.insert(id.clone()) {
                    return id;
                }
            }
        };
        ids.into_iter().map(|id| id.unwrap_or_else(&mut new_id)).collect()
    }
}

/// Checks the form of an id.
pub(super) fn check_id(id: &str) -> Result<(), Refusal> {
    if id.len() == 24 && id.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        Ok(())
    } else {
        Err(Refusal::invalid(format!("the id {id:?} is not 24 hexadecimal digits")))
    }
}
