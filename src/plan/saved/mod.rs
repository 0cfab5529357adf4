//! A plan that is kept: approved now, applied later.
//!
//! The file is JSON that people can read, below one line that seals it ([`seal()`]). It holds the whole [`Plan`],
//! what it was made from and for, and what the guards are to judge again. There are no secrets in it: they are fetched
//! through the policy when it is applied.
//!
//! What JumpCloud must still look like stands in the plan itself and nowhere else, so that it cannot differ from what was
//! approved: each change names its object and the values before, and from the policy's name and domain follows the mark
//! that the object must carry, or that nobody may carry yet. [`needs()`] says what has to be read for that, and
//! [`differences`] what does not hold.
//!
//! The types of the plan are stored as they are. Their names in the file are a public promise
//! (`schemas/saved-plan.schema.json`), and change with [`FORMAT_VERSION`] alone.

mod error;
mod expectation;
mod needs;
mod seal;

pub use error::SavedPlanError;
pub use expectation::{Difference, differences};
pub use needs::{Needs, needs};
pub use seal::{FORMAT_VERSION, Seal, is_saved_plan, seal};

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::{Action, Allowances, Header, Kind, Plan};

/// How long a saved plan can be applied.
pub const LIFETIME: SignedDuration = SignedDuration::from_hours(24);

/// A plan with all that it takes to apply it later. In its file one line stands above it, `adjunct plan 1.0 sha256:` (or a later
/// version) and the digest of everything below.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct SavedPlan {
    /// Version of this form. It comes first: by it a damaged file is known.
    #[serde(rename = "saved_plan")]
    format_version: String,
    /// The version of adjunct that made the plan. No other applies it.
    pub tool_version: String,
    /// When it was made.
    #[cfg_attr(test, schemars(with = "String"))]
    pub created: Timestamp,
    /// From when on it cannot be applied.
    #[cfg_attr(test, schemars(with = "String"))]
    pub expires: Timestamp,
    /// The policy file: an absolute path, links followed.
    pub policy_file: String,
    /// The values that the policy's variables were given. They count when the plan is applied, and no others.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub variables: BTreeMap<String, String>,
    /// The policy with its digest, where the directory was read from, and where changes go.
    pub header: Header,
    /// The guards that were lifted.
    pub allow: Allowances,
    /// How large the organization was.
    pub population: Population,
    /// The plan.
    pub plan: Plan,
}

/// How many objects an organization has; decides how it is read again, never what is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Population {
    /// Users.
    pub users: u64,
    /// User groups.
    pub groups: u64,
}

impl SavedPlan {
    /// A plan as it is kept from the time `now` on; of a policy file with the values of its variables.
    pub fn new(
        plan: Plan,
        header: Header,
        allow: Allowances,
        population: Population,
        (policy_file, variables): (String, BTreeMap<String, String>),
        tool_version: String,
        now: Timestamp,
    ) -> Self {
        Self {
            // The least that reads it rightly: before 1.1 nobody knew of variables.
            format_version: if variables.is_empty() { "1.0" } else { FORMAT_VERSION }.to_owned(),
            tool_version,
            created: now,
            // Only the end of time is no day away.
            expires: now.checked_add(LIFETIME).unwrap_or(Timestamp::MAX),
            policy_file,
            variables,
            header,
            allow,
            population,
            plan,
        }
    }

    /// The body of the file, indented, ending in a line feed; [`seal()`] makes the file of it.
    ///
    /// # Errors
    /// Never for a plan that can be made.
    pub fn to_json(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string_pretty(self).map(|text| format!("{text}\n"))
    }

    /// Reads a file, and the seal that it carries.
    ///
    /// # Errors
    /// When one byte differs from what was written, when a later version wrote it, or when a file with a right seal is
    /// no plan.
    pub fn parse(file: &[u8]) -> Result<(Self, Seal), SavedPlanError> {
        let (body, seal) = seal::unseal(file)?;
        let mut saved: Self = serde_json::from_str(body).map_err(SavedPlanError::UnknownForm)?;
        for change in &mut saved.plan.changes {
            // The end of a membership is spelled as that of an object.
            if (change.kind, change.action) == (Kind::Membership, Action::Remove) {
                change.action = Action::Drop;
            }
        }
        if has_fit_steps(&saved.plan) { Ok((saved, seal)) } else { Err(SavedPlanError::UnfitSteps) }
    }

    /// Whether the time to apply it is over.
    pub fn is_expired(&self, now: Timestamp) -> bool {
        now >= self.expires
    }
}

/// Whether each step does a change that is there, after steps before it, and each change is written once.
fn has_fit_steps(plan: &Plan) -> bool {
    let mut written = vec![false; plan.changes.len()];
    let is_each_fit = plan.steps.iter().enumerate().all(|(index, step)| {
        let Some(written) = written.get_mut(step.change) else { return false };
        let is_first = match step.deed {
            super::Deed::Park => true,
            super::Deed::Manage => *written,
            super::Deed::Write => !std::mem::replace(written, true),
        };
        is_first && step.after.iter().all(|before| *before < index)
    });
    is_each_fit && written.into_iter().all(|is_written| is_written)
}

#[cfg(test)]
mod schema {
    use std::path::Path;

    /// Set `ADJUNCT_WRITE_SCHEMAS=1` to write it anew.
    #[test]
    fn stands_in_its_file() {
        let schema = schemars::schema_for!(super::SavedPlan);
        let expected = format!("{}\n", serde_json::to_string_pretty(&schema).unwrap());
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas/saved-plan.schema.json");
        if std::env::var_os("ADJUNCT_WRITE_SCHEMAS").is_some() {
            std::fs::write(&path, &expected).unwrap();
        }
        assert_eq!(std::fs::read_to_string(&path).unwrap_or_default(), expected);
    }
}
