//! Reads of single entries: members that no search yielded, and objects that seem to leave.

use super::connection::Connection;
use super::entry::Entry;
use super::principal::{Class, account_control_of, class_of};
use super::rest::close_ranges;
use super::search::{DnForm, One, read_entry, read_one};
use super::{AdError, EntryProblem, ReadProblem};
use crate::model::{AccountExpires, Dn, MemberLookup, ObjectGuid, SecondLook};

/// What a second look asks for.
const SECOND_LOOK_ATTRIBUTES: [&str; 5] =
    ["objectClass", "memberOf", "userAccountControl", "accountExpires", "primaryGroupID"];

/// What a member is that the searches did not yield.
pub(super) async fn look_up_member(
    connection: &Connection,
    root_container: &Dn,
    dn: &Dn,
) -> Result<MemberLookup, ReadProblem> {
    let raw = match read_one(connection, dn.as_str(), &["objectClass"], DnForm::Plain).await {
        Ok(One::Entry(raw)) => raw,
        Ok(One::Absent | One::Denied) => return Ok(MemberLookup::Unreadable),
        // A member from another domain: this server does not hold it, and the root container cannot hold it either.
        Err(ReadProblem::Referral(_)) if !dn.is_within(root_container) => {
            return Ok(MemberLookup::Unreadable);
        }
        Err(problem) => return Err(problem),
    };
    Ok(match class_of(&read_entry(raw, DnForm::Plain)?) {
        Class::Other(kind) => MemberLookup::Other(kind),
        // The searches should have yielded it: it came in the meantime, or hides what they need.
        Class::User | Class::Group | Class::Hidden => MemberLookup::Unreadable,
    })
}

/// What one object is now, and how many ranges its `memberOf` took.
pub(super) async fn look_again(
    connection: &Connection,
    guid: ObjectGuid,
) -> Result<(SecondLook, u64), AdError> {
    let stop = |problem| AdError::stopped(format!("the object {guid} again"), problem);
    let raw = match read_one(connection, &format!("<GUID={guid}>"), &SECOND_LOOK_ATTRIBUTES, DnForm::Plain)
        .await
        .map_err(stop)?
    {
        One::Entry(raw) => raw,
        One::Absent => return Ok((SecondLook::Gone, 0)),
        One::Denied => return Ok((SecondLook::Unreadable, 0)),
    };
    let mut entry = read_entry(raw, DnForm::Plain).map_err(stop)?;
    // `objectGUID` was not asked for, and the pieces of a range are read by it.
    entry.guid = Some(guid);
    let entry = close_ranges(connection, entry, DnForm::Plain)
        .await
        .map_err(|rest| AdError::stopped(rest.what, rest.problem))?;
    let ranges = entry.closed_ranges;
    let name = entry.dn.as_str().to_owned();
    let look = second_look_of(&entry).map_err(|source| stop(ReadProblem::Entry { name, source }))?;
    Ok((look, ranges))
}

fn second_look_of(entry: &Entry) -> Result<SecondLook, EntryProblem> {
    let class = class_of(entry);
    let user_account_control = account_control_of(entry)?;
    let account_expires = entry.number::<i64>("accountExpires")?.map(AccountExpires);
    let primary_group_id = entry.number::<u32>("primaryGroupID")?;
    let hides_a_user =
        user_account_control.is_none() || account_expires.is_none() || primary_group_id.is_none();
    if class == Class::Hidden || (class == Class::User && hides_a_user) {
        return Ok(SecondLook::Unreadable);
    }
    Ok(SecondLook::Found {
        dn: entry.dn.clone(),
        member_of: entry.references("memberOf")?.into_iter().map(|(dn, _)| dn).collect(),
        user_account_control: user_account_control.unwrap_or_default(),
        account_expires: account_expires.unwrap_or_default(),
    })
}
