//! Tests of the whole: real protocols, real servers, the real binary.
//!
//! Modules named `samba_…` need Samba's domain controller, modules named `slapd_…` need OpenLDAP's server beside
//! `pg_ldap_sync` and its database, modules named `browser_…` need Chromium, and modules named `clients_…` need the clients
//! of `tests/clients`; `tests/run` installs them, or skips those modules and says so.

#![cfg(test)]

mod ad_bind;
mod ad_incomplete;
mod ad_ranges;
mod ad_read;
mod ad_second_look;
mod ad_servers;
mod ad_tls;
mod administrators;
mod agent_left;
mod apply;
mod apply_failure;
mod browser_page;
mod canary;
mod cli_bad_days;
mod cli_exit_codes;
mod cli_help;
mod cli_only;
mod cli_output;
mod cli_prompt;
mod cli_sandbox;
mod cli_several;
mod cli_torn_ldif;
mod cli_two_keys;
mod clients_published;
mod contract;
mod every_write;
mod example;
mod failing;
mod hostile;
mod journal;
mod jumpcloud_account;
mod jumpcloud_directory;
mod jumpcloud_failure;
mod jumpcloud_pages;
mod jumpcloud_proxy;
mod jumpcloud_read;
mod jumpcloud_run;
mod jumpcloud_shift;
mod jumpcloud_write;
mod killed;
mod killed_meanwhile;
mod leaving;
mod new_users;
mod ownership;
mod partial_reads;
mod requests;
mod samba_administrators;
mod samba_agent_left;
mod samba_company;
mod samba_connections;
mod samba_flattening;
mod samba_held_back;
mod samba_hidden;
#[cfg(all(feature = "kerberos", target_os = "linux"))]
mod samba_kerberos;
mod samba_leavers;
mod samba_leaving;
mod samba_refusals;
mod samba_renames;
mod samba_support;
mod sandbox_api;
mod sandbox_details;
mod sandbox_directory;
mod sandbox_dynamic;
mod sandbox_faults;
mod sandbox_file;
mod sandbox_habits;
mod sandbox_hostile;
mod sandbox_insights;
mod sandbox_killed;
mod sandbox_limits;
mod sandbox_page;
mod sandbox_sync_agent;
mod sandbox_translation_rules;
mod saved_apply;
mod saved_file;
mod saved_prompt;
mod saved_refused;
mod saved_requests;
mod scenarios;
mod secrets;
#[cfg(unix)]
mod signals;
mod slapd_size_limit;
mod snapshot;
mod snapshot_example;
mod snapshot_secrets;
mod stories;
mod support;
mod sync_agent;
mod torn_streams;
mod unshown;
mod whole_reads;
