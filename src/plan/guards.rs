//! Checks that stop a plan from being applied. They judge the finished plan.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use super::directory;
use super::hold::Settled;
use super::scope::Scope;
use super::{Action, Change, Kind};
use crate::desired::Desired;
use crate::model::{Field, Organization};
use crate::policy::{Limit, Policy};

/// Which guard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum GuardName {
    /// The security group has no eligible user.
    Empty,
    /// Too many users or groups are removed.
    Removals,
    /// Too many users are suspended.
    Suspensions,
    /// Too many memberships are removed.
    MembershipRemovals,
    /// Too many values of one field are blanked or changed.
    AttributeChanges,
    /// JumpCloud would write into Active Directory what is bound. Nothing lifts it.
    SyncAgent,
}

impl GuardName {
    /// Those that `--allow` lifts.
    const LIFTABLE: [Self; 5] =
        [Self::Empty, Self::Removals, Self::Suspensions, Self::MembershipRemovals, Self::AttributeChanges];
}

impl fmt::Display for GuardName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "empty",
            Self::Removals => "removals",
            Self::Suspensions => "suspensions",
            Self::MembershipRemovals => "membership-removals",
            Self::AttributeChanges => "attribute-changes",
            Self::SyncAgent => "sync-agent",
        })
    }
}

/// A guard that stops the plan.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Guard {
    /// Which one.
    pub guard: GuardName,
    /// What it counts: `users`, `groups`, `memberships`, a field's name, `eligible users` or `sync agents`.
    pub of: String,
    /// How many there are.
    pub measured: u64,
    /// The number that it exceeds; none for `empty` and `sync-agent`, as for the next two.
    pub limit: Option<u64>,
    /// The percentage that it exceeds; none where an allowance stands in the place of both.
    pub percent: Option<u8>,
    /// How many are owned, of which the percentage is taken.
    pub owned: Option<u64>,
    /// The flag that lifts it for one run, whatever else it counts; none for `sync-agent`.
    pub allow: Option<String>,
}

/// How much of one thing a plan takes away, against what may be taken away at once.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Measure {
    /// The guard that looks at it.
    pub guard: GuardName,
    /// What is counted: `users`, `groups`, `memberships` or a field's name.
    pub of: String,
    /// How many there are, at least 1.
    pub measured: u64,
    /// How many are owned, of which the percentage is taken.
    pub owned: u64,
    /// The most that passes.
    pub limit: Limit,
}

/// What `--allow` lifts for one run. Of several for one guard, that which lets most pass counts.
///
/// As data: the number that replaces the limit, by guard; null lifts it whole.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct Allowances(BTreeMap<GuardName, Option<u64>>);

/// One `--allow GUARD[=N]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allow {
    guard: GuardName,
    /// The number that replaces the limit; none lifts it.
    number: Option<u64>,
}

/// Why a text is no allowance.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParseAllow {
    /// No guard of that name can be lifted.
    #[error(
        "no guard that can be lifted is called {0:?}; there are empty, removals, suspensions, membership-removals and attribute-changes"
    )]
    UnknownGuard(String),
    /// Something other than a number behind `=`.
    #[error("{0:?} is not a whole number")]
    NotANumber(String),
    /// A number for a guard that counts nothing.
    #[error("empty takes no number")]
    NumberForEmpty,
}

impl FromStr for Allow {
    type Err = ParseAllow;

    fn from_str(text: &str) -> Result<Self, ParseAllow> {
        let (name, number) = text.split_once('=').map_or((text, None), |(name, number)| (name, Some(number)));
        let guard = GuardName::LIFTABLE
            .into_iter()
            .find(|guard| guard.to_string() == name)
            .ok_or_else(|| ParseAllow::UnknownGuard(name.to_owned()))?;
        let number = number
            .map(|number| number.parse().map_err(|_| ParseAllow::NotANumber(number.to_owned())))
            .transpose()?;
        if guard == GuardName::Empty && number.is_some() {
            return Err(ParseAllow::NumberForEmpty);
        }
        Ok(Self { guard, number })
    }
}

impl FromIterator<Allow> for Allowances {
    fn from_iter<T: IntoIterator<Item = Allow>>(allows: T) -> Self {
        let mut numbers = BTreeMap::new();
        for Allow { guard, number } in allows {
            // One guard may stop users and groups at once, each with a flag of its own: pasting both lifts both.
            let most = numbers.entry(guard).or_insert(number);
            *most = most.zip(number).map(|(most, number)| most.max(number));
        }
        Self(numbers)
    }
}

impl Allowances {
    fn lifts_whole(&self, guard: GuardName) -> bool {
        self.0.get(&guard) == Some(&None)
    }

    fn number(&self, guard: GuardName) -> Option<u64> {
        self.0.get(&guard).copied().flatten()
    }
}

/// What guards hold a plan against, and the plan itself does not show.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Census {
    /// Selected users who can be imported.
    pub eligible_users: u64,
    /// Sync agents at the Active Directory object that the plan binds to.
    pub sync_agents: u64,
    /// Owned users.
    pub owned_users: u64,
    /// Owned groups.
    pub owned_groups: u64,
    /// Memberships of owned users in owned groups, and in those that are adopted.
    pub owned_memberships: u64,
}

/// Counts what guards hold a plan against.
pub(super) fn census(
    policy: &Policy,
    desired: &Desired,
    organization: &Organization,
    scope: &Scope,
    settled: &Settled,
) -> Census {
    let eligible_users = (0..desired.users.len()).filter(|&index| settled.is_user_eligible(index)).count();
    Census {
        eligible_users: number(eligible_users),
        sync_agents: number(directory::sync_agents(policy, organization)),
        owned_users: number(scope.users.len()),
        owned_groups: number(scope.groups.len()),
        owned_memberships: number(owned_memberships(organization, scope)),
    }
}

fn number(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}

/// What these changes take away, against the policy's limits; nothing that they leave alone.
pub fn measure(policy: &Policy, census: &Census, changes: &[Change]) -> Vec<Measure> {
    let count = |kind, actions: &[Action]| {
        changes.iter().filter(|change| change.kind == kind && actions.contains(&change.action)).count()
    };
    let gone = [Action::Remove, Action::Unbind];
    let limits = &policy.limits;
    let Census { owned_users: users, owned_groups: groups, owned_memberships: memberships, .. } = *census;
    let mut measures = vec![
        Measure::new(GuardName::Removals, "users", count(Kind::User, &gone), users, limits.removals),
        Measure::new(GuardName::Removals, "groups", count(Kind::Group, &gone), groups, limits.removals),
        Measure::new(
            GuardName::Suspensions,
            "users",
            count(Kind::User, &[Action::Suspend]),
            users,
            limits.suspensions,
        ),
        Measure::new(
            GuardName::MembershipRemovals,
            "memberships",
            count(Kind::Membership, &[Action::Drop]),
            memberships,
            limits.membership_removals,
        ),
    ];
    for (field, measured) in values_lost(policy, changes) {
        let (name, limit) = (field.to_string(), limits.attribute_changes);
        measures.push(Measure::new(GuardName::AttributeChanges, &name, measured, users, limit));
    }
    measures.retain(|measure| measure.measured > 0);
    measures
}

/// The guards that a plan trips. The same census and measures give the same verdict, whoever asks and whenever.
pub fn trip(census: &Census, measures: &[Measure], allowances: &Allowances) -> Vec<Guard> {
    let mut guards = Vec::new();
    if census.eligible_users == 0 && !allowances.lifts_whole(GuardName::Empty) {
        guards.push(Guard {
            guard: GuardName::Empty,
            of: "eligible users".to_owned(),
            measured: 0,
            limit: None,
            percent: None,
            owned: None,
            allow: Some("--allow empty".to_owned()),
        });
    }
    if census.sync_agents > 0 {
        guards.push(Guard {
            guard: GuardName::SyncAgent,
            of: "sync agents".to_owned(),
            measured: census.sync_agents,
            limit: None,
            percent: None,
            owned: None,
            allow: None,
        });
    }
    guards.extend(judge(measures, allowances));
    guards
}

/// The guards that these measures trip. The same measures give the same verdict, whoever asks and whenever.
pub fn judge(measures: &[Measure], allowances: &Allowances) -> Vec<Guard> {
    let mut guards: Vec<Guard> = measures.iter().filter_map(|measure| measure.exceeded(allowances)).collect();
    for guard in &mut guards {
        // The number of an allowance holds for all that the guard counts.
        let counted = measures.iter().filter(|measure| measure.guard == guard.guard);
        let most = counted.map(|measure| measure.measured).max().unwrap_or(guard.measured);
        guard.allow = Some(format!("--allow {}={most}", guard.guard));
    }
    guards
}

impl Measure {
    fn new(guard: GuardName, of: &str, measured: usize, owned: u64, limit: Limit) -> Self {
        Self { guard, of: of.to_owned(), measured: number(measured), owned, limit }
    }

    fn exceeded(&self, allowances: &Allowances) -> Option<Guard> {
        let Self { guard, of, measured, owned, limit } = self;
        let (guard, measured) = (*guard, *measured);
        let is_exceeded = match allowances.number(guard) {
            Some(number) => measured > number,
            None => {
                measured > limit.number
                    || (measured >= 2
                        && measured.saturating_mul(100) > owned.saturating_mul(u64::from(limit.percent)))
            }
        };
        (is_exceeded && !allowances.lifts_whole(guard)).then(|| Guard {
            guard,
            of: of.clone(),
            measured,
            limit: Some(allowances.number(guard).unwrap_or(limit.number)),
            percent: allowances.number(guard).is_none().then_some(limit.percent),
            owned: Some(*owned),
            allow: None,
        })
    }
}

/// For each mapped field, how many owned users lose the value that they have. Marks, external fields and locks do not
/// count.
fn values_lost<'c>(policy: &Policy, changes: &'c [Change]) -> BTreeMap<&'c Field, usize> {
    let mut lost = BTreeMap::new();
    // Adoptions and creations are no loss.
    let is_counted = |change: &&Change| {
        change.kind == Kind::User && matches!(change.action, Action::Update | Action::Activate)
    };
    for change in changes.iter().filter(is_counted) {
        for field in &change.fields {
            let is_mapped = policy.mappings.iter().any(|mapping| mapping.field == field.field);
            if is_mapped && field.before.is_some() {
                *lost.entry(&field.field).or_default() += 1;
            }
        }
    }
    lost
}

fn owned_memberships(organization: &Organization, scope: &Scope) -> usize {
    // Those of adopted groups are ours from now on, and may end in this very plan.
    scope
        .groups
        .values()
        .flatten()
        .chain(scope.adopted_groups.values())
        .filter_map(|group| organization.members.get(group))
        .map(|members| members.iter().filter(|member| scope.user_guids.contains_key(*member)).count())
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_a_number_and_a_percentage() {
        let limit = Limit { number: 20, percent: 10 };
        let exceeded = |measured, owned, allow: &str| {
            let allowances = allow.split_whitespace().map(|allow| allow.parse().unwrap()).collect();
            !judge(&[Measure::new(GuardName::Removals, "users", measured, owned, limit)], &allowances)
                .is_empty()
        };
        for (measured, owned, allow, expected) in [
            (0, 0, "", false),
            (1, 3, "", false),
            (2, 3, "", true),
            (2, 20, "", false),
            (3, 20, "", true),
            (20, 1000, "", false),
            (21, 1000, "", true),
            (40, 1000, "removals=40", false),
            (41, 1000, "removals=40", true),
            (2, 3, "removals=2", false),
            (900, 1000, "removals", false),
            (900, 1000, "membership-removals", true),
        ] {
            assert_eq!(exceeded(measured, owned, allow), expected, "{measured} of {owned} with {allow:?}");
        }
    }

    #[test]
    fn the_flag_of_a_guard_lifts_all_that_it_counts() {
        let limit = Limit { number: 20, percent: 10 };
        let measure = |of, measured, owned| Measure::new(GuardName::Removals, of, measured, owned, limit);
        for (users, groups, stopped, flag) in [
            ((25, 1000), (30, 1000), &["users", "groups"][..], "--allow removals=30"),
            ((30, 1000), (25, 1000), &["users", "groups"], "--allow removals=30"),
            // Groups are within the limit, and would not be within what is allowed for users alone.
            ((3, 4), (15, 1000), &["users"], "--allow removals=15"),
        ] {
            let measures = [measure("users", users.0, users.1), measure("groups", groups.0, groups.1)];
            let guards = judge(&measures, &Allowances::default());
            let of: Vec<&str> = guards.iter().map(|guard| guard.of.as_str()).collect();
            assert_eq!(of, stopped);
            for guard in guards {
                assert_eq!((guard.percent, guard.allow.as_deref()), (Some(10), Some(flag)));
            }
            let allow = flag.strip_prefix("--allow ").unwrap().parse().unwrap();
            assert_eq!(judge(&measures, &Allowances::from_iter([allow])), []);
        }
        let too_few = Allowances::from_iter(["removals=5".parse().unwrap()]);
        let guards = judge(&[measure("users", 6, 1000)], &too_few);
        assert_eq!((guards[0].limit, guards[0].percent), (Some(5), None), "the percentage does not count");
    }

    #[test]
    fn refuses_allowances_that_mean_nothing() {
        for text in ["", "removal", "removals=", "removals=many", "removals=-1", "empty=3", "sync-agent"] {
            assert!(text.parse::<Allow>().is_err(), "{text}");
        }
    }
}
