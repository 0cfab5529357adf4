//! Which organization a policy is for, as far as that can be told before anything is asked.
//!
//! Two policies with the same target share its client and its local server. Two API keys of one organization are two
//! targets: that it is one is known when both are read.

use std::ffi::OsString;
use std::path::{Component, Path, PathBuf};

use crate::policy::{ApiCredentials, JumpCloud, Policy, SecretRef};

/// One organization and the way to it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Target {
    /// Behind the JumpCloud API.
    Api {
        /// Scheme, host and port.
        url: String,
        /// `x-org-id`
        organization: Option<String>,
        /// The service account; none where an API key is used.
        account: Option<String>,
        credential: Credential,
    },
    /// In this state file.
    Sandbox(PathBuf),
}

impl Target {
    /// The state file of a local organization, as it is kept: an absolute path, links followed.
    pub(super) fn state_file(&self) -> Option<String> {
        match self {
            Self::Sandbox(path) => Some(path.to_string_lossy().into_owned()),
            Self::Api { .. } => None,
        }
    }
}

/// Where a secret is to be had, whatever folder it is written down in.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Credential {
    Env(String),
    File(PathBuf),
    /// A command and the folder that it runs in.
    Command(String, PathBuf),
}

/// The target of a policy in this folder.
pub(super) fn target(policy: &Policy, folder: &Path) -> Target {
    match &policy.jumpcloud {
        JumpCloud::Api { url, credentials, organization, spacing: _ } => {
            let (account, secret) = match credentials {
                ApiCredentials::ApiKey(key) => (None, &key.value),
                ApiCredentials::ServiceAccount { id, secret } => (Some(id.value.clone()), &secret.value),
            };
            Target::Api {
                url: url.value.to_string(),
                organization: organization.as_deref().map(str::to_ascii_lowercase),
                account,
                credential: match secret {
                    SecretRef::Env(name) => Credential::Env(name.clone()),
                    SecretRef::File(file) => Credential::File(canonical(&folder.join(file))),
                    SecretRef::Command(command) => Credential::Command(command.clone(), canonical(folder)),
                },
            }
        }
        JumpCloud::Sandbox { state, .. } => Target::Sandbox(canonical(&folder.join(&state.value))),
    }
}

/// The one name of a file that may be still to be made: links are followed as far as there is something.
pub(super) fn canonical(path: &Path) -> PathBuf {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let mut missing: Vec<OsString> = Vec::new();
    let mut there = path.as_path();
    let known = loop {
        if let Ok(known) = there.canonicalize() {
            break known;
        }
        let (Some(parent), Some(last)) = (there.parent(), there.components().next_back()) else {
            break there.to_owned();
        };
        missing.push(last.as_os_str().to_owned());
        there = parent;
    };
    let rest: PathBuf = missing.into_iter().rev().collect();
    rest.components().fold(known, |mut known, component| {
        match component {
            Component::ParentDir => drop(known.pop()),
            Component::CurDir => {}
            Component::Normal(_) | Component::Prefix(_) | Component::RootDir => known.push(component),
        }
        known
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_has_one_name_before_it_is_made_and_after() {
        let folder = tempfile::TempDir::new().unwrap();
        let at = |path: &str| canonical(&folder.path().join(path));
        let before = at("state/org.json");
        for path in
            ["./state/org.json", "state/../state/org.json", "state/./x/../org.json", "state//org.json"]
        {
            assert_eq!(at(path), before, "{path}");
        }
        std::fs::create_dir(folder.path().join("state")).unwrap();
        std::fs::write(folder.path().join("state/org.json"), "{}").unwrap();
        assert_eq!(at("state/org.json"), before);
        assert_eq!(at("state/../state/org.json"), before);
        assert_ne!(at("org.json"), before);
    }

    #[cfg(unix)]
    #[test]
    fn a_link_is_what_it_leads_to() {
        let folder = tempfile::TempDir::new().unwrap();
        std::fs::create_dir(folder.path().join("real")).unwrap();
        std::os::unix::fs::symlink("real", folder.path().join("link")).unwrap();
        assert_eq!(canonical(&folder.path().join("link/new")), canonical(&folder.path().join("real/new")));
    }
}
