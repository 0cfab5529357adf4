//! The block `limits`.

use super::super::error::Problems;
use super::super::problem::Problem;
use super::super::syntax::Node;
use super::super::{Limit, Limits};
use super::value::read_number;

/// The limits, each half that is not written at its default.
pub(super) fn read(policy: &Node, problems: &mut Problems) -> Limits {
    let defaults = Limits::default();
    let Some(block) = policy.child_block("limits") else { return defaults };
    let mut read = |name, default, form| {
        block.child(name).and_then(|node| read_limit(node, default, form, problems)).unwrap_or(default)
    };
    Limits {
        removals: read("removals", defaults.removals, "removals 20 percent=10"),
        suspensions: read("suspensions", defaults.suspensions, "suspensions 20 percent=10"),
        membership_removals: read(
            "membership-removals",
            defaults.membership_removals,
            "membership-removals 200 percent=20",
        ),
        attribute_changes: read(
            "attribute-changes",
            defaults.attribute_changes,
            "attribute-changes 500 percent=50",
        ),
    }
}

fn read_limit(node: &Node, default: Limit, form: &'static str, problems: &mut Problems) -> Option<Limit> {
    let number = node.arguments.first();
    let percent = node.property("percent");
    if number.is_none() && percent.is_none() {
        let problem = Problem::MissingLimit { name: node.name.value.clone(), form };
        problems.report(node.name.span, problem);
        return None;
    }
    let number = match number {
        Some(value) => read_number("the number", value, (0, MOST), form, problems),
        None => Some(default.number),
    };
    let percent = match percent {
        Some(value) => read_number("the percentage", value, (0, 100), form, problems)
            .and_then(|percent| u8::try_from(percent).ok()),
        None => Some(default.percent),
    };
    Some(Limit { number: number?, percent: percent? })
}

/// More than any organization has.
const MOST: u64 = 1_000_000_000;
