//! Tests against real protocols and the real binary, in one test binary.

#[cfg(test)]
mod support;

#[cfg(test)]
mod ad_bind;
#[cfg(test)]
mod ad_incomplete;
#[cfg(test)]
mod ad_ranges;
#[cfg(test)]
mod ad_read;
#[cfg(test)]
mod ad_second_look;
#[cfg(test)]
mod ad_tls;
