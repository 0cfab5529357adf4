//! From a source to a plan without the binary, for tests that need thousands of plans.

use adjunct::ad::{AdError, Source};
use adjunct::desired::{self, SelectError};
use adjunct::model::Organization;
use adjunct::plan::{self, Action, Allowances, Kind, Plan};
use adjunct::policy::Policy;
use jiff::Timestamp;

/// When all plans are made.
pub(crate) const NOW: &str = "2026-01-01T00:00:00Z";

/// Why there is no plan.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// The directory could not be read.
    Ad(AdError),
    /// What was read does not hold what the policy names.
    Select(SelectError),
}

impl From<AdError> for Refusal {
    fn from(error: AdError) -> Self {
        Self::Ad(error)
    }
}

impl From<SelectError> for Refusal {
    fn from(error: SelectError) -> Self {
        Self::Select(error)
    }
}

/// Reads the source and plans, in the steps of the binary.
pub(crate) async fn plan_of(
    mut source: Source,
    policy: &Policy,
    organization: &Organization,
) -> Result<Plan, Refusal> {
    let now: Timestamp = NOW.parse().unwrap();
    let mut directory = source.read().await?;
    directory.member_lookups = source.read_members(&desired::unresolved_members(policy, &directory)?).await?;
    let desired = desired::desire(policy, &directory, now)?;
    loop {
        let doubtful = plan::second_look_needed(policy, &directory, &desired, organization);
        if doubtful.is_empty() {
            break;
        }
        directory.second_looks.extend(source.second_look(&doubtful).await?);
    }
    Ok(plan::plan(policy, &directory, &desired, organization, &Allowances::default(), now))
}

/// The organization after this plan.
pub(crate) fn applied(plan: &Plan, organization: &Organization) -> Organization {
    plan::simulate(plan, organization, NOW.parse().unwrap())
}

/// Who and what a plan takes away or shuts out: users, groups and memberships, as `kind name`.
pub(crate) fn losses(plan: &Plan) -> Vec<String> {
    let is_loss = |action| matches!(action, Action::Remove | Action::Unbind | Action::Suspend | Action::Drop);
    let name = |kind| match kind {
        Kind::User => "user",
        Kind::Group => "group",
        Kind::Membership => "member",
    };
    let losses = plan.changes.iter().filter(|change| is_loss(change.action));
    losses.map(|change| format!("{} {}", name(change.kind), change.name)).collect()
}
