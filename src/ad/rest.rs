//! The values of a ranged attribute behind its first piece.
//!
//! The pieces are separate reads. Where the entry tells its `uSNChanged`, a change between two of them makes us start
//! over, since values may have moved from one piece into another.

use super::connection::{Connection, RawEntry};
use super::entry::{Entry, OpenRange, has_repeated};
use super::range::{Range, Rest};
use super::search::{DnForm, One, read_one};
use super::{RangeProblem, ReadProblem, attribute::Description};
use crate::model::Value;

/// How often the pieces are read before we give up on an entry that changes all the time.
const ATTEMPTS: u32 = 4;

/// Counts the changes of an entry on its server ; changes of `member` count.
pub(super) const CHANGE_NUMBER: &str = "uSNChanged";

/// What was being read, and why it stopped.
#[derive(Debug)]
pub(super) struct RestStop {
    /// The attribute and its entry.
    pub(super) what: String,
    pub(super) problem: ReadProblem,
}

/// Reads all open ranges of an entry to their ends.
pub(super) async fn close_ranges(
    connection: &Connection,
    mut entry: Entry,
    dn_form: DnForm,
) -> Result<Entry, RestStop> {
    for open in std::mem::take(&mut entry.open_ranges) {
        let values = read_rest(connection, &entry, &open, dn_form)
            .await
            .map_err(|problem| RestStop { what: format!("{} of {}", open.attribute, entry.dn), problem })?;
        entry.attributes.remove(&open.attribute);
        entry.attributes.extend(&open.attribute, values);
        entry.closed_ranges += 1;
    }
    if dn_form == DnForm::Extended {
        entry.strip_extended_dns();
    }
    Ok(entry)
}

/// One piece as it came.
struct Piece {
    range: Range,
    values: Vec<Value>,
}

async fn read_rest(
    connection: &Connection,
    entry: &Entry,
    open: &OpenRange,
    dn_form: DnForm,
) -> Result<Vec<Value>, ReadProblem> {
    // The GUID holds through a rename between two pieces.
    let base = entry.guid.map_or_else(|| entry.dn.as_str().to_owned(), |guid| format!("<GUID={guid}>"));
    let mut change_number = entry.attributes.first_text(CHANGE_NUMBER).map(str::to_owned);
    let mut values = entry.attributes.values(&open.attribute).to_vec();
    let mut next = open.next;
    let mut attempts = 1;
    loop {
        let piece = format!("{};range={next}-*", open.attribute);
        let One::Entry(raw) = read_one(connection, &base, &[&piece, CHANGE_NUMBER], dn_form).await? else {
            return Err(RangeProblem::Missing(next).into());
        };
        let (piece, now) = take_piece(raw, &open.attribute)?;
        if now.is_some() && change_number.is_some() && now != change_number {
            if attempts == ATTEMPTS {
                return Err(RangeProblem::Changing.into());
            }
            attempts += 1;
            change_number = now;
            values.clear();
            // This piece may be the first one already.
            if next != 0 {
                next = 0;
                continue;
            }
        }
        let piece = piece.ok_or(RangeProblem::Missing(next))?;
        let rest = piece.range.check(next, piece.values.len())?;
        values.extend(piece.values);
        match rest {
            Rest::From(following) => next = following,
            Rest::Nothing if has_repeated(&values) => return Err(RangeProblem::Twice.into()),
            Rest::Nothing => return Ok(values),
        }
    }
}

/// The piece of `attribute` in an answer, if it is there, and the entry's change number.
fn take_piece(raw: RawEntry, attribute: &str) -> Result<(Option<Piece>, Option<String>), ReadProblem> {
    let mut piece = None;
    let mut change_number = None;
    for (description, values) in raw.attributes {
        let Some(Description { name, range }) = Description::parse(&description) else { continue };
        if name.eq_ignore_ascii_case(CHANGE_NUMBER) {
            change_number = values.into_iter().next().and_then(|value| String::from_utf8(value).ok());
        } else if name.eq_ignore_ascii_case(attribute)
            && let Some(range) = range
        {
            let values = values.into_iter().map(Value::from_bytes).collect();
            if piece.replace(Piece { range, values }).is_some() {
                return Err(RangeProblem::Mixed.into());
            }
        }
    }
    Ok((piece, change_number))
}
