//! The ids of the entries of a state's text.

use std::collections::BTreeSet;

use super::id::Id;
use crate::sandbox::refusal::Refusal;

/// Where counting may begin at most: nobody gives out as many ids as there are behind it.
pub(super) const MOST_IDS: u64 = 1 << 53;

/// The ids of a text, each of which only one entry may have.
#[derive(Default)]
pub(super) struct Ids {
    taken: BTreeSet<Id>,
}

impl Ids {
    /// Checks the ids that the entries of a part have of their own; an error names the entry by its position.
    pub(super) fn own(
        &mut self,
        ids: impl IntoIterator<Item = Option<String>>,
    ) -> Result<Vec<Option<Id>>, (usize, Refusal)> {
        let check = |(position, id): (usize, Option<String>)| {
            let Some(text) = id else { return Ok(None) };
            let id = read_id(&text).map_err(|refusal| (position, refusal))?;
            if !self.taken.insert(id) {
                return Err((position, Refusal::invalid(format!("the id {text:?} is there twice"))));
            }
            Ok(Some(id))
        };
        ids.into_iter().enumerate().map(check).collect()
    }

    /// Gives the others ids that nobody has.
    pub(super) fn complete(&mut self, ids: Vec<Option<Id>>, next_id: &mut u64) -> Vec<Id> {
        let mut new_id = || {
            loop {
                let id = Id::numbered(*next_id);
                *next_id += 1;
                if self.taken.insert(id) {
                    return id;
                }
            }
        };
        ids.into_iter().map(|id| id.unwrap_or_else(&mut new_id)).collect()
    }
}

/// Reads an id.
pub(super) fn read_id(id: &str) -> Result<Id, Refusal> {
    id.parse().map_err(|_| Refusal::invalid(format!("the id {id:?} is not 24 hexadecimal digits")))
}
