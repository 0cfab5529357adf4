//! What tests need around them: servers and their contents, and the binary.

pub(crate) mod between;
pub(crate) mod browser;
pub(crate) mod command;
pub(crate) mod company;
pub(crate) mod crossing;
pub(crate) mod desk;
pub(crate) mod dice;
pub(crate) mod forest;
pub(crate) mod forward_proxy;
pub(crate) mod jumpcloud;
pub(crate) mod ldap_server;
pub(crate) mod local;
pub(crate) mod organization;
pub(crate) mod planned;
pub(crate) mod proxy;
pub(crate) mod record;
pub(crate) mod remains;
pub(crate) mod samba;
pub(crate) mod scene;
pub(crate) mod schema;
pub(crate) mod scripted;
pub(crate) mod served;
pub(crate) mod staff;
pub(crate) mod two_days;
pub(crate) mod wire;
pub(crate) mod writer;
