//! What becomes of one group that leaves. There is no grace for groups, and nothing to suspend.

use super::{Claims, Verdict, dynamic_group};
use crate::model::{Field, Mark, MembershipMethod, UserGroup};
use crate::plan::{Action, FieldChange};
use crate::policy::LeaveAction;

pub(super) fn verdict(action: LeaveAction, group: &UserGroup, because: &str, claims: Claims) -> Verdict {
    let is_dynamic = group.membership_method == MembershipMethod::Dynamic;
    let gone = |field, before: &str| FieldChange { field, before: Some(before.to_owned()), after: None };
    match action {
        LeaveAction::Remove | LeaveAction::Unbind if is_dynamic => Verdict::Held(dynamic_group()),
        LeaveAction::Remove => {
            let fields = vec![gone(Field::Name, &group.name), gone(Field::Description, &group.description)];
            Verdict::Goes(Action::Remove, None, fields)
        }
        LeaveAction::Unbind => {
            let own = Mark::unmark_description(&group.description);
            let after = (!own.is_empty()).then(|| own.to_owned());
            let mut fields = vec![FieldChange { after, ..gone(Field::Description, &group.description) }];
            let binding = group.directory.as_ref().filter(|_| claims.binding);
            fields.extend(binding.map(|id| gone(Field::Directory, id.as_str())));
            Verdict::Goes(Action::Unbind, None, fields)
        }
        LeaveAction::Suspend | LeaveAction::Keep => {
            Verdict::Stays("group-kept", format!("{because}: a group stays, with its members"))
        }
    }
}
