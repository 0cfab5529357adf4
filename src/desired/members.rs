//! Nested groups → flat members.
//!
//! JumpCloud groups hold users only, so each mirrored group gets everybody reached through it. Groups that contain
//! each other in a cycle have the same members. Work and memory are linear in the flattened result.

/// The direct members of one group.
#[derive(Debug, Clone, Default)]
pub(super) struct Direct {
    /// Indices of users.
    pub(super) users: Vec<u32>,
    /// Indices of members that cannot be read.
    pub(super) unreadable: Vec<u32>,
    /// Indices of groups.
    pub(super) groups: Vec<usize>,
}

/// For each group everything that `what` picks in it and in all groups below it, ascending and each once.
pub(super) fn flatten(groups: &[Direct], what: impl Fn(&Direct) -> &[u32]) -> Vec<Vec<u32>> {
    let mut flat: Vec<Vec<u32>> = vec![Vec::new(); groups.len()];
    for component in components(groups) {
        let mut users = Vec::new();
        for group in component.iter().filter_map(|&index| groups.get(index)) {
            users.extend_from_slice(what(group));
            // Groups of other components were emitted before this one; those of this one are still empty.
            for nested in &group.groups {
                users.extend(flat.get(*nested).into_iter().flatten());
            }
        }
        users.sort_unstable();
        users.dedup();
        for &index in &component {
            if let Some(slot) = flat.get_mut(index) {
                slot.clone_from(&users);
            }
        }
    }
    flat
}

/// Strongly connected components, nested before nesting (Tarjan 1972, with its own stack: nesting may be deep).
fn components(groups: &[Direct]) -> Vec<Vec<usize>> {
    const UNSEEN: usize = usize::MAX;
    let mut components = Vec::new();
    let mut order = vec![UNSEEN; groups.len()];
    let mut low = vec![UNSEEN; groups.len()];
    let mut is_open = vec![false; groups.len()];
    let mut open = Vec::new();
    let mut next = 0;
    for root in 0..groups.len() {
        if order.get(root) != Some(&UNSEEN) {
            continue;
        }
        // Each frame is a group and how many of its nested groups were followed.
        let mut frames = vec![(root, 0)];
        while let Some((group, followed)) = frames.last_mut() {
            let (group, position) = (*group, *followed);
            if position == 0 {
                set(&mut order, group, next);
                set(&mut low, group, next);
                set(&mut is_open, group, true);
                open.push(group);
                next += 1;
            }
            if let Some(&nested) = groups.get(group).and_then(|direct| direct.groups.get(position)) {
                *followed += 1;
                if order.get(nested) == Some(&UNSEEN) {
                    frames.push((nested, 0));
                } else if is_open.get(nested) == Some(&true) {
                    lower(&mut low, group, order.get(nested).copied());
                }
                continue;
            }
            frames.pop();
            if let Some((parent, _)) = frames.last() {
                let reached = low.get(group).copied();
                lower(&mut low, *parent, reached);
            }
            if low.get(group) == order.get(group) {
                let mut component = Vec::new();
                while let Some(member) = open.pop() {
                    set(&mut is_open, member, false);
                    component.push(member);
                    if member == group {
                        break;
                    }
                }
                components.push(component);
            }
        }
    }
    components
}

fn set<T>(slots: &mut [T], index: usize, value: T) {
    if let Some(slot) = slots.get_mut(index) {
        *slot = value;
    }
}

fn lower(low: &mut [usize], index: usize, to: Option<usize>) {
    if let (Some(slot), Some(to)) = (low.get_mut(index), to) {
        *slot = (*slot).min(to);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn direct(users: &[u32], groups: &[usize]) -> Direct {
        Direct { users: users.to_vec(), groups: groups.to_vec(), ..Direct::default() }
    }

    #[test]
    fn flattens_nesting() {
        let flat = flatten(&[direct(&[1, 2], &[1]), direct(&[3, 4], &[])], |group| &group.users);
        assert_eq!(flat, [vec![1, 2, 3, 4], vec![3, 4]]);
    }

    #[test]
    fn groups_of_a_cycle_share_their_members() {
        let flat = flatten(
            &[direct(&[1], &[1]), direct(&[2], &[2, 1]), direct(&[3], &[0]), direct(&[], &[2])],
            |group| &group.users,
        );
        assert_eq!(flat, vec![vec![1, 2, 3]; 4]);
    }

    #[test]
    fn survives_a_deep_chain() {
        let mut groups: Vec<Direct> = (1..20_000).map(|next| direct(&[], &[next])).collect();
        groups.push(direct(&[7], &[]));
        assert!(flatten(&groups, |group| &group.users).iter().all(|members| members == &[7]));
    }

    /// The obvious way: everything that a walk from one group reaches.
    fn walk(groups: &[Direct], start: usize) -> Vec<u32> {
        let mut seen = vec![false; groups.len()];
        let mut queue = vec![start];
        let mut users = Vec::new();
        while let Some(group) = queue.pop() {
            if !std::mem::replace(&mut seen[group], true) {
                users.extend_from_slice(&groups[group].users);
                queue.extend_from_slice(&groups[group].groups);
            }
        }
        users.sort_unstable();
        users.dedup();
        users
    }

    proptest! {
        #[test]
        fn equals_a_walk_from_each_group(
            edges in proptest::collection::vec((0usize..8, 0usize..8), 0..24),
            users in proptest::collection::vec((0usize..8, 0u32..12), 0..16),
        ) {
            let mut groups = vec![Direct::default(); 8];
            for (from, to) in edges {
                groups[from].groups.push(to);
            }
            for (group, user) in users {
                groups[group].users.push(user);
            }
            let expected: Vec<Vec<u32>> = (0..8).map(|group| walk(&groups, group)).collect();
            prop_assert_eq!(flatten(&groups, |group| &group.users), expected);
        }
    }
}
