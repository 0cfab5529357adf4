//! The block `jumpcloud`: the API with its credentials, or a local organization.

use std::time::Duration;

use ::url::Url;

use super::super::error::Problems;
use super::super::grammar::choice;
use super::super::problem::Problem;
use super::super::syntax::Node;
use super::super::{ApiCredentials, DirectoryUse, JumpCloud, Spanned};
use super::url::{DEFAULT_JUMPCLOUD, read_api};
use super::value::{choose, owned, read_secret};

/// What only the API has use for.
const API_NODES: [&str; 6] = ["api-key", "service-account", "organization", "url", "rate", "directory"];

/// The most requests that a rate may allow in its unit; more than that is no limit.
const HIGHEST_RATE: u32 = 10_000;

pub(super) fn read(node: &Node, problems: &mut Problems) -> Option<JumpCloud> {
    if node.has_child("sandbox") {
        for child in node.children() {
            if let Some(name) = API_NODES.iter().find(|name| **name == child.name.value) {
                problems.report(child.name.span, Problem::Conflict { node: name, other: "sandbox" });
            }
        }
        let sandbox = node.child("sandbox")?;
        let seed = sandbox.property_text("seed").map(owned);
        return Some(JumpCloud::Sandbox { state: owned(sandbox.text(0)?), seed });
    }
    check_credentials(node, problems);
    let url = read_url(node, problems);
    let organization = read_organization(node, problems);
    let spacing = read_rate(node, problems);
    Some(JumpCloud::Api { url: url?, credentials: read_credentials(node)?, organization, spacing })
}

fn read_credentials(node: &Node) -> Option<ApiCredentials> {
    if let Some(account) = node.child("service-account") {
        let secret = read_secret(account.property("secret")?)?;
        return Some(ApiCredentials::ServiceAccount { id: owned(account.text(0)?), secret });
    }
    let key = read_secret(node.child("api-key")?.arguments.first()?)?;
    Some(ApiCredentials::ApiKey(key))
}

/// The least time between two requests.
fn read_rate(node: &Node, problems: &mut Problems) -> Option<Duration> {
    let text = node.child("rate")?.text(0)?;
    let spacing = parse_rate(text.value);
    if spacing.is_none() {
        problems.report(text.span, Problem::InvalidRate { most: HIGHEST_RATE });
    }
    spacing
}

/// A number of requests in a second or a minute, as the time that lies between two of them.
fn parse_rate(text: &str) -> Option<Duration> {
    let (number, unit) = text.split_once('/')?;
    let unit = match unit {
        "s" => Duration::from_secs(1),
        "m" => Duration::from_mins(1),
        _ => return None,
    };
    if !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let number = number.parse().ok().filter(|number| (1..=HIGHEST_RATE).contains(number))?;
    unit.checked_div(number)
}

fn check_credentials(node: &Node, problems: &mut Problems) {
    match (node.has_child("api-key"), node.has_child("service-account")) {
        (true, true) => {
            let span = node
                .children()
                .find(|child| child.name.value == "service-account")
                .map_or(node.name.span, |child| child.name.span);
            problems.report(span, Problem::Conflict { node: "service-account", other: "api-key" });
        }
        (false, false) => {
            let form = "api-key (env)\"JUMPCLOUD_API_KEY\"";
            let problem = Problem::MissingNode { name: "api-key", parent: "`jumpcloud`".to_owned(), form };
            problems.report(node.name.span, problem);
        }
        (true, false) | (false, true) => {}
    }
}

/// Whether owned objects are bound to the directory object.
pub(super) fn read_directory(node: &Node, problems: &mut Problems) -> Option<DirectoryUse> {
    let Some(node) = node.child("directory") else { return Some(DirectoryUse::Bind) };
    match choose("`directory`", &node.text(0)?, &choice::DIRECTORY, problems)? {
        "ignore" => Some(DirectoryUse::Ignore),
        _ => Some(DirectoryUse::Bind),
    }
}

fn read_url(node: &Node, problems: &mut Problems) -> Option<Spanned<Url>> {
    if node.has_child("url") {
        return read_api(node.child("url")?.arguments.first()?, problems);
    }
    Some(Spanned::new(Url::parse(DEFAULT_JUMPCLOUD).ok()?, node.name.span))
}

fn read_organization(node: &Node, problems: &mut Problems) -> Option<String> {
    let text = node.child("organization")?.text(0)?;
    if is_object_id(text.value) {
        return Some(text.value.to_ascii_lowercase());
    }
    problems.report(text.span, Problem::InvalidOrganization);
    None
}

/// Whether it is an id as JumpCloud gives them.
pub(in crate::policy) fn is_object_id(id: &str) -> bool {
    id.len() == 24 && id.chars().all(|c| c.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_rates_as_the_time_between_two_requests() {
        for (text, milliseconds) in [("20/s", 50), ("1/s", 1000), ("600/m", 100), ("1/m", 60_000)] {
            assert_eq!(parse_rate(text), Some(Duration::from_millis(milliseconds)), "{text}");
        }
        for text in [
            "",
            "20",
            "/s",
            "0/s",
            "-1/s",
            "+1/s",
            "1.5/s",
            "20/h",
            "20 /s",
            "20/s ",
            "10001/s",
            "99999999999/s",
        ] {
            assert_eq!(parse_rate(text), None, "{text}");
        }
    }
}
