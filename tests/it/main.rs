//! Tests over real protocols, against servers in this process.

#[cfg(test)]
mod support;

#[cfg(test)]
mod jumpcloud_failure;
#[cfg(test)]
mod jumpcloud_read;
#[cfg(test)]
mod jumpcloud_shift;
#[cfg(test)]
mod jumpcloud_write;
#[cfg(test)]
mod sandbox_api;
#[cfg(test)]
mod sandbox_file;
