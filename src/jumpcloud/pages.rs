//! Reads a list of many pages, whole or not at all.
//!
//! The API pages by offset (`skip`), so rows move while somebody deletes others, and a walk may then miss rows although
//! every page looks right. Each page therefore starts with the last row of the page before it: a deletion ahead of the
//! seam shows there even when another creation keeps the total the same. Together with the total and the uniqueness of
//! ids this makes a walk whole or visibly not; then it starts over, [`TRIES`] times in all.
//!
//! `Link` headers are not followed: `skip` works on every list, and an address that a server names is no place to send
//! the key to.

use std::collections::BTreeSet;
use std::pin::pin;

use futures_util::{StreamExt, TryStreamExt, stream};

use super::error::JumpCloudError;

/// Rows asked for in one page; the API gives no more.
pub(super) const PAGE: usize = 100;

/// How often a list is read before giving up.
const TRIES: usize = 3;

/// A row of a list.
pub(super) trait Row {
    /// Whether two rows with one id are no sign of a moved list.
    const MAY_REPEAT: bool;

    fn id(&self) -> &str;
}

/// A page as the API answered it.
pub(super) struct Page<T> {
    pub(super) rows: Vec<T>,
    /// Length of the whole list, where the answer tells it.
    pub(super) total: Option<u64>,
}

/// Reads the whole list at `list`, a page at a time through `read_page(skip)`, up to `parallelism` at once.
pub(super) async fn read_all<T: Row, F>(
    list: &str,
    parallelism: usize,
    read_page: impl Fn(usize) -> F,
) -> Result<Vec<T>, JumpCloudError>
where
    F: Future<Output = Result<Page<T>, JumpCloudError>>,
{
    let mut how = Box::default();
    for _ in 0..TRIES {
        match walk(parallelism, &read_page).await? {
            Walk::Whole(rows) => return Ok(rows),
            Walk::Moved(sign) => how = sign,
        }
    }
    Err(JumpCloudError::Shifted { list: list.into(), tries: TRIES, how })
}

enum Walk<T> {
    Whole(Vec<T>),
    Moved(Box<str>),
}

async fn walk<T: Row, F>(
    parallelism: usize,
    read_page: impl Fn(usize) -> F,
) -> Result<Walk<T>, JumpCloudError>
where
    F: Future<Output = Result<Page<T>, JumpCloudError>>,
{
    let Page { mut rows, total } = read_page(0).await?;
    let joined = match total {
        Some(total) => {
            // A server may give shorter pages than it was asked for: the first one tells. A page of a single row has no
            // room for a seam, so that its list cannot be told from a moved one.
            let step = rows.len().min(PAGE).saturating_sub(1).max(1);
            let skips = (step..).step_by(step).take_while(|&skip| (skip as u64).saturating_add(1) < total);
            let pages = stream::iter(skips).map(&read_page).buffered(parallelism);
            let mut pages = pin!(pages);
            let mut joined = Ok(());
            while let Some(page) = pages.try_next().await? {
                joined = same_total(page.total, total).and_then(|()| join(&mut rows, page.rows));
                if joined.is_err() {
                    break;
                }
            }
            joined.and_then(|()| same_total(Some(rows.len() as u64), total))
        }
        None => loop {
            let Some(last) = rows.len().checked_sub(1) else { break Ok(()) };
            let page = read_page(last).await?;
            let is_end = page.rows.len() == 1;
            let joined = join(&mut rows, page.rows);
            if is_end || joined.is_err() {
                break joined;
            }
        },
    };
    Ok(match joined.and_then(|()| all_different(&rows)) {
        Ok(()) => Walk::Whole(rows),
        Err(sign) => Walk::Moved(sign),
    })
}

/// Appends a page whose first row must be the last one so far.
fn join<T: Row>(rows: &mut Vec<T>, page: Vec<T>) -> Result<(), Box<str>> {
    let mut page = page.into_iter();
    let seam = page.next();
    if rows.last().map(Row::id) != seam.as_ref().map(Row::id) {
        return Err(format!("the page after row {} does not continue it", rows.len()).into());
    }
    rows.extend(page);
    Ok(())
}

/// Whether a count is the one that the first page told. A page may leave it out.
fn same_total(count: Option<u64>, total: u64) -> Result<(), Box<str>> {
    match count {
        Some(count) if count != total => {
            Err(format!("{count} rows where the first page told {total}").into())
        }
        Some(_) | None => Ok(()),
    }
}

fn all_different<T: Row>(rows: &[T]) -> Result<(), Box<str>> {
    let mut ids = BTreeSet::new();
    match rows.iter().map(Row::id).find(|id| !ids.insert(*id)) {
        Some(id) if !T::MAY_REPEAT => Err(format!("the id {id} came twice").into()),
        Some(_) | None => Ok(()),
    }
}
