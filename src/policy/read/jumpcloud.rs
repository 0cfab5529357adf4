//! The block `jumpcloud`: the API with a key, or a local organization.

use ::url::Url;

use super::super::error::Problems;
use super::super::problem::Problem;
use super::super::syntax::Node;
use super::super::{DirectoryUse, JumpCloud, Spanned};
use super::url::{DEFAULT_JUMPCLOUD, read_api};
use super::value::{choose, owned, read_secret};

/// What only the API has use for.
const API_NODES: [&str; 6] = ["api-key", "service-account", "organization", "url", "rate", "directory"];

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
    let api_key = node.child("api-key").and_then(|node| read_secret(node.arguments.first()?));
    Some(JumpCloud::Api { url: url?, api_key: api_key?, organization })
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
    match choose("`directory`", &node.text(0)?, &["ignore", "bind"], problems)? {
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
    if text.value.len() == 24 && text.value.chars().all(|c| c.is_ascii_hexdigit()) {
        return Some(text.value.to_ascii_lowercase());
    }
    problems.report(text.span, Problem::InvalidOrganization);
    None
}
