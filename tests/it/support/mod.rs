//! What tests need around them: servers and their contents.

pub(crate) mod samba;
