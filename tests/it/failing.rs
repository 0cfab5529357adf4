//! One request fails, whichever: its object fails alone, and the next run finishes.

use adjunct::sandbox::{Fault, FaultKind, Turn};
use serde_json::Value;

use crate::support::crossing::{Cut, Side};
use crate::support::desk::Desk;
use crate::support::organization::{Organization, text};
use crate::support::remains::{difference, essence};
use crate::support::staff::Staff;
