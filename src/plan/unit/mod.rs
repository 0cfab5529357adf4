//! The tests of a policy, held against the plan that was made for them.
//!
//! An expectation either holds or is a [`Miss`], which says what is so instead and why, as a value: how it looks is for
//! [`crate::render`].

mod membership;
mod object;
mod subject;
#[cfg(test)]
mod tests;
mod words;

use jiff::Timestamp;

use super::{Guard, HeldBack, Kind, Measure, Plan};
use crate::desired::Desired;
use crate::model::{Directory, Organization};
use crate::policy::unit::{Deed, Expectation, Expected, Objects};
use crate::policy::{Limit, Policy};

/// What a plan was made of, and the plan.
#[derive(Debug, Clone, Copy)]
pub struct Examined<'a> {
    /// The policy.
    pub policy: &'a Policy,
    /// What Active Directory holds.
    pub directory: &'a Directory,
    /// What that means.
    pub desired: &'a Desired,
    /// What JumpCloud holds before the plan is done.
    pub organization: &'a Organization,
    /// The plan.
    pub plan: &'a Plan,
    /// When it was made.
    pub now: Timestamp,
}

/// An expectation that does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Miss {
    /// The line of the expectation, from 1; that of the test where it is about something that the test does not mention.
    pub line: usize,
    /// What was expected, in words.
    pub expected: String,
    /// What is so instead. Never empty.
    pub found: Vec<Found>,
}

/// What is so instead of what was expected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// In words.
    Words(String),
    /// A field that holds another value afterwards; none for no value.
    Value {
        /// The field.
        field: String,
        /// What was expected.
        expected: Option<String>,
        /// What it holds.
        found: Option<String>,
    },
    /// A text that is another one.
    Text {
        /// What was expected.
        expected: String,
        /// What it is.
        found: String,
    },
    /// A guard that stops the plan.
    Stopped(Guard),
}

/// The most objects that one miss lists before it counts the rest.
const LISTED: usize = 8;

/// The expectations that do not hold, in their order. Those of whole plans are for whoever can read their files, and hold
/// here.
///
/// `line` is the test's. A guard that stops the plan is something that a test has to mention, be it by a whole plan.
pub fn examine(line: usize, expectations: &[Expectation], examined: &Examined<'_>) -> Vec<Miss> {
    let misses = expectations.iter().filter_map(|Expectation { line, expected }| {
        let found = found(expected, examined);
        (!found.is_empty()).then(|| Miss { line: *line, expected: words::expected(expected), found })
    });
    misses.chain(unmentioned_guards(line, expectations, examined.plan)).collect()
}

/// What is so instead; nothing where the expectation holds.
fn found(expected: &Expected, examined: &Examined<'_>) -> Vec<Found> {
    match expected {
        Expected::Object { of, name, deed, cause, reason, fields } => {
            let wanted = object::Wanted { deed: *deed, cause: *cause, reason: *reason, fields };
            object::found(kind_of(*of), name, &wanted, examined)
        }
        Expected::Membership { user, group, deed } => membership::found(user, group, *deed, examined),
        Expected::None { deed, of } => found_some(*deed, of, examined.plan),
        Expected::Guard(guard) => found_unstopped(guard, examined.plan),
        Expected::Plan(_) => Vec::new(),
    }
}

fn kind_of(of: Objects) -> Kind {
    match of {
        Objects::Users => Kind::User,
        Objects::Groups => Kind::Group,
        Objects::Memberships => Kind::Membership,
    }
}

/// Those that something becomes of, although nothing was to become of any.
fn found_some(deed: Option<Deed>, of: &[Objects], plan: &Plan) -> Vec<Found> {
    let kinds: Vec<Kind> = of.iter().copied().map(kind_of).collect();
    let held = plan.held_back.iter().filter(|held| kinds.contains(&held.kind)).map(words::held_back);
    let changes = plan.changes.iter().filter(|change| kinds.contains(&change.kind));
    let all: Vec<String> = match deed {
        Some(Deed::HeldBack) => held.collect(),
        deed => changes
            .filter(|change| deed.is_none_or(|deed| object::does(change, deed)))
            .map(words::change)
            .collect(),
    };
    let more = all.len().saturating_sub(LISTED);
    let more = (more > 0).then(|| format!("and {more} more"));
    all.into_iter().take(LISTED).chain(more).map(Found::Words).collect()
}

/// What a guard measured that was to stop the plan and does not.
fn found_unstopped(guard: &str, plan: &Plan) -> Vec<Found> {
    if plan.guards.iter().any(|stopping| stopping.guard.to_string() == guard) {
        return Vec::new();
    }
    let counted = plan.measures.iter().filter(|measure| measure.guard.to_string() == guard);
    let mut all: Vec<Found> = counted
        .map(|Measure { measured, owned, of, limit, guard: _ }| {
            let Limit { number, percent } = limit;
            Found::Words(format!(
                "it lets {measured} of {owned} ({of}) pass: the limit is {number} or {percent} %"
            ))
        })
        .collect();
    if all.is_empty() {
        all.push(Found::Words("there is nothing that it stops".to_owned()));
    }
    all
}

fn unmentioned_guards(line: usize, expectations: &[Expectation], plan: &Plan) -> Option<Miss> {
    let is_mentioned = |guard: &Guard| {
        expectations.iter().any(|expectation| match &expectation.expected {
            Expected::Guard(name) => guard.guard.to_string() == *name,
            Expected::Plan(_) => true,
            Expected::Object { .. } | Expected::Membership { .. } | Expected::None { .. } => false,
        })
    };
    let unmentioned = plan.guards.iter().filter(|guard| !is_mentioned(guard));
    let found: Vec<Found> = unmentioned.cloned().map(Found::Stopped).collect();
    (!found.is_empty()).then(|| Miss { line, expected: "no guard stops the plan".to_owned(), found })
}
