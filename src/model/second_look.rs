//! What a second read of a leaver found.

use std::collections::BTreeMap;

use super::{AccountExpires, Dn, ObjectGuid, UserAccountControl};

/// What `<GUID=…>` answered when an owned object that seems to leave was read again on the same server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecondLook {
    /// The server has no such object, or shows us none.
    Gone,
    /// The object exists, and the server does not show us what tells whether it is in use: its class,
    /// `userAccountControl`, `accountExpires` or `primaryGroupID`.
    Unreadable,
    /// The object as it is now.
    Found {
        /// Where it lies.
        dn: Dn,
        /// The groups that it is a direct member of, as far as we may see them. `primaryGroupID` is not among them.
        member_of: Vec<Dn>,
        /// Flags of a user; none for a group.
        user_account_control: UserAccountControl,
        /// End of a user's account; never for a group.
        account_expires: AccountExpires,
    },
}

/// Second looks by object.
pub type SecondLooks = BTreeMap<ObjectGuid, SecondLook>;
