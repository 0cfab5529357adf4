//! The closed lists of values, for the grammar, for reading and for whoever writes a policy.

/// `takeover`
pub(in crate::policy) const TAKEOVER: [&str; 2] = ["refuse", "adopt"];
/// `passwords`
pub(in crate::policy) const PASSWORDS: [&str; 2] = ["directory", "jumpcloud"];
/// `directory` of the block `jumpcloud`
pub(in crate::policy) const DIRECTORY: [&str; 2] = ["bind", "ignore"];
/// `state` of `new-users`
pub(in crate::policy) const STATES: [&str; 2] = ["activated", "staged"];
/// `dissociation` and its lines
pub(in crate::policy) const ACTIONS: [&str; 4] = ["remove", "unbind", "suspend", "keep"];
/// `preset` of `attributes`
pub(in crate::policy) const PRESETS: [&str; 3] = ["core", "agent", "none"];
/// The types of telephone numbers that JumpCloud's console and tools know. The API takes any text, and an entry of a type
/// that nothing shows would be lost to people.
pub(in crate::policy) const PHONES: [&str; 5] = ["work", "mobile", "home", "work_mobile", "work_fax"];
/// The types of addresses, likewise.
pub(in crate::policy) const ADDRESSES: [&str; 2] = ["work", "home"];
