//! Dynamic groups: a rule picks their members, at every change of a user or of the rule.
//!
//! How JumpCloud spells the filters of a rule (`memberQuery`) is not published beyond their type, a text. Here each is a
//! filter as lists take it, `department:eq:Sales` or `department:$eq:Sales`, and a member is who fits all of them. A rule of
//! another kind (`Search`) picks nobody and drops nobody. Members of a group whose changes are to be reviewed change only
//! when somebody accepts a suggestion.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::api::{Filter, Listed, Version, field};
use super::refusal::Refusal;
use super::state::State;
use super::state::change::{Change, Draft};
use super::state::fields::{Record, implied};
use super::state::id::{Id, Kind, Node};
use super::state::users::text;

/// Adds to a write what the rules of dynamic groups make of it.
pub(super) fn follow(draft: &mut Draft<'_>) -> Result<(), Refusal> {
    let state = draft.state;
    let (mut users, mut groups) = (BTreeMap::new(), BTreeMap::new());
    for change in &draft.changes {
        let (kind, id, record) = match change {
            Change::Put { kind, id, record } => (*kind, *id, Some(record)),
            Change::Remove { kind, id } => (*kind, *id, None),
            Change::Link { .. } | Change::Unlink { .. } => continue,
        };
        if kind == Kind::User {
            users.insert(id, record);
        } else if kind == Kind::UserGroup {
            groups.insert(id, record);
        }
    }
    let mut moves = Vec::new();
    for (group, record) in &groups {
        let Some(record) = record else { continue };
        let rule = Rule::of(record)?.filter(|_| is_automated(record));
        if let Some(rule) = rule {
            // A rule that may be a new one is held against everybody.
            let others = state.users.table().iter().filter(|(id, _)| !users.contains_key(id));
            let changed = users.iter().filter_map(|(id, user)| Some((*id, (*user)?)));
            moves.extend(others.chain(changed).filter_map(|(id, user)| rule.turn(state, *group, id, user)));
        }
    }
    for group in state.groups.dynamic().filter(|group| !users.is_empty() && !groups.contains_key(group)) {
        let record = state.groups.get(group).filter(|record| is_automated(record));
        // A state file may hold rules that nobody can read.
        let Some(rule) = record.and_then(|record| Rule::of(record).ok().flatten()) else { continue };
        let changed = users.iter().filter_map(|(id, user)| Some((*id, (*user)?)));
        moves.extend(changed.filter_map(|(id, user)| rule.turn(state, group, id, user)));
    }
    draft.changes.extend(moves);
    Ok(())
}

/// Makes members of those users whom the rule of a group picks, and takes out those whom it does not: what somebody
/// who reviews the group accepts.
pub(super) fn accept(draft: &mut Draft<'_>, group: Id, body: &Record) -> Result<(), Refusal> {
    let state = draft.state;
    let record = state.groups.get(group).ok_or_else(Refusal::missing)?;
    if text(record, "membershipMethod") != Some("DYNAMIC_REVIEW_REQUIRED") {
        return Err(Refusal::invalid("only a group whose members are reviewed has suggestions"));
    }
    let wrong = || Refusal::of("user_ids", "user_ids must be a list of ids");
    let users = body.get("user_ids").and_then(Value::as_array).ok_or_else(wrong)?;
    let rule = Rule::of(record)?;
    let mut seen = BTreeSet::new();
    for user in users {
        let id = user.as_str().and_then(|id| id.parse().ok()).ok_or_else(wrong)?;
        let user = state.users.get(id).ok_or_else(Refusal::missing)?;
        if seen.insert(id) {
            draft.changes.extend(rule.as_ref().and_then(|rule| rule.turn(state, group, id, user)));
        }
    }
    Ok(())
}

fn is_automated(group: &Record) -> bool {
    text(group, "membershipMethod") == Some("DYNAMIC_AUTOMATED")
}

/// Who belongs into a group.
struct Rule {
    filter: Filter,
    /// Users who stay as they are, whatever the rule says (`memberQueryExemptions`).
    exempt: BTreeSet<Id>,
}

impl Rule {
    /// The rule of a group; none where it has none of the kind that the sandbox can follow.
    fn of(group: &Record) -> Result<Option<Self>, Refusal> {
        let Some(query) = group.get("memberQuery").and_then(Value::as_object) else { return Ok(None) };
        if !matches!(text(query, "queryType"), None | Some("Filter" | "FilterQuery")) {
            return Ok(None);
        }
        let filters = query.get("filters").and_then(Value::as_array).into_iter().flatten();
        let filters = filters.map(|filter| {
            let text =
                filter.as_str().ok_or_else(|| Refusal::invalid("memberQuery.filters must be texts"))?;
            let is_first = text.split(':').nth(1).is_some_and(|operator| operator.starts_with('$'));
            Filter::parse(text, if is_first { Version::V1 } else { Version::V2 })
        });
        let filters: Vec<Filter> = filters.collect::<Result<_, _>>()?;
        let exempt = group.get("memberQueryExemptions").and_then(Value::as_array).into_iter().flatten();
        let exempt = exempt.filter_map(|user| user.get("id")?.as_str()?.parse().ok()).collect();
        Ok((!filters.is_empty()).then_some(Self { filter: Filter::All(filters), exempt }))
    }

    /// What becomes of the membership of a user.
    fn turn(&self, state: &State, group: Id, id: Id, user: &Record) -> Option<Change> {
        if self.exempt.contains(&id) {
            return None;
        }
        let (one, other) = (Node::group(group), Node::user(id));
        match (self.filter.takes(&Candidate { id, user }), state.graph.edge(one, other).is_some()) {
            (true, false) => Some(Change::Link { one, other, attributes: None }),
            (false, true) => Some(Change::Unlink { one, other }),
            (true, true) | (false, false) => None,
        }
    }
}

/// A user whom a rule looks at.
struct Candidate<'r> {
    id: Id,
    user: &'r Record,
}

impl Listed for Candidate<'_> {
    fn id(&self) -> Id {
        self.id
    }

    fn field(&self, name: &str) -> std::borrow::Cow<'_, str> {
        implied(self.user, name).map_or_else(|| field(self.user, name), std::borrow::Cow::Borrowed)
    }
}
