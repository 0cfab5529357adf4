//! The part of a plan that is done and looked at before the rest: `--canary N`.

use std::collections::BTreeSet;
use std::num::NonZeroUsize;

use super::only::with_needs;
use super::{Kind, Plan};
use crate::model::ObjectGuid;

impl Plan {
    /// Indices of the changes of the first `count` objects, in the order of the steps, and of whatever these need. A user
    /// goes with all its memberships, so that nobody is half of what he should be while the canary is looked at.
    pub fn canary(&self, count: NonZeroUsize) -> BTreeSet<usize> {
        let mut objects: BTreeSet<(Kind, ObjectGuid)> = BTreeSet::new();
        for object in self.steps.iter().filter_map(|step| self.object(step.change)) {
            if objects.len() == count.get() {
                break;
            }
            objects.insert(object);
        }
        let is_of_them =
            |change: &usize| self.object(*change).is_some_and(|object| objects.contains(&object));
        with_needs((0..self.changes.len()).filter(is_of_them).collect(), &self.steps)
    }

    /// How many users and groups these changes are of.
    pub fn objects(&self, changes: &BTreeSet<usize>) -> usize {
        changes.iter().filter_map(|change| self.object(*change)).collect::<BTreeSet<_>>().len()
    }

    /// Whom a change is of: a membership is the user's.
    fn object(&self, change: usize) -> Option<(Kind, ObjectGuid)> {
        let change = self.changes.get(change)?;
        let kind = if change.kind == Kind::Membership { Kind::User } else { change.kind };
        Some((kind, change.guid))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::super::{Action, Change, Deed, GroupRef, Stage, Step};
    use super::*;

    fn guid(number: u32) -> ObjectGuid {
        format!("{number:08x}-0000-4000-8000-000000000000").parse().unwrap()
    }

    fn change(kind: Kind, number: u32, group: Option<u32>) -> Change {
        Change {
            kind,
            action: if kind == Kind::Membership { Action::Add } else { Action::Create },
            name: number.to_string(),
            guid: guid(number),
            group: group.map(|group| GroupRef {
                name: group.to_string(),
                guid: guid(group),
                jumpcloud_id: None,
            }),
            jumpcloud_id: None,
            cause: None,
            because: String::new(),
            fields: Vec::new(),
            parked: BTreeMap::new(),
            coming_manager: None,
            managers: BTreeMap::new(),
            is_silent: false,
        }
    }

    /// Two users, two groups, and each user in one of them.
    fn plan() -> Plan {
        let changes = vec![
            change(Kind::User, 1, None),
            change(Kind::User, 2, None),
            change(Kind::Group, 10, None),
            change(Kind::Group, 20, None),
            change(Kind::Membership, 1, Some(20)),
            change(Kind::Membership, 2, Some(10)),
        ];
        let needs: [&[usize]; 6] = [&[], &[], &[], &[], &[0, 3], &[1, 2]];
        let stage = |change| if change < 4 { Stage::Objects } else { Stage::Memberships };
        let steps = needs.iter().enumerate().map(|(change, after)| Step {
            change,
            deed: Deed::Write,
            stage: stage(change),
            after: after.to_vec(),
        });
        Plan { steps: steps.collect(), changes, ..Plan::default() }
    }

    fn canary(plan: &Plan, count: usize) -> Vec<usize> {
        plan.canary(NonZeroUsize::new(count).unwrap()).into_iter().collect()
    }

    #[test]
    fn a_user_comes_with_its_memberships_and_the_groups_that_these_need() {
        let plan = plan();
        assert_eq!(canary(&plan, 1), [0, 3, 4]);
        assert_eq!(plan.objects(&[0, 3, 4].into()), 2);
        assert_eq!(canary(&plan, 2), [0, 1, 2, 3, 4, 5], "of two users nothing is left");
    }

    #[test]
    fn the_whole_is_the_most() {
        for count in [4, 5, 500] {
            assert_eq!(canary(&plan(), count).len(), 6);
        }
        assert_eq!(canary(&Plan::default(), 1), [0; 0]);
    }

    #[test]
    fn users_whose_memberships_alone_change_count_as_objects() {
        let mut plan = plan();
        plan.steps.drain(..4);
        plan.steps.iter_mut().for_each(|step| step.after.clear());
        assert_eq!(canary(&plan, 1), [0, 4]);
    }
}
