//! What tests need around them: servers and their contents.

pub(crate) mod jumpcloud;
pub(crate) mod ldap_server;
pub(crate) mod samba;
pub(crate) mod scripted;
