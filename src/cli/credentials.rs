//! Secret references → secrets.

use std::io;
use std::path::Path;
use std::process::{Command, Stdio};

use secrecy::SecretString;

use super::error::CliError;
use crate::policy::SecretRef;

/// Fetches a secret. `folder` is the policy's, to which paths are relative; `purpose` is for messages.
pub(super) fn resolve(
    secret: &SecretRef,
    folder: &Path,
    purpose: &'static str,
) -> Result<SecretString, CliError> {
    let (text, reference) = match secret {
        SecretRef::Env(name) => {
            let text =
                std::env::var(name).map_err(|_| CliError::MissingVariable { name: name.clone(), purpose })?;
            (text, format!("the environment variable {name}"))
        }
        SecretRef::File(file) => {
            let path = folder.join(file);
            let text = std::fs::read_to_string(&path).map_err(|source| CliError::File {
                what: "the secret file",
                path: path.clone(),
                source,
            })?;
            (text, format!("the file {}", path.display()))
        }
        SecretRef::Command(command) => {
            let text = run(command, folder).map_err(|source| CliError::SecretCommand {
                command: command.clone(),
                purpose,
                source,
            })?;
            (text, format!("the command {command:?}"))
        }
    };
    let text = text.strip_suffix('\n').unwrap_or(&text);
    let text = text.strip_suffix('\r').unwrap_or(text);
    if text.is_empty() {
        return Err(CliError::EmptySecret { reference, purpose });
    }
    Ok(SecretString::from(text))
}

/// What the command prints, through the platform's shell, in the policy's folder. What it says on standard error is
/// for the person who runs it.
fn run(command: &str, folder: &Path) -> io::Result<String> {
    let (shell, flag) = if cfg!(windows) { ("cmd", "/C") } else { ("sh", "-c") };
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let output = Command::new(shell)
        .arg(flag)
        .arg(command)
        .current_dir(folder)
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()?;
    if !output.status.success() {
        return Err(io::Error::other(format!("it ended with {}", output.status)));
    }
    // The bytes may be a secret: the error must not show them.
    String::from_utf8(output.stdout)
        .map_err(|_| io::Error::other("it printed something other than UTF-8 text"))
}
