//! The nouns that every other module shares: identifiers, the directory as Active Directory answered it, the
//! organization as JumpCloud holds it, and the closed sets of causes and reasons.
//!
//! Nothing here decides, reads or writes. Values are checked when they are made, so whoever holds a [`Dn`] or an
//! [`ObjectGuid`] holds a valid one.

mod address_part;
mod cause;
mod departure;
mod directory;
mod dn;
mod domain;
mod evidence;
mod field;
mod fold;
mod id;
mod inert;
mod mark;
mod note;
mod organization;
mod present;
mod removed;
mod second_look;

pub use address_part::AddressPart;
pub use cause::{Cause, Reason};
pub use departure::{Departure, InvalidDeparture};
pub use directory::{
    AccountExpires, AttributeName, Attributes, Directory, DirectoryGroup, DirectoryUser, GroupType, Member,
    MemberLookup, OtherPrincipal, PrincipalKind, UserAccountControl, Value,
};
pub use dn::{Dn, DnError};
pub use domain::DomainName;
pub use evidence::{EndOfRead, Evidence, Search};
pub use field::{Field, UnknownField};
pub use fold::fold;
pub use id::{DirectoryId, InvalidGuid, JumpCloudGroupId, JumpCloudUserId, ObjectGuid};
pub use inert::{is_active, safe_json};
pub use mark::{Mark, MarkReading};
pub use note::Note;
pub use organization::{
    Agent, AgentKind, Bindings, DirectoryObject, MembershipMethod, Organization, User, UserGroup,
};
pub use present::{Present, PresentGroup, PresentUser};
pub use removed::{
    Binding, GroupMember, Membership, Record, Removed, RemovedGroup, RemovedUser, Report, ScheduledState,
    SshKey,
};
pub use second_look::{SecondLook, SecondLooks};
