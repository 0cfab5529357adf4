//! The folder where the platform wants programs to keep what they remember.

use std::fs;
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy;

use super::JournalError;
use crate::plan::digest;

/// adjunct's own part of the platform's state folder: `$XDG_STATE_HOME/adjunct` or `~/.local/state/adjunct` on Linux,
/// `~/Library/Application Support/adjunct` on macOS, `%LOCALAPPDATA%\adjunct` on Windows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StateFolder(PathBuf);

/// What one run at a time may work on: a policy of a domain on an organization.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    /// Name of the policy.
    pub policy: String,
    /// DNS name of the domain.
    pub domain: String,
    /// The organization: the API's URL and `_id`, or the path of a local one.
    pub target: String,
}

impl StateFolder {
    /// The platform's folder.
    ///
    /// # Errors
    /// When the platform names none.
    pub fn of_platform() -> Result<Self, JournalError> {
        let strategy =
            etcetera::base_strategy::choose_native_strategy().map_err(|_| JournalError::NoStateFolder)?;
        // What this machine's runs do is this machine's: on Windows the data folder may wander with its user.
        let local = if cfg!(windows) { strategy.cache_dir() } else { strategy.data_dir() };
        Ok(Self(strategy.state_dir().unwrap_or(local).join("adjunct")))
    }

    /// Another folder.
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self(path.into())
    }

    /// Where journals go when no other place is named.
    pub fn journals(&self) -> PathBuf {
        self.0.join("journal")
    }

    /// Where the saved plans that were applied are remembered.
    pub fn used_plans(&self) -> PathBuf {
        self.0.join("used")
    }

    /// What is kept for one scope: readable words first, then what tells two scopes of the same words apart.
    pub fn of_scope(&self, scope: &Scope) -> PathBuf {
        let Scope { policy, domain, target } = scope;
        // A line feed stands in none of them.
        let digest = digest(&format!("{policy}\n{domain}\n{target}"));
        let words = format!("{}-{}", plain(policy), plain(domain));
        let digest = digest.get(..16).unwrap_or_default();
        self.0.join("scopes").join(format!("{words}-{digest}"))
    }

    /// Makes what is kept for the state file of a local organization, for its owner alone, and says where.
    ///
    /// # Errors
    /// When the folder cannot be made.
    pub fn make_local(&self, state_file: &Path) -> Result<PathBuf, JournalError> {
        let words = plain(&state_file.file_name().unwrap_or_default().to_string_lossy());
        let digest = digest(&state_file.to_string_lossy());
        let digest = digest.get(..16).unwrap_or_default();
        let folder = self.0.join("local").join(format!("{words}-{digest}"));
        make_folder(&folder)?;
        Ok(folder)
    }

    /// Makes what is kept for one scope, for its owner alone, and says where.
    ///
    /// # Errors
    /// When the folder cannot be made.
    pub fn make_scope(&self, scope: &Scope) -> Result<PathBuf, JournalError> {
        let folder = self.of_scope(scope);
        make_folder(&folder)?;
        Ok(folder)
    }
}

/// The text with only characters that every file system takes, and not too long.
pub(super) fn plain(text: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    text.chars().take(40).map(|c| if is_plain(c) { c } else { '_' }).collect()
}

/// Makes a folder, for its owner alone.
pub(super) fn make_folder(path: &Path) -> Result<(), JournalError> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt;
        builder.mode(0o700);
    }
    builder.create(path).map_err(|source| JournalError::File {
        what: "the folder",
        path: path.to_owned(),
        deed: "made",
        source,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_has_a_folder_of_its_own_whatever_it_is_called() {
        let folder = StateFolder::at("state");
        let of = |policy: &str, target: &str| {
            let scope =
                Scope { policy: policy.into(), domain: "corp.example.com".into(), target: target.into() };
            folder.of_scope(&scope).to_str().unwrap().replace('\\', "/")
        };
        assert!(of("corp", "a").starts_with("state/scopes/corp-corp.example.com-"), "{}", of("corp", "a"));
        let all = [("corp", "a"), ("corp", "b"), ("Corp", "a"), ("../x", "a"), ("..\\x", "a"), ("ü", "a")];
        let names: std::collections::BTreeSet<String> =
            all.iter().map(|(policy, target)| of(policy, target)).collect();
        assert_eq!(names.len(), all.len());
        assert!(names.iter().all(|name| name.matches('/').count() == 2), "{names:?}");
        assert!(of(&"long".repeat(500), "a").len() < 150);
    }
}
