//! Servers that tests talk to.

pub(crate) mod ldap_server;
