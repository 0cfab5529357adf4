//! Tests of the whole: real protocols, real servers, the real binary.
//!
//! Modules named `samba_…` need Samba's domain controller; `tests/run` installs it, or skips them and says so.

#![cfg(test)]

mod support;

mod example;
mod samba_company;
mod samba_flattening;
mod samba_held_back;
mod samba_hidden;
mod samba_leavers;
mod samba_refusals;
mod samba_renames;
mod samba_support;
