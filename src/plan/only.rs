//! A part of a plan: `--only user:GLOB` and `--only group:GLOB`.
//!
//! A selector names users or groups by the names that the plan shows. What it leaves is a plan of its own: whatever a
//! kept change needs is kept with it, so that no step waits for one that is not there. Which action a change carries plays
//! no part.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

use super::{Change, HeldBack, Kind, Step};
use crate::model::{Dn, Field, Note, ObjectGuid};
use crate::policy::Pattern;

/// What a run is limited to. Without a selector it is the whole.
#[derive(Debug, Clone, Default)]
pub struct Only(Vec<Selector>);

/// One `user:GLOB` or `group:GLOB`. In GLOB `*` is any run of characters and `?` one; everything else is literal, and
/// case does not matter ([`Pattern`]).
#[derive(Debug, Clone)]
pub struct Selector {
    concerns: Concerns,
    pattern: Pattern,
}

/// Whom a selector names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Concerns {
    /// Users, and their memberships.
    Users,
    /// Groups, and the memberships in them.
    Groups,
}

/// Why a text is no selector.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParseSelector {
    /// Neither `user:` nor `group:` in front.
    #[error("{0:?} is not of the form user:GLOB or group:GLOB, such as user:ada* or group:Sales?EMEA")]
    NoKind(String),
    /// Nothing behind the colon.
    #[error("{0:?} names nobody: the form is {0}GLOB, where * is any run of characters and ? one")]
    NoPattern(String),
    /// A pattern that can match nothing.
    #[error("the pattern is longer than any name: at most {} characters can match", Pattern::LONGEST)]
    TooLong,
}

impl FromStr for Selector {
    type Err = ParseSelector;

    fn from_str(text: &str) -> Result<Self, ParseSelector> {
        let (concerns, pattern) = if let Some(pattern) = text.strip_prefix("user:") {
            (Concerns::Users, pattern)
        } else if let Some(pattern) = text.strip_prefix("group:") {
            (Concerns::Groups, pattern)
        } else {
            return Err(ParseSelector::NoKind(text.to_owned()));
        };
        if pattern.is_empty() {
            return Err(ParseSelector::NoPattern(text.to_owned()));
        }
        if pattern.chars().count() > Pattern::LONGEST {
            return Err(ParseSelector::TooLong);
        }
        Ok(Self { concerns, pattern: Pattern::new(pattern) })
    }
}

impl fmt::Display for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.concerns {
            Concerns::Users => "user",
            Concerns::Groups => "group",
        };
        write!(f, "{kind}:{}", self.pattern.as_str())
    }
}

impl FromIterator<Selector> for Only {
    fn from_iter<T: IntoIterator<Item = Selector>>(selectors: T) -> Self {
        Self(selectors.into_iter().collect())
    }
}

impl Only {
    /// The selectors as written, in the order given.
    pub fn selectors(&self) -> Vec<String> {
        self.0.iter().map(Selector::to_string).collect()
    }

    fn is_everything(&self) -> bool {
        self.0.is_empty()
    }

    fn names(&self, concerns: Concerns, name: &str) -> bool {
        self.0.iter().any(|selector| selector.concerns == concerns && selector.pattern.matches(name))
    }

    /// The changes that are named, whatever these need, and the steps of both.
    pub(super) fn keep(&self, changes: Vec<Change>, steps: Vec<Step>) -> (Vec<Change>, Vec<Step>) {
        if self.is_everything() {
            return (changes, steps);
        }
        let kept = with_needs(self.named(&changes), &steps);
        cut(changes, steps, &kept)
    }

    /// Indices of the changes that are named.
    fn named(&self, changes: &[Change]) -> BTreeSet<usize> {
        // Under any of its names: a membership shows only one of them.
        let objects: BTreeSet<(Kind, ObjectGuid)> = changes
            .iter()
            .filter(|change| self.names_object(change))
            .map(|change| (change.kind, change.guid))
            .collect();
        let is_named = |change: &Change| match change.kind {
            Kind::User | Kind::Group => objects.contains(&(change.kind, change.guid)),
            Kind::Membership => {
                let is_in_group = change.group.as_ref().is_some_and(|group| {
                    self.names(Concerns::Groups, &group.name) || objects.contains(&(Kind::Group, group.guid))
                });
                is_in_group
                    || self.names(Concerns::Users, &change.name)
                    || objects.contains(&(Kind::User, change.guid))
            }
        };
        changes.iter().enumerate().filter(|(_, change)| is_named(change)).map(|(index, _)| index).collect()
    }

    /// Whether the change of a user or group is named: by the name that it shows, the one before or the one after.
    fn names_object(&self, change: &Change) -> bool {
        let (concerns, field) = match change.kind {
            Kind::User => (Concerns::Users, Field::Username),
            Kind::Group => (Concerns::Groups, Field::Name),
            Kind::Membership => return false,
        };
        let field = change.field(&field);
        let names = field.into_iter().flat_map(|field| [&field.before, &field.after]).flatten();
        names.chain([&change.name]).any(|name| self.names(concerns, name))
    }

    /// Whether an object that is held back is named.
    pub(super) fn keeps_held_back(&self, held: &HeldBack) -> bool {
        self.is_everything()
            || match held.kind {
                Kind::User => self.names(Concerns::Users, &held.name),
                Kind::Group => self.names(Concerns::Groups, &held.name),
                Kind::Membership => self.names_any(&held.name),
            }
    }

    /// Whether a note is about somebody who is named. A note does not tell users from groups; of a DN its first value
    /// counts as well.
    pub(super) fn keeps_note(&self, note: &Note) -> bool {
        self.is_everything()
            || self.names_any(&note.subject)
            || Dn::parse(&note.subject).is_ok_and(|dn| self.names_any(&dn.rdn_value()))
    }

    fn names_any(&self, name: &str) -> bool {
        self.names(Concerns::Users, name) || self.names(Concerns::Groups, name)
    }
}

/// The changes and, step by step, those that they wait for. A change takes all its steps along: nobody is parked and
/// left.
pub(super) fn with_needs(named: BTreeSet<usize>, steps: &[Step]) -> BTreeSet<usize> {
    let mut steps_of: BTreeMap<usize, Vec<&Step>> = BTreeMap::new();
    for step in steps {
        steps_of.entry(step.change).or_default().push(step);
    }
    let mut pending: Vec<usize> = named.iter().copied().collect();
    let mut kept = named;
    while let Some(change) = pending.pop() {
        for &before in steps_of.get(&change).into_iter().flatten().flat_map(|step| &step.after) {
            if let Some(needed) = steps.get(before).map(|step| step.change)
                && kept.insert(needed)
            {
                pending.push(needed);
            }
        }
    }
    kept
}

/// The kept changes and their steps, with the indices of what is left.
fn cut(changes: Vec<Change>, steps: Vec<Step>, kept: &BTreeSet<usize>) -> (Vec<Change>, Vec<Step>) {
    let new_change: BTreeMap<usize, usize> = kept.iter().enumerate().map(|(new, old)| (*old, new)).collect();
    let mut new_step: BTreeMap<usize, usize> = BTreeMap::new();
    let mut left = Vec::new();
    for (old, mut step) in steps.into_iter().enumerate() {
        let Some(&change) = new_change.get(&step.change) else { continue };
        step.change = change;
        step.after = step.after.iter().filter_map(|before| new_step.get(before)).copied().collect();
        new_step.insert(old, left.len());
        left.push(step);
    }
    let changes = changes.into_iter().enumerate().filter(|(old, _)| kept.contains(old));
    (changes.map(|(_, change)| change).collect(), left)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_selector_is_a_kind_and_a_pattern() {
        for text in ["user:ada*", "group:Domain ?sers", "user::", "user:*"] {
            assert_eq!(text.parse::<Selector>().unwrap().to_string(), text);
        }
        for text in ["", "ada", "users:ada", "User:ada", "membership:ada", "*", " user:ada"] {
            assert_eq!(text.parse::<Selector>().unwrap_err(), ParseSelector::NoKind(text.to_owned()));
        }
        assert_eq!("group:".parse::<Selector>().unwrap_err(), ParseSelector::NoPattern("group:".to_owned()));
        let longest = "x".repeat(Pattern::LONGEST);
        assert!(format!("user:{longest}").parse::<Selector>().is_ok());
        assert_eq!(format!("user:{longest}x").parse::<Selector>().unwrap_err(), ParseSelector::TooLong);
    }
}
