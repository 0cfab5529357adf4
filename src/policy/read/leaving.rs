//! What becomes of users who arrive and leave: `takeover`, `new-users`, `dissociation`.

use crate::model::Cause;

use super::super::error::Problems;
use super::super::grammar::choice;
use super::super::problem::Problem;
use super::super::syntax::{Content, Node};
use super::super::{Dissociation, Leave, LeaveAction, NewUserState, NewUsers, Takeover};
use super::value::{choose, parse_duration};

pub(super) fn read_takeover(policy: &Node, problems: &mut Problems) -> Option<Takeover> {
    let Some(node) = policy.child("takeover") else { return Some(Takeover::Refuse) };
    match choose("`takeover`", &node.text(0)?, &choice::TAKEOVER, problems)? {
        "adopt" => Some(Takeover::Adopt),
        _ => Some(Takeover::Refuse),
    }
}

pub(super) fn read_new_users(policy: &Node, problems: &mut Problems) -> Option<NewUsers> {
    let default = NewUsers { state: NewUserState::Activated, has_welcome_email: true };
    let Some(node) = policy.child("new-users") else { return Some(default) };
    if node.properties.is_empty() {
        problems.report(node.name.span, Problem::EmptyNewUsers);
    }
    let state = match node.property_text("state") {
        Some(state) => match choose("the state of new users", &state, &choice::STATES, problems)? {
            "staged" => NewUserState::Staged,
            _ => NewUserState::Activated,
        },
        None => default.state,
    };
    let mail = node.property("welcome-email").map(|mail| &mail.content);
    let has_welcome_email = mail.map_or(default.has_welcome_email, |mail| *mail == Content::Boolean(true));
    Some(NewUsers { state, has_welcome_email })
}

pub(super) fn read_dissociation(policy: &Node, problems: &mut Problems) -> Option<Dissociation> {
    let default = Leave { action: LeaveAction::Remove, grace: None };
    let Some(node) = policy.children().find(|child| child.name.value == "dissociation") else {
        return Some(Dissociation { default, by_cause: [].into() });
    };
    let read: Vec<Option<(Option<Cause>, Leave)>> = std::iter::once(node)
        .chain(node.children())
        .filter(|node| node.is_sound)
        .map(|node| {
            let cause = Cause::ALL.into_iter().find(|cause| cause.to_string() == node.name.value);
            Some((cause, read_leave(node, problems)?))
        })
        .collect();
    let mut dissociation = Dissociation { default, by_cause: [].into() };
    for line in read {
        match line? {
            (Some(cause), leave) => {
                dissociation.by_cause.insert(cause, leave);
            }
            (None, leave) => dissociation.default = leave,
        }
    }
    Some(dissociation)
}

fn read_leave(node: &Node, problems: &mut Problems) -> Option<Leave> {
    let action = node.text(0).and_then(|text| choose("the action", &text, &choice::ACTIONS, problems));
    let action = action.map(|action| match action {
        "unbind" => LeaveAction::Unbind,
        "suspend" => LeaveAction::Suspend,
        "keep" => LeaveAction::Keep,
        _ => LeaveAction::Remove,
    });
    let Some(after) = node.property_text("after") else {
        return Some(Leave { action: action?, grace: None });
    };
    let grace = parse_duration(after.value).filter(|after| !after.is_zero());
    if grace.is_none() {
        let problem =
            Problem::InvalidDuration { what: "the grace period", bounds: "of 1s or more", example: "7d" };
        problems.report(after.span, problem);
    }
    Some(Leave { action: action?, grace: Some(grace?) })
}
