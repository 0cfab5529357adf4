//! What becomes of users who arrive and leave: `takeover`, `new-users`, `dissociation`. This version has one behaviour
//! for each, so there is nothing to read, only to refuse what it would not do.

use super::super::error::Problems;
use super::super::problem::Problem;
use super::super::syntax::{Content, Node};
use super::value::{choose, parse_duration, refuse_later};

pub(super) fn check_takeover(policy: &Node, problems: &mut Problems) {
    let Some(text) = policy.child("takeover").and_then(|node| node.text(0)) else { return };
    if choose("`takeover`", &text, &["refuse", "adopt"], problems) == Some("adopt") {
        refuse_later("`takeover \"adopt\"`", "write: takeover \"refuse\"", text.span, problems);
    }
}

pub(super) fn check_new_users(policy: &Node, problems: &mut Problems) {
    let Some(node) = policy.child("new-users") else { return };
    if node.properties.is_empty() {
        let form = "new-users state=\"activated\" welcome-email=#true";
        problems.report(node.name.span, Problem::MissingProperty { name: "state", node: "new-users", form });
    }
    let instead = "write: new-users state=\"activated\" welcome-email=#true";
    if let Some(state) = node.property_text("state")
        && choose("the state of new users", &state, &["activated", "staged"], problems) == Some("staged")
    {
        refuse_later("the state \"staged\" for new users", instead, state.span, problems);
    }
    if let Some(mail) = node.property("welcome-email")
        && mail.content == Content::Boolean(false)
    {
        refuse_later("creating users without a welcome mail", instead, mail.span, problems);
    }
}

pub(super) fn check_dissociation(policy: &Node, problems: &mut Problems) {
    let Some(node) = policy.children().find(|child| child.name.value == "dissociation") else { return };
    for node in std::iter::once(node).chain(node.children()).filter(|node| node.is_sound) {
        check_action(node, problems);
    }
}

fn check_action(node: &Node, problems: &mut Problems) {
    if let Some(text) = node.text(0)
        && let Some(action) = choose("the action", &text, &["remove", "unbind", "suspend", "keep"], problems)
        && action != "remove"
    {
        refuse_later(&format!("the action \"{action}\""), "write \"remove\"", text.span, problems);
    }
    let Some(after) = node.property_text("after") else { return };
    if parse_duration(after.value).is_none_or(|after| after.is_zero()) {
        let problem = Problem::InvalidDuration { what: "the grace period", least: "1s", most: "many weeks" };
        problems.report(after.span, problem);
    } else {
        refuse_later("a grace period", "leave `after` out", after.span, problems);
    }
}
