//! Tests of the whole: real protocols, real servers, the real binary.
//!
//! Modules named `samba_…` need Samba's domain controller; `tests/run` installs it, or skips them and says so.

#![cfg(test)]

mod support;

mod samba_support;
