//! Reads of objects as the API spells them, for whoever needs more of them than `model` holds.
//!
//! Each row is handed over as soon as it is there, so that what is not kept takes no memory: a page of an organization of
//! 50,000 is all that is ever there whole.

use serde::de::Error as _;
use serde_json::Value;

use super::Client;
use super::call::Call;
use super::error::{Effect, JumpCloudError};
use super::http::decode;
use super::pages::{Page, Row, read_all};
use super::read::{BY_ID, named, page};
use super::wire::List;
use crate::model::DirectoryId;
pub use crate::model::Record;

/// A row of which only a part is kept. Rows without an id may be of a list that repeats ids.
struct Kept<T, const MAY_REPEAT: bool> {
    id: Box<str>,
    part: T,
}

impl<T, const MAY_REPEAT: bool> Row for Kept<T, MAY_REPEAT> {
    const MAY_REPEAT: bool = MAY_REPEAT;

    fn id(&self) -> &str {
        &self.id
    }
}

impl<T, const MAY_REPEAT: bool> Kept<T, MAY_REPEAT> {
    /// Keeps a part of each row. An object without an id is no object, where the API promises one.
    fn all(
        call: &Call,
        id: &'static str,
        rows: Vec<Record>,
        keep: &impl Fn(Record) -> T,
    ) -> Result<Vec<Self>, JumpCloudError> {
        let kept = |row: Record| match row.get(id).and_then(Value::as_str) {
            Some(id) => Ok(Self { id: id.into(), part: keep(row) }),
            None if MAY_REPEAT => Ok(Self { id: "".into(), part: keep(row) }),
            None => Err(JumpCloudError::UnknownForm {
                request: call.to_string().into(),
                effect: Effect::Read,
                source: serde_json::Error::missing_field(id),
            }),
        };
        rows.into_iter().map(kept).collect()
    }
}

impl Client {
    /// Reads every user, and keeps of each what `keep` makes of it: one request for each 99.
    ///
    /// # Errors
    /// When the list cannot be read whole; see [`JumpCloudError::is_unread`].
    pub async fn user_records<T>(&self, keep: impl Fn(Record) -> T) -> Result<Vec<T>, JumpCloudError> {
        let path = ["api", "systemusers"];
        let users: Vec<Kept<T, false>> = read_all(&named(&path), self.http.parallelism(), async |skip| {
            let call = page(&path, skip).with_query("sort", BY_ID);
            let List { results, total } = self.http.fetch(&call).await?;
            Ok(Page { rows: Kept::all(&call, "_id", results, &keep)?, total })
        })
        .await?;
        Ok(users.into_iter().map(|user| user.part).collect())
    }

    /// Reads every user group, and keeps of each what `keep` makes of it: one request for each 99.
    ///
    /// # Errors
    /// As [`Client::user_records`].
    pub async fn group_records<T>(&self, keep: impl Fn(Record) -> T) -> Result<Vec<T>, JumpCloudError> {
        self.records_v2::<T, false>(&["api", "v2", "usergroups"], "id", Some(BY_ID), keep).await
    }

    /// Reads every Active Directory object: one request for each 99.
    ///
    /// # Errors
    /// As [`Client::user_records`].
    pub async fn directory_records<T>(&self, keep: impl Fn(Record) -> T) -> Result<Vec<T>, JumpCloudError> {
        self.records_v2::<T, false>(&["api", "v2", "activedirectories"], "id", Some(BY_ID), keep).await
    }

    /// Reads every agent of an Active Directory object: one request for each 99.
    ///
    /// # Errors
    /// As [`Client::user_records`]; also when there is no such object.
    pub async fn agent_records<T>(
        &self,
        directory: &DirectoryId,
        keep: impl Fn(Record) -> T,
    ) -> Result<Vec<T>, JumpCloudError> {
        let path = ["api", "v2", "activedirectories", directory.as_str(), "agents"];
        self.records_v2::<T, true>(&path, "id", Some(BY_ID), keep).await
    }

    /// Reads every change of a user's state that is planned for a time: one request for each 99. None when the API does
    /// not tell (403, 404).
    ///
    /// # Errors
    /// As [`Client::user_records`].
    pub async fn user_state_records<T>(
        &self,
        keep: impl Fn(Record) -> T,
    ) -> Result<Option<Vec<T>>, JumpCloudError> {
        // The list takes no order of its own to ask for.
        let path = ["api", "v2", "bulk", "userstates"];
        told(self.records_v2::<T, false>(&path, "scheduledJobId", None, keep).await)
    }

    /// Reads an organization. None when the API does not tell (403, 404). One request.
    ///
    /// # Errors
    /// When JumpCloud cannot be read.
    pub async fn organization_record(&self, id: &str) -> Result<Option<Record>, JumpCloudError> {
        told(self.http.fetch(&Call::get(&["api", "organizations", id])).await)
    }

    async fn records_v2<T, const MAY_REPEAT: bool>(
        &self,
        path: &[&str],
        id: &'static str,
        sort: Option<&'static str>,
        keep: impl Fn(Record) -> T,
    ) -> Result<Vec<T>, JumpCloudError> {
        let rows: Vec<Kept<T, MAY_REPEAT>> = read_all(&named(path), self.http.parallelism(), async |skip| {
            let call = page(path, skip);
            let call = if let Some(key) = sort { call.with_query("sort", key) } else { call };
            let answer = self.http.send(&call).await?;
            let total = answer.total;
            Ok(Page { rows: Kept::all(&call, id, decode(&call, &answer)?, &keep)?, total })
        })
        .await?;
        Ok(rows.into_iter().map(|row| row.part).collect())
    }
}

/// What the API tells; none where this asker may not know, or where there is no such thing.
pub(super) fn told<T>(answer: Result<T, JumpCloudError>) -> Result<Option<T>, JumpCloudError> {
    match answer {
        Err(JumpCloudError::Refused { status: 403 | 404, .. }) => Ok(None),
        answer => answer.map(Some),
    }
}
