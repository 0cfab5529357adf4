//! `adjunct fmt`

use std::fs::{self, File, Metadata};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use tempfile::Builder;

use super::args::FmtArgs;
use super::error::CliError;
use super::exit::Exit;
use super::terminal;
use crate::policy::{format, masked};
use crate::render::{render_layout_difference, safe};

/// What stands for standard input among the files.
const STANDARD_INPUT: &str = "-";

/// Lays every file out; one that cannot be laid out fails alone.
pub(super) fn run(args: &FmtArgs) -> Result<Exit, CliError> {
    let mut exit = Exit::Done;
    for path in &args.files {
        match lay_out(path, args.check) {
            Ok(is_fine) if is_fine => {}
            Ok(_) => exit = Exit::Error,
            // Nobody reads on.
            Err(error @ CliError::Output(_)) => return Err(error),
            Err(error) => {
                terminal::print_error(&error);
                exit = Exit::Error;
            }
        }
    }
    Ok(exit)
}

/// Whether the file is in the one layout afterwards; with a check, whether it was.
fn lay_out(path: &Path, is_check: bool) -> Result<bool, CliError> {
    let is_standard_input = path.as_os_str() == STANDARD_INPUT;
    let name = if is_standard_input { "standard input".into() } else { path.to_string_lossy() };
    let bytes = if is_standard_input { read_standard_input() } else { fs::read(path) };
    let bytes = bytes.map_err(|source| CliError::File {
        what: "the policy file",
        path: PathBuf::from(name.as_ref()),
        source,
    })?;
    let text =
        String::from_utf8(bytes).map_err(|_| CliError::NotText { path: PathBuf::from(name.as_ref()) })?;
    let formatted = format(&name, &text).map_err(|error| CliError::Format(Box::new(error)))?;
    if is_check {
        terminal::print(&render_layout_difference(&name, &masked(&text), &masked(&formatted)))?;
        return Ok(formatted == text);
    }
    if is_standard_input {
        terminal::print_as_it_is(&formatted)?;
    } else if formatted != text {
        replace(path, &formatted).map_err(|source| CliError::Unwritten { path: path.to_owned(), source })?;
        terminal::print(&format!("{}\n", safe(&name)))?;
    }
    Ok(true)
}

fn read_standard_input() -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    io::stdin().lock().read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Replaces a file, whole or not at all. A link stays one: what it leads to is replaced.
fn replace(path: &Path, text: &str) -> io::Result<()> {
    let path = fs::canonicalize(path)?;
    let metadata = fs::metadata(&path)?;
    if metadata.permissions().readonly() {
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, "it is read-only"));
    }
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut file = Builder::new().prefix(".adjunct-fmt-").tempfile_in(folder)?;
    file.write_all(text.as_bytes())?;
    keep_owner(file.as_file(), &metadata)?;
    file.as_file().set_permissions(metadata.permissions())?;
    file.as_file().sync_all()?;
    file.persist(&path).map_err(io::Error::from)?;
    Ok(())
}

/// Gives the new file to whom the old one belongs: an administrator may lay out the file of another.
#[cfg(unix)]
fn keep_owner(file: &File, old: &Metadata) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt, fchown};
    let new = file.metadata()?;
    let changed = |old: u32, new: u32| (old != new).then_some(old);
    fchown(file, changed(old.uid(), new.uid()), changed(old.gid(), new.gid()))
}

#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "elsewhere it can fail")]
fn keep_owner(_: &File, _: &Metadata) -> io::Result<()> {
    Ok(())
}
